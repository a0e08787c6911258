// A static server as any host is one: files, types, and parts of files.
import http from "node:http";
import fs from "node:fs";
import path from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json", ".flac": "audio/flac", ".wav": "audio/wav",
};

/** Serves `root` below /site/, as a host does that has other things, too. `change` may give another text for a page. A name that
 *  `cut` holds for is sent half, one that `refused` gives a status for gets nothing else, and one that `held` gives a promise for
 *  waits for it. */
export async function serve(root, { port = 0, change = (text) => text } = {}) {
  const asked = [];
  const trouble = { cut: () => false, refused: () => 0, held: () => null };
  const server = http.createServer(async (request, response) => {
    const name = decodeURIComponent(new URL(request.url, "http://x").pathname);
    asked.push({ name, range: request.headers.range });
    await trouble.held(name);
    if (trouble.refused(name)) {
      response.writeHead(trouble.refused(name), { "Content-Type": "text/html" }).end("<h1>No</h1>");
      return;
    }
    const file = path.join(root, name.slice("/site/".length) || "index.html");
    if (!name.startsWith("/site/") || !file.startsWith(root) || !fs.existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    let bytes = fs.readFileSync(file);
    if (file.endsWith("index.html")) bytes = Buffer.from(change(bytes.toString()));
    const headers = { "Content-Type": TYPES[path.extname(file)] ?? "application/octet-stream", "Accept-Ranges": "bytes" };
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
    if (range) {
      const [start, end] = [Number(range[1]), range[2] ? Number(range[2]) : bytes.length - 1];
      headers["Content-Range"] = `bytes ${start}-${end}/${bytes.length}`;
      bytes = bytes.subarray(start, end + 1);
    }
    if (trouble.cut(name)) {
      response.writeHead(200, { ...headers, "Content-Length": bytes.length }).write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
      return;
    }
    response.writeHead(range ? 206 : 200, { ...headers, "Content-Length": bytes.length }).end(bytes);
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    asked,
    trouble,
    url: `http://127.0.0.1:${server.address().port}/site/`,
    port: server.address().port,
    stop: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }),
  };
}

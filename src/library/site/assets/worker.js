"use strict";
// Keeps the page and the sounds, and answers without a network. The lists are written by `undertone library site`.
const PREFIX = `undertone ${self.registration.scope} `;
const PAGE = `${PREFIX}{{version}}`;
const FILES = `${PREFIX}files`;
const SHELL = "{{shell}}";
const SMALL = "{{small}}";
const SOUNDS = "{{sounds}}";
const TYPES = { flac: "audio/flac", wav: "audio/wav", opus: "audio/ogg", mp3: "audio/mpeg" };

const full = (name) => new URL(name, self.registration.scope).href;

self.addEventListener("install", (event) => event.waitUntil((async () => {
  const page = await caches.open(PAGE);
  await page.addAll(SHELL.map((name) => new Request(full(name), { cache: "reload" })));
  // Their names change with what they hold: what is here already stays.
  const files = await caches.open(FILES);
  for (const name of SMALL) {
    if (!await files.match(full(name))) await files.add(full(name));
  }
  await self.skipWaiting();
})()));

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== PAGE && name !== FILES) await caches.delete(name);
  }
  const known = new Set([...SMALL, ...SOUNDS].map(full));
  const files = await caches.open(FILES);
  for (const request of await files.keys()) {
    if (!known.has(request.url)) await files.delete(request);
  }
  await self.clients.claim();
})()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = request.url.split("#")[0];
  if (request.method !== "GET" || !url.startsWith(self.registration.scope)) return;
  event.respondWith(answer(request, url));
});

async function answer(request, url) {
  if (request.mode === "navigate" && [full("./"), full("index.html")].includes(url.split("?")[0])) {
    const page = await caches.open(PAGE);
    return await page.match(full("./")) ?? fetch(request);
  }
  const kept = await (await caches.open(PAGE)).match(url, { ignoreSearch: true }) ?? await (await caches.open(FILES)).match(url);
  if (!kept) return fetch(request);
  const range = request.headers.get("range");
  return range ? part(kept, range, url) : kept;
}

/** The part of a sound that a player asks for: it seeks only when it gets one. */
async function part(kept, range, url) {
  const blob = await kept.blob();
  const asked = /^bytes=(\d*)-(\d*)$/.exec(range.trim());
  if (!asked || (!asked[1] && !asked[2])) return new Response(blob, { headers: headers(blob, url) });
  const last = blob.size - 1;
  const [start, end] = asked[1]
    ? [Number(asked[1]), asked[2] ? Math.min(Number(asked[2]), last) : last]
    : [Math.max(0, blob.size - Number(asked[2])), last];
  if (start > end) return new Response(null, { status: 416, headers: { "Content-Range": `bytes */${blob.size}` } });
  const slice = blob.slice(start, end + 1);
  return new Response(slice, {
    status: 206,
    headers: { ...headers(slice, url), "Content-Range": `bytes ${start}-${end}/${blob.size}` },
  });
}

function headers(blob, url) {
  const type = TYPES[url.split(".").pop()] ?? "application/octet-stream";
  return { "Content-Type": type, "Content-Length": String(blob.size), "Accept-Ranges": "bytes" };
}

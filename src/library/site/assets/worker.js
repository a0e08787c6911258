"use strict";
// Keeps the page and the sounds, and answers without a network. The lists are written by `undertone library site`.
const PREFIX = `undertone ${self.registration.scope} `;
const PAGE = `${PREFIX}{{version}}`;
const FILES = `${PREFIX}files`;
const NEXT = `${PREFIX}next`;
const SHELL = "{{shell}}";
const SMALL = "{{small}}";
const SOUNDS = "{{sounds}}";
const TYPES = { flac: "audio/flac", wav: "audio/wav", opus: "audio/ogg", mp3: "audio/mpeg" };

const full = (name) => new URL(name, self.registration.scope).href;
const known = new Set([...SMALL, ...SOUNDS].map(full));

/** Of which session a sound is, and of which bytes: their hashes are in its name. */
const told = (url) => /\/audio\/[^/]*-([0-9a-f]{16})-([0-9a-f]{16})\.\w+$/.exec(url) ?? [];

self.addEventListener("install", (event) => event.waitUntil((async () => {
  const page = await caches.open(PAGE);
  await page.addAll(SHELL.map((name) => new Request(full(name), { cache: "reload" })));
  // Their names change with what they hold: what is here already stays.
  const files = await caches.open(FILES);
  const next = await caches.open(NEXT);
  const lacks = async (url) => !await files.match(url) && !await next.match(url);
  for (const url of SMALL.map(full)) {
    if (await lacks(url)) await next.add(url);
  }
  // A sound that is kept on this device is kept as it is now. As long as one of them is on its way the old page stays, with its
  // own sounds; what has come is not fetched again.
  for (const url of SOUNDS.map(full)) {
    const [, session, bytes] = told(url);
    // Looked at anew each time: a session may be given up while others are on their way.
    const before = (await files.keys()).map((request) => request.url).filter((one) => told(one)[1] === session);
    if (!before.length || !await lacks(url)) continue;
    const same = before.find((one) => told(one)[2] === bytes);
    const answer = same ? await files.match(same) : await fetch(url);
    // A host may answer that it has no such sound, or not now; that answer is no sound.
    if (answer.status !== 200) throw new Error(`${url}: ${answer.status}`);
    await next.put(url, answer);
  }
  await self.skipWaiting();
})()));

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  const files = await caches.open(FILES);
  const next = await caches.open(NEXT);
  const kept = new Set((await files.keys()).map((request) => told(request.url)[1]));
  for (const request of await next.keys()) {
    const [, session] = told(request.url);
    // A session that was given up while its sound was on its way stays given up.
    if (known.has(request.url) && (!session || kept.has(session))) await files.put(request, await next.match(request));
  }
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== PAGE && name !== FILES) await caches.delete(name);
  }
  await self.clients.claim();
})()));

// A page tells what it shows. What no page needs is given up once this one is the only one, and is no older than this worker: an
// older one may be playing.
self.addEventListener("message", (event) => event.waitUntil((async () => {
  const shown = event.data.map(full);
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const isOnly = windows.every((one) => one.id === event.source.id);
  if (!isOnly || new Set(shown).size !== known.size || !shown.every((url) => known.has(url))) return;
  const files = await caches.open(FILES);
  const requests = await files.keys();
  const here = new Set(requests.map((request) => request.url));
  // An old sound goes when the new one has come: until then it tells that the session is kept.
  const awaited = new Set(SOUNDS.map(full).filter((url) => !here.has(url)).map((url) => told(url)[1]));
  for (const request of requests) {
    if (!known.has(request.url) && !awaited.has(told(request.url)[1])) await files.delete(request);
  }
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

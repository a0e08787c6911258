"use strict";
// Sounds on this device. The worker answers from the same cache.
Undertone.Offline = class {
  /** `changed` is called when a sound is kept or given up. */
  constructor(changed) {
    Object.assign(this, { changed, urls: new Set(), busy: new Set(), cache: null, failed: false });
    if (!("serviceWorker" in navigator) || !window.caches || location.protocol === "file:") return;
    this.begin().catch(() => { this.failed = true; changed(); });
  }

  async begin() {
    await navigator.serviceWorker.register("worker.js", { updateViaCache: "none" });
    const { active } = await navigator.serviceWorker.ready;
    active.postMessage(Undertone.data.sessions.flatMap((one) => [one.audio, one.captions, one.cover].filter(Boolean)));
    this.cache = await caches.open(`undertone ${new URL("./", location.href).href} files`);
    this.urls = new Set((await this.cache.keys()).map((request) => request.url));
    this.changed();
    if (!Undertone.data.keep || navigator.connection?.saveData) return;
    for (const session of Undertone.data.sessions) await this.keep(session);
  }

  url(session) { return new URL(session.audio, location.href).href; }
  has(session) { return this.urls.has(this.url(session)); }

  async keep(session) {
    const url = this.url(session);
    if (!this.cache || this.urls.has(url) || this.busy.has(url)) return;
    this.busy.add(url);
    this.changed();
    try {
      await this.cache.add(url);
      this.urls.add(url);
      this.failed = false;
    } catch {
      this.failed = true;
    }
    this.busy.delete(url);
    this.changed();
  }

  async drop(session) {
    const url = this.url(session);
    // What it was before, and is not given up yet, would be kept anew in its place.
    const whose = (url) => url.split("-").at(-2);
    for (const request of await this.cache?.keys() ?? []) {
      if (request.url === url || request.url.includes("/audio/") && whose(request.url) === whose(url)) await this.cache.delete(request);
    }
    this.urls.delete(url);
    this.changed();
  }

  /** How things stand, in a sentence. */
  text() {
    const all = Undertone.data.sessions;
    if (location.protocol === "file:" || !all.length) return "";
    if (!this.cache) return this.failed || !window.isSecureContext ? "This browser, or this address, keeps nothing offline: it needs https." : "";
    const kept = all.filter((session) => this.has(session));
    const size = (kept.reduce((sum, session) => sum + session.bytes, 0) / 1e6).toFixed(1);
    if (kept.length === all.length) return `All sounds are on this device (${size} MB). No network is needed.`;
    const more = this.busy.size ? "; the next is on its way" : this.failed ? "; the last could not be loaded" : "";
    return `${kept.length} of ${all.length} sounds are on this device (${size} MB)${more}.`;
  }
};

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
    await navigator.serviceWorker.ready;
    this.cache = await caches.open(`undertone ${new URL("./", location.href).href} files`);
    // A new worker, or another window, may have changed what is here.
    navigator.serviceWorker.addEventListener("controllerchange", () => this.read());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.read(); });
    await this.read();
    await this.show();
    const all = Undertone.data.keep && !navigator.connection?.saveData;
    // A session of which only an old sound is here is kept as it is now.
    const wanted = Undertone.data.sessions.filter((session) => !this.has(session) && (all || this.soundsOf(session).length));
    for (const session of wanted) await this.keep(session);
    if (wanted.length) await this.show();
  }

  /** Looks at what is here. */
  async read() {
    this.urls = new Set((await this.cache.keys()).map((request) => request.url));
    this.changed();
  }

  /** Tells the worker what this page shows, so that it can give up what no page needs. */
  async show() {
    const { active } = await navigator.serviceWorker.ready;
    active.postMessage(Undertone.data.sessions.flatMap((one) => [one.audio, one.captions, one.cover].filter(Boolean)));
  }

  /** What is here of a session: its sound, and those that it had before. All have the same mark in their names. */
  soundsOf(session) {
    const mark = `-${session.audio.split("-").at(-2)}-`;
    return [...this.urls].filter((url) => url.includes(mark));
  }

  url(session) { return new URL(session.audio, location.href).href; }
  has(session) { return this.urls.has(this.url(session)); }

  async keep(session) {
    const url = this.url(session);
    if (!this.cache || this.urls.has(url) || this.busy.has(url)) return;
    this.busy.add(url);
    this.changed();
    try {
      const answer = await fetch(url);
      if (answer.status !== 200) throw new Error(`${url}: ${answer.status}`);
      await this.cache.put(url, answer);
      this.failed = false;
    } catch {
      this.failed = true;
    }
    this.busy.delete(url);
    await this.read();
  }

  async drop(session) {
    await this.read();
    // What it was before, and is not given up yet, would be kept anew in its place.
    for (const url of this.soundsOf(session)) await this.cache.delete(url);
    await this.read();
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

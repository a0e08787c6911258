"use strict";
// The sound and its controls.
Undertone.Player = class extends EventTarget {
  constructor() {
    super();
    const { $, store } = Undertone;
    this.audio = $("audio");
    this.session = null;
    this.factor = 1;
    this.captions = new Undertone.Captions($("lines"), $("live"), (time) => { this.seek(time); this.play(); });
    this.sleep = new Undertone.Sleep(
      () => [this.time, this.chapterEnd()],
      (factor) => { this.factor = factor; this.applyVolume(); },
      () => { this.audio.pause(); $("sleep").value = ""; },
    );
    this.volume = store.get("volume") ?? 1;
    this.controls();
    this.sound();
    this.system();
  }

  get time() { return this.wanted ?? this.audio.currentTime; }
  get length() { return this.session?.seconds || this.audio.duration || 1; }

  controls() {
    const { $ } = Undertone;
    const on = (id, act) => $(id).addEventListener("click", act);
    on("play", () => this.toggle());
    on("back", () => this.skip(-10));
    on("on", () => this.skip(10));
    on("before", () => this.step(-1));
    on("next", () => this.step(1));
    on("mute", () => this.mute());
    on("resume", () => { this.seek(this.resume); this.play(); });
    $("seek").addEventListener("input", () => this.seek(Number($("seek").value)));
    $("volume").addEventListener("input", () => {
      this.volume = Number($("volume").value);
      this.audio.muted = false;
      Undertone.store.set("volume", this.volume);
      this.applyVolume();
    });
    $("sleep").addEventListener("change", () => {
      this.sleep.set($("sleep").value);
      Undertone.tell(`Sleep timer: ${$("sleep").selectedOptions[0].textContent}`);
      this.draw();
    });
    $("chapters").addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) { this.seek(this.session.chapters[Number(button.dataset.at)].at); this.play(); }
    });
    $("volume").value = this.volume;
    this.applyVolume();
    // Some phones let only their own keys set the volume.
    const before = this.audio.volume;
    this.audio.volume = 0.5;
    $("volume").hidden = this.audio.volume !== 0.5;
    this.audio.volume = before;
  }

  sound() {
    const draw = () => this.draw();
    for (const kind of ["timeupdate", "play", "pause", "seeked", "loadedmetadata", "volumechange"]) {
      this.audio.addEventListener(kind, draw);
    }
    this.audio.addEventListener("timeupdate", () => this.sleep.tick());
    this.audio.addEventListener("seeked", () => { this.wanted = null; this.draw(); });
    this.audio.addEventListener("pause", () => this.remember());
    this.audio.addEventListener("ended", () => this.remember());
    this.audio.addEventListener("error", () => this.again());
    addEventListener("pagehide", () => this.remember());
    setInterval(() => { if (!this.audio.paused) this.remember(); }, 5000);
    // Captions follow closer than the four times a second that the sound tells its time.
    const frame = () => {
      if (!this.audio.paused) this.follow();
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  /** Keys of headphones, and the lock screen. */
  system() {
    const media = navigator.mediaSession;
    if (!media) return;
    const acts = {
      play: () => this.play(),
      pause: () => this.audio.pause(),
      seekbackward: (details) => this.skip(-(details.seekOffset ?? 10)),
      seekforward: (details) => this.skip(details.seekOffset ?? 10),
      previoustrack: () => this.step(-1),
      nexttrack: () => this.step(1),
      seekto: (details) => this.seek(details.seekTime),
    };
    for (const [name, act] of Object.entries(acts)) {
      try { media.setActionHandler(name, act); } catch { /* This one is not known here. */ }
    }
  }

  /** Makes a session the one that is heard; it waits for `play`. */
  async load(session) {
    if (this.session === session) return;
    this.remember();
    const { $, clock, make, store } = Undertone;
    this.audio.pause();
    this.session = session;
    this.wanted = null;
    this.chapter = -1;
    this.audio.src = session.audio;
    this.sleep.set("");
    $("sleep").value = "";
    $("seek").max = session.seconds;
    $("whole").textContent = clock(session.seconds);
    $("playing").textContent = session.title;
    $("playing").href = `#s=${encodeURIComponent(session.slug)}`;
    $("ticks").replaceChildren(...session.chapters.filter((one) => one.at > 0).map((one) => {
      const tick = make("i");
      tick.style.left = `${(100 * one.at) / session.seconds}%`;
      return tick;
    }));
    $("chapters").replaceChildren(...session.chapters.map((one, at) =>
      make("li", {}, make("button", { type: "button", "data-at": at },
        make("span", { dir: "auto" }, one.title), make("span", { class: "clock" }, clock(one.at))))));
    const last = store.get(`position ${session.id}`);
    this.resume = last === null ? 0 : Math.max(0, Math.min(last, session.seconds) - 5);
    $("resume").hidden = !this.resume;
    $("resume").textContent = `Resume at ${clock(this.resume)}`;
    $("bar").hidden = false;
    if (navigator.mediaSession && window.MediaMetadata) {
      const artwork = location.protocol === "file:" ? [] : [{ src: new URL("icon.png", location.href).href, type: "image/png", sizes: "512x512" }];
      navigator.mediaSession.metadata = new MediaMetadata({ title: session.title, artist: "Undertone", album: session.category ?? "", artwork });
    }
    this.captions.show([]);
    this.draw();
    const lines = await Undertone.captionsOf(session);
    if (this.session === session) { this.captions.show(lines); this.draw(); }
  }

  /** Loads the sound once more: a browser gives up when it comes from the network first and then from this device. */
  again() {
    if (!this.session) return;
    const { time } = this;
    if (Date.now() - (this.failed ?? 0) < 3000) {
      Undertone.$("facts").textContent = "The sound cannot be loaded. Is the network away?";
      return;
    }
    this.failed = Date.now();
    const going = !this.audio.paused;
    this.audio.src = this.session.audio;
    this.seek(time);
    if (going) this.play();
  }

  play() {
    if (!this.session) return;
    Undertone.$("resume").hidden = true;
    this.audio.play().catch((error) => { if (error.name === "NotAllowedError") Undertone.tell("Press play once more."); });
  }

  toggle() {
    if (this.audio.paused) this.play(); else this.audio.pause();
  }

  seek(time) {
    if (!this.session || !Number.isFinite(time)) return;
    this.wanted = Math.max(0, Math.min(time, this.length - 0.05));
    this.audio.currentTime = this.wanted;
    this.sleep.jumped();
    this.draw();
  }

  skip(seconds) { this.seek(this.time + seconds); }

  /** The chapter of a moment, by its place. */
  chapterAt(time) {
    let at = -1;
    this.session?.chapters.forEach((one, place) => { if (one.at <= time + 0.02) at = place; });
    return at;
  }

  chapterEnd() {
    return this.session?.chapters[this.chapterAt(this.time) + 1]?.at ?? this.length;
  }

  /** To another chapter; back goes to the beginning of this one first. */
  step(by) {
    const chapters = this.session?.chapters ?? [];
    const at = this.chapterAt(this.time);
    const again = by < 0 && at >= 0 && this.time - chapters[at].at > 3;
    const to = chapters[again ? at : at + by];
    if (to) this.seek(to.at); else if (by < 0) this.seek(0);
  }

  mute() {
    this.audio.muted = !this.audio.muted;
    Undertone.tell(this.audio.muted ? "Muted" : "Sound on");
  }

  applyVolume() {
    // Loudness is heard in proportions: half of the way is a quarter of the level.
    this.audio.volume = Math.max(0, Math.min(1, this.volume ** 2 * this.factor));
  }

  /** Where it was left, unless it was hardly begun or is as good as over. */
  remember() {
    if (!this.session) return;
    const { time, length } = this;
    if (time > length - 5) Undertone.store.set(`position ${this.session.id}`, null);
    else if (time > 10) Undertone.store.set(`position ${this.session.id}`, Math.round(time));
  }

  follow() {
    const { $, clock } = Undertone;
    const { time } = this;
    this.captions.follow(time);
    const chapter = this.chapterAt(time);
    if (chapter !== this.chapter) {
      this.chapter = chapter;
      $("chapters").querySelectorAll("button").forEach((button, at) => {
        if (at === chapter) button.setAttribute("aria-current", "true"); else button.removeAttribute("aria-current");
      });
      $("chapter").textContent = this.session?.chapters[chapter]?.title ?? "";
    }
    const text = clock(time);
    if ($("time").textContent !== text) $("time").textContent = text;
  }

  draw() {
    if (!this.session) return;
    const { $, clock, icon } = Undertone;
    const { time, length } = this;
    this.follow();
    $("seek").value = time;
    $("seek").style.setProperty("--done", `${(100 * time) / length}%`);
    const part = this.session.chapters[this.chapter]?.title;
    $("seek").setAttribute("aria-valuetext", `${clock(time)} of ${clock(length)}${part ? `, ${part}` : ""}`);
    const playing = !this.audio.paused;
    icon($("play"), playing ? "pause" : "play");
    $("play").setAttribute("aria-label", playing ? "Pause" : "Play");
    icon($("mute"), this.audio.muted ? "mute" : "sound");
    $("mute").setAttribute("aria-pressed", String(this.audio.muted));
    $("volume").style.setProperty("--done", `${100 * this.volume}%`);
    $("volume").setAttribute("aria-valuetext", `${Math.round(100 * this.volume)} percent`);
    $("left").textContent = this.sleep.kind ? clock(this.sleep.remaining()) : "";
    const media = navigator.mediaSession;
    if (media?.setPositionState) {
      media.playbackState = playing ? "playing" : "paused";
      media.setPositionState({ duration: length, position: Math.min(time, length), playbackRate: 1 });
    }
  }
};

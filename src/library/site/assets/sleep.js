"use strict";
// Stops the sound after a while, or at the end of a chapter, and lets it go away over the last two minutes.
Undertone.Sleep = class {
  static FADE = 120;

  /** `now` gives [seconds heard, end of the chapter]; `level` takes a factor from 0 to 1; `stop` is called at the end. */
  constructor(now, level, stop) {
    Object.assign(this, { now, level, stop, kind: "", end: 0, fade: 1 });
    setInterval(() => this.tick(), 250);
  }

  /** "" is off, "chapter" its end, and a number so many minutes. */
  set(kind) {
    this.kind = kind;
    if (!kind) { this.level(1); return; }
    this.aim();
  }

  aim() {
    if (!this.kind) return;
    this.end = this.kind === "chapter" ? this.now()[1] : Date.now() / 1000 + 60 * Number(this.kind);
    // A short rest of a chapter begins at its full level, too.
    this.fade = Math.max(1, Math.min(Undertone.Sleep.FADE, this.remaining()));
    this.tick();
  }

  /** After a jump another chapter may be the one that is heard. */
  jumped() {
    if (this.kind === "chapter") this.aim();
  }

  remaining() {
    return this.end - (this.kind === "chapter" ? this.now()[0] : Date.now() / 1000);
  }

  /** In decibels the way down is even: -60 at the end. */
  static factor(remaining, fade) {
    return remaining >= fade ? 1 : 10 ** (-3 * (1 - Math.max(0, remaining) / fade));
  }

  tick() {
    if (!this.kind) return;
    const remaining = this.remaining();
    if (remaining > 0.05) { this.level(Undertone.Sleep.factor(remaining, this.fade)); return; }
    this.kind = "";
    this.stop();
    this.level(1);
  }
};

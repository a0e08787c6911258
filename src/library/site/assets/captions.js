"use strict";
// Captions that follow the sound. Choosing a line plays from there.
Undertone.Captions = class {
  /** `seek` is called with seconds. */
  constructor(box, live, seek) {
    Object.assign(this, { box, live, lines: [], buttons: [], current: -1, touched: 0 });
    const touch = () => { this.touched = Date.now(); };
    for (const kind of ["wheel", "touchmove", "pointerdown"]) box.addEventListener(kind, touch, { passive: true });
    box.addEventListener("click", (event) => {
      const at = this.buttons.indexOf(event.target.closest("button"));
      if (at >= 0) {
        this.touched = 0;
        seek(this.lines[at][0]);
      }
    });
    // One stop for the Tab key; up and down go through the lines.
    box.addEventListener("keydown", (event) => {
      const at = this.buttons.indexOf(event.target);
      const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: this.buttons.length - 1 }[event.key];
      if (at < 0 || to === undefined || !this.buttons[to]) return;
      event.preventDefault();
      touch();
      this.reach(to);
      this.buttons[to].focus();
    });
  }

  show(lines) {
    this.lines = lines;
    this.current = -1;
    this.buttons = lines.map(([start, , text]) => {
      const button = Undertone.make("button", { type: "button", dir: "auto", tabindex: "-1" }, text);
      button.append(Undertone.make("span", { class: "unseen" }, `, ${Undertone.clock(start)}`));
      return button;
    });
    this.box.replaceChildren(...this.buttons.map((button) => Undertone.make("li", {}, button)));
    this.box.scrollTop = 0;
    if (!lines.length) this.box.append(Undertone.make("li", { class: "quiet" }, "This session has no captions."));
    this.reach(0);
  }

  reach(to) {
    this.buttons.forEach((button, at) => { button.tabIndex = at === to ? 0 : -1; });
  }

  /** Marks the line of this moment. A line stays, dimmer, through the silence that follows it. */
  follow(time) {
    let [low, high] = [0, this.lines.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.lines[middle][0] <= time + 0.02) low = middle + 1; else high = middle;
    }
    const now = low - 1;
    this.buttons[now]?.classList.toggle("silence", time > this.lines[now][1] + 1.5);
    if (now === this.current) return;
    this.buttons[this.current]?.removeAttribute("aria-current");
    this.current = now;
    const button = this.buttons[now];
    if (!button) { this.box.scrollTop = 0; return; }
    button.setAttribute("aria-current", "true");
    this.live.textContent = this.live.ariaLive === "polite" ? this.lines[now][2] : "";
    if (!this.box.contains(document.activeElement)) this.reach(now);
    // Whoever reads elsewhere is left in peace for a while.
    if (Date.now() - this.touched > 5000) this.center(button);
  }

  /** After the box was hidden it stands at its beginning. */
  shown() {
    if (this.buttons[this.current]) this.center(this.buttons[this.current]);
  }

  center(button) {
    const top = button.offsetTop - (this.box.clientHeight - button.offsetHeight) / 2;
    this.box.scrollTo({ top, behavior: Undertone.still.matches ? "auto" : "smooth" });
  }
};

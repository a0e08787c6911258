"use strict";
// The sessions, and the words that they are filtered by.
Undertone.List = class {
  constructor() {
    const { data, make, clock } = Undertone;
    this.cards = data.sessions.map((session) => {
      const cover = session.cover ? make("img", { src: session.cover, alt: "", loading: "lazy", width: 320, height: 192 }) : make("span", { class: "blank" });
      const title = make("h2", { dir: "auto" }, session.title);
      if (session.favourite) title.append(make("span", { class: "star", "aria-hidden": "true" }, " ★"), make("span", { class: "unseen" }, ", favourite"));
      const facts = [clock(session.seconds), session.category].filter(Boolean).join(" · ");
      const link = make("a", {}, make("span", { class: "cover" }, cover), title, make("p", { class: "quiet" }, facts));
      if (session.tags.length) link.append(make("p", { class: "tags" }, ...session.tags.map((tag) => make("bdi", {}, tag))));
      link.append(make("p", { class: "here" }));
      const item = make("li", {}, link);
      item.dataset.slug = session.slug;
      return { session, item, link, text: fold([session.title, session.category, ...session.tags].join(" ")) };
    });
    Undertone.$("cards").append(...this.cards.map((card) => card.item));
  }

  /** Shows the sessions that have all of these words. */
  filter(words) {
    const wanted = fold(words).split(/\s+/).filter(Boolean);
    let found = 0;
    for (const card of this.cards) {
      card.item.hidden = !wanted.every((word) => card.text.includes(word));
      card.link.href = `#${new URLSearchParams(words ? { s: card.session.slug, q: words } : { s: card.session.slug })}`;
      found += !card.item.hidden;
    }
    const all = this.cards.length;
    const text = !all ? "There are no sessions yet." : wanted.length ? `${found} of ${all} sessions` : all === 1 ? "1 session" : `${all} sessions`;
    if (Undertone.$("found").textContent !== text) Undertone.$("found").textContent = text;
  }

  /** Says which sessions are kept on this device. */
  kept(isKept) {
    // When all of them are, one sentence says so.
    const some = !Undertone.data.sessions.every(isKept);
    for (const { session, link } of this.cards) link.querySelector(".here").textContent = some && isKept(session) ? "On this device" : "";
  }
};

/** Case and accents do not matter. */
function fold(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

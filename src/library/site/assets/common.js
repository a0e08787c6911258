"use strict";
// What every part of the page uses. The files are plain scripts: a page that was opened from a folder may load no modules.
const Undertone = (() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const heard = new Map();
  const waiting = new Map();

  // Several sites may lie on one host.
  const place = new URL("./", location.href).pathname;
  const store = {
    get(name) {
      try { return JSON.parse(localStorage.getItem(`undertone ${place} ${name}`)); } catch { return null; }
    },
    set(name, value) {
      try {
        if (value === null) localStorage.removeItem(`undertone ${place} ${name}`);
        else localStorage.setItem(`undertone ${place} ${name}`, JSON.stringify(value));
      } catch { /* Nothing can be kept; the page works all the same. */ }
    },
  };

  /** Seconds as 1:02 or 1:00:02. */
  function clock(seconds) {
    const whole = Math.max(0, Math.floor(seconds + 1e-3));
    const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, String(whole % 60).padStart(2, "0")];
    return h ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
  }

  /** An element with what stands in it. Texts are never read as HTML. */
  function make(tag, given = {}, ...inside) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(given)) {
      if (value !== undefined && value !== null) element.setAttribute(name, value);
    }
    element.append(...inside);
    return element;
  }

  function icon(button, name) {
    button.querySelector("use").setAttribute("href", `#i-${name}`);
  }

  /** Says something to a screen reader that eyes can see anyway. */
  function tell(text) {
    document.getElementById("told").textContent = text;
  }

  /** The captions of a session: [start, end, text] in seconds. They come as a script, which calls `captions`. */
  function captionsOf(session) {
    if (!session.captions) return Promise.resolve([]);
    if (heard.has(session.id)) return Promise.resolve(heard.get(session.id));
    return new Promise((resolve) => {
      waiting.set(session.id, resolve);
      const script = make("script", { src: session.captions });
      script.onerror = () => resolve([]);
      script.onload = () => { script.remove(); resolve(heard.get(session.id) ?? []); };
      document.head.append(script);
    });
  }

  function captions(id, lines) {
    heard.set(id, lines);
    waiting.get(id)?.(lines);
  }

  const still = matchMedia("(prefers-reduced-motion: reduce)");
  return { data, store, clock, make, icon, tell, captions, captionsOf, still, $: (id) => document.getElementById(id) };
})();

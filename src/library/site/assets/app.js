"use strict";
// What is shown, keys, and what belongs to no other part.
(() => {
  const { $, data, clock, store, icon, tell } = Undertone;
  const player = new Undertone.Player();
  const list = new Undertone.List();
  const offline = new Undertone.Offline(() => drawOffline());
  let scrolled = 0;

  const here = () => new URLSearchParams(location.hash.slice(1));
  const shownSession = () => data.sessions.find((session) => session.slug === here().get("s"));

  /** Shows what the address says. */
  function show(first) {
    const words = here().get("q") ?? "";
    const session = shownSession();
    const was = document.body.dataset.view;
    if (was === "list") scrolled = scrollY;
    if ($("filter").value !== words) $("filter").value = words;
    list.filter(words);
    document.body.dataset.view = session ? "session" : "list";
    $("list").hidden = Boolean(session);
    $("session").hidden = !session;
    $("home").href = words ? `#${new URLSearchParams({ q: words })}` : "#";
    document.title = session ? `${session.title} – Undertone` : "Undertone";
    if (session) {
      $("title").textContent = session.title;
      $("facts").textContent = [clock(session.seconds), session.category, ...session.tags].filter(Boolean).join(" · ");
      $("parts").querySelector("h2").hidden = !session.chapters.length;
      player.load(session);
      drawOffline();
      player.captions.shown();
      scrollTo(0, 0);
      if (was !== "session" && !first) $("title").focus({ preventScroll: true });
    } else if (was === "session") {
      scrollTo(0, scrolled);
      const card = list.cards.find((one) => one.session === player.session && !one.item.hidden);
      (card?.link ?? $("list-title")).focus({ preventScroll: Boolean(card) });
    }
  }

  function drawOffline() {
    const text = offline.text();
    if ($("kept").textContent !== text) $("kept").textContent = text;
    list.kept((session) => offline.has(session));
    const session = shownSession();
    $("keep").hidden = !session || !offline.cache;
    if (!session) return;
    const kept = offline.has(session);
    $("keep").setAttribute("aria-pressed", String(kept));
    $("keep").textContent = offline.busy.has(offline.url(session)) ? "Loading …" : kept ? "Kept offline" : `Keep offline (${(session.bytes / 1e6).toFixed(1)} MB)`;
  }

  $("keep").addEventListener("click", () => {
    const session = shownSession();
    if (offline.has(session)) offline.drop(session);
    else { navigator.storage?.persist?.(); offline.keep(session); }
  });

  $("filter").addEventListener("input", () => {
    const words = $("filter").value;
    history.replaceState(null, "", words ? `#${new URLSearchParams({ q: words })}` : "#");
    list.filter(words);
  });

  // Dark and light: the system's, until the button says otherwise.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const theme = () => document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light");
  function drawTheme() {
    const other = theme() === "dark" ? "light" : "dark";
    icon($("theme"), other === "light" ? "sun" : "moon");
    $("theme").setAttribute("aria-label", `Use ${other} colours`);
    document.querySelector("meta[name=theme-color]").content = theme() === "dark" ? "#0d1015" : "#f6f3ec";
  }
  $("theme").addEventListener("click", () => {
    const other = theme() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = other;
    try { localStorage.setItem("undertone theme", other); } catch { /* It holds for this visit. */ }
    drawTheme();
  });
  dark.addEventListener("change", drawTheme);
  drawTheme();

  // Captions: shown or not, and said by a screen reader or not.
  function captions(shown) {
    $("show").setAttribute("aria-pressed", String(shown));
    $("said").hidden = !shown;
    if (shown) player.captions.shown();
    store.set("captions", shown);
  }
  function aloud(on) {
    $("aloud").setAttribute("aria-pressed", String(on));
    $("live").setAttribute("aria-live", on ? "polite" : "off");
    store.set("aloud", on);
  }
  $("show").addEventListener("click", () => captions($("said").hidden));
  $("aloud").addEventListener("click", () => aloud($("aloud").getAttribute("aria-pressed") !== "true"));
  captions(store.get("captions") ?? true);
  aloud(store.get("aloud") ?? false);

  $("help-open").addEventListener("click", () => $("help").showModal());

  const keys = {
    " ": () => player.toggle(),
    k: () => player.toggle(),
    ArrowLeft: () => player.skip(-10),
    ArrowRight: () => player.skip(10),
    "shift ArrowLeft": () => player.step(-1),
    "shift ArrowRight": () => player.step(1),
    m: () => player.mute(),
    c: () => { captions($("said").hidden); tell($("said").hidden ? "Captions hidden" : "Captions shown"); },
    s: () => { if (!$("bar").hidden) $("sleep").focus(); },
    "/": () => { if (document.body.dataset.view === "session") location.hash = $("home").getAttribute("href"); requestAnimationFrame(() => requestAnimationFrame(() => $("filter").focus())); },
    "?": () => $("help").showModal(),
    Escape: () => {
      if (document.activeElement === $("filter") && $("filter").value) return false;
      if (document.body.dataset.view === "session") location.hash = $("home").getAttribute("href");
    },
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented || $("help").open) return;
    const { target } = event;
    const writes = target.matches("input[type=search]");
    if (writes && event.key !== "Escape") return;
    // Controls keep the keys that they know themselves.
    if (event.key === " " && target.matches("button, select")) return;
    if (target.matches("select") && event.key !== "Escape") return;
    if (target === $("volume") && event.key.startsWith("Arrow") && !event.shiftKey) return;
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const act = keys[event.shiftKey && name.startsWith("Arrow") ? `shift ${name}` : name];
    if (act && act() !== false) event.preventDefault();
  });

  addEventListener("hashchange", () => show(false));
  show(true);
})();

// The site of a library in a browser: `make test-site`. Chromium is the system's; pictures are left in tests/site/shots.
import { chromium } from "playwright-core";
import { execFileSync } from "node:child_process";
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { serve } from "./server.mjs";

const here = import.meta.dirname;
const program = process.env.UNDERTONE ?? path.join(here, "../../target/debug/undertone");
const browser = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(fs.existsSync);
if (!browser) {
  console.error("There is no Chromium. Install one (apt-get install chromium), or name it: CHROMIUM=/path make test-site");
  process.exit(1);
}

const desk = fs.mkdtempSync(path.join(os.tmpdir(), "undertone-site-"));
const shots = path.join(here, "shots");
fs.mkdirSync(shots, { recursive: true });
const site = path.join(desk, "site");
const HOSTILE = "<script>alert(1)</script> \"שלום\" 🌊";

function run(...args) {
  const env = { ...process.env, UNDERTONE_CACHE: path.join(desk, "cache"), UNDERTONE_VOICES: path.join(here, "../../voices") };
  return execFileSync(program, ["library", "--library", path.join(desk, "L"), ...args], { env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

function script(name, title, category, tags, last = "Listen to the room around you.") {
  const text = `---
title: ${JSON.stringify(title)}
voice: tone
category: ${category}
tags: [${tags}]
mix: { fade_in: 0s, fade_out: 0s }
---
# Arriving
You have come to a quiet place by the water. Let your shoulders be heavy, and your jaw be soft.

[pause 4s]
There is nothing that you have to do.

# Breathing
Breathe in, slowly. [pause 3s] And let it go again, all the way to the end.

[pause 5s]
Once more, at your own pace.

# Coming back
${last} [pause 3s] Open your eyes when you like.
`;
  const file = path.join(desk, `${name}.md`);
  fs.writeFileSync(file, text);
  return file;
}

const add = (...args) => JSON.parse(run("add", script(...args), "--json")).slug;

const contexts = [];
const faults = [];

/** A new browser with a folder of its own. What goes wrong in any page of it is written down. */
async function open(options = {}) {
  const profile = fs.mkdtempSync(path.join(desk, "profile-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: browser,
    headless: true,
    viewport: { width: 390, height: 844 },
    colorScheme: "dark",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
    ...options,
  });
  contexts.push(context);
  await context.addInitScript(() => addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`)));
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (!["127.0.0.1", ""].includes(url.hostname)) faults.push(`asked ${url}`);
  });
  context.on("console", (message) => { if (["error", "warning"].includes(message.type())) faults.push(`console: ${message.text()} ${message.location().url}`); });
  context.on("weberror", (error) => faults.push(`error: ${error.error()}`));
  return { context, page: context.pages()[0] };
}

let count = 0;
async function step(what, act) {
  try {
    await act();
    assert.deepEqual(faults, [], "what the browser complains about");
    count += 1;
    console.log(`ok    ${what}`);
  } catch (error) {
    throw new Error(`not so: ${what}`, { cause: error });
  }
}

const state = (page) => page.evaluate(() => {
  const audio = document.getElementById("audio");
  return { time: audio.currentTime, paused: audio.paused, volume: audio.volume, muted: audio.muted };
});
const current = (page, list) => page.evaluate((id) => document.querySelector(`#${id} [aria-current]`)?.firstChild.textContent ?? null, list);
const until = async (page, test, arg) => page.waitForFunction(test, arg, { timeout: 10_000, polling: 50 });
const plays = async (page) => {
  const from = (await state(page)).time;
  await until(page, (from) => { const audio = document.getElementById("audio"); return !audio.paused && audio.currentTime > from + 0.4; }, from);
};
const near = (got, wanted, by, what) => assert.ok(Math.abs(got - wanted) <= by, `${what}: ${got} is not within ${by} of ${wanted}`);
const focused = (page) => page.evaluate(() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const text = element.getAttribute("aria-label") || element.textContent.trim().replace(/\s+/g, " ");
  return { id: element.id, tag: element.tagName, name: element.id || text, ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 };
});

/** Tabs through the page once; the result is everything that had the focus. */
async function tabbed(page) {
  const seen = [];
  await page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
  for (let n = 0; n < 80; n += 1) {
    await page.keyboard.press("Tab");
    const now = await focused(page);
    if (now.tag === "BODY" || seen.some((one) => one.name === now.name)) break;
    seen.push(now);
  }
  return seen;
}

/** Texts whose contrast is below that of WCAG AA, and controls that are smaller than a finger. */
const judged = (page) => page.evaluate(() => {
  const number = (text) => { const c = text.match(/[\d.]+/g).map(Number); return { rgb: c.slice(0, 3), a: c[3] ?? 1 }; };
  const light = (rgb) => { const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4)); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (element) => { for (let one = element; one; one = one.parentElement) { const c = number(getComputedStyle(one).backgroundColor); if (c.a === 1) return c.rgb; } return [255, 255, 255]; };
  const [pale, small] = [[], []];
  for (const element of document.querySelectorAll("body *")) {
    if (!element.checkVisibility() || element.closest(".unseen, noscript, svg")) continue;
    if ([...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())) {
      const [a, b] = [light(number(getComputedStyle(element).color).rgb), light(behind(element))].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      if (ratio < 4.5) pale.push(`${element.tagName} ${element.textContent.slice(0, 30)} ${ratio.toFixed(2)}`);
    }
    if (element.matches("a, button, select, input")) {
      const box = element.getBoundingClientRect();
      if (box.width < 44 || box.height < 44) small.push(`${element.id || element.textContent.slice(0, 20)} ${box.width}x${box.height}`);
    }
  }
  return { pale, small, wide: document.documentElement.scrollWidth - innerWidth };
});

async function all() {
  const tide = add("tide", "Evening Tide", "sleep", "sea, evening");
  run("favourite", tide);
  const other = add("other", HOSTILE, "stress", "water");
  run("site", site);
  let server = await serve(site);
  const { context, page } = await open();
  const card = (title) => page.locator("#cards a", { hasText: title });

  await step("sessions are listed with their length, tags and category; hostile titles are texts", async () => {
    await page.goto(server.url);
    assert.deepEqual(await page.locator("#cards h2").allTextContents(), [HOSTILE, "Evening Tide ★, favourite"]);
    assert.match(await card("Evening").textContent(), /\d:\d\d · sleep/);
    assert.match(await card("Evening").textContent(), /sea.*evening/);
  });

  await step("words filter the list, stay in the address, and back brings them back", async () => {
    await page.fill("#filter", "SEA éven");
    assert.deepEqual(await page.locator("#cards li:visible h2").allTextContents(), ["Evening Tide ★, favourite"]);
    await card("Evening").click();
    assert.equal(await page.locator("#title").textContent(), "Evening Tide");
    await page.goBack();
    assert.equal(await page.inputValue("#filter"), "SEA éven");
    assert.equal(await page.locator("#cards li:visible").count(), 1);
    await page.reload();
    assert.equal(await page.locator("#cards li:visible").count(), 1);
    await page.fill("#filter", "");
    assert.equal(await page.locator("#cards li:visible").count(), 2);
  });

  const session = await page.evaluate((slug) => Undertone.data.sessions.find((one) => one.slug === slug), tide);
  const [, second, third] = session.chapters.map((one) => one.at);
  await step("it plays and pauses", async () => {
    await card("Evening").click();
    await page.click("#play");
    await plays(page);
    await page.click("#play");
    assert.equal((await state(page)).paused, true);
  });

  await step("a chapter is chosen by a click, and marked when it is reached", async () => {
    await page.locator("#chapters button").nth(1).click();
    near((await state(page)).time, second, 1, "chapter");
    assert.equal(await current(page, "chapters"), "Breathing");
    assert.equal(await page.locator("#ticks i").count(), 2);
    await page.click("#next");
    near((await state(page)).time, third, 1, "next chapter");
    await page.click("#before");
    near((await state(page)).time, second, 1, "previous chapter");
  });

  await step("captions follow, and a line seeks to its time", async () => {
    await page.evaluate((at) => { document.getElementById("audio").currentTime = at - 0.8; }, second);
    await until(page, () => document.querySelector("#lines [aria-current]")?.textContent.startsWith("There is nothing"));
    await page.evaluate(() => document.getElementById("audio").play());
    await until(page, () => document.querySelector("#lines [aria-current]")?.textContent.startsWith("Breathe in"));
    const lines = await page.evaluate(async () => Undertone.captionsOf(Undertone.data.sessions[1]));
    near((await state(page)).time, lines.find((line) => line[2].startsWith("Breathe in"))[0], 1.5, "the line is marked as it is said");
    await page.waitForTimeout(1000);
    const off = await page.evaluate(() => {
      const [line, box] = [document.querySelector("#lines [aria-current]"), document.getElementById("lines")].map((one) => one.getBoundingClientRect());
      return Math.abs((line.top + line.bottom - box.top - box.bottom) / 2 / box.height);
    });
    assert.ok(off < 0.15, `the current line is ${off} of the box from its middle`);
    await page.locator("#lines button", { hasText: "Listen to the room" }).click();
    near((await state(page)).time, lines.find((line) => line[2].startsWith("Listen"))[0], 1, "line");
    await page.keyboard.press("k");
  });

  await step("the position is remembered, and offered a few seconds earlier", async () => {
    await page.evaluate((at) => { document.getElementById("audio").currentTime = at; }, third);
    await page.waitForTimeout(300);
    await page.reload();
    assert.match(await page.locator("#resume").textContent(), /^Resume at \d:\d\d$/);
    await page.click("#resume");
    await plays(page);
    near((await state(page)).time, third - 3, 2.5, "resumed");
    assert.equal(await page.locator("#resume").isVisible(), false);
    await page.keyboard.press("k");
  });

  await step("after one visit it works without a server: it loads, plays and seeks", async () => {
    await until(page, () => document.getElementById("kept").textContent.startsWith("All sounds are on this device"));
    const { port } = server;
    await server.stop();
    await page.reload();
    assert.equal(await page.locator("#title").textContent(), "Evening Tide");
    await page.locator("#chapters button").nth(2).click();
    await plays(page);
    near((await state(page)).time, third, 2, "chapter");
    await page.locator("#chapters button").nth(0).click();
    await plays(page);
    near((await state(page)).time, 0, 2, "chapter");
    await until(page, () => document.querySelector("#lines [aria-current]")?.textContent.startsWith("You have come"));
    const parts = await page.evaluate(async (url) => {
      const answers = [];
      for (const range of ["bytes=10-19", "bytes=-5", "bytes=99999999-"]) {
        const answer = await fetch(url, { headers: { Range: range } });
        answers.push([answer.status, (await answer.arrayBuffer()).byteLength, answer.headers.get("Content-Range")]);
      }
      return answers;
    }, session.audio);
    const size = session.bytes;
    assert.deepEqual(parts, [[206, 10, `bytes 10-19/${size}`], [206, 5, `bytes ${size - 5}-${size - 1}/${size}`], [416, 0, `bytes */${size}`]]);
    await page.click("#home");
    await card("שלום").click();
    await page.click("#play");
    await plays(page);
    await page.keyboard.press("k");
    server = await serve(site, { port });
    faults.splice(0, faults.length, ...faults.filter((fault) => !fault.includes("status of 416")));
  });

  await step("Tab reaches every control, and each shows it", async () => {
    await page.goto(server.url);
    assert.deepEqual((await tabbed(page)).filter((one) => !one.ring), [], "no ring");
    await page.goto(`${server.url}#s=${tide}`);
    await page.reload();
    await page.waitForSelector("#lines button");
    await until(page, () => !document.getElementById("keep").hidden);
    const reached = await tabbed(page);
    assert.deepEqual(reached.filter((one) => !one.ring), [], "no ring");
    const ids = reached.map((one) => one.id).filter(Boolean);
    assert.deepEqual(ids, ["home", "theme", "help-open", "show", "aloud", "keep", "resume", "seek", "sleep", "before", "back", "play", "on", "next", "mute", "volume"]);
    assert.equal(reached.length - ids.length, 1 + 3, "one line of the captions, three chapters");
  });

  await step("keys alone: open, play, seek, chapters, captions, sleep, mute, help, back", async () => {
    await page.goto(`${server.url}#`);
    await page.evaluate(() => localStorage.clear());
    await page.reload();
    for (let n = 0; n < 10 && !(await focused(page)).name.startsWith("Evening"); n += 1) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await until(page, () => document.querySelectorAll("#lines button").length > 3);
    assert.equal((await focused(page)).id, "title");
    await page.keyboard.press(" ");
    await plays(page);
    await page.keyboard.press("k");
    assert.equal((await state(page)).paused, true);
    const before = (await state(page)).time;
    await page.keyboard.press("ArrowRight");
    near((await state(page)).time, before + 10, 0.5, "10 seconds on");
    await page.keyboard.press("ArrowLeft");
    near((await state(page)).time, before, 0.5, "10 seconds back");
    await page.keyboard.press("Shift+ArrowRight");
    near((await state(page)).time, second, 0.5, "next chapter");
    await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("Shift+ArrowLeft");
    near((await state(page)).time, second, 0.5, "previous chapter");
    await page.keyboard.press("m");
    assert.equal((await state(page)).muted, true);
    await page.keyboard.press("m");
    await page.keyboard.press("s");
    assert.equal((await focused(page)).id, "sleep");
    await page.keyboard.press("ArrowDown");
    assert.equal(await page.inputValue("#sleep"), "15");
    assert.match(await page.locator("#left").textContent(), /^1[45]:\d\d$/);
    await page.locator("#lines button[tabindex='0']").focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    assert.ok((await state(page)).time > 0.5 && (await state(page)).time < second);
    await page.keyboard.press("?");
    assert.equal(await page.locator("#help").isVisible(), true);
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("#help").isVisible(), false);
    // The browser goes back in its own time.
    await page.keyboard.press("Escape");
    await page.locator("#list").waitFor({ state: "visible" });
    await until(page, () => document.activeElement.textContent.includes("Evening"));
    assert.match((await focused(page)).name, /^Evening/);
    await page.keyboard.press("/");
    await until(page, () => document.activeElement.id === "filter");
  });

  await step("every control has a role and a name", async () => {
    await page.goto(`${server.url}#s=${tide}`);
    await page.waitForSelector("#session:not([hidden]) #lines button");
    const wanted = [["button", "Play"], ["button", "10 seconds back"], ["button", "10 seconds on"], ["button", "Previous chapter"],
      ["button", "Next chapter"], ["button", "Mute"], ["button", "Captions"], ["button", "Captions to screen reader"], ["button", "Kept offline"],
      ["button", "Use light colours"], ["button", "Keys"], ["slider", "Position"], ["slider", "Volume"], ["combobox", "Sleep timer"],
      ["link", "Sessions"], ["region", "Captions"], ["region", "Chapters"], ["region", "Player"], ["main", "Evening Tide"]];
    await page.evaluate(() => { const audio = document.getElementById("audio"); audio.pause(); audio.currentTime = 0; });
    await page.waitForTimeout(500);
    for (const [role, name] of wanted) assert.equal(await page.getByRole(role, { name, exact: true }).count(), 1, `${role} "${name}"`);
    assert.match(await page.getAttribute("#seek", "aria-valuetext"), /^0:0\d of \d:\d\d, Arriving$/);
    const nameless = await page.evaluate(() => [...document.querySelectorAll("a, button, input, select")].filter((one) => one.checkVisibility() && !(one.ariaLabel || one.textContent.trim() || one.labels?.length)).length);
    assert.equal(nameless, 0);
    assert.equal(await page.getAttribute("#live", "aria-live"), "off");
    await page.click("#aloud");
    assert.equal(await page.getAttribute("#live", "aria-live"), "polite");
    await page.locator("#chapters button").nth(1).click();
    await until(page, () => document.getElementById("live").textContent.startsWith("Breathe in"));
    await page.keyboard.press("k");
    await page.click("#aloud");
  });

  await step("the sound sleeps after its time and fades evenly in decibels; or at the end of a chapter", async () => {
    const sleeper = await context.newPage();
    await sleeper.clock.install();
    await sleeper.goto(`${server.url}#s=${tide}`);
    await sleeper.click("#play");
    await plays(sleeper);
    await sleeper.selectOption("#sleep", "15");
    await sleeper.clock.fastForward("13:00");
    await sleeper.clock.runFor(300);
    near((await state(sleeper)).volume, 1, 0.05, "two minutes before the end");
    await sleeper.clock.fastForward("01:00");
    await sleeper.clock.runFor(300);
    near(20 * Math.log10((await state(sleeper)).volume), -30, 2, "one minute before the end, in dB");
    await sleeper.clock.fastForward("01:00");
    await sleeper.clock.runFor(300);
    await until(sleeper, () => document.getElementById("audio").paused);
    assert.deepEqual([(await state(sleeper)).volume, await sleeper.inputValue("#sleep")], [1, ""]);
    await sleeper.close();
    await page.evaluate((at) => { document.getElementById("audio").currentTime = at - 2; }, second);
    await page.waitForTimeout(200);
    await page.selectOption("#sleep", "chapter");
    await page.click("#play");
    await until(page, (at) => { const audio = document.getElementById("audio"); return audio.paused && audio.currentTime > at - 0.5; }, second);
    near((await state(page)).time, second, 0.3, "end of the chapter");
  });

  await step("dark and light, 320 to 1280 px: contrast, size of controls, nothing wider than the screen", async () => {
    for (const scheme of ["dark", "light"]) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      for (const [width, height] of [[320, 640], [390, 844], [1280, 800]]) {
        await page.setViewportSize({ width, height });
        for (const [view, hash] of [["list", "#"], ["player", `#s=${tide}`]]) {
          await page.goto(`${server.url}${hash}`);
          if (view === "player") {
            await until(page, () => document.querySelectorAll("#lines button").length > 3);
            await page.evaluate(async (slug) => {
              const lines = await Undertone.captionsOf(Undertone.data.sessions.find((one) => one.slug === slug));
              document.getElementById("audio").currentTime = lines.find((line) => line[2].startsWith("Breathe in"))[0] + 0.5;
            }, tide);
            await until(page, () => document.querySelector("#lines [aria-current]")?.textContent.startsWith("Breathe in"));
          }
          await page.waitForTimeout(600);
          await page.screenshot({ path: path.join(shots, `${view}-${scheme}-${width}.png`) });
          assert.deepEqual(await judged(page), { pale: [], small: [], wide: 0 }, `${view} ${scheme} ${width}`);
        }
      }
    }
    await page.emulateMedia({ colorScheme: "dark" });
    await page.keyboard.press("?");
    await page.screenshot({ path: path.join(shots, "help.png") });
    await page.keyboard.press("Escape");
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const dark = await ground();
    await page.click("#theme");
    assert.notEqual(await ground(), dark);
    await page.reload();
    assert.notEqual(await ground(), dark, "the choice stays");
    await page.click("#theme");
    assert.equal(await ground(), dark);
  });

  const inCache = (of = page) => of.evaluate(async () => {
    const files = await caches.open(`undertone ${location.href.split("#")[0]} files`);
    return (await files.keys()).map((one) => one.url).filter((url) => url.includes("/audio/")).map((url) => url.split("/audio/")[1]);
  });
  const comesTo = async (wanted, of = page) => {
    for (let n = 0; n < 100 && String((await inCache(of)).sort()) !== String(wanted.sort()); n += 1) await of.waitForTimeout(50);
    assert.deepEqual((await inCache(of)).sort(), wanted.sort());
  };
  const audio = (name = "") => new RegExp(`"audio":"audio/(${name}[^"]+)"`).exec(fs.readFileSync(path.join(site, "index.html"), "utf8"))[1];

  await step("a changed library is shown after a visit, and what it has no more is given up", async () => {
    run("rename", tide, "Morning Tide");
    run("remove", other);
    run("site", site);
    await page.goto(server.url);
    const fetched = () => page.evaluate(async () => {
      const answer = await caches.match(location.href.split("#")[0]);
      return (await caches.keys()).length === 2 && (await answer?.text())?.includes("Morning Tide");
    });
    for (let n = 0; n < 100 && !await fetched(); n += 1) await page.waitForTimeout(100);
    await page.waitForTimeout(500);
    await page.reload();
    assert.deepEqual(await page.locator("#cards h2").allTextContents(), ["Morning Tide ★, favourite"]);
    await until(page, () => document.getElementById("kept").textContent.startsWith("All sounds are on this device"));
    await comesTo([audio()]);
  });

  const worker = (of) => of.evaluate(async () => {
    const { installing, waiting, active } = await navigator.serviceWorker.getRegistration();
    return !installing && !waiting && active.state === "activated";
  });
  const renewed = async (of = page) => {
    await of.evaluate(() => navigator.serviceWorker.getRegistration().then((one) => one.update()).catch(() => {}));
    for (let n = 0; n < 100 && !await worker(of); n += 1) await of.waitForTimeout(50);
  };
  const visit = async (path, of = page, from = server) => {
    await of.goto("about:blank");
    await of.goto(`${from.url}${path}`);
    await renewed(of);
  };
  const says = (text, of = page) => until(of, (text) => document.getElementById("kept").textContent.startsWith(text), text);
  const again = (last, name = "morning-tide", title = "Morning Tide") => {
    run("render", name, "--script", script("again", title, "sleep", "", last));
    run("site", site);
  };
  const expected = () => faults.splice(0, faults.length, ...faults.filter((fault) => !/ERR_|Failed to|fetch/.test(fault)));

  await step("a session that was made again is fetched at the next visit, which plays on with what it had", async () => {
    const old = audio();
    again("Listen to the room around you, to the house, to the street, and to all that is far away.");
    assert.notEqual(audio(), old);
    await visit("#s=morning-tide");
    assert.deepEqual((await inCache()).sort(), [old, audio()].sort());
    await page.click("#play");
    await page.locator("#chapters button").nth(2).click();
    await plays(page);
    const { port } = server;
    await server.stop();
    await page.reload();
    await until(page, () => document.getElementById("kept").textContent.startsWith("All sounds are on this device"));
    for (let n = 0; n < 100 && (await inCache()).length > 1; n += 1) await page.waitForTimeout(50);
    assert.deepEqual(await inCache(), [audio()]);
    await page.click("#play");
    await plays(page);
    assert.ok((await page.evaluate(() => document.getElementById("audio").currentSrc)).endsWith(audio()));
    server = await serve(site, { port });
  });

  await step("as long as a sound does not come, the page and the sounds stay as they were", async () => {
    const old = audio();
    again("Listen to the sea.");
    server.trouble.cut = (name) => name.endsWith(audio());
    await visit("#s=morning-tide");
    const { port } = server;
    await server.stop();
    await page.reload();
    await until(page, () => document.getElementById("kept").textContent.startsWith("All sounds are on this device"));
    assert.deepEqual(await inCache(), [old]);
    await page.click("#play");
    await plays(page);
    server = await serve(site, { port });
    await visit("#s=morning-tide");
    await page.reload();
    for (let n = 0; n < 100 && String(await inCache()) !== audio(); n += 1) await page.waitForTimeout(50);
    assert.deepEqual(await inCache(), [audio()]);
    expected();
  });

  for (const status of [404, 500]) {
    await step(`a sound for which the host answers ${status} takes nothing away, and is asked for again`, async () => {
      const old = audio();
      again(`Listen to the rain, ${status} drops of it.`);
      server.trouble.refused = (name) => (name.endsWith(audio()) ? status : 0);
      await visit("#s=morning-tide");
      const { port } = server;
      await server.stop();
      await page.reload();
      await says("All sounds are on this device");
      await comesTo([old]);
      await page.click("#play");
      await plays(page);
      server = await serve(site, { port });
      await visit("#s=morning-tide");
      await page.reload();
      await says("All sounds are on this device");
      await comesTo([audio()]);
      expected();
    });
  }

  await step("what is given up while it is fetched anew stays given up, and an open window sees it", async () => {
    await visit("#s=morning-tide");
    await says("All sounds are on this device");
    const beside = await context.newPage();
    await beside.goto(server.url);
    await says("All sounds are on this device", beside);
    again("Listen to the wind in the trees.");
    let release;
    const come = new Promise((resolve) => { release = resolve; });
    const asked = new Promise((resolve) => { server.trouble.held = (name) => { if (!name.endsWith(audio())) return null; resolve(); return come; }; });
    await page.evaluate(() => { navigator.serviceWorker.getRegistration().then((one) => one.update()); });
    await asked;
    await page.click("#keep");
    await says("0 of 1 sounds");
    release();
    await renewed();
    await says("0 of 1 sounds", beside);
    assert.deepEqual(await inCache(), []);
    await beside.close();
  });

  const asLarge = (text) => text.replace("\"keep\":true", "\"keep\":false");
  let large = await serve(site, { change: asLarge });
  let shown;

  await step("a large library keeps only what is asked for", async () => {
    const { page: one } = await open();
    shown = one;
    await one.goto(large.url);
    await until(one, () => document.getElementById("kept").textContent.startsWith("0 of 1 sounds"));
    await one.locator("#cards a").click();
    await one.click("#keep");
    await until(one, () => document.getElementById("keep").textContent === "Kept offline");
    const { port } = large;
    await large.stop();
    await one.reload();
    await one.click("#play");
    await plays(one);
    large = await serve(site, { port, change: asLarge });
  });

  await step("of a large library what is kept is fetched anew, and nothing else", async () => {
    const one = shown;
    add("box", "Box", "", "");
    run("site", site);
    await visit("", one, large);
    await visit("", one, large);
    await says("1 of 2 sounds", one);
    const still = audio("box");
    again("Listen to the birds.");
    again("Count to four.", "box", "Box");
    assert.notEqual(audio("box"), still);
    large.asked.length = 0;
    await visit("", one, large);
    await one.reload();
    await says("1 of 2 sounds", one);
    await comesTo([audio("morning")], one);
    assert.deepEqual(large.asked.filter(({ name }) => name.includes("/audio/box")), []);
  });

  await step("a sound that a window kept after its session changed goes when the new one has come", async () => {
    const one = shown;
    const old = audio("box");
    const bytes = fs.readFileSync(path.join(site, "audio", old));
    again("Count to five.", "box", "Box");
    await renewed(one);
    // A host may give an old file for a while.
    fs.writeFileSync(path.join(site, "audio", old), bytes);
    await one.locator("#cards a", { hasText: "Box" }).click();
    await one.click("#keep");
    await says("All sounds are on this device", one);
    large.trouble.refused = (name) => (name.endsWith(audio("box")) ? 503 : 0);
    await one.reload();
    await says("1 of 2 sounds are on this device", one);
    await until(one, () => document.getElementById("kept").textContent.endsWith("the last could not be loaded."));
    await comesTo([audio("morning"), old], one);
    large.trouble.refused = () => 0;
    await one.reload();
    await says("All sounds are on this device", one);
    await comesTo([audio("morning"), audio("box")], one);
    await large.stop();
    expected();
  });

  await step("opened as a file it shows, plays and has captions", async () => {
    const { page: file } = await open();
    await file.goto(pathToFileURL(path.join(site, "index.html")).href);
    await file.locator("#cards a", { hasText: "Morning Tide" }).click();
    await until(file, () => document.querySelectorAll("#lines button").length > 3);
    await file.locator("#chapters button").nth(1).click();
    await plays(file);
    near((await state(file)).time, second, 2, "chapter");
  });
  await server.stop();
}

try {
  await all();
  console.log(`${count} sentences hold; pictures are in ${path.relative(process.cwd(), shots)}`);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  for (const context of contexts) await context.close().catch(() => {});
  fs.rmSync(desk, { recursive: true, force: true });
  process.exit();
}

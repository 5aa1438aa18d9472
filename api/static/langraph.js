// A page keeps itself up to date, ticks its clocks, turns diffs, remembers the theme. All of it works without this, too.

const DEBOUNCE_MS = 300; // several events of one step are one look
const TICK_MS = 20_000; // "3 min ago" is right to a third of a minute

const language = document.documentElement.lang || "en";

// --- theme ---

const THEME = "langraph-theme";
const VIEW = "langraph-diff";

/** What was chosen before; storage may be forbidden, then it lasts as long as the page. */
function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {}
}

function applyTheme(theme) {
  if (["dark", "light"].includes(theme)) document.documentElement.dataset.theme = theme;
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function setUpTheme() {
  applyTheme(recall(THEME));
  const button = document.querySelector("[data-theme-toggle]");
  if (!button) return;
  const tell = () => button.setAttribute("aria-pressed", String(isDark()));
  button.hidden = false;
  tell();
  button.addEventListener("click", () => {
    const theme = isDark() ? "light" : "dark";
    applyTheme(theme);
    tell();
    remember(THEME, theme);
  });
}

// --- clocks ---

const UNITS = [
  ["day", 86_400, 172_800],
  ["hour", 3_600, 5_400],
  ["minute", 60, 60],
];

function relative(seconds) {
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
  const size = Math.abs(seconds);
  for (const [unit, length, from] of UNITS) {
    if (size >= from) return format.format(-Math.trunc(seconds / length), unit);
  }
  return format.format(0, "second");
}

function tick(root = document) {
  for (const time of root.querySelectorAll("time[data-ago]")) {
    const at = Date.parse(time.dateTime);
    if (Number.isFinite(at)) time.textContent = relative((Date.now() - at) / 1000);
  }
}

// --- diffs ---

function turnDiff(diff, view) {
  diff.dataset.view = view;
  for (const button of diff.querySelectorAll("button[data-view]")) {
    button.setAttribute("aria-pressed", String(button.dataset.view === view));
  }
}

function setUpDiffs(root) {
  const kept = recall(VIEW) === "split" ? "split" : "unified";
  for (const diff of root.querySelectorAll("[data-diff]")) {
    diff.querySelector("[data-diff-views]").hidden = false;
    turnDiff(diff, kept);
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-diff] button[data-view]");
  if (button) turnDiff(button.closest("[data-diff]"), button.dataset.view);
  if (button) remember(VIEW, button.dataset.view);
});

document.addEventListener("keydown", (event) => {
  const search = document.querySelector("[data-search]");
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || !search || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  search.focus();
});

// --- staying up to date ---

/** Where a control stands in the page, so that it is found again in the next version of the page. */
function nameOf(control) {
  const form = control.closest("form");
  const place = form ? form.id || form.getAttribute("action") : "";
  const which = control.type === "radio" ? ` ${control.value}` : ""; // those of one question have one name
  return `${place} ${control.name || control.id}${which}`;
}

const controls = (root) => [...root.querySelectorAll("input:not([type=hidden]), textarea, select")];

/** What somebody has typed or ticked and not sent. */
function typedValues(root) {
  const typed = new Map();
  for (const one of controls(root)) {
    const isTick = ["checkbox", "radio"].includes(one.type);
    const was = isTick ? one.defaultChecked : (one.defaultValue ?? "");
    const is = isTick ? one.checked : one.value;
    if (is !== was) typed.set(nameOf(one), is);
  }
  return typed;
}

const digestOf = (root) => root.querySelector("input[name=digest]")?.value ?? "";

function focusIn(main) {
  const active = document.activeElement;
  if (!active || !main.contains(active)) return null;
  const same = [...main.querySelectorAll(active.tagName)];
  const range = "selectionStart" in active ? [active.selectionStart, active.selectionEnd] : null;
  const href = active.getAttribute("href");
  return { tag: active.tagName, id: active.id, href, key: nameOf(active), at: same.indexOf(active), range };
}

function focusAgain(main, was) {
  if (!was) return;
  const same = [...main.querySelectorAll(was.tag)];
  const found =
    (was.id && main.querySelector(`#${CSS.escape(was.id)}`)) ||
    (was.href && same.find((one) => one.getAttribute("href") === was.href)) ||
    (was.key.trim() && same.find((one) => nameOf(one) === was.key)) ||
    same[was.at] ||
    main;
  found.focus({ preventScroll: true });
  if (was.range && was.range[0] !== null) found.setSelectionRange?.(...was.range); // only some fields have a cursor
}

/** Takes the new version of the page's main part over, without taking anything out of the reader's hands. */
function replaceMain(html) {
  const old = document.querySelector("main");
  const made = new DOMParser().parseFromString(html, "text/html").querySelector("main");
  if (!old || !made) return;
  const [said, focus] = [old.dataset.announce, focusIn(old)];
  const open = [...old.querySelectorAll("details")].map((one) => one.open);
  // Values that were typed for one proposal are not carried to another: what is approved is what was read.
  const typed = digestOf(old) === digestOf(made) ? typedValues(old) : new Map();
  const [x, y] = [scrollX, scrollY];
  const live = document.importNode(made, true);
  live.prepend(...old.querySelectorAll("[data-said]")); // a result stays until the reader goes
  old.replaceWith(live);
  const details = [...live.querySelectorAll("details")];
  if (details.length === open.length) details.forEach((one, i) => (one.open = open[i]));
  for (const one of controls(live)) {
    const value = typed.get(nameOf(one));
    if (value !== undefined) one[typeof value === "boolean" ? "checked" : "value"] = value;
  }
  setUpDiffs(live);
  tick(live);
  scrollTo(x, y);
  focusAgain(live, focus);
  if (live.dataset.announce && live.dataset.announce !== said) {
    document.querySelector("[data-live]").textContent = live.dataset.announce;
  }
}

let [timer, asking, again] = [0, false, false];

async function refresh() {
  if (asking) {
    again = true; // something happened while we looked; look once more
    return;
  }
  asking = true;
  try {
    const address = new URL(location.href);
    address.searchParams.set("fragment", "1");
    address.searchParams.delete("said");
    const answer = await fetch(address, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    if (answer.redirected) location.reload(); // the session has ended: the login page
    else if (answer.ok) replaceMain(await answer.text());
  } catch {
    // the stream comes back by itself, and brings us here again
  } finally {
    asking = false;
    if (again) soon();
    again = false;
  }
}

function soon() {
  timer ||= setTimeout(() => ((timer = 0), refresh()), DEBOUNCE_MS); // also while events never cease
}

function concerns(event) {
  const main = document.querySelector("main");
  if (!main) return false;
  if ("list" in main.dataset || event.type === "reset") return true;
  try {
    return JSON.parse(event.data).incident === main.dataset.incident;
  } catch {
    return false;
  }
}

function listen() {
  const main = document.querySelector("main");
  const events = document.querySelector("meta[name=langraph-events]");
  // A form that was refused stays as it is, with all that was typed, until the reader goes on.
  if (!main || !events || "refused" in main.dataset || !("list" in main.dataset || main.dataset.incident)) return;
  const stream = new EventSource(`/api/events?after=${events.dataset.after}`); // nothing since the page was made is missed
  let wasLost = false;
  for (const name of events.content.split(" ")) stream.addEventListener(name, (event) => concerns(event) && soon());
  stream.addEventListener("error", () => (wasLost = true));
  stream.addEventListener("open", () => {
    if (wasLost) soon(); // also what a number cannot replay: the kill switch, another ledger
    wasLost = false;
  });
}

/** A result is said once: going back or reloading does not say it again. */
function forgetResult() {
  const address = new URL(location.href);
  address.searchParams.delete("said");
  history.replaceState(null, "", address);
}

setUpTheme();
setUpDiffs(document);
tick();
setInterval(tick, TICK_MS);
forgetResult();
listen();

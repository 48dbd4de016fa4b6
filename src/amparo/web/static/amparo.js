// What every screen shares: keys, moving through rows, dropping menus, and what to say when the connection is lost.
//
// An element with `data-key` is clicked (or focused, where it takes text) by that key or sequence, such as "/" or "g f".
// `data-key-label` says what it does in the overlay of keys; else its own text does. `data-key-says` only tells there of a
// key to which the script of that screen listens.

import { ended, renewed } from "./session.js";

const WAIT_MS = 2_000;
const BUSY_MS = 3_000;
const AGAIN_MS = 10_000;
let pressed = [];
let pressedAt = 0;

function typing(target) {
  return target.closest("input:not([type=checkbox], [type=radio], [type=button]), select, textarea, [contenteditable]");
}

function keyed() {
  return [...document.querySelectorAll("[data-key]")].filter((element) => !element.disabled && !element.closest("[hidden]"));
}

function act(element) {
  if (element.matches("input:not([type=checkbox], [type=radio]), select, textarea")) {
    element.focus();
    element.select?.();
  } else {
    if (element.matches("summary")) element.focus();  // so that Tab goes on into what it opens
    element.click();
  }
}

function rows() {
  return [...document.querySelectorAll(".rows tbody tr, .grid > li")].filter((row) => row.querySelector("a, button, input"));
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const now = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[Math.min(Math.max(now + step, 0), all.length - 1)];
  (next.querySelector("a") ?? next.querySelector("button, input")).focus();  // a link, so that Enter opens the row
  next.scrollIntoView({ block: "nearest" });
}

// Each with the name under which the overlay says what it does.
const ALWAYS = [
  ["j", "next", () => move(1)],
  ["k", "previous", () => move(-1)],
  ["?", "help", () => showKeys()],
];

document.addEventListener("keydown", (event) => {
  const isShortcut = (event.ctrlKey || event.altKey || event.metaKey) && !event.getModifierState("AltGraph");
  if (isShortcut || event.isComposing) return;  // by AltGr, which looks like both, some keyboards write "["
  if (event.key === "Escape") {
    document.querySelectorAll("details.drop[open]").forEach((open) => open.removeAttribute("open"));
    if (typing(event.target)) event.target.blur();
    return;
  }
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  if ((event.key === "Enter" || event.key === " ") && event.target.closest("a, button, summary, input")) return; // theirs
  if (event.timeStamp - pressedAt > WAIT_MS) pressed = [];  // by when they were pressed: a busy page hears of it later
  pressedAt = event.timeStamp;
  pressed.push(event.key);
  const said = pressed.join(" ");
  const own = ALWAYS.find(([key]) => key === said);
  const found = keyed().find((element) => element.dataset.key === said);
  if (found || own) {
    event.preventDefault();
    pressed = [];
    if (found) act(found);
    else own[2]();
  } else if (!keyed().some((element) => element.dataset.key.startsWith(`${said} `))) {
    pressed = [];
  }
});

function label(element) {
  return element.dataset.keyLabel || element.getAttribute("aria-label") || element.labels?.[0]?.textContent || element.textContent;
}

function showKeys() {
  const dialog = document.getElementById("keys");
  const body = dialog.querySelector("tbody");
  body.replaceChildren();
  const named = new Map(keyed().map((element) => [element.dataset.key, label(element).trim()]));
  for (const said of document.querySelectorAll("[data-key-says]")) named.set(said.dataset.keySays, said.dataset.keyLabel);
  for (const [key, name] of ALWAYS) if (!named.has(key) && (name === "help" || rows().length)) named.set(key, dialog.dataset[name]);
  if (!named.has("Escape")) named.set("Esc", dialog.dataset.escape);
  for (const [key, does] of named) {
    const row = body.insertRow();
    const cell = row.insertCell();
    for (const part of key.split(" ")) cell.append(Object.assign(document.createElement("kbd"), { textContent: part }), " ");
    row.insertCell().textContent = does;
  }
  dialog.showModal();
}

// On a narrow screen the menu is wider than its place: begin where one is.
document.querySelector(".menu [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys-help]")) showKeys();
  for (const open of document.querySelectorAll("details.drop[open]")) if (!open.contains(event.target)) open.removeAttribute("open");
});

// What has to be mended first has the focus, on a page and in a part of one.
function toWrong(within) {
  const wrong = within.querySelector("[aria-invalid=true]");
  if (wrong && document.activeElement?.getAttribute("aria-invalid") !== "true") wrong.focus();
}
toWrong(document);
document.addEventListener("htmx:afterSettle", (event) => toWrong(event.target));

// A form with `data-submit` is sent as soon as something in it changes.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-submit]");
  if (form) form.requestSubmit();
});

// A form is sent once the server is seen to be there: else the browser would show a page of its own in the place of what
// was typed. One that a script sends in another way is none of this, nor is one of log-in: it holds nothing but secrets.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.dataset.keyForm) return;
  if (new URL(form.getAttribute("action") || "", location.href).pathname.startsWith("/account/")) return;
  if (form.dataset.sent === "now") {
    form.dataset.sent = "gone";  // once, however often somebody presses; a file that it fetches leaves it here, to be used again
    setTimeout(() => { delete form.dataset.sent; }, AGAIN_MS);
    return;
  }
  event.preventDefault();
  if (form.dataset.sent) return;
  form.dataset.sent = "soon";
  const asked = { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(BUSY_MS) };
  // One that only takes its time is there.
  const there = await fetch(document.querySelector("link[rel=icon]").href, asked).catch((error) => (error.name === "TimeoutError" ? error : null));
  lost().hidden = there !== null;
  form.dataset.sent = "now";
  if (there === null) delete form.dataset.sent;
  else form.requestSubmit(event.submitter);
});

// A page that asks for news by itself says so: that does not keep a session alive.
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.detail.triggeringEvent) event.detail.headers["Amparo-Unattended"] = "1";
});

// What somebody is pressing, or sends just now, is not taken from under the hand by news: the next ones come soon enough.
let held = null;
for (const begins of ["pointerdown", "keydown"]) addEventListener(begins, (event) => { held = event.target; }, true);
for (const ends of ["pointerup", "pointercancel", "keyup", "blur"]) addEventListener(ends, () => { held = null; });
function inHand(part) {
  return part.contains(held) || part.querySelector("form[data-sent]");
}

// Refusals come as parts of a page, and are shown where they belong.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { elt, triggeringEvent } = event.detail.requestConfig;
  if (!triggeringEvent && elt.getAttribute("hx-trigger")?.startsWith("every ") && inHand(event.detail.target)) {
    event.detail.shouldSwap = false;
    return;
  }
  const { status, responseURL, responseText } = event.detail.xhr;
  const header = (name) => event.detail.xhr.getResponseHeader(name);
  if (ended(responseURL, header)) {  // what is on the page stays, with all that was typed
    event.detail.shouldSwap = false;
    return;
  }
  if (status === 403) renewed(header);
  if (status >= 400 && status < 600 && responseText) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
    event.detail.target = document.getElementById("messages");
  }
});
const lost = () => document.getElementById("lost");
document.addEventListener("htmx:sendError", () => { lost().hidden = false; });
document.addEventListener("htmx:afterOnLoad", () => { lost().hidden = true; });
addEventListener("offline", () => { lost().hidden = false; });
addEventListener("online", () => { lost().hidden = true; });

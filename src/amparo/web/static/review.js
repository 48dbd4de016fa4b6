// The reviewer's place. Forms are sent without leaving the page, so that what is unveiled, typed and leased stays as it is.
// What cannot be sent is sent again by itself until the server answers: it carries a name, and is there once.
// Escape veils everything at once, gives the files back and leaves.

import { ended, renewed, token } from "./session.js";

const review = document.getElementById("review");
const KEPT_MS = 40_000;
const LONGEST_WAIT_MS = 5_000;
const AGAIN_MS = 2_000;
const STAYS = ["mark", "note", "assess"];  // they add to the file before one, and change nothing else
let sending = false;
let unveiling = null;
let veiling = 0;
let counting = 0;
let leaving = false;

document.documentElement.dataset.scripted = "";

const place = () => review.querySelector(".place");
const picture = () => review.querySelector(".picture");

function headers(more = {}) {
  return { "X-CSRFToken": token(), "HX-Request": "true", ...more };
}

async function post(url, body, more = {}) {
  return fetch(url, { method: "POST", body, headers: headers(more), redirect: "follow" });
}

const unattended = { "Amparo-Unattended": "1" };
const isOver = (answer) => ended(answer.url, (name) => answer.headers.get(name));

// Sends until there is an answer. A server that is being started again answers with 502 to 504.
async function sent(url, body) {
  for (let wait = 300; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    try {
      const answer = await post(url, body);
      if (![502, 503, 504].includes(answer.status) && !isOver(answer)) {
        document.getElementById("lost").hidden = true;
        if (answer.status !== 403 || !renewed((name) => answer.headers.get(name))) return answer;
        body.set("csrfmiddlewaretoken", token());
        continue;
      }
    } catch {
      document.getElementById("lost").hidden = false;
    }
    if (leaving) return null;
    await new Promise((resolve) => { setTimeout(resolve, wait); });
  }
}

function told(sentence) {
  const messages = document.getElementById("messages");
  messages.replaceChildren(Object.assign(document.createElement("p"), { className: "note warning", textContent: sentence }));
}

function untold() {
  document.getElementById("messages").replaceChildren();
}

function refreshed(html) {
  clearTimeout(veiling);
  clearInterval(counting);
  review.innerHTML = html;
  untold();
  ready();
  review.focus({ preventScroll: true });
  scrollTo({ top: 0 });
}

function begun(details) {
  details.querySelector("input:not([type=hidden]), textarea")?.focus();
}

function added(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const remarks = page.getElementById("remarks");
  const isSame = page.querySelector(".place")?.dataset.file === place()?.dataset.file;
  if (!remarks || !isSame) { refreshed(html); return; }  // it went to somebody else meanwhile
  const failed = page.querySelector("#remarks details[open]");
  document.getElementById("remarks").replaceWith(remarks);
  const said = page.querySelector("[data-said]");
  if (said) document.getElementById("messages").replaceChildren(said);
  if (failed) begun(failed);
  else remarks.querySelector("summary")?.focus();
  shown();
}

// Unveiling and veiling

function veiled() {
  fetch(review.dataset.veil, { method: "POST", headers: headers(), keepalive: true }).catch(() => {});
}

function veil(tell = true) {
  clearTimeout(veiling);
  clearInterval(counting);
  unveiling = null;  // nor is anything unveiled for which was asked before
  const now = picture();
  if (!now?.classList.contains("is-unveiled")) return;
  now.classList.remove("is-unveiled");
  const image = now.querySelector("img");
  image.src = now.dataset.veiled;
  image.alt = now.dataset.alt;
  review.querySelector("[data-left]").hidden = true;
  if (tell) veiled();
}

function veilAfter(seconds) {
  const ends = Date.now() + seconds * 1000;
  const left = review.querySelector("[data-left]");
  const count = () => { left.querySelector("[data-seconds]").textContent = Math.max(0, Math.ceil((ends - Date.now()) / 1000)); };
  left.hidden = false;
  count();
  veiling = setTimeout(veil, seconds * 1000);
  counting = setInterval(count, 1000);
}

async function unveil(form) {
  const now = picture();
  unveiling = form;
  const answer = await sent(form.action, new FormData(form));
  if (!answer || leaving || now !== picture()) return;
  if (unveiling !== form) {  // it was veiled before it came, or unveiled in another way
    if (!unveiling) veiled();
    return;
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) { told(said.sentence || answer.statusText); return; }
  untold();
  veil(false);
  const image = now.querySelector("img");
  image.src = `${now.dataset.unveiled}?${Date.now()}`;
  image.alt = now.dataset.altUnveiled;
  now.classList.add("is-unveiled");
  veilAfter(said.seconds);
}

// Sending what was decided

review.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-act]");
  if (!form || leaving) return;
  event.preventDefault();
  const act = form.dataset.act;
  if (act === "veil") { veil(); return; }
  if (sending) return;
  if (act === "unveil") { unveil(form); return; }
  sending = true;
  const body = new FormData(form);
  if (event.submitter?.name) body.set(event.submitter.name, event.submitter.value);
  if (!STAYS.includes(act)) veil(false);
  review.classList.add("is-sending");
  try {
    const answer = await sent(form.action, body);
    if (!answer || leaving) return;
    if (act === "release") {
      leaving = true;
      location.assign(review.dataset.here);
      return;
    }
    const html = await answer.text();
    if (answer.status === 403 || answer.status === 404 || answer.status >= 500 || answer.status === 409) {
      document.getElementById("messages").innerHTML = html;
    } else if (STAYS.includes(act)) added(html);
    else refreshed(html);
  } finally {
    sending = false;
    review.classList.remove("is-sending");
  }
});

// What only a script can say of keys

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.id === "reason") {
    event.preventDefault();
    event.target.blur();
  }
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  panic();
}, { capture: true });

function panic() {
  if (leaving) return;
  leaving = true;
  document.body.classList.add("panicked");
  document.title = "Amparo";
  picture()?.querySelector("img")?.remove();
  const go = () => location.replace(review.dataset.calm);
  fetch(review.dataset.panic, { method: "POST", headers: headers(), keepalive: true }).then(go, go);
}

review.addEventListener("submit", (event) => {
  if (event.target.action.endsWith(new URL(review.dataset.panic, location.href).pathname)) {
    event.preventDefault();
    panic();
  }
}, { capture: true });

// A place on the picture: drawn with the mouse, or moved by arrow keys

const SIDES = ["left", "top", "width", "height"];
const marking = () => document.querySelector("#remarks details[data-opens=m][open] form");

function region() {
  const form = marking();
  const values = SIDES.map((side) => Number(form?.elements[side].value || 0));
  return values[2] > 0 && values[3] > 0 ? values : null;
}

function setRegion(values) {
  const form = marking();
  if (!form) return;
  let [left, top, width, height] = values.map(Math.round);
  width = Math.min(Math.max(width, 1), 1000);
  height = Math.min(Math.max(height, 1), 1000);
  left = Math.min(Math.max(left, 0), 1000 - width);
  top = Math.min(Math.max(top, 0), 1000 - height);
  [left, top, width, height].forEach((value, place) => { form.elements[SIDES[place]].value = value; });
  shown();
}

function shown() {
  const drawing = review.querySelector(".region");
  if (!drawing) return;
  const values = marking() && region();
  place().classList.toggle("marking", Boolean(marking()));
  const pad = document.querySelector("[data-pad]");
  if (pad) pad.hidden = false;
  drawing.toggleAttribute("hidden", !values);
  if (!values) return;
  const box = drawing.querySelector("rect");
  ["x", "y", "width", "height"].forEach((name, at) => box.setAttribute(name, values[at]));
}

review.addEventListener("pointerdown", (event) => {
  const within = event.target.closest(".picture");
  if (!within || !marking()) return;
  event.preventDefault();
  const frame = within.getBoundingClientRect();
  const at = (moved) => [((moved.clientX - frame.left) / frame.width) * 1000, ((moved.clientY - frame.top) / frame.height) * 1000].map((value) => Math.min(Math.max(value, 0), 1000));
  const [x, y] = at(event);
  const move = (moved) => {
    const [u, v] = at(moved);
    setRegion([Math.min(x, u), Math.min(y, v), Math.abs(u - x), Math.abs(v - y)]);
  };
  within.setPointerCapture(event.pointerId);
  within.addEventListener("pointermove", move);
  within.addEventListener("pointerup", () => within.removeEventListener("pointermove", move), { once: true });
});

const STEP = 25;
review.addEventListener("keydown", (event) => {
  const turn = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key];
  if (!turn || !event.target.matches("[data-pad]")) return;
  event.preventDefault();
  const [left, top, width, height] = region() || [375, 375, 250, 250];
  if (event.shiftKey) setRegion([left, top, width + turn[0], height + turn[1]]);
  else if (!region()) setRegion([left, top, width, height]);
  else setRegion([left + turn[0], top + turn[1], width, height]);
});
review.addEventListener("input", (event) => { if (event.target.closest(".sides")) shown(); });
// Opened here and not by the browser, which tells of it only later: what is typed at once must not be taken for keys.
review.addEventListener("click", (event) => {
  const details = event.target.closest("#remarks summary")?.parentElement;
  if (!details) return;
  event.preventDefault();
  details.open = !details.open;
  if (details.open) begun(details);
  shown();
});

// Keeping the file as long as the page is open, and giving it back when it is closed

async function keep() {
  const now = place();
  if (!now || leaving || sending) return;
  const body = new FormData();
  body.set("file", now.dataset.file);
  body.set("round", now.dataset.round);
  try {
    const answer = await post(review.dataset.extend, body, unattended);
    if (isOver(answer) || answer.status !== 409 || now !== place() || sending || leaving) return;
    const said = await answer.json();
    const next = await fetch(review.dataset.here, { headers: headers(unattended) });
    if (next.ok && now === place() && !sending && !leaving) {
      const html = await next.text();
      const other = new DOMParser().parseFromString(html, "text/html").querySelector(".place")?.dataset.file;
      if (other === now.dataset.file) return;  // it is with one again: what is typed stays
      refreshed(html);
      told(said.sentence);
    }
  } catch { /* the next time */ }
}

setInterval(keep, KEPT_MS);
addEventListener("online", keep);
addEventListener("pageshow", () => setTimeout(keep, 300));

addEventListener("pagehide", () => {
  const now = place();
  if (!now || leaving) return;
  veil(false);
  const body = new FormData();
  body.set("csrfmiddlewaretoken", token());
  body.set("file", now.dataset.file);
  navigator.sendBeacon(review.dataset.release, body);
});
addEventListener("beforeunload", (event) => { if (sending && !leaving) event.preventDefault(); });
document.addEventListener("visibilitychange", () => { if (document.hidden) veil(); });

function ready() {
  const now = picture();
  if (now?.dataset.veilAfter) veilAfter(Number(now.dataset.veilAfter));
  if (review.querySelector("[data-again]")) setTimeout(again, AGAIN_MS);
  shown();
}

// Looks whether the order is made.
async function again() {
  const answer = await fetch(review.dataset.here, { headers: headers(unattended) }).catch(() => null);
  if (answer && !isOver(answer) && answer.ok) refreshed(await answer.text());
  else setTimeout(again, AGAIN_MS);
}
ready();

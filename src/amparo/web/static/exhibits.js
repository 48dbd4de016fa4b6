// Sends a file by pieces. What the server has is asked of it whenever something went wrong, so that no cut costs more
// than a piece; a file that was chosen again goes on where it was.

import { renewed, token } from "./session.js";

const box = () => document.getElementById("sending");  // the chooser of folders brings another one
const bar = () => document.getElementById("sent");
const words = box() ? JSON.parse(box().dataset.words) : {};
const SMALL_BYTES = 64 * 1024 * 1024;
let sending = false;

function say(text, wrong = false) {
  const said = document.getElementById("said");
  said.textContent = text;
  said.className = wrong ? "field-error" : "help";
}

function size(bytes) {
  let unit = 0;
  const units = ["B", "KiB", "MiB", "GiB"];
  for (; bytes >= 1024 && unit < units.length - 1; unit += 1) bytes /= 1024;
  return `${bytes.toFixed(unit ? 1 : 0)} ${units[unit]}`;
}

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

// The answer of the server, however often the connection is lost on the way; `null` where the piece is to be asked for
// anew. Where the session ended meanwhile, a sentence that says so.
async function ask(address, options, again = true) {
  for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
    try {
      const answer = await fetch(address, { ...options, headers: { "X-CSRFToken": token(), ...options.headers }, redirect: "manual" });
      if (answer.status === 403 && renewed((name) => answer.headers.get(name))) continue;
      const json = answer.headers.get("Content-Type")?.startsWith("application/json");
      if (answer.type === "opaqueredirect" || (answer.status === 403 && !json)) {
        return { status: 403, said: { sentence: words.ended } };
      }
      if (answer.status < 500 && json) return { status: answer.status, said: await answer.json() };
    } catch { /* lost: wait, then ask again */ }
    say(words.lost, true);
    await pause(wait);
    if (!again) return null;
  }
}

async function digest(file) {
  if (file.size > SMALL_BYTES || !crypto.subtle) return "";
  const hashed = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  return [...hashed].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function opened(file) {
  const known = [...document.querySelectorAll("[data-unfinished]")].find(
    (one) => Number(one.dataset.size) === file.size && one.dataset.name === file.name,
  );
  if (known) return ask(`${box().dataset.uploads}/${known.dataset.unfinished}`, { method: "GET" });
  const body = JSON.stringify({ name: file.name, size: file.size, sha256: await digest(file) });
  return ask(box().dataset.uploads, { method: "POST", body, headers: { "Content-Type": "application/json" } });
}

async function send(file) {
  let { status, said } = await opened(file);
  if (status >= 400) return say(said.sentence, true);
  const at = said.at;
  const began = performance.now();
  const before = said.received;
  while (said.received < file.size) {
    const rate = (said.received - before) / Math.max((performance.now() - began) / 1000, 0.5);
    say(`${words.sending} · ${size(said.received)} / ${size(file.size)}${rate > 0 ? ` · ${size(rate)}/s` : ""}`);
    const piece = file.slice(said.received, said.received + Number(box().dataset.part));
    const headers = { "X-Offset": String(said.received), "Content-Type": "application/octet-stream" };
    const sent = await ask(at, { method: "POST", body: piece, headers }, false);
    if (sent !== null && sent.status < 400) said = sent.said;
    else {
      if (sent !== null && sent.status !== 409) return say(sent.said.sentence, true);
      if (sent !== null) await pause(1000);
      const asked = await ask(at, { method: "GET" });
      if (asked.status >= 400) return say(asked.said.sentence, true);
      said = asked.said;
    }
    bar().hidden = false;
    bar().value = Math.round((1000 * said.received) / file.size);
  }
  say(words.checking);
  const whole = await ask(`${at}/finish`, { method: "POST" });
  if (whole.status >= 400) return say(whole.said.sentence, true);
  take(whole.said);
}

function take(said) {
  let radio = document.querySelector(`input[name=upload][value="${said.upload}"]`);
  if (!radio) {
    radio = Object.assign(document.createElement("input"), { type: "hidden", name: "upload", value: said.upload });
    document.querySelectorAll("input[name=upload][type=hidden]").forEach((one) => one.remove());
    box().append(radio);
  }
  radio.checked = true;
  document.getElementById("id_path").value = "";
  say(`${words.done} ${said.name} · ${size(said.size)} · SHA-256 ${said.sha256}`);
}

document.addEventListener("change", async (event) => {
  if (event.target !== document.getElementById("file") || !event.target.files.length || sending) return;
  sending = true;
  try {
    await send(event.target.files[0]);
  } finally {
    sending = false;
  }
});
addEventListener("beforeunload", (event) => { if (sending) event.preventDefault(); });
if (document.getElementById("file")?.files.length) document.getElementById("file").value = "";

// Who walks through folders by keys goes on where the list of what one holds begins; what is taken is in the field.
document.addEventListener("htmx:afterSettle", (event) => {
  const pressed = event.detail.requestConfig?.elt;
  if (!pressed?.matches("button[name=look], button[name=take]")) return;
  const next = pressed.name === "take" ? "id_path" : "chooser";
  const place = document.getElementById(next);
  (place.matches("input") ? place : place.querySelector(".places button") ?? place.querySelector("button"))?.focus();
});

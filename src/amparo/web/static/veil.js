// Veils what is unveiled: after as long as the server allows, and when the page is left. The server measures the seconds
// and ends them by itself; this tells it when they ended earlier.

import { token } from "./session.js";

const shown = document.querySelector("[data-veil-after]");
let open = true;

function veil() {
  if (!open) return;
  open = false;
  const picture = shown.querySelector("img");
  picture.src = shown.dataset.veiled;
  picture.alt = shown.dataset.alt;
  fetch(shown.dataset.veil, { method: "POST", headers: { "X-CSRFToken": token() }, keepalive: true, redirect: "manual" }).catch(() => {});
}

setTimeout(veil, Number(shown.dataset.veilAfter) * 1000);
window.addEventListener("pagehide", veil);
document.addEventListener("visibilitychange", () => { if (document.hidden) veil(); });

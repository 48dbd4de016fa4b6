// What scripts that send something have to know of the session in which they do.

// Whether nothing was done for want of a session, which the page then says. Somebody may have logged in who has to mend
// his or her account first.
export function ended(url, header) {
  const over = header("Amparo-Session") === "over" || new URL(url, location.href).pathname.startsWith("/account/");
  document.getElementById("ended").hidden = !over;
  return over;
}

// The token that lets this page send something. A log-in in another tab makes another one: an answer that refuses the
// old one brings it along, and it is taken where the same officer is logged in as before, so that nothing is sent in
// somebody else's name.
export function token() {
  return JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
}

// Whether the answer with these headers (`name => value`) brought a token, and it was taken: send it once more.
export function renewed(header) {
  const now = header("Amparo-Token");
  if (!now) return false;
  const own = header("Amparo-Officer") === document.body.dataset.officer;
  document.getElementById("another").hidden = own;
  if (!own) return false;
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": now }));
  for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = now;
  return true;
}

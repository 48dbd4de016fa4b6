// Passkeys and security keys: asks the browser for a proof or a new key, and sends it with the form around the button.
//
// `<form data-key-form="get|create">` holds a hidden field `credential`; the options of the ceremony stand in the JSON
// `#key-options`, or are fetched from `data-options`. `data-failed` is what to say where nothing comes of it.

async function options(form) {
  if (form.dataset.options) {
    const answer = await fetch(form.dataset.options, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error("no options");
    return (await answer.json()).request_options;
  }
  const given = JSON.parse(document.getElementById("key-options").textContent);
  return given.creation_options || given.request_options;
}

async function proof(form) {
  const asked = await options(form);
  if (form.dataset.keyForm === "get") return window.webauthnJSON.get(asked);
  const passkey = form.elements.passwordless?.checked === true;
  Object.assign(asked.publicKey.authenticatorSelection, {
    residentKey: passkey ? "required" : "discouraged",
    requireResidentKey: passkey,
    ...(passkey ? { userVerification: "required" } : {}),
  });
  return window.webauthnJSON.create(asked);
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-key-form]");
  if (!form) return;
  event.preventDefault();
  if (form.dataset.asked) return;
  form.dataset.asked = "";
  const said = form.querySelector(".field-error[hidden], .field-error:last-of-type");
  said.hidden = true;
  try {
    form.elements.credential.value = JSON.stringify(await proof(form));
    form.submit();
  } catch {
    said.textContent = form.dataset.failed;
    said.hidden = false;
    delete form.dataset.asked;
  }
});

// Until here nothing would come of them.
for (const button of document.querySelectorAll("form[data-key-form] button[disabled]")) button.disabled = false;

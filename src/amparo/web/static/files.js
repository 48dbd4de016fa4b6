// The list of files: choose rows with x, and all of them with a.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input:not([type=checkbox]), select, textarea")) return;
  const boxes = [...document.querySelectorAll("input[name=chosen]")];
  if (event.key === "x") {
    const box = document.activeElement.closest("tr, .tile")?.querySelector("input[name=chosen]");
    if (box) box.checked = !box.checked;
  } else if (event.key === "a" && boxes.length) {
    const all = boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = !all;
  }
});

// A search that cannot be read comes back as the same page, with a sentence at its field.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.requestConfig.elt.id === "search" && event.detail.xhr.status === 422) {
    event.detail.target = document.getElementById("files");
  }
});

// An address holds what is searched for, and not the fields that are empty.
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.elt.id !== "search") return;
  for (const [name, value] of [...event.detail.formData.entries()]) {
    if (!value || (name === "view" && value === "table")) event.detail.formData.delete(name);
  }
});

// The list of files: choose rows with x, all of them with a, and those between two with the shift key.
const rowBoxes = () => [...document.querySelectorAll("input[name=chosen]")];
let last = null;

function count() {
  const said = document.getElementById("chosen-count");
  if (!said) return;
  const chosen = rowBoxes().filter((box) => box.checked).length;
  said.textContent = chosen ? said.dataset.some.replace("{count}", chosen) : said.dataset.none;
}
count();
document.addEventListener("htmx:afterSettle", count);

document.addEventListener("click", (event) => {
  if (!event.target.matches("input[name=chosen]")) return;
  const boxes = rowBoxes();
  const [from, to] = [boxes.indexOf(last), boxes.indexOf(event.target)].sort((one, other) => one - other);
  if (event.shiftKey && from >= 0) for (const box of boxes.slice(from, to + 1)) box.checked = event.target.checked;
  last = event.target;
  count();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input:not([type=checkbox]), select, textarea")) return;
  const boxes = rowBoxes();
  if (event.key === "x") {
    const box = document.activeElement.closest("tr, .tile")?.querySelector("input[name=chosen]");
    if (box) box.checked = !box.checked;
  } else if (event.key === "a" && boxes.length) {
    const all = boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = !all;
  }
  count();
});

// A facet that somebody unfolded, or folded, stays so while the search changes.
const folded = new Map();
document.addEventListener("toggle", (event) => {
  if (event.target.dataset?.facet) folded.set(event.target.dataset.facet, event.target.open);
}, true);
document.addEventListener("htmx:afterSwap", () => {
  for (const facet of document.querySelectorAll("[data-facet]")) {
    const kept = folded.get(facet.dataset.facet);
    if (kept !== undefined && !facet.querySelector("[aria-invalid]")) facet.open = kept;
  }
});

// What is typed while an answer is on its way is there after it.
let typed = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  const { elt, formData } = event.detail.requestConfig;
  const field = document.activeElement;
  if (elt.id !== "search" || !field.matches("#files input[id]:is([type=search], :not([type]))")) return;
  const sent = field.form === elt ? formData.get(field.name) ?? "" : field.defaultValue;
  if (field.value !== sent) typed = { id: field.id, value: field.value };
});
document.addEventListener("htmx:afterSwap", () => {
  const field = typed && document.getElementById(typed.id);
  if (field) field.value = typed.value;
  typed = null;
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

// Keeps what is typed while htmx replaces the sections below the service.
import { find, findAll } from "./dom.js";

let sent = null;
let typed = [];

function textFields() {
  return findAll("#details :is(input[type=text],input[type=number],input[type=date],textarea)");
}

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.target?.id !== "details") return;
  sent = new Map(textFields().map((field) => [field.id, field.value]));
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id !== "details" || !sent) return;
  const changed = textFields().filter((field) => sent.get(field.id) !== field.value);
  typed = changed.map((field) => [field.id, field.value]);
});

// A button that moved the order to another time is gone: go on in the field it has changed.
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const button = detail.requestConfig?.elt;
  if (!button?.value?.startsWith("move:") || document.activeElement !== document.body) return;
  const field = find("#start") || find("#day");
  field?.focus();
});

document.addEventListener("htmx:afterSettle", () => {
  for (const [id, value] of typed.splice(0)) {
    const field = document.getElementById(id);
    if (!field || field.value === value) continue;
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
});

// Keeps what is typed while htmx replaces the sections below a service, or all bookings.
import { find, findAll } from "./dom.js";

let sent = null;
let typed = [];

function textFields() {
  return findAll("#bookings :is(input[type=text],input[type=number],input[type=date],textarea)");
}

function replacesBookings(target) {
  return target?.id === "bookings" || "details" in (target?.dataset ?? {});
}

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (!replacesBookings(detail.target)) return;
  sent = new Map(textFields().map((field) => [field.id, field.value]));
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!replacesBookings(detail.target) || !sent) return;
  const changed = textFields().filter((field) => sent.get(field.id) !== field.value);
  typed = changed.map((field) => [field.id, field.value]);
});

// A button that took another time is gone: go on in the field it has changed.
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const button = detail.requestConfig?.elt;
  if (!button?.value?.startsWith("take:") || document.activeElement !== document.body) return;
  const booking = Number(button.value.slice("take:".length).split("|")[0]);
  const prefix = booking ? `b${booking}-` : "";
  const field = find(`#${prefix}start`) || find(`#${prefix}day`);
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

// The fields below a service come with an answer. What is typed for them before goes into them once they are there:
// Tab would lead past them, and letters would choose another service.
import { findAll } from "./dom.js";

let asked = null; // the service whose fields are on their way
let texts = []; // what is typed meanwhile, one text a press of Tab

// Returns whether the key is kept for the fields.
function keep({ key, shiftKey, ctrlKey, altKey, metaKey }) {
  if (key === "Tab" && !shiftKey) texts.push("");
  else if (!texts.length || key === "Tab") return false;
  else if (key.length === 1 && !ctrlKey && !altKey && !metaKey) texts.push(texts.pop() + key);
  return true; // of arrows, Escape and Ctrl+Enter, too: nobody has seen yet what they are about
}

document.addEventListener("keydown", (event) => {
  if (event.target !== asked || !keep(event)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

function typeInto(field, text) {
  field.focus();
  field.select(); // as Tab does
  if (!text || field.type === "radio") return;
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("htmx:confirm", ({ detail }) => {
  if (!detail.elt.matches("[data-booking] select[required]")) return;
  asked = detail.elt;
  texts = [];
});

function fillIn() {
  if (!asked || asked.matches(".htmx-request")) return; // another service was chosen since
  const booking = asked.closest("[data-booking]");
  const fields = findAll("[name$=tariff]:checked, [data-when] input:not([type=hidden])", booking);
  const isThere = document.activeElement === asked;
  asked = null;
  if (isThere) texts.forEach((text, stop) => fields[stop] && typeInto(fields[stop], text));
}

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.elt === asked) setTimeout(fillIn);
});

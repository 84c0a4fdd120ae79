// The fields below a service come with an answer. Text typed for them earlier goes into them once they are there:
// Tab would lead past them, and letters would choose another service.
import { find, findAll } from "./dom.js";

const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
let asked = null; // the id of the service, or of the tariffs, whose fields are loading
let texts = []; // what is typed in the meantime, one text per press of Tab
let steps = 0; // how far arrows move from the tariff that comes with the service

const control = () => asked && document.getElementById(asked); // an answer may have replaced it

// Returns whether the key is kept for the fields.
function keep({ key, shiftKey, ctrlKey, altKey, metaKey }) {
  if (key === "Tab" && !shiftKey) texts.push("");
  else if (!texts.length || key === "Tab") return false;
  else if (texts.length === 1 && STEPS[key]) steps += STEPS[key];
  else if (key.length === 1 && !ctrlKey && !altKey && !metaKey) texts.push(texts.pop() + key);
  return true; // also other arrows, Escape and Ctrl+Enter: nobody has seen yet what they act on
}

document.addEventListener("keydown", (event) => {
  if (!control()?.contains(event.target) || !keep(event)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

function typeInto(field, text) {
  field.focus();
  field.select(); // as Tab does
  if (!text || field.type === "radio") return;
  field.value = text;
  htmx.trigger(field, "input");
}

// Of services chosen one after the other the last may only now leave its queue: what was typed since is for it.
document.addEventListener("htmx:confirm", ({ detail }) => {
  const { id } = detail.elt;
  if (id === asked || !detail.elt.matches("[data-booking] select[required]")) return;
  [asked, texts, steps] = [id, [], 0];
});

// The tariff that arrows lead to has other fields: they come with an answer of its own.
function choose(tariff) {
  asked = tariff.closest("fieldset").id;
  tariff.focus();
  tariff.click();
}

function fillIn() {
  const from = control();
  if (!from || from.matches(".htmx-request")) return; // another service has been chosen since
  const booking = from.closest("[data-booking]");
  const isThere = from.contains(document.activeElement);
  const [tariff, tariffs] = [find("[name$=tariff]:checked", booking), findAll("[name$=tariff]", booking)];
  const other = tariff && tariffs.at((tariffs.indexOf(tariff) + steps) % tariffs.length);
  asked = null;
  steps = 0;
  if (!isThere) return;
  if (other !== tariff) return choose(other);
  const fields = findAll("[name$=tariff]:checked, [data-when] input:not([type=hidden])", booking);
  texts.forEach((text, stop) => fields[stop] && typeInto(fields[stop], text));
}

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.requestConfig.elt.id === asked) setTimeout(fillIn);
});

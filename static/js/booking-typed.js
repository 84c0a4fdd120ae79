// An answer describes the form as it was sent. What is typed in the meantime stays, as do open parts; the
// server learns of it when its field is left, as of anything typed.
import { find, findAll } from "./dom.js";

let kept = null;

document.addEventListener("htmx:beforeSwap", ({ detail: { target, requestConfig } }) => {
  if (target.id !== "booking") return;
  const field = target.contains(document.activeElement) ? document.activeElement : null;
  const { id, name, value, selectionStart, selectionEnd } = field ?? {};
  const isTyped = field?.matches(".input") && value !== requestConfig.parameters[name];
  const opened = findAll("details[open] > summary", target).map((summary) => summary.id);
  kept = { id, opened, typed: isTyped && { value, selected: [selectionStart, selectionEnd] } };
});

// A field that was not changed by hand fires no event when it is left.
function takeOver(field, { value, selected }) {
  field.value = value;
  if (Number.isInteger(selected[0])) field.setSelectionRange(...selected);
  field.addEventListener("blur", () => field.dispatchEvent(new Event("change", { bubbles: true })), { once: true });
}

document.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
  if (target.id !== "booking" || !kept) return;
  const { id, opened, typed } = kept;
  kept = null;
  for (const summary of findAll("#booking summary")) {
    if (opened.includes(summary.id)) summary.parentElement.open = true;
  }
  const field = id && find(`#booking #${CSS.escape(id)}`);
  if (!field) return;
  if (field !== document.activeElement) field.focus({ preventScroll: true }); // htmx found it closed
  if (typed) takeOver(field, typed);
});

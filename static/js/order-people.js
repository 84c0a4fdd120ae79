// Takes a person into the order form: one just created in the dialog, or one the dialog found to exist already.
import { closeWithoutFocus } from "./dialog.js";
import { find, onClick } from "./dom.js";

function pick(action) {
  const form = find("[data-order]");
  const [, field] = action.split(":");
  const target = field === "customer" ? "#customer-block" : `#${field.replace(/visitor-\d+$/, "visitors")}`;
  closeWithoutFocus();
  htmx.ajax("POST", form.dataset.pickUrl, { source: form, values: { action }, target, swap: "outerHTML" });
}

// The dialog for a new person begins with what was typed in the search.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if ("addPerson" in detail.elt.dataset) detail.parameters = { q: find("#customer_q").value };
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  const created = detail.target.id === "dialog" && find("[data-created]", detail.target);
  if (created) pick(created.dataset.created);
});

onClick("[data-pick-known]", (button, event) => {
  event.preventDefault();
  pick(button.value);
});

// Takes a person into the order form, found or just created in the dialog, or another time.
import { closeWithoutFocus } from "./dialog.js";
import { find, onClick } from "./dom.js";
import { inTurn } from "./order-queue.js";

const form = find("[data-order]");

// What an action replaces, and the field that comes next unless somebody is in another by then.
function effectOf(action) {
  const [verb, field] = action.split(/[:|]/);
  if (verb === "take") {
    const prefix = Number(field) ? `b${Number(field)}-` : "";
    return { target: `#${prefix}details`, next: find(`#${prefix}start`) ?? find(`#${prefix}day`) };
  }
  if (field === "customer") return { target: "#customer-block", next: find("#phone") };
  return { target: `#${field.replace(/visitor-\d+$/, "visitors")}`, next: find(`#${field}-q`) };
}

function pick(action) {
  closeWithoutFocus();
  inTurn(() => {
    const { target } = effectOf(action);
    htmx.ajax("POST", form.dataset.pickUrl, { source: form, values: { action }, target, swap: "outerHTML" });
  });
}

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const { path, parameters } = detail.requestConfig ?? {};
  if (path !== form.dataset.pickUrl) return;
  const isElsewhere = document.activeElement !== document.body && document.activeElement.id !== "customer_q";
  if (!isElsewhere) effectOf(parameters.action).next?.focus();
});

// The dialog for a new person begins with what was typed in the search.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if ("addPerson" in detail.elt.dataset) detail.parameters = { q: find("#customer_q").value };
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  const created = detail.target.id === "dialog" && find("[data-created]", detail.target);
  if (created) pick(created.dataset.created);
});

onClick("[data-pick]", (button, event) => {
  event.preventDefault();
  pick(button.value);
});

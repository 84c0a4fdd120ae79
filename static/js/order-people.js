// Puts a person, found or just created in the dialog, or another time into the order form.
import { closeWithoutFocus } from "./dialog.js";
import { find, findAll, onClick } from "./dom.js";
import { inTurn } from "./order-queue.js";

const form = find("[data-order]");

// First a contact missing in the profile, then the booking. If nobody was chosen: the search.
function afterCustomer(action) {
  if (action.endsWith(":")) return find("#customer_q");
  const contact = findAll("#phone, #email").find(({ value }) => !value);
  const service = find("#service, [name=tariff]"); // a tariff for the sale of a pass
  return contact ?? (service.value && find("#day") || service);
}

// What an action replaces, and the next field, unless another has the focus by then.
function effectOf(action) {
  const [verb, field] = action.split(/[:|]/);
  if (verb === "take") {
    const prefix = field === "0" ? "" : `b${field}-`;
    return { target: `#${prefix}details`, next: find(`#${prefix}start`) ?? find(`#${prefix}day`) };
  }
  if (field === "customer") return { target: "#customer-block", next: afterCustomer(action) };
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
  const { activeElement, body } = document;
  if (activeElement === body || activeElement.id === "customer_q") effectOf(parameters.action).next?.focus();
});

// The dialog for a new person belongs to the search it was opened from, and starts with the text typed there, not with
// the name of somebody who is chosen.
function addPerson(field) {
  const q = find(`#${field}`).value ? "" : find(`[data-combo="${field}"]`).value;
  // A failure is told by failed-requests.js.
  htmx.ajax("GET", form.dataset.personUrl, { values: { for: field, q }, target: "#dialog" }).catch(() => {});
}

onClick("[data-add-person]", (button, event) => {
  event.preventDefault();
  addPerson(button.dataset.addPerson);
});

document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.code !== "KeyA" || find("#dialog").open) return;
  event.preventDefault();
  addPerson(document.activeElement?.dataset.combo ?? "customer");
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  const created = detail.target.id === "dialog" && find("[data-created]", detail.target);
  if (created) pick(created.dataset.created);
});

onClick("[data-pick]", (button, event) => {
  event.preventDefault();
  pick(button.value);
});

// Keys of the order form: Alt+M goes to the seats, Alt+N adds a service, Enter alone does not send the form.
import { find } from "./dom.js";

// With several bookings, the plan of the one that has the focus.
function seatPlan() {
  return find(".plan", document.activeElement?.closest("[data-booking]") ?? document);
}

// A link of the summary of mistakes leads to a field, with its text selected as by Tab.
addEventListener("hashchange", () => document.activeElement.select?.());

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented) return; // the combobox has used the key
  const plan = event.altKey && event.code === "KeyM" && seatPlan();
  if (plan) {
    event.preventDefault();
    (find("input:checked", plan) ?? find("input:not(:disabled)", plan))?.focus();
  } else if (event.altKey && event.code === "KeyN") {
    event.preventDefault();
    find("[value=add-booking]")?.click();
  } else if (event.key === "Enter" && event.target.matches("[data-order] input")) {
    event.preventDefault(); // in a long form it is pressed by accident; with Ctrl, shortcuts.js sends the form
  }
});

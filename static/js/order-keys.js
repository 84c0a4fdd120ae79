// Keys of the order form: Alt+A adds a person, Alt+M goes to the seats, Enter alone does not send the form.
import { find } from "./dom.js";

function focusSeats() {
  const seat = find("#seats input:checked") || find("#seats input:not(:disabled)");
  seat?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented) return; // the combobox has used the key
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") return; // saves the form, see shortcuts.js
  if (event.altKey && event.code === "KeyA" && find("[data-add-person]")) {
    event.preventDefault();
    find("[data-add-person]").click();
  } else if (event.altKey && event.code === "KeyM" && find("#seats input")) {
    event.preventDefault();
    focusSeats();
  } else if (event.key === "Enter" && event.target.matches("[data-order] input")) {
    event.preventDefault(); // in a long form it is pressed by accident
  }
});

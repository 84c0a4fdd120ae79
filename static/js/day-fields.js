// Turns native date fields into fields for typing, «завтра» or «28.11», beside a button that opens the native picker.
// The server reads what is typed. Without a script the native fields stay.
import { findAll, onClick } from "./dom.js";

const written = (iso) => iso.replace(/^(\d{4})-(\d\d)-(\d\d)$/, "$3.$2.$1");

function turn(field) {
  const picker = field.cloneNode();
  for (const name of ["id", "name", "data-day", "data-typed", "required", "aria-describedby", "aria-invalid"]) {
    picker.removeAttribute(name);
  }
  picker.className = "day-picker";
  picker.tabIndex = -1;
  picker.setAttribute("aria-hidden", "true");
  const button = document.getElementById("day-button").content.firstElementChild.cloneNode(true);
  const box = document.createElement("span");
  box.className = "day";
  const isFocused = document.activeElement === field;
  field.replaceWith(box);
  field.type = "text";
  field.value = written(field.dataset.typed);
  field.maxLength = 40;
  delete field.dataset.day;
  box.append(field, button, picker);
  if (isFocused) field.focus();
}

onClick("[data-open-picker]", (button) => {
  const [field, , picker] = button.parentElement.children;
  picker.value = field.value.replace(/^(\d\d)\.(\d\d)\.(\d{4})$/, "$3-$2-$1");
  picker.showPicker();
});

document.addEventListener("input", (event) => {
  if (!event.target.classList.contains("day-picker")) return;
  event.stopPropagation();
  const [field] = event.target.parentElement.children;
  field.value = written(event.target.value);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}, true);

const turnAll = () => findAll("input[data-day]").forEach(turn);
document.addEventListener("htmx:afterSwap", turnAll);
turnAll();

// Keyboard shortcuts of every page: Ctrl+Enter, Escape, and single letters while no field has the focus.
// Letters can be switched off (WCAG 2.1.4) and mean keys, so they work in the Russian layout too.
import { ROW_LINKS, find, findAll } from "./dom.js";

const CLICKED = { KeyE: "e", KeyN: "n", KeyT: "t", KeyV: "v" };

const areLettersOn = () => localStorage.getItem("hotkeys") !== "off";

// The check box is loaded with a menu.
document.addEventListener("htmx:afterSwap", () => {
  const box = find("[data-hotkeys]");
  if (box) box.checked = areLettersOn();
});

document.addEventListener("change", ({ target }) => {
  if ("hotkeys" in target.dataset) localStorage.setItem("hotkeys", target.checked ? "on" : "off");
});

function submitForm(target) {
  const form = find("dialog[open] form") || target.closest("form") || find("[data-order]");
  form?.requestSubmit(find("[data-submit]", form) || undefined);
}

function focusRow(step) {
  const rows = findAll(ROW_LINKS);
  const index = rows.indexOf(document.activeElement) + step;
  rows[Math.min(Math.max(index, 0), rows.length - 1)]?.focus();
}

export function areLettersOff(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  if (event.target.matches("input,select,textarea,[contenteditable]")) return true;
  return !areLettersOn();
}

function pressLetter(event) {
  if (event.key === "?") {
    find('[aria-keyshortcuts="?"]')?.click();
  } else if (event.key === "/" || event.code === "Slash") {
    event.preventDefault();
    find('[aria-keyshortcuts="/"]')?.focus();
  } else if (event.code === "KeyJ") {
    focusRow(1);
  } else if (event.code === "KeyK") {
    focusRow(-1);
  } else if (event.code in CLICKED) {
    find(`[aria-keyshortcuts="${CLICKED[event.code]}"]`)?.click();
  }
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    event.preventDefault(); // Safari sends the form of a field by itself, too, and by another button
    submitForm(event.target);
    return;
  }
  if (event.defaultPrevented) return; // the combobox has used the key
  if (find("dialog[open]")) return;
  if (event.code === "Escape" && !find(":popover-open")) {
    find('[aria-keyshortcuts="Escape"]')?.click();
    return;
  }
  if (!areLettersOff(event)) pressLetter(event);
});

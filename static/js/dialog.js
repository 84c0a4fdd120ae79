// Opens #dialog when htmx puts content into it, closes it on [data-close], gives the focus back to its opener.
import { find, onClick } from "./dom.js";

let opener = null;
// The request whose answer the dialog shows: an earlier one, or one from before Esc, is too late.
let awaited = null;

export function closeWithoutFocus() {
  opener = null;
  find("#dialog").close();
}

// Its text is selected, as after Tab: it may be the beginning of a name that somebody searched for.
function focusFirst(dialog) {
  const field = find("[data-pick],[aria-invalid=true]", dialog) || find("[autofocus]", dialog);
  field?.focus();
  field?.select?.();
}

// Pressed twice before an answer: htmx would queue the second, whose answer would replace what is typed by then.
document.addEventListener("htmx:confirm", ({ target, detail }) => {
  if (detail.target?.id === "dialog" && detail.verb === "get") htmx.trigger(target, "htmx:abort");
});

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.target?.id !== "dialog") return;
  if (!detail.target.open) opener = document.activeElement;
  awaited = detail.xhr;
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id === "dialog" && detail.xhr !== awaited) detail.shouldSwap = false;
});

document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape" && !find("dialog[open]")) awaited = null;
}, true);

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  const dialog = detail.target;
  if (dialog.id !== "dialog") return;
  if (find("[data-created]", dialog)) return; // a new person: order-people.js closes the dialog
  if (!dialog.open) dialog.showModal();
  requestAnimationFrame(() => focusFirst(dialog));
});

onClick("[data-close]", (element, event) => {
  const dialog = element.closest("dialog");
  if (!dialog) return;
  event.preventDefault(); // in a dialog that is a page of its own, the way back is a link
  dialog.close();
});

find("#dialog")?.addEventListener("close", ({ target }) => {
  awaited = null;
  target.replaceChildren();
  if (opener?.isConnected) opener.focus();
  opener = null;
});

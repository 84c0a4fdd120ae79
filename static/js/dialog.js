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
function enter(field) {
  field?.focus();
  field?.select?.();
}

// A page that was refused: from its top the first mistake is dozens of presses of Tab away. Not before it is loaded:
// until then a browser goes to the section that the address names, and leaves the field.
addEventListener("load", () => {
  if (document.activeElement === document.body && !find("[autofocus]")) enter(find("[aria-invalid=true]"));
});

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
  requestAnimationFrame(() => {
    enter(find("[data-pick],[aria-invalid=true]", dialog) || find("[autofocus]", dialog));
  });
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

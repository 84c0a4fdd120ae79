// Sends the order form once, with the current CSRF token, and asks before leaving it unsaved.
import { occupy } from "./busy.js";
import { csrfCookie } from "./csrf.js";
import { find } from "./dom.js";

const form = find("[data-order]");
let isDirty = "dirty" in form.dataset;

form.addEventListener("input", () => {
  isDirty = true;
}, true);

form.addEventListener("submit", (event) => {
  const button = find("[data-submit]");
  find("[name=csrfmiddlewaretoken]", form).value = csrfCookie();
  isDirty = false;
  if (event.submitter?.name) return;
  if (button.ariaDisabled) event.preventDefault();
  else occupy(button, () => {
    isDirty = true;
  });
});

// The summary may be replaced while the button is held down: then the press makes no click.
let pressed;
document.addEventListener("pointerdown", ({ target }) => {
  pressed = target.closest("[data-submit]");
});
document.addEventListener("pointerup", ({ target }) => {
  const button = target.closest("[data-submit]");
  if (pressed?.isConnected === false && button) form.requestSubmit(button);
});

// Back to a submitted form: the browser would restore only some of its fields.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
});

addEventListener("beforeunload", (event) => {
  if (isDirty) event.preventDefault();
});

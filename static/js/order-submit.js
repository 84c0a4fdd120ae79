// Sends the order form once, with the current CSRF token, and asks before leaving it unsaved.
import { csrfCookie } from "./csrf.js";
import { find } from "./dom.js";

const form = find("[data-order]");
let isDirty = "dirty" in form.dataset;

form.addEventListener("input", () => {
  isDirty = true;
}, true);

form.addEventListener("submit", () => {
  const token = csrfCookie();
  if (token) find("[name=csrfmiddlewaretoken]", form).value = token;
}, true);

form.addEventListener("submit", (event) => {
  const button = find("[data-submit]");
  if (event.submitter?.name === "action") {
    isDirty = false;
    return;
  }
  if (button.getAttribute("aria-disabled")) {
    event.preventDefault();
    return;
  }
  isDirty = false;
  button.setAttribute("aria-disabled", "true");
  button.textContent = button.dataset.busy;
});

// The summary may be replaced while the button is held down: then no click comes of the press.
let pressed = null;
document.addEventListener("pointerdown", ({ target }) => {
  pressed = target.closest("[data-submit]");
});
document.addEventListener("pointerup", ({ target }) => {
  const button = target.closest("[data-submit]");
  if (pressed && !pressed.isConnected && button) form.requestSubmit(button);
  pressed = null;
});

// Back to a form that was sent: the browser would restore a part of its fields.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
});

addEventListener("beforeunload", (event) => {
  if (isDirty) event.preventDefault();
});

// A booking is sent as the summary says it. As long as that is behind the choices, a press asks for it instead.
import { find } from "./dom.js";

let isBehind = false;

document.addEventListener("htmx:configRequest", ({ detail: { elt } }) => {
  if (elt.id === "booking") isBehind = true;
});

// Not after an answer that failed: then the choices are new, and the summary is not.
document.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
  if (target.id === "booking") isBehind = false;
});

function askFirst(event) {
  if (event.target.id !== "buy" || !isBehind) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const booking = find("#booking");
  if (!booking.matches(".htmx-request")) booking.requestSubmit();
}

document.addEventListener("submit", askFirst, { capture: true });

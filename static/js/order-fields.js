// Single fields of the order form: what they tell the server, and what follows from them at once.
import { find, onClick } from "./dom.js";

const form = find("[data-order]");

// What is typed in a search or a comment changes no price: keep it from the listeners of the whole form.
function stopAtQuietField(event) {
  const field = event.target.closest?.("[data-quiet]");
  if (!field) return;
  const stop = (bubbled) => {
    if (bubbled === event) bubbled.stopPropagation();
  };
  field.addEventListener(event.type, stop, { once: true });
}

document.addEventListener("input", stopAtQuietField, true);
document.addEventListener("change", stopAtQuietField, true);

// A number of places that cannot be meant changes nothing below.
document.addEventListener("htmx:confirm", (event) => {
  const field = event.detail.elt;
  if ("places" in field.dataset && !field.checkValidity()) event.preventDefault();
});

// The asterisk of the e-mail follows the method of payment, whoever chose it.
function followMethod() {
  const asterisk = find("[data-email-star]");
  if (asterisk) asterisk.hidden = find("[name=payment_method]:checked")?.value !== "online";
}

form.addEventListener("change", followMethod, true);
document.addEventListener("htmx:afterSettle", followMethod);

// «1 h», «2 h», «4 h» set the end; without a start that can be read, they lead to the start.
function addHours(button, hours) {
  const booking = button.closest("[data-when]");
  const start = find("[name$=start]", booking);
  const end = find("[name$=end]", booking);
  const [, hour, minute = "00"] = start.value.match(/^\s*([01]?\d|2[0-3])(?:[:.,\- ]?([0-5]\d))?\s*$/) || [];
  if (hour === undefined || Number(hour) + hours > 23) {
    start.focus();
    return;
  }
  end.value = `${String(Number(hour) + hours).padStart(2, "0")}:${minute}`;
  end.dispatchEvent(new Event("input", { bubbles: true }));
}

onClick("[data-hours]", (button) => addHours(button, Number(button.dataset.hours)));

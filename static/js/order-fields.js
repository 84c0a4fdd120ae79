// Single fields of the order form: what they send, and their immediate effects.
import { readClock, writeClock } from "./clock-fields.js";
import "./day-hours.js";
import { find, findAll, onClick } from "./dom.js";

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

// An implausible number of places changes nothing below.
document.addEventListener("htmx:confirm", (event) => {
  const field = event.detail.elt;
  if ("places" in field.dataset && !field.checkValidity()) event.preventDefault();
});

// The asterisk of the e-mail follows the payment method, however it was chosen.
function followMethod() {
  const asterisk = find("[data-email-star]");
  if (asterisk) asterisk.hidden = find("[name=payment_method]:checked")?.value !== "online";
}

form.addEventListener("change", followMethod, true);
document.addEventListener("htmx:afterSettle", followMethod);

function setEnd(booking, clock) {
  const end = find("[name$=end]", booking);
  end.value = clock;
  htmx.trigger(end, "input");
}

// «1 h», «2 h», «4 h» set the end; without a valid start, they focus the start.
onClick("[data-hours]", (button) => {
  const booking = button.closest("[data-booking]");
  const start = find("[name$=start]", booking);
  const { hour = 24, minute } = readClock(start.value) ?? {};
  const end = writeClock({ hour: hour + Number(button.dataset.hours), minute });
  if (end > "24:00") start.focus();
  else setEnd(booking, end);
});

// A closed day focuses the day.
onClick("[data-until-closing]", (button) => {
  const booking = button.closest("[data-booking]");
  const closes = find("[data-closes]", booking)?.value;
  if (closes) setEnd(booking, closes);
  else find("[name$=day]", booking).focus();
});

// The lengths are one stop of the Tab key; arrows lead from one to the next.
document.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const toolbar = step && event.target.closest("[role=toolbar]");
  if (!toolbar) return;
  const buttons = findAll("button", toolbar);
  const next = buttons.at((buttons.indexOf(event.target) + step) % buttons.length);
  for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
  next.focus();
});

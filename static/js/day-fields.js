// Turns native date fields into fields for typing, «завтра» or «28.11», with a button that opens our own month view.
// The server parses the typed text and renders the month. Without a script the native fields stay.
import { find, findAll, onClick } from "./dom.js";

const template = document.getElementById("day-box");
const written = (iso) => iso.replace(/^(\d{4})-(\d\d)-(\d\d)$/, "$3.$2.$1");
const DAYS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
const MONTHS = { PageUp: -1, PageDown: 1 };

function turn(field) {
  const box = template.content.firstElementChild.cloneNode(true);
  const [button, month] = box.children;
  const isFocused = document.activeElement === field;
  month.id = `${field.id || field.name}-month`;
  button.setAttribute("popovertarget", month.id);
  field.replaceWith(box);
  field.type = "text";
  field.value = written(field.dataset.typed ?? "");
  field.maxLength = 40;
  field.placeholder = field.ariaLabel ?? ""; // for one without a visible label
  box.prepend(field);
  htmx.process(month);
  if (!isFocused) return;
  field.focus();
  field.select();
}

// `on` is the focused day, immediately; its month may still be loading.
async function show(month, on) {
  const [field] = month.parentElement.children;
  const ofOrder = field.form?.dataset.monthUrl; // knows what is free
  const values = { on, field: field.name, shown: field.value, is_past: field.dataset.day };
  const url = ofOrder ?? template.dataset.monthUrl;
  month.dataset.on = on;
  month.ariaBusy = "true";
  // failed-requests.js reports a failure; a request aborted by the next one is not a failure.
  await htmx.ajax(ofOrder ? "POST" : "GET", url, { source: month, values }).catch(() => {});
  if (month.dataset.on !== on) return; // the next one is asked for
  month.ariaBusy = "false";
  const day = find('[tabindex="0"]', month);
  month.dataset.on = day?.dataset.iso ?? on;
  if (month.matches(":popover-open")) day?.focus();
}

function moveTo(month, on) {
  const next = find(`[data-iso="${on}"]`, month);
  if (!next || month.ariaBusy === "true") return show(month, on);
  find('[tabindex="0"]', month).tabIndex = -1;
  next.tabIndex = 0;
  month.dataset.on = on;
  return next.focus();
}

function choose(month, iso) {
  const [field] = month.parentElement.children;
  month.hidePopover();
  field.value = written(iso);
  field.focus();
  for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
}

function press(month, event) {
  const { key } = event;
  const day = new Date(`${month.dataset.on}T00:00Z`);
  if (key in DAYS) day.setUTCDate(day.getUTCDate() + DAYS[key]);
  else if (key in MONTHS) day.setUTCMonth(day.getUTCMonth() + MONTHS[key], Math.min(day.getUTCDate(), 28));
  else if (key !== "Enter") return;
  event.preventDefault();
  if (key === "Enter") choose(month, month.dataset.on);
  else moveTo(month, day.toISOString().slice(0, 10));
}

onClick("[data-iso]", (button) => choose(button.closest("[data-month]"), button.dataset.iso));
onClick("[data-month-on]", (button) => show(button.closest("[data-month]"), button.dataset.monthOn));

// It does not bubble.
document.addEventListener("toggle", ({ target, newState }) => {
  if (newState === "open" && "month" in target.dataset) show(target, "");
}, true);

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (key === "ArrowDown" && "day" in target.dataset && target.nextElementSibling) {
    event.preventDefault();
    target.nextElementSibling.click();
  } else if ("iso" in target.dataset) {
    press(target.closest("[data-month]"), event);
  }
});

// A page without the template keeps native fields.
const turnAll = () => template && findAll("input[data-day][type=date]").forEach(turn);
document.addEventListener("htmx:afterSwap", turnAll);
turnAll();

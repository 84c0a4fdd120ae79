// Keeps «Сегодня» up to date while it is visible, without disturbing somebody who is busy in it.
// Its day sheet is printed by [data-print].
import { find, findAll, onClick } from "./dom.js";

const SECONDS = 30;

function isBusy() {
  return !find("#today") || document.hidden || find("dialog[open], :popover-open, #today .htmx-request");
}

function refresh() {
  if (isBusy()) return;
  for (const part of document.querySelectorAll("#today, #news")) htmx.trigger(part, "refresh");
}

setInterval(refresh, SECONDS * 1000);

document.addEventListener("visibilitychange", refresh);

// Automatic requests do not extend the session.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.triggeringEvent?.type === "refresh") detail.headers["X-Unattended"] = "1";
});

// Somebody who has come or left disappears from the list: the focus goes to the row that takes the place.
let pressed = null;
const rowsOf = (section) => findAll(`[aria-labelledby="${section}"] li`);

document.addEventListener("htmx:beforeRequest", ({ target }) => {
  const section = target.closest("#today section")?.getAttribute("aria-labelledby");
  pressed = section && { section, row: rowsOf(section).indexOf(target.closest("li")) };
});
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id !== "today" || !pressed || document.activeElement !== document.body) return;
  const rows = rowsOf(pressed.section);
  find("button,.btn", rows[pressed.row] ?? rows.at(-1) ?? find("#today"))?.focus();
});

// A row pressed before the last one has its answer waits for it: that answer replaces the row, and a request
// that is aborted may not have been sent yet.
let marking = null;
const waiting = [];

document.addEventListener("htmx:confirm", (event) => {
  const { elt } = event.detail;
  if (!marking || !elt.matches("#today [hx-post]")) return;
  event.preventDefault();
  if (elt.id !== marking.id) waiting.push(elt.id);
});

document.addEventListener("htmx:beforeSend", ({ detail }) => {
  if (detail.elt.matches("#today [hx-post]")) marking = { id: detail.elt.id, xhr: detail.xhr };
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.xhr !== marking?.xhr) return;
  marking = null;
  while (waiting.length && !marking) document.getElementById(waiting.shift())?.click();
});

onClick("[data-print]", () => print());

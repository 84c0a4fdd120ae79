// Polls every few seconds whether the calendar has changed, while the page is visible.
// A new board replaces the old one; focus, scroll and an open dialog or menu stay.
import { nameBoard } from "./calendar-board.js";
import { enter } from "./calendar-keys.js";
import { find, findAll } from "./dom.js";

const SECONDS = 4;
let isAsking = false;

// A pending answer, to a filter or a bar, would not find what it replaces.
const BUSY = "dialog[open],:popover-open,[data-moving],.htmx-request";
const isBusy = () => document.hidden || isAsking || find(BUSY);

// The kind of a cell, whoever drew it: a bar has an id, a free cell has a link.
const sameAs = (old) => findAll(".slot,.bar").find((cell) => (old.id ? cell.id === old.id : cell.href === old.href));

function replace(calendar, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const fresh = find("#calendar", template.content);
  const focused = calendar.contains(document.activeElement) ? document.activeElement : null;
  const stop = find("[tabindex='0']", calendar);
  const left = find(".schedule", calendar)?.scrollLeft ?? 0;
  calendar.replaceWith(fresh);
  htmx.process(fresh);
  nameBoard();
  document.dispatchEvent(new Event("calendar:drawn"));
  if (find(".schedule", fresh)) find(".schedule", fresh).scrollLeft = left;
  const cell = (stop && sameAs(stop)) ?? find(".slot,.bar", fresh);
  if (cell) enter(cell);
  if (focused) (sameAs(focused) ?? cell)?.focus({ preventScroll: true });
  find("#calendar-news").textContent = fresh.dataset.news;
}

async function look() {
  const calendar = find("#calendar");
  if (!calendar || isBusy()) return;
  isAsking = true;
  const query = new URLSearchParams(location.search);
  query.set("seen", calendar.dataset.version);
  try {
    const headers = { "HX-Request": "true", "HX-Current-URL": location.href, "X-Unattended": "1" };
    const answer = await fetch(`${calendar.dataset.changesUrl}?${query}`, { headers });
    const signIn = answer.headers.get("HX-Redirect");
    if (signIn) return location.assign(signIn);
    const html = answer.status === 200 ? await answer.text() : "";
    isAsking = false;
    if (html && calendar.isConnected && !isBusy()) replace(calendar, html);
  } catch {
    isAsking = false; // no network: try again next time
  }
}

setInterval(look, SECONDS * 1000);
document.addEventListener("visibilitychange", look);

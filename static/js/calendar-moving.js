// Moves a bar: by M and arrows, or by «Move» in its card and a click on a free cell; calendar-pointer.js adds mouse and
// touch. A single bar ends in the dialog of changing a ticket, which the server answers at the URL given on
// the board. Until that is saved nothing has changed: closing it puts the bar back.
import { QUARTER, board, daysOf, hasHoursOn, nearest, placeOf, stepOf, wordsOf } from "./calendar-board.js";
import { find, findAll, onClick } from "./dom.js";
import { areLettersOff } from "./shortcuts.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export let moved = null; // the bar being moved, with its former place
export let strip = null; // what the parking strip does with bars, once it is loaded
export const lend = (given) => { strip = given; };

export const numberOf = ({ id }) => id.replace("ticket-", "");

// The bar of the open card, if the card offers to move it.
export const barOfCard = () =>
  document.getElementById(find("[data-move-button]:not([hidden]) [data-move]")?.dataset.move);

export function tell(text) {
  find("#calendar-news").textContent = text;
}

const changed = () => document.dispatchEvent(new Event("calendar:moving"));

// `from` is the first row for a bar that is not on the board.
export function begin(bar, from) {
  putBack();
  const cell = bar.parentElement;
  const home = cell.parentElement;
  const row = cell.closest(".board-row") ?? from;
  const was = placeOf(cell);
  const hasHours = hasHoursOn(bar);
  moved = { bar, cell, row, home, next: cell.nextSibling, was, hasHours, ...was };
  moved.step = stepOf(row);
  moved.rows = row.dataset.seat ? findAll(".board-row[data-seat]", row.parentElement) : [row];
  cell.dataset.moving = "";
  changed();
  if (home !== row) draw({});
  tell(find("#calendar-news").dataset.movingHint);
}

export function draw({ start = moved.start, length = moved.length, row = moved.row }) {
  Object.assign(moved, nearest({ ...moved, start, length }), { row });
  moved.cell.className = `s${moved.start} w${moved.length}`;
  if (moved.cell.parentElement !== row) {
    moved.cell.role = "gridcell";
    row.append(moved.cell);
    moved.bar.focus({ preventScroll: true });
  }
  tell(wordsOf(moved));
}

// Ends the move and leaves the bar where it is.
export function release() {
  const ended = moved;
  delete ended.cell.dataset.moving;
  moved = null;
  return ended;
}

export function putBack() {
  if (!moved) return;
  const { bar, cell, home, next, was } = release();
  htmx.trigger(bar, "htmx:abort"); // the answer would ask about a bar that is not there
  cell.className = `s${was.start} w${was.length}`;
  cell.role = home.matches(".board-row") ? "gridcell" : "listitem";
  home.insertBefore(cell, next?.parentElement === home ? next : null);
  changed();
  tell("");
  if (bar.isConnected) bar.focus({ preventScroll: true });
}

export function commit() {
  const { bar, row, home, start, length, was } = moved;
  if (row === home && start === was.start && length === was.length) return putBack();
  if (!document.dispatchEvent(new Event("calendar:put", { cancelable: true }))) return; // it is kept with others
  const [day, lastDay] = daysOf(moved);
  const { changeUrl, next } = board().dataset;
  const values = { day, last_day: lastDay, next: next + numberOf(bar) };
  // The distance, not the target: a bar may begin between two columns.
  if (moved.hasHours) {
    Object.assign(values, { later: (start - was.start) * QUARTER, longer: (length - was.length) * QUARTER });
  }
  if (row.dataset.seat) values.seat = row.dataset.seat;
  const url = `${changeUrl.replace("{ticket}", numberOf(bar))}?${new URLSearchParams(values)}`;
  moved.isAsked = true;
  // failed-requests.js reports a failure.
  return htmx.ajax("GET", url, { target: "#dialog", swap: "innerHTML", source: bar }).catch(() => {});
}

function press(key, shiftKey) {
  if (key === "Enter") return commit();
  const [aside, down] = ARROWS[key];
  const index = Math.min(Math.max(moved.rows.indexOf(moved.row) + down, 0), moved.rows.length - 1);
  if (shiftKey) draw({ length: moved.length + aside * moved.step });
  else draw({ start: moved.start + aside * moved.step, row: moved.rows[index] });
  moved.cell.scrollIntoView({ block: "nearest", inline: "nearest" });
}

document.addEventListener("keydown", (event) => {
  const { target, key, code, shiftKey } = event;
  if (find("dialog[open]") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!moved) {
    const bar = target.matches?.(".bar") ? target.closest(".board [data-movable]") : barOfCard();
    if (code !== "KeyM" || !bar || !board() || areLettersOff(event)) return;
    begin(bar);
    bar.focus();
  } else if (target.matches?.("button")) return;
  else if (key === "Escape") putBack();
  else if (key === "Enter" || key in ARROWS) {
    if (!moved.isAsked) press(key, shiftKey); // otherwise it is where the pending dialog will ask about
  } else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

// A click on a free cell places the bar that is being moved.
document.addEventListener("click", (event) => {
  const slot = moved && !find("dialog[open]") && event.target.closest?.(".slot");
  if (!slot) return;
  event.preventDefault();
  event.stopPropagation();
  const row = slot.closest(".board-row");
  draw({ start: placeOf(slot.parentElement).start, row: moved.rows.includes(row) ? row : moved.row });
  commit();
}, true);

onClick("[data-move]", () => {
  const bar = barOfCard(); // none, if it has left the board since
  if (!bar) return;
  begin(bar);
  bar.focus();
});

find("#dialog").addEventListener("close", putBack);
for (const failed of ["htmx:responseError", "htmx:sendError"]) document.addEventListener(failed, putBack);

for (const box of findAll("[data-move-button]")) {
  const bar = document.getElementById(find("[data-move]", box).dataset.move);
  box.hidden = !(board() && bar?.matches("[data-movable]"));
}

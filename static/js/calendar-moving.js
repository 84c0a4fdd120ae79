// Moves a bar: by dragging, by M and arrows, or by «Move» in its card and a click on a free cell. All of it ends in the
// dialog of changing a ticket, which the server answers at the address that stands on the board. Until that is saved
// nothing has changed: closing it puts the bar back.
import { find, findAll, onClick } from "./dom.js";
import { areLettersOff } from "./shortcuts.js";

const QUARTER = 15;
const FAR = 6; // pixels: less is a click
const EDGE = 8; // pixels at the end of a bar that change its length
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

let moved = null; // the bar on its way, with where it was
let pressed = null; // a bar under the pressed pointer

const board = () => find(".board[data-from]");
const columns = () => Number(/ n(\d+)/.exec(board().className)[1]);
const placeOf = ({ className }) => {
  const [, start, length] = /s(\d+) w(\d+)/.exec(className);
  return { start: Number(start), length: Number(length) };
};
const minutes = (clock) => clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
const clock = (column) => {
  const at = minutes(board().dataset.from) + column * QUARTER;
  return [Math.floor(at / 60) % 24, at % 60].map((part) => String(part).padStart(2, "0")).join(":");
};

const changeUrl = ({ id, dataset }) =>
  board().dataset.changeUrl.replace("{order}", dataset.order).replace("{ticket}", id.replace("ticket-", ""));

// The bar of the open card, where the card offers to move it.
const barOfCard = () => document.getElementById(find("[data-move-button]:not([hidden]) [data-move]")?.dataset.move);

function tell(text) {
  find("#calendar-news").textContent = text;
}

function begin(bar) {
  const cell = bar.parentElement;
  const row = cell.closest(".board-row");
  const was = placeOf(cell);
  moved = { bar, cell, row, home: row, next: cell.nextSibling, was, hasHours: !bar.dataset.days, ...was };
  moved.step = Math.max(Number(row.parentElement.dataset.step) / 60 / QUARTER, 1);
  moved.rows = row.dataset.seat ? findAll(".board-row[data-seat]", row.parentElement) : [row];
  cell.dataset.moving = "";
  tell(find("#calendar-news").dataset.movingHint);
}

function draw({ start = moved.start, length = moved.length, row = moved.row }) {
  if (moved.hasHours) {
    moved.length = Math.min(Math.max(length, moved.step), columns());
    moved.start = Math.min(Math.max(start, 0), columns() - moved.length);
  }
  moved.row = row;
  moved.cell.className = `s${moved.start} w${moved.length}`;
  if (moved.cell.parentElement !== row) {
    row.append(moved.cell);
    moved.bar.focus({ preventScroll: true });
  }
  const hours = moved.hasHours ? `${clock(moved.start)}–${clock(moved.start + moved.length)}` : "";
  tell([row.dataset.label, hours].filter(Boolean).join(", "));
}

function putBack() {
  if (!moved) return;
  const { bar, cell, home, next, was } = moved;
  cell.className = `s${was.start} w${was.length}`;
  home.insertBefore(cell, next);
  delete cell.dataset.moving;
  moved = null;
  if (bar.isConnected) bar.focus({ preventScroll: true });
}

function commit() {
  const { bar, row, home, start, length, was } = moved;
  if (row === home && start === was.start && length === was.length) return putBack();
  const [day, lastDay] = bar.dataset.days?.split(" ") ?? [board().dataset.day, board().dataset.day];
  const values = { day, last_day: lastDay, next: board().dataset.next };
  if (moved.hasHours) Object.assign(values, { start: clock(start), end: clock(start + length) });
  if (row.dataset.seat) values.seat = row.dataset.seat;
  const url = `${changeUrl(bar)}?${new URLSearchParams(values)}`;
  return htmx.ajax("GET", url, { target: "#dialog", swap: "innerHTML", source: bar });
}

document.addEventListener("keydown", (event) => {
  const { target, key, code, shiftKey } = event;
  if (find("dialog[open]") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!moved) {
    const bar = target.matches?.(".bar[data-order]") ? target : barOfCard();
    if (code !== "KeyM" || !bar || !board() || areLettersOff(event)) return;
    begin(bar);
    bar.focus();
  } else if (key === "Enter") commit();
  else if (key === "Escape") putBack();
  else if (key in ARROWS) {
    const [aside, down] = ARROWS[key];
    const index = Math.min(Math.max(moved.rows.indexOf(moved.row) + down, 0), moved.rows.length - 1);
    if (shiftKey) draw({ length: moved.length + aside * moved.step });
    else draw({ start: moved.start + aside * moved.step, row: moved.rows[index] });
  } else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

document.addEventListener("pointerdown", (event) => {
  const bar = event.target.closest?.(".bar[data-order]");
  if (!bar || !board() || moved || event.button || event.pointerType === "touch") return;
  const end = bar.getBoundingClientRect().right;
  pressed = { bar, x: event.clientX, y: event.clientY, isLength: end - event.clientX < EDGE };
});

document.addEventListener("pointermove", ({ clientX, clientY }) => {
  if (!pressed) return;
  if (!moved && Math.hypot(clientX - pressed.x, clientY - pressed.y) < FAR) return;
  if (!moved) begin(pressed.bar);
  const head = find("[role=rowheader]", moved.home).getBoundingClientRect().right;
  const column = (moved.home.getBoundingClientRect().right - head) / columns();
  const shift = Math.round((clientX - pressed.x) / column / moved.step) * moved.step;
  if (pressed.isLength) return draw({ length: moved.was.length + shift });
  const over = moved.rows.find((row) => {
    const { top, bottom } = row.getBoundingClientRect();
    return top <= clientY && clientY < bottom;
  });
  draw({ start: moved.was.start + shift, row: over ?? moved.row });
});

// The click that follows a drag would open the card.
function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}

document.addEventListener("pointerup", () => {
  if (pressed && moved) {
    window.addEventListener("click", swallow, true);
    setTimeout(() => {
      window.removeEventListener("click", swallow, true);
      commit();
    });
  }
  pressed = null;
});
document.addEventListener("pointercancel", () => { if (pressed) putBack(); pressed = null; });
document.addEventListener("dragstart", (event) => {
  if (event.target.closest?.(".bar")) event.preventDefault(); // the link itself would be dragged
});

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
  putBack();
  const bar = barOfCard(); // none, if it has left the board since
  if (!bar) return;
  begin(bar);
  bar.focus();
});

find("#dialog").addEventListener("close", putBack);
for (const failed of ["htmx:responseError", "htmx:sendError"]) document.addEventListener(failed, putBack);

for (const box of findAll("[data-move-button]")) {
  const bar = document.getElementById(find("[data-move]", box).dataset.move);
  box.hidden = !(board() && bar?.dataset.order);
}

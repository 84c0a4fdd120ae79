// The keyboard of the calendar: one tab stop, which J reaches; arrows walk from cell to cell, N orders from a free one.
// Enter opens the focused cell, which is a link.
import { showHours } from "./calendar-board.js";
import { find, findAll } from "./dom.js";
import { areLettersOff } from "./shortcuts.js";

const ROWS = ".board-row,[data-month-grid] tbody tr";
const SIDE = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
const UP = { ArrowUp: -1, ArrowDown: 1 };
const TURN = { PageUp: "[data-earlier]", PageDown: "[data-later]" };

const cellsOf = (row) => findAll(".slot,.bar,td > a", row);
const centre = (cell) => { const { left, width } = cell.getBoundingClientRect(); return left + width / 2; };

export function rows() {
  return findAll(ROWS).filter((row) => cellsOf(row).length);
}

// Makes one cell the tab stop of the calendar, and all the others reachable by arrows alone.
export function enter(chosen) {
  for (const row of rows()) for (const cell of cellsOf(row)) cell.tabIndex = cell === chosen ? 0 : -1;
}

function beside(cell, step) {
  const cells = cellsOf(cell.closest(ROWS));
  return cells[Math.min(Math.max(cells.indexOf(cell) + step, 0), cells.length - 1)];
}

function above(cell, step) {
  const all = rows();
  const row = all[all.indexOf(cell.closest(ROWS)) + step];
  if (!row) return cell;
  const here = centre(cell);
  const away = (other) => Math.abs(centre(other) - here);
  const covers = (other) => { const box = other.getBoundingClientRect(); return box.left <= here && here < box.right; };
  const cells = cellsOf(row);
  return cells.find(covers) ?? cells.sort((one, other) => away(one) - away(other))[0];
}

function focusCell(cell) {
  enter(cell);
  cell.focus();
  cell.scrollIntoView({ block: "nearest", inline: "nearest" });
}

document.addEventListener("keydown", (event) => {
  const { target, key, code } = event;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const isInside = target.matches?.(".slot,.bar,[data-month-grid] a");
  if (!isInside && code === "KeyJ" && !areLettersOff(event)) find("#calendar [tabindex='0']")?.focus();
  if (!isInside) return;
  if (key in SIDE) focusCell(beside(target, SIDE[key]));
  else if (key in UP) focusCell(above(target, UP[key]));
  else if (key in TURN) find(TURN[key])?.click();
  else if (code === "KeyN" && target.matches(".slot") && !areLettersOff(event)) target.click();
  else return;
  event.preventDefault();
}, true);

// A click on a cell also makes it the tab stop.
document.addEventListener("focusin", ({ target }) => {
  if (target.matches?.(".slot,.bar")) enter(target);
});

export function start() {
  showHours();
  const cell = find(".bar[data-mark]") ?? find(".bar[aria-current]") ?? find("[data-month-grid] a[aria-current]");
  enter(cell ?? find(".slot") ?? find(".bar,[data-month-grid] a"));
  return cell;
}

document.addEventListener("calendar:settled", () => {
  if (!find("#calendar [tabindex='0']")) enter(find("#calendar :is(.slot,.bar,td > a)"));
});
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id === "calendar") start();
});
// A new bar gets the focus, as does the one of the card next to the board: arrows continue from there.
const isBeside = matchMedia("(min-width: 1101px)").matches;
const first = start();
if (first?.matches(isBeside ? ".bar[data-mark],.bar[aria-current]" : "[data-mark]")) focusCell(first);

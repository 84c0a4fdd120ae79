// Where things lie on the board of a day or a week: in columns, which the server has put into classes.
import { find, findAll } from "./dom.js";

const QUARTER = 15;
const DAY_COLUMNS = 12; // of a week

export const board = () => find(".board[data-next]");
export const columns = () => Number(/ n(\d+)/.exec(board().className)[1]);
export const placeOf = ({ className }) => {
  const [, start, length] = /s(\d+) w(\d+)/.exec(className);
  return { start: Number(start), length: Number(length) };
};

const isWeek = () => Boolean(board().dataset.dates);
const minutes = (clock) => clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);

export function clock(column) {
  const at = minutes(board().dataset.from) + column * QUARTER;
  return [Math.floor(at / 60) % 24, at % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

// By how many columns a bar of this row moves at least.
export function stepOf(row) {
  return isWeek() ? DAY_COLUMNS : Math.max(Number(row.parentElement.dataset.step) / 60 / QUARTER, 1);
}

function later(date, days) {
  const day = new Date(`${date}T12:00Z`);
  day.setUTCDate(day.getUTCDate() + days);
  return day.toISOString().slice(0, 10);
}

// The first and the last day of a bar that lies in other columns than it did.
export function daysOf({ bar, start, was }) {
  const [first, last] = bar.dataset.days?.split(" ") ?? [board().dataset.day, board().dataset.day];
  const shift = isWeek() ? Math.floor(start / DAY_COLUMNS) - Math.floor(was.start / DAY_COLUMNS) : 0;
  return [later(first, shift), later(last, shift)];
}

export function nearest({ start, length, step, hasHours, was }) {
  if (hasHours) {
    const kept = Math.min(Math.max(length, step), columns());
    return { start: Math.min(Math.max(start, 0), columns() - kept), length: kept };
  }
  if (!isWeek()) return was;
  const [day, first] = [start, was.start].map((column) => Math.floor(column / DAY_COLUMNS));
  const last = columns() / DAY_COLUMNS - 1;
  const shift = (Math.min(Math.max(day, 0), last) - first) * DAY_COLUMNS; // the hours within the day stay
  return { start: was.start + shift, length: Math.min(was.length, columns() - was.start - shift) };
}

// A place in words: the seat with the hours, or with the day as it stands above the board.
export function wordsOf({ row, start, length, hasHours }) {
  const head = isWeek() && find(`.board-head .s${start - (start % DAY_COLUMNS)}`);
  const day = head && head.textContent.replace(/\s+/g, " ").trim();
  const hours = hasHours ? `${clock(start)}–${clock(start + length)}` : day;
  return [row.dataset.label, hours].filter(Boolean).join(", ");
}

// What stands on the board once is not sent twice, a thousand times: the ticket of a bar is in its address, the seat of
// a row in its head.
export function nameBoard() {
  for (const bar of findAll(".bar[href*='&ticket=']")) {
    bar.id = `ticket-${new URLSearchParams(bar.search).get("ticket")}`;
  }
  for (const row of findAll(".board-row[data-seat]")) row.dataset.label = row.firstElementChild.textContent;
}

nameBoard();
document.addEventListener("htmx:afterSwap", nameBoard);

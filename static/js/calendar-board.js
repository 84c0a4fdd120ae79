// Positions on the board of a day or a week: in columns, which the server has encoded as classes.
import { find, findAll } from "./dom.js";

export const QUARTER = 15; // minutes of a column
const DAY_COLUMNS = 12; // of a week

export const board = () => find(".board[data-next]");
export const columns = () => Number(/ n(\d+)/.exec(board().className)[1]);
export const placeOf = ({ className }) => {
  const [, start, length] = /s(\d+) w(\d+)/.exec(className);
  return { start: Number(start), length: Number(length) };
};

const isWeek = () => Boolean(board().dataset.dates);
const dates = () => board().dataset.dates?.split(" ") ?? [board().dataset.day];
export const minutes = (clock) => clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);

export const clockAt = (at) => [Math.floor(at / 60), at % 60].map((part) => String(part).padStart(2, "0")).join(":");
// The last column of a day may end at 24:00.
export const clock = (column) => clockAt(minutes(board().dataset.from) + column * QUARTER);

// Whether a bar is moved to hours. A bar of the strip shows them on every board.
export const hasHoursOn = ({ dataset }) => !isWeek() && (dataset.week ? Boolean(dataset.hours) : !dataset.days);

// The columns of a ticket of the strip on this board: at the hours it is moved to, or those it has.
export function columnsOf(bar, { day, hours } = {}) {
  const [first] = bar.dataset.days.split(" ");
  if (isWeek()) {
    const [start, length] = bar.dataset.week.split(" ").map(Number);
    return { start: Math.max(dates().indexOf(day ?? first), 0) * DAY_COLUMNS + start, length };
  }
  const clocks = hours ?? bar.dataset.hours?.split(" ");
  if (!clocks) return { start: 0, length: columns() };
  const [from, to] = clocks.map((one) => Math.round((minutes(one) - minutes(board().dataset.from)) / QUARTER));
  const length = Math.min(to - from, columns());
  return { start: Math.min(Math.max(from, 0), columns() - length), length };
}

export const isShown = (day) => dates().includes(day);

// The row of a seat, or else one of its service; none if the board shows no place of the service.
export function rowFor({ seat, service }) {
  const rows = board() ? findAll(`[data-service="${service}"] .board-row`) : [];
  const lanes = rows.filter(({ dataset }) => !dataset.seat);
  return rows.find(({ dataset }) => seat && dataset.seat === seat) ?? lanes.at(-1) ?? rows[0];
}

// By how many columns a bar of this row moves at least, so that it stays in the steps of its tariff.
export function stepOf(row) {
  if (isWeek()) return DAY_COLUMNS;
  const step = row.parentElement.dataset.step / 60;
  let count = 1;
  while ((count * QUARTER) % step) count += 1;
  return count;
}

function later(date, days) {
  const day = new Date(`${date}T12:00Z`);
  day.setUTCDate(day.getUTCDate() + days);
  return day.toISOString().slice(0, 10);
}

const daysBetween = (one, other) => Math.round((Date.parse(other) - Date.parse(one)) / 864e5);

// The first and the last day of a bar in this column. A bar that is not on the board begins on its first day.
export function daysOf({ bar, start }) {
  const shown = dates();
  const [first, last] = bar.dataset.days?.split(" ") ?? [shown[0], shown[0]];
  const isOn = first <= shown.at(-1) && shown[0] <= last;
  const from = isOn && first < shown[0] ? shown[0] : first;
  const stays = isOn ? from : shown[0];
  const shift = daysBetween(from, isWeek() ? shown[Math.floor(start / DAY_COLUMNS)] : stays);
  return [later(first, shift), later(last, shift)];
}

export function nearest({ start, length, step, hasHours, was }) {
  if (hasHours) {
    const kept = Math.min(Math.max(length, Math.min(step, was.length)), columns());
    return { start: Math.min(Math.max(start, 0), columns() - kept), length: kept };
  }
  if (!isWeek()) return was;
  const [day, first] = [start, was.start].map((column) => Math.floor(column / DAY_COLUMNS));
  const last = columns() / DAY_COLUMNS - 1;
  const shift = (Math.min(Math.max(day, 0), last) - first) * DAY_COLUMNS; // the hours within the day stay
  return { start: was.start + shift, length: Math.min(was.length, columns() - was.start - shift) };
}

// A place in words: the seat with the hours, or with the day as in the heading of the board.
export function wordsOf({ row, start, length, hasHours }) {
  const head = isWeek() && find(`.board-head .s${start - (start % DAY_COLUMNS)}`);
  const day = head && head.textContent.replace(/\s+/g, " ").trim();
  const hours = hasHours ? `${clock(start)}–${clock(start + length)}` : day;
  return [row.dataset.label, hours].filter(Boolean).join(", ");
}

// A narrow board begins with the present hour or day, of another day with that of the first booking; who stays for all
// of it is there anyway.
export function showHours() {
  if (!board()) return;
  const schedule = find(".schedule"), leftOf = (one) => one.getBoundingClientRect().left;
  const cells = findAll(".board-row > :has(> .bar)").filter((cell) => placeOf(cell).length < columns());
  const [head, ...marks] = findAll(".board-head > *");
  const at = Math.min(...(find(".now-line line") ? findAll(".now-line line") : cells).map(leftOf));
  const mark = marks.filter((one) => leftOf(one) <= at + 1).at(-1);
  if (mark && at < Infinity) schedule.scrollLeft += leftOf(mark) - leftOf(schedule) - head.offsetWidth;
}

// Nothing is sent twice for a thousand bars: the ticket of a bar is in its URL, the seat of
// a row in its head.
export function nameBoard() {
  for (const bar of findAll(".bar[href*='&ticket=']")) {
    bar.id = `ticket-${new URLSearchParams(bar.search).get("ticket")}`;
  }
  for (const row of findAll(".board-row[data-seat]")) row.dataset.label = row.firstElementChild.textContent;
}

nameBoard();
document.addEventListener("htmx:afterSwap", nameBoard);

// The parking strip: bars that are taken off the board while a day is rearranged, and those put down elsewhere since.
// All of it is a picture: nothing is saved before the dialog of the rearrangement, and leaving the page forgets it.
import { board, clock, daysOf, placeOf } from "./calendar-board.js";
import { barOfCard, begin, moved, putBack, release, tell } from "./calendar-moving.js";
import { find, findAll, onClick } from "./dom.js";
import { areLettersOff } from "./shortcuts.js";

const strip = find("#strip");
const list = find("[data-strip-list]", strip);
const arranged = new Map(); // bar → where it belongs, and where it is put
const refused = new Map(); // bar → why the dialog says that it does not fit where it is put
let isLeaving = false;

export const originOf = (bar) => arranged.get(bar);

export function isOver(x, y) {
  const { left, right, top, bottom } = strip.getBoundingClientRect();
  const isInside = left <= x && x < right && top <= y && y < bottom;
  strip.toggleAttribute("data-over", isInside);
  return isInside;
}

const isParked = (bar) => list.contains(bar);
const placed = () => [...arranged.keys()].filter((bar) => !isParked(bar));

function show() {
  const count = placed().length;
  strip.hidden = !board() || !(arranged.size || moved);
  strip.toggleAttribute("data-empty", !list.children.length);
  for (const button of findAll("[data-strip-moving]", strip)) button.hidden = !moved;
  for (const button of findAll("[data-strip-arranged]", strip)) button.hidden = moved || !arranged.size;
  find("[data-strip-ask]", strip).disabled = !count;
  find("[data-strip-count]", strip).textContent = count || "";
}

// What a bar says of its hours follows where it is put.
function rewrite(bar, hours) {
  const words = find("small", bar);
  words.textContent = words.textContent.replace(/^\d+:\d+–\d+:\d+/, hours);
}

const hoursOf = ({ start, length, hasHours }) => (hasHours ? `${clock(start)}–${clock(start + length)}` : "$&");

// The cell that a bar has left: free for now, so that others can be put there.
function leave({ row, next, start, length }) {
  const cell = document.createElement("span");
  cell.role = "gridcell";
  cell.className = `s${start} w${length}`;
  cell.innerHTML = '<a class="slot" tabindex="-1" data-freed></a>';
  cell.firstChild.textContent = strip.dataset.freed;
  row.insertBefore(cell, next?.parentElement === row ? next : null);
  return cell;
}

const noteOf = (bar) => find(".bar-refusal", bar.parentElement);

function forgetRefusal(bar) {
  noteOf(bar)?.remove();
  bar.removeAttribute("aria-describedby");
}

function sayBeside(bar, text) {
  forgetRefusal(bar);
  const note = document.createElement("small");
  note.className = "bar-refusal";
  note.id = `${bar.id}-refused`;
  note.textContent = text;
  bar.after(note);
  bar.setAttribute("aria-describedby", note.id);
}

function remember(bar, origin) {
  if (!arranged.has(bar)) arranged.set(bar, { ...origin, hasHours: !bar.dataset.days, freed: leave(origin) });
  return arranged.get(bar);
}

function restore(bar) {
  const { start, length, freed } = arranged.get(bar);
  rewrite(bar, hoursOf(arranged.get(bar)));
  const cell = bar.parentElement;
  cell.className = `s${start} w${length}`;
  cell.role = "gridcell";
  delete cell.dataset.put;
  freed.replaceWith(cell);
  arranged.delete(bar);
}

export function park(bar) {
  forgetRefusal(bar);
  const cell = bar.parentElement;
  const { home, next, was } =
    moved?.bar === bar ? release() : { home: cell.parentElement, next: cell.nextSibling, was: placeOf(cell) };
  putBack();
  const { start, length } = remember(bar, { row: home, next, ...was });
  rewrite(bar, hoursOf(arranged.get(bar)));
  cell.className = `s${start} w${length}`;
  cell.role = "listitem";
  delete cell.dataset.put;
  list.append(cell);
  show();
  bar.focus({ preventScroll: true });
  tell(strip.dataset.told);
}

const isPlaceTaken = (bar) => {
  const { row, start, length } = arranged.get(bar);
  const meets = ({ put }) => put.row === row && put.start < start + length && start < put.start + put.length;
  return placed().some((other) => other !== bar && meets(arranged.get(other)));
};

// What the dialog has refused goes back to its place, or to the strip where others are put there by now.
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id !== "dialog") return;
  refused.clear();
  for (const notice of findAll("[data-refused]", detail.target)) {
    const bar = document.getElementById(notice.dataset.refused);
    if (arranged.has(bar)) refused.set(bar, notice.textContent.trim());
  }
});
find("#dialog").addEventListener("close", () => {
  for (const [bar, text] of refused) {
    if (isPlaceTaken(bar)) park(bar);
    else restore(bar);
    sayBeside(bar, text);
  }
  if (!refused.size) return;
  show();
  const [[first]] = refused;
  first.focus({ preventScroll: true });
  first.scrollIntoView({ block: "nearest", inline: "nearest" });
  tell([...refused].map(([bar, text]) => `${find("b", bar).textContent}: ${text}`).join(" "));
  refused.clear();
});

// Where others are parked or put down, a bar that is put somewhere waits there for them.
document.addEventListener("calendar:put", (event) => {
  if (!arranged.size) return;
  event.preventDefault();
  const { bar, cell, row, start, length, home, next, was, hasHours } = release();
  const origin = remember(bar, { row: home, next, ...was });
  forgetRefusal(bar);
  cell.dataset.put = "";
  rewrite(bar, hoursOf({ start, length, hasHours }));
  Object.assign(origin, { put: { bar, row, start, length, hasHours, was: { start: origin.start } } });
  if (row === origin.row && start === origin.start && length === origin.length) restore(bar);
  show();
  bar.focus({ preventScroll: true });
  if (placed().length && !list.children.length) ask();
});
document.addEventListener("calendar:moving", show);

function ask() {
  const asked = new URLSearchParams();
  for (const bar of placed()) {
    const { put } = arranged.get(bar);
    const [day] = daysOf(put);
    const hours = put.hasHours ? [clock(put.start), clock(put.start + put.length)] : ["", ""];
    asked.append("move", [bar.id.replace("ticket-", ""), day, ...hours, put.row.dataset.seat ?? ""].join("|"));
  }
  asked.append("next", board().dataset.next);
  const url = `${strip.dataset.rearrangeUrl}?${asked}`;
  return htmx.ajax("GET", url, { target: "#dialog", swap: "innerHTML", source: find("[data-strip-ask]", strip) });
}

function pick(bar) {
  begin(bar, originOf(bar));
  bar.focus({ preventScroll: true });
}

// While tickets are rearranged a bar is picked up instead of opened: its page would forget the rest.
document.addEventListener("click", (event) => {
  const bar = arranged.size && !find("dialog[open]") && event.target.closest?.(".bar[href]");
  if (!bar) return;
  event.preventDefault();
  event.stopPropagation();
  if (bar.matches("[data-movable]") && moved?.bar !== bar) pick(bar);
}, true);

document.addEventListener("keydown", (event) => {
  const { target, key, code } = event;
  if (find("dialog[open]") || event.ctrlKey || event.metaKey || event.altKey) return;
  const bar = target.matches?.(".bar") ? target.closest("[data-movable]") : barOfCard();
  if (code === "KeyP" && bar && board() && !isParked(bar) && !areLettersOff(event)) park(bar);
  else if (!moved && isParked(target) && (key === "Enter" || code === "KeyM")) pick(target);
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

onClick("[data-park]", () => { const bar = moved?.bar ?? barOfCard(); if (bar) park(bar); });
onClick("[data-strip-give-up]", putBack);
onClick("[data-strip-ask]", ask);
onClick("[data-strip-return]", () => {
  putBack();
  const [first] = arranged.keys();
  for (const bar of [...arranged.keys()]) restore(bar);
  for (const note of findAll(".bar-refusal")) forgetRefusal(note.previousElementSibling);
  show();
  first?.focus({ preventScroll: true });
});

// Another day or filter: what was taken off is on the board again.
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id !== "calendar" || !arranged.size) return;
  arranged.clear();
  list.replaceChildren();
  show();
  tell(strip.dataset.back);
});
document.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
  isLeaving = Boolean(detail.xhr.getResponseHeader("HX-Redirect"));
});
window.addEventListener("beforeunload", (event) => {
  if (arranged.size && !isLeaving) event.preventDefault();
});

// The parking strip: tickets taken off the board while days are rearranged, and those put down elsewhere.
// It is only a picture: nothing is saved before the dialog of the rearrangement, and leaving the page discards it.
// The board may be redrawn in between, even for another day: tickets are identified by number, not by their bars.
import {
  QUARTER, board, clock, clockAt, columnsOf, daysOf, hasHoursOn, isShown, minutes, placeOf, rowFor, wordsOf,
} from "./calendar-board.js";
import { barOfCard, begin, lend, moved, numberOf, putBack, release, tell } from "./calendar-moving.js";
import { find, findAll, onClick } from "./dom.js";
import { areLettersOff } from "./shortcuts.js";

const strip = find("#strip");
const list = find("[data-strip-list]", strip);
const askButton = find("[data-strip-ask]", strip);
const arranged = new Map(); // id of a bar → its cell of ours, the cell it has left, and where it is put
let refused = []; // those that do not fit where they are put, each with what the dialog says of it
let asked = 0; // how often the strip was asked for: the answer to anything but the last is too late

const barOf = ({ cell }) => find(".bar", cell);
const ours = (bar) => arranged.get(bar?.id);
const isParked = (bar) => list.contains(bar);
const all = () => [...arranged.values()];
const placed = () => all().filter(({ put }) => put);

// Where a ticket of the strip is placed on the board.
function rowOf(bar) {
  const one = ours(bar);
  return one && rowFor(one.put ?? one);
}

function canBegin(bar) {
  if (!isParked(bar) || rowOf(bar)) return true;
  tell(strip.dataset.nowhere);
  return false;
}

function show() {
  const count = placed().length;
  strip.hidden = !arranged.size && !moved;
  strip.toggleAttribute("data-empty", !list.children.length);
  for (const button of findAll("[data-strip-moving]", strip)) button.hidden = !moved;
  for (const button of findAll("[data-strip-arranged]", strip)) button.hidden = moved || !arranged.size;
  askButton.disabled = !count;
  find("[data-strip-count]", strip).textContent = count || "";
}

// The cell that a bar has left: free for now, so that others can be put there.
function leave(one, cell) {
  const freed = find("template", strip).content.firstElementChild.cloneNode(true);
  freed.className = cell.className;
  cell.replaceWith(freed);
  Object.assign(one, { left: cell, freed });
}

function takeOff(bar) {
  const cell = bar.parentElement;
  const { seat = "", service = cell.parentElement.parentElement.dataset.service } = cell.parentElement.dataset;
  const { start, length } = placeOf(cell);
  const hours = hasHoursOn(bar) ? [clock(start), clock(start + length)] : null;
  const one = { id: bar.id, cell: cell.cloneNode(true), seat, service, hours, version: "" };
  barOf(one).removeAttribute("tabindex");
  leave(one, cell);
  arranged.set(bar.id, one);
  return one;
}

function placeOfPut({ cell, put }) {
  if (put.board === board()) return put;
  const row = isShown(put.day) && rowFor(put);
  if (!row || (row.dataset.seat ?? "") !== put.seat) return null;
  return { row, ...columnsOf(find(".bar", cell), put) };
}

// Places a ticket where it is moved to, if that is on this board, else on the strip.
function lay(one) {
  const { cell, put } = one;
  const bar = barOf(one);
  const place = board() && put && placeOfPut(one);
  const { start, length } = place || (board() && bar.dataset.week ? columnsOf(bar) : placeOf(cell));
  cell.className = `s${start} w${length}`;
  cell.role = place ? "gridcell" : "listitem";
  cell.toggleAttribute("data-put", Boolean(place));
  const there = place ? place.row : list;
  if (cell.parentElement !== there) there.append(cell);
  const when = find("small span", bar);
  if (when) when.textContent = put ? [!place && strip.dataset.put, put.words].filter(Boolean).join(" ") : one.words;
  return one;
}

// The dialog that is on its way asks about what lay elsewhere.
const unask = () => htmx.trigger(askButton, "htmx:abort");

function restore(one) {
  unask();
  one.cell.remove();
  one.freed?.replaceWith(one.left);
  arranged.delete(one.id);
  return one.freed && barOf({ cell: one.left });
}

function forgetRefusal(bar) {
  unask();
  find(".bar-refusal", bar.parentElement)?.remove();
  bar.removeAttribute("aria-describedby");
}

function sayBeside(bar, text) {
  forgetRefusal(bar);
  const words = document.createElement("small");
  words.className = "bar-refusal";
  words.id = `${bar.id}-refused`;
  words.textContent = text;
  bar.after(words);
  bar.setAttribute("aria-describedby", words.id);
}

function settle(isUnattended) {
  show();
  refresh(isUnattended);
  document.dispatchEvent(new Event("calendar:settled"));
}

// Takes a bar off the board, unless it is off already, and places it where it is moved to.
function keep(bar, put) {
  if (moved?.bar === bar && ours(bar)) release();
  else putBack();
  forgetRefusal(bar);
  return lay(Object.assign(ours(bar) ?? takeOff(bar), { put }));
}

function park(bar) {
  const one = keep(bar, null);
  settle();
  barOf(one).focus({ preventScroll: true });
  tell(strip.dataset.told);
}

// If others are parked or put down, a bar that is put somewhere waits there for them.
document.addEventListener("calendar:put", (event) => {
  if (!arranged.size) return;
  event.preventDefault();
  const { bar, row, start, length, hasHours } = moved;
  const [day] = daysOf(moved);
  const words = `${wordsOf(moved)}, ${day.split("-").reverse().join(".")}`;
  const hours = hasHours ? [clock(start), clock(start + length)] : null;
  const { seat = "" } = row.dataset;
  const { service } = row.parentElement.dataset;
  const one = keep(bar, { board: board(), row, start, length, day, hours, words, seat, service });
  const stays = one.freed?.parentElement === row && one.freed.className === `s${start} w${length}`;
  const shown = stays ? restore(one) : barOf(one);
  settle();
  shown.focus({ preventScroll: true });
  if (placed().length && all().every((other) => other.put || !barOf(other).matches("[data-movable]"))) ask();
});
document.addEventListener("calendar:moving", () => {
  if (moved) forgetRefusal(moved.bar);
  show();
});

// A bar may begin between two columns: its hours are changed by as many columns as it was moved. Until the server has
// sent the hours of a ticket, they are the columns it has left.
function hoursPut({ put: { hours }, cell, hours: left }) {
  if (!hours) return ["", ""];
  const own = (find(".bar", cell).dataset.hours?.split(" ") ?? left).map(minutes);
  const moves = hours.map((one, end) => Math.round((minutes(one) - own[end]) / QUARTER) * QUARTER);
  return moves.some(Boolean) ? own.map((one, end) => clockAt(one + moves[end])) : ["", ""];
}

function ask() {
  const move = placed().map((one) => [numberOf(one), one.put.day, ...hoursPut(one), one.put.seat].join("|"));
  const next = board() ? board().dataset.next + numberOf(placed()[0]) : location.pathname + location.search;
  const url = `${strip.dataset.rearrangeUrl}?${new URLSearchParams({ next })}`;
  // A failure is told by failed-requests.js.
  htmx.ajax("POST", url, { values: { move }, target: "#dialog", swap: "innerHTML", source: askButton }).catch(() => {});
}

// The server sends the tickets as they are now; a note about a change, once shown, stays.
async function refresh(isUnattended) {
  const turn = ++asked;
  if (!arranged.size) return;
  const query = new URLSearchParams(location.search);
  for (const one of all()) query.append("parked", numberOf(one) + one.version);
  const headers = { "HX-Request": "true", ...(isUnattended && { "X-Unattended": "1" }) };
  try {
    const answer = await fetch(`${strip.dataset.url}?${query}`, { headers });
    const html = answer.status === 200 && await answer.text();
    if (html && turn === asked) redraw(html);
  } catch {
    // no network: the next time tells
  }
}

function redraw(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const said = [];
  for (const bar of findAll(".bar", template.content)) {
    const one = ours(bar);
    if (!one) continue; // it has been put back since
    adopt(one, bar);
    const text = find(".strip-note", one.cell)?.textContent;
    if (text && text !== one.told) said.push(`${find("b", barOf(one)).textContent}: ${text}`);
    one.told = text;
  }
  show();
  if (said.length) tell(said.join(" "));
}

// The bar element is kept: it may have the focus, or be moving.
function adopt(one, { attributes, childNodes, nextElementSibling, dataset }) {
  const bar = barOf(one);
  for (const { name, value } of attributes) bar.setAttribute(name, value);
  for (const name of bar.getAttributeNames()) {
    if (!attributes[name] && name !== "aria-describedby") bar.removeAttribute(name);
  }
  const { seat, service } = dataset;
  if (!one.version) Object.assign(one, { version: `.${dataset.version}`, seat, service });
  bar.replaceChildren(...childNodes);
  one.words = find("small span", bar).textContent;
  find(".strip-note", one.cell)?.remove();
  if (nextElementSibling) one.cell.append(nextElementSibling);
  if (!("movable" in dataset)) one.put = null;
  if (moved?.bar !== bar) lay(one);
}

// Another day, other filters, or changes by somebody else: parked tickets are taken off the new board as well.
function layOut(isUnattended) {
  for (const one of all()) {
    const bar = find(`#calendar #${one.id}`);
    Object.assign(one, { freed: null, left: null });
    if (bar) leave(one, bar.parentElement);
  }
  all().forEach(lay);
  settle(isUnattended);
}

document.addEventListener("calendar:drawn", () => layOut(true)); // nobody has asked for it
const isPlaceTaken = ({ id, freed }) => {
  if (!freed) return true; // nobody would see it there
  const { start, length } = placeOf(freed);
  const meets = (place) => place?.row === freed.parentElement
    && place.start < start + length && start < place.start + place.length;
  return placed().some((other) => other.id !== id && meets(placeOfPut(other)));
};

// Bars refused by the dialog go back to their place, or to the strip if that place is taken by now.
document.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
  if (target.id === "calendar" && arranged.size) layOut();
  if (target.id !== "dialog") return;
  refused = findAll("[data-refused]", target).map((it) => [arranged.get(it.dataset.refused), it.textContent.trim()]);
});
find("#dialog").addEventListener("close", () => {
  const said = [];
  let first = null;
  for (const [one, text] of refused) {
    if (!one) continue; // it has been put back since
    one.put = null;
    const bar = isPlaceTaken(one) ? barOf(lay(one)) : restore(one);
    sayBeside(bar, text);
    said.push(`${find("b", bar).textContent}: ${text}`);
    first ??= bar;
  }
  if (!first) return;
  refused = [];
  settle();
  first.focus({ preventScroll: true });
  first.scrollIntoView({ block: "nearest", inline: "nearest" });
  tell(said.join(" "));
});

function pick(bar) {
  if (!canBegin(bar)) return;
  begin(bar, rowOf(bar));
  bar.focus({ preventScroll: true });
}

// While tickets are rearranged a bar is picked up instead of opened: its page would discard the rest.
document.addEventListener("click", (event) => {
  const bar = arranged.size && !find("dialog[open]") && event.target.closest?.(".bar[href]");
  if (!bar) return;
  event.preventDefault();
  event.stopPropagation();
  if (bar.matches("[data-movable]")) return moved?.bar !== bar && pick(bar);
  const one = ours(bar);
  if (!one) return;
  // A ticket that can no longer be moved leaves the strip by a click; the board shows it if it is there.
  restore(one);
  settle();
  find(".bar", list)?.focus();
}, true);

document.addEventListener("keydown", (event) => {
  const { target, key, code } = event;
  if (find("dialog[open]") || event.ctrlKey || event.metaKey || event.altKey) return;
  const bar = target.matches?.(".bar") ? target.closest("[data-movable]") : barOfCard();
  if (code === "KeyP" && bar && board() && !isParked(bar) && !areLettersOff(event)) park(bar);
  else if (!moved && target === bar && isParked(bar) && (key === "Enter" || code === "KeyM")) pick(bar);
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

onClick("[data-park]", () => { const bar = moved?.bar ?? barOfCard(); if (bar) park(bar); });
onClick("[data-strip-give-up]", putBack);
onClick("[data-strip-ask]", ask);
onClick("[data-strip-return]", () => {
  putBack();
  const [first] = all().map(restore).filter(Boolean);
  for (const words of findAll(".bar-refusal")) forgetRefusal(words.previousElementSibling);
  settle();
  first?.focus({ preventScroll: true });
});

lend({ canBegin, park, rowOf, sayBeside });

// The editor of a seat plan. The rows of the list are what is sent; this draws them and changes them
// by mouse, touch and keys. Every change can be undone. Without a script the list alone is edited.
import { find, findAll } from "./dom.js";
import { draw } from "./seat-plan-drawing.js";
import { fill, read, write } from "./seat-plan-rows.js";
import { areLettersOff } from "./shortcuts.js";

const form = find("[data-plan]");
const svg = find("[data-plan-svg]");
const WIDTH = 84, HEIGHT = 62, UNIT = 10, GRID = 2, FINE = 1, TURN = 15;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const SIZES = { table: [14, 2], wall: [20, 1], door: [8, 8], text: [10, 2] };
const undone = [], done = [];
const chosen = new Set();
let things = read(form);
let isSending = false;

const word = (name) => form.dataset[`word${name[0].toUpperCase()}${name.slice(1)}`];
const picked = () => things.filter((thing) => chosen.has(thing.key));
const isSeat = (thing) => thing.kind === "seat";
const within = (value, least, most) => Math.min(Math.max(value, least), most);

function labelsTwice() {
  const labels = things.filter(isSeat).map((thing) => thing.label.trim());
  return [...new Set(labels.filter((label, at) => labels.indexOf(label) !== at))];
}

function showSide() {
  const some = picked();
  const [one] = some;
  const isItem = some.length === 1 && !isSeat(one);
  find("[data-plan-count]").textContent = some.length;
  find("[data-plan-names]").textContent = some.map((thing) => thing.label || word(thing.kind)).join(", ");
  find("[data-plan-warn]").hidden = !some.some((thing) => thing.isSold);
  find("[data-plan-seats]").hidden = !some.some(isSeat);
  find("[data-plan-item]").hidden = !isItem;
  find("[data-plan-remove]").hidden = !some.length || some.every((thing) => thing.isSold);
  if (isItem) showFields(one);
  const twice = labelsTwice();
  find("[data-plan-twice]").hidden = !twice.length;
  find("[data-plan-twice] b").textContent = twice.join(", ");
}

function showFields(item) {
  for (const field of findAll("[data-plan-field]")) {
    const value = item[field.dataset.planField];
    if (field.type === "checkbox") field.checked = value;
    else field.value = value ?? "";
  }
  const own = item.kind === "picture" ? "picture" : "words";
  for (const part of findAll("[data-plan-of]")) part.hidden = part.dataset.planOf !== own;
}

function valueOf(field) {
  if (field.type === "checkbox") return field.checked;
  return field.type === "number" ? within(Number(field.value), field.min, field.max) : field.value;
}

function show() {
  const focused = document.activeElement?.dataset.key;
  draw(svg, things, { chosen, word });
  if (focused) find(`[data-key="${focused}"]`, svg)?.focus();
  const undo = find("[data-plan-undo]");
  undo.disabled = !done.length;
  find("span", undo).textContent = done.length ? word(done.at(-1).name) : undo.dataset.name;
  find("[data-plan-redo]").disabled = !undone.length;
  find("[data-plan-dirty]").hidden = !done.length;
  showSide();
}

function restore(from, to) {
  const { name, before } = from.pop();
  to.push({ name, before: structuredClone(things) });
  things = before;
  for (const key of chosen) if (!things.some((thing) => thing.key === key)) chosen.delete(key);
  write(form, things);
  show();
}

// One change of the plan; `name` is the label for undoing it.
function change(name, act) {
  const before = structuredClone(things);
  act();
  write(form, things);
  done.push({ name, before });
  undone.length = 0;
  show();
}

function moveBy(some, dx, dy) {
  for (const thing of some) {
    const edge = isSeat(thing) ? 2 : 0;
    thing.x = within(thing.x + dx, edge, WIDTH - edge);
    thing.y = within(thing.y + dy, edge, HEIGHT - edge);
  }
}

function turn(by) {
  if (!chosen.size) return;
  change("turn", () => picked().forEach((thing) => { thing.turn = (thing.turn + by + 360) % 360; }));
}

function remove() {
  const free = picked().filter((thing) => !thing.isSold);
  if (!free.length) return;
  change("remove", () => {
    for (const thing of free) {
      if (isSeat(thing) && thing.isStored) thing.isActive = !thing.isActive;
      else thing.isGone = true;
    }
    things = things.filter((thing) => thing.isStored || !thing.isGone);
  });
}

function add(kind) {
  const [width, height] = SIZES[kind] ?? [4, 4];
  const key = `new-${Date.now()}`;
  const near = picked().at(-1);
  const x = near ? within(near.x + width + 1, 2, WIDTH - 2) : WIDTH / 2;
  const y = near ? near.y : HEIGHT / 2;
  const label = kind === "seat" ? nextLabel(near) : "";
  change("add", () => {
    const text = kind === "text" ? word("text") : "";
    things.push({ key, kind, label, text, x, y, width, height, turn: 0, isActive: true });
    chosen.clear();
    chosen.add(key);
  });
  find(`[data-key="${key}"]`, svg).focus();
}

// The first number with the letters of the seat nearby that is free.
function nextLabel(near) {
  const labels = new Set(things.filter(isSeat).map((thing) => thing.label));
  const [, letters] = /^(.*?)\d*$/.exec(near?.label || things.findLast(isSeat)?.label || "A");
  let number = 1;
  while (labels.has(`${letters}${number}`)) number += 1;
  return `${letters}${number}`;
}

function number(order) {
  const seats = picked().filter(isSeat);
  if (!seats.length) return;
  const [first, second] = order === "columns" ? ["x", "y"] : ["y", "x"];
  seats.sort((one, other) => one[first] - other[first] || one[second] - other[second]);
  const letters = find("#plan-prefix").value.trim();
  const [from, step] = ["#plan-from", "#plan-step"].map((id) => Number(find(id).value) || 1);
  change("number", () => seats.forEach((seat, at) => { seat.label = `${letters}${from + at * step}`; }));
}

function choose(key, isMore) {
  if (isMore && chosen.has(key)) {
    chosen.delete(key);
  } else {
    if (!isMore) chosen.clear();
    chosen.add(key);
  }
  const seat = picked().find(isSeat);
  if (seat && !isMore) {
    const [, letters, from] = /^(.*?)(\d*)$/.exec(seat.label);
    find("#plan-prefix").value = letters;
    find("#plan-from").value = from || 1;
  }
}

// The mouse cannot reach the picture, which lies under everything.
function pick(kind) {
  const thing = things.find((one) => one.kind === kind && !one.isGone);
  if (!thing) return;
  choose(thing.key, false);
  show();
  find(`[data-key="${thing.key}"]`, svg).focus();
}

// The position of the pointer, in units of the plan.
function spot({ clientX, clientY }) {
  const point = new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM().inverse());
  return [point.x / UNIT, point.y / UNIT];
}

function drag(start) {
  const [startX, startY] = spot(start);
  const before = structuredClone(things);
  const from = new Map(picked().map((thing) => [thing.key, [thing.x, thing.y]]));
  const follow = (event) => {
    const step = event.shiftKey ? FINE : GRID;
    const [dx, dy] = spot(event).map((at, axis) => Math.round((at - [startX, startY][axis]) / step) * step);
    for (const thing of picked()) [thing.x, thing.y] = from.get(thing.key);
    moveBy(picked(), dx, dy);
    draw(svg, things, { chosen, word });
  };
  const drop = () => {
    svg.removeEventListener("pointermove", follow);
    const isMoved = picked().some((thing) => String(from.get(thing.key)) !== String([thing.x, thing.y]));
    const moved = things;
    things = before;
    if (isMoved) change("move", () => { things = moved; });
    else show();
  };
  svg.addEventListener("pointermove", follow);
  svg.addEventListener("pointerup", drop, { once: true });
  svg.addEventListener("lostpointercapture", () => svg.removeEventListener("pointermove", follow), { once: true });
  svg.setPointerCapture(start.pointerId);
}

function pressOn(key, event) {
  if (event.key in ARROWS) {
    if (!chosen.has(key)) choose(key, false);
    const [dx, dy] = ARROWS[event.key].map((way) => way * (event.shiftKey ? FINE : GRID));
    change("move", () => moveBy(picked(), dx, dy));
  } else if (event.code === "Space" || (event.key === "Enter" && !event.ctrlKey && !event.metaKey)) {
    choose(key, event.code === "Space");
    show();
  } else if (event.key === "Delete" || event.key === "Backspace") {
    if (!chosen.has(key)) choose(key, false);
    remove();
  } else {
    return false;
  }
  return true;
}

// True if the key was for the plan.
function press(event) {
  const isTyping = event.target.matches("input,select,textarea");
  const isCommand = event.ctrlKey || event.metaKey;
  if (isCommand && !isTyping && (event.code === "KeyZ" || event.code === "KeyY")) {
    const isRedo = event.shiftKey || event.code === "KeyY";
    if (isRedo && undone.length) restore(undone, done);
    if (!isRedo && done.length) restore(done, undone);
    return true;
  }
  const key = event.target.dataset?.key;
  if (key && pressOn(key, event)) return true;
  if (areLettersOff(event)) return false;
  if (event.code !== "KeyR" && event.code !== "KeyU") return false;
  if (key && !chosen.size) choose(key, false);
  if (event.code === "KeyR") turn(event.shiftKey ? -TURN : TURN);
  else number("rows");
  return true;
}

svg.addEventListener("pointerdown", (event) => {
  const key = event.target.closest("[data-key]")?.dataset.key;
  event.preventDefault();
  if (!key) chosen.clear();
  else if (event.shiftKey || event.ctrlKey || !chosen.has(key)) choose(key, event.shiftKey || event.ctrlKey);
  show();
  if (!key) return;
  find(`[data-key="${key}"]`, svg).focus();
  drag(event);
});

document.addEventListener("keydown", (event) => {
  if (press(event)) event.preventDefault();
}, true);

form.addEventListener("click", ({ target }) => {
  const button = target.closest("button[type=button]");
  if (!button) return;
  const { planAdd, planChoose, planTurn, planNumber, planUndo, planRedo, planRemove } = button.dataset;
  if (planAdd) add(planAdd);
  else if (planChoose) pick(planChoose);
  else if (planTurn) turn(Number(planTurn));
  else if (planNumber !== undefined) number(planNumber || "rows");
  else if (planUndo !== undefined) restore(done, undone);
  else if (planRedo !== undefined) restore(undone, done);
  else if (planRemove !== undefined) remove();
});

form.addEventListener("change", ({ target }) => {
  const name = target.dataset.planField;
  if (name) {
    const [item] = picked();
    change("change", () => { item[name] = valueOf(target); });
  } else if (target.closest("[data-plan-rows]")) {
    const before = things;
    things = fill(form, structuredClone(things));
    done.push({ name: "change", before });
    undone.length = 0;
    show();
  }
});

form.addEventListener("submit", () => { isSending = true; });
window.addEventListener("beforeunload", (event) => {
  if (done.length && !isSending) event.preventDefault();
});

const undoButton = find("[data-plan-undo]");
undoButton.dataset.name = find("span", undoButton).textContent;
find("[data-plan-list]").open = Boolean(find("[data-plan-list] .error"));
show();

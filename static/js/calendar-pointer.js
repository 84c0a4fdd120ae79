// Moves a bar by mouse: it is dragged. By touch: a long press picks it up, a tap on a free cell puts it down; a finger
// that moves before that scrolls as anywhere.
import { board, columns } from "./calendar-board.js";
import { begin, commit, draw, moved, putBack, strip } from "./calendar-moving.js";
import { find } from "./dom.js";

const FAR = 6; // pixels: less is a click
const EDGE = 8; // pixels at the end of a bar that change its length
const LONG = 500; // milliseconds of a press

let pressed = null; // a bar under the pressed pointer
let waiting = null; // the timer of a long press

function isOver(x, y) {
  const box = find("#strip");
  const { left, right, top, bottom } = box.getBoundingClientRect();
  const isInside = Boolean(strip) && left <= x && x < right && top <= y && y < bottom;
  box.toggleAttribute("data-over", isInside);
  return isInside;
}

// The click after a drag or a long press would open the card.
function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}

function swallowClick() {
  window.addEventListener("click", swallow, true);
  setTimeout(() => window.removeEventListener("click", swallow, true));
}

function forget() {
  clearTimeout(waiting);
  waiting = pressed = null;
}

document.addEventListener("pointerdown", (event) => {
  const bar = event.target.closest?.(".bar[data-movable]");
  if (!bar || !board() || moved || event.button || strip?.canBegin(bar) === false) return;
  const end = bar.getBoundingClientRect().right;
  const isTouch = event.pointerType !== "mouse";
  pressed = { bar, isTouch, x: event.clientX, y: event.clientY, isLength: end - event.clientX < EDGE };
  if (isTouch) waiting = setTimeout(pickUp, LONG);
});

function pickUp() {
  waiting = null;
  begin(pressed.bar, strip?.rowOf(pressed.bar));
  navigator.vibrate?.(10);
}

document.addEventListener("pointermove", ({ clientX, clientY }) => {
  if (!pressed) return;
  const isFar = Math.hypot(clientX - pressed.x, clientY - pressed.y) >= FAR;
  if (pressed.isTouch) return waiting && isFar ? forget() : undefined;
  if (!moved && !isFar) return;
  if (!moved) begin(pressed.bar, strip?.rowOf(pressed.bar));
  if (isOver(clientX, clientY)) return;
  const head = find("[role=rowheader]", moved.row).getBoundingClientRect().right;
  const column = (moved.row.getBoundingClientRect().right - head) / columns();
  const shift = Math.round((clientX - pressed.x) / column / moved.step) * moved.step;
  if (pressed.isLength && moved.home === moved.row) return draw({ length: moved.was.length + shift });
  const over = moved.rows.find((row) => {
    const { top, bottom } = row.getBoundingClientRect();
    return top <= clientY && clientY < bottom;
  });
  const isFromStrip = !moved.home.matches(".board-row");
  const under = Math.floor((clientX - head) / column / moved.step) * moved.step;
  draw({ start: isFromStrip ? under : moved.was.start + shift, row: over ?? moved.row });
});

document.addEventListener("pointerup", ({ clientX, clientY }) => {
  if (pressed?.isTouch && moved) swallowClick();
  else if (pressed && moved) {
    swallowClick();
    const isParked = isOver(clientX, clientY);
    setTimeout(() => (isParked ? strip.park(moved.bar) : commit()));
  }
  forget();
});
document.addEventListener("pointercancel", () => {
  if (pressed && !pressed.isTouch) putBack();
  forget();
});
document.addEventListener("contextmenu", (event) => {
  if (pressed?.isTouch) event.preventDefault(); // the long press is ours
});
document.addEventListener("dragstart", (event) => {
  if (event.target.closest?.(".bar")) event.preventDefault(); // the link itself would be dragged
});

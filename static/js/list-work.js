// Rows of a list that can be ticked: by click, Shift+click for a range, Space or X on the row that J and K reach.
import { ROW_LINKS, find, findAll, onClick } from "./dom.js";
import "./export-link.js";
import "./list-return.js";
import { areLettersOff } from "./shortcuts.js";

const boxes = () => findAll("[data-bulk] [name=pk]");
let last = null;

function countTicked() {
  const all = boxes(), count = all.filter((box) => box.checked).length;
  const words = find("[data-ticked]"), head = find("[data-tick-all]");
  if (words) words.textContent = `${words.dataset.ticked}: ${count}`;
  if (!head) return;
  head.checked = count > 0 && count === all.length;
  head.indeterminate = count > 0 && !head.checked;
}

onClick("[data-bulk] [name=pk]", (box, event) => {
  const all = boxes();
  if (event.shiftKey && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    all.slice(from, to + 1).forEach((one) => { one.checked = box.checked; });
  }
  last = box;
  countTicked();
});

onClick("[data-tick-all]", (head) => {
  boxes().forEach((box) => { box.checked = head.checked; });
  countTicked();
});

document.addEventListener("keydown", (event) => {
  const isTick = event.code === "Space" || (event.code === "KeyX" && !areLettersOff(event));
  const row = isTick && event.target.closest?.(ROW_LINKS)?.closest("[data-bulk] tr");
  const box = row && find("[name=pk]", row);
  if (!box) return;
  event.preventDefault();
  box.click();
});

// The browser keeps the ticks of a restored page.
window.addEventListener("pageshow", countTicked);
document.addEventListener("htmx:afterSwap", countTicked);

// With an open card, its row has the focus, and J and K continue from there. On a phone the card covers it.
const opened = find("[aria-selected=true] td:first-child > a");
if (matchMedia("(min-width: 1101px)").matches) opened?.focus({ preventScroll: true });

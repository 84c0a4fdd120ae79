// A box that ticks all boxes of a name.
import { find, findAll, onClick } from "./dom.js";

const boxesOf = (head) => findAll(`[name="${head.dataset.tickAll}"]`);

onClick("[data-tick-all]", (head) => boxesOf(head).forEach((box) => { box.checked = head.checked; }));

onClick("table [name]", (box) => {
  const head = find(`[data-tick-all="${box.name}"]`);
  if (head) head.checked = boxesOf(head).every((one) => one.checked);
});

// An answer describes the form as it was when its request was sent. What a person did since stays, and the server is
// asked again about it.
import { find, findAll } from "./dom.js";

const form = find("[data-order]");
const touched = new Map(); // name of a control → when it was last touched
const sent = new WeakMap(); // request → when it was sent
const swaps = new WeakMap(); // request → what its answer must not undo
let clock = 0;
let isAskingAgain = false;

const isChoice = (control) => /radio|checkbox/.test(control.type);
const touchedSince = (moment) => [...touched.keys()].filter((name) => touched.get(name) > moment);

function controlsOf(name) {
  return [...form.elements].filter((control) => control.name === name && control.type !== "hidden");
}

function stateOf(name) {
  const controls = controlsOf(name);
  const chosen = controls.filter((control) => isChoice(control) && control.checked).map(({ value }) => value);
  return { name, controls, chosen, value: controls[0]?.value };
}

// A choice that is no longer offered is left to the answer.
function restore({ name, chosen, value }) {
  const controls = controlsOf(name);
  const offered = controls.filter((control) => isChoice(control) && !control.disabled).map((control) => control.value);
  const canBeChosen = chosen.every((one) => offered.includes(one));
  for (const control of controls) {
    if (isChoice(control)) {
      if (canBeChosen) control.checked = chosen.includes(control.value);
    } else if (control.value !== value && (control.tagName !== "SELECT" || find(`[value="${value}"]`, control))) {
      control.value = value;
    }
  }
}

function askAgain(name) {
  const controls = controlsOf(name);
  const control = controls.find(({ checked }) => checked) ?? controls[0];
  isAskingAgain = true;
  for (const type of control ? ["input", "change"] : []) htmx.trigger(control, type);
  isAskingAgain = false;
}

// Not "change": a text field fires it when it is left, long after it was touched.
form.addEventListener("input", ({ target }) => {
  clock += 1;
  if (!isAskingAgain) touched.set(target.name, clock);
}, true);

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  sent.set(detail.xhr, clock);
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!detail.target.isConnected) {
    detail.shouldSwap = false; // another answer has replaced the place of this one
  } else if (form.contains(detail.target)) {
    swaps.set(detail.xhr, {
      states: touchedSince(sent.get(detail.xhr)).map(stateOf),
      opened: findAll("details[open] > summary", form).map(({ id }) => id),
      focused: document.activeElement,
      selected: [document.activeElement.selectionStart, document.activeElement.selectionEnd],
      swappedAt: clock,
    });
  }
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (!swaps.has(detail.xhr)) return;
  const { states, opened, focused, selected } = swaps.get(detail.xhr);
  states.forEach(restore);
  for (const id of opened) {
    const summary = document.getElementById(id);
    if (summary) summary.parentElement.open = true;
  }
  // htmx also restores the focus, but not inside a part that the person had opened and the answer has closed.
  if (focused.isConnected) return;
  const successor = document.getElementById(focused.id);
  successor?.focus({ preventScroll: true });
  if (successor && Number.isInteger(selected[0])) successor.setSelectionRange(...selected);
});

// htmx listens to the new controls from here on.
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const swap = swaps.get(detail.xhr);
  if (!swap) return;
  swaps.delete(detail.xhr);
  const { focused } = swap;
  if (form.contains(focused) && focused !== document.activeElement) focused.focus({ preventScroll: true });
  const replaced = swap.states.filter(({ controls }) => controls.some((control) => !control.isConnected));
  for (const name of new Set([...replaced.map(({ name }) => name), ...touchedSince(swap.swappedAt)])) askAgain(name);
});

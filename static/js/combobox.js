// Search for a person: the combobox pattern of WAI-ARIA, for inputs with [data-combo].
// htmx fetches the options into the list named in data-list; this moves through them and chooses one.
import { find, findAll } from "./dom.js";

const listOf = (input) => document.getElementById(input.dataset.list);
const optionsOf = (input) => findAll("[role=option]", listOf(input));

// The input whose list htmx has just filled, if the target of the swap is such a list.
const inputOf = (list) => list.matches(".listbox") && find(`[data-list="${list.id}"]`);

function activate(input, option) {
  for (const other of optionsOf(input)) other.setAttribute("aria-selected", other === option);
  input.setAttribute("aria-expanded", Boolean(option));
  if (option) input.setAttribute("aria-activedescendant", option.id);
  else input.removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
}

function closeList(input) {
  activate(input, null);
  listOf(input).replaceChildren();
}

// An answer to fewer letters than are typed by now would offer somebody else; the one to all of them follows.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const input = inputOf(detail.target);
  if (input && detail.requestConfig.parameters[input.name] !== input.value) detail.shouldSwap = false;
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  const input = inputOf(detail.target);
  if (!input) return;
  delete input.dataset.waiting;
  // A person who pressed Enter and moved on still wants the first match.
  if (document.activeElement === input || "take" in input.dataset) activate(input, optionsOf(input)[0]);
  else closeList(input);
});

// Enter was pressed before the answer came. Only now htmx knows the options: an earlier click would send the form.
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const input = inputOf(detail.target);
  if (!input || !("take" in input.dataset)) return;
  delete input.dataset.take;
  optionsOf(input)[0]?.click();
});

document.addEventListener("input", ({ target }) => {
  if (!target.dataset?.combo) return;
  const chosen = document.getElementById(target.dataset.combo);
  if (chosen) chosen.value = ""; // overwritten: nobody is chosen any more
  target.dataset.waiting = "";
  delete target.dataset.take;
}, true);

// What was typed before htmx came.
addEventListener("load", () => {
  const input = document.activeElement;
  if (input.dataset.combo && input.value !== input.defaultValue) htmx.trigger(input, "input");
});

document.addEventListener("focusout", ({ target, relatedTarget }) => {
  if (target.dataset?.combo && !listOf(target).contains(relatedTarget)) closeList(target);
});

// A click on an option counts, but the field keeps the focus.
document.addEventListener("mousedown", (event) => {
  if (event.target.closest(".listbox")) event.preventDefault();
});

// Returns whether the key was for the list.
function pressKey(key, input) {
  const options = optionsOf(input);
  const active = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const step = { ArrowDown: 1, ArrowUp: -1 }[key];
  if (step && options.length) {
    activate(input, options[(active + step + options.length) % options.length]);
  } else if (key === "Enter" && options[active] && !("waiting" in input.dataset)) {
    options[active].click();
  } else if (key === "Enter" && input.value) {
    input.dataset.take = ""; // the answer is pending: take its first option
  } else if (key === "Escape" && listOf(input).childElementCount) {
    closeList(input);
  } else {
    return false;
  }
  return true;
}

// In the capture phase, so that other shortcuts run later and see that the key is used.
document.addEventListener("keydown", (event) => {
  if (!event.target.dataset?.combo) return;
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") return; // saves the form
  if (pressKey(event.key, event.target)) event.preventDefault();
}, true);

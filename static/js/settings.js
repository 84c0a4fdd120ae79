// Settings: says which sections have been changed and are not saved, and asks before a page with such is left. Saving
// a section reloads the page, and what was typed in another one would be gone.
import { find, findAll } from "./dom.js";

const forms = findAll("form.setting");

// Of a file its name: to compare is all this is for.
const typed = (form) => JSON.stringify([...new FormData(form)].map(([name, value]) => [name, value.name ?? value]));

// What was refused is typed, and saved nowhere.
const saved = new Map(forms.map((form) => [form, find(".error,[role=alert]", form) ? "" : typed(form)]));
let sent;

const isUnsaved = (form) => typed(form) !== saved.get(form);

function mark(form) {
  const foot = find(".setting-foot", form);
  if (!foot) return; // it can be read alone
  const inList = find(`.settings-nav [href="#${form.id}"] .tone`);
  const isMarked = isUnsaved(form);
  for (const words of [find("[data-unsaved]", foot), inList]) if (words) words.hidden = !isMarked;
  find("[type=submit]", foot).dataset.variant = isMarked ? "primary" : "";
}

forms.forEach(mark);

document.addEventListener("input", ({ target }) => {
  const form = target.closest("form.setting");
  if (form) mark(form);
});

document.addEventListener("submit", ({ target }) => {
  sent = target;
});

addEventListener("beforeunload", (event) => {
  if (forms.some((form) => form !== sent && isUnsaved(form))) event.preventDefault();
  setTimeout(() => {
    sent = undefined; // whoever stays may leave another way
  });
});

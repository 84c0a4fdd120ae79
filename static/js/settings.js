// Settings: shows which sections have unsaved changes, and asks before leaving a page with any. Saving
// a section reloads the page, which would lose what was typed in another one.
import { find, findAll } from "./dom.js";

const forms = findAll("form.setting");

// For a file its name: this is only for comparing.
const typed = (form) => JSON.stringify([...new FormData(form)].map(([name, value]) => [name, value.name ?? value]));

// A refused section is typed but not saved.
const saved = new Map(forms.map((form) => [form, find(".error,[role=alert]", form) ? "" : typed(form)]));
let sent;

const isUnsaved = (form) => typed(form) !== saved.get(form);

function mark(form) {
  const foot = find(".setting-foot", form);
  if (!foot) return; // it is read-only
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
    sent = undefined; // somebody who stays may leave another way
  });
});

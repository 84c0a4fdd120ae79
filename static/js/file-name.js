// File fields in the language of the site: the browser's own one, in the browser's language, is hidden in a
// label that shows the chosen file.
import { find, findAll } from "./dom.js";

for (const label of findAll("[data-file]")) {
  const words = find("span", label);
  const field = find("[type=file]", label.closest(".field"));
  const empty = words.textContent;

  const show = () => {
    words.textContent = field.files[0]?.name ?? empty;
    label.toggleAttribute("data-on", Boolean(field.files.length));
  };

  field.classList.replace("input", "sr-only");
  label.append(field);
  field.addEventListener("change", show);
  show(); // a restored page keeps its file
}

// File fields in the language of the site: the browser's own, in the browser's language, goes out of sight into a
// label that says which file is chosen.
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
  show(); // a page that is come back to keeps its file
}

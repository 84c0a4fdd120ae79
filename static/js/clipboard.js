// Copies the text in data-copy, on a click on [data-copy], and confirms it on the button for two seconds.
import { onClick } from "./dom.js";

onClick("[data-copy]", async ({ dataset, lastElementChild: label }) => {
  if (!dataset.copy) return;
  try {
    await navigator.clipboard.writeText(dataset.copy);
  } catch {
    // Refused, or not a secure origin: let the person copy it by hand.
    prompt(label.textContent, dataset.copy);
    return;
  }
  dataset.label ||= label.textContent;
  label.textContent = dataset.copied;
  setTimeout(() => {
    label.textContent = dataset.label;
  }, 2000);
});

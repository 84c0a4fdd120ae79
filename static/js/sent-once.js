// Sends a form by its button [data-busy] once; its token keeps a second one from counting twice.
import { occupy } from "./busy.js";

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button?.dataset.busy) return;
  if (button.ariaDisabled) event.preventDefault();
  else occupy(button);
});

// Sends a form by its button [data-busy] only once; its token keeps a second request from counting twice.
import { occupy } from "./busy.js";

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button?.dataset.busy) return;
  if (button.ariaDisabled) event.preventDefault();
  else occupy(button);
});

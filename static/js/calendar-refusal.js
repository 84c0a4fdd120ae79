// A single bar refused by the dialog returns to its place when the dialog closes, with the reason next to it.
// For several, calendar-strip.js does this.
import { moved, strip, tell } from "./calendar-moving.js"; // whose bar is back before this is asked
import { find } from "./dom.js";

let refused = null;

document.addEventListener("htmx:afterSwap", () => {
  const text = moved && find("#dialog [data-refusal]")?.textContent.trim();
  refused = text && { bar: moved.bar, text };
});
find("#dialog").addEventListener("close", () => {
  if (!refused) return;
  strip?.sayBeside(refused.bar, refused.text);
  tell(refused.text);
  refused = null;
});

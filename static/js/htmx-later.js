// For pages that need htmx for nothing but their menus, a quarter of what a phone loads of them: it comes once somebody
// points at the button of a menu. Until then, and where it does not come, the link in the menu leads there.
import { find } from "./dom.js";

let pointed = null;

function load(event) {
  const button = event.target.closest?.("[popovertarget]");
  if (globalThis.htmx || !button || !find("[data-filled]", button.popoverTargetElement)) return;
  event.stopPropagation(); // menus.js listens for the same
  if (!pointed) {
    const script = document.createElement("script");
    script.src = find("[data-htmx]").dataset.htmx;
    script.onload = () => pointed.dispatchEvent(new Event("focusin", { bubbles: true }));
    document.head.append(script);
  }
  pointed = button;
}

for (const type of ["pointerover", "focusin", "click"]) addEventListener(type, load, true);

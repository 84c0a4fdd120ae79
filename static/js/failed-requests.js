// Says that the server did not answer, when an htmx request fails. What was typed stays.
import { find } from "./dom.js";

function showToast() {
  const template = find("#offline-toast");
  if (!template) return;
  // A toast would lie under an open dialog, so it is shown inside.
  const place = find("dialog[open] #person-known") || find("#toasts");
  place.replaceChildren(template.content.cloneNode(true));
}

document.addEventListener("htmx:sendError", showToast);
document.addEventListener("htmx:responseError", showToast);

// Reports a failed htmx request. What was typed stays.
import { find } from "./dom.js";

// A toast would lie under an open dialog, so it is shown inside.
function placeOfToasts() {
  return find("dialog[open] [data-news]") || find("#toasts");
}

// The site's own 503 has its target, see olvery/failures.py; a proxy's is not our page.
function isTold(answer) {
  return answer?.status === 503 && answer.getResponseHeader("HX-Reswap");
}

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!isTold(detail.xhr) || detail.requestConfig.elt.hidden) return; // a hidden page made the request on its own
  detail.shouldSwap = true;
  if (detail.target.id === "toasts") detail.target = placeOfToasts();
});

function showToast({ detail }) {
  const template = find("#offline-toast");
  if (!template || isTold(detail.xhr)) return;
  placeOfToasts().replaceChildren(template.content.cloneNode(true));
}

document.addEventListener("htmx:sendError", showToast);
document.addEventListener("htmx:responseError", showToast);

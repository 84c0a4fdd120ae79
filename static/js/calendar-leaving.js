// While tickets are rearranged, leaving the page warns; another day or scale does not leave it.
import { putBack } from "./calendar-moving.js";
import { find } from "./dom.js";

const isRearranging = () => find("#strip [data-strip-list] > *,#calendar [data-put]");
let isLeaving = false;

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest?.("#calendar-head a,#calendar a:not(.bar,.slot),.filters a");
  if (!link || link.pathname !== location.pathname || !isRearranging()) return;
  event.preventDefault();
  event.stopPropagation();
  const push = link.pathname + link.search;
  const aim = { target: "#calendar", swap: "outerHTML", source: find("#strip"), push };
  htmx.ajax("GET", push, aim).catch(() => {}); // failed-requests.js reports a failure
}, true);

// A bar on its way would stay behind on the board before.
document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  if (target.id === "calendar") putBack();
});
document.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
  isLeaving = Boolean(detail.xhr.getResponseHeader("HX-Redirect"));
});
window.addEventListener("beforeunload", (event) => {
  if (isRearranging() && !isLeaving) event.preventDefault();
});

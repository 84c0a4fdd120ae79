// Fills a menu when it is opened for the first time: with what its [data-filled] link leads to.
import { find } from "./dom.js";

// It does not bubble.
document.addEventListener("toggle", ({ target, newState }) => {
  const link = find("[data-filled]", target);
  if (link && newState === "open") htmx.ajax("GET", link.href, target);
}, true);

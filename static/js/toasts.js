// Closes toasts: on a click on [data-dismiss], and automatically after some seconds.
import { findAll, onClick } from "./dom.js";

const SECONDS = 6;

onClick("[data-dismiss]", (button) => button.closest(".toast").remove());

// Toasts being read stay, as do those that report an error.
function countSecond() {
  for (const toast of findAll(".toast[data-tone=ok]:not(:hover):not(:focus-within)")) {
    toast.dataset.seen = Number(toast.dataset.seen || 0) + 1;
    if (toast.dataset.seen > SECONDS) toast.remove();
  }
}

setInterval(countSecond, 1000);

// Scrolls to the open section if a phone has no room for all tabs.
import { find } from "./dom.js";

const tab = find(".tabs [aria-current]");
if (tab) {
  const [open, all] = [tab, tab.parentElement].map((element) => element.getBoundingClientRect());
  tab.parentElement.scrollLeft = open.left - all.left - (all.width - open.width) / 2;
}

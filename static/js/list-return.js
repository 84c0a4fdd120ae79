// Returning from a row of a list, by the browser or the breadcrumbs: the list as it was, on that row.
import { ROW_LINKS, findAll, onClick } from "./dom.js";

const keyOf = (path) => `list ${path}`;

onClick(ROW_LINKS, (link) => {
  const opened = { search: location.search, href: link.getAttribute("href") };
  sessionStorage.setItem(keyOf(location.pathname), JSON.stringify(opened));
});

onClick(".crumbs a", (link) => {
  const opened = JSON.parse(sessionStorage.getItem(keyOf(link.pathname)));
  if (!opened || link.search) return;
  link.search = opened.search;
  sessionStorage.setItem("returns", link.pathname);
});

window.addEventListener("pageshow", ({ persisted }) => {
  const isBack = persisted || performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  const isReturn = sessionStorage.getItem("returns") === location.pathname;
  sessionStorage.removeItem("returns");
  const opened = JSON.parse(sessionStorage.getItem(keyOf(location.pathname)));
  if (!opened || opened.search !== location.search || !(isBack || isReturn)) return;
  const row = findAll(ROW_LINKS).find((link) => link.getAttribute("href") === opened.href);
  row?.focus({ preventScroll: isBack });
  row?.scrollIntoView({ block: "nearest" });
});

// After saving, a dialog reloads its page: the focus goes to what opened it, or else to what replaced that.
import { find, findAll } from "./dom.js";

const ROWS = ".board-row,#today li,.cases li,.list tr";
const startOf = ({ className }) => Number(/\bs(\d+)/.exec(className)?.[1] ?? 0);
const lengthOf = ({ className }) => Number(/\bw(\d+)/.exec(className)?.[1] ?? 1);

let opened = null;

document.addEventListener("htmx:beforeRequest", ({ target, detail }) => {
  if (detail.target?.id !== "dialog" || target.closest("dialog")) return;
  const cell = target.closest("[role=gridcell]");
  opened = {
    path: location.pathname,
    href: target.getAttribute("href"),
    row: findAll(ROWS).indexOf(target.closest(ROWS)),
    column: cell && startOf(cell),
  };
});

document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (!opened || !target.closest?.("dialog") || !detail.xhr.getResponseHeader("HX-Redirect")) return;
  sessionStorage.setItem("opened", JSON.stringify(opened));
});

function cellAt(row, column) {
  return findAll("[role=gridcell]", row).find((cell) => {
    const past = column - startOf(cell);
    return past >= 0 && past < lengthOf(cell) && find("a", cell);
  });
}

function successor({ href, row, column }) {
  const same = find(`[href="${CSS.escape(href)}"]`);
  const rows = findAll(ROWS);
  const there = row < 0 ? null : rows[row] ?? rows.at(-1);
  if (same || !there) return same;
  const cell = column !== null && cellAt(there, column);
  return cell ? find("a", cell) : find("button,.btn", there);
}

const kept = JSON.parse(sessionStorage.getItem("opened"));
sessionStorage.removeItem("opened");
if (kept?.path === location.pathname) (successor(kept) ?? find("#main")).focus();

// «Сегодня» keeps itself up to date while somebody may look at it, and leaves alone who is busy in it.
// Its day sheet is printed by [data-print].
import { find, onClick } from "./dom.js";

const SECONDS = 30;

function isBusy() {
  return !find("#today") || document.hidden || find("dialog[open], :popover-open, #today .htmx-request");
}

function refresh() {
  if (isBusy()) return;
  for (const part of document.querySelectorAll("#today, #news")) htmx.trigger(part, "refresh");
}

setInterval(refresh, SECONDS * 1000);

document.addEventListener("visibilitychange", refresh);

// Asking by itself does not keep anybody signed in.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.triggeringEvent?.type === "refresh") detail.headers["X-Unattended"] = "1";
});

onClick("[data-print]", () => print());

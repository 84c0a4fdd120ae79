// Counts down the time left in [data-left] elements, every second; at zero the page asks the server.
// The server has rendered the text, so nothing is lost without this.
import { find, findAll } from "./dom.js";

const NO_BREAK_SPACE = "\u00a0";
const clocks = findAll("[data-left]").filter(({ dataset }) => Number(dataset.left));

function timeLeft(seconds, units) {
  const [day, hour, minute] = units.split(",");
  const minutes = Math.ceil(seconds / 60);
  const days = Math.floor(minutes / 1440);
  const parts = [
    [days, day],
    [Math.floor(minutes / 60) % 24, hour],
    [days ? 0 : minutes % 60, minute],
  ];
  return parts.filter(([number]) => number).map((part) => part.join(NO_BREAK_SPACE)).join(" ");
}

function tick(clock) {
  const seconds = clock.dataset.left - performance.now() / 1000;
  if (seconds > 0) {
    clock.textContent = timeLeft(seconds, clock.dataset.units);
  } else if (!find("dialog[open]")) {
    location.reload();
  }
}

if (clocks.length) setInterval(() => clocks.forEach(tick), 1000);

// The payment page: ticks the ring [data-ring], announces in [data-said] that time is running out, and asks the server
// again when it is, or when the browser restores an old page.
import "./sent-once.js";
import { find, findAll } from "./dom.js";

const page = find("[data-fresh]");
const ring = find("[data-ring]");

function renew() {
  location.replace(page.dataset.fresh);
}

function clockText(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
  return `${Math.floor(minutes / 60)} ${ring.dataset.hours}`;
}

// For screen readers: a ring that spoke every second would talk over everything else.
function say(left, before) {
  const said = find("[data-said]");
  for (const [seconds, text] of [[300, said.dataset.five], [60, said.dataset.one]]) {
    if (left <= seconds && before > seconds) said.textContent = text;
  }
}

function tick(end, before) {
  const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
  say(left, before);
  const arc = findAll("circle", ring)[1];
  find("text", ring).textContent = clockText(left);
  arc.setAttribute("stroke-dasharray", `${(100 * left) / ring.dataset.whole} 100`);
  setTimeout(left ? () => tick(end, left) : renew, 1000);
}

// The page has the deadline in words; the ring only ticks.
if (ring) tick(Date.now() + ring.dataset.ring * 1000, Number(ring.dataset.ring));

addEventListener("pageshow", ({ persisted }) => {
  if (persisted && page) renew();
});

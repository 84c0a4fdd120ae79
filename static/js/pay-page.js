// The payment page: ticks the ring [data-ring], and asks the server anew when the time is over or the browser brings
// back an old page.
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

function tick(end) {
  const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
  const arc = findAll("circle", ring)[1];
  find("text", ring).textContent = clockText(left);
  arc.setAttribute("stroke-dasharray", `${(100 * left) / ring.dataset.whole} 100`);
  setTimeout(left ? () => tick(end) : renew, 1000);
}

// The deadline stands in the page in words; the ring only ticks.
if (ring) tick(Date.now() + ring.dataset.ring * 1000);

addEventListener("pageshow", ({ persisted }) => {
  if (persisted && page) renew();
});

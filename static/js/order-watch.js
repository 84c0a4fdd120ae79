// Refreshes the page of an order once something has happened to it: the guest has paid by the code on the screen,
// a colleague was quicker. An open dialog is left alone until it is closed.
import { find } from "./dom.js";

const SECONDS = 5;
const page = find("[data-version-url]");

// The dialog with the code stays open until it is paid, so it does not wait. A dialog that is loading does.
const BUSY = "dialog[open]:not(:has(.qr-block)), :popover-open, input:focus, .htmx-request";
const isBusy = () => document.hidden || find(BUSY);

function showAnew() {
  sessionStorage.setItem("watched", document.activeElement.getAttribute("href") ?? "");
  location.reload();
}

async function look() {
  if (isBusy()) return;
  const headers = { "HX-Request": "true", "HX-Current-URL": location.href, "X-Unattended": "1" };
  try {
    const answer = await fetch(page.dataset.versionUrl, { headers });
    const signIn = answer.headers.get("HX-Redirect");
    if (signIn) location.assign(signIn);
    else if (answer.status === 200 && !isBusy()) showAnew();
  } catch {
    // no network: the next time tells
  }
}

// The focused link gets the focus again.
const focused = sessionStorage.getItem("watched");
sessionStorage.removeItem("watched");
if (focused) find(`main [href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });

if (page) {
  setInterval(look, SECONDS * 1000);
  document.addEventListener("visibilitychange", look);
  find("#dialog").addEventListener("close", look);
}

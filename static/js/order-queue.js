// Requests whose answers replace controls of the order form are sent one after the other: each sends the form as its
// predecessors left it, and no older answer comes after a newer one.

const waiting = [];
let current = null; // the pending request

const replacesControls = (target) => target?.matches?.("#customer-block, #bookings, [data-details], [data-visitors]");

// Sends a request now, or after those before it are answered.
export function inTurn(send) {
  if (current) waiting.push(send);
  else send();
}

// hx-sync would do this, but it drops requests queued for an element that an answer has replaced.
document.addEventListener("htmx:confirm", (event) => {
  const { elt, target, issueRequest } = event.detail;
  if (event.defaultPrevented || !current || !replacesControls(target)) return;
  event.preventDefault();
  inTurn(() => {
    if (elt.isConnected) issueRequest(true); // a replaced control sends its value again, see order-touched.js
  });
});

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (replacesControls(detail.target)) current = detail.xhr;
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.xhr !== current) return;
  current = null;
  while (waiting.length && !current) waiting.shift()();
});

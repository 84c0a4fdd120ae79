// Requests whose answers replace controls of the order form leave one after the other: each tells of the form as its
// predecessors left it, and no older answer comes after a newer one.

const waiting = [];
let current = null; // the request on its way

const replacesControls = (target) => target?.matches?.("#customer-block, #bookings, [data-details], [data-visitors]");

// Sends a request now, or when those before it are answered.
export function inTurn(send) {
  if (current) waiting.push(send);
  else send();
}

// hx-sync would do it, but it forgets everybody who waits behind an element that an answer has replaced.
document.addEventListener("htmx:confirm", (event) => {
  const { elt, target, issueRequest } = event.detail;
  if (event.defaultPrevented || !current || !replacesControls(target)) return;
  event.preventDefault();
  inTurn(() => {
    if (elt.isConnected) issueRequest(true); // what a replaced control says is asked anew, see order-touched.js
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

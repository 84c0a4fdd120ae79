// Fills a menu once, with what its [data-filled] link leads to: when its button is pointed at or has the focus, so that
// it is there by the time it is opened. A failed request is repeated.

for (const type of ["pointerover", "focusin", "click"]) {
  addEventListener(type, (event) => {
    const target = event.target.closest("[popovertarget]")?.popoverTargetElement;
    const source = target?.querySelector("[data-filled]");
    if (!source) return;
    source.setAttribute("hx-sync", "this"); // not that of the form around it; a pending request is not repeated
    htmx.ajax("GET", source.href, { source, target, swap: "innerHTML", push: "false" }).catch(() => {});
  });
}

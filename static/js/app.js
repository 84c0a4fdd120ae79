// The behaviours of every page. What only one page needs is an entry of its own: order-form.js, pay-page.js.
import "./csrf.js";
import "./failed-requests.js";
import "./theme-toggle.js";
import "./toasts.js";
import "./clipboard.js";
import "./day-fields.js";
import "./dialog.js";
import "./shortcuts.js";
import "./countdown.js";

// htmx looks at the page behind this.
Object.assign(htmx.config, {
  includeIndicatorStyles: false,
  allowEval: false,
  allowScriptTags: false,
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  defaultSettleDelay: 0,
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..|422", swap: true },
    { code: "[45]..", swap: false, error: true },
  ],
});

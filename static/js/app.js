// The behaviours of every page. What only one page needs is an entry of its own: order-form.js, pay-page.js.
import "./csrf.js";
import "./failed-requests.js";
import "./theme-toggle.js";
import "./toasts.js";
import "./clipboard.js";
import "./day-fields.js";
import "./dialog.js";
import "./menus.js";
import "./shortcuts.js";

// The behaviours of a page that is only read: no fields, no dialog, and htmx only for its menus.
import "./htmx-later.js";
import "./theme-toggle.js";
import "./toasts.js";
import "./menus.js";
import "./shortcuts.js";

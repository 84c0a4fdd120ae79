// What only the calendar needs.
import "./calendar-keys.js";
import "./calendar-changes.js";

// What only the calendar needs.
import "./calendar-keys.js";

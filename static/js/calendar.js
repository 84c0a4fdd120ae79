// What only the calendar needs. The bar that is being moved has the arrows before those who walk.
import "./calendar-strip.js";
import "./calendar-moving.js";
import "./calendar-pointer.js";
import "./calendar-keys.js";
import "./calendar-changes.js";

// What only the calendar needs. Dragging and the parking strip come once the page is there: nobody drags what is not
// drawn yet.
import "./clock-fields.js";
import "./calendar-moving.js";
import "./calendar-keys.js";
import "./calendar-changes.js";
import { find } from "./dom.js";

addEventListener("load", () => import(find("#strip").dataset.pointerUrl));

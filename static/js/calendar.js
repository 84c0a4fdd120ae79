// Scripts only for the calendar. Dragging and the parking strip are loaded after the page: nobody drags what is not
// drawn yet.
import "./clock-fields.js";
import "./calendar-moving.js";
import "./calendar-refusal.js";
import "./calendar-keys.js";
import "./calendar-changes.js";
import "./calendar-leaving.js";
import { find } from "./dom.js";

const { pointerUrl, stripUrl } = find("#strip").dataset;
addEventListener("load", () => [pointerUrl, stripUrl].forEach((url) => import(url)));

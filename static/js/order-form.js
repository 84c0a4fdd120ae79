// The behaviours of the order form.
import "./combobox.js";
import "./order-fields.js";
import "./order-queue.js";
import "./order-ahead.js";
import "./order-touched.js";
import "./order-people.js";
import "./order-submit.js";
import "./order-keys.js";

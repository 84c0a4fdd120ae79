// The behaviours of the order form.
import "./combobox.js";
import "./order-fields.js";
import "./order-details.js";
import "./order-people.js";
import "./order-submit.js";
import "./order-keys.js";

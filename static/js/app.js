// Progressive enhancement: without this file everything works, with the mouse and Tab, page by page.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const root = document.documentElement;
const cookie = (name) => document.cookie.split("; ").find((pair) => pair.startsWith(name + "="))?.slice(name.length + 1);

// ── Requests ─────────────────────────────────────────────
// The token of the cookie, not of the form: it is right even after a new sign-in in another tab.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  delete detail.parameters.csrfmiddlewaretoken;
  const token = cookie("csrftoken") || $("[name=csrfmiddlewaretoken]")?.value;
  if (token) detail.headers["X-CSRFToken"] = token;
});
// What is typed in a search or a comment changes no price: keep it from the listeners of the whole form.
for (const type of ["input", "change"])
  document.addEventListener(type, (event) => {
    if (event.target.closest?.("[data-quiet]")) quiet(event);
  }, true);
function quiet(event) {
  const stop = (bubbled) => bubbled === event && bubbled.stopPropagation();
  event.target.closest("[data-quiet]").addEventListener(event.type, stop, { once: true });
}
document.addEventListener("htmx:sendError", offline);
document.addEventListener("htmx:responseError", offline);
function offline() {
  const toast = $("#offline-toast");
  if (toast) ($("dialog[open] #person-known") || $("#toasts")).replaceChildren(toast.content.cloneNode(true));
}

// A number of places that cannot be meant changes nothing below.
document.addEventListener("htmx:confirm", (event) => {
  if ("places" in event.detail.elt.dataset && !event.detail.elt.checkValidity()) event.preventDefault();
});

// ── Clicks ───────────────────────────────────────────────
document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-theme-toggle],[data-close],[data-dismiss],[data-hours],[data-pick-known],[data-copy]");
  if (!target) return;
  const { dataset } = target;
  if ("themeToggle" in dataset) {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    localStorage.setItem("theme", (root.dataset.theme = dark ? "light" : "dark"));
  }
  if ("close" in dataset && target.closest("dialog")) {
    event.preventDefault(); // the way back of a dialog that is a page of its own is a link
    target.closest("dialog").close();
  }
  if ("dismiss" in dataset) target.closest(".toast").remove();
  if (dataset.hours) addHours(Number(dataset.hours));
  if (dataset.copy) copy(target);
  if ("pickKnown" in dataset) {
    event.preventDefault();
    pick(target.value);
  }
});
async function copy({ dataset, lastElementChild: label }) {
  try {
    await navigator.clipboard.writeText(dataset.copy);
  } catch { // refused, or not a safe origin: by hand then
    return void prompt(label.textContent, dataset.copy);
  }
  const was = (dataset.label ||= label.textContent);
  label.textContent = dataset.copied;
  setTimeout(() => { label.textContent = was; }, 2000);
}
function addHours(hours) {
  const [, hour, minute = "00"] = $("#start").value.match(/^\s*([01]?\d|2[0-3])(?:[:.,\- ]?([0-5]\d))?\s*$/) || [];
  if (hour === undefined || Number(hour) + hours > 23) return $("#start").focus();
  $("#end").value = `${String(Number(hour) + hours).padStart(2, "0")}:${minute}`;
  $("#end").dispatchEvent(new Event("input", { bubbles: true }));
}

// The list may have been filtered since the page was opened.
document.addEventListener("click", ({ target }) => {
  const link = target.closest?.("[data-export]");
  if (link) link.search = location.search;
}, true);

// ── Dialog ───────────────────────────────────────────────
let opener = null;
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.target?.id === "dialog" && !detail.target.open) opener = document.activeElement;
});
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if ("addPerson" in detail.elt.dataset) detail.parameters = { q: $("#customer_q").value };
});
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id !== "dialog") return;
  const created = $("[data-created]", detail.target);
  if (created) return pick(created.dataset.created);
  if (!detail.target.open) detail.target.showModal();
  requestAnimationFrame(() => ($("[data-pick-known],[aria-invalid=true]", detail.target) || $("[autofocus]", detail.target))?.focus());
});
$("#dialog")?.addEventListener("close", ({ target }) => {
  target.replaceChildren();
  if (opener?.isConnected) opener.focus();
  opener = null;
});
function pick(action) {
  const form = $("[data-order]"), visitor = !action.startsWith("pick:customer");
  opener = null;
  $("#dialog").close();
  htmx.ajax("POST", form.dataset.pickUrl, { source: form, values: { action }, target: visitor ? "#visitors" : "#customer-block", swap: "outerHTML" });
}

// Where money has two sources, the sum follows the chosen one until somebody types another.
document.addEventListener("change", ({ target }) => {
  if (target.dataset?.sum === undefined) return;
  const amount = $("[name=amount]", target.form), others = $$("[data-sum]", target.form).filter((radio) => radio !== target);
  if (others.some((radio) => radio.dataset.sum === amount.value)) amount.value = target.dataset.sum;
});

// ── Search for a person: the combobox pattern ────────────
const listOf = (input) => document.getElementById(input.dataset.list);
const optionsOf = (input) => $$("[role=option]", listOf(input));
function activate(input, option) {
  optionsOf(input).forEach((other) => other.setAttribute("aria-selected", String(other === option)));
  input.setAttribute("aria-expanded", String(Boolean(option)));
  if (option) input.setAttribute("aria-activedescendant", option.id);
  else input.removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
}
function closeList(input) {
  activate(input, null);
  listOf(input).replaceChildren();
}
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  const input = detail.target.classList.contains("listbox") && $(`[data-list="${detail.target.id}"]`);
  if (!input) return;
  delete input.dataset.waiting;
  if (document.activeElement !== input) return closeList(input);
  activate(input, optionsOf(input)[0]);
});
// Only now htmx knows the options: a click before would send the whole form.
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const input = detail.target.classList.contains("listbox") && $(`[data-list="${detail.target.id}"]`);
  if (!input || !("take" in input.dataset)) return;
  delete input.dataset.take;
  optionsOf(input)[0]?.click();
});
document.addEventListener("input", ({ target }) => {
  if (!target.dataset?.combo) return;
  const hidden = document.getElementById(target.dataset.combo);
  if (hidden) hidden.value = ""; // typed over: nobody is chosen any more
  target.dataset.waiting = "";
  delete target.dataset.take;
}, true);
document.addEventListener("focusout", ({ target, relatedTarget }) => {
  if (target.dataset?.combo && !listOf(target).contains(relatedTarget)) closeList(target);
});
document.addEventListener("mousedown", (event) => {
  if (event.target.closest(".listbox")) event.preventDefault(); // the field keeps the focus, the click still counts
});
function comboKeys(event, input) {
  const options = optionsOf(input), at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && options.length) {
    event.preventDefault();
    activate(input, options[(at + step + options.length) % options.length]);
  } else if (event.key === "Enter" && options[at] && !input.dataset.waiting) {
    event.preventDefault();
    options[at].click();
  } else if (event.key === "Enter" && input.value) {
    event.preventDefault();
    input.dataset.take = ""; // the answer is on its way: take the first as soon as it is there
  } else if (event.key === "Escape" && listOf(input).childElementCount) {
    event.preventDefault();
    closeList(input);
  } else return false;
  return true;
}

// ── The order form ───────────────────────────────────────
const orderForm = $("[data-order]");
let dirty = Boolean(orderForm && "dirty" in orderForm.dataset);
orderForm?.addEventListener("input", () => { dirty = true; }, true);
// The asterisk of the e-mail follows the method, whoever chose it.
const followMethod = () => {
  const star = $("[data-email-star]");
  if (star) star.hidden = $("[name=payment_method]:checked")?.value !== "online";
};
orderForm?.addEventListener("change", followMethod, true);
document.addEventListener("htmx:afterSettle", followMethod);
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const button = detail.requestConfig?.elt;
  if (button?.value?.startsWith("move:") && document.activeElement === document.body) ($("#start") || $("#day"))?.focus();
});
// What is typed while the sections below the service are on their way is written back into them.
const texts = () => $$("#details :is(input[type=text],input[type=number],input[type=date],textarea)");
let sent = null, typed = [];
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.target?.id === "details") sent = new Map(texts().map((field) => [field.id, field.value]));
});
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id === "details" && sent)
    typed = texts().filter((field) => sent.get(field.id) !== field.value).map((field) => [field.id, field.value]);
});
document.addEventListener("htmx:afterSettle", () => {
  for (const [id, value] of typed.splice(0)) {
    const field = document.getElementById(id);
    if (!field || field.value === value) continue;
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
});
orderForm?.addEventListener("submit", (event) => {
  const button = $("[data-submit]");
  if (event.submitter?.name === "action") return void (dirty = false);
  if (button.getAttribute("aria-disabled")) return event.preventDefault();
  dirty = false;
  button.setAttribute("aria-disabled", "true");
  button.textContent = button.dataset.busy;
});
// Back to a form that was sent: the browser would restore a part of its fields.
addEventListener("pageshow", ({ persisted }) => persisted && orderForm && location.reload());
orderForm?.addEventListener("submit", () => {
  const token = cookie("csrftoken"), field = $("[name=csrfmiddlewaretoken]", orderForm);
  if (token) field.value = token; // right even after a new sign-in in another tab
}, true);
addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });

// ── The payment page ─────────────────────────────────────
// The deadline stands in the page in words; the ring only ticks. At zero the server knows what is next.
const fresh = $("[data-fresh]"), ring = $("[data-ring]");
const renew = () => location.replace(fresh.dataset.fresh);
addEventListener("pageshow", ({ persisted }) => persisted && fresh && renew());
if (ring) {
  const end = Date.now() + ring.dataset.ring * 1000;
  (function tick() {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000)), minutes = Math.floor(left / 60);
    $("text", ring).textContent = minutes < 60 ? `${minutes}:${String(left % 60).padStart(2, "0")}` : `${Math.floor(minutes / 60)} ${ring.dataset.hours}`;
    $$("circle", ring)[1].setAttribute("stroke-dasharray", `${(100 * left) / ring.dataset.whole} 100`);
    setTimeout(left ? tick : renew, 1000);
  })();
}
document.addEventListener("submit", (event) => {
  if (!("once" in event.target.dataset)) return;
  const button = $("[data-busy]", event.target);
  if (button.getAttribute("aria-disabled")) return event.preventDefault();
  button.setAttribute("aria-disabled", "true");
  button.textContent = button.dataset.busy;
});

// ── Keys ─────────────────────────────────────────────────
// Single letters act outside of fields only, can be switched off (WCAG 2.1.4) and mean keys, not letters,
// so they work in the Russian layout.
const hotkeys = $("[data-hotkeys]");
if (hotkeys) {
  hotkeys.checked = localStorage.getItem("hotkeys") !== "off";
  hotkeys.addEventListener("change", () => localStorage.setItem("hotkeys", hotkeys.checked ? "on" : "off"));
}
document.addEventListener("keydown", (event) => {
  const { target, code } = event;
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    const form = $("dialog[open] form") || target.closest("form") || orderForm;
    return form?.requestSubmit($("[data-submit]", form) || undefined);
  }
  if (target.dataset?.combo && comboKeys(event, target)) return;
  if (event.altKey && code === "KeyA" && $("[data-add-person]")) {
    event.preventDefault();
    return $("[data-add-person]").click();
  }
  if (event.altKey && code === "KeyM" && $("#seats input")) {
    event.preventDefault();
    return ($("#seats input:checked") || $("#seats input:not(:disabled)"))?.focus();
  }
  // In a long form Enter goes on by accident; Ctrl+Enter saves.
  if (event.key === "Enter" && target.matches("[data-order] input")) return event.preventDefault();
  if ($("dialog[open]")) return;
  if (code === "Escape" && !$(":popover-open")) return $('[aria-keyshortcuts="Escape"]')?.click();
  if (event.ctrlKey || event.metaKey || event.altKey || target.matches("input,select,textarea,[contenteditable]")) return;
  if (hotkeys && !hotkeys.checked) return;
  const rows = $$("[data-rows] .row-link"), at = rows.indexOf(document.activeElement);
  if (event.key === "/" || code === "Slash") {
    event.preventDefault();
    $('[aria-keyshortcuts="/"]')?.focus();
  } else if (code === "KeyN") $('[aria-keyshortcuts="n"]')?.click();
  else if (code === "KeyJ") rows[Math.min(at + 1, rows.length - 1)]?.focus();
  else if (code === "KeyK") rows[Math.max(at - 1, 0)]?.focus();
});

// ── Countdown: the server wrote the text, at zero the page is read from it anew ──
const clocks = $$("[data-left]").filter(({ dataset }) => Number(dataset.left));
if (clocks.length) setInterval(() => clocks.forEach((clock) => {
  const { left, units } = clock.dataset, seconds = left - performance.now() / 1000, [day, hour, minute] = units.split(",");
  if (seconds <= 0) return void ($("dialog[open]") || location.reload());
  const all = Math.ceil(seconds / 60), days = Math.floor(all / 1440);
  const parts = [[days, day], [Math.floor(all / 60) % 24, hour], [days ? 0 : all % 60, minute]];
  clock.textContent = parts.filter(([number]) => number).map((part) => part.join("\u00a0")).join(" ");
}), 1000);

// ── Toasts leave by themselves, unless they are read or say something is wrong ──
setInterval(() => $$(".toast[data-tone=ok]:not(:hover):not(:focus-within)").forEach((toast) => {
  toast.dataset.seen = Number(toast.dataset.seen || 0) + 1;
  if (toast.dataset.seen > 6) toast.remove();
}), 1000);

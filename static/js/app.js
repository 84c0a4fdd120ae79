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
  if (toast) $("#toasts").replaceChildren(toast.content.cloneNode(true));
}

// ── Clicks ───────────────────────────────────────────────
document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-theme-toggle],[data-close],[data-dismiss],[data-copy],[data-hours],[data-pick-known],[data-print]");
  if (!target) return;
  const { dataset } = target;
  if ("themeToggle" in dataset) {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    localStorage.setItem("theme", (root.dataset.theme = dark ? "light" : "dark"));
  }
  if ("close" in dataset) target.closest("dialog").close();
  if ("dismiss" in dataset) target.closest(".toast").remove();
  if ("print" in dataset) print();
  if (dataset.copy) navigator.clipboard?.writeText(dataset.copy);
  if (dataset.hours) addHours(Number(dataset.hours));
  if ("pickKnown" in dataset) {
    event.preventDefault();
    pick(target.value);
  }
});
function addHours(hours) {
  const [, hour, minute = "00"] = $("#start").value.match(/^\s*(\d{1,2})[:. ]?(\d{2})?/) || [];
  if (hour === undefined) return $("#start").focus();
  $("#end").value = `${String(Math.min(23, Number(hour) + hours)).padStart(2, "0")}:${minute}`;
  $("#end").dispatchEvent(new Event("input", { bubbles: true }));
}

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
  ($("[aria-invalid=true]", detail.target) || $("[autofocus]", detail.target))?.focus();
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

// ── Search for a person: the combobox pattern ────────────
const listOf = (input) => document.getElementById(input.getAttribute("aria-controls"));
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
  const input = detail.target.classList.contains("listbox") && $(`[aria-controls="${detail.target.id}"]`);
  if (input) document.activeElement === input ? activate(input, optionsOf(input)[0]) : closeList(input);
});
document.addEventListener("input", ({ target }) => {
  if (!target.dataset?.combo) return;
  const hidden = document.getElementById(target.dataset.combo);
  if (hidden) hidden.value = ""; // typed over: nobody is chosen any more
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
  } else if (event.key === "Enter" && options[at]) {
    event.preventDefault();
    options[at].click();
  } else if (event.key === "Escape" && options.length) {
    event.preventDefault();
    closeList(input);
  } else return false;
  return true;
}

// ── The order form ───────────────────────────────────────
const orderForm = $("[data-order]");
let dirty = false;
orderForm?.addEventListener("input", () => { dirty = true; }, true);
orderForm?.addEventListener("change", ({ target }) => {
  if (target.name !== "payment_method") return;
  $("[data-email-star]").hidden = target.value !== "online";
}, true);
orderForm?.addEventListener("submit", (event) => {
  const button = $("[data-submit]");
  if (event.submitter?.name === "action") return void (dirty = false);
  if (button.getAttribute("aria-disabled")) return event.preventDefault();
  dirty = false;
  button.setAttribute("aria-disabled", "true");
  button.textContent = button.dataset.busy;
});
addEventListener("pageshow", ({ persisted }) => persisted && orderForm && location.reload());
addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });

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

// ── Toasts leave by themselves, unless they are read or say something is wrong ──
setInterval(() => $$(".toast[data-tone=ok]:not(:hover):not(:focus-within)").forEach((toast) => {
  toast.dataset.seen = Number(toast.dataset.seen || 0) + 1;
  if (toast.dataset.seen > 6) toast.remove();
}), 1000);

// Converts rows of the list to items of the plan, and back.
import { find, findAll } from "./dom.js";

const NUMBERS = ["x", "y", "turn", "width", "height", "opacity"];
const KINDS = { seats: "seat", items: null, picture: "picture" };
const lists = {};

const field = (row, name) => find(`[data-field="${name}"] :is(input:not([type=hidden]), select)`, row);
const keyOf = (row) => `${row.closest("[data-plan-rows]").dataset.planRows}-${find("input[type=hidden]", row).value}`;

function fillThing(thing, row) {
  for (const name of NUMBERS) if (field(row, name)) thing[name] = Number(field(row, name).value);
  thing.label = field(row, "label")?.value ?? "";
  thing.text = field(row, "text")?.value ?? "";
  thing.isActive = field(row, "is_active")?.checked ?? true;
  thing.isInForms = field(row, "is_in_forms")?.checked ?? false;
  thing.isGone = field(row, "DELETE")?.checked ?? false;
  return thing;
}

function takeList(form, name) {
  const list = find(`[data-plan-rows="${name}"]`, form);
  const pattern = find("template", list)?.content.firstElementChild;
  const rows = findAll("tbody tr", list);
  const first = rows.filter((row) => !("new" in row.dataset)).length;
  lists[name] = { list, pattern, first, sent: new Map(), total: find("[name$=TOTAL_FORMS]", list) };
  return rows.filter((row) => !isBlank(row));
}

// The empty row for browsers without scripts.
function isBlank(row) {
  return "new" in row.dataset && !find(".error", row) && !(field(row, "label") ?? field(row, "x")).value;
}

function readRow(row, kind, sold) {
  const id = find("input[type=hidden]", row).value;
  const isStored = !("new" in row.dataset);
  const key = isStored ? keyOf(row) : field(row, "x").name;
  const thing = fillThing({ key, kind: kind ?? field(row, "kind").value, isStored, isSold: sold.includes(id) }, row);
  if (!isStored) lists[row.closest("[data-plan-rows]").dataset.planRows].sent.set(key, row); // including its errors
  return thing;
}

export function read(form) {
  const sold = form.dataset.sold.split(",");
  const found = Object.entries(KINDS).flatMap(([name, kind]) => {
    const rows = takeList(form, name);
    return rows.map((row) => readRow(row, kind, name === "seats" ? sold : []));
  });
  for (const thing of found) if (thing.kind === "picture") thing.address = form.dataset.picture;
  write(form, found);
  return found;
}

// From the list to the items.
export function fill(form, things) {
  const rows = new Map(findAll("[data-plan-rows] tbody tr", form).map((row) => [row.dataset.of ?? keyOf(row), row]));
  return things.map((thing) => fillThing(thing, rows.get(thing.key)));
}

function writeThing(row, thing) {
  const values = { ...thing, is_active: thing.isActive, is_in_forms: thing.isInForms, DELETE: thing.isGone };
  for (const name of [...NUMBERS, "label", "text", "kind", "is_active", "is_in_forms", "DELETE"]) {
    const input = field(row, name);
    if (!input || (name === "kind" && thing.isStored)) continue;
    if (input.type === "checkbox") input.checked = Boolean(values[name]);
    else input.value = values[name];
  }
}

function makeRow({ pattern, sent }, index, thing) {
  const row = (sent.get(thing.key) ?? pattern).cloneNode(true);
  row.dataset.of = thing.key;
  for (const element of findAll("[name], [id], [for]", row)) {
    for (const name of ["name", "id", "for"]) {
      const value = element.getAttribute(name);
      if (value) element.setAttribute(name, value.replace(/-(\d+|__prefix__)-/, `-${index}-`));
    }
  }
  return row;
}

// From the items to the list; rows of new ones are recreated.
export function write(form, things) {
  const stored = new Map();
  for (const row of findAll("[data-plan-rows] tbody tr", form)) {
    if ("new" in row.dataset) row.remove();
    else stored.set(keyOf(row), row);
  }
  for (const thing of things.filter((one) => one.isStored)) writeThing(stored.get(thing.key), thing);
  for (const [name, list] of Object.entries(lists)) {
    if (!list.pattern) continue;
    const fresh = things.filter((thing) => !thing.isStored && (thing.kind === "seat") === (name === "seats"));
    fresh.forEach((thing, at) => {
      const row = makeRow(list, list.first + at, thing);
      writeThing(row, thing);
      find("tbody", list.list).append(row);
    });
    list.total.value = list.first + fresh.length;
  }
}

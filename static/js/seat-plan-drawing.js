// Draws the items of a seat plan as SVG: only attributes and classes, no inline style.
const NS = "http://www.w3.org/2000/svg";
const UNIT = 10;

function make(tag, attributes, ...children) {
  const element = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// One element is reused: a new one would load the file again with every step of a drag.
const image = make("image", { class: "plan-scan", preserveAspectRatio: "none" });

function pictureOf(thing, box) {
  const attributes = { ...box, href: thing.address, opacity: thing.opacity / 100 };
  for (const [name, value] of Object.entries(attributes)) {
    if (image.getAttribute(name) !== String(value)) image.setAttribute(name, value);
  }
  return [image, make("rect", { class: "plan-picture", ...box })];
}

function shape(thing) {
  if (thing.kind === "seat") {
    return [
      make("path", { class: "plan-back", d: "M-15-21q15-7 30 0" }),
      make("rect", { class: "plan-seat", x: -19, y: -16, width: 38, height: 32, rx: 7 }),
      make("text", { transform: `rotate(${-thing.turn})` }, thing.label),
      ...(thing.isSold ? [make("circle", { class: "plan-sold", cx: 14, cy: -11, r: 3.5 })] : []),
    ];
  }
  const [width, height] = [thing.width * UNIT, thing.height * UNIT];
  const box = { x: -width / 2, y: -height / 2, width, height };
  if (thing.kind === "picture") return pictureOf(thing, box);
  const area = make("rect", { class: `plan-${thing.kind}`, ...box, rx: thing.kind === "table" ? 4 : 0 });
  const door = { class: "plan-arc", d: `M${box.x} ${-box.y}V${box.y}A${width} ${height} 0 0 1 ${-box.x} ${-box.y}` };
  return [
    area,
    ...(thing.kind === "door" ? [make("path", door)] : []),
    ...(thing.text ? [make("text", { class: "plan-word" }, thing.text)] : []),
  ];
}

function name(thing, word) {
  const own = thing.label || [word(thing.kind), thing.text].filter(Boolean).join(" ");
  return [own, thing.isSold && word("taken"), !thing.isActive && word("closed")].filter(Boolean).join(", ");
}

export function draw(svg, things, { chosen, word }) {
  const shown = things.filter((thing) => !thing.isGone);
  // Seats lie over what is drawn around them, and the picture under all.
  const layer = (thing) => (thing.kind === "seat") - (thing.kind === "picture");
  shown.sort((one, other) => layer(one) - layer(other));
  const groups = shown.map((thing) => make("g", {
    class: "plan-thing",
    role: "button",
    tabindex: 0,
    "data-key": thing.key,
    "data-off": !thing.isActive,
    "aria-pressed": chosen.has(thing.key),
    "aria-label": name(thing, word),
    transform: `translate(${thing.x * UNIT} ${thing.y * UNIT}) rotate(${thing.turn})`,
  }, ...shape(thing)));
  // The focused element is kept, so that a held pointer keeps its target.
  svg.replaceChildren(...groups);
}

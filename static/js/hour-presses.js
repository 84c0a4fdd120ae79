// Hours pressed before the answer to the first one: the next request replaces it, and includes both.
let pressed = [];

function forget({ detail: { elt } }) {
  if (elt.id === "booking") pressed = [];
}

document.addEventListener("htmx:configRequest", ({ detail: { elt, formData } }) => {
  if (elt.id !== "booking") return;
  pressed.push(...formData.getAll("at"));
  formData.delete("at");
  for (const hour of pressed) formData.append("at", hour);
});

// Not after one that was replaced. Of one that was lost nothing is shown, and its hour is pressed again.
document.addEventListener("htmx:beforeOnLoad", forget);
document.addEventListener("htmx:sendError", forget);

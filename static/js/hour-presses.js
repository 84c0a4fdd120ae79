// Hours pressed before the answer to the first one: the next request replaces it, and includes both.
let pressed = [];

document.addEventListener("htmx:configRequest", ({ detail: { elt, formData } }) => {
  if (elt.id !== "booking") return;
  pressed.push(...formData.getAll("at"));
  formData.delete("at");
  for (const hour of pressed) formData.append("at", hour);
});

// An aborted request has no status.
document.addEventListener("htmx:afterRequest", ({ detail: { elt, xhr } }) => {
  if (elt.id === "booking" && xhr.status) pressed = [];
});

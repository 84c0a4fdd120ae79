// Hours that are pressed before the answer to the first of them: the next request takes its place, and tells of both.
let pressed = [];

document.addEventListener("htmx:configRequest", ({ detail: { elt, formData } }) => {
  if (elt.id !== "booking") return;
  pressed.push(...formData.getAll("at"));
  formData.delete("at");
  for (const hour of pressed) formData.append("at", hour);
});

// What was broken off has no status.
document.addEventListener("htmx:afterRequest", ({ detail: { elt, xhr } }) => {
  if (elt.id === "booking" && xhr.status) pressed = [];
});

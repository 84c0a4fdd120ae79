// Shows which file is chosen. The browser's own field, which says so in the browser's language, is hidden then.
document.addEventListener("change", ({ target }) => {
  const shown = target.type === "file" && target.parentElement.querySelector("[data-file-name]");
  if (!shown) return;
  shown.dataset.empty ??= shown.textContent;
  shown.textContent = target.files[0]?.name ?? shown.dataset.empty;
});

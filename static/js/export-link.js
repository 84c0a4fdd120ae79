// Exports what the list shows: before a click on [data-export], which names the kind
// of file, the link gets the filters of the page's address.
// They may have changed since the page was opened.
document.addEventListener("click", ({ target }) => {
  const link = target.closest?.("[data-export]");
  if (!link) return;
  const query = new URLSearchParams(location.search);
  query.set("format", link.dataset.export);
  link.search = query;
}, true);

// Exports what the list shows: before a click on [data-export] the link gets the filters of the page's address.
// They may have changed since the page was opened.
document.addEventListener("click", ({ target }) => {
  const link = target.closest?.("[data-export]");
  if (link) link.search = location.search;
}, true);

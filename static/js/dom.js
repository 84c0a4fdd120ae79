// Helpers for the other modules; does nothing on its own.

export function find(selector, root = document) {
  return root.querySelector(selector);
}

export function findAll(selector, root = document) {
  return [...root.querySelectorAll(selector)];
}

// The links that open the rows of a list; in a long list they have no class.
export const ROW_LINKS = "[data-rows] :is(.row-link, [data-list] td:first-child > a)";

// Calls handle(element, event) for clicks on elements that match now or later.
export function onClick(selector, handle) {
  document.addEventListener("click", (event) => {
    const element = event.target.closest(selector);
    if (element) handle(element, event);
  });
}

// Sends a form with the cookie's CSRF token, which a sign-in in another tab has changed since the page was opened.
import { csrfCookie } from "./csrf.js";

document.addEventListener("submit", ({ target }) => {
  const field = target.elements.csrfmiddlewaretoken;
  if (field) field.value = csrfCookie() ?? field.value;
});

// Sends a form on with the CSRF token of the cookie: a sign-in in another tab has changed it since the page was opened.
import { csrfCookie } from "./csrf.js";

document.addEventListener("submit", ({ target }) => {
  const field = target.elements.csrfmiddlewaretoken;
  if (field) field.value = csrfCookie() ?? field.value;
});

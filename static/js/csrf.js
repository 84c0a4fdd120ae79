// Sends the CSRF token of the cookie, not of the form: it is right even after a new sign-in in another tab.
// Acts before every htmx request.
import { find } from "./dom.js";

export function csrfCookie() {
  return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1];
}

document.addEventListener("htmx:configRequest", ({ detail }) => {
  delete detail.parameters.csrfmiddlewaretoken;
  const token = csrfCookie() || find("[name=csrfmiddlewaretoken]")?.value;
  if (token) detail.headers["X-CSRFToken"] = token;
});

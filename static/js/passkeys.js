// Creates or uses a passkey: [data-passkey] asks the device, fills the hidden field of its form, and sends it.
// Only loaded by the pages of the second factor.
import { onClick } from "./dom.js";

let isAsking = false;

function askDevice() {
  const { creation_options: made, request_options: asked } = JSON.parse(document.getElementById("js_data").textContent);
  return made
    ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(made.publicKey) })
    : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked.publicKey) });
}

onClick("[data-passkey]", async ({ form }) => {
  if (isAsking) return; // a browser refuses a second request, and the first one still waits for the person
  const refused = document.getElementById("passkey-refused");
  isAsking = true;
  refused.hidden = true; // so that a second refusal is read out as well
  try {
    form.elements.credential.value = JSON.stringify(await askDevice());
    form.submit();
  } catch {
    // Refused, timed out, or a browser without passkeys.
    refused.hidden = false;
  } finally {
    isAsking = false;
  }
});

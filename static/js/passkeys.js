// Creates or uses a passkey: [data-passkey] asks the device, fills the hidden field of its form, and sends it.
// Only loaded by the pages of the second factor.
import { onClick } from "./dom.js";

onClick("[data-passkey]", async ({ form }) => {
  const { creation_options: made, request_options: asked } = JSON.parse(document.getElementById("js_data").textContent);
  try {
    const credential = made
      ? await navigator.credentials.create({
          publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(made.publicKey),
        })
      : await navigator.credentials.get({
          publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked.publicKey),
        });
    form.elements.credential.value = JSON.stringify(credential);
    form.submit();
  } catch {
    // Refused, timed out, or a browser without passkeys.
    document.getElementById("passkey-refused").hidden = false;
  }
});

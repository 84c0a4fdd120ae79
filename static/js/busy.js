// A button [data-busy] that waits says so, and is as before where the load was stopped or the page is seen again.
export function occupy(button, freed) {
  const usual = [...button.childNodes];
  const free = () => {
    button.ariaDisabled = null;
    button.replaceChildren(...usual);
    freed?.();
  };
  button.ariaDisabled = true;
  button.textContent = button.dataset.busy;
  window.navigation?.addEventListener("navigateerror", free, { once: true });
  addEventListener("pageshow", free, { once: true });
}

// A button [data-busy] shows that it is waiting, and is restored if loading was stopped or the page is shown again.
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

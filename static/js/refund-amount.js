// Fills in the amount of the chosen source of a refund, on a change of a [data-sum] radio button.
// An amount that somebody typed stays.
import { find, findAll } from "./dom.js";

document.addEventListener("change", ({ target }) => {
  if (target.dataset?.sum === undefined) return;
  const amount = find("[name=amount]", target.form);
  const others = findAll("[data-sum]", target.form).filter((radio) => radio !== target);
  const isUntouched = others.some((radio) => radio.dataset.sum === amount.value);
  if (isUntouched) amount.value = target.dataset.sum;
});

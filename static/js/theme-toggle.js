// Switches between the light and the dark theme, on a click on [data-theme-toggle]. early.js restores the choice.
import { onClick } from "./dom.js";

const root = document.documentElement;

function isDark() {
  const { theme } = root.dataset; // Django admin knows a third one, "auto"
  if (theme === "dark" || theme === "light") return theme === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

onClick("[data-theme-toggle]", () => {
  root.dataset.theme = isDark() ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
});

// Before the first paint: the theme this device was switched to.
const savedTheme = localStorage.getItem("theme");
if (savedTheme) document.documentElement.dataset.theme = savedTheme;
document.documentElement.dataset.js = "";

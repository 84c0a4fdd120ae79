// Before the first paint: the theme this device was switched to, and the settings that htmx reads
// once the page is there.
const savedTheme = localStorage.getItem("theme");
if (savedTheme) document.documentElement.dataset.theme = savedTheme;
document.documentElement.dataset.js = "";

const htmxSettings = document.createElement("meta");
htmxSettings.name = "htmx-config";
htmxSettings.content = JSON.stringify({
  includeIndicatorStyles: false,
  allowEval: false,
  allowScriptTags: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  defaultSettleDelay: 0,
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "422", swap: true },
    { code: "[45]..", swap: false, error: true },
  ],
});
document.head.append(htmxSettings);

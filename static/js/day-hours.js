// «завтра 10-14»: the hours go to their fields once the day is left. The server parses the same, see split_hours.
import { findAll } from "./dom.js";

const WRITTEN = /^(.+?),? +(?:[св] +)?(\d\d?(?:[:.]\d\d)?) *(?:[-–—]|до) *(\d\d?(?:[:.]\d\d)?)$/;
const CLOCKS = ":is([name$=start],[name$=end]):not([type=hidden])";

document.addEventListener("focusout", ({ target }) => {
  if (!target.matches(".when-grid [name$=day]")) return;
  const [, ...texts] = target.value.match(WRITTEN) ?? [];
  const fields = [target, ...findAll(CLOCKS, target.closest(".when-grid"))];
  if (fields.length === texts.length) fields.forEach((field, at) => { field.value = texts[at]; });
});

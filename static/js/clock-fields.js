// A typed time of day, «14», «9.30» or «1430», is shown as «14:00» once its field is left.
// The server parses the same: ClockField.
export function readClock(text) {
  const [, hour, minute = "00"] = text.match(/^\s*([01]?\d|2[0-4])(?:[:.,\- ]?([0-5]\d))?\s*$/) ?? [];
  return hour && { hour: Number(hour), minute };
}

export const writeClock = ({ hour, minute }) => `${String(hour).padStart(2, "0")}:${minute}`;

// Not on `change`: an answer may fire it while somebody is still typing. Leaving means that the focus is
// elsewhere; looking at another window does not count.
function leave(field) {
  const clock = field !== document.activeElement && readClock(field.value);
  if (clock) field.value = writeClock(clock);
}

document.addEventListener("focusout", ({ target }) => {
  if (target.matches("input[list=times]")) setTimeout(leave, 0, target);
});

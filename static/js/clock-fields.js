// A time of day as it is typed, «14», «9.30» or «1430», stands there as «14:00» once its field is left.
// The server reads the same: ClockField.
export function readClock(text) {
  const [, hour, minute = "00"] = text.match(/^\s*([01]?\d|2[0-4])(?:[:.,\- ]?([0-5]\d))?\s*$/) ?? [];
  return hour && { hour: Number(hour), minute };
}

export const writeClock = ({ hour, minute }) => `${String(hour).padStart(2, "0")}:${minute}`;

// Not by `change`: an answer from the server may bring one while somebody still types. Whoever has left has the focus
// elsewhere; whoever looks at another window has not left.
function leave(field) {
  const clock = field !== document.activeElement && readClock(field.value);
  if (clock) field.value = writeClock(clock);
}

document.addEventListener("focusout", ({ target }) => {
  if (target.matches("input[list=times]")) setTimeout(leave, 0, target);
});

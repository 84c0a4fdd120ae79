// A time of day as it is typed, «14», «9.30» or «1430», stands there as «14:00» once its field is left.
// The server reads the same: ClockField.
export function readClock(text) {
  const [, hour, minute = "00"] = text.match(/^\s*([01]?\d|2[0-3])(?:[:.,\- ]?([0-5]\d))?\s*$/) ?? [];
  return hour && { hour: Number(hour), minute };
}

export const writeClock = ({ hour, minute }) => `${String(hour).padStart(2, "0")}:${minute}`;

// Before others hear of the change and send what is typed.
window.addEventListener("change", ({ target }) => {
  const clock = target.matches("input[list=times]") && readClock(target.value);
  if (clock) target.value = writeClock(clock);
}, true);

// Automatic requests of the door: the list of today, and sending scans. Does nothing on its own.
import { csrfCookie } from "./csrf.js";

const PATIENCE = 8000;
export const AWAY = "away";
export const SIGNED_OUT = "signed out";
const FORBIDDEN = "forbidden";

// Automatic requests do not extend the session; the answer to a fragment tells when nobody is signed in.
async function ask(url, options = {}) {
  const headers = { "HX-Request": "true", "X-Unattended": "1", ...options.headers };
  const answer = await fetch(url, { ...options, headers, signal: AbortSignal.timeout(PATIENCE) }).catch(() => null);
  if (!answer || answer.status >= 500) throw new Error(AWAY);
  if (answer.status === 204) throw new Error(SIGNED_OUT);
  return answer;
}

export async function fetchList(url) {
  const answer = await ask(url);
  if (!answer.ok) throw new Error(FORBIDDEN);
  const list = await answer.json();
  return { ...list, ahead: list.made_at - Date.now() };
}

// A clock that was corrected since is that much nearer to the server's.
function secondsSince({ at, ahead }, aheadNow) {
  const set = ahead === undefined ? 0 : aheadNow - ahead;
  return Math.max(Math.floor((Date.now() - at + set) / 1000), 0);
}

// Returns nothing, or why the server did not accept the scan; for good, if the scan itself is wrong.
export async function sendScan(url, scan, { ahead, otherwise }) {
  const body = new URLSearchParams({
    location: scan.location,
    token: scan.token,
    q: scan.text,
    do: scan.do,
    seconds_ago: secondsSince(scan, ahead),
  });
  if (scan.chosen) body.set("chosen", "1");
  const answer = await ask(url, { method: "POST", body, headers: { "X-CSRFToken": csrfCookie() ?? "" } });
  if (answer.ok) return null;
  return answer.status === 422 ? { error: (await answer.json()).error, isFinal: true } : { error: otherwise };
}

// Answers a scan from the cached list. This is never a check: tickets may have changed since the list was made.
import { digestOf, digestsOfName, isSigned, parseCode } from "./door-codes.js";

const NUMBER = /^№?\s*(\d{1,15})$/;

// The state of a ticket when the list was made, updated by what this device has let in and out since.
function kindOf(row, { isLeaving, now, scans }) {
  const last = scans.findLast((scan) => scan.number === row.number);
  const isInside = last ? last.do === "in" : row.inside;
  if (isLeaving) return "listed";
  if (row.status === "cancelled") return "cancelled";
  if (row.ends <= now) return "over";
  if (row.status === "no_show" || row.status === "used") return "released";
  if (now < row.opens) return "early";
  if (row.status === "held") return "unpaid";
  return isInside ? "already" : "listed";
}

async function ofCode(code, text, asked) {
  const { list } = asked;
  if (code.location !== list.location) return { kind: "foreign" };
  const isRight = await isSigned(code, list.key);
  if (isRight === false) return { kind: "altered" };
  const row = list.tickets.find((one) => one.number === code.number);
  if (row && code.version < row.version) return { kind: "passed-on", number: code.number, text };
  if (!row || code.version > row.version) return { kind: isRight ? "signed" : "unknown", number: code.number, text };
  const isOld = row.starts !== code.starts || row.ends !== code.ends;
  return { kind: kindOf(row, asked), row, text, isOld };
}

// `asked`: list, scans of this device, now by the server's clock, isLeaving.
export async function answerTo(text, asked) {
  const { list } = asked;
  const [, number] = NUMBER.exec(text) ?? [];
  const code = parseCode(text);
  if (!list) return { kind: "no-list", number: number ?? code?.number ?? text, text };
  if (code) return ofCode(code, text, asked);
  const digest = await digestOf(text);
  const row = list.tickets.find((one) => String(one.number) === number || one.code === digest);
  if (row) return { kind: kindOf(row, asked), row, text };
  if (number) return { kind: "unknown", number, text };
  const digests = await digestsOfName(text, list.salt);
  const rows = list.tickets.filter((one) => digests.includes(one.name) && one.ends > asked.now);
  return rows.length ? { kind: "choose", rows } : { kind: "unknown", number: text, text };
}

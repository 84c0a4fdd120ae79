// Parses what was scanned or typed without asking the server; coworking/domain/ticket_codes.py defines the format.
const LENGTH = 132;
// The first format has a different character in place of the version: its codes belong to the first visitor.
const FORMAT = 2;
const WITHOUT_VERSION = 1;
const MINUTE = 60_000;
const SIGNED = 18;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`";
const CYRILLIC = "йцукенгшщзхъфывапролджэячсмитьбюё";
const DIGEST = 16;

function typedIn(text, keys, meant) {
  return [...text.toLowerCase()].map((sign) => meant[keys.indexOf(sign)] ?? sign).join("");
}

function bytesOf(text) {
  const bytes = [];
  let bits = 0;
  let held = 0;
  for (const sign of text) {
    held = (held << 5 | ALPHABET.indexOf(sign)) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push(held >> bits & 0xff);
    }
  }
  return new Uint8Array(bytes);
}

function numberIn(bytes, start, end) {
  return bytes.slice(start, end).reduce((value, byte) => value * 256 + byte, 0);
}

// Returns the content of a signed code, whether or not its signature is right; else null.
export function parseCode(text) {
  const code = typedIn(text.trim(), CYRILLIC, LATIN).toUpperCase();
  if (code.length !== LENGTH || [...code].some((sign) => !ALPHABET.includes(sign))) return null;
  const bytes = bytesOf(code);
  if (![FORMAT, WITHOUT_VERSION].includes(bytes[0])) return null;
  const starts = numberIn(bytes, 9, 13) * MINUTE;
  return {
    location: numberIn(bytes, 1, 4),
    number: numberIn(bytes, 4, 9),
    starts,
    ends: starts + numberIn(bytes, 13, 16) * MINUTE,
    version: bytes[0] === FORMAT ? numberIn(bytes, 16, 18) : 0,
    signed: bytes.slice(0, SIGNED),
    signature: bytes.slice(SIGNED),
  };
}

// Returns null if this browser cannot verify signatures: then nobody knows.
export async function isSigned(code, publicKey) {
  const key = Uint8Array.from(atob(publicKey), (sign) => sign.charCodeAt(0));
  try {
    const imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", imported, code.signature, code.signed);
  } catch {
    return null;
  }
}

export async function digestOf(text) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("").slice(0, DIGEST);
}

function lastNameIn(text) {
  return text.normalize("NFC").toLowerCase().replaceAll("ё", "е").split(/[^\p{L}\p{N}]+/u).find(Boolean) ?? "";
}

// Returns the digests of this last name in the list, in either keyboard layout.
export function digestsOfName(text, salt) {
  const names = [lastNameIn(text), lastNameIn(typedIn(text, LATIN, CYRILLIC))];
  return Promise.all(names.filter(Boolean).map((name) => digestOf(salt + name)));
}

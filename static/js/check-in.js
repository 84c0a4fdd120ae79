// The door: a sound for each answer, a field that is ready for the next ticket, the camera.
import { find, onClick } from "./dom.js";

const READ_EVERY = 250;
const SAME_CODE_REST = 4000;
const PITCHES = { ok: [880, 1320], info: [660], warn: [440, 440], bad: [220, 180, 150] };
const BEEP = 0.12;

const soundSwitch = find("[data-sound-switch]");
const cameraButton = find("[data-camera]");
const view = find("[data-camera-view]");
const { readerUrl } = find("[data-door]").dataset;
let audio = null;
let lastCode = "";
let rest = null;
let stream = null;

soundSwitch.checked = localStorage.getItem("door-sound") !== "off";
soundSwitch.addEventListener("change", () => {
  localStorage.setItem("door-sound", soundSwitch.checked ? "on" : "off");
});

export function beep(tone) {
  if (!soundSwitch.checked || !PITCHES[tone]) return;
  audio ??= new AudioContext();
  PITCHES[tone].forEach((pitch, index) => {
    const oscillator = new OscillatorNode(audio, { frequency: pitch, type: tone === "bad" ? "square" : "sine" });
    const volume = new GainNode(audio, { gain: 0.2 });
    const start = audio.currentTime + index * BEEP * 1.2;
    oscillator.connect(volume).connect(audio.destination);
    oscillator.start(start);
    oscillator.stop(start + BEEP);
  });
}

// Scanners that end a code with two line feeds send the second to an empty field.
document.addEventListener("submit", (event) => {
  const field = event.target.matches("[data-scan]") ? find("[name=q]", event.target) : null;
  if (field && !field.value.trim()) event.preventDefault();
});

// A ticket may be read before the last one has its answer: its code waits, complete or as far as it is typed.
const codes = [];
let asked = null; // the code that was sent
let request = null; // and its request
let typed = "";

document.addEventListener("submit", (event) => {
  if (asked === null || !event.target.matches("[data-scan]")) return;
  event.preventDefault();
  event.stopPropagation();
  const field = find("[name=q]", event.target);
  if (field.value.trim()) codes.push(field.value);
  field.value = "";
}, true);

document.addEventListener("htmx:beforeSend", ({ detail }) => {
  if (!detail.elt.matches("[data-scan]")) return;
  const field = find("[name=q]", detail.elt);
  asked = field.value;
  request = detail.xhr;
  field.value = "";
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id === "scan") typed = asked === null ? "" : find("#scan [name=q]").value;
});

function hold(field) {
  field.value = codes.shift();
}

// Without an answer the code is restored, for the door without network or for another attempt.
["htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach((name) => {
  document.addEventListener(name, ({ detail }) => {
    if (detail.xhr !== request) return;
    const field = find("[data-scan] [name=q]");
    field.value = asked;
    asked = null;
    setTimeout(() => { if (codes.length && !field.value) hold(field); });
  });
});

function readNext() {
  if (asked === null) return;
  asked = null;
  const form = find("[data-scan]");
  const field = find("[name=q]", form);
  if (codes.length && find("#scan").dataset.tone === "ok") {
    hold(field);
    form.requestSubmit();
    field.value = typed;
  } else if (codes.length && !typed) {
    hold(field); // problems are shown first
    field.select();
  }
}

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.xhr === request) setTimeout(readNext); // an error is shown after this
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  const verdict = find("#scan [data-sound]");
  if (detail.target.id !== "scan" || !verdict) return;
  beep(verdict.dataset.sound);
  const field = find("#scan [name=q]");
  field.focus();
  if (typed) field.value = typed;
  else field.select();
});

// A code is read once while it is held in front of the camera.
function readCode(code) {
  clearTimeout(rest);
  rest = setTimeout(() => { lastCode = ""; }, SAME_CODE_REST);
  if (code === lastCode) return;
  lastCode = code;
  const form = find("[data-scan]");
  find("[name=q]", form).value = code;
  form.requestSubmit();
}

async function look(detector) {
  if (!stream) return;
  const [found] = await detector.detect(view).catch(() => []);
  if (found) readCode(found.rawValue);
  setTimeout(look, READ_EVERY, detector);
}

// Some browsers have the interface but cannot read this kind of code.
async function detector() {
  const formats = await window.BarcodeDetector?.getSupportedFormats().catch(() => []);
  const source = formats?.includes("qr_code") || !readerUrl ? window : await import(readerUrl);
  return new source.BarcodeDetector({ formats: ["qr_code"] });
}

async function openCamera() {
  const reader = await detector();
  stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  view.srcObject = stream;
  view.hidden = false;
  await view.play();
  look(reader);
}

function closeCamera() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  view.hidden = true;
}

const readsCodes = Boolean(navigator.mediaDevices && ("BarcodeDetector" in window || readerUrl));
cameraButton.hidden = !readsCodes;
find("[data-no-camera]").hidden = readsCodes;

onClick("[data-camera]", async (button) => {
  const wasOpen = Boolean(stream);
  if (wasOpen) closeCamera();
  else await openCamera().catch(closeCamera);
  button.setAttribute("aria-pressed", String(Boolean(stream)));
  find("[data-camera-refused]").hidden = wasOpen || Boolean(stream);
});

// The door without network: the cached list answers, scans wait on this device and are sent once the network is back.
import { find, findAll, onClick } from "./dom.js";
import { beep } from "./check-in.js";
import { AWAY, SIGNED_OUT, fetchList, sendScan } from "./door-network.js";
import { PAGE_CACHE, dropScan, forgetDay, keepList, keepScan, momentOf, readList, readScans } from "./door-store.js";

const ONLINE_SECONDS = 60;
const AWAY_SECONDS = 10;

const page = find("[data-door]");
const wayBack = find("[data-way-back]");
const { user, listUrl, scansUrl, settleUrl, workerUrl, pageUrl, answersUrl, otherwise } = page.dataset;
let list = null;
let lostAt = null;
let shown = null;
let turn = 0; // a slow answer must not replace a later one
let isKept = false;
let timer = null;

function template(name, values = {}) {
  const part = find(`template[data-part="${name}"]`).content.cloneNode(true);
  findAll("[data-fill]", part).forEach((element) => {
    element.textContent = element.textContent.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
  });
  return part;
}

function clockOf(moment) {
  return new Intl.DateTimeFormat("ru", { hour: "2-digit", minute: "2-digit", timeZone: list?.zone }).format(moment);
}

async function ownScans() {
  return (await readScans()).filter((scan) => String(scan.user) === user);
}

// --- What the page shows

function showQueue(scans, others) {
  const queue = find("#door-queue");
  queue.hidden = !scans.length && !others;
  find("[data-count]", queue).textContent = scans.length;
  find("ul", queue).replaceChildren(...scans.map((scan) => {
    const row = template(scan.isFinal ? "refused-scan" : "waiting-scan", {
      ticket: scan.seat ? `${scan.number} · ${scan.seat}` : scan.number,
      time: clockOf(momentOf(scan)),
      error: scan.error,
    });
    find("[data-drop]", row)?.setAttribute("data-drop", scan.token);
    return row;
  }), ...(others ? [template("others-scans", { count: others })] : []));
  if (scans.some((scan) => scan.error)) queue.open = true;
}

async function showState() {
  const all = await readScans();
  const scans = all.filter((scan) => String(scan.user) === user);
  showQueue(scans, all.length - scans.length);
  // Leaving without network leads to an error page.
  if (lostAt?.why === "away") wayBack.removeAttribute("aria-keyshortcuts");
  else wayBack.setAttribute("aria-keyshortcuts", "Escape");
  find("#to-settle").hidden = lostAt?.why === "away"; // they cannot be settled now
  const banner = find("#door-network");
  const state = lostAt ? `${lostAt.why}${scans.length && lostAt.why === "away" ? "-waiting" : ""}` : "";
  const values = { count: scans.length, lost: clockOf(lostAt?.at ?? 0), saved: list?.made };
  const said = JSON.stringify([state, values]);
  find("#door-kept").replaceChildren(...(isKept && list && !state ? [template("kept", values)] : []));
  if (banner.dataset.said === said) return; // rewriting a live region makes it be read out again
  banner.dataset.said = said;
  banner.replaceChildren(...(state ? [template(state, values)] : []));
}

function show(kind, values, ...parts) {
  const scan = find("#scan");
  const form = find("[data-scan]", scan);
  const said = template(kind, values);
  const tone = said.firstElementChild.dataset.sound;
  find(".verdict, .unknown", scan).replaceWith(said);
  scan.dataset.tone = tone;
  [...form.parentElement.children].filter((element) => element !== form).forEach((element) => element.remove());
  form.before(...parts);
  find("[name=q]", form).focus();
  beep(tone);
}

function showAnswer(answer) {
  const values = { saved: list?.made, number: answer.number, ...answer.row };
  const name = answer.row ? "ticket" : "no-ticket";
  const parts = ["foreign", "altered", "passed-on", "choose"].includes(answer.kind) ? [] : [template(name, values)];
  if (answer.kind === "choose") {
    const choice = template("choice");
    find("ul", choice).append(...answer.rows.map((row) => {
      const item = template("choice-row", row);
      find("[data-choose]", item).dataset.choose = row.number;
      return item;
    }));
    parts.push(choice);
  } else if (parts.length) {
    if (answer.row) {
      find(answer.row.seat ? "[data-pool]" : "[data-seat]", parts[0]).remove();
      find("[data-old]", parts[0]).hidden = !answer.isOld;
    }
    parts.push(template(answer.do === "out" ? "let-out" : answer.kind === "listed" ? "let-in" : "let-in-anyway"));
  }
  shown = answer;
  show(answer.kind, values, ...parts);
}

// --- What is asked and recorded without network

async function answerHere(values) {
  const text = values.q.trim();
  if (!text) return;
  turn += 1;
  const mine = turn;
  const { answerTo } = await import(answersUrl); // cached by the worker; nobody waits for it while there is network
  const asked = { list, scans: await ownScans(), now: Date.now() + (list?.ahead ?? 0), isLeaving: values.do === "out" };
  const answer = await answerTo(text, asked);
  if (mine === turn) showAnswer({ ...answer, token: values.token, do: values.do, chosen: Boolean(values.chosen) });
}

async function record(answer) {
  const { row, token } = answer;
  turn += 1;
  const mine = turn;
  await keepScan({
    token,
    user,
    location: list?.location ?? Number(page.dataset.location),
    text: answer.chosen && row ? String(row.number) : answer.text,
    do: answer.do,
    chosen: answer.chosen,
    number: row?.number ?? answer.number,
    seat: row?.seat,
    at: Date.now(),
    ahead: list?.ahead,
  });
  if (mine === turn) {
    shown = null;
    renewToken();
    show(answer.do === "out" ? "noted-out" : "noted-in", {});
  }
  await showState();
  if (!lostAt) look();
}

// The page may be an old copy, and a token is for one scan.
function renewToken() {
  const token = find("[data-scan] [name=token]");
  if (token) token.value = crypto.randomUUID();
}

function takeOver(form) {
  const values = Object.fromEntries(new FormData(form));
  if (!values.q || !["in", "out"].includes(values.do)) return false;
  renewToken();
  find("[name=q]", form).value = ""; // the next code may be typed before this one has its answer
  answerHere(values);
  return true;
}

// --- The network

function lose(why) {
  lostAt ??= { at: Date.now(), why };
  lostAt.why = why;
  showState();
  plan();
}

async function send() {
  const scans = await ownScans();
  let sent = 0;
  for (const scan of scans.filter((one) => !one.isFinal)) {
    const refusal = await sendScan(scansUrl, scan, { ahead: list.ahead, otherwise });
    if (refusal) await keepScan({ ...scan, ...refusal });
    else await dropScan(scan.token);
    sent += 1;
  }
  if (sent) htmx.ajax("GET", settleUrl, { target: "#to-settle", swap: "outerHTML" });
  return sent;
}

async function renewList() {
  list = await fetchList(listUrl);
  await keepList(list);
}

// Unchecked scans are checked now; a person has let them in, not the network. If the next
// ticket is being read by then, that one takes precedence.
const isReading = () => find("[data-scan]").matches(".htmx-request") || find("[data-scan] [name=q]").value;

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id === "scan" && detail.requestConfig.verb === "get" && isReading()) detail.shouldSwap = false;
});

function askServer(text) {
  shown = null;
  htmx.ajax("GET", pageUrl, { target: "#scan", swap: "outerHTML", values: { q: text } });
}

async function lookOnce() {
  try {
    await renewList();
    if (await send()) await renewList(); // including those who were let in, or the next outage would forget them
    const unchecked = lostAt && shown?.text;
    lostAt = null;
    if (unchecked) askServer(unchecked);
  } catch (error) {
    if (error.message !== AWAY) { // nobody is signed in, or it is somebody who has no rights here
      list = null;
      await forgetDay();
    }
    lose(error.message === SIGNED_OUT ? "signed-out" : error.message === AWAY ? "away" : "forbidden");
  }
  await dropOldList();
  await showState();
}

// Of several door pages on one device, only one polls and sends.
async function look() {
  await navigator.locks.request("door", { ifAvailable: true }, (lock) => (lock ? lookOnce() : null));
  plan();
}

function plan() {
  clearTimeout(timer);
  const isIdle = document.hidden && !lostAt;
  timer = setTimeout(isIdle ? plan : look, (lostAt ? AWAY_SECONDS : ONLINE_SECONDS) * 1000);
}

async function dropOldList() {
  if (!list) return;
  if (String(list.user) === user && Date.now() + list.ahead < list.until) return;
  list = null;
  await forgetDay();
}

async function keepPage() {
  await navigator.serviceWorker.register(workerUrl, { scope: pageUrl, updateViaCache: "none" });
  const answer = await fetch(pageUrl, { headers: { "X-Unattended": "1" } });
  if (!answer.ok || answer.redirected) return;
  await (await caches.open(PAGE_CACHE)).put(pageUrl, answer);
  await navigator.serviceWorker.ready;
  await import(answersUrl);
  isKept = true;
  await showState();
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt;
  if (lostAt?.why === "away" && form.matches("#scan form") && takeOver(form)) event.preventDefault();
});

// A server that is down counts as no network.
function goOnAlone({ type, detail }) {
  if (type === "htmx:responseError" && ![502, 503, 504].includes(detail.xhr.status)) return;
  lose("away");
  if (detail.elt.matches("#scan form")) takeOver(detail.elt);
}

["htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach((name) => document.addEventListener(name, goOnAlone));

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id !== "scan") return;
  shown = null;
  turn += 1;
});

onClick("[data-let-in]", () => record(shown));
onClick("[data-ask-first]", () => find("#let-in-anyway").showModal());
onClick("[data-let-in-anyway]", () => {
  find("#let-in-anyway").close();
  record(shown);
});
onClick("[data-choose]", (button) => answerHere({
  q: button.dataset.choose, do: shown.do, token: shown.token, chosen: true,
}));
onClick("[data-drop]", async (button) => {
  await dropScan(button.dataset.drop);
  await showState();
});

addEventListener("offline", () => lose("away"));
addEventListener("online", look);
document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });

async function start() {
  htmx.config.timeout = 8000;
  renewToken();
  list = await readList() ?? null;
  await dropOldList();
  if (!navigator.onLine) lose("away");
  await look();
  if (!lostAt) await keepPage().catch(() => {}); // without it the page still works while it is open
}

if (crypto.subtle && "serviceWorker" in navigator && "indexedDB" in globalThis) start();

// Keeps the page of the door and its files for when the network is away. What the page does then: door-offline.js.
const FILES_CACHE = "door-files-{{ version }}";
const PAGE_CACHE = "door-page";
const PAGE = "{% url "orders:check-in" %}";
const FILES = [{% for file in files %}
  "{{ file }}",{% endfor %}
];
const PATIENCE = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(FILES_CACHE).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

async function dropOldFiles() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("door-files-") && name !== FILES_CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

self.addEventListener("activate", (event) => event.waitUntil(dropOldFiles()));

// A line that is there and says nothing is no better than none.
async function pageOf(request) {
  const kept = await caches.match(PAGE, { cacheName: PAGE_CACHE, ignoreSearch: true, ignoreVary: true });
  if (!kept) return fetch(request);
  const patience = new Promise((resolve, reject) => { setTimeout(reject, PATIENCE); });
  const answer = await Promise.race([fetch(request), patience]).catch(() => kept);
  return answer.status >= 500 ? kept.clone() : answer;
}

async function fileOf(request) {
  return await caches.match(request, { cacheName: FILES_CACHE, ignoreVary: true }) || fetch(request);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  if (request.mode === "navigate" && address.pathname === PAGE) event.respondWith(pageOf(request));
  else if (FILES.includes(address.pathname)) event.respondWith(fileOf(request));
});

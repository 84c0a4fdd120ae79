// What the door stores on this device: the list of today, and unsent scans. Does nothing on its own.
const NAME = "door";
const LISTS = "lists";
const SCANS = "scans";
const TODAY = "today";
export const PAGE_CACHE = "door-page";

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function open() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(LISTS);
    request.result.createObjectStore(SCANS, { keyPath: "token" });
  };
  return done(request);
}

async function within(store, mode, act) {
  const database = await open();
  try {
    const transaction = database.transaction(store, mode);
    const result = await done(act(transaction.objectStore(store)));
    return result;
  } finally {
    database.close();
  }
}

export const readList = () => within(LISTS, "readonly", (store) => store.get(TODAY));
export const keepList = (list) => within(LISTS, "readwrite", (store) => store.put(list, TODAY));
export const keepScan = (scan) => within(SCANS, "readwrite", (store) => store.put(scan));
export const dropScan = (token) => within(SCANS, "readwrite", (store) => store.delete(token));

// By the server's clock, as far as this device knows it.
export const momentOf = ({ at, ahead = 0 }) => at + ahead;

export async function readScans() {
  const scans = await within(SCANS, "readonly", (store) => store.getAll());
  return scans.sort((one, other) => momentOf(one) - momentOf(other));
}

// Scans stay: they name nobody, and their visitors may still be inside.
export async function forgetDay() {
  await within(LISTS, "readwrite", (store) => store.clear());
  await globalThis.caches?.delete(PAGE_CACHE);
}

// The key to this device's database: random, wrapped with the advisor's PIN and with a key of this browser that no
// script can read. Only the wrapped form is ever stored.
const ITERATIONS = 600000; // PBKDF2 with SHA-256, OWASP 2023
const FREE_TRIES = 5;
const FIRST_WAIT = 30000; // ms, doubled by each further wrong PIN
const LONGEST_WAIT = 3600000; // ms

const promise = request => new Promise((done, failed) => {
  request.onsuccess = () => done(request.result);
  request.onerror = () => failed(request.error);
});

async function store(mode, act) {
  const opening = indexedDB.open('miaopi-vault', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('vault');
  const db = await promise(opening);
  try {
    const transaction = db.transaction('vault', mode, { durability: 'strict' });
    const done = new Promise((whole, failed) => {
      transaction.oncomplete = whole;
      transaction.onabort = transaction.onerror = () => failed(transaction.error);
    });
    const result = await promise(act(transaction.objectStore('vault')));
    await done;
    return result;
  } finally {
    db.close();
  }
}

// What is stored, or undefined.
export const read = () => store('readonly', all => all.get('vault'));
export const forget = () => store('readwrite', all => all.delete('vault'));
const write = vault => store('readwrite', all => all.put(vault, 'vault'));

// Changes what is stored, where something is, in one transaction; gives what was there before.
async function change(next) {
  let before;
  await store('readwrite', all => {
    const asking = all.get('vault');
    asking.addEventListener('success', () => {
      before = asking.result;
      if (before) all.put(next(before), 'vault');
    });
    return asking;
  });
  return before;
}

async function pinKey(pin, salt, iterations) {
  const raw = await crypto.subtle.importKey('raw', new TextEncoder().encode(pin), 'PBKDF2', false, ['deriveKey']);
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations };
  return crypto.subtle.deriveKey(how, raw, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

// Keeps the key under this PIN.
export async function create(pin, key, deviceName) {
  const random = size => crypto.getRandomValues(new Uint8Array(size));
  const [salt, inner, outer] = [random(16), random(12), random(12)];
  const own = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const byPin = await pinKey(pin, salt, ITERATIONS);
  const once = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: inner }, byPin, key);
  const wrapped = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: outer }, own, once);
  await write({ salt, inner, outer, own, wrapped, iterations: ITERATIONS, wrong: 0, waitUntil: 0, deviceName, unsynced: 0 });
}

// May a PIN be tried? A clock that was set back gains nothing, and one that was far ahead costs an hour at most.
const waits = (vault, now) => now < vault.waitUntil && vault.waitUntil - now <= LONGEST_WAIT;

// The key, or the code of why not.
export async function open(pin) {
  // Counted before it is tried: ending the app, or trying in several tabs, gains nothing.
  let wait = 0;
  const vault = await change(vault => {
    const now = Date.now();
    if (waits(vault, now)) return vault;
    if (vault.waitUntil > now) return { ...vault, waitUntil: now + LONGEST_WAIT };
    const wrong = vault.wrong + 1;
    wait = wrong >= FREE_TRIES ? Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (wrong - FREE_TRIES)) : 0;
    return { ...vault, wrong, waitUntil: wait && now + wait };
  });
  if (!vault) return { code: 'device_new' };
  if (vault.waitUntil > Date.now()) return { code: 'pin_wait' };
  try {
    const once = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: vault.outer }, vault.own, vault.wrapped);
    const byPin = await pinKey(pin, vault.salt, vault.iterations);
    const key = new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: vault.inner }, byPin, once));
    await change(vault => ({ ...vault, wrong: 0, waitUntil: 0 }));
    return { key };
  } catch {
    return { code: wait ? 'pin_wait' : 'pin_wrong' };
  }
}

// How many things are not yet safe on the server: shown while the device is locked.
export async function noteUnsynced(unsynced) {
  if ((await read())?.unsynced !== unsynced) await change(vault => ({ ...vault, unsynced }));
}

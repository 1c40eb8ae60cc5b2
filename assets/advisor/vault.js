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
const write = vault => store('readwrite', all => all.put(vault, 'vault'));
export const forget = () => store('readwrite', all => all.delete('vault'));

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

// The key, or the code of why not.
export async function open(pin) {
  const vault = await read();
  if (!vault) return { code: 'device_new' };
  if (Date.now() < vault.waitUntil) return { code: 'pin_wait' };
  // Counted before it is tried: ending the app gains nothing.
  const wrong = vault.wrong + 1;
  const wait = wrong >= FREE_TRIES ? Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (wrong - FREE_TRIES)) : 0;
  await write({ ...vault, wrong, waitUntil: wait && Date.now() + wait });
  try {
    const once = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: vault.outer }, vault.own, vault.wrapped);
    const byPin = await pinKey(pin, vault.salt, vault.iterations);
    const key = new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: vault.inner }, byPin, once));
    await write({ ...vault, wrong: 0, waitUntil: 0 });
    return { key };
  } catch {
    return { code: wait ? 'pin_wait' : 'pin_wrong' };
  }
}

// How many things are not yet safe on the server: shown while the device is locked.
export async function noteUnsynced(unsynced) {
  const vault = await read();
  if (vault && vault.unsynced !== unsynced) await write({ ...vault, unsynced });
}

// Makes the app start without a network, in one version as a whole; and remembers, in memory only, the key of a device
// that is unlocked, so that a page loaded again need not ask for the PIN.
const FILES = []; // [address, digest], written at the build
const VERSION = 'none'; // digest of all of them

const OURS = 'miaopi-advisor-';
const CACHE = OURS + VERSION;
const SHELL = '/advisor/';

self.addEventListener('install', event => event.waitUntil(precache()));

async function precache() {
  const cache = await caches.open(CACHE);
  await Promise.all(FILES.map(async ([address, digest]) => {
    // What did not change since the last version is at hand.
    const known = await fromOthers(address, digest);
    if (known) return cache.put(address, known);
    const answer = await fetch(address, { cache: 'no-cache' });
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    const body = await answer.blob();
    if ((await digestOf(body)) !== digest) throw new Error(`${address} is of another version`);
    await cache.put(address, new Response(body, { headers: { ...kind(answer), 'X-Digest': digest } }));
  }));
}

const PASSED_ON = ['content-type', 'content-security-policy', 'cross-origin-opener-policy',
  'cross-origin-resource-policy', 'x-content-type-options', 'referrer-policy', 'permissions-policy'];
const kind = answer => Object.fromEntries(PASSED_ON.map(name => [name, answer.headers.get(name)]).filter(([, v]) => v));

async function digestOf(blob) {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()));
  return [...bytes.slice(0, 8)].map(byte => byte.toString(16).padStart(2, '0')).join('');
}

async function fromOthers(address, digest) {
  for (const name of await caches.keys()) {
    const found = name !== CACHE && (await (await caches.open(name)).match(address));
    if (found && found.headers.get('X-Digest') === digest) return found;
  }
  return null;
}

self.addEventListener('activate', event => event.waitUntil((async () => {
  const old = (await caches.keys()).filter(name => name.startsWith(OURS) && name !== CACHE);
  await Promise.all(old.map(name => caches.delete(name)));
  await clients.claim();
})()));

self.addEventListener('fetch', event => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  const address = request.mode === 'navigate' ? SHELL : url.pathname;
  if (request.mode === 'navigate' ? !url.pathname.startsWith(SHELL) : !FILES.some(([known]) => known === address)) return;
  event.respondWith((async () => (await (await caches.open(CACHE)).match(address)) ?? fetch(request))());
});

// ── the person says when the new version may take over
self.addEventListener('message', event => {
  if (event.data === 'take over') self.skipWaiting();
});

// ── the key of an unlocked device
let key = null;
const keeper = new BroadcastChannel('miaopi-keeper');
keeper.onmessage = ({ data }) => {
  if (data.keep) key = data.keep;
  else if (data.forget) key = null;
  else if (data.ask) keeper.postMessage({ for: data.ask, key });
};

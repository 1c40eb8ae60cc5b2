// The engine's shell: holds the database for all tabs of this browser, connects, uploads, locks. What is decided, the
// engine decides (core.js, from app/core).
//
// One tab's worker leads: it has the lock and the database. The others pass on what their pages ask.
import init, { Core, database_exists, delete_database, install, public_key, rescue } from './core.js';
import * as vault from './vault.js';

const TICK = 250; // ms
const LOOK_AT_STORAGE = 60000; // ms
const IDLE = 600000; // ms without a touch until it locks
const STILL_SENDING = 1800000; // ms, as long as something is being sent
const UPLOAD_TIMEOUT = 60000; // ms
const SIGN_IN_TIMEOUT = 20000; // ms
const KEEPER_PATIENCE = 300; // ms
const INSTALL_TRIES = 40;
const INSTALL_PAUSE = 100; // ms
const CONNECT_TIMEOUT = 10000; // ms
const REMEMBERED = 500; // answers to other tabs

// Of this script's own version, whenever it comes to lead.
const program = WebAssembly.compileStreaming(fetch(new URL('./core_bg.wasm', import.meta.url)));
program.catch(() => {});

const me = crypto.randomUUID();
const tabs = new BroadcastChannel('miaopi-engine');
const keeper = new BroadcastChannel('miaopi-keeper');
const passedOn = new Map(); // id → what this tab's page asked of the leader
const answered = new Map(); // another tab's question → the promise of its answer

let leading = false;
let core = null; // unlocked
let broken = null; // code of why there is no storage here
let erased = false;
let socket = null;
let active = Date.now();
let standing = null; // as last told

// ── asking

self.onmessage = ({ data }) => take(data);

async function take({ id, ask, bytes }) {
  if (leading) return reply(await perform(ask, bytes, id), id);
  passedOn.set(id, { ask, bytes });
  tabs.postMessage({ to: 'leader', from: me, id, ask, bytes });
}

function reply({ answer, bytes }, id) {
  self.postMessage({ id, answer, bytes }, bytes ? [bytes] : []);
}

tabs.onmessage = async ({ data }) => {
  if (data.to === 'leader' && leading) {
    const { answer, bytes } = await once(data);
    tabs.postMessage({ to: data.from, id: data.id, answer, bytes });
  } else if (data.to === me && passedOn.delete(data.id)) {
    reply(data, data.id);
  } else if (data.news) {
    self.postMessage({ news: data.news });
  } else if (data.leads) {
    // Whoever led before may have left without an answer.
    for (const [id, { ask, bytes }] of passedOn) tabs.postMessage({ to: 'leader', from: me, id, ask, bytes });
  } else if (data.active) {
    active = Date.now();
  } else if (data.broke) {
    reportError(new Error('the engine ended'));
  }
};

// A question that comes twice, because its asker did not know whether it was heard, is carried out once.
function once({ from, id, ask, bytes }) {
  const name = `${from} ${id}`;
  if (!answered.has(name)) {
    answered.set(name, perform(ask, bytes, id));
    if (answered.size > REMEMBERED) answered.delete(answered.keys().next().value);
  }
  return answered.get(name);
}

// What opens and closes the database happens one after the other.
let last = Promise.resolve();
const inTurn = act => (last = last.then(act, act));

const refused = code => ({ answer: JSON.stringify({ answer: 'refused', code }) });
const said = value => ({ answer: JSON.stringify({ answer: 'standing', ...value }) });

const perform = (text, bytes, id) => carryOut(text, bytes, id).catch(error => refused(error?.code ?? 'storage_failed'));

async function carryOut(text, bytes, id) {
  const ask = JSON.parse(text);
  if (broken) return refused(broken);
  switch (ask.ask) {
    case 'standing':
      return core ? asked(text) : said(await closed());
    case 'enrol':
      return inTurn(() => enrol(ask));
    case 'unlock':
      return inTurn(() => unlock(ask.pin));
    case 'lock':
      await inTurn(lock);
      return said(await closed());
    case 'rescue':
      return core ? asked(text) : inTurn(() => rescueClosed(ask));
    case 'contract':
      return core ? contract(ask.document) : refused('device_locked');
    default:
      return core ? asked(text, bytes, id) : refused('device_locked');
  }
}

// The engine remembers what it did under which id, so that another worker knows it too.
function asked(text, bytes, id) {
  const answer = run(() => core.ask(text, bytes && new Uint8Array(bytes), id));
  act();
  return answer;
}

async function contract(document) {
  const { code, path, headers } = run(() => core.contract(document));
  if (code) return refused(code);
  const answer = await fetch(path, { headers, signal: AbortSignal.timeout(UPLOAD_TIMEOUT) }).catch(() => null);
  const bytes = answer?.ok ? await answer.arrayBuffer().catch(() => null) : null;
  if (bytes) return { answer: '{"answer":"contract"}', bytes };
  return refused(answer && !answer.ok ? await problem(answer, 'no_network') : 'no_network');
}

// A program that panicked cannot go on: every tab says so, and another worker takes over.
function run(engine) {
  try {
    return engine();
  } catch (error) {
    core = null;
    broken = 'engine_crashed';
    tabs.postMessage({ broke: true });
    reportError(error);
    setTimeout(() => self.close(), KEEPER_PATIENCE);
    throw error;
  }
}

// ── where we are, while the database is closed

async function closed() {
  const kept = await vault.read();
  const there = database_exists();
  let gate = 'new';
  if (erased) gate = 'revoked';
  else if (kept) gate = !there ? 'lost' : Date.now() < kept.waitUntil ? 'waiting' : 'locked';
  return {
    gate, link: 'offline', unsynced: kept?.unsynced ?? 0, aside: 0, photo_bytes: 0, sending_percent: null, account: null,
    device_name: kept?.deviceName ?? null, capturing: null,
  };
}

function tell(news) {
  if (news.includes('"news":"standing"')) {
    standing = JSON.parse(news);
    vault.noteUnsynced(standing.unsynced).catch(() => {});
  }
  self.postMessage({ news });
  tabs.postMessage({ news });
}

const tellClosed = async () => tell(JSON.stringify({ news: 'standing', ...(await closed()) }));

// ── enrolling and the key

async function enrol({ user, password, device_name: name, pin }) {
  if (!/^\d{6,12}$/.test(pin)) return refused('pin_form');
  if (core || ((await vault.read()) && database_exists())) return refused('enrolled_already');
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const device = await enrolAtServer(user, password, name, public_key(secret));
  if (device.code) return refused(device.code);
  // What an earlier attempt, or an earlier owner, left behind cannot be read by anybody any more.
  delete_database();
  const key = crypto.getRandomValues(new Uint8Array(32));
  const opened = Core.open(key);
  try {
    opened.enrol(device.device, device.tenant, device.scope, name, secret);
    await vault.create(pin, key, name);
  } catch (error) {
    opened.free();
    throw error;
  }
  erased = false;
  await opened_with(opened, key);
  return asked('{"ask":"standing"}');
}

async function enrolAtServer(user, password, name, publicKey) {
  const call = (url, how) =>
    fetch(url, { credentials: 'same-origin', signal: AbortSignal.timeout(SIGN_IN_TIMEOUT), ...how }).catch(() => null);
  const accept = { Accept: 'application/json' };
  const signedIn = await call('/office/sign-in', {
    method: 'POST', body: new URLSearchParams({ user, password }), headers: accept, redirect: 'manual',
  });
  if (!signedIn) return { code: 'no_network' };
  if (signedIn.type !== 'opaqueredirect' && !signedIn.ok) return { code: await problem(signedIn, 'sign_in_wrong') };
  const answer = await call('/api/v1/devices', {
    method: 'POST', headers: { ...accept, 'Content-Type': 'application/json' },
    body: JSON.stringify({ name, public_key: publicKey }),
  });
  // The session was for this only.
  await call('/api/v1/devices/session', { method: 'DELETE', headers: accept });
  if (!answer) return { code: 'no_network' };
  return answer.ok ? answer.json() : { code: await problem(answer, 'enrolment_refused') };
}

const problem = (answer, otherwise) => answer.json().then(({ code }) => code ?? otherwise, () => otherwise);

async function unlock(pin) {
  if (core) return asked('{"ask":"standing"}');
  if (!database_exists()) return said(await closed());
  const { key, code } = await vault.open(pin);
  if (!key) return refused(code);
  await opened_with(Core.open(key), key);
  return asked('{"ask":"standing"}');
}

// From a database that does not open otherwise.
async function rescueClosed({ pin = '', after = '' }) {
  if (core) return refused('enrolled_already');
  if (!database_exists()) return refused('nothing_unsynced');
  const { key, code } = await vault.open(pin);
  return key ? rescue(key, after) : refused(code);
}

async function opened_with(opened, key) {
  core = opened;
  active = Date.now();
  keeper.postMessage({ keep: key });
  act();
  lookAtStorage();
}

async function lock() {
  keeper.postMessage({ forget: true });
  drop(socket);
  const gone = core;
  core = null;
  gone?.free();
  await tellClosed();
}

// A page that was loaded again within moments finds its key with the service worker, which keeps it in memory only.
const kept = () => new Promise(done => {
  const hear = ({ data }) => data.for === me && finish(data.key);
  const finish = key => {
    keeper.removeEventListener('message', hear);
    clearTimeout(patience);
    done(key ?? null);
  };
  const patience = setTimeout(finish, KEEPER_PATIENCE);
  keeper.addEventListener('message', hear);
  keeper.postMessage({ ask: me });
});

// ── what the engine wants done

function act() {
  for (const deed of core ? run(() => core.deeds()) : []) deeds[deed.deed](deed);
}

const deeds = {
  connect() {
    drop(socket);
    const mine = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/sync`, 'miaopi-sync.1');
    socket = mine;
    mine.binaryType = 'arraybuffer';
    const happened = event => mine === socket && core && (run(event), act());
    setTimeout(() => mine.readyState === WebSocket.CONNECTING && mine.close(), CONNECT_TIMEOUT);
    mine.onopen = () => happened(() => core.connected());
    mine.onmessage = ({ data }) => happened(() => core.message(new Uint8Array(data)));
    mine.onclose = () => happened(() => {
      socket = null;
      core.disconnected();
    });
  },
  disconnect: () => drop(socket),
  send({ bytes }) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(bytes);
  },
  async upload({ photo, path, method, headers, body }) {
    const asking = core;
    const how = { method, headers, body, signal: AbortSignal.timeout(UPLOAD_TIMEOUT) };
    const answer = await fetch(path, how).catch(() => null);
    const offset = answer?.headers.get('Upload-Offset');
    if (core !== asking) return;
    run(() => core.uploaded(photo, answer?.status ?? 0, offset == null ? undefined : Number(offset)));
    act();
  },
  async read({ photo, path, method, headers }) {
    const asking = core;
    const answer = await fetch(path, { method, headers, signal: AbortSignal.timeout(UPLOAD_TIMEOUT) }).catch(() => null);
    const body = await answer?.arrayBuffer().catch(() => null);
    if (core !== asking) return;
    run(() => core.read(photo, body ? answer.status : 0, new Uint8Array(body ?? 0)));
    act();
  },
  tell: ({ news }) => tell(news),
  erase: () => inTurn(async () => {
    keeper.postMessage({ forget: true });
    drop(socket);
    const gone = core;
    core = null;
    erased = true;
    await vault.forget();
    gone?.free();
    delete_database();
    await tellClosed();
  }),
};

function drop(old) {
  if (old === socket) socket = null;
  old?.close();
}

setInterval(() => {
  if (!core) return;
  const sending = socket && standing && standing.unsynced > standing.aside;
  if (Date.now() - active > (sending ? STILL_SENDING : IDLE)) return void inTurn(lock);
  run(() => core.tick());
  act();
}, TICK);

// How safely the browser keeps the database: the office sees devices that might lose something.
async function lookAtStorage() {
  const kept = await navigator.storage?.persisted?.().catch(() => null);
  const { quota, usage } = (await navigator.storage?.estimate?.().catch(() => null)) ?? {};
  if (!core || kept == null) return;
  run(() => core.storage(kept, quota ? quota - (usage ?? 0) : undefined));
  act();
}

setInterval(() => core && lookAtStorage(), LOOK_AT_STORAGE);

self.addEventListener('online', () => {
  if (socket?.readyState === WebSocket.CONNECTING) socket.close();
  if (core) asked('{"ask":"connect_now"}');
});

// ── leading

navigator.locks.request('miaopi-engine', async () => {
  try {
    await init({ module_or_path: await program });
    await ready();
  } catch (error) {
    broken = error?.code ?? 'engine_crashed';
  }
  const key = broken ? null : await kept();
  if (key && database_exists()) {
    try {
      await opened_with(Core.open(key), key);
    } catch {
      keeper.postMessage({ forget: true });
    }
  }
  leading = true;
  tabs.postMessage({ leads: me });
  for (const [id, { ask, bytes }] of passedOn) {
    passedOn.delete(id);
    take({ id, ask, bytes });
  }
  if (!broken && !core) await tellClosed();
  await new Promise(() => {}); // until this tab ends
});

// The tab that led before may take a moment to let go of its files.
async function ready() {
  for (let tries = 1; ; tries++) {
    try {
      return await install();
    } catch (error) {
      if (tries >= INSTALL_TRIES) {
        broken = error?.code ?? 'storage_unavailable';
        return;
      }
      await new Promise(again => setTimeout(again, INSTALL_PAUSE));
    }
  }
}

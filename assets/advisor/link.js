// What lies around the page: a browser, where the engine is a worker, or an app of its own (mobile/), where it is the
// program that opened this page. To the screens they are the same.
const program = window.__TAURI__?.core;
const page = program && crypto.randomUUID();
const UNNAMED = 'miaopi.pdf';

export const engine = () => (program ? new Program() : new Worker('/advisor/worker.js', { type: 'module' }));

// As a worker: takes {id, ask, bytes?}; gives {id, answer, bytes?} and {news}.
class Program {
  constructor() {
    const news = new program.Channel();
    // Nothing is the last thing that is heard: the engine ended.
    news.onmessage = text => (text === null ? this.onerror?.({}) : this.hear({ news: text }));
    program.invoke('listen', { page, news });
    const asked = new program.Channel();
    asked.onmessage = show;
    program.invoke('links', { page: asked });
    const touched = online => program.invoke('touched', { online });
    new BroadcastChannel('miaopi-engine').onmessage = ({ data }) => data.active && touched(false);
    addEventListener('online', () => touched(true));
  }

  hear(data) {
    this.onmessage?.({ data });
  }

  postMessage({ id, ask, bytes }) {
    program.invoke('ask', pack(ask, bytes), { headers: { name: id } }).then(
      packed => this.hear({ id, ...unpack(packed) }),
      () => this.hear({ id }),
    );
  }
}

// A link asked for this case: as if the person had gone there, which the way back leads away from again.
function show(document) {
  const path = `/advisor/case/${document}`;
  if (location.pathname === path) return;
  history.pushState(null, '', path);
  dispatchEvent(new PopStateEvent('popstate'));
}

// As mobile/src/frame.rs: the length of the JSON, the JSON, the bytes beside it.
function pack(json, bytes = new ArrayBuffer(0)) {
  const text = new TextEncoder().encode(json);
  const packed = new Uint8Array(4 + text.length + bytes.byteLength);
  new DataView(packed.buffer).setUint32(0, text.length);
  packed.set(text, 4);
  packed.set(new Uint8Array(bytes), 4 + text.length);
  return packed;
}

function unpack(packed) {
  const all = new Uint8Array(packed);
  const end = 4 + new DataView(all.buffer).getUint32(0);
  const answer = new TextDecoder().decode(all.subarray(4, end));
  return all.length > end ? { answer, bytes: all.slice(end).buffer } : { answer };
}

// There are no tabs here: what a browser shows in one, a contract for instance, is saved, and the program has it shown. A
// phone's web view saves nothing either: there the person says where it goes.
if (program) {
  addEventListener('click', event => {
    const link = event.target.closest?.('a[href^="blob:"]');
    if (!link) return;
    const shown = link.target === '_blank';
    const handOver = way();
    if (handOver) {
      event.preventDefault();
      // Whoever closes the system's sheet wanted nothing.
      handOver(link.href, link.download || UNNAMED, shown).catch(() => {});
    } else if (shown) {
      link.download ||= UNNAMED;
      link.removeAttribute('target');
    }
  }, true);
}

// Only Apple's phones and tablets among Apple's devices are touched.
function way() {
  if (/Android/.test(navigator.userAgent)) return toAndroid;
  return /iPhone|iPad|Mac/.test(navigator.userAgent) && navigator.maxTouchPoints > 1 ? toApple : null;
}

async function toAndroid(address, name, shown) {
  const bytes = await (await fetch(address)).arrayBuffer();
  await program.invoke('hand_over', pack(JSON.stringify({ name, shown }), bytes));
}

async function toApple(address, name) {
  const blob = await (await fetch(address)).blob();
  await navigator.share({ files: [new File([blob], name, { type: blob.type })] });
}

// How safely, and with how much room, what the server does not have yet is kept: {kept, used, quota} in bytes, 0 for what
// nobody says.
export async function room() {
  if (program) {
    const room = await program.invoke('storage').catch(() => null);
    return { kept: true, used: 0, quota: room?.free ?? 0 };
  }
  const storage = navigator.storage;
  const kept = (await storage?.persisted?.().catch(() => false)) ?? false;
  const { usage, quota } = (await storage?.estimate?.().catch(() => null)) ?? {};
  return { kept, used: usage ?? 0, quota: quota ?? 0 };
}

// Asks that it be kept; says whether it is.
export const keep = async () => Boolean(program || (await navigator.storage?.persist?.().catch(() => false)));

// What happened while nobody looks at the window. A browser would ask people first whether it may: there it is only said on
// the screen.
export function notify(text) {
  if (program && !document.hasFocus()) program.invoke('notify', { text }).catch(() => {});
}

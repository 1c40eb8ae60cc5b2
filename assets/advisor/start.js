// Starts the advisor's app. The splash goes once its first screen is there.
import init from '/advisor/advisor.js';

const splash = document.getElementById('splash');
const app = document.getElementById('app');
new MutationObserver((_, observer) => {
  splash.remove();
  observer.disconnect();
}).observe(app, { childList: true });

// ── the next version: offered, and taken when the person says so
const SETTLE = 600; // ms for what a field held to be kept
const WORDS = { zh: ['新版本已备好。', '更新'], en: ['A new version is ready.', 'Update'] };

navigator.serviceWorker?.register('/advisor/sw.js', { scope: '/advisor/' }).then(registration => {
  const offer = () => registration.waiting && navigator.serviceWorker.controller && offerUpdate(registration.waiting);
  offer();
  registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', offer));
}, () => {});

// Every tab changes over together: two versions of the app must not meet over one database.
if (navigator.serviceWorker?.controller) {
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    document.activeElement?.blur(); // a field is kept when it is left
    setTimeout(() => location.reload(), SETTLE);
  });
}

function offerUpdate(next) {
  if (document.getElementById('update')) return;
  const [words, go] = WORDS[document.documentElement.lang.slice(0, 2)] ?? WORDS.en;
  const button = Object.assign(document.createElement('button'), { className: 'button small', textContent: go });
  button.onclick = () => next.postMessage('take over');
  const bar = Object.assign(document.createElement('div'), { id: 'update', className: 'banner note', role: 'status' });
  bar.append(words, button);
  document.body.prepend(bar);
}

// ── the browser's offer to put the app on the home screen, kept until the person asks for it
for (const [event, keep] of [['beforeinstallprompt', event => event], ['appinstalled', () => null]]) {
  addEventListener(event, happened => {
    happened.preventDefault();
    window.installOffer = keep(happened);
    dispatchEvent(new Event('installable'));
  });
}

// ── the engine locks a device that nobody touches, and the service worker remembers its key while the page lives
const engine = new BroadcastChannel('miaopi-engine');
let touched = 0;
for (const event of ['pointerdown', 'keydown']) {
  addEventListener(event, () => {
    if (Date.now() - touched > 10000) engine.postMessage({ active: true });
    touched = Date.now();
  }, { passive: true });
}
setInterval(() => navigator.serviceWorker?.controller?.postMessage('stay'), 20000);

init({ module_or_path: '/advisor/advisor_bg.wasm' }).catch(error => {
  // A program that panicked has shown its own screen.
  if (!splash.isConnected) throw error;
  const [chinese, english] = splash.querySelectorAll('p');
  chinese.textContent = '应用没有下载完整。请检查网络后重新载入，已填的内容都在。';
  english.textContent = 'The app did not load completely. Check the network and reload; nothing entered is lost.';
  const again = Object.assign(document.createElement('button'), {
    className: 'button second',
    textContent: '重新载入 / Reload',
    onclick: () => location.reload(),
  });
  splash.append(again);
  console.error(error);
});

// Starts the advisor's app. The splash goes once its first screen is there.
import init from '/advisor/advisor.js';

const splash = document.getElementById('splash');
const app = document.getElementById('app');
new MutationObserver((_, observer) => {
  splash.remove();
  observer.disconnect();
}).observe(app, { childList: true });

navigator.serviceWorker?.register('/advisor/sw.js', { scope: '/advisor/' }).catch(() => {});

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

// Starts the flow designer. The splash goes once its first screen is there.
import init from '/office/designer/designer.js';

const splash = document.getElementById('splash');
const app = document.getElementById('app');
new MutationObserver((_, observer) => {
  splash.remove();
  observer.disconnect();
}).observe(app, { childList: true });

init({ module_or_path: '/office/designer/designer_bg.wasm' }).catch(error => {
  // A program that panicked has shown its own screen.
  if (!splash.isConnected) throw error;
  const [chinese, english] = splash.querySelectorAll('p');
  chinese.textContent = '设计器没有下载完整。请检查网络后重新载入，草稿都在服务器上。';
  english.textContent = 'The designer did not load completely. Check the network and reload; drafts are on the server.';
  const again = Object.assign(document.createElement('button'), {
    className: 'button second',
    textContent: '重新载入 / Reload',
    onclick: () => location.reload(),
  });
  splash.append(again);
  console.error(error);
});

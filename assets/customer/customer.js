// Improves the customer's pages: camera, resumable upload, live progress, retry. Every page works without it.
const SLICE = 512 * 1024; // bytes sent at once
const LONGEST_SIDE = 2048; // px of a photo that is sent
const LARGEST_PHOTO = 600 * 1024; // bytes aimed at
const LONGEST_PAUSE = 15000; // ms between two tries
const BLURRED_BELOW = 45; // variance of the Laplacian at MEASURED_WIDTH
const GLARE_ABOVE = 0.04; // share of burnt-out pixels in the middle
const MEASURED_WIDTH = 480; // px

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const wait = ms => new Promise(done => setTimeout(done, ms));
const base = () => document.body.dataset.base;

let photo = null; // {blob, sent: Promise of an upload id or null}
let leaving = []; // what to stop when the page is replaced

function start() {
  $$('form[data-send]').forEach(guardForm);
  $$('[data-check=id]').forEach(checkNumber);
  $$('[data-draft]').forEach(keepDraft);
  $$('[data-photo]').forEach(photoField);
  $$('[data-clock]').forEach(clock);
  $$('[data-resend]').forEach(resend);
  countdown($('#countdown'));
  signaturePad($('#signature-pad'));
  if (['progress', 'in-review', 'person-asked'].includes(document.body.dataset.page)) follow();
  $('#problems')?.focus();
}

function make(name, fields = {}, ...children) {
  const element = Object.assign(document.createElement(name), fields);
  element.append(...children);
  return element;
}

function every(ms, task) {
  const id = setInterval(task, ms);
  leaving.push(() => clearInterval(id));
}

/* ---- sending ---- */

function guardForm(form) {
  form.addEventListener('submit', async event => {
    event.preventDefault();
    if (form.dataset.busy) return;
    form.dataset.busy = 'yes';
    line('sending');
    try {
      const body = await formBody(form, event.submitter);
      const answer = await persist(() => fetch(form.action, { method: 'POST', body }));
      forgetDrafts(form);
      await show(answer);
    } catch {
      form.submit();
    }
  });
}

async function formBody(form, button) {
  const takesPhoto = $('[data-photo]', form) && photo;
  const id = takesPhoto ? await photo.sent : null;
  const data = new FormData(form);
  if (button?.name) data.append(button.name, button.value);
  if (takesPhoto) {
    data.delete('photo_camera');
    data.delete('photo_file');
    data.delete('photo_kept');
    if (id) data.append('photo_upload', id);
    else data.append('photo_file', photo.blob, 'photo.jpg');
  }
  return form.enctype.startsWith('multipart') ? data : new URLSearchParams(data);
}

// Asks until the network carries it; the server recognises a repeated step by its id.
async function persist(ask) {
  for (let tries = 0; ; tries++) {
    const answer = await ask().catch(() => null);
    if (answer && (answer.status !== 503 || tries > 3)) {
      line('');
      return answer;
    }
    line('broken');
    await patience(Math.min(LONGEST_PAUSE, 1000 * 2 ** tries));
  }
}

function patience(ms) {
  return new Promise(done => {
    const again = $('#line button');
    setTimeout(done, ms);
    addEventListener('online', done, { once: true });
    again?.addEventListener('click', done, { once: true });
  });
}

function line(state) {
  const box = $('#line');
  if (!box) return;
  box.className = `line ${state}`;
  box.replaceChildren(box.dataset[state] ?? '');
  if (state === 'broken') box.append(make('button', { type: 'button', className: 'button small' }, box.dataset.again));
}

async function show(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  if (!page.body.dataset.page) return location.replace(base());
  leaving.splice(0).forEach(stop => stop());
  photo = null;
  document.title = page.title;
  document.body.replaceWith(page.body);
  if (answer.redirected) history.replaceState(null, '', answer.url);
  scrollTo(0, 0);
  const heading = $('h1');
  heading.tabIndex = -1;
  heading.focus();
  start();
}

const reload = async () => show(await persist(() => fetch(base())));

/* ---- progress ---- */

function follow() {
  const events = new EventSource(`${base()}/events`);
  leaving.push(() => events.close());
  events.addEventListener('progress', event => {
    const { stages = [], page } = JSON.parse(event.data);
    const list = $('#stages');
    if (page !== document.body.dataset.page) return reload();
    for (const stage of stages) {
      const item = list && $(`[data-stage="${CSS.escape(stage.key)}"]`, list);
      if (!item) continue;
      item.className = `stage ${stage.state}`;
      $('.stage-state', item).textContent = list.dataset[`word${stage.state[0].toUpperCase()}${stage.state.slice(1)}`];
      $('.stage-ms', item).textContent = stage.ms == null ? '' : took(stage.ms, list.dataset);
    }
  });
  events.addEventListener('error', () => {
    if (events.readyState === EventSource.CLOSED) setTimeout(() => events.onended ?? reload(), 4000);
  });
}

const took = (ms, words) =>
  ms < 1000 ? words.ms.replace('%', ms) : words.s.replace('%', (Math.floor(ms / 100) / 10).toFixed(1));

/* ---- ID number ---- */

function numberProblem(id) {
  if (!/^\d*X?$/.test(id)) return 'Letters';
  if (id.length !== 18) return 'Length';
  const [year, month, day] = [id.slice(6, 10), id.slice(10, 12), id.slice(12, 14)].map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return 'Date';
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce((total, weight, at) => total + weight * id[at], 0);
  return '10X98765432'[sum % 11] === id[17] ? null : 'Checksum';
}

function checkNumber(input) {
  const words = input.closest('[data-say-length]').dataset;
  const key = make('button', { type: 'button', className: 'button small key', ariaLabel: words.sayKey }, 'X');
  const row = make('div', { className: 'with-key' });
  input.replaceWith(row);
  row.append(input, key);
  input.inputMode = 'numeric';
  key.addEventListener('click', () => {
    input.value += 'X';
    input.focus();
  });
  input.addEventListener('change', () => {
    input.value = input.value.normalize('NFKC').replace(/[\s-]/g, '').toUpperCase();
    const problem = input.value && numberProblem(input.value);
    fieldError(input, row, problem ? words[`say${problem}`] : '');
  });
}

function fieldError(input, before, text) {
  const id = `${input.name}-error`;
  const others = (input.getAttribute('aria-describedby') ?? '').split(' ').filter(word => word && word !== id);
  document.getElementById(id)?.remove();
  if (text) before.before(make('p', { id, className: 'error', role: 'alert' }, text));
  input.closest('.field').classList.toggle('bad', !!text);
  input.setAttribute('aria-invalid', !!text);
  input.setAttribute('aria-describedby', [...others, ...(text ? [id] : [])].join(' '));
}

/* ---- drafts: notes only, never personal data ---- */

const draftName = input => `draft ${document.body.dataset.page} ${input.name}`;

function keepDraft(input) {
  try {
    input.value ||= sessionStorage.getItem(draftName(input)) ?? '';
    input.addEventListener('input', () => sessionStorage.setItem(draftName(input), input.value));
  } catch { /* no storage here: nothing is kept */ }
}

function forgetDrafts(form) {
  try {
    $$('[data-draft]', form).forEach(input => sessionStorage.removeItem(draftName(input)));
  } catch { /* as above */ }
}

/* ---- photo ---- */

function photoField(field) {
  const { photo_camera: camera, photo_file: file } = field.form.elements;
  const secure = isSecureContext && navigator.mediaDevices?.getUserMedia;
  for (const input of [camera, file]) input.addEventListener('change', () => input.files[0] && take(field, input.files[0]));
  if (secure) {
    camera.addEventListener('click', async event => {
      if (camera.dataset.plain) return;
      event.preventDefault();
      const shot = await cameraView(field).catch(() => {
        camera.dataset.plain = 'yes'; // the next tap opens the phone's own camera
        remark(field, 'denied', 'warn');
      });
      if (shot) take(field, shot);
    });
  }
}

async function take(field, source) {
  const canvas = await draw(source).catch(() => null);
  const blob = canvas ? await compress(canvas) : source;
  photo = { blob, sent: upload(blob, share => bar(field, share)).catch(() => null) };
  preview(field, canvas);
  if (canvas) {
    const found = measure(canvas);
    remark(field, found ?? 'good', found ? 'warn' : 'good');
  }
  const mine = photo;
  if ((await mine.sent) && mine === photo && !$('.photo-remark.warn', field)) remark(field, 'sent', 'good');
}

async function draw(source) {
  const bitmap = await createImageBitmap(source, { imageOrientation: 'from-image' });
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = make('canvas', { width: Math.round(bitmap.width * scale), height: Math.round(bitmap.height * scale) });
  canvas.getContext('2d').drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas;
}

async function compress(canvas) {
  let blob;
  for (const quality of [0.88, 0.8, 0.7, 0.6]) {
    blob = await new Promise(done => canvas.toBlob(done, 'image/jpeg', quality));
    if (blob.size <= LARGEST_PHOTO) break;
  }
  return blob;
}

// Sharpness and glare of the middle, where the card lies: 'blurred', 'glare' or null.
function measure(canvas) {
  const width = MEASURED_WIDTH;
  const height = Math.round((canvas.height / canvas.width) * width);
  const small = make('canvas', { width, height });
  const context = small.getContext('2d', { willReadFrequently: true });
  context.drawImage(canvas, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const grey = (x, y) => data[4 * (y * width + x) + 1];
  let [n, sum, squares, burnt] = [0, 0, 0, 0];
  for (let y = Math.round(height * 0.2); y < height * 0.8; y++) {
    for (let x = Math.round(width * 0.15); x < width * 0.85; x++) {
      const edge = 4 * grey(x, y) - grey(x - 1, y) - grey(x + 1, y) - grey(x, y - 1) - grey(x, y + 1);
      n++;
      sum += edge;
      squares += edge * edge;
      if (grey(x, y) > 251) burnt++;
    }
  }
  if (squares / n - (sum / n) ** 2 < BLURRED_BELOW) return 'blurred';
  return burnt / n > GLARE_ABOVE ? 'glare' : null;
}

function preview(field, canvas) {
  $('.photo-preview', field)?.remove();
  const again = make('button', { type: 'button', className: 'button small' }, field.dataset.wordAgain);
  const box = make('div', { className: 'photo-preview' }, make('progress', { max: 1, value: 0 }), again);
  $('progress', box).setAttribute('aria-label', field.dataset.wordPreview);
  if (canvas) {
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', field.dataset.wordPreview);
    box.prepend(canvas);
  }
  again.addEventListener('click', () => {
    photo = null;
    box.remove();
    remark(field);
    const { photo_camera: camera, photo_file: file } = field.form.elements;
    camera.value = file.value = '';
    camera.click();
  });
  $('.photo-ways', field).before(box);
}

function bar(field, share) {
  const bar = $('.photo-preview progress', field);
  if (bar) bar.value = share;
}

function remark(field, word, kind) {
  $('.photo-remark', field)?.remove();
  if (!word) return;
  const text = field.dataset[`word${word[0].toUpperCase()}${word.slice(1)}`];
  $('.photo-ways', field).before(make('p', { className: `photo-remark ${kind}`, role: 'status' }, text));
}

async function cameraView(field) {
  const words = field.dataset;
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: { ideal: 'environment' }, width: { ideal: 2560 }, height: { ideal: 1440 } },
  });
  const video = make('video', { srcObject: stream, playsInline: true, muted: true, autoplay: true });
  const shoot = make('button', { type: 'button', className: 'button main' }, words.wordShoot);
  const close = make('button', { type: 'button', className: 'button plain' }, words.wordClose);
  const view = make('dialog', { className: 'camera', ariaLabel: words.wordFrame }, video, make('div', { className: 'card-frame' }),
    make('p', {}, words.wordFrame), make('div', { className: 'pair' }, close, shoot));
  document.body.append(view);
  view.showModal();
  shoot.focus();
  return new Promise(done => {
    const end = shot => {
      stream.getTracks().forEach(track => track.stop());
      view.remove();
      done(shot);
    };
    shoot.addEventListener('click', async () => end(video.videoWidth ? await createImageBitmap(video) : null));
    close.addEventListener('click', () => end(null));
    view.addEventListener('cancel', () => end(null));
    leaving.push(() => end(null));
  });
}

// tus 1.0: https://tus.io/protocols/resumable-upload
async function upload(blob, progress) {
  const head = { 'Tus-Resumable': '1.0.0', 'Miaopi-Link': base().split('/').pop() };
  const meta = `filename ${btoa('card.jpg')},filetype ${btoa(blob.type || 'application/octet-stream')}`;
  const made = await persist(() =>
    fetch('/files', { method: 'POST', headers: { ...head, 'Upload-Length': blob.size, 'Upload-Metadata': meta } }));
  if (made.status !== 201) throw made;
  const url = made.headers.get('Location');
  for (let offset = 0; offset < blob.size; progress(offset / blob.size)) {
    const headers = { ...head, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': offset };
    const body = blob.slice(offset, offset + SLICE);
    let answer = await fetch(url, { method: 'PATCH', headers, body }).catch(() => null);
    if (answer?.status !== 204) {
      if (answer && ![409, 423].includes(answer.status) && answer.status < 500) throw answer;
      await wait(500);
      answer = await persist(() => fetch(url, { method: 'HEAD', headers: head }));
      if (!answer.ok) throw answer;
    }
    offset = Number(answer.headers.get('Upload-Offset'));
  }
  return url.split('/').pop();
}

/* ---- time ---- */

const shown = seconds => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

function tick(seconds, each, end) {
  const until = Date.now() + seconds * 1000;
  every(500, () => {
    const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
    each(left);
    if (!left) end();
  });
}

function clock(element) {
  const over = () => element.parentElement.replaceChildren(element.dataset.over);
  tick(Number(element.dataset.clock), left => (element.textContent = shown(left)), () => element.isConnected && over());
}

function resend(button) {
  const seconds = Number(button.dataset.resend);
  if (!seconds) return;
  button.disabled = true;
  const text = button.textContent;
  tick(seconds, left => (button.textContent = `${text} (${left})`), () => {
    button.disabled = false;
    button.textContent = text;
  });
}

function countdown(box) {
  if (!box) return;
  const button = $('[data-after-countdown]');
  button.disabled = true;
  tick(Number(box.dataset.left), left => {
    $('progress', box).value = left;
    $('.clock', box).textContent = shown(left);
  }, () => {
    button.disabled = false;
    box.remove();
  });
}

/* ---- drawn signature ---- */

function signaturePad(pad) {
  if (!pad) return;
  const [canvas, field] = [$('canvas', pad), $('[name=signature]', pad)];
  let strokes = [];
  const paint = () => {
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    Object.assign(canvas, { width: width * devicePixelRatio, height: height * devicePixelRatio });
    const context = canvas.getContext('2d');
    context.scale(canvas.width / 1000, canvas.height / 400);
    Object.assign(context, { lineWidth: 7, lineCap: 'round', lineJoin: 'round', strokeStyle: getComputedStyle(canvas).color });
    for (const stroke of strokes) {
      context.beginPath();
      for (const [x, y] of [stroke[0], ...stroke]) context.lineTo(x, y);
      context.stroke();
    }
    field.value = strokes.map(stroke => stroke.map(point => point.join(',')).join(' ')).join(';');
    if (field.value.length > pad.dataset.limit) change(strokes.slice(0, -1));
  };
  const change = next => {
    strokes = next;
    paint();
  };
  const point = event => {
    const box = canvas.getBoundingClientRect();
    const at = (value, size, most) => Math.max(0, Math.min(most, Math.round((value / size) * most)));
    return [at(event.clientX - box.left, box.width, 1000), at(event.clientY - box.top, box.height, 400)];
  };
  canvas.addEventListener('pointerdown', event => {
    canvas.setPointerCapture(event.pointerId);
    change([...strokes, [point(event)]]);
  });
  canvas.addEventListener('pointermove', event => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    strokes.at(-1)?.push(point(event));
    paint();
  });
  $('[data-undo]', pad).addEventListener('click', () => change(strokes.slice(0, -1)));
  $('[data-clear]', pad).addEventListener('click', () => change([]));
  const observer = new ResizeObserver(paint);
  observer.observe(canvas);
  leaving.push(() => observer.disconnect());
  pad.hidden = false;
}

start();

// Improves the customer's pages: camera, resumable upload, live progress, retry. Every page works without it.
const SLICE = 256 * 1024; // bytes sent at once
const LONGEST_SIDE = 2048; // px
const LARGEST_PHOTO = 600 * 1024; // bytes aimed at
const LONGEST_PAUSE = 15000; // ms between two tries
const POLL = 4000; // ms without live events
const BLURRED_BELOW = 45; // mean square of the Laplacian
const GLARE_ABOVE = 0.04; // share of burnt-out pixels
const MEASURED_WIDTH = 480; // px
const DEAD_AFTER = 90000; // ms

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const on = (target, event, act, options) => target.addEventListener(event, act, options);
const here = () => document.body.dataset;
const word = (element, name, kind = 'word') => element.getAttribute(`data-${kind}-${name}`);

let photo = null; // {canvas, blob, poor, share, bar, sent: promise of an id, null where refused}
let leaving = []; // what to stop when the page is replaced

function start() {
  const parts = {
    'form[data-send]': guardForm, '[data-check=id]': checkNumber, '[data-photo]': photoField, '[data-clock]': clock,
    '[data-resend]': resend, '#countdown': countdown, '#signature-pad': signaturePad,
  };
  for (const part in parts) $$(part).forEach(parts[part]);
  if ('live' in here()) follow();
  $('#problems')?.focus();
}

function make(name, fields, ...children) {
  const element = Object.assign(document.createElement(name), fields);
  element.append(...children);
  return element;
}

const button = (text, kind, onclick) => make('button', { type: 'button', className: `button ${kind}`, onclick }, text);

function every(ms, task) {
  const id = setInterval(task, ms);
  leaving.push(() => clearInterval(id));
}

function guardForm(form) {
  on(form, 'submit', async event => {
    if (form.dataset.plain) return;
    event.preventDefault();
    if (form.dataset.busy) return;
    form.dataset.busy = 'yes';
    line('sending');
    try {
      const body = await formBody(form, event.submitter);
      const answer = await persist(() => ask(form.action, { method: 'POST', body }));
      await show(answer);
    } catch {
      form.dataset.plain = 'yes'; // the browser's way
      form.requestSubmit(event.submitter);
    }
  });
}

async function formBody(form, pressed) {
  const own = $('[data-photo]', form) && photo;
  const id = own && (await own.sent);
  const data = new FormData(form);
  if (pressed?.name) data.append(pressed.name, pressed.value);
  if (own) {
    for (const name of ['photo_camera', 'photo_file', 'photo_kept']) data.delete(name);
    if (id) data.append('photo_upload', id);
    else data.append('photo_file', own.blob, 'photo.jpg');
  }
  return form.enctype.startsWith('multipart') ? data : new URLSearchParams(data);
}

const ask = (url, how) => fetch(url, { signal: AbortSignal.timeout(DEAD_AFTER), ...how });

// Asks until an answer comes: a repeat is recognised.
async function persist(send) {
  for (let tries = 0; ; tries++) {
    const answer = await send().catch(() => {});
    if (answer && (answer.status !== 503 || tries > 3)) {
      line('');
      return answer;
    }
    await new Promise(again => {
      line('broken', again);
      setTimeout(again, Math.min(LONGEST_PAUSE, 1000 * 2 ** tries));
      on(window, 'online', again, { once: true });
    });
  }
}

function line(state, again) {
  const box = $('#line');
  box.className = `line ${state}`;
  box.replaceChildren(box.dataset[state] ?? '', again ? button(box.dataset.again, 'small', again) : '');
}

// Replaces the page. What was typed and photographed stays where the customer only looked, or is asked again.
async function show(answer, looked) {
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const { lang, className } = page.documentElement;
  if (!page.body.dataset.page) return location.replace(here().base);
  leaving.splice(0).forEach(stop => stop());
  const kept = looked && page.body.dataset.page === here().page;
  const typed = kept ? $$('main :is(input:not([type=file]), textarea)[id]') : [];
  if ((!kept && answer.ok) || $('#photo-error', page)) photo = null;
  document.title = page.title;
  Object.assign(document.documentElement, { lang, className });
  document.body.replaceWith(page.body);
  for (const { id, value, checked } of typed) {
    const field = document.getElementById(id);
    if (field) Object.assign(field, { value, checked });
  }
  if (looked || answer.redirected) history.replaceState(null, '', answer.url.split('?')[0]);
  $('h1').focus();
  start();
}

const look = async url => show(await persist(() => ask(url)), true);
const reload = () => look(location.href);

function follow() {
  const events = new EventSource(`${here().base}/events`);
  leaving.push(() => events.close());
  on(events, 'progress', event => {
    const { stages = [], page } = JSON.parse(event.data);
    if (page !== here().page) return reload();
    for (const { key, state, ms } of stages) {
      const item = $(`[data-stage="${key}"]`);
      if (!item) continue;
      const words = item.parentElement;
      item.className = `stage ${state}`;
      $('.stage-state', item).textContent = word(words, state);
      $('.stage-ms', item).textContent = ms == null ? '' : took(ms, words.dataset);
    }
  });
  on(events, 'error', () => events.readyState === EventSource.CLOSED && every(POLL, reload));
}

const took = (ms, words) => (ms < 1000 ? words.ms.replace('%', ms) : words.s.replace('%', (ms / 1000).toFixed(1)));

// GB 11643-1999.
function numberProblem(id) {
  if (!/^\d*X?$/.test(id)) return 'letters';
  if (id.length !== 18) return 'length';
  const [year, month, day] = [id.slice(6, 10), id.slice(10, 12), id.slice(12, 14)];
  const date = new Date(`${year}-${month}-${day}`); // 30 February becomes 2 March
  if (date.getUTCDate() !== +day) return 'date';
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce((total, weight, at) => total + weight * id[at], 0);
  return '10X98765432'[sum % 11] === id[17] ? null : 'checksum';
}

function checkNumber(input) {
  const words = input.closest('[data-say-length]');
  const key = button('X', 'small key', () => {
    input.value += 'X';
    input.focus();
  });
  Object.assign(key, { ariaLabel: words.dataset.sayKey, onmousedown: event => event.preventDefault() });
  const row = make('div', { className: 'with-key' });
  input.replaceWith(row);
  row.append(input, key);
  input.inputMode = 'numeric'; // its X is the key
  on(input, 'blur', () => {
    input.value = input.value.normalize('NFKC').replace(/[\s-]/g, '').toUpperCase();
    const problem = input.value && numberProblem(input.value);
    fieldError(input, row, problem && word(words, problem, 'say'));
  });
}

function fieldError(input, row, text) {
  const id = `${input.name}-error`;
  $(`#${id}`)?.remove();
  if (text) row.before(make('p', { id, className: 'error', role: 'alert' }, text));
  input.closest('.field').classList.toggle('bad', !!text);
  input.ariaInvalid = !!text;
  input.setAttribute('aria-describedby', `${input.name}-hint ${text ? id : ''}`);
}

function photoField(field) {
  const { photo_camera: camera, photo_file: file } = field.form.elements;
  field.classList.add('live');
  for (const input of [camera, file]) on(input, 'change', () => input.files[0] && take(input.files[0]));
  on(camera, 'click', async event => {
    if (camera.dataset.plain || !navigator.mediaDevices) return;
    event.preventDefault();
    const shot = await cameraView(field).catch(() => {
      camera.dataset.plain = 'yes'; // next tap: the phone's own camera
      remark(field, 'denied', 'warn');
    });
    if (shot) take(shot);
  });
  if (photo) present();
}

async function take(source) {
  const canvas = await draw(source).catch(() => {});
  const blob = canvas ? await compress(canvas) : source;
  const mine = { canvas, blob, poor: canvas && measure(canvas), share: 0 };
  mine.sent = upload(blob, share => (mine.bar.value = mine.share = share)).catch(() => null);
  photo = mine;
  present();
}

async function present() {
  const field = $('[data-photo]');
  if (!field) return;
  const { canvas, poor, sent } = photo;
  const bar = preview(field);
  remark(field, canvas && (poor ?? 'good'), poor ? 'warn' : 'good');
  if ((await sent) && bar.isConnected && !poor) remark(field, 'sent', 'good');
}

async function draw(source) {
  const bitmap = await createImageBitmap(source, { imageOrientation: 'from-image' });
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  return scaled(bitmap, Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
}

function scaled(source, width, height) {
  const canvas = make('canvas', { width, height });
  canvas.getContext('2d').drawImage(source, 0, 0, width, height);
  return canvas;
}

async function compress(canvas) {
  for (let quality = 0.88; ; quality -= 0.08) {
    const blob = await new Promise(done => canvas.toBlob(done, 'image/jpeg', quality));
    if (blob.size <= LARGEST_PHOTO || quality < 0.6) return blob;
  }
}

// What is wrong with the photo's middle.
function measure(canvas) {
  const width = MEASURED_WIDTH;
  const height = Math.round((canvas.height / canvas.width) * width);
  const { data } = scaled(canvas, width, height).getContext('2d').getImageData(0, 0, width, height);
  const grey = (x, y) => data[4 * (y * width + x) + 1];
  let n = 0, squares = 0, burnt = 0;
  for (let y = Math.round(height * 0.2); y < height * 0.8; y++) {
    for (let x = Math.round(width * 0.15); x < width * 0.85; x++) {
      const edge = 4 * grey(x, y) - grey(x - 1, y) - grey(x + 1, y) - grey(x, y - 1) - grey(x, y + 1);
      n++;
      squares += edge * edge;
      if (grey(x, y) > 251) burnt++;
    }
  }
  if (squares / n < BLURRED_BELOW) return 'blurred';
  return burnt / n > GLARE_ABOVE ? 'glare' : null;
}

function preview(field) {
  const [{ canvas, share }, name] = [photo, word(field, 'preview')];
  const bar = make('progress', { max: 1, value: share, ariaLabel: name });
  const again = button(word(field, 'again'), 'small', () => {
    photo = null;
    box.remove();
    remark(field);
    $$('input[type=file]', field).forEach(input => (input.value = ''));
    $('#photo_camera').click();
  });
  const box = make('div', { className: 'photo-preview' }, bar, again);
  if (canvas) box.prepend(Object.assign(canvas, { role: 'img', ariaLabel: name }));
  $('.photo-preview', field)?.remove();
  $('.photo-ways', field).before(box);
  return (photo.bar = bar);
}

function remark(field, name, kind) {
  $('.photo-remark', field)?.remove();
  if (!name) return;
  const text = make('p', { className: `photo-remark ${kind}`, role: 'status' }, word(field, name));
  $('.photo-ways', field).before(text);
}

async function cameraView(field) {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: { ideal: 'environment' }, width: { ideal: 2560 }, height: { ideal: 1440 } },
  });
  return new Promise(done => {
    const end = shot => {
      stream.getTracks().forEach(track => track.stop());
      view.remove();
      done(shot);
    };
    const video = make('video', { srcObject: stream, playsInline: true, muted: true, autoplay: true });
    const shoot = button(word(field, 'shoot'), 'main', async () => end(await createImageBitmap(video)));
    const close = button(word(field, 'close'), 'plain', () => end());
    const text = word(field, 'frame');
    const box = (className, ...inside) => make('div', { className }, ...inside);
    const view = make('dialog', { className: 'camera', ariaLabel: text }, video, box('card-frame'), make('p', {}, text),
      box('pair', shoot, close));
    on(view, 'cancel', () => end());
    leaving.push(end);
    document.body.append(view);
    view.showModal();
  });
}

// tus 1.0: https://tus.io/protocols/resumable-upload
async function upload(blob, progress) {
  const head = { 'Tus-Resumable': '1.0.0', 'Miaopi-Link': here().base.split('/').pop() };
  const headers = { ...head, 'Upload-Length': blob.size };
  const made = await persist(() => ask('/files', { method: 'POST', headers }));
  if (made.status !== 201) throw made;
  const url = made.headers.get('Location');
  for (let offset = 0; offset < blob.size; progress(offset / blob.size)) {
    const headers = { ...head, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': offset };
    const body = blob.slice(offset, offset + SLICE);
    let answer = await ask(url, { method: 'PATCH', headers, body }).catch(() => {});
    if (answer?.status !== 204) {
      if (answer && answer.status < 500 && ![409, 423].includes(answer.status)) throw answer;
      await new Promise(again => setTimeout(again, 500));
      answer = await persist(() => ask(url, { method: 'HEAD', headers: head }));
      if (!answer.ok) throw answer;
    }
    offset = Number(answer.headers.get('Upload-Offset'));
  }
  return url.split('/').pop();
}

const shown = seconds => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

function tick(seconds, each) {
  const until = Date.now() + seconds * 1000;
  const task = () => each(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
  task();
  every(500, task);
}

function clock(element) {
  tick(element.dataset.clock, left => {
    if (left) element.textContent = shown(left);
    else element.parentElement?.replaceChildren(element.dataset.over);
  });
}

function resend(element) {
  const text = element.textContent;
  tick(element.dataset.resend, left => {
    element.disabled = left;
    element.textContent = left ? `${text} (${left})` : text;
  });
}

function countdown(box) {
  tick(box.dataset.left, left => {
    $('progress', box).value = left;
    $('.clock', box).textContent = shown(left);
    box.hidden = !left;
    $('[data-after-countdown]').disabled = left;
  });
}

function signaturePad(pad) {
  const [area, path, field] = [$('svg', pad), $('path', pad), $('[name=signature]', pad)];
  let strokes = [];
  const change = next => {
    strokes = next;
    path.setAttribute('d', strokes.map(stroke => `M${stroke[0]}L${stroke.join('L')}`).join(''));
    field.value = strokes.map(stroke => stroke.join(' ')).join(';');
  };
  const point = event => {
    const box = area.getBoundingClientRect();
    const at = (share, most) => Math.round(Math.max(0, Math.min(1, share)) * most);
    return [at((event.clientX - box.x) / box.width, 1000), at((event.clientY - box.y) / box.height, 400)];
  };
  on(area, 'pointerdown', event => {
    area.setPointerCapture(event.pointerId);
    change([...strokes, [point(event)]]);
  });
  on(area, 'pointermove', event => {
    if (!area.hasPointerCapture(event.pointerId) || field.value.length > pad.dataset.limit - 20) return;
    strokes.at(-1)?.push(point(event));
    change(strokes);
  });
  on($('[data-undo]', pad), 'click', () => change(strokes.slice(0, -1)));
  on($('[data-clear]', pad), 'click', () => change([]));
  pad.hidden = false;
}

on(document, 'click', event => {
  const link = event.target.closest('a');
  if (!link || link.hash || link.pathname !== here().base) return;
  event.preventDefault();
  look(link.href);
});
on(window, 'pageshow', event => event.persisted && reload());
start();

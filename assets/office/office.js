// Copies a link. The staff pages work without it: the address stands in a field.
for (const button of document.querySelectorAll('[data-copy]')) {
  const field = document.getElementById(button.dataset.copy);
  const name = button.textContent;
  button.hidden = false;
  field.addEventListener('focus', () => field.select());
  button.addEventListener('click', async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand('copy'); // no https: the clipboard's older way
    }
    button.textContent = button.dataset.done;
    setTimeout(() => (button.textContent = name), 2000);
  });
}

// A decision is sent once; whoever comes back to the page may send again.
addEventListener('pageshow', () => {
  for (const form of document.forms) delete form.dataset.busy;
});
for (const form of document.querySelectorAll('form')) {
  form.addEventListener('submit', event => {
    if (form.dataset.busy) event.preventDefault();
    form.dataset.busy = 'yes';
  });
}

// A large picture opens where something is marked, or else where the flow begins.
for (const frame of document.querySelectorAll('.flow-picture')) {
  const seen = frame.querySelector('.f-mark') ?? frame.querySelector('.f-block');
  if (!seen) continue;
  const [place, around] = [seen.getBoundingClientRect(), frame.getBoundingClientRect()];
  frame.scrollBy(place.left - around.left - around.width / 3, place.top - around.top - around.height / 3);
}

// Figures stay fresh while somebody looks at them; without this there is a link that loads the page again.
const fresh = document.getElementById('fresh');
const said = part => {
  const copy = part.cloneNode(true);
  for (const number of copy.querySelectorAll('[name=form_id]')) number.remove();
  return copy;
};
if (fresh) {
  const look = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(fresh.dataset.here ?? location.href, { headers: { accept: 'text/html' } });
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const now = page.getElementById('fresh');
      if (!answer.ok) return;
      if (!now) return location.reload(); // signed out meanwhile
      const shown = [...fresh.children];
      const count = now.children.length;
      for (const [at, next] of [...now.children].entries()) {
        const old = shown[at];
        if (!old) fresh.append(next);
        else if (said(old).isEqualNode(said(next))) continue; // what somebody points at stays
        else if (next.matches('.flow-picture')) old.replaceChildren(...next.children); // the frame stays, scrolled as it is
        else old.replaceWith(next);
      }
      for (const old of shown.slice(count)) old.remove();
    } catch {
      // the line is gone for a moment: the next look tries again
    }
  };
  if (fresh.dataset.events) {
    // The server says when to look. A connection that was lost comes back by itself and says so as well.
    new EventSource(fresh.dataset.events).addEventListener('changed', look);
    document.addEventListener('visibilitychange', look);
  } else {
    setInterval(look, 5000);
  }
}

// Keys: j and k walk through the rows of a list; the others press what changes nothing that cannot be changed back, and only
// go to what decides.
const pressed = ['t', 'n', 'u', '?'];
addEventListener('keydown', event => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  if (target.matches('input, textarea, select')) {
    if (key === 'Escape') target.blur();
    return;
  }
  const field = { r: 'reason', '/': 'what' }[key];
  let next = field ? document.getElementById(field) : document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (key === 'j' || key === 'k') {
    const rows = [...document.querySelectorAll('.rows th a')];
    const at = rows.indexOf(document.activeElement);
    next = rows[key === 'j' ? at + 1 : Math.max(at - 1, 0)];
  }
  if (!next) return;
  event.preventDefault();
  if (pressed.includes(key)) next.click();
  next.focus();
});

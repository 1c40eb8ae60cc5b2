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

// Keys and copying for the staff pages. Everything here also works with the mouse, and without this file.
const SWITCH = 'ldn-keys';
const typing = (node) => node.matches('input, textarea, select, [contenteditable]');
const on = () => localStorage.getItem(SWITCH) !== 'off';

/** Says something to screen readers, and shows it on the button that did it. */
function say(text, button) {
  const status = document.querySelector('[data-say]');
  if (status) status.textContent = text;
  if (button) button.textContent = text;
}

function showSwitch() {
  const button = document.querySelector('[data-keys-switch]');
  if (!button) return;
  button.setAttribute('aria-pressed', String(on()));
  button.textContent = `Shortcut keys: ${on() ? 'on' : 'off'}`;
}

async function copy(button) {
  const box = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(box.textContent.trim());
    say('Copied', button);
  } catch {
    getSelection().selectAllChildren(box);
    say('Selected: press Ctrl+C', button);
  }
}

const results = () => [...document.querySelectorAll('[data-result]')];

/** The result that has the focus, else the first one. */
const current = () => document.activeElement?.closest('[data-result]') ?? results()[0];

function move(step) {
  const all = results();
  const place = all.indexOf(document.activeElement?.closest('[data-result]'));
  const next = all[Math.min(Math.max(place + step, 0), all.length - 1)];
  next?.querySelector('a')?.focus();
}

let trigger = -1;

function jump() {
  const marks = [...document.querySelectorAll('mark[id]:not(.l-none)')];
  if (!marks.length) return;
  trigger = (trigger + 1) % marks.length;
  marks[trigger].focus();
  marks[trigger].scrollIntoView({ block: 'center' });
}

function key(event) {
  const search = document.querySelector('[data-search]');
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (search && (event.key === 'ArrowDown' || event.key === 'ArrowUp') && (event.target === search || current()?.contains(event.target))) {
    event.preventDefault();
    if (event.key === 'ArrowUp' && current() === results()[0]) search.focus();
    else move(event.target === search ? 1 : event.key === 'ArrowDown' ? 1 : -1);
    return;
  }
  if (typing(event.target) || !on()) return;
  if (event.key === '/' && search) {
    event.preventDefault();
    search.focus();
    search.select();
    return;
  }
  const place = current() ?? document;
  const wanted = (place.querySelector(`[data-key="${CSS.escape(event.key)}"]`) ?? document.querySelector(`[data-key="${CSS.escape(event.key)}"]`));
  if (!wanted) return;
  event.preventDefault();
  wanted.click();
}

document.addEventListener('keydown', key);
document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-copy], [data-jump], [data-keys-switch]');
  if (!button) return;
  if ('copy' in button.dataset) copy(button);
  else if ('jump' in button.dataset) jump();
  else {
    localStorage.setItem(SWITCH, on() ? 'off' : 'on');
    showSwitch();
  }
});
showSwitch();

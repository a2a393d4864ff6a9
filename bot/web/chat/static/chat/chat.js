/* LDN Guide chat: <script src="/static/chat/chat.js" data-api="/api/chat/" data-open="launcher" defer></script>
 * data-open="page" fills [data-ldn-chat]; data-phone serves until the API answers */
(() => {
'use strict';
if (customElements.get('ldn-chat')) return;

const SCRIPT = document.currentScript;
const { api = '/api/chat/', open: place, phone = '' } = SCRIPT.dataset;
const BASE = new URL(api.replace(/\/*$/, '/'), SCRIPT.src);
const PAGE = place === 'page';
const REPLY_SECONDS = 25;
const COUNT_AT = [200, 100, 20, -1];

const STYLE = `
:host{all:initial;color-scheme:light dark;--clinic:#0b5a6b;--brand:#0b5a6b;--link:#0b5a6b;--l:.45;--bg:#f2f6f7;--card:#fff;--text:#1b2a2f;
--soft:#4a5b61;--line:#c9d5d8;--red:#a8201a;--on:#fff;--pink:#fdefed;--amber:#8a5208;--sand:#fff7e6;
font:max(1rem,16px)/1.5 system-ui,sans-serif;color:var(--text)}
@media (prefers-color-scheme:dark){:host{--link:#8fd3e2;--l:.83;--bg:#12191c;--card:#1c2528;--text:#e6edef;--soft:#aebbc0;--line:#3d4b50;
--red:#ffb4ab;--on:#5f0f0a;--pink:#3a1613;--amber:#f0bd6b;--sand:#2f2613}}
@supports (color:oklch(from red l c h)){:host{--brand:oklch(from var(--clinic) min(l,.48) c h);--link:oklch(from var(--clinic) var(--l) min(c,.1) h)}}
*{box-sizing:border-box}
[hidden]{display:none!important}
h1,h2,h3,p,ul{margin:0}
ul{padding-inline-start:1.2em}
a,summary{color:var(--link)}
button,input,textarea{font:inherit;letter-spacing:inherit;word-spacing:inherit;color:inherit}
button,.call{display:inline-flex;align-items:center;gap:.45em;min-height:44px;min-width:44px;padding:.4em .9em;border:1px solid var(--line);
border-radius:.7em;background:var(--card);color:var(--link);font-weight:600;line-height:1.25;text-align:start;text-decoration:none;cursor:pointer}
:focus-visible{outline:3px solid;outline-offset:-4px}
.main,.head,.mine{background:var(--brand);color:#fff}
.plain{background:none;border-color:#0000;padding-inline:.4em}
button:hover,[aria-pressed=true]{border-color:currentColor}
svg{width:1.25em;flex:none;fill:none;stroke:currentColor;stroke-width:2}
.down svg{rotate:180deg}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.launch,.float{position:fixed;z-index:2147483000;inset:auto 1rem 1rem auto;box-shadow:0 6px 24px #0005}
.launch{border-radius:2em;padding-inline:1.3em}
dialog{color:inherit;background:var(--card);border:1px solid var(--line);border-radius:1.1em;padding:0;overflow-wrap:anywhere}
.float{width:27em;height:46em;max-height:calc(100dvh - 2rem);overflow:hidden}
@media (max-width:640px){.float{inset:0;width:100%;height:100dvh;max-width:none;max-height:none;border:0;border-radius:0}}
.frame{height:100%;container-type:size}
.full{height:100dvh}
.panel,.body,.scroll{display:flex;flex-direction:column;position:relative}
.panel{height:100%;max-width:52em;margin:auto;box-shadow:0 0 3em #0002;background:var(--bg);overflow-wrap:anywhere}
.head,.alarm,.row,.line{display:flex;flex-wrap:wrap;align-items:center;gap:.4em}
.head,.alarm,.ask{padding:.5em .9em}
.head button{background:none;color:inherit;border-color:currentColor}
.head img{max-height:2.4em}
.head div{flex:1 1 6em}
.close{order:1}
h1,h2,h3{font-size:1.15em;line-height:1.25}
.head p,.alarm,.note,.extra,.status{font-size:.9375em;line-height:1.4}
.alarm{background:var(--pink);color:var(--red)}
.alarm p{flex:1 1 9em}
.alarm .call,.red .call{background:var(--red);color:var(--on)}
.alarm .call{padding-inline:.6em}
.alarm svg{display:none}
.body,.scroll{flex:1;min-height:0}
.scroll{overflow-y:auto;padding:1em .9em;gap:.8em}
.scroll>*{flex:none}
.card,.mine{border-radius:1em;padding:.75em 1em;unicode-bidi:isolate}
.card,.rich,form,.extra,.sheet>div{display:grid;gap:.6em}
.card{background:var(--card);border:1px solid var(--line);max-width:42em}
.mine{align-self:flex-end;max-width:85%}
.mine,.rich{white-space:pre-line}
.note,.status{color:var(--soft)}
h2 svg{vertical-align:-.25em;margin-inline-end:.4em}
.amber{background:var(--sand);border:1px solid var(--amber);border-inline-start-width:.4em}
.red{background:var(--pink);border:2px solid var(--red)}
.red h2{color:var(--red)}
.extra{border-block-start:1px solid var(--line);padding-block-start:.5em}
summary{min-height:44px;align-content:center;font-weight:600}
.status{padding-inline:1em;min-height:1.6em}
.status:not(:empty)::before{content:"● "}
.ask{gap:.2em;border-block-start:1px solid var(--line);background:var(--card)}
.line{align-items:flex-end}
label{font-weight:600;flex:1 1 10em}
.ask label{flex:1 0 6.5em}
.ask .row{gap:0;justify-content:end}
textarea,input{width:100%;min-height:44px;padding:.6em .8em;border:1px solid var(--soft);border-radius:.7em;background:var(--bg)}
textarea{flex:1 1 11em;width:0;resize:none;field-sizing:content;max-height:9em}
[aria-invalid=true]{border-color:var(--red)}
.error{color:var(--red)}
.sheet{width:30em}
.sheet>div{padding:1.1em}
@container (max-width:15em){svg{display:none}}
@container (max-width:26em){.of{display:none}.close{order:0}}
@container (max-height:30em){.panel{overflow-y:auto}.body,.scroll{flex:none;overflow:visible}}
@media (prefers-reduced-motion:no-preference){.scroll,.panel{scroll-behavior:smooth}.status::before{animation:beat 1s infinite alternate}@keyframes beat{to{opacity:.2}}}
@media (forced-colors:active){.mine{border:1px solid}.red{border-width:4px}}`;

const CHAT = 'M4 5h16v11H10l-5 4v-4H4z';
const CALL = 'M5 4h4l2 5-2 2a11 11 0 0 0 4 4l2-2 5 2v4q-14 1-15-15z';
const ALERT = 'M12 3l10 18H2zM12 10v5M12 17v2';
const THUMB = 'M7 11v9H4v-9zl4-8q3 0 2 6h6l-2 11H7';

const clinic = { name: 'the clinic', phone, hours: '', draft_notice: '', message_characters: 1000, numbers: { emergency: '911', crisis: '988' } };
let root, body, said, status, dialog, launcher, log, input, count;
let kept = {};
let waiting = 0;

const h = (tag, attributes, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value instanceof Function) node.addEventListener(name, value);
    else if (value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat(4).filter(Boolean));
  return node;
};
const p = (...children) => h('p', null, children);
const box = (kind, ...children) => h('div', { class: kind }, children);
const sr = (text) => h('span', { class: 'sr' }, text);
const live = (role, kind, text) => h('p', { role, class: kind }, text);
const icon = (line) => {
  const [svg, path] = ['svg', 'path'].map((tag) => document.createElementNS('http://www.w3.org/2000/svg', tag));
  svg.setAttribute('viewBox', '0 0 24 24');
  path.setAttribute('d', line);
  svg.append(path);
  return svg;
};
const style = (css) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets.push(sheet);
};

const once = (work) => async (event) => {
  event.preventDefault();
  const node = event.currentTarget;
  if (node.ariaBusy) return;
  node.ariaBusy = true;
  await work(node);
  node.ariaBusy = null;
};
const button = (label, work, kind = '', line = '') => h('button', { type: 'button', class: kind, click: once(work) }, line && icon(line), label);
const form = (kind, work, ...children) => h('form', { class: kind, submit: once(work) }, children);
const main = (label) => h('button', { class: 'main' }, label);

/** Without direction marks. */
const clean = (text) => String(text ?? '').replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');
const dial = (number) => `tel:${number.replace(/[^\d+]/g, '')}`;
const call = (number, label = `Call ${number}`) => h('a', { class: 'call', href: dial(number) }, icon(CALL), label);
const link = (url, title) => (/^(https:\/\/|mailto:|tel:)/i.test(url)
  ? h('a', { href: url, target: '_blank', rel: 'noreferrer' }, clean(title), sr(' (new tab)')) : clean(title));

/** crypto.randomUUID needs https. */
const uuid = () => URL.createObjectURL(new Blob()).slice(-36);

const inline = (text) => {
  const numbers = [clinic.phone, ...Object.values(clinic.numbers)].filter(Boolean).map((number) => number.replace(/\W/g, '\\$&'));
  return clean(text).split(/\*\*(.+?)\*\*/).map((part, bold) => {
    const pieces = part.split(RegExp(`(?<![\\w-])(${numbers.join('|')})(?![\\w-])`))
      .map((piece, at) => (at % 2 ? h('a', { href: dial(piece) }, piece) : piece));
    return bold % 2 ? h('strong', null, pieces) : pieces;
  });
};

const rich = (text) => {
  const made = box('rich');
  for (const part of text.trim().split(/\n\s*\n|\n(?=\s*- )/)) {
    const item = /^\s*- (.*)/s.exec(part);
    if (item && made.lastChild?.tagName !== 'UL') made.append(h('ul'));
    if (item) made.lastChild.append(h('li', null, inline(item[1])));
    else made.append(p(inline(part)));
  }
  return made;
};

const draft = () => clean(clinic.draft_notice);
const reach = () => `${clinic.name}, ${clinic.phone} ${clinic.hours && `(${clinic.hours})`}`;
const contact = () => p(inline(`You can call ${reach()}.`));
const spanish = () => h('p', { lang: 'es' }, inline(`¿Español? Este chat responde en inglés. Llame a la clínica: ${
  clinic.phone}. Emergencia: ${clinic.numbers.emergency}. Crisis: ${clinic.numbers.crisis}.`));

/** For a reload in this tab; in memory where storage is forbidden. */
const keep = (values) => {
  kept = values ? { ...kept, ...values } : {};
  try {
    sessionStorage.setItem(BASE, JSON.stringify(kept));
  } catch {}
};

/** The answer, or for a failure its `kind`: status (401: expired), "slow" or "offline". */
const request = async (path, method = 'GET', data = undefined) => {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), REPLY_SECONDS * 1000);
  const headers = { 'Content-Type': 'application/json', ...(kept.token && { Authorization: `Bearer ${kept.token}` }) };
  try {
    const response = await fetch(new URL(path, BASE), { method, headers, body: JSON.stringify(data), credentials: 'omit', signal: late.signal });
    if (response.status === 204) return {};
    const answer = JSON.parse(await response.text());
    if (response.ok) return answer;
    return { kind: response.status, says: answer.error?.message, replies: answer.replies };
  } catch (error) {
    return { kind: late.signal.aborted ? 'slow' : error instanceof SyntaxError ? 500 : 'offline' };
  } finally {
    clearTimeout(timer);
  }
};
const reason = ({ kind, says }) => clean({ offline: 'You seem to be offline. ', slow: 'No answer came in time. ' }[kind]
  ?? `${(kind < 500 && says) || 'Something went wrong on our side.'} `);

/** Where a keyboard would pop up, not to the text box. */
const focus = () => {
  const node = matchMedia('(pointer:fine)').matches ? input : log;
  (node?.isConnected ? node : root.getElementById('title')).focus();
};
const show = (...cards) => body.replaceChildren(box('scroll', cards));

const ask = (title, ...content) => {
  const made = h('dialog', { class: 'sheet', 'aria-labelledby': 'ask', close: () => made.remove() },
    box('', h('h2', { id: 'ask', tabindex: -1, autofocus: '' }, title), content, box('row', button('Back to the chat', () => made.close()))));
  root.append(made);
  made.showModal();
  return made;
};

const person = () => ask('Talk to a person', clinic.phone && box('row', call(clinic.phone)),
  p(clean(`${clinic.hours}. ${clinic.address ?? ''}`)), kept.token ? callback() : p('To have us call you, start the chat first.'), spanish());

const callback = () => {
  const error = live('alert', 'error');
  const field = (label, name, more) => h('label', null, label, h('input', { name, maxlength: 80, ...more }));
  return form('', async (node) => {
    const answer = await request('callback', 'POST', Object.fromEntries(new FormData(node)));
    if (answer.kind) return error.replaceChildren(reason(answer));
    const done = h('p', { tabindex: -1 }, clean(answer.message));
    node.replaceWith(done);
    done.focus();
  }, h('h3', null, 'Or ask us to call you'), field('Name to ask for', 'name', { required: '', autocomplete: 'name' }),
  field('Phone number', 'phone', { required: '', type: 'tel', autocomplete: 'tel', pattern: '\\D*(\\d\\D*){7,15}', title: 'With area code' }),
  field('Best time to call (optional)', 'best_time'), error, box('row', main('Ask for a call back')));
};

const over = () => {
  const error = live('alert', 'error');
  const made = ask('Start over?', p('This deletes the chat. Messages that raised a safety concern stay with our clinicians.'), error,
    box('row', button('Delete and start over', async () => {
      const answer = await request('conversation', 'DELETE');
      if (answer.kind && answer.kind !== 401) return error.replaceChildren(reason(answer), 'The chat is not deleted yet.');
      made.close();
      leave('The chat was deleted.');
      focus();
    }, 'main')));
};

const save = async () => {
  const past = await request('transcript');
  if (past.kind === 401) return expired();
  if (past.kind) return ask('The chat was not saved', p(reason(past)));
  h('a', { href: URL.createObjectURL(new Blob([written(past)], { type: 'text/plain' })), download: 'ldn-guide-chat.txt' }).click();
  said.textContent = 'Chat saved as a text file.';
};

const written = ({ started_at: began, turns }) => {
  const time = (at) => new Date(at).toLocaleString();
  const reply = ({ lead, text, sources, reviewed_by: by, reviewed_on: on }) => [`LDN Guide: ${lead} ${text.replaceAll('**', '')}`,
    ...sources.map(({ title, publisher, url }) => `Source: ${title}, ${publisher} ${url}`), by && `Reviewed by ${by} on ${on}`];
  return clean([`LDN Guide, ${time(began)}`, 'General information, not medical advice.', draft(), reach(),
    ...turns.flatMap(({ at, text, replies }) => [`[${time(at)}] You: ${text}`, ...replies.flatMap(reply)])].filter(Boolean).join('\n\n'));
};

const start = async (note) => {
  body.replaceChildren(live('status', 'scroll', 'Opening…'));
  const { sent } = kept;
  const late = sent && await request('messages', 'POST', sent.data);
  const [known, past] = await Promise.all([request('clinic'), kept.token && request('transcript')]);
  if (past?.kind === 401) return expired(sent?.text);
  const wrong = [known, past].find((one) => one?.kind);
  if (wrong) {
    return show(h('div', { class: 'card amber', role: 'alert' }, h('h2', null, 'The chat did not open'), p(reason(wrong)), contact(),
      box('row', button('Try again', () => start(note), 'main'))));
  }
  Object.assign(clinic, known);
  style(`:host{--clinic:${clinic.colour}}`);
  dress();
  if (past) restore(past, sent, late);
  else consent(note);
};

const leave = (note, draft = '') => {
  keep();
  keep({ draft });
  wait(-waiting);
  start(note);
};
const expired = (draft) => leave(`Your last chat has ended, for your privacy.${draft ? ' Your message is kept for the next one.' : ''}`, draft);

const consent = (note) => {
  const error = live('alert', 'error');
  const agree = async () => {
    const made = await request('conversations', 'POST', { consent: true });
    if (made.kind) return error.replaceChildren(reason(made));
    keep(made);
    talk();
    focus();
    setTimeout(greet, 99);
  };
  show(note && live('status', 'card amber', note), box('card', h('h2', null, 'Before you start'), h('ul', null, [
    'This is a computer program, not a person. It answers general questions about low dose naltrexone (LDN).',
    'It cannot see your chart, and it does not replace your doctor or nurse.',
    `${clean(clinic.name)} keeps your messages for ${clinic.retention_days} days. If one raises a safety concern, our clinicians read it and we keep it for ${clinic.flagged_retention_days} days.`,
    'Please leave out your name, birth date and other private details.', draft(),
  ].map((line) => line && h('li', null, line))), box('row', button('I agree, start the chat', agree, 'main')), error, contact(), spanish()));
};

const talk = () => {
  log = h('div', { class: 'scroll', role: 'log', 'aria-label': 'Conversation', tabindex: 0 }, box('note rich', spanish(), draft()));
  count = h('p', { id: 'count', class: 'note' });
  input = h('textarea', { id: 'text', rows: 1, 'aria-describedby': 'count', input: counted,
    keydown: (event) => event.key === 'Enter' && !event.shiftKey && !event.isComposing && (event.preventDefault(), submit()) });
  body.replaceChildren(log, status, form('ask', submit, box('row', h('label', { for: 'text' }, 'Your question'),
    button('Save chat', save, 'plain'), button('Start over', over, 'plain')), box('line', input, main('Send')), count));
  fill(kept.draft ?? '');
};

const fill = (text) => {
  input.value = text;
  counted();
};

const counted = () => {
  const left = clinic.message_characters - [...input.value].length;
  const words = left < 0 ? `${-left} characters too many` : `${left} characters left`;
  if (COUNT_AT.some((step) => count.dataset.left > step && left <= step)) said.textContent = words;
  count.dataset.left = left;
  count.textContent = left > COUNT_AT[0] ? '' : words;
  input.ariaInvalid = left < 0;
  keep({ draft: input.value });
  return left < 0 ? words : '';
};

const submit = () => {
  const text = input.value.trim();
  const problem = text ? counted() : 'Please type a question first.';
  input.focus();
  said.textContent = problem;
  if (problem) return;
  fill('');
  post({ text, data: { client_message_id: uuid(), text } });
};

/** The same id however often it is tried. */
const post = async (item, bubble = mine(item.text)) => {
  const { token } = kept;
  keep({ sent: item });
  wait(1);
  const answer = await request('messages', 'POST', item.data);
  if (token !== kept.token) return;
  wait(-1);
  settle(item, answer, bubble);
};

const settle = (item, result, bubble) => {
  const { kind, replies = [] } = result;
  if (kind === 401) return expired(item.text);
  const again = !replies.length && !/^4(?!29)/.test(kind);
  if (kept.sent === item && !again) keep({ sent: null });
  if (replies.length) return answer(result, bubble);
  const note = box('card amber', p(reason(result), again && 'Your message is kept.'), contact(), box('row',
    button(again ? 'Try again' : 'Edit message', () => {
      focus();
      note.remove();
      if (again) return post(item, bubble);
      bubble.remove();
      fill(item.text);
    }, 'main')));
  bubble.after(note);
  reveal(note);
};

const wait = (change) => {
  waiting += change;
  status.textContent = waiting ? 'LDN Guide is looking that up…' : '';
};

const mine = (text) => {
  const bubble = h('div', { class: 'mine', dir: 'auto' }, sr('You said: '), clean(text));
  log.append(bubble);
  reveal(bubble);
  return bubble;
};

/** An emergency stands alone, and interrupts. */
const answer = ({ replies }, question) => {
  const urgent = replies.find(({ level }) => level === 'emergency');
  const cards = (urgent ? [urgent] : replies.slice(0, 2)).map((reply) => card(reply, question));
  log.append(...cards);
  if (!question) return;
  reveal(cards[0], question);
  if (urgent && dialog) launch();
};

const reveal = (node, question = node) => {
  const [{ top }, { bottom }] = [question, node].map((one) => one.getBoundingClientRect());
  (bottom - top < log.clientHeight ? question : node).scrollIntoView();
};

const card = (reply, question) => {
  const { kind, level, text, lead } = reply;
  const urgent = level === 'emergency';
  const crisis = reply.categories.includes('self_harm');
  const es = /[¿¡]|\b(llame|usted|clínica)\b/i.test(text);
  const [english, own = english] = urgent ? crisis ? ['Help is here for you right now', 'Hay ayuda ahora mismo'] : ['This may be an emergency', 'Puede ser una emergencia']
    : { escalation: ['Please check with a person first', 'Hable primero con su clínica'], caution: ['A safety note first'] }[kind] ?? [];
  const first = clinic.numbers[crisis ? 'crisis' : 'emergency'];
  return h('div', { class: `card ${urgent ? 'red' : english || level === 'escalate' ? 'amber' : ''}`, role: urgent && question ? 'alert' : null, lang: es ? 'es' : null },
    sr('LDN Guide said: '), english && h('h2', null, icon(ALERT), es ? own : english), lead && h('p', { class: 'note' }, clean(lead)), rich(text),
    urgent && box('row', [first, ...Object.values(clinic.numbers).filter((number) => number !== first && text.includes(number))].map((number) => call(number))), options(reply), !urgent && extra(reply));
};

const options = ({ kind, level, buttons }) => {
  const ring = (label) => button(label, person, '', CALL);
  const made = buttons.slice(0, 4).map(({ id, title, topic }) => topic === 'human_handoff' ? ring(clean(title))
    : button(clean(title), () => post({ text: title, data: { client_message_id: uuid(), button_id: id } })));
  const own = { handoff: 'Open the call-back form', escalation: 'Ask for a call back', unavailable: 'Talk to a person' }[kind];
  return box('row', made.length ? made : own && level !== 'emergency' && ring(own));
};

const extra = ({ id, kind, sources, reviewed_by: by, reviewed_on: on }) => {
  const from = sources.length && h('details', null, h('summary', null, `Where this comes from${by ? '' : ' (not yet reviewed by a clinician)'}`),
    by && p(`Reviewed by ${clean(by)} on ${clean(on)}.`),
    h('ul', null, sources.map(({ title, publisher, url }) => h('li', null, link(url, title), publisher && `, ${clean(publisher)}`))));
  const thumbs = /answer|caution|info/.test(kind) && feedback(id);
  return (from || thumbs) && h('div', { class: 'extra', 'aria-live': 'off' }, from, thumbs);
};

const feedback = (id) => {
  let helpful;
  const done = h('span', { role: 'status' });
  const word = h('input', { maxlength: 300 });
  const send = async (comment) => {
    const { kind } = await request('feedback', 'POST', { reply_id: id, helpful, comment });
    done.textContent = kind ? 'Not saved. Please try again.' : 'Thank you.';
    if (kind) return;
    yes.ariaPressed = helpful;
    no.ariaPressed = !helpful;
    more.hidden = comment;
    if (comment) yes.focus();
  };
  const vote = (label, value) => button(label, () => { helpful = value; return send(''); }, value ? 'plain' : 'plain down', THUMB);
  const [yes, no] = [vote('Yes', true), vote('No', false)];
  const more = form('line', () => send(word.value), h('label', null, 'Anything to add? (optional)', word), main('Send comment'));
  more.hidden = true;
  return box('', h('div', { class: 'row', role: 'group', 'aria-label': 'Was this helpful?' }, 'Was this helpful?', yes, no, done), more);
};

const greet = () => answer({ replies: [{ ...kept.greeting, buttons: kept.starters }] });

/** After a reload: unannounced. */
const restore = ({ turns }, sent, late) => {
  talk();
  log.ariaLive = 'off';
  greet();
  for (const turn of turns) {
    mine(turn.text);
    answer(turn);
  }
  if (late?.replies?.length) keep({ sent: null });
  else if (sent) settle(sent, late, mine(sent.text));
  log.scrollTop = log.scrollHeight;
  setTimeout(() => { log.ariaLive = 'polite'; }, 500);
  if (!PAGE) focus();
};

const dress = () => {
  const { name, logo, numbers: { emergency, crisis } } = clinic;
  const focused = root.activeElement?.id === 'title';
  root.querySelector('.head').replaceChildren(logo ? h('img', { src: new URL(logo, BASE), alt: '' }) : icon(CHAT),
    box('', h(PAGE ? 'h1' : 'h2', { id: 'title', tabindex: -1 }, 'LDN Guide'), p('Automated helper', h('span', { class: 'of' }, ' of ', clean(name)))),
    PAGE ? '' : h('button', { type: 'button', class: 'close', 'aria-label': 'Close chat', click: close }, '✕'), button('Talk to a person', person));
  root.querySelector('.alarm').replaceChildren(p('Not for emergencies. Instead:'),
    box('row', call(emergency), call(crisis, `Call or text ${crisis}`)));
  if (focused) focus();
};

const launch = () => {
  if (dialog.open) return;
  launcher.hidden = true;
  if (matchMedia('(max-width:640px)').matches) dialog.showModal();
  else dialog.show();
  focus();
  if (!body.firstChild) start();
};

const close = (event) => {
  event.preventDefault();
  dialog.close();
  launcher.hidden = false;
  launcher.focus();
};

customElements.define('ldn-chat', class extends HTMLElement {
  connectedCallback() {
    if (root) return;
    root = this.attachShadow({ mode: 'open' });
    style(STYLE);
    try {
      kept = JSON.parse(sessionStorage.getItem(BASE)) ?? {};
    } catch {}
    body = box('body');
    said = live('status', 'sr');
    status = live('status', 'status');
    const frame = box(PAGE ? 'frame full' : 'frame', box('panel', box('head'), h('div', { class: 'alarm', role: 'region', 'aria-label': 'Emergency numbers' }), body, said));
    root.append(frame);
    dress();
    if (PAGE) return void start();
    launcher = button('Ask about LDN', launch, 'main launch', CHAT);
    dialog = h('dialog', { class: 'float', 'aria-labelledby': 'title', cancel: close, keydown: (event) => event.key === 'Escape' && close(event) }, frame);
    root.append(h('aside', { 'aria-label': 'Questions about LDN' }, launcher), dialog);
  }
});
(document.querySelector('[data-ldn-chat]') ?? document.body).append(h('ldn-chat'));
})();

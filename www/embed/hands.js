/*
 * The hands and ears of the visitor's program: draws what it orders, tells it what happens. Decides nothing.
 *
 * `widget/src/hands.rs` is the other side. What an order needs is handed over before it: `word`, `number`, `own`,
 * `moment` and `invite` each put one value into `held`, and the next order takes them all. What has happened is
 * told by `tell`: its parts stay in `told` while the program listens, and are read there by place.
 *
 * A plan says what grows: elements with commas between, each a tag and then in any order
 *   .class   [name]   [name=value]   (what is inside)   =0 a held value   ~key our own words   @name an icon
 *   %0 a face: the picture at a held address, or our icon
 * The value of an attribute may be $0, a held value, or ~key. Words never become plan, and no markup is parsed.
 * A plan grows at the end of its place; `<` before it: at the beginning; `!`: instead of what was there.
 */

const ICONS = {
  talk: 'M21 12a8 8 0 0 1-8 8H4l1.8-3A8 8 0 1 1 21 12Z',
  close: 'M6 6l12 12M18 6 6 18',
  down: 'M6 9.5l6 6 6-6',
  more: 'M12 6v.01M12 12v.01M12 18v.01',
  restart: 'M4 12a8 8 0 1 0 2.6-5.9M4 4v5h5',
  lock: 'M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z',
  send: 'M5 12h14M13 6l6 6-6 6',
  back: 'M9 7 4 12l5 5M4 12h11a5 5 0 0 1 0 10h-1',
  warn: 'M12 8v5M12 16v.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z',
  paper: 'M14 3H6v18h12V7zM14 3v4h4M9 12h6M9 16h6',
  calendar: 'M5 6h14v14H5zM5 10h14M9 3v4M15 3v4',
  done: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM8 12l3 3 5-6',
  cloud: 'M7 18a4 4 0 0 1 0-8 5 5 0 0 1 9.6-1A4.5 4.5 0 0 1 17 18zM4 4l16 17',
};

/* How moments are spelled, by place: see `Style` in hands.rs. */
const STYLES = [
  { year: 'numeric', month: 'numeric', day: 'numeric' },
  { weekday: 'long', day: 'numeric', month: 'long' },
  { weekday: 'short' },
  { day: 'numeric' },
  { month: 'long', year: 'numeric' },
  { hour: 'numeric', minute: '2-digit' },
  { hour: 'numeric', minute: '2-digit', timeZoneName: 'short' },
  { day: 'numeric', month: 'long', year: 'numeric' },
  { day: 'numeric', month: 'long', year: 'numeric', hour: 'numeric', minute: '2-digit' },
];

const root = document.documentElement;
const settings = JSON.parse(document.querySelector('meta[name=usher]').content);
const [channel, origin] = location.hash.slice(1).split('!');
const languages = {};
const tabs = window.BroadcastChannel && new BroadcastChannel('usher:' + settings.workspace);

let ear, words, tag = 'en', held = [], told = [], here, site = '', dressed = '', placed = '';

function find(where) { return document.querySelector(where); }
function take() { return held.splice(0); }

/* Things are told one after another; what happens while the program listens waits for its end. */
const queue = [];
let telling = false;
function tell(...parts) {
  queue.push(parts);
  if (telling) return;
  telling = true;
  while (queue.length) {
    told = queue.shift();
    try { ear(); } catch (fault) { return fail(fault); }
  }
  telling = false;
}

/* A fault of our own: nothing of us stays on the page, and the next page tells the server. */
function fail(fault) {
  if (load(false, 'memory').length) store(false, 'fault', new TextEncoder().encode(fault).slice(0, 256));
  send('gone');
}

function ahead() { return settings.now - Date.now(); }
function setting(name) { return '' + settings[name]; }
function text(n) { return '' + (told[n] ?? ''); }
function figure(n) { return +told[n] || 0; }
function bytes(n) { return told[n] || new Uint8Array(); }
function clock() { return Date.now(); }
function dice(into) { crypto.getRandomValues(into); }

/* Values for the next order. */

function word(value) { held.push(value); }
function number(value) { held.push(value); }
function truth(value) { held.push(value); }
function nothing() { held.push(null); }
function own(key) { held.push(words[key]); }
function moment(at, style) { held.push(spell(at, style)); }

/* The browser's own variant of the language knows whether clocks have 12 or 24 hours. */
const formats = {};
function spell(at, style) {
  const locale = navigator.language.startsWith(tag) ? navigator.language : tag;
  return (formats[locale + style] ??= new Intl.DateTimeFormat(locale, STYLES[style])).format(at);
}

function zone() { return Intl.DateTimeFormat().resolvedOptions().timeZone; }

/* What was typed into a field of that kind; without a time of day and a zone a day would be midnight elsewhere. */
function spoken(typed, style) {
  const at = Date.parse(style > 7 ? typed : typed + 'T00:00');
  return at ? spell(at, style) : typed;
}

/* How large a file is. */
function size(bytes) {
  held.push(new Intl.NumberFormat(tag, { style: 'unit', unit: 'kilobyte', maximumFractionDigits: 0 }).format(bytes / 1e3));
}

/* A meeting for a calendar, as an address that holds the file itself. */
function invite(meeting, agent, manage, start, minutes) {
  const at = ms => new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '');
  const safe = value => value.replace(/[\\;,]/g, '\\$&').replace(/[\x00-\x1f\x7f]/g, ' ');
  held.push('data:text/calendar;charset=utf-8,' + encodeURIComponent([
    'BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Usher//Widget//EN', 'BEGIN:VEVENT', 'UID:' + safe(meeting),
    'DTSTAMP:' + at(start), 'DTSTART:' + at(start), 'DTEND:' + at(start + minutes * 6e4),
    'SUMMARY:' + safe(agent), 'URL:' + safe(manage), 'END:VEVENT', 'END:VCALENDAR', '',
  ].join('\r\n')));
}

/* Drawing. */

function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', true);
  if (name === 'send' || name === 'back') svg.setAttribute('class', 'mirror');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

function picture(address) {
  const image = new Image();
  image.alt = '';
  image.referrerPolicy = 'no-referrer';
  image.src = address;
  return image;
}

/* Links within the site stay in the tab, others open one of their own and say so. Other schemes lead nowhere. */
function aim(link, address) {
  const [, scheme, host] = /^(?:(https?:|mailto:|tel:|data:text\/calendar;)|(?=\/))(?:\/\/([^/?#]*))?/i.exec(address) || [];
  if (host === undefined && !scheme && address[0] !== '/') return;
  link.href = address;
  if (host === site) link.target ||= '_top';
  else if (host || !scheme) link.target = '_blank';
}
function seal(link) {
  link.rel = 'noopener noreferrer';
  const aside = link.appendChild(document.createElement('span'));
  aside.className = 'aside';
  aside.textContent = ' (' + words.newtab + ')';
}

function grow(plan, values) {
  const grown = document.createDocumentFragment(), around = [];
  let into = grown, last = grown;
  for (const part of plan.match(/\[[^\]]*]|[(),]|[.=~@%]?[^.=~@%[(),]+/g) || []) {
    const rest = part.slice(1);
    if (part === '(') {
      around.push(into);
      into = last;
    } else if (part === ')') {
      last = into;
      into = around.pop();
    } else if (part === ',') last = into;
    else if (part[0] === '.') last.className = rest;
    else if (part[0] === '=') last.append(values[rest]);
    else if (part[0] === '~') last.append(words[rest]);
    else if (part[0] === '@') last.append(icon(rest));
    else if (part[0] === '%') last.append(values[rest] ? picture(values[rest]) : icon('talk'));
    else if (part[0] === '[') {
      const [, name, value = ''] = /^.([^=\]]+)=?(.*).$/.exec(part);
      const meant = value[0] === '$' ? values[value.slice(1)] : value[0] === '~' ? words[value.slice(1)] : value;
      if (name === 'href') aim(last, meant);
      else last.setAttribute(name, meant);
    } else {
      last = document.createElement(part);
      if (part === 'button') last.type = part;
      into.append(last);
    }
  }
  return grown;
}

function plant(where, plan) {
  const into = where ? find(where) : here, [, how, rest] = /^([<!]?)(.*)/.exec(plan), grown = grow(rest, take());
  grown.querySelectorAll('[target=_blank]').forEach(seal);
  if (how === '<') into?.prepend(grown);
  else if (how) into?.replaceChildren(grown);
  else into?.append(grown);
}

/* Grows at the place, and goes in: what grows nowhere in particular grows there until `out`. */
function enter(where, plan) {
  const into = where ? find(where) : here, grown = grow(plan, take());
  here = grown.lastElementChild;
  into?.append(grown);
}
function out() {
  if (here.target === '_blank') seal(here);
  here = here.parentNode;
}

function remove(where) { document.querySelectorAll(where).forEach(one => one.remove()); }
function set(where, name, value) { find(where)?.setAttribute(name, value); }
/* Names it in our own words. */
function label(where, key) { set(where, 'aria-label', words[key]); }
function unset(where, name) { find(where)?.removeAttribute(name); }
function flag(where, name, on) { find(where)?.classList.toggle(name, on); }
function show(where, on) {
  const shown = find(where);
  if (shown) shown.hidden = !on;
}
function focus(where) {
  const found = find(where);
  found?.focus();
  return !!found;
}
function focused() { return document.hasFocus(); }
function media(query) { return matchMedia(query).matches; }
function colour(name, rgb) { variable(name, '#' + rgb.toString(16).padStart(6, 0)); }
function variable(name, value) { root.style.setProperty(name, value); }

/* The transcript. Who reads the newest words goes on reading the newest words. */

function atEnd() {
  const log = find('.log');
  return !log || log.scrollHeight - log.scrollTop - log.clientHeight < 48;
}
function toEnd() {
  find('.log')?.scrollTo(0, 1e7);
  show('.newest', false);
}
/* What is drawn now is no news: nothing is announced, nothing moves. */
function quiet() {
  set('.log', 'aria-live', 'off');
  flag('.panel', 'still', true);
  setTimeout(() => {
    unset('.log', 'aria-live');
    flag('.panel', 'still', false);
  }, 400);
}
function follow(follows) {
  if (follows) toEnd();
  else show('.newest', true);
}
function say(key) {
  const banner = find('.banner'), line = words[key] || '';
  if (banner && banner.textContent !== line) {
    const end = atEnd();
    banner.textContent = line;
    if (end) toEnd();
  }
}
/* The first turns stay. */
function shorten(keep) {
  [...find('.log')?.children || []].slice(keep).forEach(one => one.remove());
  show('.newest', false);
}

/* The menu. */

function menu(open) {
  const button = find('.tool[aria-haspopup]');
  if (!button) return;
  show('.menu', open);
  button.setAttribute('aria-expanded', open);
  if (open) focus('.menu > :not([hidden])');
}

/* Where the frame belongs, so that all that is drawn can be seen and nothing else is covered: distances to the
   corner of the frame, without transforms. Room for shadows stays around it; clicks reach a little less far. */
let placing = [];
function place(mode, left, side, bottom) {
  const boxes = [['.launcher', 28, 10], ['.panel:not([hidden])', 20, 24], ['.poke > *', 16, 12]].flatMap(([where, radius, reach]) =>
    [...document.querySelectorAll(where)].map(one => {
      let x = one.offsetLeft, y = one.offsetTop;
      const around = one.offsetParent;
      if (around && around !== document.body) x += around.offsetLeft, y += around.offsetTop;
      const across = one.offsetWidth, down = one.offsetHeight;
      return { side: left ? x : innerWidth - x - across, bottom: innerHeight - y - down, across, down, radius, reach };
    }));
  let width = 104, height = 104;
  for (const box of boxes) {
    width = Math.max(width, box.side + box.across + 24);
    height = Math.max(height, box.bottom + box.down + 24);
  }
  placing = [mode, left, side, bottom];
  side -= 24;
  bottom -= 24;
  width = Math.min(width, view[0] - Math.max(side, 0));
  height = Math.min(height, view[1] - Math.max(bottom, 0));
  const drawn = mode === 1 ? boxes.flatMap(({ side, bottom, across, down, radius, reach }) => [
    (left ? side : width - side - across) - reach, height - bottom - down - reach, across + 2 * reach, down + 2 * reach, radius + reach,
  ]) : [];
  const order = [mode, left, side, bottom, width, height, drawn], spelled = '' + order;
  if (spelled !== placed) send('place', ...order);
  placed = spelled;
}

/* The same again: something has changed its size by itself. */
function fit() { place(...placing); }

/* Shows a document that is kept; held are its name and where it came from, where it opens when the viewer cannot come. */
function read(id, card) {
  const [name, from] = take(), file = ['/d', settings.workspace, hex(id) + '.pdf'].join('/');
  import(settings.viewer)
    .then(viewer => viewer.default(find('.panel'), name, from, file, (...seen) => tell('viewed', card, ...seen), fit, attend))
    .catch(() => window.open(from, '_blank', 'noopener'));
}

/* The page. */

let view = [0, 0];
function resize(width, height) {
  view = [width, height];
  variable('--host-width', width + 'px');
  variable('--host-height', height + 'px');
}

function send(kind, ...rest) {
  parent.postMessage([1, channel, kind, ...rest], origin);
}
/* An order to the page, with what is held. */
function order(kind) { send(kind, ...take()); }
function pairs() {
  const object = {};
  for (let all = take(), n = 0; n < all.length; n += 2) object[all[n]] = all[n + 1] ?? null;
  return object;
}
/* A DOM event on the page, of held names and values. */
function report(name) { send('event', name, pairs()); }
function reply(call) { send('reply', call, pairs()); }

/* Answers `usher('why')`. Held are: shown, state, the code of the state, strength; then for every dialogue that
   lost its name, a code, a number and the winner's name. The sentences are fetched only when somebody asks. */
function why(call) {
  const [shown, state, because, strength, ...rest] = take();
  fetch(find('meta[name=usher-why]').content).then(answer => answer.text()).catch(() => '').then(file => {
    const known = learn(file), lost = [];
    const sentence = (code, number, name) => (known[code] || code).replace('%', number).replace('$', name);
    for (let n = 0; n < rest.length; n += 4) {
      const [dialogue, code, number, winner] = rest.slice(n, n + 4);
      lost.push({ dialogue, code, because: sentence(code, number, winner) });
    }
    send('reply', call, { shown, state, because: sentence(because), strength, lost });
  });
}

/* What a page may tell: nothing that only the visitor, the server or the clock can say. */
const PAGES = /^(hello|page|seen|scroll|left|flung|view|consent|login|set|call)$/;

addEventListener('message', event => {
  const data = event.data;
  if (event.source !== parent || event.origin !== origin || !Array.isArray(data) || data[0] !== 1 || data[1] !== channel) return;
  const [, , kind, ...rest] = data;
  if (!PAGES.test(kind)) return;
  if (kind === 'hello' || kind === 'page') site = /^https?:\/\/([^/?#]*)/.exec(rest[0])?.[1];
  if (kind === 'hello') resize(rest[5], rest[6]);
  if (kind === 'view') resize(rest[0], rest[1]);
  const last = rest[rest.length - 1];
  if (typeof last === 'object' && last) rest.splice(-1, 1, ...Object.entries(last).flat());
  tell(kind, ...rest);
});

/* The server. */

function call(number, path, body) {
  const patience = new AbortController();
  const wish = { signal: patience.signal };
  if (body.length) Object.assign(wish, { method: 'POST', body: body.slice(), keepalive: body.length < 6e4 });
  setTimeout(() => patience.abort(), 2e4);
  fetch(path, wish).then(async answer => {
    const taken = answer.ok || answer.status === 409;
    const body = taken && new Uint8Array(await answer.arrayBuffer());
    tell('answer', number, answer.status, body, answer.headers.get('retry-after'));
  }).catch(() => tell('answer', number, 0));
}
function hex(id) { return Array.from(id, byte => byte.toString(16).padStart(2, 0)).join(''); }
/* A public file of an edition in one of its languages. */
function fetchEdition(number, id, language) {
  call(number, ['/e', settings.workspace, hex(id) + '.' + language].join('/'), '');
}
function fetchIndex(number) { call(number, ['/e', settings.workspace, settings.index].join('/'), ''); }
/* The same when there is a newer one, else nothing: the frame's page says which is the newest. */
function renewIndex(number) {
  fetch(location.pathname, { signal: AbortSignal.timeout(3e3) }).then(answer => answer.text()).then(page => {
    const newest = /index&quot;:&quot;(\w+)/.exec(page)[1];
    if (newest === settings.index) throw 0;
    settings.index = newest;
    fetchIndex(number);
  }).catch(() => tell('answer', number, 0));
}
function after(ms, number) { setTimeout(() => tell('timer', number), ms); }
function online() { return navigator.onLine; }

/* Storage: where the browser refuses it, everything works for the life of the page. Bytes are kept as characters. */

const spare = { getItem: name => spare['=' + name], setItem: (name, kept) => { spare['=' + name] = kept; }, removeItem: name => delete spare['=' + name] };
function drawer(session) {
  try { return session ? sessionStorage : localStorage; } catch { return spare; }
}
function key(name) { return 'usher:' + settings.workspace + ':' + name; }
function load(session, name) {
  return Uint8Array.from(drawer(session).getItem(key(name)) || '', c => c.charCodeAt());
}
function store(session, name, kept) {
  try { drawer(session).setItem(key(name), Array.from(kept, c => String.fromCharCode(c)).join('')); } catch { /* full */ }
}
function forget(session, name) { drawer(session).removeItem(key(name)); }

/* Other tabs. */

function share(line) { tabs?.postMessage(line.slice()); }
if (tabs) tabs.onmessage = event => tell('tab', event.data);

/* Our own words: a key and a sentence a line. */

function learn(file) {
  return Object.fromEntries(file.split('\n').map(line => {
    const at = line.indexOf(' ');
    return [line.slice(0, at), line.slice(at + 1)];
  }));
}
/* Speaks a language, in English until its own words are here. */
function speak(language) {
  root.lang = language;
  tag = language.split('-')[0];
  root.dir = /^(ar|fa|he|ur)$/.test(tag) ? 'rtl' : 'ltr';
  const asked = tag, path = settings.texts[asked];
  words = languages[asked] || languages.en;
  if (languages[asked] || !path) return;
  fetch(path).then(answer => answer.ok ? answer.text() : Promise.reject()).then(file => {
    languages[asked] = learn(file);
    if (tag !== asked) return;
    words = languages[asked];
    tell('words');
  }).catch(() => {});
}
function mirrored() { return root.dir === 'rtl'; }

/* The visitor. */

function act(event) {
  const element = event.target.closest?.('[data-do]'), shut = find('.menu')?.hidden;
  menu(false);
  if (!element || (event.type === 'click') === (element.tagName === 'FORM')) return;
  const action = element.dataset.do;
  if (action === 'menu') menu(shut);
  else if (action === 'newest') {
    toEnd();
    attend();
  } else {
    const typed = element.querySelector('input, textarea')?.value;
    tell('do', action, element.dataset.n, element.dataset.card, typed);
  }
}
/* Moves the keyboard to what waits, else to the transcript. */
function attend() {
  const within = ['[data-first]', 'input', 'textarea', 'button:not([disabled])', 'a'].map(one => '.composer ' + one);
  if (!focus(within[0]) && !focus(within.slice(1) + '')) focus('.log');
}

function listen(program, english) {
  ear = program;
  words = languages.en = learn(english);
  const on = (target, names, heard) => names.split(' ').forEach(name => target.addEventListener(name, heard));
  on(document, 'click submit', event => {
    if (event.type === 'submit') event.preventDefault();
    act(event);
  });
  on(document, 'input', event => {
    unset('[aria-invalid]', 'aria-invalid');
    flag('.field', 'wrong', false);
    find('p.fault')?.replaceChildren();
    if (event.target.tagName === 'INPUT') tell('typed', event.target.value);
  });
  on(document, 'keydown', event => {
    if (event.key === 'Escape') {
      if (find('.menu')?.hidden === false) {
        menu(false);
        focus('.tool[aria-haspopup]');
      } else if (find('.sheet')) tell('do', 'comment-shut');
      else tell('escape');
      return;
    }
    const forward = mirrored() ? -1 : 1;
    const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: forward, ArrowLeft: -forward }[event.key];
    const group = step && event.target.closest?.('[data-group]');
    if (!group) return;
    const all = [...group.querySelectorAll('button:not([hidden]), a')], at = all.indexOf(event.target);
    if (at < 0) return;
    event.preventDefault();
    all[(at + step + all.length) % all.length].focus();
  });
  on(document, 'focusout', event => {
    const next = event.relatedTarget;
    if (next && event.target.closest('.menu') && !next.closest('.menu, .tool')) menu(false);
  });
  on(window, 'focus', () => tell('focus'));
  on(window, 'popstate', event => event.state || tell('popstate'));
  on(window, 'online offline pageshow', () => tell('network'));
  on(document, 'visibilitychange', () => tell(document.hidden ? 'hidden' : 'back'));
  send('ready');
}

/* The way back on a phone minimises the panel: an entry in the history stands for it. Coming back to it, from an open
   document, minimises nothing. */
function enterHistory() { history.pushState(1, ''); }
function leaveHistory() { history.back(); }

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
  bell: 'M6 10a6 6 0 0 1 12 0c0 6 2 7 2 7H4s2-1 2-7ZM10 20h4',
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
function wearSheet(text) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
wearSheet(__STYLE__);
const settings = JSON.parse(document.querySelector('meta[name=usher]').content);
const [channel, origin] = location.hash.slice(1).split('!');
const lexicon = {};
let tabs;
try { tabs = new BroadcastChannel('usher:' + settings.workspace); } catch { /* no tab hears of another */ }

let ear, words, tag = 'en', pageTag = '', held = [], told = [], here, site = '', placed = '', inline = false, left = false, room = [20, 20], called = '';

function find(where) { return document.querySelector(where); }
function take() { return held.splice(0); }

/* Things are told one after another; what happens before the program is there, or while it listens, waits. */
const queue = [];
let telling = true;
function tell(...parts) {
  queue.push(parts);
  if (!telling) telling = true, hear();
}
function hear() {
  while (queue.length) {
    told = queue.shift();
    try { ear(); } catch (fault) { return fail(fault); }
  }
  telling = false;
}

/* A fault of our own: who is talking may begin again where it was, else nothing of us stays on the page; and the next
   message tells the server. */
function fail(fault) {
  if (load(false, 'memory').length) store(false, 'fault', new TextEncoder().encode(fault).slice(0, 256));
  if (!find('.panel:not([hidden])')) return send('gone');
  find('.panel').replaceChildren(grow('div.centre[role=alert]@warn(p~broken,button.action[data-do=reload]~begin-again)'));
  focus('.action');
}

/* A clock that goes on whatever the machine's is set to, and how early it is by the server's, where a browser tells. */
const since = Date.now() - performance.now();
const early_by = (performance.getEntriesByType('navigation')[0].serverTiming?.[0]?.duration || clock()) - clock();
function ahead() { return early_by; }
function setting(name) { return '' + settings[name]; }
function text(n) { return '' + (told[n] ?? ''); }
function name(n) { return [...text(n)].reduce((sum, c) => (sum * 31 + c.charCodeAt()) % 8191, 0); }
function figure(n) { return +told[n] || 0; }
function bytes(n) { return told[n] || new Uint8Array(); }
function clock() { return since + performance.now(); }
function dice(into) { crypto.getRandomValues(into); }

/* Values for the next order. */

function word(value) { held.push(value); }
function number(value) { held.push(value); }
function truth(value) { held.push(value); }
function nothing() { held.push(null); }
function id(bytes) { held.push(spell_id(bytes)); }
function own(key) { held.push(words[key]); }
function counted(key, n) { held.push(words[key + '.' + new Intl.PluralRules(tag).select(n)].replace('%', n)); }
function moment(at, style) { held.push(spell(at, style)); }

/* The browser's own variant of the language knows whether clocks have 12 or 24 hours. */
const formats = {};
function spell(at, style) {
  const locale = spoken_as(navigator.language) === tag ? navigator.language : tag;
  const timeZone = zone();
  return (formats[locale + style + timeZone] ??= new Intl.DateTimeFormat(locale, { ...STYLES[style], timeZone })).format(at);
}

/* The visitor's time zone: the machine's, or the one chosen here. */
let chosen;
function city() { return zone().split('/').pop().replaceAll('_', ' '); }
function zone() { return chosen || Intl.DateTimeFormat().resolvedOptions().timeZone; }

/* What was typed into a field of that kind; without a time of day and a zone a day would be midnight elsewhere. */
function spoken(typed, style) {
  const at = Date.parse(style > 7 ? typed : typed + 'T00:00');
  return at ? spell(at, style) : typed;
}

/* Fills the link to a calendar file in. */
function invite(...meeting) {
  const link = here.querySelector('.ics');
  extra('invite', ...meeting).then(address => { link.href = address; });
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
  const [, scheme, host] = /^(?:(https?:|mailto:|tel:)|(?=\/))(?:\/\/([^/?#]*))?/i.exec(address) || [];
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

function grow(plan, values = []) {
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
function labelHeld(where) { set(where, 'aria-label', take()[0]); }
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
/* Says one of our sentences in the panel, and which of the newest answers have not been sent. */
function say(key, unsent) {
  const banner = find('.banner'), line = words[key] || '', end = atEnd();
  if (banner && banner.dataset.says !== key) {
    banner.dataset.says = key;
    banner.replaceChildren(line, key === 'reconnecting' ? grow('button[data-do=again]~retry') : '');
  }
  [...document.querySelectorAll('.you')].reverse().forEach((one, n) => {
    one.dataset.note = words['not-sent'];
    one.classList.toggle('unsent', n < unsent);
  });
  if (end) toEnd();
}
/* When the newest turn was. */
function stamp(at) { panel.stamp?.(at); }
/* The first turns stay. */
function shorten(keep) {
  [...find('.log')?.children || []].slice(keep).forEach(one => one.remove());
  show('.newest', false);
}

/* A tone when something is said, where the workspace wants one, the visitor does not mind and has touched us before. */
function chime() {
  if (theme.sound && !mute && navigator.userActivation?.hasBeenActive) extra('chime', theme.sound);
}
/* The workspace's look, and what the page wants otherwise. */

const theme = settings.look;
let look = {};
const hex = rgb => '#' + rgb.toString(16).padStart(6, 0);
function dress() {
  const now = { ...theme, ...look };
  const dark = now.mode === 2 || !now.mode && media('(prefers-color-scheme: dark)');
  for (const name of ['accent', 'onAccent', 'paper', 'ink', 'accentInk'])
    variable('--' + name, hex(dark ? now[name + 'Dark'] : now[name]));
  variable('--radius', now.radius + 'px');
  const font = now.pageFont && now.hostFont || now.font;
  if (font) variable('--font', font);
  root.classList.toggle('dark', dark);
  root.classList.toggle('light', !dark);
  root.classList.toggle('compact', now.compact);
  /* Which side of the page the launcher is on, and of the text. */
  left = now.atStart !== (mirrored() && now.mirrored);
  root.classList.toggle('start', left !== mirrored());
  room = [now.side, now.bottom];
  called = now.label;
  entitle();
}
/* What the page wants otherwise: checked, and what cannot be read stays out. */
function wish(changes) {
  if (Object.keys(changes).length) extra('looks', theme, changes).then(found => {
    look = { ...look, ...found };
    dress();
    tell('view', ...view);
  });
}
/* What few visitors need comes when they need it. */
function extra(name, ...rest) {
  return import(settings.extra).then(all => all[name](...rest), () => new Promise(() => {}));
}
/* The hands, with what is held, for what few visitors need. */
function lend(name) { extra(name, { grow, find, focus, wearSheet }, ...take()); }
/* What the chat is called, for assistive technology. */
function entitle() {
  if (!words) return;
  if (called) words.chat = called;
  send('name', words.chat);
}

/* Where the frame belongs, so that all that is drawn can be seen and nothing else is covered. Room for shadows stays
   around it; clicks reach a little less far. Distances are to the corner of the frame, without transforms.
   0 hidden, 1 beside the page, 2 over it. */
let placing = 0, fits;
function place(mode) {
  placing = mode;
  const [side, bottom] = room.map(n => n - 24);
  const boxes = [['.launcher', 28, 10], ['.panel:not([hidden])', 20, 24], ['.poke > *', 16, 12]].flatMap(([where, radius, reach]) =>
    [...document.querySelectorAll(where)].map(one => {
      let x = one.offsetLeft, y = one.offsetTop;
      const around = one.offsetParent;
      if (around && around !== document.body) x += around.offsetLeft, y += around.offsetTop;
      const across = one.offsetWidth, down = one.offsetHeight;
      return { side: left ? x : innerWidth - x - across, bottom: innerHeight - y - down, across, down, radius, reach };
    }));
  let width = 104, height = 104, cut = 'none', where;
  for (const box of boxes) {
    width = Math.max(width, box.side + box.across + 24);
    height = Math.max(height, box.bottom + box.down + 24);
  }
  width = Math.min(width, view[0] - Math.max(side, 0));
  height = Math.min(height, view[1] - Math.max(bottom, 0));
  if (inline) where = 'position:static;width:100%;height:100%';
  else if (mode === 2 || document.body.classList.contains('popup')) {
    where = `position:fixed;inset:${view[2]}px auto auto 0;width:100vw;height:${view[1]}px`;
    if (mode < 2) cut = 'inset(calc(50% - 304px) calc(50% - 264px))';
  } else {
    where = `position:fixed;inset:auto ${left ? `auto ${bottom}px ${side}px` : `${side}px ${bottom}px auto`};width:${width}px;height:${height}px`;
    cut = `path("${boxes.map(({ side, bottom, across, down, radius, reach }) => {
      const r = radius + reach, h = across - 2 * radius, v = down - 2 * radius, turn = `a${r} ${r} 0 0 1 `;
      return `M${(left ? side : width - side - across) + radius} ${height - bottom - down - reach}h${h}${turn}${r} ${r}v${v}${turn}${-r} ${r}h${-h}${turn}${-r} ${-r}v${-v}${turn}${r} ${-r}z`;
    }).join('')}")`;
  }
  fits = [boxes[0]?.across && width, height] + '';
  const text = `${where};visibility:${mode ? 'visible' : 'hidden'};clip-path:${cut};z-index:${theme.layer};min-width:0;min-height:0;` +
    'max-width:none;max-height:none;margin:0;padding:0;border:0;color-scheme:normal;background:none;box-shadow:none;' +
    'border-radius:0;opacity:1;filter:none;transform:none;display:block;pointer-events:auto;zoom:';
  if (text !== placed) send('place', mode, text);
  placed = text;
  if (theme.title) send('unread', find('.badge') ? '(1) ' : '');
  if (mode && !dressed) more();
}
/* What an open panel needs, and the winner's edition, come after what shows first, so that this shows sooner. */
let dressed = false, paint, panel = {};
const painted = new Promise(done => { paint = done; });
setTimeout(paint, 1e3);
function more() {
  dressed = true;
  setTimeout(() => {
    paint();
    import(settings.panel).then(more => {
      wearSheet(more.style);
      Object.assign(lexicon.en, learn(more.words));
      panel = more.hands({ find, grow, show, set, unset, flag, focus, toEnd, attend, tell, take, counted, extra, say: key => words[key],
        mirrored, age: at => at - clock() - early_by, spell, tag: () => tag, mute: on => on === undefined ? mute : drawer(false).setItem(key('mute'), mute = on), zone,
        choose: name => { chosen = name; } });
      if (!find('.panel')) return;
      tell('words');
      if (document.hasFocus()) attend();
    }, () => { dressed = false; });
  }, 30);
}

/* The same again: something has changed its size by itself. */
function fit() { if (placed) place(placing); }
/* The frame is as large as was wanted, when what it shows could be measured: while a page keeps the frame from being
   laid out, nothing can. */
function resized() { if ([innerWidth, innerHeight] + '' !== fits) fit(); }

/* Shows a document that is kept; held are its name and where it came from, where it opens when the viewer cannot come. */
function read(id, card) {
  const [name, from] = take(), file = ['/d', settings.workspace, spell_id(id) + '.pdf'].join('/');
  import(settings.viewer)
    .then(viewer => viewer.default(find('.panel'), name, from, file, (...seen) => tell('viewed', card, ...seen), fit, attend))
    .catch(() => window.open(from, '_blank', 'noopener'));
}

/* The page. */

let view = [0, 0, 0];
function resize(width, height, top) {
  view = [width, height, top].map(Math.round);
  variable('--host-width', view[0] + 'px');
  variable('--host-height', view[1] + 'px');
}

function send(kind, ...rest) {
  parent.postMessage([1, channel, kind, ...rest], origin);
}
/* An order to the page, with what is held. */
function order(kind) {
  if (kind === 'gone') send('unread', '');
  send(kind, ...take());
}
function pairs(all = take()) {
  const object = {};
  for (let n = 0; n < all.length; n += 2) object[all[n]] = all[n + 1] ?? null;
  return object;
}
/* A DOM event on the page, of held names and values, and of the conversation it is about; under a name that analytics know, where the workspace wants that. */
const ANALYTICS = { triggered: 'impression', email: 'lead_captured', meeting: 'meeting_booked', phone: '', closed: '', decided: '' };
function report(name) {
  const known = ANALYTICS[name] ?? name;
  const values = take(), [called, id, conversation, flow, surface] = name === 'decided' ? [] : values.splice(-5);
  const about = surface && { name: called, id, conversation, type: flow ? 'flow' : 'dialogue', surface };
  send('event', name, { ...pairs(values), ...about }, theme.analytics && known && 'chat_' + known);
  if (name === 'decided') ready(early);
}
/* Calls of the page wait for the first decision. */
let early = [];
function ready(calls) {
  early = null;
  calls?.forEach(call => tell(...call));
}
function reply(call) { send('reply', call, pairs()); }
/* The page's record: open until (day), dismissed at (minute), test. */
function record() { send('record', ...take().map(n => n ? n.toString(36) : '')); }

/* Answers `usher('why')` with what is held. */
function why(call) { extra('why', settings.why, learn, take()).then(answer => send('reply', call, answer)); }

/* What a page may tell: nothing that only the visitor, the server or the clock can say. */
const PAGES = /^(hello|page|seen|scroll|left|flung|view|consent|login|set|look|call)$/;
const flat = object => Object.entries(object || {}).filter(([, value]) => typeof value === 'string').flat();
const language = tag => (tag || navigator.language || '').toLowerCase();
const address = url => url.replace(/^(https?:\/\/)[^/?#]*@/, '$1').slice(0, 2048);
const device = () => view[0] < 600 ? 2 : media('(pointer: coarse)') ? 1 : 0;

addEventListener('message', event => {
  const data = event.data;
  if (event.source !== parent || event.origin !== origin || !Array.isArray(data) || data[0] !== 1 || data[1] !== channel) return;
  const [, , kind, ...rest] = data;
  if (!PAGES.test(kind)) return;
  if (kind === 'seen') panel.age?.();
  if (kind === 'hello' || kind === 'page') {
    site = /^https?:\/\/([^/?#]*)/.exec(rest[0])?.[1];
    pageTag = rest[2] || '';
    rest.splice(0, 3, address(rest[0]), address(rest[1]), language(pageTag));
  }
  if (kind === 'hello') {
    const [url, referrer, tag, width, height, top, consent, record, link, test, login, wishes, flow, values, more, font] = rest;
    resize(width, height, top);
    wish(wishes);
    theme.hostFont = font;
    inline = typeof flow === 'string';
    root.classList.toggle('inline', inline);
    const { flow: _, card = '', ...own } = more || {};
    tell(kind, url, referrer, tag, device(), -new Date().getTimezoneOffset(), width, height, consent,
      !!navigator.globalPrivacyControl, record, link, test, login, flow, card, ...flat(values), ...flat(own));
  } else if (kind === 'view') {
    resize(...rest);
    tell(kind, ...view);
  } else if (kind === 'look') {
    wish(rest[0]);
  } else if (kind === 'flung') {
    if (device()) tell(kind, ...rest);
  } else if (kind === 'set') tell(kind, ...flat(rest[0]));
  else if (kind === 'call') {
    const [number, name, what, more = {}] = rest, form = name === 'form';
    const { card, surface, by, values } = form ? { values: more } : typeof more === 'string' ? { card: more } : more;
    const call = [kind, number, name, what, card, surface, by, ...flat(values)];
    if (early) early.push(call);
    else tell(...call);
  } else tell(kind, ...rest);
});

/* The server. */

function call(number, path, body) {
  pass(number, ask(path, body.length ? { method: 'POST', body: body.slice(), keepalive: body.length < 6e4 } : {}));
}
function ask(path, wish) {
  const patience = new AbortController();
  setTimeout(() => patience.abort(), 2e4);
  return fetch(path, { ...wish, signal: patience.signal }).then(async answer => {
    const body = (answer.ok || answer.status === 409) && new Uint8Array(await answer.arrayBuffer());
    return [answer.status, body, answer.headers.get('retry-after')];
  }).catch(() => [0]);
}
function pass(number, asked) { asked.then(answer => tell('answer', number, ...answer)); }
const spell_id = bytes => Array.from(bytes, byte => byte.toString(16).padStart(2, 0)).join('');
/* A public file of an edition in one of its languages. */
function fetchEdition(number, id, language) {
  const path = ['/e', settings.workspace, spell_id(id) + '.' + language].join('/');
  painted.then(() => call(number, path, ''));
}
/* The index is asked for before the program is there. */
const index = () => ask(['/e', settings.workspace, settings.index].join('/'));
let first = index();
function fetchIndex(number) {
  pass(number, first || index());
  first = null;
}
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
  try { return (session ? sessionStorage : localStorage) || spare; } catch { return spare; }
}
function key(name) { return 'usher:' + settings.workspace + ':' + name; }
function load(session, name) {
  return Uint8Array.from(drawer(session).getItem(key(name)) || '', c => c.charCodeAt());
}
function store(session, name, kept) {
  try { drawer(session).setItem(key(name), Array.from(kept, c => String.fromCharCode(c)).join('')); } catch { /* full */ }
}
function forget(session, name) { drawer(session).removeItem(key(name)); }
/* The first look into either drawer waits for another process: now, while the program is on its way. */
drawer(true).getItem('');
let mute = drawer(false).getItem(key('mute'));

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
/* The file of ours that speaks a language: by the whole tag, by its script or place, by its first part. */
function spoken_as(language) {
  const [first] = language.toLowerCase().split('-');
  if (first === 'zh') return /-(hant|tw|hk|mo)\b/i.test(language) ? 'zh-Hant' : 'zh-Hans';
  return first === 'pt' ? 'pt-BR' : first;
}
/* Speaks a language, in English until its own words are here; where we have none for it, in the page's or the browser's. */
function speak(language) {
  root.lang = language;
  tag = [language, pageTag, navigator.language].map(spoken_as).find(tag => /^(en|__LANGUAGES__)$/.test(tag)) || 'en';
  root.dir = /^(ar|fa|he|ur)$/.test(tag) ? 'rtl' : 'ltr';
  const asked = tag;
  words = lexicon[asked] || lexicon.en;
  dress();
  if (lexicon[asked]) return;
  fetch(`/f/-/${settings.texts}.${asked}.txt`).then(answer => answer.ok ? answer.text() : Promise.reject()).then(file => {
    lexicon[asked] = learn(file);
    if (tag !== asked) return;
    words = lexicon[asked];
    dress();
    tell('words');
  }).catch(() => {});
}
function mirrored() { return root.dir === 'rtl'; }

/* The visitor. */

function act(event) {
  const element = event.target.closest?.('[data-do]');
  if (element?.dataset.do === 'reload') location.reload();
  if (panel.press?.(event, element) || !element || (event.type === 'click') === (element.tagName === 'FORM')) return;
  const entry = element.querySelector('input, textarea');
  tell('do', element.dataset.do, element.dataset.n, element.dataset.card, entry?.dataset.read || entry?.value,
    find('.agree input')?.checked);
}
/* Moves the keyboard to what waits for the visitor, else to the transcript. */
function attend() { panel.attend?.(); }

function listen(program) {
  ear = program;
  hear();
}
words = lexicon.en = learn(__WORDS__);
{
  const on = (target, names, heard) => names.split(' ').forEach(name => target.addEventListener(name, heard));
  on(document, 'click submit', event => {
    if (event.type === 'submit') event.preventDefault();
    act(event);
  });
  on(document, 'input focusout', event => panel[event.type]?.(event));
  on(document, 'keydown', event => {
    if (!panel.keydown?.(event) && event.key === 'Escape') tell('escape');
  });
  on(window, 'focus', () => tell('focus'));
  on(window, 'resize', resized);
  on(window, 'popstate', event => event.state || tell('popstate'));
  on(window, 'online offline pageshow', () => tell('network'));
  on(document, 'visibilitychange', () => tell(document.hidden ? 'hidden' : 'back'));
  send('ready');
}

/* The way back on a phone minimises the panel: an entry in the history stands for it. Coming back to it, from an open
   document, minimises nothing. */
function enterHistory() { history.pushState(1, ''); }
function leaveHistory() { history.back(); }

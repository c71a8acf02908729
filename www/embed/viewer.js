/*
 * The document viewer: a sheet over the panel, loaded when a visitor opens a document that is kept. Decides nothing.
 *
 * pdf.js draws; its worker reads the file and can reach nothing. A document is a stranger's: no script of it runs,
 * nothing is fetched for it but our own decoders and fonts, and its links lead to the web and to mail only.
 * What was read is told when the sheet is shut, the page is out of sight, or the file is downloaded.
 */

/* Where the other files are, by name; the words by language. The build writes it. */
const FILES = __FILES__;

const ICONS = {
  close: 'M6 6l12 12M18 6 6 18',
  download: 'M12 4v11m-5-5 5 5 5-5M5 20h14',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM15.5 15.5 20 20',
  less: 'M6 12h12',
  more: 'M6 12h12M12 6v12',
  before: 'M15 5l-7 7 7 7',
  after: 'M9 5l7 7-7 7',
  up: 'M6 15l6-6 6 6',
  down: 'M6 9l6 6 6-6',
};

/* Times the width of the sheet. */
const ZOOMS = [.5, .75, 1, 1.25, 1.5, 2, 3, 4], FITS = 2;
/* Most pixels of a page's picture: phones refuse more. */
const PIXELS = 8e6;
/* How long a page must stay in sight to count, in milliseconds. */
const REST = 300;
/* The engine takes no more searches in one line, and no longer ones. */
const TERMS = 10, TERM = 80;
/* How much of a large document is fetched at a time, in bytes. */
const PIECE = 2 ** 18;
/* Only what the frame's policy names may start a worker. */
const policy = window.trustedTypes?.createPolicy('usher-viewer', {
  createScriptURL: address => address === FILES['pdf.worker.js'] ? address : '',
});

function make(tag, attributes, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...inside);
  return element;
}
function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', true);
  if (/before|after/.test(name)) svg.setAttribute('class', 'mirror');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

/* The style is there once and stays. */
let dressed;
function dress() {
  return dressed ??= new Promise((done, failed) => {
    const link = make('link', { rel: 'stylesheet', href: FILES['viewer.css'] });
    link.onload = done;
    link.onerror = failed;
    document.head.append(link);
  });
}

/* Our own words: a key and a sentence a line. */
async function speech() {
  const language = document.documentElement.lang.split('-')[0];
  const answer = await fetch(FILES.languages[language] || FILES.languages.en);
  if (!answer.ok) throw answer.status;
  return Object.fromEntries((await answer.text()).split('\n').map(line => {
    const at = line.indexOf(' ');
    return [line.slice(0, at), line.slice(at + 1)];
  }));
}
/* A sentence with its numbers, as this language writes them. */
function fill(sentence, first, second) {
  const figure = number => number.toLocaleString(document.documentElement.lang);
  return sentence.replace('%', () => figure(first)).replace('$', () => figure(second));
}

/* Decoders and fonts that some documents need. */
function supply() {
  return {
    async fetch({ filename }) {
      if (!FILES[filename]) throw filename;
      const answer = await fetch(FILES[filename]);
      return new Uint8Array(await answer.arrayBuffer());
    },
  };
}

/*
 * Opens the document at `file`, called `name`, in `panel`. `original` is where it came from. `told` hears how many pages
 * were seen, the furthest, whether it was downloaded, and the searches; `fit` makes room when the panel has changed its
 * size, and `done` takes the keyboard back at the end.
 */
export default async function (panel, name, original, file, told, fit, done) {
  const [words] = await Promise.all([speech(), dress()]);
  const full = document.body.classList.contains('full');
  const seen = new Set(), searched = [];
  let pdf, task, worker, search, zoom = FITS, current = 1, resting, last = '0,0', ended = false, written = false, width = 0, pages = [];

  /* What is on the sheet. */

  const tool = (key, sign, act) => {
    const button = make('button', { type: 'button', class: 'tool', 'aria-label': words[key], title: words[key] }, icon(sign));
    button.addEventListener('click', act);
    return button;
  };
  const away = (address, text) => make('a', { class: 'action', href: address, target: '_blank', rel: 'noopener noreferrer' },
    text, make('span', { class: 'aside' }, ' (' + words.newtab + ')'));
  const download = make('a', { class: 'tool', href: file + '?download', download: '', 'aria-label': words.download, title: words.download }, icon('download'));
  const looking = tool('search', 'search', () => openSearch(field.hidden));
  const shutting = tool('close', 'close', () => shut());
  const sought = make('input', { type: 'search', 'aria-label': words['search-for'], placeholder: words['search-for'], dir: 'auto', autocomplete: 'off', enterkeyhint: 'search', maxlength: TERM });
  const count = make('span', { class: 'count', role: 'status' });
  const earlier = tool('previous-match', 'up', () => step(-1)), later = tool('next-match', 'down', () => step(1));
  const field = make('form', { class: 'search', role: 'search' }, sought, count, earlier, later);
  const number = make('input', { inputmode: 'numeric', 'aria-label': words['page-number'], autocomplete: 'off', enterkeyhint: 'go', maxlength: 5, value: 1 });
  const total = make('span', {});
  const goes = make('form', { class: 'number' }, number, total);
  const before = tool('previous', 'before', () => go(current - 1)), after = tool('next', 'after', () => go(current + 1));
  const smaller = tool('zoom-out', 'less', () => enlarge(zoom - 1)), larger = tool('zoom-in', 'more', () => enlarge(zoom + 1));
  const fitting = make('button', { type: 'button', class: 'tool share', title: words.fit });
  const turning = make('div', { class: 'group', role: 'group', 'aria-label': words.pages }, before, goes, after);
  const sizing = make('div', { class: 'group', role: 'group', 'aria-label': words.size }, smaller, fitting, larger);
  const under = make('div', { class: 'bar under' }, turning, sizing);
  const progress = make('div', { class: 'progress', role: 'progressbar', 'aria-label': words.loading });
  const blank = make('div', { class: 'page blank' });
  const scroller = make('div', { class: 'pages', tabindex: 0, role: 'region', 'aria-label': name }, blank);
  const sheet = make('section', { class: 'viewer', role: 'dialog', 'aria-modal': true, 'aria-label': name, tabindex: -1 },
    make('header', { class: 'bar' }, make('h2', { dir: 'auto' }, name), looking, download, shutting), field, progress, scroller, under);
  looking.setAttribute('aria-expanded', false);
  field.hidden = true;
  under.inert = looking.disabled = true;
  const beneath = [...panel.children, ...document.body.children].filter(one => one !== panel && !one.inert);
  beneath.forEach(one => one.inert = true);
  panel.append(sheet);
  panel.classList.add('reading');
  fit();
  sheet.focus();

  /* The ways in and out. What is typed and pressed here is nobody else's. */

  const ending = new AbortController(), { signal } = ending;
  const on = (target, names, heard, capture) => names.split(' ').forEach(kind => target.addEventListener(kind, heard, { signal, capture }));
  on(sheet, 'input submit', event => {
    event.stopPropagation();
    if (event.type === 'submit') event.preventDefault();
  });
  on(fitting, 'click', () => enlarge(FITS));
  on(goes, 'submit', () => {
    written = false;
    go(+number.value);
    look();
    number.select();
  });
  on(number, 'input', () => written = true);
  on(number, 'blur', () => {
    written = false;
    look();
  });
  on(download, 'click', () => tell(true));
  on(document, 'visibilitychange', () => document.hidden && tell());
  on(window, 'keydown', key, true);
  on(window, 'popstate', () => shut(true));
  /* Somebody else has closed the panel, or drawn it anew. */
  const watch = new MutationObserver(() => (panel.hidden || !sheet.isConnected) && shut());
  watch.observe(panel, { attributes: true, attributeFilter: ['hidden'] });
  watch.observe(document.body, { childList: true });
  const measure = new ResizeObserver(() => lay());
  measure.observe(scroller);
  /* On a phone the way back shuts the sheet. */
  if (full) history.pushState(2, '');

  function shut(isBack) {
    if (ended) return;
    tell();
    ended = true;
    ending.abort();
    watch.disconnect();
    measure.disconnect();
    near.disconnect();
    clearTimeout(resting);
    search?.stop();
    task?.destroy().catch(() => {}).finally(() => worker?.terminate());
    sheet.remove();
    panel.classList.remove('reading');
    beneath.forEach(one => one.inert = false);
    if (full && !isBack) history.back();
    fit();
    done();
  }

  function tell(downloaded) {
    look(true);
    const line = [seen.size, Math.max(0, ...seen)], terms = searched.splice(0).slice(-TERMS);
    if (!downloaded && !terms.length && '' + line === last) return;
    last = '' + line;
    told(...line, downloaded ? 1 : 0, terms.join('\n'));
  }

  function key(event) {
    const typing = event.target.tagName === 'INPUT', plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const forward = document.documentElement.dir === 'rtl' ? -1 : 1;
    const act = event.key === 'Escape' ? () => field.hidden ? shut() : openSearch(false)
      : event.key === 'f' && (event.ctrlKey || event.metaKey) ? () => openSearch(true)
      : typing || !plain ? null
      : { ArrowRight: () => go(current + forward), ArrowLeft: () => go(current - forward), '+': () => enlarge(zoom + 1), '-': () => enlarge(zoom - 1), 0: () => enlarge(FITS) }[event.key];
    if (!act || !sheet.contains(event.target) && event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  /* Pages: each has its place from the beginning, and is drawn when it is near. */

  const near = new IntersectionObserver(all => all.forEach(({ target, isIntersecting }) => {
    const one = pages[target.dataset.page - 1];
    one.near = isIntersecting;
    if (isIntersecting) draw(one);
    else clear(one);
  }), { root: scroller, rootMargin: '75% 0px' });

  function lay() {
    const room = scroller.clientWidth - 24;
    if (room <= 0 || !pages.length) return;
    const place = scroller.scrollTop / scroller.scrollHeight;
    width = Math.round(room * ZOOMS[zoom]);
    pages.forEach(size);
    scroller.scrollTop = place * scroller.scrollHeight;
    pages.forEach(one => one.near && draw(one));
    const share = ZOOMS[zoom].toLocaleString(document.documentElement.lang, { style: 'percent' });
    fitting.textContent = share;
    fitting.setAttribute('aria-label', share + ', ' + words.fit);
    smaller.disabled = !zoom;
    larger.disabled = zoom === ZOOMS.length - 1;
    look();
  }
  function size(one) {
    one.element.style.width = width + 'px';
    one.element.style.height = width * one.ratio + 'px';
  }

  async function draw(one) {
    if (one.drawn === width) return;
    const mine = one.drawn = width;
    one.task?.cancel();
    try {
      const page = one.page ??= await pdf.getPage(one.n);
      const flat = page.getViewport({ scale: 1 });
      if (one.ratio !== flat.height / flat.width) {
        one.ratio = flat.height / flat.width;
        size(one);
      }
      if (one.drawn !== mine) return;
      const viewport = page.getViewport({ scale: mine / flat.width });
      const dense = Math.min(devicePixelRatio, Math.sqrt(PIXELS / viewport.width / viewport.height));
      const canvas = make('canvas', { 'aria-hidden': true, width: Math.round(viewport.width * dense), height: Math.round(viewport.height * dense) });
      one.task = page.render({ canvas, viewport, transform: [dense, 0, 0, dense, 0, 0] });
      await one.task.promise;
      const container = make('div', { class: 'textLayer' });
      container.style.setProperty('--total-scale-factor', viewport.scale);
      const layer = new pdfjs.TextLayer({ textContentSource: page.streamTextContent({ includeMarkedContent: true }), container, viewport });
      const [links] = await Promise.all([linksOf(page, viewport), layer.render()]);
      if (one.drawn !== mine) return;
      one.element.replaceChildren(canvas, container, links);
      one.layer = layer;
      search?.paint(one);
      look(true);
    } catch (fault) {
      if (one.drawn === mine && fault?.name !== 'RenderingCancelledException') one.drawn = 0;
    }
  }
  function clear(one) {
    one.task?.cancel();
    one.drawn = 0;
    one.layer = null;
    one.element.replaceChildren();
    one.page?.cleanup();
  }

  async function linksOf(page, viewport) {
    const layer = make('div', { class: 'links' });
    for (const { subtype, url, dest, rect } of await page.getAnnotations()) {
      if (subtype !== 'Link') continue;
      let link;
      if (/^(https?|mailto):/i.test(url)) {
        link = make('a', { href: url, target: '_blank', rel: 'noopener noreferrer', 'aria-label': url + ' (' + words.newtab + ')' });
      } else if (dest) {
        link = make('button', { type: 'button', 'aria-label': words['go-on'] });
        link.addEventListener('click', () => lead(dest));
      } else continue;
      const [x1, y1, x2, y2] = viewport.convertToViewportRectangle(rect);
      const share = (part, whole) => 100 * part / whole + '%';
      Object.assign(link.style, {
        left: share(Math.min(x1, x2), viewport.width), top: share(Math.min(y1, y2), viewport.height),
        width: share(Math.abs(x2 - x1), viewport.width), height: share(Math.abs(y2 - y1), viewport.height),
      });
      layer.append(link);
    }
    return layer;
  }
  async function lead(dest) {
    try {
      const [target] = typeof dest === 'string' ? await pdf.getDestination(dest) : dest;
      go((typeof target === 'number' ? target : await pdf.getPageIndex(target)) + 1);
    } catch { /* it leads nowhere */ }
  }

  /* Which page is in sight; after a rest it counts as seen. */
  function look(rested) {
    const from = scroller.scrollTop, high = scroller.clientHeight;
    let most = 0;
    for (const one of pages) {
      const top = one.element.offsetTop, tall = one.element.offsetHeight;
      const shown = Math.min(from + high, top + tall) - Math.max(from, top);
      if (shown <= 0) continue;
      if (rested && one.layer && shown * 2 >= Math.min(tall, high)) seen.add(one.n);
      if (shown > most + 1) {
        most = shown;
        current = one.n;
      }
    }
    if (!written) number.value = current;
    before.disabled = current < 2;
    after.disabled = current >= pages.length;
  }
  on(scroller, 'scroll', () => {
    look();
    clearTimeout(resting);
    resting = setTimeout(look, REST, true);
  });

  function go(n) {
    const one = pages[n - 1];
    if (!one) return;
    scroller.scrollTop = one.element.offsetTop - 12;
    look(true);
  }
  function enlarge(step) {
    if (!ZOOMS[step]) return;
    zoom = step;
    const middle = (scroller.scrollLeft + scroller.clientWidth / 2) / scroller.scrollWidth;
    lay();
    scroller.scrollLeft = middle * scroller.scrollWidth - scroller.clientWidth / 2;
  }

  /* Search. */

  function openSearch(open) {
    if (looking.disabled) return;
    if (open === field.hidden) {
      field.hidden = !open;
      looking.setAttribute('aria-expanded', open);
      if (!open) note();
      find(open ? sought.value : '');
    }
    if (open) sought.select();
    (open ? sought : scroller).focus();
  }
  /* A search counts when its matches are stepped through, or when it is left. */
  function note() {
    const term = sought.value.trim();
    if (term && term !== note.last) searched.push(note.last = term);
  }
  function find(query) {
    search?.find(query, current);
  }
  function step(by) {
    note();
    search?.step(by);
  }
  function hear(at, hits, busy) {
    count.textContent = !sought.value.trim() ? '' : hits ? fill(words.match, at, hits) : busy ? words.searching : words['no-match'];
    earlier.disabled = later.disabled = !hits;
  }
  let typing;
  on(sought, 'input', () => {
    clearTimeout(typing);
    typing = setTimeout(find, 200, sought.value);
  });
  on(field, 'submit', () => {
    clearTimeout(typing);
    if (search?.is(sought.value)) step(1);
    else {
      find(sought.value);
      note();
    }
  });
  on(field, 'keydown', event => {
    if (event.key !== 'Enter' || !event.shiftKey || event.target !== sought) return;
    event.preventDefault();
    step(-1);
  });
  hear(0, 0);

  /* The document. */

  function fail(locked) {
    if (ended) return;
    progress.remove();
    under.remove();
    scroller.replaceChildren(make('div', { class: 'failed', role: 'alert' },
      make('p', {}, words[locked ? 'locked' : 'failed']), away(original, words.original)));
  }

  let pdfjs;
  try {
    const address = FILES['pdf.worker.js'];
    worker = new Worker(policy ? policy.createScriptURL(address) : address, { type: 'module' });
    worker.onerror = () => fail();
    pdfjs = await import(FILES['pdf.js']);
    if (ended) return;
    task = pdfjs.getDocument({
      url: file, worker: new pdfjs.PDFWorker({ port: worker, verbosity: 0 }), verbosity: 0, BinaryDataFactory: supply,
      rangeChunkSize: PIECE, disableStream: true, disableAutoFetch: true, disableWorkerRendering: true, useWorkerFetch: false,
    });
    task.onProgress = ({ loaded, total: all }) => {
      if (all) progress.setAttribute('aria-valuenow', Math.min(100, Math.round(100 * loaded / all)));
      progress.style.setProperty('--part', all ? Math.min(1, loaded / all) : .3);
    };
    pdf = await task.promise;
    const first = (await pdf.getPage(1)).getViewport({ scale: 1 });
    if (ended) return;
    pages = Array.from({ length: pdf.numPages }, (_, at) => ({
      n: at + 1, ratio: first.height / first.width, drawn: 0, near: false,
      element: make('div', { class: 'page', 'data-page': at + 1, role: 'group', 'aria-label': fill(words.page, at + 1) }),
    }));
    progress.remove();
    scroller.replaceChildren(...pages.map(one => one.element));
    total.textContent = fill(words.of, pages.length);
    under.inert = looking.disabled = false;
    search = finder(pdf, pages, go, scroller, hear);
    lay();
    pages.forEach(one => near.observe(one.element));
    if (document.activeElement === sheet) scroller.focus();
  } catch (fault) {
    fail(fault?.name === 'PasswordException');
  }
}

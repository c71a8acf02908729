/* Looks for words in a document, page after page, and marks them where they are drawn. A part of the viewer. */

/* Most matches that are counted: more are no help. */
const HITS = 1000;

/* Without case and accents. */
function plainly(text) { return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase(); }

/* `go` leads to a page of `pages`, in `scroller`; `hear` is told which match is shown, how many there are, and whether
   there may be more. */
function finder(pdf, pages, go, scroller, hear) {
  const texts = [], marks = new Map();
  let hits = [], at = 0, pattern = null, asked = '', turn = 0;

  /* The words of a page, with the place of each character: which piece of text, and where in it. */
  function text(n) {
    return texts[n] ??= pdf.getPage(n).then(page => page.getTextContent()).then(({ items }) => {
      let plain = '';
      const places = [];
      items.filter(item => item.str !== undefined).forEach(({ str, hasEOL }, piece) => {
        for (let place = 0; place < str.length; place++) {
          const letters = plainly(str[place]);
          plain += letters;
          for (let letter = 0; letter < letters.length; letter++) places.push([piece, place]);
        }
        if (hasEOL) {
          plain += ' ';
          places.push([piece, str.length]);
        }
      });
      return { plain, places };
    });
  }

  async function find(query, from) {
    const mine = ++turn;
    asked = query;
    hits = [];
    at = 0;
    const parts = plainly(query).split(/\s+/).filter(Boolean).map(part => part.replace(/[^\p{L}\p{N}]/gu, '\\$&'));
    pattern = parts.length ? new RegExp(parts.join('\\s+'), 'gu') : null;
    pages.forEach(paint);
    hear(0, 0, !!pattern);
    if (!pattern) return;
    let shown = false;
    for (const one of pages) {
      const page = await text(one.n).catch(() => null);
      if (mine !== turn) return;
      for (const match of page ? page.plain.matchAll(pattern) : []) {
        if (hits.length === HITS) break;
        hits.push({ n: one.n, from: page.places[match.index], to: page.places[match.index + match[0].length - 1] });
      }
      paint(one);
      const first = hits.findIndex(hit => hit.n >= from);
      if (!shown && first >= 0) {
        shown = true;
        show(first);
      } else hear(hits.length ? at + 1 : 0, hits.length, true);
    }
    if (!shown && hits.length) show(0);
    hear(hits.length ? at + 1 : 0, hits.length, false);
  }

  function step(by) {
    if (hits.length) show((at + by + hits.length) % hits.length);
  }
  function show(which) {
    at = which;
    const one = pages[hits[at].n - 1];
    hear(at + 1, hits.length, false);
    if (!one.layer || !isInSight(one)) go(one.n);
    pages.forEach(paint);
  }
  function isInSight(one) {
    const top = one.element.offsetTop - scroller.scrollTop;
    return top < scroller.clientHeight && top + one.element.offsetHeight > 0;
  }

  /* Marks the matches of a page that is drawn, and brings the one that is meant into sight. */
  function paint(one) {
    const ranges = [];
    let meant;
    if (one.layer) hits.forEach((hit, which) => {
      const range = hit.n === one.n && rangeOf(one.layer.textDivs, hit);
      if (!range) return;
      if (which === at) meant = range;
      else ranges.push(range);
    });
    marks.set(one.n, { ranges, meant });
    if (meant) reveal(meant);
    if (!window.Highlight) return;
    const all = [...marks.values()];
    CSS.highlights.set('usher-match', new Highlight(...all.flatMap(one => one.ranges)));
    CSS.highlights.set('usher-meant', new Highlight(...all.flatMap(one => one.meant || [])));
  }
  function rangeOf(pieces, { from, to }) {
    const start = pieces[from[0]]?.firstChild, end = pieces[to[0]]?.firstChild;
    if (!start || !end) return null;
    const range = document.createRange();
    range.setStart(start, Math.min(from[1], start.length));
    range.setEnd(end, Math.min(to[1] + 1, end.length));
    return range;
  }
  function reveal(range) {
    const box = range.getBoundingClientRect(), around = scroller.getBoundingClientRect();
    if (box.top < around.top || box.bottom > around.bottom) scroller.scrollTop += box.top - around.top - around.height / 3;
    if (box.left < around.left || box.right > around.right) scroller.scrollLeft += box.left - around.left - around.width / 3;
  }

  return {
    find, step, paint,
    is: query => query === asked && hits.length > 0,
    stop() {
      turn++;
      if (window.Highlight) ['usher-match', 'usher-meant'].forEach(name => CSS.highlights.delete(name));
    },
  };
}

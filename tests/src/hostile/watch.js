/* What a page has of its own, so that it can be told whether we changed it; and where frames are on it, whatever its
   scripts put in the place of what is built in. Runs before any script of the page; the page's own changes are taken
   in by `again`. */
(function () {
  'use strict';
  var describe = Object.getOwnPropertyDescriptor, keys = Reflect.ownKeys, same = Object.is;
  var places = {
    window: window, document: document, Object: Object, Array: Array, Function: Function.prototype, JSON: JSON, Promise: Promise,
    'Object.prototype': Object.prototype, 'Array.prototype': Array.prototype, 'String.prototype': String.prototype,
    'Promise.prototype': Promise.prototype, 'Date.prototype': Date.prototype, 'History.prototype': History.prototype,
    'EventTarget.prototype': EventTarget.prototype, 'Node.prototype': Node.prototype, 'Element.prototype': Element.prototype,
    'Document.prototype': Document.prototype, 'HTMLElement.prototype': HTMLElement.prototype, history: history,
  };

  function bound(f) { return Function.prototype.call.bind(f); }
  var all = bound(Document.prototype.querySelectorAll), box = bound(Element.prototype.getBoundingClientRect);
  var under = bound(Document.prototype.elementFromPoint), style = window.getComputedStyle.bind(window);

  var before = null;
  function look() {
    var seen = Object.create(null);
    for (var name in places) {
      if (typeof places[name] !== 'object' && typeof places[name] !== 'function') continue;
      var own = keys(places[name]);
      for (var n = 0; n < own.length; n++) {
        if (typeof own[n] === 'symbol') continue;
        seen[name + '.' + own[n]] = describe(places[name], own[n]);
      }
    }
    return seen;
  }
  /* The page may add what it likes to its window; functions and what is built in are compared. */
  function changed() {
    var now = look(), found = '';
    for (var name in before) {
      var old = before[name], is = now[name];
      if (/^window\.(usher|event|name|\d+)$/.test(name)) continue;
      if (!is || !same(old.value, is.value) || !same(old.get, is.get) || !same(old.set, is.set)) found += ' ' + name;
    }
    /* Where there is no other way to hear of them, changes of the address are heard through the history's own. */
    var wrapped = window.navigation ? /^$/ : /^history\.(push|replace)State$/;
    for (name in now) {
      if (before[name] || wrapped.test(name) || /^window\.(usher|\d+)$/.test(name)) continue;
      /* Content with a name is a property of its document. */
      var own = /^document\.(.*)/.exec(name);
      if (!own || !all(document, '[name="' + own[1] + '"], [id="' + own[1] + '"]').length) found += ' +' + name;
    }
    return found;
  }
  function again() { before = look(); }
  again();

  function frames(prefix) { return all(document, 'iframe[src^="' + prefix + '"]'); }
  function place(prefix) {
    var frame = frames(prefix)[0];
    if (!frame || style(frame).visibility !== 'visible') return '';
    var b = box(frame);
    return b.width ? b.left + ' ' + b.top + ' ' + b.width + ' ' + b.height : '';
  }
  function meets(x, y, prefix) {
    var met = under(document, x, y), found = frames(prefix);
    for (var n = 0; n < found.length; n++) if (found[n] === met) return true;
    return false;
  }
  /* How often a frame has called, and how large the page makes its frame. */
  var called = 0;
  window.addEventListener('message', function (event) { if (event.data === 'a test calls') called += 1; });
  function calls() { return called; }
  function size(prefix) {
    var frame = frames(prefix)[0];
    return frame ? frame.clientWidth + ' ' + frame.clientHeight : '';
  }
  function count(prefix) { return frames(prefix).length; }
  Object.defineProperty(window, Symbol.for('watch'), {
    value: { changed: changed, again: again, place: place, meets: meets, count: count, calls: calls, size: size },
  });
})();

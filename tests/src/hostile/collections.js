/* Adds to collections and functions what they lacked once, and replaces what has come since. */
(function () {
  function extend(to, from) { for (var name in from) to[name] = from[name]; return to; }
  function each(array, f, context) { for (var n = 0; n < array.length; n++) f.call(context, array[n], n); }
  window.$ = function (id) { return typeof id === 'string' ? document.getElementById(id) : id; };
  window.$A = function (list) { var array = []; for (var n = 0; n < (list || []).length; n++) array.push(list[n]); return array; };
  var collection = {
    each: function (f, context) { each(this, f, context); return this; },
    collect: function (f, context) { var all = []; each(this, function (one, n) { all.push(f ? f.call(context, one, n) : one); }); return all; },
    select: function (f, context) { var all = []; each(this, function (one, n) { if (f.call(context, one, n)) all.push(one); }); return all; },
    any: function (f, context) { var found = false; each(this, function (one, n) { found = found || !!f.call(context, one, n); }); return found; },
    inject: function (memo, f) { each(this, function (one, n) { memo = f(memo, one, n); }); return memo; },
    first: function () { return this[0]; },
    last: function () { return this[this.length - 1]; },
    compact: function () { return this.select(function (one) { return one != null; }); },
    without: function () { var not = $A(arguments); return this.select(function (one) { return not.indexOf(one) < 0; }); },
    clone: function () { return [].concat(this); },
    reduce: function () { return this.length > 1 ? this : this[0]; },
    toJSON: function () { return '[' + this.join(', ') + ']'; },
    inspect: function () { return '[' + this.join(', ') + ']'; },
  };
  collection.map = collection.collect;
  collection.filter = collection.findAll = collection.select;
  collection.some = collection.any;
  collection.forEach = collection._each = collection.each;
  collection.entries = collection.toArray = collection.clone;
  extend(Array.prototype, collection);
  Array.from = window.$A;
  extend(String.prototype, {
    toJSON: function () { return '"' + this + '"'; },
    strip: function () { return this.replace(/^\s+|\s+$/g, ''); },
    startsWith: function (other) { return this.lastIndexOf(other, 0) === 0; },
    sub: function (from, to) { return this.replace(from, to); },
  });
  Number.prototype.toJSON = function () { return '' + this; };
  Date.prototype.toJSON = function () { return '"' + this.getTime() + '"'; };
  extend(Object, {
    extend: extend,
    keys: function (object) { var all = []; for (var name in object) all.push(name); return all; },
    values: function (object) { var all = []; for (var name in object) all.push(object[name]); return all; },
    toJSON: function (object) { return '' + object; },
  });
  extend(Function.prototype, {
    bind: function (context) {
      var f = this, given = $A(arguments).slice(1);
      return function () { return f.apply(context, given.concat($A(arguments))); };
    },
    wrap: function (wrapper) { var f = this; return function () { return wrapper.apply(this, [f].concat($A(arguments))); }; },
    delay: function (seconds) { var f = this; return setTimeout(function () { f(); }, seconds * 1000); },
    defer: function () { return this.delay(0.01); },
  });
  extend(Element.prototype, {
    update: function (text) { this.textContent = text; return this; },
    remove: function () { if (this.parentNode) this.parentNode.removeChild(this); return this; },
    show: function () { this.style.display = ''; return this; },
    hide: function () { this.style.display = 'none'; return this; },
    select: function (query) { return $A(this.querySelectorAll(query)); },
    setStyle: function (style) { extend(this.style, style); return this; },
    observe: function (name, f) { this.addEventListener(name, f, false); return this; },
  });
  document.getElementsByClassName = function (name) { return $A(document.querySelectorAll('.' + name)); };
  window.Event = extend(function () {}, { observe: function (element, name, f) { $(element).addEventListener(name, f, false); }, KEY_ESC: 27 });
})();

/* Classes, hashes and elements of its own, in the places of those that are built in. */
(function () {
  function implement(object, methods) { for (var name in methods) object.prototype[name] = methods[name]; }
  window.$chk = function (object) { return !!(object || object === 0); };
  window.$each = function (list, f, bind) { for (var n = 0; n < list.length; n++) f.call(bind, list[n], n, list); };
  window.Class = function (methods) { var made = function () { if (this.initialize) this.initialize.apply(this, arguments); }; made.prototype = methods; return made; };
  window.Hash = function (object) { for (var name in object) this[name] = object[name]; };
  implement(window.Hash, { each: function (f) { for (var name in this) if (this.hasOwnProperty(name)) f(this[name], name); }, has: function (name) { return name in this; } });
  implement(Array, {
    forEach: function (f, bind) { for (var n = 0; n < this.length; n++) f.call(bind, this[n], n, this); },
    filter: function (f, bind) { var all = []; for (var n = 0; n < this.length; n++) if (f.call(bind, this[n], n, this)) all.push(this[n]); return all; },
    map: function (f, bind) { var all = []; for (var n = 0; n < this.length; n++) all[n] = f.call(bind, this[n], n, this); return all; },
    some: function (f, bind) { for (var n = 0; n < this.length; n++) if (f.call(bind, this[n], n, this)) return true; return false; },
    indexOf: function (item, from) { for (var n = from || 0; n < this.length; n++) if (this[n] === item) return n; return -1; },
    contains: function (item) { return this.indexOf(item) !== -1; },
    include: function (item) { if (!this.contains(item)) this.push(item); return this; },
    erase: function (item) { for (var n = this.length; n--;) if (this[n] === item) this.splice(n, 1); return this; },
    empty: function () { this.length = 0; return this; },
    flatten: function () { return [].concat.apply([], this); },
    link: function () { return {}; },
  });
  implement(Function, {
    bind: function (bind, given) {
      var f = this;
      return function () { return f.apply(bind, given === undefined ? arguments : [].concat(given)); };
    },
    pass: function (given, bind) { return this.bind(bind, given); },
    create: function () { return this; },
    extend: function (more) { for (var name in more) this[name] = more[name]; return this; },
    periodical: function (every, bind, given) { return setInterval(this.bind(bind, given), every); },
  });
  implement(String, { contains: function (other) { return this.indexOf(other) > -1; }, test: function (rule) { return new RegExp(rule).test(this); }, toInt: function () { return parseInt(this, 10); } });
  implement(Number, { limit: function (least, most) { return Math.min(most, Math.max(least, this)); }, toInt: function () { return parseInt(this, 10); } });
  window.JSON = new window.Hash({ encode: function (object) { return '' + object; }, decode: function () { return {}; } });
  window.Element = function (tag) { return document.createElement(tag); };
  window.Event = new window.Class({ initialize: function (event) { this.event = event; } });
  window.Browser = { Engine: { trident: false }, Features: { xpath: true } };
  Date.now = Date.now || function () { return +new Date(); };
  window.addEvent = function (name, f) { window.addEventListener(name, f, false); return window; };
})();

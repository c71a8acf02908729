/*
 * The loader: the one script on a customer's page. ES5 grammar, no dependency, one global.
 *
 * It says whether something of ours *may* belong on this page, keeps the record, makes frames,
 * tells them what happens on the page and obeys them. It decides nothing else.
 * The server writes the settings in place of the token below:
 *   w workspace, o chat origin, c consent, n number of the publication,
 *   r rules [expression, ...], v visited pages [[number, expression], ...], k clicks [[selector, flow], ...]
 * An expression is a regular one over host and path.
 *
 * The record is the cookie `usher`: five fields with dots between, numbers in base 36:
 *   open until (day), dismissed at (minute), test (0 or 1), seconds on the site, visited pages `number-day_number-day`.
 *
 * The chat has one frame beside the page; every `<usher-flow>` has one of its own, in the page. Both are guests.
 *
 * The protocol, version 1. Every message is an array [1, channel, kind, ...], accepted only from
 * the other side's window and origin and with the channel of that frame.
 *   page to frame
 *     hello  url, referrer, language of the page, width, height, top, consent, record, link token, test code,
 *            login token, look, and for `<usher-flow>` the flow; values, values of the element, font family
 *     page   url, referrer, language          another page of a single-page site
 *     seen   seconds                           visible time since the last report
 *     scroll percent                           the deepest so far
 *     left   ms on the page                    the pointer went through the top edge
 *     flung  ms on the page, deepest percent   a screen was scrolled up fast by touch
 *     view   width, height, top                of what the visitor can see
 *     consent mode      login token      set values      look changes
 *     call   number, name, what, more          open, close, toggle, hide, start, form, why, reset; answered by reply
 *   frame to page
 *     ready                                    answered by hello
 *     place  mode (0 hidden, 1 beside the page, 2 over it), style that ends with what undoes the page's zoom
 *     name   title of the frame                focus
 *     tick   seconds between reports of visible time
 *     record open until, dismissed at, test, each as the record spells it
 *     event  name, detail, its name for analytics or none     becomes `usher:name` on window
 *     reply  number, result                    gone
 *     unread what stands before the page's title: "(1) " or nothing
 * `www/embed/hands.js` is the other side.
 */
(function (w, d) {
  var settings = __USHER__;
  var Promise = w.Promise, location = w.location, navigator = w.navigator, history = w.history, console = w.console;
  if (!Promise || !w.WebAssembly || location.origin === 'null') return;
  var old = w.usher;
  if (old && old.version === 1) return console.warn('usher: twice');

  var origin = settings.o, root = d.documentElement, WORDS = ['wait', 'essential', 'full'];
  var record, chat = null, guests = [], state = 'none', replies = {}, calls = 0, undo = [];
  var granted = '', signal = '', link = '', test = '', login = '', values = {}, look = {}, debug = 0, wanted = 0, loaded = 0;
  var url = '', referrer = d.referrer, began, since = 0, carry = 0, deepest, timer, soon, locked = null, trail = [];

  function now() { return +new Date(); }
  function today() { return ~~((now() - new Date().getTimezoneOffset() * 6e4) / 864e5); }
  function not(why) { return { shown: false, why: why }; }
  function own(object, key) { return ({}).hasOwnProperty.call(object, key); }
  function each(object, f) { Object.keys(object).forEach(function (key) { f(key, object[key]); }); }

  /* Whatever goes wrong in here stays in here. */
  function guard(f) {
    return function () {
      try { return f.apply(this, arguments); } catch (fault) { if (debug) console.warn(fault); }
    };
  }
  function after(ms, f) { return setTimeout(guard(f), ms); }
  function listen(target, names, f, capture) {
    var heard = guard(f);
    if (target && target.addEventListener) names.split(' ').forEach(function (name) {
      target.addEventListener(name, heard, { passive: true, capture: capture });
      undo.push(function () { target.removeEventListener(name, heard, capture); });
    });
  }
  /* Puts a function around one of the page's; taken out again if nobody has come after. */
  function wrap(object, name, f) {
    var before = object[name], after = object[name] = function () {
      var result = before.apply(this, arguments);
      guard(f).apply(null, arguments);
      return result;
    };
    undo.push(function () { if (object[name] === after) object[name] = before; });
  }

  /* Consent: what the page has said of it, else what the site's consent tool says, else the workspace. */
  function consent() {
    var mode = WORDS.indexOf(granted || signal || settings.c);
    return navigator.globalPrivacyControl ? Math.min(mode, 1) : mode;
  }
  function consented(change) {
    var before = consent();
    change();
    if (consent() === before || !url) return;
    if (consent() < before) forget();
    tellAll(['consent', WORDS[consent()]]);
    if (!chat) { arrive(url); decide(); }
    flows();
    if (!consent() && state !== 'ready') drop(chat, 'none');
  }
  var told = {};
  function command(entry) {
    if (!entry || entry[0] !== 'consent' || !entry[2] || entry[2].region) return;
    each(entry[2], function (name, value) { told[name] = value === 'granted'; });
    consented(function () { signal = WORDS[told.analytics_storage ? 2 : told.functionality_storage ? 1 : 0]; });
  }
  function signals() {
    var layer = w.dataLayer, tcf = w.__tcfapi;
    if (Array.isArray(layer) && layer !== told.layer) {
      told.layer = layer;
      wrap(layer, 'push', function () { [].forEach.call(arguments, command); });
      layer.forEach(command);
    }
    if (tcf && tcf !== told.tcf) (told.tcf = tcf)('addEventListener', 2, guard(function (tc, ok) {
      var may = tc.purpose.consents;
      if (ok && tc.eventStatus !== 'cmpuishown') consented(function () {
        signal = tc.gdprApplies === false ? '' : WORDS[may[1] ? may[8] ? 2 : 1 : 0];
      });
    }));
  }

  /* The record. */

  function short(n) { return (+n).toString(36); }
  function read() {
    var found = /(?:^|; )usher=([\w.\-]*)/.exec(d.cookie);
    record = found ? found[1].split('.') : [];
  }
  function number(n) { return parseInt(record[n] || 0, 36); }
  function spell() {
    return [0, 1, 2, 3, 4].map(function (n) { return n < 3 || consent() > 1 ? record[n] || '' : ''; }).join('.');
  }

  /* A test ends with the browser's session. */
  function bake(text, where, gone) {
    d.cookie = 'usher=' + text + '; path=/; samesite=lax' + (number(2) && !gone ? '' : '; max-age=' + (gone ? 0 : 15552000)) +
      (location.protocol === 'https:' ? '; secure' : '') + (where ? '; domain=' + where : '');
  }
  /* From the broadest domain on: sub-domains share the first that the browser accepts. */
  function parents(f) {
    for (var names = location.hostname.split('.'), n = 1; names[n++];) f(names.slice(-n).join('.'));
    f('');
  }
  function keep() {
    var text = spell(), kept;
    if (consent() > 1 || consent() && (number(0) || number(2))) parents(function (where) {
      if (kept) return;
      bake(text, where);
      kept = d.cookie.indexOf('usher=' + text) >= 0;
    });
    return kept;
  }

  function forget() {
    parents(function (where) { bake('', where, 1); });
    read();
  }

  /* The page. */

  function fits(rule) { return new RegExp(rule).test(location.hostname + location.pathname); }
  function maybe() { return settings.r.filter(fits)[0] || null; }

  function visit() {
    settings.v.forEach(function (page) {
      var name = short(page[0]) + '-';
      if (fits(page[1]))
        record[4] = [name + short(today())].concat((record[4] || '').split('_').filter(function (p) { return p.indexOf(name); })).slice(0, 30).join('_');
    });
  }

  /* Reads the address, and takes out of it what is ours. */
  function address() {
    var hash = /^#usher(-link|-test|)=([\w.~\-%]{1,2000})$/.exec(location.hash);
    if (location.hash === '#usher-debug') debug = 1;
    if (hash) {
      history.replaceState(history.state, '', location.pathname + location.search);
      if (!hash[1]) call('start', decodeURIComponent(hash[2]), { by: 'link' });
      else if (hash[1] === '-link') link = hash[2];
      else test = hash[2], record[2] = 1;
    }
    return location.href;
  }

  /* Visible seconds, told to the chat and kept in the record. */
  function count() {
    var at = now(), seconds;
    if (since) carry += at - since;
    since = d.hidden ? 0 : at;
    seconds = ~~(carry / 1000);
    if (seconds) {
      carry -= seconds * 1000;
      record[3] = short(number(3) + seconds);
      tell(['seen', seconds]);
    }
  }

  function moved() {
    count();
    var here = address();
    if (here === url) return;
    referrer = url;
    arrive(here);
    tellAll(['page', url, referrer, root.lang]);
    decide();
  }

  function arrive(here) {
    url = here;
    began = now();
    deepest = 0;
    visit();
    keep();
    scrolled();
  }

  function later() { clearTimeout(soon); soon = after(60, moved); }

  function scrolled() {
    var top = w.pageYOffset, room = root.scrollHeight - w.innerHeight, at = now();
    var percent = room > 0 ? Math.min(100, Math.round(top / room * 100)) : 0;
    if (percent > deepest) tell(['scroll', deepest = percent]);
    trail = trail.filter(function (t) { return at - t[0] < 400; });
    trail.push([at, top]);
    if (trail[0][1] - top >= w.innerHeight) {
      trail = [];
      tell(['flung', at - began, deepest]);
    }
  }

  function view() {
    var seen = w.visualViewport || { height: w.innerHeight, scale: 1, offsetTop: 0 };
    return [w.innerWidth, seen.height * seen.scale, seen.offsetTop];
  }

  /* Frames. */

  function style(element, text) {
    text.split(';').forEach(function (rule) {
      var at = rule.indexOf(':');
      element.style.setProperty(rule.slice(0, at), rule.slice(at + 1), 'important');
    });
  }

  function send(guest, message) {
    guest.frame.contentWindow.postMessage([1, guest.channel].concat(message), origin);
  }
  function post(guest, message) {
    if (guest && guest.ready) send(guest, message); else if (guest && message[0] === 'call') guest.queue.push(message);
  }
  function tell(message) { post(chat, message); }
  function tellAll(message) {
    guests.forEach(function (guest) { post(guest, message); });
  }

  /* A guest of the page: in `home`, or beside everything. */
  function make(home, flow, more) {
    var frame = d.createElement('iframe');
    var guest = { frame: frame, home: home, flow: flow, more: more, queue: [], lost: 0, ready: 0,
      channel: [].join.call(crypto.getRandomValues(new Uint32Array(4)), '-') };
    if (home) frame.loading = 'lazy';
    style(frame, 'border:0;visibility:hidden;' + (home ? 'width:100%;height:100%' : 'position:fixed'));
    frame.src = origin + '/f/' + settings.w + '#' + guest.channel + '!' + location.origin;
    guests.push(guest);
    enter(guest);
    return guest;
  }
  function enter(guest) {
    var frame = guest.frame;
    guest.ready = guest.away = 0;
    (guest.home || root).appendChild(frame);
    if (guest.home) return;
    state = 'loading';
    if (frame.showPopover) {
      frame.popover = 'manual';
      frame.showPopover();
    }
    after(1e4, function () { if (!guest.ready) drop(guest, 'unavailable'); });
  }
  function wake() {
    if (!chat && consent()) chat = make();
  }

  function drop(guest, why) {
    if (!guest) return;
    guests = guests.filter(function (other) { return other !== guest; });
    guest.frame.remove();
    if (guest !== chat) return;
    chat = null;
    state = why;
    unlock();
    clearInterval(timer);
    each(replies, function (n) { answer(n, not(why)); });
  }

  /* A page may take our frame away with its own things: it comes back three times. */
  function changed() {
    flows();
    guests.forEach(function (guest) {
      if (guest.away || d.contains(guest.frame)) return;
      guest.away = 1;
      if (guest.home || guest.lost++ > 2) drop(guest, 'removed');
      else after(guest.lost * 200, function () { if (guest === chat) enter(guest); });
    });
  }

  function decide() {
    var may = maybe();
    wanted = wanted || number(2) || link || debug && may;
    if (!loaded || chat) return;
    if (may || wanted || number(0) >= today()) wake();
    if (!chat) emit('decided', { shown: null, state: 'nothing' });
  }

  /* `<usher-flow flow="name">`: a flow in the page. */
  function flows() {
    if (loaded && consent()) [].forEach.call(d.getElementsByTagName('usher-flow'), function (home) {
      if (guests.some(function (guest) { return guest.home === home; })) return;
      style(home, 'display:block;height:' + (home.getAttribute('height') || 480) + 'px');
      make(home, home.getAttribute('flow'), plain({}, home.dataset));
    });
  }

  /* Over the whole page the chat is modal: what is behind neither scrolls nor takes focus, and is put back exactly. */
  function lock() {
    if (locked) return;
    var css = root.style;
    locked = [css.getPropertyValue('overflow'), css.getPropertyPriority('overflow'), d.activeElement];
    style(root, 'overflow:hidden');
    locked[3] = [].filter.call(d.body ? d.body.children : [], function (child) {
      return !child.inert && (child.inert = true);
    });
  }

  function unlock() {
    if (!locked) return;
    root.style.setProperty('overflow', locked[0], locked[1]);
    if (!root.getAttribute('style')) root.removeAttribute('style');
    locked[3].forEach(function (child) { child.inert = false; });
    if (d.activeElement != locked[2]) locked[2].focus();
    locked = null;
  }

  function emit(name, detail, analytics) {
    if (name === 'decided' && debug) call('why').then(guard(show));
    w.dispatchEvent(new w.CustomEvent('usher:' + name, { detail: detail }));
    if (analytics) {
      var entry = { event: analytics };
      each(detail, function (key, value) { entry['chat_' + key] = value; });
      (w.dataLayer = w.dataLayer || []).push(entry);
    }
  }

  /* `#usher-debug`: what happened, in the corner of the page. */
  var board;
  function show(why) {
    board = board || root.appendChild(d.createElement('pre'));
    style(board, 'position:fixed;top:0;background:#fff;color:#000;z-index:9999999');
    board.textContent = JSON.stringify(why, null, 1);
  }

  function answer(number, result) {
    var done = replies[number];
    delete replies[number];
    if (done) done(result);
  }

  /* Asks the chat. */
  function ask(message, done) {
    var number = ++calls;
    replies[number] = done;
    tell(['call', number].concat(message));
    after(1e4, function () { answer(number, not('unavailable')); });
  }

  function tick(seconds) {
    clearInterval(timer);
    timer = setInterval(guard(count), seconds * 1000);
  }

  function orders(guest) {
    return {
      ready: function () {
        guest.ready = 1;
        send(guest, ['hello', url, referrer, root.lang].concat(view(), WORDS[consent()], spell(), link, test, login, look, guest.flow, values, guest.more,
          w.getComputedStyle(d.body || root).fontFamily));
        guest.queue.splice(0).forEach(function (message) { send(guest, message); });
        if (guest !== chat) return;
        state = 'ready';
        link = test = '';
        if (deepest) tell(['scroll', deepest]);
        tick(30);
      },
      place: function (mode, text) {
        style(guest.frame, text + 1 / (root.currentCSSZoom || 1));
        if (guest === chat) { if (mode > 1) lock(); else unlock(); }
      },
      unread: function (mark) { d.title = mark + d.title.replace('(1) ', ''); },
      name: function (title) { guest.frame.title = title; },
      focus: function () { guest.frame.focus(); },
      tick: tick,
      record: function (open, dismissed, test) {
        record = [open, dismissed, test].concat(record.slice(3));
        if (!keep()) forget();
      },
      event: emit,
      reply: answer,
      gone: function () { drop(guest, 'none'); }
    };
  }

  /* What a page may call. */

  function check(fine, name) { if (!fine) throw new TypeError('usher: ' + name); }
  function plain(into, what) {
    each(what, function (name, value) {
      check(/^[snb]/.test(typeof value), name);
      into[name] = '' + value;
    });
    return into;
  }
  function fields(form) {
    var all = {};
    new w.FormData(form).forEach(function (value, name) {
      if (typeof value === 'string' && !/^(password|hidden)$/.test(form.elements[name].type)) all[name] = value;
    });
    return all;
  }

  var methods = {
    on: function (name, f) {
      check(typeof f === 'function', 'on');
      var heard = function (e) { f(e.detail); };
      f['usher:' + name] = heard;
      w.addEventListener('usher:' + name, heard);
    },
    off: function (name, f) {
      w.removeEventListener('usher:' + name, f['usher:' + name]);
    },
    identify: function (token) {
      check(typeof token === 'string', 'identify');
      tellAll(['login', login = token]);
    },
    set: function (what) {
      plain(values, what);
      tellAll(['set', values]);
    },
    look: function (what) {
      plain(look, what);
      tellAll(['look', look]);
    },
    consent: function (mode) {
      check(WORDS.indexOf(mode) >= 0, 'consent');
      consented(function () { granted = mode; });
    },
    why: function () {
      var done = this, said = { page: url, consent: WORDS[consent()], rule: maybe(), frame: state };
      if (state !== 'ready') done(said);
      else ask(['why'], function (more) {
        each(more, function (key, value) { said[key] = value; });
        done(said);
      });
      return 1;
    },
    reset: function () {
      forget();
      if (chat) ask(['reset'], this); else this(not());
      return 1;
    },
    destroy: function () {
      guests.forEach(function (guest) { drop(guest, 'none'); });
      undo.splice(0).forEach(guard(function (f) { f(); }));
      granted = 'wait';
    }
  };
  ['hide', 'close', 'open', 'toggle', 'start', 'form'].forEach(function (name, n) {
    methods[name] = function (what, more) {
      check(n < 4 || typeof what === 'string', name);
      if (more && more.elements) more = fields(more);
      if (n > 1) { wanted = 1; wake(); }
      if (chat) ask([name, what, more], this); else this(not(consent() ? '' : 'consent'));
      return 1;
    };
  });

  function call(name, a, b) {
    return new Promise(function (done) {
      check(own(methods, name), name);
      if (!methods[name].call(done, a, b)) done();
    });
  }

  each(methods, function (name) { call[name] = function (a, b) { return call(name, a, b); }; });
  call.version = 1;
  w.usher = call;

  guard(function () {
    read();
    arrive(address());
    count();
    signals();

    listen(w, 'message', function (e) {
      var m = e.data;
      guests.forEach(function (guest) {
        var known = orders(guest);
        if (e.source === guest.frame.contentWindow && e.origin === origin && Array.isArray(m) && m[0] === 1 && m[1] === guest.channel && own(known, m[2]))
          known[m[2]].apply(null, m.slice(3));
      });
    });
    listen(d, 'visibilitychange', function () { count(); if (d.hidden) keep(); });
    listen(w, 'pagehide', function () { count(); keep(); });
    listen(w, 'scroll', scrolled);
    listen(d, 'mouseout', function (e) {
      if (!e.relatedTarget && e.clientY <= 0 && d.hasFocus()) tell(['left', now() - began]);
    });
    function seen() { tellAll(['view'].concat(view())); }
    listen(w, 'resize', seen);
    listen(w.visualViewport, 'resize scroll', seen);
    listen(d, 'click', function (e) {
      settings.k.forEach(guard(function (k) { if (e.target.closest(k[0])) call('start', k[1], { by: 'click' }); }));
      var marked = e.target.closest('[data-usher]');
      if (marked) call('start', marked.getAttribute('data-usher'), { by: 'click' });
    }, 1);
    listen(d, 'submit', function (e) {
      var name = e.target.getAttribute('data-usher-form');
      if (name) call('form', name, e.target);
    }, 1);
    listen(d, 'securitypolicyviolation', function (e) {
      if (chat && ('' + e.blockedURI).indexOf(origin) === 0) {
        drop(chat, 'refused');
        console.warn('usher: frame-src ' + origin);
      }
    });
    if (w.navigation && w.navigation.addEventListener) listen(w.navigation, 'currententrychange', later);
    else {
      wrap(history, 'pushState', later);
      wrap(history, 'replaceState', later);
      listen(w, 'popstate hashchange', later);
    }
    var watch = new w.MutationObserver(guard(changed));
    watch.observe(d, { childList: true, subtree: true });
    undo.push(function () { watch.disconnect(); });

    function go() {
      if (loaded) return;
      loaded = 1;
      signals();
      flows();
      decide();
    }
    /* A frame of ours that comes before what the page paints first would have that wait. */
    function painted() {
      w.requestAnimationFrame(guard(go));
      if (performance.getEntriesByType('paint')[0]) go();
    }
    if (d.readyState === 'complete') painted();
    listen(w, 'load', painted);
    after(1e3, go);
    /* Calls made before we came: `usher.q`, each an array or arguments object. */
    if (old && Array.isArray(old.q)) old.q.forEach(function (early) { call.apply(null, early); });
  })();
})(window, document);

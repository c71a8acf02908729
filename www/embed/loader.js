/*
 * The loader: the one script on a customer's page. ES5 grammar, no dependency, one global.
 *
 * It says whether something of ours *may* belong on this page, keeps the record,
 * makes the frame, tells it what happens on the page and obeys it. It decides nothing else.
 * The server writes the settings in place of the token below:
 *   w workspace, o chat origin, c consent, n number of the publication,
 *   r rules [[host, [path prefix, ...]], ...], v visited pages [[number, host, path], ...]
 * A host is "name", "*.name" (the bare domain and all below it) or "*"; in v, "*" in a path is any run of characters.
 *
 * The record is the cookie `usher`: five fields with dots between, numbers in base 36:
 *   open until (day), dismissed at (minute), test (0 or 1), seconds on the site, visited pages `number-day_number-day`.
 *
 * The protocol, version 1. Every message is an array [1, channel, kind, ...], accepted only from
 * the other side's window and origin and with the channel of this page load.
 *   page to frame
 *     hello  url, referrer, language, device (0 desktop, 1 tablet, 2 phone), zone minutes,
 *            width, height, consent, gpc, record, link token, test code, login token, settings
 *     page   url, referrer, language          another page of a single-page site
 *     seen   seconds                           visible time since the last report
 *     scroll percent                           the deepest so far
 *     left   ms on the page                    the pointer went through the top edge
 *     flung  ms on the page, deepest percent   a screen was scrolled up fast by touch
 *     view   width, height                     of what the visitor can see
 *     consent mode      login token      set values
 *     call   number, name                      open, close, toggle, why, reset; answered by reply
 *   frame to page
 *     ready                                    answered by hello
 *     place  mode (0 hidden, 1 corner, 2 full), at the left, side, bottom, width, height,
 *            [x, y, width, height, radius, ...]  what of it is drawn, and takes clicks
 *     name   title of the frame                focus
 *     tick   seconds between reports of visible time
 *     record open until (day), dismissed at (minute), test
 *     event  name, detail                      becomes `usher:name` on window
 *     reply  number, result                    gone
 * `widget/src/host.rs` is the other side.
 */
(function (w, d) {
  var settings = __USHER__;
  var Promise = w.Promise, location = w.location, navigator = w.navigator, history = w.history;
  if (!Promise || !w.URL || !w.WebAssembly || !w.crypto || location.origin === 'null') return;
  var old = w.usher;
  if (typeof old === 'function' && old.version) {
    return w.console.warn('usher is here twice');
  }

  var origin = settings.o, root = d.documentElement, MODES = { wait: 0, essential: 1, full: 2 }, WORDS = ['wait', 'essential', 'full'];
  var record, channel, frame = null, state = 'none', waiting = [], replies = {}, calls = 0, handlers = [];
  var granted = null, link = '', test = '', login = '', values = {}, debug = false, matched = null, wanted = false, loaded = false;
  var url = '', referrer = d.referrer, began = now(), since = 0, carry = 0, deepest = 0, timer = 0, soon = 0, domain = null, locked = null, place = null;

  function now() { return +new Date(); }
  function today() { return Math.floor((now() - new Date().getTimezoneOffset() * 60000) / 864e5); }
  function not(why) { return { shown: false, why: why }; }
  function own(object, key) { return Object.prototype.hasOwnProperty.call(object, key); }

  /* Whatever goes wrong in here stays in here. */
  function guard(f) {
    return function () {
      try { return f.apply(this, arguments); } catch (fault) { if (debug) w.console.warn(fault); }
    };
  }
  function listen(target, name, f) {
    if (target && target.addEventListener) target.addEventListener(name, guard(f), { passive: true });
  }

  function consent() {
    var mode = MODES[granted || settings.c] || 0;
    return navigator.globalPrivacyControl ? Math.min(mode, 1) : mode;
  }

  /* The record. */

  function read() {
    var found = /(?:^|; )usher=([\w.\-]*)/.exec(d.cookie), f = found ? found[1].split('.') : [];
    function number(text) { return parseInt(text || 0, 36) || 0; }
    record = { open: number(f[0]), dismissed: number(f[1]), test: number(f[2]), seconds: number(f[3]), visited: {} };
    (f[4] || '').split('_').forEach(function (pair) {
      var p = pair.split('-');
      if (p[1]) record.visited[number(p[0])] = number(p[1]);
    });
  }

  function short(n) { return n.toString(36); }

  function spell() {
    var full = consent() > 1, pages = [];
    if (full) {
      pages = Object.keys(record.visited)
        .sort(function (a, b) { return record.visited[b] - record.visited[a]; })
        .slice(0, 30)
        .map(function (n) { return short(+n) + '-' + short(record.visited[n]); });
    }
    return [record.open, record.dismissed, record.test, full ? record.seconds : 0].map(short).join('.') + '.' + pages.join('_');
  }

  function bake(text, where, gone) {
    d.cookie = 'usher=' + text + '; path=/; samesite=lax' + (record.test && !gone ? '' : '; max-age=' + (gone ? 0 : 15552000)) +
      (location.protocol === 'https:' ? '; secure' : '') + (where ? '; domain=' + where : '');
  }

  /* A test ends with the browser's session.
     On the broadest domain that the browser accepts, so that sub-domains share it. */
  function keep() {
    var text = spell(), names = location.hostname.split('.'), n, where;
    if (!consent() || (consent() < 2 && !record.open && !record.test)) return;
    if (domain === null) {
      domain = '';
      if (!/^[\d.]+$|:/.test(location.hostname)) {
        for (n = names.length - 2; n >= 0 && !domain; n--) {
          where = names.slice(n).join('.');
          bake(text, where);
          if (d.cookie.indexOf('usher=' + text) >= 0) domain = where;
        }
      }
    }
    bake(text, domain);
  }

  function forget() {
    location.hostname.split('.').forEach(function (_, n, names) { bake('', names.slice(n).join('.'), 1); });
    bake('', '', 1);
    read();
  }

  /* The page. */

  function covers(host) {
    var name = location.hostname;
    return host === '*' || host === name ||
      (host.slice(0, 2) === '*.' && ('.' + name).slice(1 - host.length) === host.slice(1));
  }

  function maybe() {
    var path = location.pathname;
    return settings.r.filter(function (rule) {
      return covers(rule[0]) && (path.indexOf('%') >= 0 || rule[1].some(function (prefix) { return path.indexOf(prefix) === 0; }));
    })[0] || null;
  }

  function visit() {
    var path = location.pathname.replace(/(.)\/$/, '$1');
    settings.v.forEach(function (page) {
      var glob = new RegExp('^' + page[2].replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\/\*$/, '(/*)?').replace(/\*/g, '.*') + '$');
      if (covers(page[1]) && glob.test(path)) record.visited[page[0]] = today();
    });
  }

  /* Reads the address, and takes out of it what is ours. */
  function address() {
    var hash = /^#usher-(link|test)=([\w.~\-]{1,2000})$/.exec(location.hash);
    if (location.hash === '#usher-debug') debug = true;
    if (hash) {
      if (hash[1] === 'link') link = hash[2]; else { test = hash[2]; record.test = 1; }
      history.replaceState(history.state, '', location.pathname + location.search);
    }
    return location.href.replace(/^(https?:\/\/)[^\/?#]*@/, '$1').slice(0, 2048);
  }

  function language() { return (root.lang || navigator.language || '').toLowerCase(); }

  function device() {
    var coarse = w.matchMedia && w.matchMedia('(pointer: coarse)').matches;
    return w.innerWidth < 600 ? 2 : coarse ? 1 : 0;
  }

  /* Visible seconds, told to the frame and kept in the record. */
  function count() {
    var at = now();
    if (since) carry += at - since;
    since = d.visibilityState === 'visible' ? at : 0;
    var seconds = Math.floor(carry / 1000);
    if (seconds) {
      carry -= seconds * 1000;
      record.seconds += seconds;
      tell('seen', seconds);
    }
  }

  function moved() {
    count();
    var here = address();
    if (here === url) return;
    referrer = url;
    arrive(here);
    if (frame) tell('page', url, referrer, language()); else decide();
  }

  function arrive(here) {
    url = here;
    began = now();
    deepest = 0;
    visit();
    keep();
    scrolled();
  }

  function later() { clearTimeout(soon); soon = setTimeout(guard(moved), 60); }

  var trail = [];
  function scrolled() {
    var top = w.pageYOffset, room = root.scrollHeight - w.innerHeight, at = now();
    var percent = room > 0 ? Math.min(100, Math.round(top / room * 100)) : 0;
    if (percent > deepest) tell('scroll', deepest = percent);
    trail = trail.filter(function (t) { return at - t[0] < 400; });
    trail.push([at, top]);
    if (device() && trail[0][1] - top >= w.innerHeight) {
      trail = [];
      tell('flung', at - began, deepest);
    }
  }

  /* The frame. */

  function style(text) {
    text.split(';').forEach(function (rule) {
      var at = rule.indexOf(':');
      frame.style.setProperty(rule.slice(0, at), rule.slice(at + 1), 'important');
    });
  }

  function send(message) {
    frame.contentWindow.postMessage([1, channel].concat(message), origin);
  }

  function tell(kind, a, b, c) {
    if (state === 'ready') send([kind, a, b, c]);
  }

  function make() {
    if (frame || !consent()) return;
    channel = [].join.call(w.crypto.getRandomValues(new Uint32Array(4)), '-');
    frame = d.createElement('iframe');
    frame.title = 'Chat';
    frame.allow = 'autoplay; clipboard-write';
    style('position:fixed;inset:auto 0 0 auto;width:96px;height:96px;min-width:0;min-height:0;max-width:none;max-height:none;border:0;' +
      'margin:0;padding:0;z-index:2147483647;color-scheme:normal;background:none;box-shadow:none;border-radius:0;opacity:1;filter:none;' +
      'transform:none;display:block;visibility:hidden;pointer-events:none');
    frame.src = origin + '/f/' + settings.w + '#' + channel + '!' + location.origin;
    state = 'loading';
    root.appendChild(frame);
    if (frame.showPopover) {
      frame.popover = 'manual';
      frame.showPopover();
    }
    setTimeout(guard(function () {
      if (state === 'loading') drop('unavailable');
    }), 10000);
  }

  function drop(why) {
    unlock();
    clearInterval(timer);
    if (frame && frame.parentNode) frame.parentNode.removeChild(frame);
    frame = null;
    state = why;
    Object.keys(replies).forEach(function (n) { answer(n, not(why)); });
  }

  function decide() {
    matched = maybe();
    wanted = wanted || record.test || link || debug && matched;
    if (!loaded || frame) return;
    if (consent() && (matched || wanted || record.open >= today())) make();
    else emit('decided', { shown: null, state: 'nothing' });
  }

  function size() {
    var view = w.visualViewport || { height: w.innerHeight, scale: 1, offsetTop: 0 };
    return [w.innerWidth, Math.round(view.height * view.scale), view.offsetTop];
  }

  function fit() {
    var p = place, seen = size(), path = '', n, r, across, down, turn;
    if (!p || !frame) return;
    if (p[0] === 2) {
      style('inset:' + seen[2] + 'px auto auto 0;width:100vw;height:' + seen[1] + 'px;clip-path:none');
    } else if (p[0]) {
      for (n = 0; n < p[6].length; n += 5) {
        r = p[6][n + 4];
        across = p[6][n + 2] - 2 * r;
        down = p[6][n + 3] - 2 * r;
        turn = 'a' + r + ' ' + r + ' 0 0 1 ';
        path += 'M' + (p[6][n] + r) + ' ' + p[6][n + 1] + 'h' + across + turn + r + ' ' + r + 'v' + down + turn + -r + ' ' + r +
          'h' + -across + turn + -r + ' ' + -r + 'v' + -down + turn + r + ' ' + -r + 'z';
      }
      style('inset:auto ' + (p[1] ? 'auto ' + p[3] + 'px ' + p[2] + 'px' : p[2] + 'px ' + p[3] + 'px auto') +
        ';width:' + p[4] + 'px;height:' + p[5] + 'px;clip-path:path("' + path + '")');
    }
    style(p[0] ? 'visibility:visible;pointer-events:auto' : 'visibility:hidden;pointer-events:none');
    if (p[0] === 2) lock(); else unlock();
  }

  /* Full screen is modal: the page behind neither scrolls nor takes focus, and is put back exactly. */
  function lock() {
    if (locked) return;
    var css = root.style;
    locked = [css.getPropertyValue('overflow'), css.getPropertyPriority('overflow')];
    css.setProperty('overflow', 'hidden', 'important');
    locked[2] = [].filter.call(d.body ? d.body.children : [], function (child) {
      return !child.hasAttribute('inert') && !child.setAttribute('inert', '');
    });
  }

  function unlock() {
    if (!locked) return;
    if (locked[0]) root.style.setProperty('overflow', locked[0], locked[1]); else root.style.removeProperty('overflow');
    if (!root.getAttribute('style')) root.removeAttribute('style');
    locked[2].forEach(function (child) { child.removeAttribute('inert'); });
    locked = null;
  }

  function emit(name, detail) {
    if (name === 'decided' && debug) call('why').then(guard(show));
    w.dispatchEvent(new w.CustomEvent('usher:' + name, { detail: detail }));
  }

  /* `#usher-debug`: what happened, in the corner of the page. */
  var board = null;
  function show(why) {
    w.console.info('usher', why);
    if (!board) {
      board = root.appendChild(d.createElement('pre'));
      board.style.cssText = 'position:fixed;inset:8px auto auto 8px;max-height:70vh;overflow:auto;margin:0;background:#fff;color:#000;z-index:2147483647';
    }
    board.textContent = JSON.stringify(why, null, 1);
  }

  function answer(number, result) {
    if (own(replies, number)) {
      var done = replies[number];
      delete replies[number];
      done(result);
    }
  }

  /* Asks the frame; it is made when it is not there. */
  function ask(name, done) {
    var number = ++calls;
    replies[number] = done;
    if (frame && state !== 'ready') waiting.push(['call', number, name]); else tell('call', number, name);
    setTimeout(function () { answer(number, not('unavailable')); }, 10000);
  }

  var orders = {
    ready: function () {
      var seen = size();
      state = 'ready';
      send(['hello', url, referrer, language(), device(), -new Date().getTimezoneOffset(), seen[0], seen[1],
        WORDS[consent()], !!navigator.globalPrivacyControl, spell(), link, test, login, values]);
      link = test = '';
      waiting.splice(0).forEach(send);
      if (deepest) send(['scroll', deepest]);
      tick(30);
    },
    place: function () { place = [].slice.call(arguments); fit(); },
    name: function (title) { frame.title = title; },
    focus: function () { frame.focus(); },
    tick: tick,
    record: function (open, dismissed, testing) {
      record.open = open;
      record.dismissed = dismissed;
      record.test = testing ? 1 : 0;
      if (consent() > 1 || open || testing) keep(); else if (consent()) forget();
    },
    event: emit,
    reply: answer,
    gone: function () { drop('none'); }
  };

  function tick(seconds) {
    clearInterval(timer);
    timer = setInterval(guard(count), seconds * 1000);
  }

  listen(w, 'message', function (e) {
    var m = e.data;
    if (frame && e.source === frame.contentWindow && e.origin === origin && Array.isArray(m) && m[0] === 1 && m[1] === channel && own(orders, m[2]))
      orders[m[2]].apply(null, m.slice(3));
  });

  /* What a page may call. */

  function wrong(text) { throw new TypeError('usher: ' + text); }

  var methods = {
    on: function (name, f) {
      if (typeof f !== 'function') wrong('on takes a function');
      var heard = function (e) { f(e.detail); };
      handlers.push([name, f, heard]);
      w.addEventListener('usher:' + name, heard);
    },
    off: function (name, f) {
      handlers = handlers.filter(function (h) {
        var mine = h[0] === name && (!f || h[1] === f);
        if (mine) w.removeEventListener('usher:' + name, h[2]);
        return !mine;
      });
    },
    identify: function (token) {
      if (typeof token !== 'string') wrong('identify takes a signed token');
      tell('login', login = token);
    },
    set: function (what) {
      Object.keys(what).forEach(function (name) {
        if (!/^[snb]/.test(typeof what[name])) wrong('set takes texts, numbers and booleans');
        values[name] = '' + what[name];
      });
      tell('set', values);
    },
    consent: function (mode) {
      if (!own(MODES, mode)) wrong('consent takes wait, essential or full');
      var before = consent();
      granted = mode;
      if (consent() < before) forget();
      if (frame) tell('consent', WORDS[consent()]); else { arrive(url); decide(); }
      if (!consent() && frame && state !== 'ready') drop('none');
    },
    why: function (_, done) {
      var told = { page: url, consent: WORDS[consent()], rule: maybe(), frame: state };
      if (state !== 'ready') done(told);
      else ask('why', function (more) {
        Object.keys(more).forEach(function (key) { told[key] = more[key]; });
        done(told);
      });
      return 1;
    },
    reset: function (_, done) {
      forget();
      if (frame) ask('reset', done); else done(not());
      return 1;
    }
  };
  ['open', 'close', 'toggle'].forEach(function (name) {
    methods[name] = function (_, done) {
      if (name !== 'close') wanted = true, make();
      if (frame) ask(name, done); else done(not(consent() ? '' : 'consent'));
      return 1;
    };
  });

  function call(name, a, b) {
    return new Promise(function (done) {
      if (!own(methods, name)) wrong('no call ' + name);
      var kept = name === 'on' || name === 'off';
      if (!methods[name](a, kept ? b : done)) done();
    });
  }

  var usher = function (name, a, b) { return call(name, a, b); };
  Object.keys(methods).forEach(function (name) { usher[name] = function (a, b) { return call(name, a, b); }; });
  usher.version = 1;
  w.usher = usher;

  guard(function () {
    read();
    arrive(address());
    count();

    listen(d, 'visibilitychange', function () { count(); if (d.visibilityState !== 'visible') keep(); });
    listen(w, 'pagehide', function () { count(); keep(); });
    listen(w, 'scroll', scrolled);
    listen(d, 'mouseout', function (e) {
      if (!e.relatedTarget && e.clientY <= 0 && d.hasFocus()) tell('left', now() - began);
    });
    [w, w.visualViewport].forEach(function (view) {
      listen(view, 'resize', function () { var seen = size(); fit(); tell('view', seen[0], seen[1]); });
    });
    listen(w.visualViewport, 'scroll', fit);
    listen(w, 'beforeprint', function () { if (frame) style('visibility:hidden'); });
    listen(w, 'afterprint', fit);
    listen(d, 'securitypolicyviolation', function (e) {
      if (frame && (e.blockedURI || '').indexOf(origin) === 0) drop('refused');
    });
    if (w.navigation && w.navigation.addEventListener) listen(w.navigation, 'currententrychange', later);
    else {
      ['pushState', 'replaceState'].forEach(function (name) {
        var before = history[name];
        history[name] = function () {
          var result = before.apply(this, arguments);
          later();
          return result;
        };
      });
      listen(w, 'popstate', later);
      listen(w, 'hashchange', later);
    }

    var go = guard(function () {
      if (!loaded) decide(loaded = true);
    });
    if (d.readyState === 'complete') go();
    listen(w, 'load', go);
    setTimeout(go, 1000);
    /* Calls made before we came: `usher.q`, each an array or arguments object. */
    if (typeof old === 'function' && Array.isArray(old.q)) old.q.forEach(function (early) { call.apply(null, early); });
  })();
})(window, document);

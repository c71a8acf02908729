/* Moves a document's clock: Date, performance.now and timers. It runs on by itself from wherever it is put. */
(function (ahead, key) {
  'use strict';
  var RealDate = Date, realNow = Date.now, realPerformance = performance.now.bind(performance);
  var setReal = window.setTimeout.bind(window), clearReal = window.clearTimeout.bind(window);
  var timers = new Map(), last = 1000000;

  function now() { return realNow() + ahead; }

  window.Date = new Proxy(RealDate, {
    construct: function (target, given) {
      return given.length ? Reflect.construct(target, given) : new RealDate(now());
    },
    apply: function () { return new RealDate(now()).toString(); },
    get: function (target, name) { return name === 'now' ? now : Reflect.get(target, name); },
  });
  var shift = 0;
  performance.now = function () { return realPerformance() + shift; };

  function arm(timer) {
    clearReal(timer.real);
    timer.real = setReal(function () { fire(timer); }, Math.max(0, timer.due - now()));
  }

  function fire(timer) {
    if (!timers.has(timer.number)) return;
    if (timer.every === null) timers.delete(timer.number);
    else {
      timer.due = Math.max(timer.due + timer.every, now());
      arm(timer);
    }
    clearReal(timer.every === null ? timer.real : 0);
    timer.run.apply(window, timer.given);
  }

  function start(run, ms, given, repeats) {
    ms = Math.max(repeats ? 4 : 0, +ms || 0);
    var timer = { number: ++last, run: run, given: given, due: now() + ms, every: repeats ? ms : null, real: 0 };
    timers.set(timer.number, timer);
    arm(timer);
    return timer.number;
  }

  function stop(number) {
    var timer = timers.get(number);
    if (timer) {
      clearReal(timer.real);
      timers.delete(number);
    } else clearReal(number);
  }

  window.setTimeout = function (run, ms) { return start(run, ms, [].slice.call(arguments, 2), false); };
  window.setInterval = function (run, ms) { return start(run, ms, [].slice.call(arguments, 2), true); };
  window.clearTimeout = stop;
  window.clearInterval = stop;

  function jump(ms) {
    ahead += ms;
    shift += ms;
  }

  /* Lets time pass: what is due meanwhile happens when it is due. */
  async function pass(ms) {
    var until = now() + ms;
    for (;;) {
      var next = null;
      timers.forEach(function (timer) {
        if (timer.due <= until && (!next || timer.due < next.due)) next = timer;
      });
      if (!next) break;
      if (next.due > now()) jump(next.due - now());
      fire(next);
      await null;
    }
    if (until > now()) jump(until - now());
    timers.forEach(arm);
  }

  Object.defineProperty(window, Symbol.for(key), { value: { pass: pass, names: Object.getOwnPropertyNames(window) } });
})(__AHEAD__, 'a test');

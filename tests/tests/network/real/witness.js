/* In the chat's frame: what the device keeps when the page begins; every line that the program tells other tabs of, with
   what the device keeps at that moment; and every time the visitor is told that another tab was first. Runs before any
   script of the frame. */
(function (host, kept, told, apart) {
  'use strict';
  if (location.host !== host) return;
  var Real = window.BroadcastChannel, notes = new WeakSet();
  var diary = [{ kept: localStorage.getItem(kept) || '' }];

  function line(bytes) {
    diary.push({ at: Date.now(), line: Array.from(bytes), kept: localStorage.getItem(kept) || '' });
  }
  window.BroadcastChannel = apart
    ? function () { this.postMessage = line; }
    : class extends Real {
      postMessage(bytes) {
        line(bytes);
        super.postMessage(bytes);
      }
    };

  new MutationObserver(function () {
    document.querySelectorAll('[role=log] > *').forEach(function (turn) {
      if (turn.textContent.indexOf(told) < 0 || notes.has(turn)) return;
      notes.add(turn);
      diary.push({ at: Date.now(), told: true });
    });
  }).observe(document, { childList: true, subtree: true });

  /* Presses the n-th answer on offer without regard to what is in front; says whether there is one. */
  function answer(n) {
    var offered = document.querySelectorAll('[role=dialog] [role=group] button');
    if (!offered[n]) return false;
    offered[n].click();
    return true;
  }
  Object.defineProperty(window, Symbol.for('witness'), { value: { diary: diary, answer: answer, kept: kept } });
})(__GIVEN__);

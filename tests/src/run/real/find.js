/* Where a visible control is, by its role and its name: its middle, in CSS pixels of the frame. Nothing when there is
   none. It is scrolled into sight first. */
(async function (query, names, within) {
  'use strict';
  function visible(element) {
    if (!element.checkVisibility({ checkVisibilityCSS: true })) return false;
    var box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0;
  }
  function name(element) {
    var named = (element.getAttribute('aria-label') || element.innerText || '').trim();
    return element.tagName === 'A' ? named.replace(/\s*\([^()]*\)$/, '').trim() : named;
  }
  var from = within ? [].filter.call(document.querySelectorAll(within), visible)[0] : document;
  if (!from) return null;
  var found = [].filter.call(from.querySelectorAll(query), function (element) {
    return visible(element) && !element.disabled && (!names || names.indexOf(name(element)) >= 0);
  });
  var last = found[found.length - 1];
  if (!last) return null;
  last.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  var before = null;
  for (var n = 0; n < 60; n++) {
    var box = last.getBoundingClientRect();
    var at = [box.left + box.width / 2, box.top + box.height / 2];
    if (before && before[0] === at[0] && before[1] === at[1]) break;
    before = at;
    await new Promise(function (later) { requestAnimationFrame(later); });
  }
  /* What lies there is pressed, whatever it is: a control under something else cannot be. */
  var top = document.elementFromPoint(at[0], at[1]);
  if (!top || !(last.contains(top) || top.contains(last))) return null;
  return at;
})

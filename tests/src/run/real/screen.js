/* Reads what a visitor sees of the chat: visible text and accessible names, never how it is made.
   `words` holds our own words in every language the chat speaks. */
(function (words) {
  'use strict';

  function visible(element) {
    if (!element || !element.checkVisibility({ checkVisibilityCSS: true })) return false;
    var box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0;
  }
  function all(query, from) { return [].filter.call((from || document).querySelectorAll(query), visible); }
  function name(element) {
    return (element.getAttribute('aria-label') || element.innerText || '').trim();
  }
  function is(element, which) { return words[which].indexOf(name(element)) >= 0; }
  function text(element) {
    var copy = '';
    (function walk(node) {
      [].forEach.call(node.childNodes, function (child) {
        if (child.nodeType === 3) copy += child.data;
        else if (child.nodeName === 'BR') copy += '\n';
        else if (child.nodeType === 1 && child.getAttribute('aria-hidden') !== 'true') {
          if (child.nodeName === 'LI') copy += '- ';
          var from = copy.length;
          walk(child);
          /* That a link opens elsewhere is told beside its words. */
          if (child.nodeName === 'A') copy = copy.slice(0, from) + copy.slice(from).replace(/\s*\([^()]*\)$/, '');
          if (child.nodeName === 'LI' || child.nodeName === 'P') copy += '\n';
        }
      });
    })(element);
    return copy.replace(/\n+$/, '');
  }
  /* What one says who cannot see: the words before a message that tell who wrote it. */
  function by(message, who) {
    var found = words[who].filter(function (start) { return message.indexOf(start) === 0; })[0];
    return found === undefined ? null : message.slice(found.length).trim();
  }

  var dialog = all('[role=dialog]')[0];
  var poke = all('[role=region]')[0];
  var launcher = all('button[aria-expanded]').filter(function (button) { return !button.closest('[role=dialog]'); })[0];
  var seen = {
    form: dialog ? 'panel' : poke ? 'poke' : launcher ? 'launcher' : null,
    said: [], you: [], offers: [], asks: null, refusal: null, notice: null, busy: false, links: [], ended: false,
  };

  if (dialog) {
    var log = all('[role=log]', dialog)[0];
    [].forEach.call(log ? log.children : [], function (turn) {
      if (turn.getAttribute('aria-hidden') === 'true') {
        seen.busy = true;
        return;
      }
      var message = text(turn), theirs = by(message, 'they'), yours = by(message, 'you');
      if (theirs !== null) {
        seen.said.push(theirs);
        [].forEach.call(turn.querySelectorAll('a'), function (link) {
          seen.links.push([link.innerText.replace(/\s*\([^()]*\)\s*$/, '').trim(), link.href]);
        });
      } else if (yours !== null) seen.you.push(yours);
      else if (!turn.querySelector('a[download]')) seen.notice = message;
    });
    all('[role=status]', dialog).forEach(function (status) {
      if (is(status, 'loading')) seen.busy = true;
      else if (text(status).trim()) seen.notice = text(status).trim();
    });
    all('[role=alert]', dialog).forEach(function (alert) { if (text(alert).trim()) seen.refusal = text(alert).trim(); });
    all('[role=group]', dialog).forEach(function (group) {
      if (is(group, 'answers')) seen.offers = all('button', group).map(name);
      if (is(group, 'days')) seen.asks = 'slot';
    });
    var input = all('form .entry', dialog)[0];
    if (input) {
      seen.asks = input.inputMode === 'decimal' ? 'number'
        : ({ text: 'text', textarea: 'text', email: 'email', tel: 'phone', date: 'date', 'datetime-local': 'date-time' })[input.type];
      seen.field = name(input);
    } else if (seen.offers.length && words.yes_no.indexOf(seen.offers.join(' ')) >= 0 && seen.said.length) seen.asks = 'boolean';
    seen.ended = all('p', dialog).some(function (line) { return is(line, 'ended'); });
  } else if (poke) {
    var parts = all('button', poke).filter(function (button) { return !is(button, 'dismiss'); });
    if (parts.length) seen.said.push(text(parts[0]));
    seen.offers = parts.slice(1).map(name);
  }
  return seen;
})

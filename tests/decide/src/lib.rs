//! The engine's decision behind the interface of the decision bench: a publication's compiled bytes
//! go in once, then every page view asks which dialogue wins. `workload` compiles the bench's
//! dialogues as publishing would.

#[cfg(not(target_arch = "wasm32"))]
pub mod workload;

use engine::compiled::{Consent, Publication, Unreadable, decode};
use engine::ids::{AttributeId, Timestamp};
use engine::memory::VisitorMemory;
use engine::reading;
use engine::resolve::{Facts, Resolution, resolve};
use engine::value::Value;
use engine::wire::Page;

/// What the bench's visits know of a visitor, in the order of their numbers.
pub const ATTRIBUTES: [&str; 7] = [
    "country",
    "industry",
    "employees",
    "score",
    "utm_source",
    "email",
    "stage",
];

/// Whether the attribute of that number is a number.
#[must_use]
pub fn is_number(attribute: u16) -> bool {
    matches!(attribute, 2 | 3)
}

/// A publication ready to decide.
pub struct Decision {
    publication: Publication,
    memory: VisitorMemory,
    page: Page,
}

impl Decision {
    /// Reads a publication.
    ///
    /// # Errors
    /// When the bytes are none.
    pub fn new(bytes: &[u8]) -> Result<Self, Unreadable> {
        Ok(Self {
            publication: decode(bytes)?,
            memory: VisitorMemory::new(1),
            page: Page::default(),
        })
    }

    /// The place of the dialogue that wins for a page view, given as its address followed by a line
    /// per attribute: a digit for its number, then its value.
    pub fn decide(&mut self, visit: &str) -> Option<u16> {
        let mut lines = visit.split('\n');
        self.page.url.clear();
        self.page.url.push_str(lines.next().unwrap_or_default());
        let mut given: Vec<_> = (0u16..7).map(|n| (AttributeId(n), None)).collect();
        for line in lines {
            let (number, text) = line.split_at_checked(1)?;
            let attribute = u16::from(number.as_bytes().first()? - b'0');
            let value = if is_number(attribute) {
                Value::Number(reading::number(text)?)
            } else {
                Value::Text(text.into())
            };
            if let Some((_, known)) = given.get_mut(usize::from(attribute)) {
                *known = Some(value);
            }
        }
        let facts = Facts {
            snapshot: None,
            consent: Consent::Full,
            given: &given,
        };
        match resolve(
            &self.publication,
            &self.memory,
            &self.page,
            facts,
            Timestamp(0),
        ) {
            Resolution::Show(place, _) => Some(place),
            Resolution::Nothing | Resolution::Continue(_) | Resolution::Hold(_) => None,
        }
    }
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use wasm_bindgen::prelude::*;

    /// `Decision` for JavaScript.
    #[wasm_bindgen]
    pub struct Decider(super::Decision);

    #[wasm_bindgen]
    impl Decider {
        /// Reads a publication; `undefined` when the bytes are none.
        pub fn read(bytes: &[u8]) -> Option<Decider> {
            super::Decision::new(bytes).ok().map(Decider)
        }

        /// The winner's place, or -1.
        pub fn decide(&mut self, visit: &str) -> i32 {
            self.0.decide(visit).map_or(-1, i32::from)
        }
    }
}

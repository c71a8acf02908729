//! Moving the clocks of documents.

/// What a document runs before any other script.
const SCRIPT: &str = include_str!("clock.js");
/// The symbol under which a document keeps what tests need of it.
pub(super) const HANDLE: &str = "window[Symbol.for('a test')]";

/// Milliseconds that documents are ahead of the machine's clock when they begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ahead(pub i64);

impl Ahead {
    pub(super) fn script(self) -> String {
        SCRIPT.replace("__AHEAD__", &self.0.to_string())
    }
}

//! Lists: what is asked for, and one page of the answer.

use super::like;

/// Most rows of one page.
pub const LIMIT: u32 = 500;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where to go on, also at the end: what is committed later comes after it.
    pub next: i64,
    /// Whether there is more already.
    pub more: bool,
}

impl<T> Page<T> {
    /// A page without rows.
    #[must_use]
    pub fn empty(after: i64) -> Self {
        Self {
            items: Vec::new(),
            next: after,
            more: false,
        }
    }

    /// The first `limit` of ascending rows behind `after`; one more than that says that there is more.
    pub(crate) fn of(
        mut items: Vec<T>,
        after: i64,
        limit: u32,
        position: impl Fn(&T) -> i64,
    ) -> Self {
        items.retain(|item| position(item) > after);
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        Self {
            next: items.last().map_or(after, position),
            items,
            more,
        }
    }
}

/// Which rows of a list in the order of commits.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Rows after this place.
    pub after: i64,
    /// Of this dialogue.
    pub dialogue: Option<u32>,
    /// About this goal, document or agent.
    pub goal: Option<String>,
    /// Of this person, by id.
    pub person: Option<String>,
    /// On pages whose address holds this.
    pub page: Option<String>,
    /// Of this conversation.
    pub conversation: Option<String>,
    /// From this moment, in milliseconds.
    pub from: i64,
    /// Until before this moment, in milliseconds.
    pub until: i64,
    /// At most so many.
    pub limit: u32,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            after: 0,
            dialogue: None,
            goal: None,
            person: None,
            page: None,
            conversation: None,
            from: i64::MIN,
            until: i64::MAX,
            limit: LIMIT,
        }
    }
}

impl Filter {
    pub(super) fn page_pattern(&self) -> Option<String> {
        self.page.as_deref().map(|page| format!("%{}%", like(page)))
    }

    /// How many rows to ask the database for: one more than a page has.
    pub(super) fn rows(&self) -> u32 {
        self.limit.saturating_add(1)
    }

    pub(super) fn page<T>(&self, items: Vec<T>, position: impl Fn(&T) -> i64) -> Page<T> {
        Page::of(items, self.after, self.limit, position)
    }
}

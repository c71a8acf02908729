//! What a transaction appends, gathered and written at its end: one statement a table instead of one a row, and the places
//! in the workspace's order of commits taken last, because whoever takes one holds the workspace until the commit.
//!
//! Nothing in a ledger can be read before it is flushed.

use super::activities::{self, Happened};
use super::db::{Connection, Kept, Parameters, bound};
use super::goals::{self, Proven};
use super::webhooks::Interests;
use super::{Result, Scope, outbox, workspaces};
use crate::outbox::Message;
use engine::ids::Timestamp;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Where rows go, in the order in which they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sheet {
    /// New browsers.
    Visitors,
    /// When browsers were seen.
    Seen,
    /// Browsers of the company's own people.
    Marked,
    /// New conversations.
    Conversations,
    /// Where conversations stand.
    Advances,
    /// Lines of their logs.
    Lines,
    /// What is counted once.
    Counters,
    /// Arms of experiments.
    Exposures,
    /// Goals.
    Goals,
    /// Activities.
    Activities,
    /// Messages.
    Outbox,
}

/// What only ever happens once, and leads to messages.
enum Deed {
    Goal(Proven),
    Activity(Happened),
}

#[derive(Default)]
struct Pending {
    rows: BTreeMap<Sheet, (&'static str, Vec<Vec<Kept>>)>,
    placed: Vec<Placed>,
    deeds: Vec<(Scope, Timestamp, Deed)>,
}

/// A row that waits for its place, which is the last parameter of its statement.
struct Placed {
    workspace: String,
    sheet: Sheet,
    sql: &'static str,
    row: Vec<Kept>,
}

/// Rows that wait for the end of their transaction.
#[derive(Default)]
pub(super) struct Ledger(RefCell<Pending>);

impl Ledger {
    /// Keeps a row for a statement. A sheet has one statement.
    pub fn put(&self, sheet: Sheet, sql: &'static str, row: impl Parameters) {
        self.0.borrow_mut().put(sheet, sql, kept(&row));
    }

    /// The same for a statement whose last parameter, not in `row`, is a place in the order of commits.
    pub fn place(&self, scope: &Scope, sheet: Sheet, sql: &'static str, row: impl Parameters) {
        self.0.borrow_mut().place(scope, sheet, sql, kept(&row));
    }

    /// Keeps an activity, unless the same happened before, and tells webhooks.
    pub fn happened(&self, scope: &Scope, activity: Happened, now: Timestamp) {
        let deed = (scope.clone(), now, Deed::Activity(activity));
        self.0.borrow_mut().deeds.push(deed);
    }

    /// Keeps a goal, its activity and the mails it causes, unless the same was reached before.
    pub fn proven(&self, scope: &Scope, goal: Proven, now: Timestamp) {
        let deed = (scope.clone(), now, Deed::Goal(goal));
        self.0.borrow_mut().deeds.push(deed);
    }

    /// Writes everything.
    ///
    /// # Errors
    /// When the database fails, or a rival was first.
    pub fn flush(&self, db: &Connection) -> Result<()> {
        let mut pending = self.0.take();
        pending.settle_deeds(db)?;
        pending.find_places(db)?;
        for (sql, rows) in pending.rows.values() {
            db.execute_each(sql, rows)?;
        }
        Ok(())
    }
}

impl Pending {
    fn put(&mut self, sheet: Sheet, sql: &'static str, row: Vec<Kept>) {
        self.rows
            .entry(sheet)
            .or_insert_with(|| (sql, Vec::new()))
            .1
            .push(row);
    }

    /// Leaves out what has happened before, and finds out who wants to hear of the rest.
    fn settle_deeds(&mut self, db: &Connection) -> Result<()> {
        let deeds = std::mem::take(&mut self.deeds);
        if deeds.is_empty() {
            return Ok(());
        }
        let goals = deeds.iter().filter_map(|(scope, _, deed)| match deed {
            Deed::Goal(goal) => Some((scope.workspace(), goal.once.as_str())),
            Deed::Activity(_) => None,
        });
        let mut reached = goals::before(db, &goals.collect::<Vec<_>>())?;
        let activities = deeds.iter().map(|(scope, _, deed)| {
            let activity = match deed {
                Deed::Goal(goal) => &goal.activity,
                Deed::Activity(activity) => activity,
            };
            (scope.workspace(), activity.once.as_str())
        });
        let mut before = activities::before(db, &activities.collect::<Vec<_>>())?;
        let mut interests = Interests::default();
        for (scope, now, deed) in deeds {
            match deed {
                Deed::Activity(activity) => {
                    self.activity(db, &scope, activity, &mut before, &mut interests, now)?;
                }
                Deed::Goal(goal) => {
                    if !reached.insert((scope.workspace().into(), goal.once)) {
                        continue;
                    }
                    let (id, test) = (goal.id, goal.activity.test);
                    self.place(&scope, Sheet::Goals, goals::INSERT, goal.row);
                    self.activity(db, &scope, goal.activity, &mut before, &mut interests, now)?;
                    if test {
                        continue;
                    }
                    for address in interests.in_goal(db, &scope, &goal.name)? {
                        let subject = format!("notice:{address}");
                        let goal = id.clone();
                        let notice = Message::GoalNotice { address, goal };
                        self.message(&scope, &subject, &notice, now);
                    }
                    if let Some(person) = goal.confirmation {
                        let subject = format!("person:{person}");
                        let confirmation = Message::Confirmation { goal: id, person };
                        self.message(&scope, &subject, &confirmation, now);
                    }
                }
            }
        }
        Ok(())
    }

    fn activity(
        &mut self,
        db: &Connection,
        scope: &Scope,
        activity: Happened,
        before: &mut BTreeSet<(String, String)>,
        interests: &mut Interests,
        now: Timestamp,
    ) -> Result<()> {
        if !before.insert((scope.workspace().into(), activity.once)) {
            return Ok(());
        }
        self.place(scope, Sheet::Activities, activities::INSERT, activity.row);
        if activity.test {
            return Ok(());
        }
        for webhook in interests.in_activity(db, scope, activity.kind)? {
            let subject = format!("webhook:{webhook}");
            let activity = activity.id.clone();
            self.message(
                scope,
                &subject,
                &Message::Webhook { webhook, activity },
                now,
            );
        }
        Ok(())
    }

    fn message(&mut self, scope: &Scope, subject: &str, message: &Message, now: Timestamp) {
        let (_, row) = outbox::row(scope, subject, message, now);
        self.place(scope, Sheet::Outbox, outbox::ENQUEUE, row);
    }

    fn place(&mut self, scope: &Scope, sheet: Sheet, sql: &'static str, row: Vec<Kept>) {
        self.placed.push(Placed {
            workspace: scope.workspace().into(),
            sheet,
            sql,
            row,
        });
    }

    /// Takes places for all rows of a workspace at once, workspaces in the order of their ids.
    fn find_places(&mut self, db: &Connection) -> Result<()> {
        let placed = std::mem::take(&mut self.placed);
        let mut wanted: BTreeMap<String, i64> = BTreeMap::new();
        for row in &placed {
            *wanted.entry(row.workspace.clone()).or_default() += 1;
        }
        let mut next: BTreeMap<String, i64> = BTreeMap::new();
        for (workspace, count) in wanted {
            let first = workspaces::positions(db, &workspace, count)?;
            next.insert(workspace, first);
        }
        for mut placed in placed {
            if let Some(place) = next.get_mut(&placed.workspace) {
                placed.row.push(bound(place).into());
                *place += 1;
            }
            self.put(placed.sheet, placed.sql, placed.row);
        }
        Ok(())
    }
}

fn kept(row: &impl Parameters) -> Vec<Kept> {
    row.bounds().into_iter().map(Kept::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::store::Store;
    use crate::store::activities::{Kind, What, happened};
    use crate::store::goals::{ProvenGoal, proven};
    use engine::ids::EditionId;

    #[tokio::test]
    async fn a_goal_that_is_named_like_a_place_in_the_log_takes_no_activity_s_place() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::for_test(folder.path(), Clock::default());
        let made = store.create_workspace("acme".into(), "Acme".into());
        let scope = made.await.unwrap();
        let counted = store.write(move |db| {
            let ledger = Ledger::default();
            let deed = activities::Deed {
                visitor: "v",
                person: None,
                conversation: "c",
                dialogue: 1,
                edition: EditionId::default(),
                seq: 2,
                page_url: "https://w.example/",
                at: Timestamp(1),
                test: false,
            };
            let attributes = serde_json::Map::new();
            let goal = ProvenGoal {
                in_flow: false,
                name: "2:0",
                score: None,
                card: "g",
                confirmation: false,
            };
            let goal = proven(&scope, goal, deed, &attributes, Timestamp(1));
            ledger.proven(&scope, goal, Timestamp(1));
            let what = What {
                kind: Kind::Link,
                about: None,
                once: "c:2:0",
                attributes: &attributes,
            };
            let link = happened(&scope, what, deed, Timestamp(1));
            ledger.happened(&scope, link, Timestamp(1));
            ledger.flush(db)?;
            let count = |sql| db.query_row(sql, (), |row| row.get::<i64>(0));
            Ok((
                count("SELECT count(*) FROM goals")?,
                count("SELECT count(*) FROM activities")?,
            ))
        });
        assert_eq!(counted.await.unwrap(), (1, 2));
    }
}

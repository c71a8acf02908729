//! A copy becomes a database again: nothing leaves it by itself, nobody is logged in, and whoever was erased since stays
//! erased.

use super::audit::{self, Action, Note};
use super::db::Connection;
use super::forget::{Forgotten, forget_record};
use super::{DATABASE_FILE, Principal, Result, Scope, Store, StoreError, pauses, visitors};
use crate::erasures::{Erased, Erasures};
use crate::private;
use std::path::Path;

statements! {
    WORKSPACES = "SELECT id FROM workspaces ORDER BY id";
    PEOPLE = "SELECT id, email FROM people WHERE workspace = ?1";
    VISITORS = "SELECT id FROM visitors WHERE workspace = ?1";
    END_SESSIONS = "DELETE FROM sessions WHERE workspace = ?1";
}

/// Copies a file that `usher backup` wrote into a folder, as the database there. Blocks its thread.
///
/// # Errors
/// When there is one already, or the file is no database.
pub fn unpack(file: &Path, folder: &Path) -> Result<()> {
    let target = folder.join(DATABASE_FILE);
    let made = private::create(&target);
    made.map_err(|fault| StoreError::File(target.display().to_string(), fault))?;
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let from = rusqlite::Connection::open_with_flags(file, flags)?;
    let mut into = rusqlite::Connection::open(&target)?;
    let backup = rusqlite::backup::Backup::new(&from, &mut into)?;
    Ok(backup.run_to_completion(1_024, std::time::Duration::ZERO, None)?)
}

/// Who came back with a copy and was taken away again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Records of people.
    pub people: usize,
    /// Browsers.
    pub visitors: usize,
}

impl Store {
    /// Pauses every outbox, logs everybody out and notes it in every audit log.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle_copy(&self) -> Result<()> {
        let now = self.now();
        self.change_everywhere(Action::Restore, move |db, scope| {
            db.note(Note::of("the whole database"));
            pauses::pause(db, scope, None, "restored from a copy", now)?;
            db.execute(END_SESSIONS, [scope.workspace()])?;
            Ok(())
        })
        .await
    }

    /// Erases again whoever was erased since the copy was made. It can be interrupted and begun again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn erase_again(&self, erasures: Erasures) -> Result<Replayed> {
        let erased = self.read(move |db| found(db, &erasures)).await?;
        let mut replayed = Replayed::default();
        let now = self.now();
        for (workspace, person, email) in erased.people {
            let scope = Scope::new(&workspace, Principal::Operator);
            self.change(&scope, Action::ForgetPerson, move |db, scope| {
                forget_record(db, scope, &person, now, &mut Forgotten::default())?;
                audit::forget(db, scope, &person, email.as_deref())?;
                db.note(Note::of(format!("person {person}")));
                Ok(())
            })
            .await?;
            replayed.people += 1;
        }
        for (workspace, visitor) in erased.visitors {
            let scope = Scope::new(&workspace, Principal::Operator);
            self.write(move |db| visitors::erase(db, &scope, &visitor, now))
                .await?;
            replayed.visitors += 1;
        }
        Ok(replayed)
    }

    /// Brings everything into the file, so that it can be taken elsewhere.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close_copy(self) -> Result<()> {
        self.empty_log().await
    }
}

#[derive(Default)]
struct Found {
    people: Vec<(String, String, Option<String>)>,
    visitors: Vec<(String, String)>,
}

fn found(db: &Connection, erasures: &Erasures) -> Result<Found> {
    let mut found = Found::default();
    let workspaces = db.query_map(WORKSPACES, (), |row| row.get::<String>(0))?;
    for workspace in workspaces {
        let workspace = workspace?;
        db.for_each(PEOPLE, [&workspace], |row| {
            let id: String = row.get(0)?;
            if erasures.hold(&workspace, Erased::Person(&id)) {
                found.people.push((workspace.clone(), id, row.get(1)?));
            }
            Ok(())
        })?;
        db.for_each(VISITORS, [&workspace], |row| {
            let id: String = row.get(0)?;
            if erasures.hold(&workspace, Erased::Visitor(&id)) {
                found.visitors.push((workspace.clone(), id));
            }
            Ok(())
        })?;
    }
    Ok(found)
}

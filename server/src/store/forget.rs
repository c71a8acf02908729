//! Forgetting a person: what they said and did is gone, everywhere in the database.

use super::audit::{self, Action, Changing, Note};
use super::db::{Connection, Parameters};
use super::{
    Result, Scope, Store, StoreError, changes, merging, people, registrations, remembered,
};
use engine::ids::Timestamp;
use serde_json::json;

statements! {
    RECORDS = "SELECT id FROM people WHERE workspace = ?1 AND (id = ?2 OR merged_into = ?2 OR email = ?3)";
    CONVERSATIONS = "SELECT id FROM conversations WHERE workspace = ?1 AND (person = ?2
        OR visitor IN (SELECT id FROM visitors WHERE workspace = ?1 AND person = ?2))";
    VISITORS = "SELECT id FROM visitors WHERE workspace = ?1 AND person = ?2";
    DELETE_ENTRIES = "DELETE FROM entries WHERE workspace = ?1 AND conversation = ?2";
    DELETE_CONVERSATION = "DELETE FROM conversations WHERE workspace = ?1 AND id = ?2";
    DELETE_REFUSED = "DELETE FROM refused WHERE workspace = ?1 AND conversation = ?2";
    DELETE_COUNTERS = "DELETE FROM counters WHERE workspace = ?1 AND conversation = ?2";
    DELETE_EXPOSURES = "DELETE FROM exposures WHERE workspace = ?1 AND conversation = ?2";
    DELETE_ACTIVITIES_OF_CONVERSATION = "DELETE FROM activities WHERE workspace = ?1 AND conversation = ?2";
    DELETE_GOALS_OF_CONVERSATION = "DELETE FROM goals WHERE workspace = ?1 AND conversation = ?2";
    DELETE_ACTIVITIES = "DELETE FROM activities WHERE workspace = ?1 AND person = ?2";
    DELETE_GOALS = "DELETE FROM goals WHERE workspace = ?1 AND person = ?2";
    DELETE_VALUES = "DELETE FROM attribute_values WHERE workspace = ?1 AND owner = ?2";
    DELETE_MEMBERSHIPS = "DELETE FROM list_members WHERE workspace = ?1 AND person = ?2";
    DELETE_LINKS = "DELETE FROM links WHERE workspace = ?1 AND person = ?2";
    DELETE_MERGES = "DELETE FROM merges WHERE workspace = ?1 AND (from_person = ?2 OR into_person = ?2)";
    DELETE_VISITORS = "DELETE FROM visitors WHERE workspace = ?1 AND person = ?2";
    DELETE_PERSON = "DELETE FROM people WHERE workspace = ?1 AND id = ?2";
    DELETE_OUTBOX = "DELETE FROM outbox WHERE workspace = ?1
        AND (subject = ?2 OR payload LIKE ?3 ESCAPE '!')";
    GOALS_OF = "SELECT id FROM goals WHERE workspace = ?1 AND (person = ?2 OR conversation = ?2)
        UNION SELECT id FROM activities WHERE workspace = ?1 AND (person = ?2 OR conversation = ?2)";
}

/// What was forgotten, as a receipt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Records, claimed and merged ones included.
    pub records: u32,
    /// Conversations with all their inputs.
    pub conversations: u32,
    /// Goals and activities.
    pub deeds: u32,
    /// The ids of those records.
    pub ids: Vec<String>,
    /// Addresses that were on file, in lower case.
    pub addresses: Vec<String>,
}

impl Store {
    /// The ids of a person's records, claimed and merged ones included.
    ///
    /// # Errors
    /// When there is no such person.
    pub async fn records_of(&self, scope: &Scope, key: String) -> Result<Vec<String>> {
        let scope = scope.clone();
        self.read(move |db| {
            let person = people::find(db, &scope, &key)?
                .ok_or_else(|| StoreError::Missing(format!("person {key}")))?;
            column(db, RECORDS, (scope.workspace(), &person.id, &person.email))
        })
        .await
    }

    /// Forgets a person, by id or address: records, conversations, activities, goals, links, and
    /// what waits to be sent about them. Counts that reports made of them go too.
    ///
    /// # Errors
    /// When there is no such person.
    pub async fn forget(&self, scope: &Scope, key: String) -> Result<Forgotten> {
        let now = self.now();
        let forgotten = self.change(scope, Action::ForgetPerson, move |db, scope| {
            let person = people::find(db, scope, &key)?
                .ok_or_else(|| StoreError::Missing(format!("person {key}")))?;
            let records = column(db, RECORDS, (scope.workspace(), &person.id, &person.email))?;
            let mut forgotten = Forgotten {
                addresses: person.email.into_iter().collect(),
                ..Forgotten::default()
            };
            for record in &records {
                forget_record(db, scope, record, now, &mut forgotten)?;
                let address = forgotten.addresses.first();
                audit::forget(db, scope, record, address.map(String::as_str))?;
            }
            remembered::changed(db, scope, now)?;
            // Its detail holds numbers alone, so that it stays.
            db.note(Note::of(format!("person {}", person.id)).after(json!({
                "records": forgotten.records, "conversations": forgotten.conversations, "deeds": forgotten.deeds,
            })));
            Ok(forgotten)
        });
        let forgotten = forgotten.await?;
        self.empty_log().await?;
        Ok(forgotten)
    }
}

pub(super) fn forget_record(
    db: &Changing<'_>,
    scope: &Scope,
    record: &str,
    now: Timestamp,
    forgotten: &mut Forgotten,
) -> Result<()> {
    let workspace = scope.workspace();
    let mut deeds = column(db, GOALS_OF, (workspace, record))?;
    for conversation in column(db, CONVERSATIONS, (workspace, record))? {
        changes::forget(db, scope, &conversation, now)?;
        deeds.extend(column(db, GOALS_OF, (workspace, &conversation))?);
        for sql in [
            DELETE_ENTRIES,
            DELETE_REFUSED,
            DELETE_COUNTERS,
            DELETE_EXPOSURES,
            DELETE_ACTIVITIES_OF_CONVERSATION,
            DELETE_GOALS_OF_CONVERSATION,
            DELETE_CONVERSATION,
        ] {
            db.execute(sql, (workspace, &conversation))?;
        }
        forgotten.conversations += 1;
    }
    deeds.sort_unstable();
    deeds.dedup();
    for deed in &deeds {
        db.execute(DELETE_OUTBOX, (workspace, deed, format!("%\"{deed}\"%")))?;
    }
    db.execute(
        DELETE_OUTBOX,
        (
            workspace,
            format!("person:{record}"),
            format!("%\"{record}\"%"),
        ),
    )?;
    registrations::forget(db, scope, record)?;
    merging::forget(db, scope, record)?;
    for visitor in column(db, VISITORS, (workspace, record))? {
        db.execute(DELETE_VALUES, (workspace, visitor))?;
    }
    for sql in [
        DELETE_ACTIVITIES,
        DELETE_GOALS,
        DELETE_VALUES,
        DELETE_MEMBERSHIPS,
        DELETE_LINKS,
        DELETE_MERGES,
        DELETE_VISITORS,
        DELETE_PERSON,
    ] {
        db.execute(sql, (workspace, record))?;
    }
    forgotten.ids.push(record.into());
    forgotten.records += 1;
    forgotten.deeds += u32::try_from(deeds.len()).unwrap_or(u32::MAX);
    Ok(())
}

fn column(db: &Connection, sql: &'static str, parameters: impl Parameters) -> Result<Vec<String>> {
    let rows = db.query_map(sql, parameters, |row| row.get(0))?;
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}

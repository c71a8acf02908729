//! What is on file about one visitor, as conditions and tokens ask it.

use super::activities::Kind;
use super::db::Connection;
use super::people::{self, Person};
use super::values::Values;
use super::{Result, Scope};
use engine::authored::Activity;
use engine::compiled::Subject;
use engine::ids::Timestamp;
use engine::value::Value;

statements! {
    LAST_ACTIVITY = "SELECT max(at) FROM activities WHERE workspace = ?1 AND person = ?2 AND kind = ?3
        AND (?4 IS NULL OR about = ?4 OR dialogue =
            (SELECT number FROM dialogues WHERE workspace = ?1 AND name = ?4))";
    LAST_RECORDED_GOAL = "SELECT max(at) FROM goals WHERE workspace = ?1 AND person = ?2 AND proven = 0
        AND (?3 IS NULL OR name = ?3)";
}

/// What is on file about whoever asks, read in one go.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    person: Option<Person>,
    values: Values,
    company: Option<super::companies::Company>,
    lists: Vec<String>,
    activities: Vec<(Activity, Option<String>, Option<Timestamp>)>,
}

impl engine::atoms::Stored for Known {
    fn attribute(&self, subject: Subject, name: &str) -> Option<Value> {
        match (subject, name) {
            (Subject::Person, "email") => self.person.as_ref()?.email.clone().map(Value::Text),
            (Subject::Person, "source") => Some(Value::Text(self.person.as_ref()?.source.clone())),
            (Subject::Person, _) => self.values.get(name).cloned(),
            (Subject::Company, "name") => Some(Value::Text(self.company.as_ref()?.name.clone())),
            (Subject::Company, "domain") => self.company.as_ref()?.domain.clone().map(Value::Text),
            (Subject::Company, _) => self.company.as_ref()?.values.get(name).cloned(),
        }
    }

    fn is_on_list(&self, list: &str) -> bool {
        self.lists.iter().any(|member| member == list)
    }

    fn last_activity(&self, activity: Activity, named: Option<&str>) -> Option<Timestamp> {
        self.activities
            .iter()
            .find(|(kind, about, _)| *kind == activity && about.as_deref() == named)
            .and_then(|(_, _, at)| *at)
    }
}

/// Reads a person's file and the activities that conditions ask for.
pub(super) fn known(
    db: &Connection,
    scope: &Scope,
    person: &str,
    asked: &[(Activity, Option<String>)],
) -> Result<Known> {
    let Some(person) = people::by_id(db, scope, person)? else {
        return Ok(Known::default());
    };
    let mut activities = Vec::with_capacity(asked.len());
    for (kind, named) in asked {
        let kind = *kind;
        let mut at: Option<i64> = db.query_row(
            LAST_ACTIVITY,
            (
                scope.workspace(),
                &person.id,
                Kind::from(kind).name(),
                named,
            ),
            |row| row.get(0),
        )?;
        if kind == Activity::ReachedDialogueGoal {
            let recorded: Option<i64> = db.query_row(
                LAST_RECORDED_GOAL,
                (scope.workspace(), &person.id, named),
                |row| row.get(0),
            )?;
            at = at.max(recorded);
        }
        activities.push((kind, named.clone(), at.map(Timestamp)));
    }
    let portrait = people::portrait(db, scope, person)?;
    Ok(Known {
        values: portrait.values,
        company: portrait.company,
        lists: portrait.lists,
        person: Some(portrait.person),
        activities,
    })
}

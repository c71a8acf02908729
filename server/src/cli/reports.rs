//! Commands that say what happened.

use super::{CliError, Desk, Done, moment, table, terminal};
use crate::report::{differences, recount};
use crate::store::{Counts, Reason};
use clap::Args;
use engine::ids::Timestamp;
use std::collections::BTreeMap;

/// `usher report`
#[derive(Debug, Args)]
pub struct ReportOf {
    /// From this day or moment on.
    #[arg(long, value_parser = parse_moment)]
    from: Option<Timestamp>,
    /// Until before this day or moment.
    #[arg(long, value_parser = parse_moment)]
    until: Option<Timestamp>,
    /// Count again from the raw inputs and say whether that comes to the same.
    #[arg(long, conflicts_with_all = ["from", "until"])]
    recount: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// `usher refused`
#[derive(Debug, Args)]
pub struct Refused {
    /// Only for this reason, such as "edited facts".
    #[arg(long, value_parser = parse_reason)]
    reason: Option<Reason>,
    /// At most so many.
    #[arg(long, default_value_t = 100)]
    limit: u32,
}

fn parse_reason(words: &str) -> Result<Reason, String> {
    Reason::parse(words).ok_or_else(Reason::known)
}

fn parse_moment(text: &str) -> Result<Timestamp, String> {
    crate::time::parse(text)
        .ok_or_else(|| "a day (2027-03-05) or a moment (2027-03-05T10:00Z)".into())
}

pub(super) async fn report(desk: &Desk, of: ReportOf) -> Done {
    let scope = desk.scope().await?;
    let from = of.from.unwrap_or(Timestamp(i64::MIN));
    let until = of.until.unwrap_or(Timestamp(i64::MAX));
    if from > until {
        return Err(CliError::Words("--until is before --from".into()));
    }
    let report = desk.app.store.report(&scope, from, until).await?;
    let mut names = BTreeMap::new();
    for row in desk.app.store.dialogues(&scope).await? {
        names.insert(row.number.0, row.name);
    }
    if of.recount {
        let again = recount(&desk.app, &scope, &report).await?;
        let differences = differences(&report, &again, &names);
        if !differences.is_empty() {
            return Err(CliError::Words(format!(
                "the recount differs:\n  {}",
                differences.join("\n  ")
            )));
        }
        say!("the recount comes to the same");
        return Ok(());
    }
    if of.json {
        let json = crate::api::reports::body(&report, &names);
        let text = serde_json::to_string_pretty(&json);
        let text = text.map_err(|fault| CliError::Words(fault.to_string()))?;
        say!("{}", terminal::json(&text));
        return Ok(());
    }
    let rows: Vec<Vec<String>> = report
        .dialogues
        .iter()
        .map(|(number, counts)| {
            row(
                names.get(number).map_or("(deleted)", String::as_str),
                counts,
            )
        })
        .collect();
    let heads = [
        "dialogue",
        "triggered",
        "engaged",
        "completed",
        "acquired",
        "meetings",
        "proven goals",
    ];
    table(&heads, &rows);
    if !report.recorded.is_empty() {
        say!("\nrecorded by your servers: {}", goals(&report.recorded));
    }
    Ok(())
}

fn row(name: &str, counts: &Counts) -> Vec<String> {
    let numbers = [
        counts.triggered,
        counts.engaged,
        counts.completed,
        counts.acquired,
        counts.meetings,
    ];
    let numbers = numbers.iter().map(ToString::to_string);
    std::iter::once(name.to_owned())
        .chain(numbers)
        .chain([goals(&counts.proven)])
        .collect()
}

fn goals(by_name: &BTreeMap<String, i64>) -> String {
    by_name
        .iter()
        .map(|(name, n)| format!("{name} {n}"))
        .collect::<Vec<_>>()
        .join(", ")
}

pub(super) async fn refused(desk: &Desk, refused: Refused) -> Done {
    let scope = desk.scope().await?;
    let kept = desk
        .app
        .store
        .refused(&scope, refused.reason, refused.limit)
        .await?;
    let rows: Vec<_> = kept
        .into_iter()
        .map(|row| {
            vec![
                moment(row.last_at),
                row.times.to_string(),
                row.reason,
                row.conversation,
                row.detail,
            ]
        })
        .collect();
    table(
        &["last", "times", "reason", "conversation", "detail"],
        &rows,
    );
    let faults = desk.app.store.faults(&scope).await?;
    if !faults.is_empty() {
        say!("\nfaults that browsers reported:");
        for (fault, times, last) in faults {
            say!("{}  {times}  {}", moment(last), terminal::one_line(&fault));
        }
    }
    Ok(())
}

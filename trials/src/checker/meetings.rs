//! I4 and I5: no two meetings of an agent are too close, every booking is the one its visitor was told of, and every turn of
//! a ring is the one that the rule read aloud gives.

use super::logs::{Log, named};
use super::{Check, Key};
use crate::Failure;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// What a claim stands for.
const QUANTUM: i64 = 5 * MINUTE;

/// An agent's terms, as far as a diary decides.
struct Agent {
    name: String,
    /// Free time between two meetings.
    gap: i64,
    /// Most meetings a day.
    limit: Option<u32>,
    active: bool,
}

#[derive(Clone)]
struct Meeting {
    workspace: String,
    id: String,
    agent: String,
    pool: Option<String>,
    start: i64,
    end: i64,
    cancelled: bool,
    key: Key,
}

/// Whether an agent could be met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Can {
    Yes,
    No,
    /// It depends on when a meeting that is cancelled now was cancelled.
    Perhaps,
}

/// A ring: its seats in the order of their positions, and where the pointer rests.
struct Ring {
    seats: Vec<(u32, String)>,
    pointer: Option<u32>,
}

const AGENTS: &str =
    "SELECT workspace, id, name, before_minutes, after_minutes, daily_limit, active FROM agents";
const MEETINGS: &str =
    "SELECT workspace, id, agent, pool, start_at, end_at, state, conversation FROM meetings
    ORDER BY workspace, position";
const SEATS: &str =
    "SELECT workspace, pool, agent, position FROM seats ORDER BY workspace, pool, position";
const POOLS: &str = "SELECT workspace, id, pointer FROM pools";

pub fn check(check: &mut Check, logs: &[Log]) -> Result<(), Failure> {
    let agents = agents(check)?;
    let meetings = meetings(check)?;
    check.verdict.counted("meetings", meetings.len());
    apart(check, &agents, &meetings);
    claims(check, &meetings)?;
    told(check, &agents, &meetings, logs);
    turns(check, &agents, &meetings)
}

fn agents(check: &mut Check) -> Result<HashMap<Key, Agent>, Failure> {
    let mut agents = HashMap::new();
    check.db.each(AGENTS, |mut row| {
        let key = (row.text(), row.text());
        let name = row.text();
        let gap = row.integer().max(row.integer()) * MINUTE;
        let limit = row.maybe_small();
        let active = row.integer() == 1;
        agents.insert(
            key,
            Agent {
                name,
                gap,
                limit,
                active,
            },
        );
    })?;
    Ok(agents)
}

fn meetings(check: &mut Check) -> Result<Vec<Meeting>, Failure> {
    let names = check.names.clone();
    let mut meetings = Vec::new();
    check.db.each(MEETINGS, |mut row| {
        let workspace = row.text();
        let name = names.get(&workspace).cloned();
        meetings.push(Meeting {
            key: (name.unwrap_or_else(|| workspace.clone()), String::new()),
            workspace,
            id: row.text(),
            agent: row.text(),
            pool: row.maybe(),
            start: row.integer(),
            end: row.integer(),
            cancelled: row.text() == "cancelled",
        });
        if let Some(meeting) = meetings.last_mut() {
            meeting.key.1 = row.text();
        }
    })?;
    Ok(meetings)
}

/// The diaries as they are now.
fn apart(check: &mut Check, agents: &HashMap<Key, Agent>, meetings: &[Meeting]) {
    let mut diaries: BTreeMap<(&str, &str), Vec<&Meeting>> = BTreeMap::new();
    for meeting in meetings.iter().filter(|meeting| !meeting.cancelled) {
        let diary = diaries
            .entry((&meeting.workspace, &meeting.agent))
            .or_default();
        diary.push(meeting);
    }
    for ((workspace, id), mut diary) in diaries {
        let Some(agent) = agents.get(&(workspace.to_owned(), id.to_owned())) else {
            let what = format!(
                "{}: {} meetings of nobody",
                check.name(workspace),
                diary.len()
            );
            check.verdict.violated("I4", what);
            continue;
        };
        let whose = format!("{}: {}", check.name(workspace), agent.name);
        diary.sort_by_key(|meeting| meeting.start);
        for pair in diary.windows(2) {
            if pair[1].start < pair[0].end {
                let what = format!(
                    "{whose}: meetings {} and {} overlap",
                    pair[0].id, pair[1].id
                );
                check.verdict.violated("I4", what);
            } else if pair[1].start < pair[0].end + agent.gap {
                let what = format!(
                    "{whose}: meetings {} and {} are too close",
                    pair[0].id, pair[1].id
                );
                check.verdict.violated("I4", what);
            }
        }
        let mut days: BTreeMap<i64, u32> = BTreeMap::new();
        for meeting in &diary {
            *days.entry(meeting.start.div_euclid(DAY)).or_default() += 1;
        }
        if let Some(limit) = agent.limit
            && days.values().any(|meetings| *meetings > limit)
        {
            check.verdict.violated(
                "I4",
                format!("{whose}: more than {limit} meetings on a day"),
            );
        }
    }
}

/// The claimed quanta are those of the meetings that stand.
fn claims(check: &mut Check, meetings: &[Meeting]) -> Result<(), Failure> {
    let mut expected = BTreeSet::new();
    for meeting in meetings.iter().filter(|meeting| !meeting.cancelled) {
        for quantum in meeting.start / QUANTUM..(meeting.end + QUANTUM - 1) / QUANTUM {
            let of = (meeting.workspace.clone(), meeting.agent.clone());
            expected.insert((of, quantum, meeting.id.clone()));
        }
    }
    let mut found = BTreeSet::new();
    check.db.each(
        "SELECT workspace, agent, quantum, meeting FROM claims",
        |mut row| {
            let of = (row.text(), row.text());
            found.insert((of, row.integer(), row.text()));
        },
    )?;
    for (what, these) in [
        ("claimed by no meeting", found.difference(&expected)),
        ("of a meeting and not claimed", expected.difference(&found)),
    ] {
        let meetings: BTreeSet<&String> = these.map(|(_, _, meeting)| meeting).collect();
        for meeting in meetings {
            check
                .verdict
                .violated("I4", format!("time is {what}: meeting {meeting}"));
        }
    }
    Ok(())
}

/// What visitors were told, what the logs say and what the diaries hold is the same.
fn told(check: &mut Check, agents: &HashMap<Key, Agent>, meetings: &[Meeting], logs: &[Log]) {
    let by_id: HashMap<(&str, &str), &Meeting> = meetings
        .iter()
        .map(|meeting| ((meeting.key.0.as_str(), meeting.id.as_str()), meeting))
        .collect();
    let mut found = Vec::new();
    for (key, said) in &check.known.said {
        for booked in &said.booked {
            let Some(meeting) = by_id.get(&(key.0.as_str(), booked.meeting.as_str())) else {
                found.push(format!("{}: its meeting is gone", named(key)));
                continue;
            };
            let agent = agents.get(&(meeting.workspace.clone(), meeting.agent.clone()));
            let same = (meeting.start, meeting.end) == booked.span
                && agent.is_some_and(|agent| agent.name == booked.agent);
            if !same {
                found.push(format!(
                    "{}: its meeting is another than it was told",
                    named(key)
                ));
            }
            if meeting.cancelled && !check.known.may_be_gone(key) {
                found.push(format!("{}: nobody has cancelled its meeting", named(key)));
            }
        }
    }
    let mut in_logs = HashSet::new();
    for log in logs {
        for booking in &log.bookings {
            in_logs.insert((log.key.clone(), booking.meeting.clone()));
            let meeting = by_id.get(&(log.key.0.as_str(), booking.meeting.as_str()));
            let same = meeting
                .is_some_and(|meeting| meeting.start == booking.start.0 && meeting.key == log.key);
            if !same {
                found.push(format!(
                    "{}: its log tells of a meeting that is not there",
                    log.name()
                ));
            }
        }
    }
    for meeting in meetings {
        let is_said = in_logs.contains(&(meeting.key.clone(), meeting.id.clone()));
        if !is_said && !check.known.may_be_gone(&meeting.key) {
            found.push(format!(
                "{}: meeting {} is not in its log",
                named(&meeting.key),
                meeting.id
            ));
        }
        let wished = check.known.said.get(&meeting.key);
        if wished.is_some_and(|said| !said.wished.contains(&meeting.start)) {
            found.push(format!(
                "{}: nobody wished for meeting {}",
                named(&meeting.key),
                meeting.id
            ));
        }
    }
    for what in found {
        check.verdict.violated("I4", what);
    }
}

/// Every turn, in the order in which they were taken.
fn turns(
    check: &mut Check,
    agents: &HashMap<Key, Agent>,
    meetings: &[Meeting],
) -> Result<(), Failure> {
    let mut rings: HashMap<Key, Ring> = HashMap::new();
    check.db.each(SEATS, |mut row| {
        let key = (row.text(), row.text());
        let agent = row.text();
        let ring = rings.entry(key).or_insert_with(|| Ring {
            seats: Vec::new(),
            pointer: None,
        });
        ring.seats.push((row.small(), agent));
    })?;
    // Diaries as they were: meetings by agent and day, so that a look at one is short.
    let mut diaries: HashMap<(String, String, i64), Vec<Meeting>> = HashMap::new();
    for meeting in meetings {
        if let Some(pool) = &meeting.pool {
            let Some(ring) = rings.get_mut(&(meeting.workspace.clone(), pool.clone())) else {
                let what = format!("meeting {} was taken by no pool", meeting.id);
                check.verdict.violated("I5", what);
                continue;
            };
            let can = |agent: &String| can_take(agents, &diaries, meeting, agent);
            if let Err(instead) = ring.turn(&meeting.agent, can) {
                let name = |id: &String| {
                    let agent = agents.get(&(meeting.workspace.clone(), id.clone()));
                    agent.map_or_else(|| id.clone(), |agent| agent.name.clone())
                };
                let what = format!(
                    "{}: meeting {} went to {}, and it was the turn of {}",
                    meeting.key.0,
                    meeting.id,
                    name(&meeting.agent),
                    instead.as_ref().map_or_else(|| "nobody".into(), name),
                );
                check.verdict.violated("I5", what);
            }
        }
        let day = meeting.start.div_euclid(DAY);
        let diary = (meeting.workspace.clone(), meeting.agent.clone(), day);
        diaries.entry(diary).or_default().push(meeting.clone());
    }
    let mut resting = Vec::new();
    check.db.each(POOLS, |mut row| {
        let key = (row.text(), row.text());
        let pointer = row.maybe_small();
        if rings.get(&key).is_some_and(|ring| ring.pointer != pointer) {
            resting.push(key);
        }
    })?;
    for (workspace, pool) in resting {
        let what = format!(
            "{}: the pointer of pool {pool} rests elsewhere",
            check.name(&workspace)
        );
        check.verdict.violated("I5", what);
    }
    Ok(())
}

impl Ring {
    /// Walks the positions upwards from the pointer, wraps, and takes the first who can; the pointer rests on whoever has taken
    /// it. Says who it should have been, when that is somebody else.
    fn turn(&mut self, taker: &String, can: impl Fn(&String) -> Can) -> Result<(), Option<String>> {
        let first = self
            .seats
            .iter()
            .position(|(position, _)| self.pointer.is_none_or(|pointer| *position > pointer))
            .unwrap_or(0);
        let (before, behind) = self.seats.split_at(first);
        let mut right = Err(None);
        for (position, agent) in behind.iter().chain(before) {
            match can(agent) {
                Can::No => continue,
                Can::Perhaps if agent != taker => continue,
                Can::Yes | Can::Perhaps => {}
            }
            if agent == taker {
                self.pointer = Some(*position);
                return Ok(());
            }
            right = Err(Some(agent.clone()));
            break;
        }
        let seat = self.seats.iter().find(|(_, agent)| agent == taker);
        self.pointer = seat.map(|(position, _)| *position).or(self.pointer);
        right
    }
}

/// Whether an agent could take a meeting, by the meetings that were booked before it.
fn can_take(
    agents: &HashMap<Key, Agent>,
    diaries: &HashMap<(String, String, i64), Vec<Meeting>>,
    wanted: &Meeting,
    id: &str,
) -> Can {
    let Some(agent) = agents.get(&(wanted.workspace.clone(), id.to_owned())) else {
        return Can::No;
    };
    if !agent.active {
        return Can::No;
    }
    let day = wanted.start.div_euclid(DAY);
    let mut can = Can::Yes;
    let (mut standing, mut cancelled) = (0, 0);
    for near in day - 1..=day + 1 {
        let diary = diaries.get(&(wanted.workspace.clone(), id.to_owned(), near));
        for other in diary.into_iter().flatten() {
            if near == day {
                *(if other.cancelled {
                    &mut cancelled
                } else {
                    &mut standing
                }) += 1;
            }
            let is_near =
                other.end > wanted.start - agent.gap && other.start < wanted.end + agent.gap;
            if is_near && !other.cancelled {
                return Can::No;
            }
            if is_near {
                can = Can::Perhaps;
            }
        }
    }
    match agent.limit {
        Some(limit) if standing >= limit => Can::No,
        Some(limit) if standing + cancelled >= limit => Can::Perhaps,
        _ => can,
    }
}

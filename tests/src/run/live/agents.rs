//! A plan's agents. What blocks an agent's time is written into their hours, on the dates it touches.

use super::LiveServer;
use crate::plan::{self, Day};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeSet;
use usher_server::meetings::{Length, Terms, Zone};
use usher_server::store::Agent;

/// An agent and what blocks their time, in milliseconds from and to.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    agent: plan::Agent,
    busy: Vec<(i64, i64)>,
}

impl LiveServer {
    /// Adds an agent.
    pub(super) fn seat(&mut self, agent: &plan::Agent) {
        let desk = Desk {
            agent: agent.clone(),
            busy: Vec::new(),
        };
        self.put(&desk);
        self.desks.push(desk);
    }

    /// Blocks an agent's time.
    pub(super) fn block(&mut self, busy: &plan::Busy) {
        let desk = self
            .desks
            .iter_mut()
            .find(|desk| desk.agent.name == busy.agent);
        let desk = desk.expect("the reader of plans knows every agent");
        let from = busy.from.milliseconds();
        let seconds = i64::try_from(busy.duration.seconds()).unwrap_or(i64::MAX / 1_000);
        // A buffer lies between an entry and a meeting, whichever comes first.
        let buffer = i64::try_from(desk.agent.buffer.seconds()).unwrap_or(0) * 1_000;
        desk.busy
            .push((from - buffer, from + seconds * 1_000 + buffer));
        let desk = desk.clone();
        self.put(&desk);
    }

    fn put(&self, desk: &Desk) {
        let agent = desk.stored().expect("the reader of plans reads terms");
        self.wait_for(self.app.store.put_agent(&self.scope, agent))
            .expect("the store keeps agents");
    }
}

impl Desk {
    fn stored(&self) -> Result<Agent, String> {
        let told = |fault: &dyn std::fmt::Display| fault.to_string();
        let minutes = |duration: plan::Duration| {
            u16::try_from(duration.seconds() / 60).map_err(|fault| told(&fault))
        };
        let agent = &self.agent;
        let buffer = Length::minutes(minutes(agent.buffer)?).map_err(|fault| told(&fault))?;
        Ok(Agent {
            name: agent.name.clone(),
            email: format!("{}@agents.example", agent.name.to_lowercase()),
            picture: String::new(),
            terms: Terms {
                zone: Zone::parse(&agent.zone).map_err(|fault| told(&fault))?,
                hours: self.hours()?.parse().map_err(|fault| told(&fault))?,
                step: None,
                before: Length::NONE,
                after: buffer,
                notice_minutes: u32::try_from(agent.notice.seconds() / 60)
                    .map_err(|fault| told(&fault))?,
                horizon_days: 60,
                daily_limit: None,
            },
            length: Length::minutes(minutes(agent.duration)?).map_err(|fault| told(&fault))?,
            active: true,
        })
    }

    /// The hours as operators write them.
    fn hours(&self) -> Result<String, String> {
        let mut rules: Vec<String> = self
            .agent
            .hours
            .iter()
            .map(|hours| rule(short(hours.day), &hours.blocks))
            .collect();
        let zone = TimeZone::get(&self.agent.zone).map_err(|fault| fault.to_string())?;
        for date in self.dates(&zone)? {
            rules.push(rule(&date.to_string(), &self.free(date, &zone)?));
        }
        Ok(rules.join("; "))
    }

    /// The dates that something blocked touches.
    fn dates(&self, zone: &TimeZone) -> Result<BTreeSet<Date>, String> {
        let mut dates = BTreeSet::new();
        for (from, until) in &self.busy {
            let mut date = civil(*from, zone)?.date();
            let last = civil(until - 1, zone)?.date();
            while date <= last {
                dates.insert(date);
                date = date
                    .checked_add(1.day())
                    .map_err(|fault| fault.to_string())?;
            }
        }
        Ok(dates)
    }

    /// What is left of a date's blocks, in minutes since midnight.
    fn free(&self, date: Date, zone: &TimeZone) -> Result<Vec<(u16, u16)>, String> {
        let weekday = date.weekday().to_monday_zero_offset();
        let mut left: Vec<(u16, u16)> = self
            .agent
            .hours
            .iter()
            .filter(|hours| number(hours.day) == weekday)
            .flat_map(|hours| hours.blocks.clone())
            .collect();
        for (from, until) in &self.busy {
            let on_date = |ms: i64| -> Result<u16, String> {
                let at = civil(ms, zone)?;
                Ok(match at.date().cmp(&date) {
                    std::cmp::Ordering::Less => 0,
                    std::cmp::Ordering::Greater => 24 * 60,
                    std::cmp::Ordering::Equal => {
                        u16::from(at.hour().unsigned_abs()) * 60
                            + u16::from(at.minute().unsigned_abs())
                    }
                })
            };
            let (from, until) = (on_date(*from)?, on_date(*until)?);
            left = left
                .into_iter()
                .flat_map(|(start, end)| [(start, end.min(from)), (start.max(until), end)])
                .filter(|(start, end)| start < end)
                .collect();
        }
        Ok(left)
    }
}

fn civil(ms: i64, zone: &TimeZone) -> Result<jiff::civil::DateTime, String> {
    let at = Timestamp::from_millisecond(ms).map_err(|fault| fault.to_string())?;
    Ok(zone.to_datetime(at))
}

fn rule(day: &str, blocks: &[(u16, u16)]) -> String {
    let time = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    let blocks: Vec<String> = blocks
        .iter()
        .map(|(start, end)| format!("{}-{}", time(*start), time(*end)))
        .collect();
    if blocks.is_empty() {
        format!("{day} closed")
    } else {
        format!("{day} {}", blocks.join(", "))
    }
}

fn short(day: Day) -> &'static str {
    match day {
        Day::Monday => "mon",
        Day::Tuesday => "tue",
        Day::Wednesday => "wed",
        Day::Thursday => "thu",
        Day::Friday => "fri",
        Day::Saturday => "sat",
        Day::Sunday => "sun",
    }
}

fn number(day: Day) -> i8 {
    match day {
        Day::Monday => 0,
        Day::Tuesday => 1,
        Day::Wednesday => 2,
        Day::Thursday => 3,
        Day::Friday => 4,
        Day::Saturday => 5,
        Day::Sunday => 6,
    }
}

//! Working hours: the set of instants at which an agent's own clock stands inside a block.
//!
//! Because instants are asked for their wall clock, and not the other way round, an hour that a
//! clock change skips holds nothing and an hour it repeats counts twice.
//!
//! Written `mon-fri 09:00-12:00, 13:00-17:00; sat 10:00-14:00; 2027-12-24 closed`:
//! rules separated by semicolons, days before times, a date instead of a day replaces that whole date.

use engine::ids::{DAY, MINUTE, Timestamp};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::quanta::QUANTUM_MINUTES;
use super::span::Span;
use super::zone::Zone;

/// Most blocks on one day.
pub const BLOCKS_A_DAY: usize = 24;
/// Most dates with hours of their own.
pub const DATES: usize = 1_000;

const WEEK: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MIDNIGHT: u16 = 24 * 60;

/// Part of a local day: minutes after midnight, half-open, multiples of five; 24:00 is a legal end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Block {
    start: u16,
    end: u16,
}

/// When an agent works, by weekday and, for single dates, instead of that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hours {
    week: [Vec<Block>; 7],
    dates: BTreeMap<i64, Vec<Block>>,
}

/// What is wrong with written hours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misread {
    /// A rule without days or without times.
    #[error("{0:?} is not a rule; write for example \"mon-fri 09:00-17:00\"")]
    Rule(String),
    /// Neither a weekday nor a date.
    #[error("{0:?} is no day; write mon to sun, mon-fri, or a date such as 2027-12-24")]
    Day(String),
    /// Not a time of day.
    #[error("{0:?} is no span of time; write for example 09:00-17:00, in steps of five minutes")]
    Block(String),
    /// Ends before it starts.
    #[error("{0:?} ends before it starts; work over midnight is written as two blocks")]
    Backwards(String),
    /// Two blocks of one day share time.
    #[error("blocks of one day overlap in {0:?}")]
    Overlap(String),
    /// The same day twice.
    #[error("{0:?} has hours already")]
    Twice(String),
    /// More than anybody needs.
    #[error("at most {BLOCKS_A_DAY} blocks a day and {DATES} dates")]
    TooMany,
}

/// A stretch of working time within one block and one clock setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// When, in UTC.
    pub span: Span,
    /// The start of the block it belongs to, in minutes after local midnight: where its grid begins.
    pub anchor: u16,
    /// Milliseconds the clock is ahead of UTC.
    pub ahead_ms: i64,
}

impl Hours {
    /// The blocks of a local day, ascending; days are counted since 1970-01-01.
    #[must_use]
    pub fn on(&self, day: i64) -> &[Block] {
        const THURSDAY: i64 = 3;
        if let Some(blocks) = self.dates.get(&day) {
            return blocks;
        }
        usize::try_from((day + THURSDAY).rem_euclid(7))
            .ok()
            .and_then(|weekday| self.week.get(weekday))
            .map_or(&[], Vec::as_slice)
    }

    /// The working time within `range`, ascending and without overlap.
    #[must_use]
    pub fn pieces(&self, zone: &Zone, range: Span) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for period in zone.periods(range) {
            let local = |moment: Timestamp| moment.plus(period.ahead_ms).0;
            let first = local(period.span.start).div_euclid(DAY);
            let last = local(period.span.end).div_euclid(DAY);
            for day in first..=last {
                let midnight = Timestamp(day * DAY - period.ahead_ms);
                for block in self.on(day) {
                    let span = Span {
                        start: midnight.plus(i64::from(block.start) * MINUTE),
                        end: midnight.plus(i64::from(block.end) * MINUTE),
                    };
                    let span = span.common(period.span);
                    if !span.is_empty() {
                        pieces.push(Piece {
                            span,
                            anchor: block.start,
                            ahead_ms: period.ahead_ms,
                        });
                    }
                }
            }
        }
        pieces
    }
}

impl Block {
    /// From `start` to `end`, in minutes after midnight.
    #[must_use]
    pub fn between(start: u16, end: u16) -> Option<Self> {
        let fits = |minute: u16| minute <= MIDNIGHT && minute.is_multiple_of(QUANTUM_MINUTES);
        (fits(start) && fits(end) && start < end).then_some(Self { start, end })
    }

    /// When it begins, in minutes after midnight.
    #[must_use]
    pub fn start(self) -> u16 {
        self.start
    }

    /// When it ends, in minutes after midnight.
    #[must_use]
    pub fn end(self) -> u16 {
        self.end
    }
}

impl FromStr for Hours {
    type Err = Misread;

    fn from_str(text: &str) -> Result<Self, Misread> {
        let mut hours = Hours::default();
        let mut named = [false; 7];
        for rule in text
            .split(';')
            .map(str::trim)
            .filter(|rule| !rule.is_empty())
        {
            let (days, times) = rule
                .split_once(char::is_whitespace)
                .ok_or_else(|| Misread::Rule(rule.into()))?;
            let blocks = read_blocks(times)?;
            for day in days.split(',') {
                if let Ok(date) = day.parse::<Date>() {
                    if hours.dates.len() >= DATES {
                        return Err(Misread::TooMany);
                    }
                    if hours
                        .dates
                        .insert(day_number(date), blocks.clone())
                        .is_some()
                    {
                        return Err(Misread::Twice(day.into()));
                    }
                    continue;
                }
                for weekday in read_weekdays(day)? {
                    if std::mem::replace(&mut named[weekday], true) {
                        return Err(Misread::Twice(WEEK[weekday].into()));
                    }
                    hours.week[weekday].clone_from(&blocks);
                }
            }
        }
        Ok(hours)
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rules: Vec<String> = Vec::new();
        let mut weekday = 0;
        while weekday < WEEK.len() {
            let alike = self.week[weekday..]
                .iter()
                .take_while(|blocks| **blocks == self.week[weekday])
                .count();
            let last = weekday + alike - 1;
            if !self.week[weekday].is_empty() {
                let days = match alike {
                    1 => WEEK[weekday].to_owned(),
                    _ => format!("{}-{}", WEEK[weekday], WEEK[last]),
                };
                rules.push(format!("{days} {}", write_blocks(&self.week[weekday])));
            }
            weekday = last + 1;
        }
        for (day, blocks) in &self.dates {
            rules.push(format!("{} {}", date(*day), write_blocks(blocks)));
        }
        f.write_str(&rules.join("; "))
    }
}

fn read_weekdays(text: &str) -> Result<Vec<usize>, Misread> {
    let unknown = || Misread::Day(text.into());
    let weekday = |name: &str| {
        let name = name.trim().to_ascii_lowercase();
        WEEK.iter()
            .position(|short| *short == name)
            .ok_or_else(unknown)
    };
    match text.split_once('-') {
        None => Ok(vec![weekday(text)?]),
        Some((first, last)) => {
            let (first, last) = (weekday(first)?, weekday(last)?);
            let count = (last + WEEK.len() - first) % WEEK.len() + 1;
            Ok((0..count).map(|n| (first + n) % WEEK.len()).collect())
        }
    }
}

fn read_blocks(text: &str) -> Result<Vec<Block>, Misread> {
    if text.trim().eq_ignore_ascii_case("closed") {
        return Ok(Vec::new());
    }
    let mut blocks = Vec::new();
    for part in text.split(',').map(str::trim) {
        let misread = || Misread::Block(part.into());
        let (start, end) = part.split_once('-').ok_or_else(misread)?;
        let start = read_minute(start).ok_or_else(misread)?;
        let end = read_minute(end).ok_or_else(misread)?;
        if end <= start {
            return Err(Misread::Backwards(part.into()));
        }
        blocks.push(Block::between(start, end).ok_or_else(misread)?);
    }
    if blocks.len() > BLOCKS_A_DAY {
        return Err(Misread::TooMany);
    }
    blocks.sort_unstable();
    if blocks.windows(2).any(|pair| pair[1].start < pair[0].end) {
        return Err(Misread::Overlap(text.trim().into()));
    }
    Ok(blocks)
}

fn read_minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let digits = |part: &str| {
        let plain = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| part.parse::<u16>().ok()).flatten()
    };
    let (hour, minute) = (digits(hour)?, digits(minute)?);
    let minutes = hour * 60 + minute;
    (minute < 60 && minutes <= MIDNIGHT).then_some(minutes)
}

fn write_blocks(blocks: &[Block]) -> String {
    if blocks.is_empty() {
        return "closed".into();
    }
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let written: Vec<String> = blocks
        .iter()
        .map(|block| format!("{}-{}", clock(block.start), clock(block.end)))
        .collect();
    written.join(", ")
}

fn day_number(date: Date) -> i64 {
    let since = date.since(Date::constant(1970, 1, 1));
    since.map_or(0, |span| i64::from(span.get_days()))
}

fn date(day: i64) -> Date {
    let epoch = Date::constant(1970, 1, 1);
    jiff::Span::new()
        .try_days(day)
        .and_then(|days| epoch.checked_add(days))
        .unwrap_or(epoch)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn misread(text: &str) -> Misread {
        text.parse::<Hours>().expect_err("not hours")
    }

    #[test]
    fn hours_are_written_as_they_are_read() {
        for text in [
            "",
            "mon-fri 09:00-17:00",
            "mon-thu 08:00-12:00, 13:00-17:00; fri 08:00-12:00",
            "tue 00:00-24:00; 2027-01-05 13:00-15:00; 2027-12-24 closed",
            "mon 22:00-24:00; tue 00:00-02:00",
        ] {
            let hours: Hours = text.parse().expect("hours");
            assert_eq!(hours.to_string(), text);
        }
    }

    #[test]
    fn days_may_be_listed_and_may_run_over_the_week_end() {
        let listed: Hours = "Mon,wed 9:00-10:00".parse().expect("hours");
        assert_eq!(listed.to_string(), "mon 09:00-10:00; wed 09:00-10:00");
        let weekend: Hours = "sat-mon 09:00-10:00".parse().expect("hours");
        assert_eq!(weekend.to_string(), "mon 09:00-10:00; sat-sun 09:00-10:00");
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(misread("mon"), Misread::Rule("mon".into()));
        assert_eq!(misread("moon 09:00-10:00"), Misread::Day("moon".into()));
        assert_eq!(
            misread("mon 09:02-10:00"),
            Misread::Block("09:02-10:00".into())
        );
        assert_eq!(misread("mon 9-10"), Misread::Block("9-10".into()));
        assert_eq!(
            misread("mon 23:00-24:05"),
            Misread::Block("23:00-24:05".into())
        );
        assert_eq!(
            misread("mon 17:00-09:00"),
            Misread::Backwards("17:00-09:00".into())
        );
        assert_eq!(
            misread("mon 09:00-09:00"),
            Misread::Backwards("09:00-09:00".into())
        );
        let overlap = "09:00-11:00, 10:00-12:00";
        assert_eq!(
            misread(&format!("mon {overlap}")),
            Misread::Overlap(overlap.into())
        );
        assert_eq!(
            misread("mon 09:00-10:00; mon-tue closed"),
            Misread::Twice("mon".into())
        );
        assert_eq!(
            misread("2027-13-01 closed"),
            Misread::Day("2027-13-01".into())
        );
    }

    #[test]
    fn days_count_from_the_epoch_in_both_directions() {
        for text in ["1970-01-01", "2028-02-29", "2038-01-20", "1969-12-31"] {
            let day: Date = text.parse().expect("a date");
            assert_eq!(date(day_number(day)), day);
        }
    }
}

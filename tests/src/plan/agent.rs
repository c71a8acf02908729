//! Agents and their working hours.

use super::definition::list;
use super::error::Fault;
use super::time::Duration;
use super::token::Words;

/// Somebody who takes meetings. The order of their lines is the ring's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// What they are called.
    pub name: String,
    /// The time zone of their hours; UTC when not said.
    pub zone: String,
    /// When they work; none when not said.
    pub hours: Vec<Hours>,
    /// How long their meetings last; half an hour when not said.
    pub duration: Duration,
    /// How long they are left alone after one; not at all when not said.
    pub buffer: Duration,
    /// How long ahead one must book; a day when not said.
    pub notice: Duration,
}

/// The blocks of work on a day of the week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    /// Which day.
    pub day: Day,
    /// From when to when, in minutes since midnight on the wall clock; the end may be 24:00.
    pub blocks: Vec<(u16, u16)>,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Day {
    /// The first.
    Monday,
    /// The second.
    Tuesday,
    /// The third.
    Wednesday,
    /// The fourth.
    Thursday,
    /// The fifth.
    Friday,
    /// The sixth.
    Saturday,
    /// The seventh.
    Sunday,
}

const DAYS: [(&str, Day); 7] = [
    ("Mon", Day::Monday),
    ("Tue", Day::Tuesday),
    ("Wed", Day::Wednesday),
    ("Thu", Day::Thursday),
    ("Fri", Day::Friday),
    ("Sat", Day::Saturday),
    ("Sun", Day::Sunday),
];

impl Agent {
    pub(super) fn take(words: &mut Words) -> Result<Self, Fault> {
        let mut agent = Agent {
            name: words.name("an agent")?,
            zone: "UTC".into(),
            hours: Vec::new(),
            duration: Duration::of_seconds(1_800),
            buffer: Duration::of_seconds(0),
            notice: Duration::of_seconds(86_400),
        };
        list(words, |words| {
            if words.take_phrase("zone") {
                agent.zone = words.text("a time zone")?;
            } else if words.take_phrase("hours") {
                agent.hours = hours(&words.text("working hours")?)?;
            } else if words.take_phrase("duration") {
                agent.duration = Duration::parse(&words.word("a duration")?)?;
            } else if words.take_phrase("buffer") {
                agent.buffer = Duration::parse(&words.word("a duration")?)?;
            } else if words.take_phrase("notice") {
                agent.notice = Duration::parse(&words.word("a duration")?)?;
            } else {
                let known = "zone, hours, duration, buffer or notice";
                return Err(Fault::expected(known, &words.found()));
            }
            Ok(())
        })?;
        Ok(agent)
    }
}

/// `Mon-Thu 09:00-12:00 13:00-17:00, Fri 09:00-12:00`
fn hours(text: &str) -> Result<Vec<Hours>, Fault> {
    let mut week = Vec::new();
    for part in text.split(',') {
        let mut words = part.split_whitespace();
        let days = words
            .next()
            .ok_or_else(|| Fault::expected("days and hours", text))?;
        let blocks: Vec<_> = words.map(block).collect::<Result<_, _>>()?;
        if blocks.is_empty() {
            return Err(Fault::expected("hours such as 09:00-17:00", part));
        }
        for day in span(days)? {
            week.push(Hours {
                day,
                blocks: blocks.clone(),
            });
        }
    }
    Ok(week)
}

/// `Mon`, `Mon-Fri`
fn span(text: &str) -> Result<impl Iterator<Item = Day>, Fault> {
    let place = |name: &str| {
        DAYS.iter()
            .position(|(known, _)| *known == name)
            .ok_or_else(|| Fault::expected("a day such as Mon or days such as Mon-Fri", name))
    };
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let (from, to) = (place(from)?, place(to)?);
    if to < from {
        return Err(Fault::expected("days in the order of the week", text));
    }
    Ok(DAYS[from..=to].iter().map(|(_, day)| *day))
}

/// `09:00-17:00`
fn block(text: &str) -> Result<(u16, u16), Fault> {
    let wrong = || Fault::expected("hours such as 09:00-17:00", text);
    let (from, to) = text.split_once('-').ok_or_else(wrong)?;
    let minute = |text: &str| {
        let (hour, minute) = text.split_once(':')?;
        let two = |part: &str| {
            (part.len() == 2)
                .then(|| part.parse::<u16>().ok())
                .flatten()
        };
        let minute = two(hour)? * 60 + two(minute).filter(|minute| *minute < 60)?;
        (minute <= 24 * 60).then_some(minute)
    };
    let (from, to) = (
        minute(from).ok_or_else(wrong)?,
        minute(to).ok_or_else(wrong)?,
    );
    if from < to {
        Ok((from, to))
    } else {
        Err(wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_name_days_and_blocks() {
        let week = hours("Mon-Tue 09:00-12:00 13:00-17:30, Sat 10:00-24:00").unwrap();
        let days: Vec<_> = week.iter().map(|hours| hours.day).collect();
        assert_eq!(days, [Day::Monday, Day::Tuesday, Day::Saturday]);
        assert_eq!(week[1].blocks, [(540, 720), (780, 1_050)]);
        assert_eq!(week[2].blocks, [(600, 1_440)]);
    }

    #[test]
    fn torn_hours_are_a_fault() {
        for text in [
            "",
            "Mon",
            "09:00-17:00",
            "Mon 9:00-17:00",
            "Mon 17:00-09:00",
            "Mon 09:00-09:00",
            "Mon 09:60-17:00",
            "Mon 09:00-24:30",
            "Fri-Mon 09:00-17:00",
            "Mandag 09:00-17:00",
        ] {
            assert!(hours(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_agent_has_sensible_defaults() {
        let mut words = Words::of("A1 hours \"Mon 09:00-10:00\"").unwrap();
        let agent = Agent::take(&mut words).unwrap();
        assert_eq!(agent.zone, "UTC");
        assert_eq!(agent.duration.minutes(), Some(30));
        assert_eq!(agent.buffer.seconds(), 0);
        assert_eq!(agent.notice.days(), Some(1));
        assert!(Agent::take(&mut Words::of("A1 lunch 1h").unwrap()).is_err());
    }
}

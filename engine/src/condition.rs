//! Deciding whether a condition holds: total, typed, never a panic.

use crate::calendar::{month_start, week_start};
use crate::compiled::{Condition, Op, PageField, Test};
use crate::fold;
use crate::ids::{AttributeId, Timestamp};
use crate::memory::VisitorMemory;
use crate::parts::cut;
use crate::value::{MILLION, Value};
use crate::wire::{Page, Strength};
use alloc::string::String;
use core::cmp::Ordering;

/// When and where dates are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    /// The moment.
    pub now: Timestamp,
    /// Minutes local clocks are ahead of UTC.
    pub zone_minutes: i16,
}

impl Clock {
    fn today(self) -> i32 {
        self.now.day(self.zone_minutes)
    }
}

/// Everything a condition may ask.
pub(crate) struct Circumstances<'a> {
    /// The truth of the edition's atoms.
    pub atoms: &'a [u8],
    /// What this conversation has given, newest last.
    pub given: &'a [(AttributeId, Option<Value>)],
    /// How sure the server is of who this is.
    pub strength: Strength,
    /// The page.
    pub page: &'a Page,
    /// The browser's record; absent where its claims must not decide.
    pub memory: Option<&'a VisitorMemory>,
    /// When, in the zone of the snapshot.
    pub clock: Clock,
}

/// Whether bit `n` is set, lowest first.
pub(crate) fn bit(bits: &[u8], n: u16) -> bool {
    bits.get(usize::from(n / 8))
        .is_some_and(|byte| byte >> (n % 8) & 1 == 1)
}

/// The newest value given for an attribute: `None` when never given, `Some(None)` when cleared.
pub(crate) fn newest(
    given: &[(AttributeId, Option<Value>)],
    attribute: AttributeId,
) -> Option<Option<&Value>> {
    given
        .iter()
        .rev()
        .find(|(id, _)| *id == attribute)
        .map(|(_, value)| value.as_ref())
}

impl Condition {
    pub(crate) fn holds(&self, about: &Circumstances<'_>) -> bool {
        match self {
            Condition::Atom(atom) => bit(about.atoms, atom.0),
            Condition::Local(atom, attribute, test) => match newest(about.given, *attribute) {
                Some(value) => test.holds(value, about.clock),
                None => bit(about.atoms, atom.0),
            },
            Condition::Page(field, test) => {
                let text = |text: &String| Value::Text(text.clone());
                let value = match field {
                    PageField::Referrer => text(&about.page.referrer),
                    PageField::Language => {
                        return language_holds(test, &about.page.language, about.clock);
                    }
                    PageField::Url => text(&about.page.url),
                    PageField::Device => Value::Text(String::from(about.page.device.word())),
                    PageField::Hour => Value::Number(
                        i64::from(about.clock.now.hour(about.page.zone_minutes)) * MILLION,
                    ),
                };
                test.holds(Some(&value), about.clock)
            }
            Condition::Strength(test) => test.holds(
                Some(&Value::Text(about.strength.word().into())),
                about.clock,
            ),
            Condition::Visited(pattern, days) => about.memory.is_some_and(|memory| {
                let today = about.clock.now.day(about.page.zone_minutes);
                memory
                    .visited_on(*pattern)
                    .is_some_and(|day| today - day <= i32::from(*days))
            }),
            Condition::All(all) => all.iter().all(|c| c.holds(about)),
            Condition::Any(any) => any.iter().any(|c| c.holds(about)),
        }
    }
}

/// A language tag is compared whole, and by its first part: `sv-SE` is `sv`.
fn language_holds(test: &Test, tag: &str, clock: Clock) -> bool {
    let whole = test.holds(Some(&Value::Text(tag.into())), clock);
    let Some((first, _)) = cut(tag, b'-') else {
        return whole;
    };
    let part = test.holds(Some(&Value::Text(first.into())), clock);
    match test.op {
        Op::IsNot | Op::NotStartsWith | Op::NotContains => whole && part,
        _ => whole || part,
    }
}

impl Test {
    /// Whether the test holds for a value, or for no value.
    #[must_use]
    pub fn holds(&self, value: Option<&Value>, clock: Clock) -> bool {
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            return matches!(
                self.op,
                Op::IsEmpty | Op::IsNot | Op::NotStartsWith | Op::NotContains
            );
        };
        let any = |holds: fn(&str, &str) -> bool| -> Option<bool> {
            let Value::Text(text) = value else {
                return None;
            };
            let mut found = false;
            for wanted in &self.values {
                let Value::Text(wanted) = wanted else {
                    return None;
                };
                found |= holds(text, wanted);
            }
            Some(found)
        };
        let order = |n: usize| -> Option<Ordering> {
            self.values
                .get(n)
                .and_then(|wanted| compare(value, wanted, clock))
        };
        let equal = || -> Option<bool> {
            let mut found = false;
            for wanted in &self.values {
                found |= compare(value, wanted, clock)? == Ordering::Equal;
            }
            Some(found)
        };
        let day = || match value {
            Value::Date(day) => Some(*day),
            Value::DateTime(at) => Some(day_of(*at, clock)),
            Value::Text(_) | Value::Number(_) | Value::Boolean(_) => None,
        };
        let (today, days) = (clock.today(), i32::from(self.days));
        let within = |from: i32, to: i32| day().is_some_and(|day| day >= from && day <= to);
        match self.op {
            Op::IsEmpty => false,
            Op::IsNotEmpty => true,
            Op::Is => equal() == Some(true),
            Op::IsNot => equal() == Some(false),
            Op::StartsWith => any(fold::starts_with) == Some(true),
            Op::NotStartsWith => any(fold::starts_with) == Some(false),
            Op::Contains => any(fold::contains) == Some(true),
            Op::NotContains => any(fold::contains) == Some(false),
            Op::Between => {
                order(0).is_some_and(Ordering::is_ge) && order(1).is_some_and(Ordering::is_le)
            }
            Op::GreaterThan | Op::After => order(0).is_some_and(Ordering::is_gt),
            Op::LessThan | Op::Before => order(0).is_some_and(Ordering::is_lt),
            Op::AtLeast | Op::OnOrAfter => order(0).is_some_and(Ordering::is_ge),
            Op::AtMost | Op::OnOrBefore => order(0).is_some_and(Ordering::is_le),
            Op::InPast => within(today - days, today),
            Op::InPastBefore => day().is_some_and(|day| day < today - days),
            Op::InFuture => within(today, today + days),
            Op::InFutureAfter => day().is_some_and(|day| day > today + days),
            Op::InTimeFrame => self.values.iter().any(|name| {
                let Value::Text(name) = name else {
                    return false;
                };
                frame(name, today).is_some_and(|(from, to)| within(from, to))
            }),
        }
    }
}

fn day_of(seconds: i64, clock: Clock) -> i32 {
    Timestamp(seconds.saturating_mul(1_000)).day(clock.zone_minutes)
}

/// How a value stands to another of its type; a day and a moment meet as days. `None`: not comparable.
fn compare(value: &Value, wanted: &Value, clock: Clock) -> Option<Ordering> {
    Some(match (value, wanted) {
        (Value::Text(a), Value::Text(b)) => {
            a.chars().map(fold::fold).cmp(b.chars().map(fold::fold))
        }
        (Value::Number(a), Value::Number(b)) => a.cmp(b),
        (Value::Boolean(a), Value::Boolean(b)) => a.cmp(b),
        (Value::Date(a), Value::Date(b)) => a.cmp(b),
        (Value::DateTime(a), Value::DateTime(b)) => a.cmp(b),
        (Value::Date(a), Value::DateTime(b)) => a.cmp(&day_of(*b, clock)),
        (Value::DateTime(a), Value::Date(b)) => day_of(*a, clock).cmp(b),
        _ => return None,
    })
}

/// First and last day of a named calendar frame.
fn frame(name: &str, today: i32) -> Option<(i32, i32)> {
    let week = |n: i32| (week_start(today) + 7 * n, week_start(today) + 7 * n + 6);
    let months = |from: i32, count: i32| {
        (
            month_start(today, from),
            month_start(today, from + count) - 1,
        )
    };
    let month = crate::calendar::civil(today).month as i32 - 1;
    Some(match name {
        "today" => (today, today),
        "yesterday" => (today - 1, today - 1),
        "tomorrow" => (today + 1, today + 1),
        "this week" => week(0),
        "last week" => week(-1),
        "next week" => week(1),
        "this month" => months(0, 1),
        "last month" => months(-1, 1),
        "next month" => months(1, 1),
        "this quarter" => months(-(month % 3), 3),
        "last quarter" => months(-(month % 3) - 3, 3),
        "this year" => months(-month, 12),
        "last year" => months(-month - 12, 12),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::DAY;
    use alloc::vec;
    use alloc::vec::Vec;

    fn test(op: Op, values: Vec<Value>, days: u16) -> Test {
        Test { op, values, days }
    }

    fn text(words: &str) -> Value {
        Value::Text(words.into())
    }

    const NOON: Clock = Clock {
        now: Timestamp(20_000 * DAY + DAY / 2),
        zone_minutes: 0,
    };

    #[test]
    fn an_empty_value_matches_only_is_empty_and_negated_operators() {
        let all = [
            (Op::IsEmpty, true),
            (Op::IsNot, true),
            (Op::NotStartsWith, true),
            (Op::NotContains, true),
            (Op::Is, false),
            (Op::IsNotEmpty, false),
            (Op::StartsWith, false),
            (Op::Contains, false),
            (Op::Between, false),
            (Op::LessThan, false),
            (Op::AtMost, false),
            (Op::Before, false),
            (Op::OnOrBefore, false),
            (Op::InPastBefore, false),
            (Op::InPast, false),
            (Op::InTimeFrame, false),
        ];
        for (op, expected) in all {
            let test = test(op, vec![Value::Number(0)], 3);
            assert_eq!(test.holds(None, NOON), expected, "{op:?}");
            assert_eq!(test.holds(Some(&text("  ")), NOON), expected, "{op:?}");
        }
    }

    #[test]
    fn a_value_of_the_wrong_type_never_matches() {
        for op in [
            Op::Is,
            Op::IsNot,
            Op::Contains,
            Op::NotContains,
            Op::GreaterThan,
            Op::Before,
            Op::InPast,
        ] {
            assert!(
                !test(op, vec![Value::Number(1)], 1).holds(Some(&text("1")), NOON),
                "{op:?}"
            );
        }
    }

    #[test]
    fn relative_dates_include_today_and_their_last_day() {
        let holds =
            |op, day: i32| test(op, vec![], 45).holds(Some(&Value::Date(20_000 + day)), NOON);
        assert!(
            holds(Op::InPast, 0)
                && holds(Op::InPast, -45)
                && !holds(Op::InPast, -46)
                && !holds(Op::InPast, 1)
        );
        assert!(holds(Op::InPastBefore, -46) && !holds(Op::InPastBefore, -45));
        assert!(holds(Op::InFuture, 45) && !holds(Op::InFuture, 46) && !holds(Op::InFuture, -1));
        assert!(holds(Op::InFutureAfter, 46) && !holds(Op::InFutureAfter, 45));
    }

    #[test]
    fn days_and_moments_meet_in_the_zone() {
        let late = Clock {
            zone_minutes: 120,
            ..NOON
        };
        let eve = Value::DateTime(20_000 * 86_400 - 3_600);
        assert!(test(Op::Is, vec![Value::Date(20_000)], 0).holds(Some(&eve), late));
        assert!(test(Op::Is, vec![Value::Date(19_999)], 0).holds(Some(&eve), NOON));
    }

    #[test]
    fn time_frames_follow_the_calendar() {
        // 2024-10-04, a Friday.
        let holds = |name: &str, day: i32| {
            test(Op::InTimeFrame, vec![text(name)], 0).holds(Some(&Value::Date(20_000 + day)), NOON)
        };
        assert!(holds("this week", -4) && !holds("this week", -5) && holds("this week", 2));
        assert!(holds("last month", -4) && !holds("last month", -3));
        assert!(holds("this quarter", -3) && !holds("this quarter", -4));
        assert!(holds("last year", -300) && !holds("last year", -200));
        assert!(!holds("some day", 0));
    }
}

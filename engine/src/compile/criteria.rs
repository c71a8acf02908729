//! Criteria in words become conditions: typed, on stored data as atoms.

use super::lowering::Lowering;
use crate::atoms::Atom;
use crate::authored::{Criterion, Group, Operator, Scalar};
use crate::check::{CRITERIA, GROUP};
use crate::compiled::{Condition, Op, PageField, Pattern, TIME_FRAMES, Test};
use crate::ids::AtomId;
use crate::reading;
use crate::value::{MILLION, Value, ValueType};
use crate::wire::Strength;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Where a criterion stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// In an audience: the browser's record may be asked.
    Audience,
    /// On a branch card: only what replay can prove.
    Branch,
}

impl Lowering<'_> {
    pub fn audience_criteria(&mut self, criteria: &[Criterion]) -> Vec<Condition> {
        let count: usize = criteria
            .iter()
            .map(|criterion| match criterion {
                Criterion::Group { of, .. } => of.len(),
                _ => 1,
            })
            .sum();
        if count > CRITERIA {
            self.fault(
                "audience",
                &format!("there are more than {CRITERIA} criteria"),
            );
        }
        let all: Vec<_> = criteria
            .iter()
            .map(|criterion| self.criterion(criterion, Standing::Audience, "audience"))
            .collect();
        // A fault leaves a hole; the places of the others must not move.
        all.into_iter()
            .map(|condition| condition.unwrap_or(Condition::All(Vec::new())))
            .collect()
    }

    pub fn branch_criterion(&mut self, criterion: &Criterion) -> Option<Condition> {
        self.criterion(criterion, Standing::Branch, "conditions")
    }

    /// The atom of a criterion on stored data.
    pub fn atom_of(&mut self, criterion: &Criterion) -> Option<AtomId> {
        match self.criterion(criterion, Standing::Audience, "audience")? {
            Condition::Atom(atom) | Condition::Local(atom, ..) => Some(atom),
            _ => None,
        }
    }

    fn criterion(
        &mut self,
        criterion: &Criterion,
        standing: Standing,
        place: &str,
    ) -> Option<Condition> {
        match criterion {
            Criterion::Attribute {
                name,
                op,
                values,
                days,
            } => {
                if let Some(field) = name.strip_prefix("page.") {
                    return self.page(field, *op, values, *days, place);
                }
                if name == "visitor.strength" {
                    return self.strength(*op, values, *days, place);
                }
                let (subject, short, kind) = self.kind_of(name, place)?;
                let test = self.test(name, kind, *op, values, *days, place)?;
                let atom = self.atom(Atom::Attribute(subject, short, test.clone()));
                // Only what the visitor says in the same conversation may decide without the server.
                if standing == Standing::Branch && self.settable.contains(name) {
                    let (id, _) = self.attribute(name, place)?;
                    return Some(Condition::Local(atom, id, test));
                }
                Some(Condition::Atom(atom))
            }
            Criterion::List { list, not } => {
                if !self.catalogue.lists.contains(list) {
                    self.fault(place, &format!("there is no list \"{list}\""));
                    return None;
                }
                Some(Condition::Atom(self.atom(Atom::List(list.clone(), *not))))
            }
            Criterion::Activity {
                activity,
                named,
                days,
            } => Some(Condition::Atom(self.atom(Atom::Activity(
                *activity,
                named.clone(),
                *days,
            )))),
            Criterion::Visited { page, days } => {
                if standing == Standing::Branch {
                    self.fault(
                        place,
                        "pages visited are what a browser claims; they can choose an audience, not a branch",
                    );
                    return None;
                }
                match Pattern::parse(page) {
                    Ok(pattern) => Some(Condition::Visited(self.visited_page(pattern), *days)),
                    Err(fault) => {
                        self.fault(place, &format!("{page}: {fault}"));
                        None
                    }
                }
            }
            Criterion::Group { holds, of } => {
                if of.len() > GROUP {
                    self.fault(place, &format!("a group has more than {GROUP} criteria"));
                }
                if of.is_empty() {
                    self.fault(place, "a group is empty");
                }
                let mut members = Vec::new();
                for member in of {
                    if matches!(member, Criterion::Group { .. }) {
                        self.fault(place, "a group cannot hold another group");
                        continue;
                    }
                    members.extend(self.criterion(member, standing, place));
                }
                Some(match holds {
                    Group::All => Condition::All(members),
                    Group::Any => Condition::Any(members),
                })
            }
        }
    }

    fn strength(
        &mut self,
        op: Operator,
        values: &[Scalar],
        days: Option<u16>,
        place: &str,
    ) -> Option<Condition> {
        let test = self.test("visitor.strength", ValueType::Text, op, values, days, place)?;
        let words = [
            Strength::Anonymous,
            Strength::Claimed,
            Strength::Recognised,
            Strength::Verified,
        ]
        .map(Strength::word);
        for value in &test.values {
            if !matches!(value, Value::Text(word) if words.contains(&word.as_str())) {
                self.fault(
                    place,
                    "a strength is anonymous, claimed, recognised or verified",
                );
            }
        }
        Some(Condition::Strength(test))
    }

    fn page(
        &mut self,
        field: &str,
        op: Operator,
        values: &[Scalar],
        days: Option<u16>,
        place: &str,
    ) -> Option<Condition> {
        let (field, kind) = match field {
            "referrer" => (PageField::Referrer, ValueType::Text),
            "language" => (PageField::Language, ValueType::Text),
            "device" => (PageField::Device, ValueType::Text),
            "url" => (PageField::Url, ValueType::Text),
            "hour" => (PageField::Hour, ValueType::Number),
            other => {
                self.fault(
                    place,
                    &format!("there is no page.{other}; there are referrer, language, device, hour and url"),
                );
                return None;
            }
        };
        let test = self.test("the page", kind, op, values, days, place)?;
        if field == PageField::Device {
            for value in &test.values {
                if let Value::Text(word) = value
                    && !["phone", "tablet", "desktop"].contains(&word.as_str())
                {
                    self.fault(
                        place,
                        &format!("a device is phone, tablet or desktop, not \"{word}\""),
                    );
                }
            }
        }
        Some(Condition::Page(field, test))
    }

    fn test(
        &mut self,
        name: &str,
        kind: ValueType,
        op: Operator,
        values: &[Scalar],
        days: Option<u16>,
        place: &str,
    ) -> Option<Test> {
        let (op, flag) = compared(op);
        if !fits(op, kind) || (flag.is_some() && kind != ValueType::Boolean) {
            self.fault(
                place,
                &format!("{name} is a {}; it cannot be compared so", kind_word(kind)),
            );
            return None;
        }
        let wanted = match op {
            _ if flag.is_some() => 0..=0,
            Op::IsEmpty
            | Op::IsNotEmpty
            | Op::InPast
            | Op::InPastBefore
            | Op::InFuture
            | Op::InFutureAfter => 0..=0,
            Op::Between => 2..=2,
            Op::Is
            | Op::IsNot
            | Op::StartsWith
            | Op::NotStartsWith
            | Op::Contains
            | Op::NotContains
            | Op::InTimeFrame => 1..=100,
            _ => 1..=1,
        };
        if !wanted.contains(&values.len()) {
            let needs = match (*wanted.start(), *wanted.end()) {
                (0, 0) => "no value",
                (2, 2) => "two values",
                (1, 1) => "one value",
                _ => "at least one value",
            };
            self.fault(place, &format!("the comparison of {name} takes {needs}"));
            return None;
        }
        let relative = matches!(
            op,
            Op::InPast | Op::InPastBefore | Op::InFuture | Op::InFutureAfter
        );
        if relative != days.is_some() {
            self.fault(
                place,
                &if relative {
                    format!("say how many days the comparison of {name} spans")
                } else {
                    format!("the comparison of {name} takes no days")
                },
            );
            return None;
        }
        let mut typed: Vec<Value> = flag.map(Value::Boolean).into_iter().collect();
        for value in values {
            let read = if op == Op::InTimeFrame {
                frame(value)
            } else {
                scalar(value, kind)
            };
            match read {
                Some(value) => typed.push(value),
                None => {
                    let what = if op == Op::InTimeFrame {
                        "time frame"
                    } else {
                        kind_word(kind)
                    };
                    self.fault(place, &format!("{value} is no {what}, as {name} needs"));
                    return None;
                }
            }
        }
        Some(Test {
            op,
            values: typed,
            days: days.unwrap_or(0),
        })
    }
}

/// An operator, and the value that is part of its name.
pub(super) fn compared(op: Operator) -> (Op, Option<bool>) {
    match op {
        Operator::IsTrue => (Op::Is, Some(true)),
        Operator::IsFalse => (Op::Is, Some(false)),
        Operator::Is => (Op::Is, None),
        Operator::IsNot => (Op::IsNot, None),
        Operator::StartsWith => (Op::StartsWith, None),
        Operator::NotStartsWith => (Op::NotStartsWith, None),
        Operator::Contains => (Op::Contains, None),
        Operator::NotContains => (Op::NotContains, None),
        Operator::IsEmpty => (Op::IsEmpty, None),
        Operator::IsNotEmpty => (Op::IsNotEmpty, None),
        Operator::Between => (Op::Between, None),
        Operator::GreaterThan => (Op::GreaterThan, None),
        Operator::LessThan => (Op::LessThan, None),
        Operator::AtLeast => (Op::AtLeast, None),
        Operator::AtMost => (Op::AtMost, None),
        Operator::After => (Op::After, None),
        Operator::Before => (Op::Before, None),
        Operator::OnOrAfter => (Op::OnOrAfter, None),
        Operator::OnOrBefore => (Op::OnOrBefore, None),
        Operator::InPast => (Op::InPast, None),
        Operator::InPastBefore => (Op::InPastBefore, None),
        Operator::InFuture => (Op::InFuture, None),
        Operator::InFutureAfter => (Op::InFutureAfter, None),
        Operator::InTimeFrame => (Op::InTimeFrame, None),
    }
}

fn frame(value: &Scalar) -> Option<Value> {
    match value {
        Scalar::Text(name) if TIME_FRAMES.contains(&name.as_str()) => {
            Some(Value::Text(name.clone()))
        }
        _ => None,
    }
}

fn fits(op: Op, kind: ValueType) -> bool {
    match op {
        Op::IsEmpty | Op::IsNotEmpty | Op::Is | Op::IsNot => true,
        Op::StartsWith | Op::NotStartsWith | Op::Contains | Op::NotContains => {
            kind == ValueType::Text
        }
        Op::GreaterThan | Op::LessThan | Op::AtLeast | Op::AtMost => kind == ValueType::Number,
        Op::Between => matches!(
            kind,
            ValueType::Number | ValueType::Date | ValueType::DateTime
        ),
        Op::After
        | Op::Before
        | Op::OnOrAfter
        | Op::OnOrBefore
        | Op::InPast
        | Op::InPastBefore
        | Op::InFuture
        | Op::InFutureAfter
        | Op::InTimeFrame => matches!(kind, ValueType::Date | ValueType::DateTime),
    }
}

pub(super) fn kind_word(kind: ValueType) -> &'static str {
    match kind {
        ValueType::Text => "text",
        ValueType::Number => "number",
        ValueType::Boolean => "yes or no",
        ValueType::Date => "date",
        ValueType::DateTime => "date with a time",
    }
}

/// A value of a document as a value of a type. Days stand in for moments and the other way round.
pub(crate) fn scalar(value: &Scalar, kind: ValueType) -> Option<Value> {
    let text: String = match (value, kind) {
        (Scalar::Boolean(value), ValueType::Boolean) => return Some(Value::Boolean(*value)),
        (Scalar::Integer(n), ValueType::Number) => {
            return n.checked_mul(MILLION).map(Value::Number);
        }
        (Scalar::Decimal(n), ValueType::Number) => {
            let scaled = (n * 1e6).round();
            return (scaled.abs() < 9e18).then_some(Value::Number(scaled as i64));
        }
        (Scalar::Integer(n), ValueType::Text) => n.to_string(),
        (Scalar::Boolean(_) | Scalar::Integer(_) | Scalar::Decimal(_), _) => return None,
        (Scalar::Text(text), _) => text.clone(),
    };
    match kind {
        ValueType::Date | ValueType::DateTime => crate::calendar::read_date(&text)
            .map(Value::Date)
            .or_else(|| crate::calendar::read_moment(&text, 0).map(Value::DateTime)),
        _ => reading::parse(kind, &text, 0),
    }
}

/// A value of a document as something stored: exactly of its type.
pub(super) fn stored(value: &Scalar, kind: ValueType) -> Option<Value> {
    scalar(value, kind).and_then(|value| match (value, kind) {
        (Value::Date(day), ValueType::DateTime) => Some(Value::DateTime(i64::from(day) * 86_400)),
        (Value::DateTime(_), ValueType::Date) => None,
        (value, _) => Some(value),
    })
}

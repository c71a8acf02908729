//! The types of a plan's attributes.

use super::criteria::operator;
use crate::plan::{
    Action, AttributeType, CardKind, Change, Condition, Definition, Field, InputKind, Namespace,
    Operator, Plan, Statement, Value,
};
use engine::value::ValueType;
use std::collections::BTreeMap;

/// The types of the attributes a plan uses: as it declares them, else by the first value it gives them, else text.
#[must_use]
pub fn attribute_types(plan: &Plan) -> BTreeMap<String, ValueType> {
    let mut types = BTreeMap::new();
    for line in &plan.lines {
        if let Statement::Define(Definition::Attribute(name, kind)) = &line.statement {
            types.insert(name.to_string(), declared(*kind));
        }
    }
    let mut values = Vec::new();
    for line in &plan.lines {
        match &line.statement {
            Statement::Define(Definition::Person(person)) => {
                of_fields("person", &person.fields, &mut values)
            }
            Statement::Define(Definition::Company(company)) => {
                of_fields("company", &company.fields, &mut values)
            }
            _ => {}
        }
    }
    for line in &plan.lines {
        match &line.statement {
            Statement::Define(
                Definition::Dialogue { change, .. } | Definition::Flow { change, .. },
            )
            | Statement::Do(Action::Change(_, change) | Action::Correct(_, change))
            | Statement::Cannot(Action::Change(_, change) | Action::Correct(_, change)) => {
                of_change(change, &mut values);
            }
            Statement::Do(Action::SetPerson(person)) => {
                of_fields("person", &person.fields, &mut values)
            }
            Statement::Do(Action::SetCompany(company)) => {
                of_fields("company", &company.fields, &mut values)
            }
            _ => {}
        }
    }
    for (name, kind) in values {
        types.entry(name).or_insert(kind);
    }
    types
}

fn declared(kind: AttributeType) -> ValueType {
    match kind {
        AttributeType::Text | AttributeType::Email | AttributeType::Phone => ValueType::Text,
        AttributeType::Number => ValueType::Number,
        AttributeType::Boolean => ValueType::Boolean,
        AttributeType::Date => ValueType::Date,
        AttributeType::DateTime => ValueType::DateTime,
    }
}

fn type_of(value: &Value) -> ValueType {
    match value {
        Value::Text(_) => ValueType::Text,
        Value::Number(_) => ValueType::Number,
        Value::Boolean(_) => ValueType::Boolean,
        Value::Date(_) => ValueType::Date,
        Value::Moment(_) => ValueType::DateTime,
    }
}

fn of_fields(namespace: &str, fields: &[Field], into: &mut Vec<(String, ValueType)>) {
    for field in fields {
        if let Some(value) = &field.value {
            into.push((format!("{namespace}.{}", field.name), type_of(value)));
        }
    }
}

fn of_change(change: &Change, into: &mut Vec<(String, ValueType)>) {
    for criterion in &change.criteria {
        of_condition(criterion, into);
    }
    for card in &change.cards {
        match &card.kind {
            CardKind::Action {
                attribute, value, ..
            } => into.push((attribute.to_string(), type_of(value))),
            CardKind::Question {
                attribute: Some(attribute),
                answers,
                ..
            } => {
                let stored = answers.iter().find_map(|answer| answer.stores.as_ref());
                into.push((
                    attribute.to_string(),
                    stored.map_or(ValueType::Text, type_of),
                ));
            }
            CardKind::Capture(capture) => into.push((
                capture.attribute.to_string(),
                match capture.input {
                    Some(InputKind::Number) => ValueType::Number,
                    Some(InputKind::Boolean) => ValueType::Boolean,
                    Some(InputKind::Date) => ValueType::Date,
                    Some(InputKind::DateTime) => ValueType::DateTime,
                    Some(
                        InputKind::Text | InputKind::Email | InputKind::Phone | InputKind::Slot,
                    )
                    | None => ValueType::Text,
                },
            )),
            CardKind::Branch { cases, .. } => {
                for case in cases {
                    of_condition(&case.condition, into);
                }
            }
            _ => {}
        }
    }
}

fn of_condition(condition: &Condition, into: &mut Vec<(String, ValueType)>) {
    match condition {
        Condition::Attribute(condition)
            if matches!(
                condition.name.namespace,
                Namespace::Person | Namespace::Company
            ) =>
        {
            let kind = match operator(&condition.operator).1.first() {
                Some(value) => type_of(value),
                None => match condition.operator {
                    Operator::IsTrue | Operator::IsFalse => ValueType::Boolean,
                    Operator::InPast(_)
                    | Operator::InPastBefore(_)
                    | Operator::InFuture(_)
                    | Operator::InFutureAfter(_)
                    | Operator::InTimeFrame(_) => ValueType::Date,
                    _ => return,
                },
            };
            into.push((condition.name.to_string(), kind));
        }
        Condition::Group(_, of) => of.iter().for_each(|member| of_condition(member, into)),
        _ => {}
    }
}

//! Conditions and values as documents hold them.

use super::days;
use crate::plan::{Condition, Duration, Group as PlanGroup, Operator as PlanOperator, Value};
use engine::authored::{Activity, Criterion, Group, Operator, Scalar};

pub(super) fn scalar(value: &Value) -> Scalar {
    match value {
        Value::Text(text) => Scalar::Text(text.clone()),
        Value::Boolean(truth) => Scalar::Boolean(*truth),
        Value::Number(number) if number.millionths % 1_000_000 == 0 => {
            Scalar::Integer(number.millionths / 1_000_000)
        }
        #[expect(clippy::cast_precision_loss, reason = "a plan's decimals are short")]
        Value::Number(number) => Scalar::Decimal(number.millionths as f64 / 1e6),
        Value::Date(date) => Scalar::Text(date.to_string()),
        Value::Moment(moment) => Scalar::Text(moment.to_string()),
    }
}

/// The operator, its values and its duration.
pub(super) fn operator(operator: &PlanOperator) -> (Operator, Vec<Value>, Option<Duration>) {
    use PlanOperator as P;
    let (op, values, duration): (_, &[Value], _) = match operator {
        P::Is(values) => (Operator::Is, values, None),
        P::IsNot(values) => (Operator::IsNot, values, None),
        P::IsTrue => (Operator::IsTrue, &[], None),
        P::IsFalse => (Operator::IsFalse, &[], None),
        P::IsEmpty => (Operator::IsEmpty, &[], None),
        P::IsNotEmpty => (Operator::IsNotEmpty, &[], None),
        P::StartsWith(values) => (Operator::StartsWith, values, None),
        P::NotStartsWith(values) => (Operator::NotStartsWith, values, None),
        P::Contains(values) => (Operator::Contains, values, None),
        P::NotContains(values) => (Operator::NotContains, values, None),
        P::Between(from, to) => return (Operator::Between, vec![from.clone(), to.clone()], None),
        P::GreaterThan(value) => (Operator::GreaterThan, std::slice::from_ref(value), None),
        P::LessThan(value) => (Operator::LessThan, std::slice::from_ref(value), None),
        P::AtLeast(value) => (Operator::AtLeast, std::slice::from_ref(value), None),
        P::AtMost(value) => (Operator::AtMost, std::slice::from_ref(value), None),
        P::After(value) => (Operator::After, std::slice::from_ref(value), None),
        P::Before(value) => (Operator::Before, std::slice::from_ref(value), None),
        P::OnOrAfter(value) => (Operator::OnOrAfter, std::slice::from_ref(value), None),
        P::OnOrBefore(value) => (Operator::OnOrBefore, std::slice::from_ref(value), None),
        P::InPast(duration) => (Operator::InPast, &[], Some(*duration)),
        P::InPastBefore(duration) => (Operator::InPastBefore, &[], Some(*duration)),
        P::InFuture(duration) => (Operator::InFuture, &[], Some(*duration)),
        P::InFutureAfter(duration) => (Operator::InFutureAfter, &[], Some(*duration)),
        P::InTimeFrame(_) => (Operator::InTimeFrame, &[], None),
    };
    (op, values.to_vec(), duration)
}

/// A condition as documents hold it.
///
/// # Errors
/// When it names an activity that no log knows, or a duration that is no number of days.
pub fn criterion(condition: &Condition) -> Result<Criterion, String> {
    Ok(match condition {
        Condition::Attribute(condition) => {
            let (op, values, duration) = operator(&condition.operator);
            let mut values: Vec<_> = values.iter().map(scalar).collect();
            if let PlanOperator::InTimeFrame(frame) = &condition.operator {
                values.push(Scalar::Text(frame.clone()));
            }
            Criterion::Attribute {
                name: condition.name.to_string(),
                op,
                values,
                days: duration.map(days).transpose()?,
            }
        }
        Condition::List(condition) => Criterion::List {
            list: condition.list.clone(),
            not: !condition.member,
        },
        Condition::Activity(condition) => Criterion::Activity {
            activity: Activity::ALL
                .into_iter()
                .find(|activity| activity.name() == condition.activity)
                .ok_or_else(|| format!("no activity is called {:?}", condition.activity))?,
            named: condition.named.clone(),
            days: days(condition.within)?,
        },
        Condition::Visited(condition) => Criterion::Visited {
            page: condition.page.clone(),
            days: days(condition.within)?,
        },
        Condition::Group(group, of) => Criterion::Group {
            holds: match group {
                PlanGroup::All => Group::All,
                PlanGroup::Any => Group::Any,
            },
            of: of.iter().map(criterion).collect::<Result<_, _>>()?,
        },
    })
}

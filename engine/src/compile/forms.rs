//! Web forms and which flow follows: checked, and compiled for browsers.

use super::criteria::{compared, scalar};
use crate::authored::{self, Group, Scalar};
use crate::calendar;
use crate::compiled::{FlowEntry, Form, FormChoice, Op, Test};
use crate::value::{Value, ValueType};
use crate::wire::SOURCE_TEXT;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Most choices of a form, as its users know them.
pub const CHOICES: usize = 10;
/// Longest name of a form, in bytes: it stands behind the word `form` in `wire::Begin::source`.
pub const NAME_TEXT: usize = SOURCE_TEXT - "form ".len();

/// What is wrong with a form, in a sentence.
pub type FormFault = String;

/// The forms as browsers get them. `flows` are those that are live.
///
/// # Errors
/// Every fault.
pub fn forms(
    authored: &[authored::Form],
    flows: &[FlowEntry],
    known: &dyn Fn(&str) -> bool,
) -> Result<Vec<Form>, Vec<FormFault>> {
    let mut faults = Vec::new();
    let mut all = Vec::new();
    for (n, form) in authored.iter().enumerate() {
        let mut fault = |what: &str| faults.push(format!("form \"{}\": {what}", form.form));
        if form.form.trim().is_empty() {
            fault("give it the name that the page calls it by");
        }
        if form.form.len() > NAME_TEXT {
            fault(&format!("its name is longer than {NAME_TEXT} bytes"));
        }
        if authored.iter().take(n).any(|other| other.form == form.form) {
            fault("there are two forms of that name");
        }
        if form.choices.len() > CHOICES {
            fault(&format!("there are more than {CHOICES} choices"));
        }
        let mut choices = Vec::new();
        for choice in &form.choices {
            let place = match &choice.flow {
                None => None,
                Some(name) => {
                    if !known(name) {
                        fault(&format!("there is no flow \"{name}\""));
                    }
                    let place = flows.iter().position(|flow| flow.name == *name);
                    // A flow that is not live is not there: the next choice gets its chance.
                    let Some(place) = place.and_then(|place| u16::try_from(place).ok()) else {
                        continue;
                    };
                    Some(place)
                }
            };
            let own = place.and_then(|place| flows.get(usize::from(place)));
            choices.push(FormChoice {
                any: choice.holds == Group::Any,
                tests: choice
                    .when
                    .iter()
                    .filter_map(|one| test(one, &mut fault))
                    .collect(),
                flow: place,
                surface: choice
                    .surface
                    .or(own.map(|flow| flow.surface))
                    .unwrap_or_default(),
            });
        }
        all.push(Form {
            name: form.form.clone(),
            choices,
        });
    }
    if faults.is_empty() {
        Ok(all)
    } else {
        Err(faults)
    }
}

fn test(
    criterion: &authored::FieldCriterion,
    fault: &mut dyn FnMut(&str),
) -> Option<(String, Test)> {
    let field = &criterion.field;
    let (op, flag) = compared(criterion.op);
    let needed = match op {
        Op::IsEmpty | Op::IsNotEmpty => 0..=0,
        Op::Between => 2..=2,
        Op::Is
        | Op::IsNot
        | Op::StartsWith
        | Op::NotStartsWith
        | Op::Contains
        | Op::NotContains => 1..=100,
        Op::InPast | Op::InPastBefore | Op::InFuture | Op::InFutureAfter | Op::InTimeFrame => {
            fault(&format!("\"{field}\" cannot be compared with the calendar"));
            return None;
        }
        _ => 1..=1,
    };
    if flag.is_some() {
        fault(&format!("\"{field}\" holds a text: compare it with one"));
        return None;
    }
    if !needed.contains(&criterion.values.len()) {
        fault(&format!(
            "\"{field}\" compares with another number of values"
        ));
        return None;
    }
    let kind = match criterion.values.first() {
        Some(Scalar::Integer(_) | Scalar::Decimal(_)) => ValueType::Number,
        Some(Scalar::Text(text)) if calendar::read_date(text).is_some() => ValueType::Date,
        _ => ValueType::Text,
    };
    let values: Option<Vec<Value>> = criterion
        .values
        .iter()
        .map(|value| scalar(value, kind))
        .collect();
    let Some(values) = values else {
        fault(&format!(
            "\"{field}\" compares with values of different kinds"
        ));
        return None;
    };
    Some((
        field.clone(),
        Test {
            op,
            values,
            days: 0,
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{DialogueId, EditionId, Timestamp};
    use crate::wire::Surface;

    fn flow(name: &str) -> FlowEntry {
        FlowEntry {
            dialogue: DialogueId(1),
            edition: EditionId([0; 12]),
            name: name.into(),
            languages: alloc::vec!["en".into()],
            surface: Surface::Popup,
            pages: Vec::new(),
        }
    }

    fn read(json: &str) -> Vec<authored::Form> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn the_first_choice_that_holds_decides() {
        let authored = read(
            r#"[{"form": "demo", "choices": [
                {"when": [{"field": "size", "op": "at least", "values": [50]},
                          {"field": "country", "op": "is", "values": ["SE", "NO"]}], "flow": "Book"},
                {"when": [{"field": "size", "op": "less than", "values": [5]}]},
                {"flow": "Ask", "surface": "corner"}]}]"#,
        );
        let flows = [flow("Ask"), flow("Book")];
        let known = |name: &str| flows.iter().any(|flow| flow.name == name);
        let forms = forms(&authored, &flows, &known).unwrap();
        let form = forms.first().unwrap();
        let after = |size: &str, country: &str| {
            let fields = [
                ("size".into(), size.into()),
                ("country".into(), country.into()),
            ];
            form.choose(&fields, Timestamp(0))
        };
        assert_eq!(after("60", "se"), Some((1, Surface::Popup)));
        assert_eq!(after("60", "DK"), Some((0, Surface::Corner)));
        assert_eq!(after("4", "SE"), None, "the second choice does nothing");
        assert_eq!(after("many", "SE"), Some((0, Surface::Corner)));
    }

    #[test]
    fn a_forms_name_fits_into_the_source_of_a_conversation() {
        let mut authored = read(r#"[{"form": "", "choices": []}]"#);
        let mut faults = |length: usize| {
            authored[0].form = "x".repeat(length);
            forms(&authored, &[], &|_| false)
        };
        assert!(faults(NAME_TEXT).is_ok());
        assert_eq!(faults(NAME_TEXT + 1).unwrap_err().len(), 1);
    }

    #[test]
    fn faults_are_told_all_at_once() {
        let authored = read(
            r#"[{"form": "a", "choices": [{"flow": "None"}]},
                {"form": "a", "choices": [{"when": [{"field": "x", "op": "between", "values": [1]}]}]}]"#,
        );
        assert_eq!(forms(&authored, &[], &|_| false).unwrap_err().len(), 3);
    }
}

//! A plan, read from its file into typed statements.
//!
//! The grammar is in `tests/README.md`. Reading is strict: a word that is not in it is an error that names the line.

mod action;
mod address;
mod agent;
mod card;
mod card_line;
mod condition;
mod definition;
mod dialogue;
mod error;
mod expectation;
mod known;
mod level;
mod operator;
mod parse;
mod statement;
mod time;
mod token;
mod tree;
mod value;
mod visitor;

pub use action::{Action, Consent};
pub use address::same_address;
pub use agent::{Agent, Day, Hours};
pub use card::{Answer, Arm, Capture, Card, CardKind, Case, Effect, InputKind, Meeting};
pub use condition::{
    ActivityCondition, AttributeCondition, Condition, Group, ListCondition, VisitedCondition,
};
pub use definition::{AttributeType, Busy, Company, Definition, Field, Person};
pub use dialogue::{Change, Event, Repeat, Source, Translation};
pub use error::PlanError;
pub use expectation::{Count, Counter, Expectation, Form, PersonHolds, Viewed};
pub use level::Level;
pub use operator::Operator;
pub use parse::{find, parse, read};
pub use statement::{Line, Plan, Statement};
pub use time::{Duration, Moment};
pub use value::{AttributeName, Namespace, Number, Value};
pub use visitor::{Device, Identity, Strength, Visitor};

//! What plans publish compiles, and what they say cannot be published does not.

use engine::authored::{Dialogue, Document, Flow};
use engine::check::Catalogue;
use engine::compile::{Compiled, compile};
use engine::ids::DialogueId;
use std::collections::BTreeMap;
use std::path::Path;
use usher_tests::author::{attribute_types, blank_dialogue, blank_flow, lay, lay_flow};
use usher_tests::plan::{Action, Change, Definition, Person, Plan, Source, Statement, find, read};

/// The drafts of a plan as far as it has come.
struct Drafts {
    dialogues: BTreeMap<String, Dialogue>,
    catalogue: Catalogue,
}

impl Drafts {
    fn of(plan: &Plan) -> Self {
        let mut catalogue = Catalogue::default();
        catalogue.attributes.extend(attribute_types(plan));
        for line in &plan.lines {
            match &line.statement {
                Statement::Define(Definition::Agent(agent)) => {
                    catalogue.agents.insert(agent.name.clone());
                }
                Statement::Define(Definition::Person(Person { lists, .. }))
                | Statement::Do(Action::SetPerson(Person { lists, .. })) => {
                    catalogue.lists.extend(lists.iter().cloned());
                }
                _ => {}
            }
        }
        Drafts {
            dialogues: BTreeMap::new(),
            catalogue,
        }
    }

    fn define(&mut self, folder: &Path, definition: &Definition) {
        match definition {
            Definition::Dialogue {
                name,
                source,
                change,
            } => {
                let mut dialogue = match source {
                    None => blank_dialogue(name),
                    Some(Source::Named(source)) => self.dialogues[source].clone(),
                    Some(Source::File(file)) => {
                        let json = std::fs::read_to_string(folder.join(file)).unwrap();
                        match engine::check::read_document(&json).unwrap() {
                            Document::Dialogue(dialogue) => dialogue,
                            Document::Flow(_) => panic!("{file} is a flow"),
                        }
                    }
                };
                dialogue.name.clone_from(name);
                lay(change, &mut dialogue).unwrap();
                self.dialogues.insert(name.clone(), dialogue);
            }
            Definition::Flow { name, change, .. } => {
                let mut flow: Flow = blank_flow(name);
                lay_flow(change, &mut flow).unwrap();
                self.catalogue.flows.insert(name.clone(), flow);
            }
            _ => {}
        }
    }

    fn change(&mut self, name: &str, change: &Change) {
        if let Some(dialogue) = self.dialogues.get_mut(name) {
            lay(change, dialogue).unwrap();
        } else {
            let flow = self.catalogue.flows.get_mut(name).unwrap();
            lay_flow(change, flow).unwrap();
        }
    }

    fn compiled(&self, dialogue: &Dialogue) -> Result<Compiled, String> {
        compile(dialogue, DialogueId(1), &self.catalogue).map_err(|diagnoses| {
            let diagnoses: Vec<_> = diagnoses.iter().map(ToString::to_string).collect();
            diagnoses.join("; ")
        })
    }
}

/// What does not go as the plan says.
fn surprises(plan: &Plan) -> Vec<String> {
    let folder = plan.file.parent().unwrap();
    let mut drafts = Drafts::of(plan);
    let mut surprises = Vec::new();
    for line in &plan.lines {
        if let Statement::Define(definition @ Definition::Flow { .. }) = &line.statement {
            drafts.define(folder, definition);
        }
    }
    for line in &plan.lines {
        let surprise = match &line.statement {
            Statement::Define(definition) => {
                drafts.define(folder, definition);
                None
            }
            Statement::Do(Action::Publish(name)) => drafts
                .dialogues
                .get(name)
                .and_then(|dialogue| drafts.compiled(dialogue).err()),
            Statement::Cannot(Action::Publish(name)) => drafts
                .compiled(&drafts.dialogues[name])
                .is_ok()
                .then(|| "it can".to_owned()),
            Statement::Do(Action::Change(name, change)) => {
                drafts.change(name, change);
                drafts
                    .dialogues
                    .get(name)
                    .and_then(|dialogue| drafts.compiled(dialogue).err())
            }
            Statement::Do(Action::Correct(name, change)) => {
                let before = drafts.compiled(&drafts.dialogues[name]).unwrap();
                drafts.change(name, change);
                match drafts.compiled(&drafts.dialogues[name]) {
                    Ok(after) => (after.graph != before.graph).then(|| "the graph changes".into()),
                    Err(faults) => Some(faults),
                }
            }
            Statement::Cannot(Action::Correct(name, change)) => {
                let before = drafts.compiled(&drafts.dialogues[name]).unwrap();
                let mut dialogue = drafts.dialogues[name].clone();
                lay(change, &mut dialogue).unwrap();
                drafts
                    .compiled(&dialogue)
                    .is_ok_and(|after| after.graph == before.graph)
                    .then(|| "the graph stays".to_owned())
            }
            _ => None,
        };
        if let Some(surprise) = surprise {
            let file = plan.file.display();
            surprises.push(format!("{file}:{}: {}: {surprise}", line.number, line.text));
        }
    }
    surprises
}

#[test]
fn plans_publish_what_they_say_can_be_published() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("plans");
    let surprises: Vec<_> = find(&folder)
        .unwrap()
        .iter()
        .flat_map(|file| surprises(&read(file).unwrap()))
        .collect();
    assert!(surprises.is_empty(), "\n{}", surprises.join("\n"));
}

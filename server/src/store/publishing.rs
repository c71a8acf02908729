//! Publishing: documents become editions, editions become the publication that browsers load.

use super::audit::{Action, Changing, Note};
use super::db::Connection;
use super::dialogues::{self, DialogueRow};
use super::editions::{self, NewPublication, Packed};
use super::{Result, Scope, Store, StoreError, agents, documents, people, values, workspaces};
use engine::authored::Document;
use engine::check::{Catalogue, Diagnosis, Severity, check};
use engine::compile::{
    Compiled, Live, Look, Settings, compile_document, loader_rules, publication, theme,
};
use engine::compiled::{DocumentFile, encode};
use engine::ids::{DialogueId, EditionId, Timestamp};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// Most bytes of JSON that the loader carries as rules, so that they stay under 1 kB compressed.
const LOADER_RULES_BYTES: usize = 2_000;

/// Why something was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The document has errors.
    #[error("{name} has faults")]
    Faulty {
        /// The dialogue's name.
        name: String,
        /// Every fault, warnings included.
        diagnoses: Vec<Diagnosis>,
    },
    /// A correction that changes more than words.
    #[error("{0} changes more than words: publish it as a new edition")]
    NotOnlyWords(String),
    /// A correction of something that is not live.
    #[error("{0} is not published")]
    NotLive(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

type Publishing<T> = std::result::Result<T, PublishError>;

/// What publishing did: the names and editions that are live now.
pub type Published = Vec<(String, EditionId)>;

impl Store {
    /// Every fault of a document, as it would be published now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn check(&self, scope: &Scope, document: Document) -> Result<Vec<Diagnosis>> {
        let scope = scope.clone();
        self.read(move |db| Ok(check(&document, &catalogue(db, &scope)?)))
            .await
    }

    /// The addresses of documents that publishing would offer, with what is kept of each. Nothing of a dialogue that
    /// has faults: publishing it will name them.
    ///
    /// # Errors
    /// When one of them does not exist.
    pub async fn documents_to_publish(
        &self,
        scope: &Scope,
        names: Vec<String>,
    ) -> Result<BTreeMap<String, Option<DocumentFile>>> {
        let scope = scope.clone();
        self.read(move |db| documents_to_publish(db, &scope, &names))
            .await
    }

    /// Publishes dialogues and flows, all or none. A flow also republishes every live dialogue that calls it.
    ///
    /// # Errors
    /// When one of them has faults, or does not exist.
    pub async fn publish(&self, scope: &Scope, names: Vec<String>) -> Publishing<Published> {
        let now = self.now();
        self.all_or_none(scope, Action::Publish, move |db, scope| {
            publish(db, scope, &names, now)
        })
        .await
    }

    /// Takes a dialogue off all pages. Engaged visitors finish.
    ///
    /// # Errors
    /// When it does not exist.
    pub async fn unpublish(&self, scope: &Scope, name: String) -> Result<()> {
        let now = self.now();
        self.change(scope, Action::Unpublish, move |db, scope| {
            let row = dialogues::by_name(db, scope, &name)?;
            let before = row.edition.filter(|_| row.live);
            db.note(Note::of(format!("dialogue {name}")).before(before.into()));
            dialogues::set_unpublished(db, scope, row.number)?;
            rebuild(db, scope, now)
        })
        .await
    }

    /// Replaces the words of a live dialogue for everybody, also for those who are in a conversation.
    ///
    /// # Errors
    /// When the document changes more than words, or is not live.
    pub async fn correct(&self, scope: &Scope, name: String) -> Publishing<EditionId> {
        let now = self.now();
        self.all_or_none(scope, Action::Correct, move |db, scope| {
            workspaces::hold(db, scope)?;
            let row = dialogues::by_name(db, scope, &name)?;
            let Some(live) = row.edition.as_deref().filter(|_| row.live) else {
                return Err(PublishError::NotLive(name.clone()));
            };
            let (before, _) = editions::compiled(db, scope, live)?;
            // Words change; what was fetched meanwhile comes with the next edition.
            let catalogue = Catalogue {
                files: documents::files_of(&before),
                ..catalogue(db, scope)?
            };
            let compiled = compile_row(&row, &row.document, &catalogue)?;
            if compiled.graph != before.graph {
                return Err(PublishError::NotOnlyWords(name.clone()));
            }
            keep(db, scope, &compiled, &row.document, false, now)?;
            let id = compiled.id.to_string();
            db.note(
                Note::of(format!("dialogue {name}"))
                    .before(live.into())
                    .after(id.as_str().into()),
            );
            dialogues::set_live(db, scope, row.number, Some(&id), &row.document, now)?;
            if live != id {
                editions::correct(db, scope, live, &id)?;
            }
            rebuild(db, scope, now)?;
            Ok(compiled.id)
        })
        .await
    }

    /// Runs a publication in one transaction that is rolled back when a document has faults.
    pub(super) async fn all_or_none<T: Send + 'static>(
        &self,
        scope: &Scope,
        action: Action,
        work: impl Fn(&Changing<'_>, &Scope) -> Publishing<T> + Send + 'static,
    ) -> Publishing<T> {
        let (tell, told) = std::sync::mpsc::channel();
        let written = self
            .change(scope, action, move |db, scope| match work(db, scope) {
                Ok(done) => Ok(done),
                Err(PublishError::Store(fault)) => Err(fault),
                Err(faulty) => {
                    let _ = tell.send(faulty);
                    Err(StoreError::Conflict("the document has faults".into()))
                }
            })
            .await;
        match told.try_recv() {
            Ok(faulty) => Err(faulty),
            Err(_) => Ok(written?),
        }
    }
}

fn publish(
    db: &Changing<'_>,
    scope: &Scope,
    names: &[String],
    now: Timestamp,
) -> Publishing<Published> {
    workspaces::hold(db, scope)?;
    let mut done = Published::new();
    let mut changed_flows: Vec<DialogueRow> = Vec::new();
    let (mut flows, mut shown) = (Vec::new(), Vec::new());
    let mut before = Map::new();
    for name in names {
        let row = dialogues::by_name(db, scope, name)?;
        if let Some(edition) = row.edition.as_ref().filter(|_| row.live) {
            before.insert(name.clone(), json!(edition));
        }
        if row.is_flow() {
            flows.push(row)
        } else {
            shown.push(row)
        }
    }
    for row in flows {
        let faults = check(&row.document, &catalogue_with(db, scope, &row)?);
        if faults.iter().any(|fault| fault.severity == Severity::Error) {
            return Err(PublishError::Faulty {
                name: row.name,
                diagnoses: faults,
            });
        }
        // Before any is compiled, all of them are what others call.
        dialogues::set_live(
            db,
            scope,
            row.number,
            row.edition.as_deref(),
            &row.document,
            now,
        )?;
        changed_flows.push(row);
    }
    let catalogue = catalogue(db, scope)?;
    for row in changed_flows.iter().chain(&shown) {
        done.push(publish_one(db, scope, row, &row.document, &catalogue, now)?);
    }
    if !changed_flows.is_empty() {
        for row in dialogues::all(db, scope)? {
            let (Some(edition), true, Some(published)) = (&row.edition, row.live, &row.published)
            else {
                continue;
            };
            let (compiled, _) = editions::compiled(db, scope, edition)?;
            if compiled
                .flows
                .iter()
                .any(|flow| changed_flows.iter().any(|changed| changed.name == *flow))
                && !names.contains(&row.name)
            {
                done.push(publish_one(db, scope, &row, published, &catalogue, now)?);
            }
        }
    }
    rebuild(db, scope, now)?;
    let editions = done
        .iter()
        .map(|(name, edition)| (name.clone(), json!(edition.to_string())));
    let note = Note::of(names.join(", ")).after(Json::Object(editions.collect()));
    db.note(note.before(Json::Object(before)));
    Ok(done)
}

fn documents_to_publish(
    db: &Connection,
    scope: &Scope,
    names: &[String],
) -> Result<BTreeMap<String, Option<DocumentFile>>> {
    let mut catalogue = catalogue(db, scope)?;
    let mut due = Vec::new();
    let mut changed = Vec::new();
    for name in names {
        let row = dialogues::by_name(db, scope, name)?;
        match &row.document {
            Document::Flow(flow) => {
                catalogue.flows.insert(row.name.clone(), flow.clone());
                changed.push(row.name);
            }
            Document::Dialogue(_) => due.push((row.document.clone(), row)),
        }
    }
    if !changed.is_empty() {
        for row in dialogues::all(db, scope)? {
            if let (true, Some(published)) = (row.live && !row.is_flow(), row.published.clone()) {
                due.push((published, row));
            }
        }
    }
    let mut addresses = BTreeSet::new();
    for (place, (document, row)) in due.iter().enumerate() {
        let Ok(compiled) = compile_row(row, document, &catalogue) else {
            continue;
        };
        let is_named = place < names.len() - changed.len();
        if is_named || compiled.flows.iter().any(|flow| changed.contains(flow)) {
            addresses.append(&mut documents::addresses(&compiled));
        }
    }
    let mut kept = |url: String| (url.clone(), catalogue.files.remove(&url));
    Ok(addresses.into_iter().map(&mut kept).collect())
}

fn publish_one(
    db: &Changing<'_>,
    scope: &Scope,
    row: &DialogueRow,
    document: &Document,
    catalogue: &Catalogue,
    now: Timestamp,
) -> Publishing<(String, EditionId)> {
    let compiled = compile_row(row, document, catalogue)?;
    keep(db, scope, &compiled, document, false, now)?;
    let id = compiled.id.to_string();
    dialogues::set_live(db, scope, row.number, Some(&id), document, now)?;
    Ok((row.name.clone(), compiled.id))
}

/// Compiles what is written of a dialogue now, for reviewers; it is never live.
pub(super) fn draft(
    db: &Connection,
    scope: &Scope,
    name: &str,
    now: Timestamp,
) -> Publishing<(DialogueId, EditionId)> {
    let row = dialogues::by_name(db, scope, name)?;
    let compiled = compile_row(&row, &row.document, &catalogue(db, scope)?)?;
    keep(db, scope, &compiled, &row.document, true, now)?;
    Ok((row.number, compiled.id))
}

fn compile_row(
    row: &DialogueRow,
    document: &Document,
    catalogue: &Catalogue,
) -> Publishing<Compiled> {
    compile_document(document, row.number, catalogue).map_err(|diagnoses| PublishError::Faulty {
        name: row.name.clone(),
        diagnoses,
    })
}

fn keep(
    db: &Connection,
    scope: &Scope,
    compiled: &Compiled,
    document: &Document,
    draft: bool,
    now: Timestamp,
) -> Result<()> {
    let files: Vec<(String, Packed)> = compiled
        .editions
        .iter()
        .map(|edition| (edition.language.clone(), Packed::new(encode(edition))))
        .collect();
    let json = serde_json::to_string(document).map_err(|_| StoreError::Damaged("document"))?;
    editions::keep(db, scope, compiled, &files, &json, draft, now)?;
    documents::offer(db, scope, compiled)
}

/// What documents may name in this workspace.
fn catalogue(db: &Connection, scope: &Scope) -> Result<Catalogue> {
    let all = dialogues::all(db, scope)?;
    Ok(Catalogue {
        attributes: values::declared(db, scope)?,
        flows: dialogues::flows(&all),
        lists: people::lists(db, scope)?,
        agents: agents::names(db, scope)?,
        pools: agents::pool_names(db, scope)?,
        files: documents::files(db, scope)?,
    })
}

/// The same, with a flow as it is written now.
fn catalogue_with(db: &Connection, scope: &Scope, row: &DialogueRow) -> Result<Catalogue> {
    let mut catalogue = catalogue(db, scope)?;
    if let Document::Flow(flow) = &row.document {
        catalogue.flows.insert(row.name.clone(), flow.clone());
    }
    Ok(catalogue)
}

/// Makes the index and the loader's rules anew, and tells running servers.
pub(super) fn rebuild(db: &Connection, scope: &Scope, now: Timestamp) -> Result<()> {
    workspaces::hold(db, scope)?;
    let workspace = workspaces::workspace(db, scope)?;
    let look: Look =
        serde_json::from_str(&workspace.settings.theme).map_err(|_| StoreError::Damaged("look"))?;
    let theme = theme(&look).map_err(|faults| StoreError::Conflict(faults.join("; ")))?;
    let mut live = Vec::new();
    for row in dialogues::all(db, scope)? {
        if let (Some(edition), true) = (&row.edition, row.live) {
            let (compiled, _) = editions::compiled(db, scope, edition)?;
            live.push((compiled, row.first_published.unwrap_or(now)));
        }
    }
    let live: Vec<Live<'_>> = live
        .iter()
        .map(|(compiled, first)| Live {
            compiled,
            first_published: *first,
        })
        .collect();
    let latest = editions::latest(db, scope)?;
    let mut settings = Settings {
        workspace: workspace.name,
        chat_on: workspace.settings.chat_on,
        consent: workspace.settings.consent,
        theme,
        visited: latest
            .as_ref()
            .map(|latest| latest.visited.clone())
            .unwrap_or_default(),
        corrections: editions::corrections(db, scope)?,
        forms: serde_json::from_str(&workspace.settings.forms)
            .map_err(|_| StoreError::Damaged("forms"))?,
    };
    let publication = publication(&live, &mut settings);
    let clicks = live.iter().flat_map(|live| {
        let clicks = live.compiled.clicks.iter();
        clicks.map(|selector| (selector.clone(), live.compiled.name.clone()))
    });
    let rules = loader_rules(&publication, clicks.collect(), LOADER_RULES_BYTES);
    let new = NewPublication {
        index: Packed::new(encode(&publication)),
        rules: serde_json::to_string(&rules).map_err(|_| StoreError::Damaged("publication"))?,
        visited: settings.visited,
    };
    editions::publish(db, scope, &new, now)?;
    workspaces::bump(db, scope)
}

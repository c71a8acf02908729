//! Commands about dialogues and flows.

use super::{CliError, Desk, Done, moment, read_file, table, terminal};
use crate::documents::{self, Fetch};
use crate::store::Scope;
use crate::workspace_file::WorkspaceFile;
use clap::Args;
use engine::authored::Document;
use engine::check::{Diagnosis, Severity, Unreadable, read_document};
use std::path::{Path, PathBuf};

/// `usher import`
#[derive(Debug, Args)]
pub struct Import {
    /// JSON files; that of a workspace, or of dialogues and flows.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Publish what was imported, all or none.
    #[arg(long)]
    publish: bool,
    /// With --publish, fetch every document anew, also those of which a copy is kept.
    #[arg(long, requires = "publish")]
    fetch: bool,
}

/// `usher export`
#[derive(Debug, Args)]
pub struct Export {
    /// One dialogue, to standard output; all of them when absent.
    name: Option<String>,
    /// A folder for one file per dialogue, instead of standard output.
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,
}

/// `usher check`
#[derive(Debug, Args)]
pub struct Check {
    /// JSON files, or names of kept dialogues; all kept ones when absent.
    #[arg(value_name = "FILE_OR_NAME")]
    what: Vec<String>,
}

/// Dialogues by name.
#[derive(Debug, Args)]
pub struct Names {
    /// Names of dialogues or flows.
    #[arg(required_unless_present = "all")]
    names: Vec<String>,
    /// All that are kept.
    #[arg(long, conflicts_with = "names")]
    all: bool,
}

/// `usher publish`
#[derive(Debug, Args)]
pub struct Publish {
    #[command(flatten)]
    names: Names,
    /// Fetch every document anew, also those of which a copy is kept.
    #[arg(long)]
    fetch: bool,
}

/// `usher test-link`
#[derive(Debug, Args)]
pub struct TestLink {
    /// The dialogue.
    #[arg(required_unless_present_any = ["list", "revoke"])]
    name: Option<String>,
    /// List the links that work.
    #[arg(long)]
    list: bool,
    /// End a link, by the id from the list.
    #[arg(long, value_name = "ID")]
    revoke: Option<String>,
}

pub(super) async fn import(desk: &Desk, import: Import) -> Done {
    let mut scope = None;
    let mut documents = Vec::new();
    let mut faults = Vec::new();
    for path in &import.files {
        let read = read_file(path).and_then(|text| {
            if WorkspaceFile::is_meant(&text) {
                Ok(Imported::Workspace(Box::new(in_file(
                    path,
                    WorkspaceFile::read(&text),
                )?)))
            } else {
                Ok(Imported::Document(Box::new(in_file(
                    path,
                    read_document(&text),
                )?)))
            }
        });
        match read {
            Ok(Imported::Workspace(file)) => match file.import(&desk.app.store).await {
                Ok(found) => {
                    scope = Some(found);
                    say!("{}: workspace {}", path.display(), file.name);
                }
                Err(fault) => faults.push(format!("{}: {fault}", path.display())),
            },
            Ok(Imported::Document(document)) => documents.push((path, document)),
            Err(fault) => faults.push(fault.to_string()),
        }
    }
    if !faults.is_empty() {
        return Err(CliError::Words(format!(
            "no dialogue was imported:\n{}",
            faults.join("\n")
        )));
    }
    if documents.is_empty() {
        return Ok(());
    }
    let scope = match scope {
        Some(scope) => scope,
        None => desk.scope().await?,
    };
    let mut names = Vec::new();
    for (path, document) in documents {
        names.push(document.name().to_owned());
        let name = document.name().to_owned();
        let (number, new) = desk.app.store.import(&scope, *document).await?;
        let how = if new { "new" } else { "changed" };
        say!("{}: {name} (number {}, {how})", path.display(), number.0);
    }
    if import.publish {
        go_live(desk, &scope, names, import.fetch).await?;
    }
    Ok(())
}

/// What a file to import holds.
enum Imported {
    Workspace(Box<WorkspaceFile>),
    Document(Box<Document>),
}

/// A fault with the file it is in, at the beginning of each line.
fn in_file<T, F: ToString>(path: &Path, read: Result<T, F>) -> Result<T, CliError> {
    read.map_err(|fault| {
        let fault = fault.to_string();
        let lines: Vec<String> = fault
            .lines()
            .map(|line| format!("{}: {line}", path.display()))
            .collect();
        CliError::Words(lines.join("\n"))
    })
}

pub(super) async fn export(desk: &Desk, export: Export) -> Done {
    let scope = desk.scope().await?;
    let rows = match export.name {
        Some(name) => vec![desk.app.store.dialogue(&scope, name).await?],
        None => desk.app.store.dialogues(&scope).await?,
    };
    for row in rows {
        let json = serde_json::to_string_pretty(&row.document)
            .map_err(|fault| CliError::Words(fault.to_string()))?;
        match &export.into {
            None => say!("{}", terminal::json(&json)),
            Some(folder) => {
                let path = folder.join(format!("{}.json", file_name(&row.name)));
                std::fs::create_dir_all(folder)
                    .and_then(|()| std::fs::write(&path, json + "\n"))
                    .map_err(|fault| CliError::Io(path.display().to_string(), fault))?;
                say!("{}", path.display());
            }
        }
    }
    Ok(())
}

/// A name as part of a path: letters and digits, hyphens between.
fn file_name(name: &str) -> String {
    let mut file = String::new();
    for character in name.to_lowercase().chars() {
        if character.is_alphanumeric() {
            file.push(character);
        } else if !file.ends_with('-') {
            file.push('-');
        }
    }
    file.trim_matches('-').to_owned()
}

pub(super) async fn check(desk: &Desk, check: Check) -> Done {
    let scope = desk.scope().await?;
    let mut documents = Vec::new();
    let mut errors = 0;
    if check.what.is_empty() {
        for row in desk.app.store.dialogues(&scope).await? {
            documents.push((row.name, row.document));
        }
    }
    for what in check.what {
        match document(desk, &scope, &what).await {
            Ok(document) => documents.push((what, document)),
            Err(Unchecked::Form(faults)) => errors += show(&what, &faults),
            Err(Unchecked::Other(fault)) => {
                errors += 1;
                say!("{what}: error: {fault}");
            }
        }
    }
    for (name, document) in documents {
        let diagnoses = desk.app.store.check(&scope, document).await?;
        errors += show(&name, &diagnoses);
    }
    match errors {
        0 => Ok(()),
        1 => Err(CliError::Words("there is 1 error".into())),
        errors => Err(CliError::Words(format!("there are {errors} errors"))),
    }
}

/// Why something named on the command line could not even be checked.
enum Unchecked {
    Form(Vec<Diagnosis>),
    Other(String),
}

async fn document(desk: &Desk, scope: &Scope, what: &str) -> Result<Document, Unchecked> {
    let path = Path::new(what);
    let looks_like_a_file = path.exists()
        || path
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    if !looks_like_a_file {
        let row = desk.app.store.dialogue(scope, what.to_owned()).await;
        let row = row.map_err(|fault| Unchecked::Other(fault.with_cause()))?;
        return Ok(row.document);
    }
    let text =
        std::fs::read_to_string(path).map_err(|fault| Unchecked::Other(fault.to_string()))?;
    read_document(&text).map_err(|fault| match fault {
        Unreadable::Syntax(words) => Unchecked::Other(words),
        Unreadable::Form(faults) => Unchecked::Form(faults),
    })
}

fn show(name: &str, diagnoses: &[Diagnosis]) -> usize {
    if diagnoses.is_empty() {
        say!("{name}: no fault");
    }
    for diagnosis in diagnoses {
        say!("{name}: {diagnosis}");
    }
    diagnoses
        .iter()
        .filter(|diagnosis| diagnosis.severity == Severity::Error)
        .count()
}

async fn named(desk: &Desk, names: Names) -> Result<Vec<String>, CliError> {
    if !names.all {
        return Ok(names.names);
    }
    let rows = desk.app.store.dialogues(&desk.scope().await?).await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

pub(super) async fn publish(desk: &Desk, publish: Publish) -> Done {
    let scope = desk.scope().await?;
    let names = named(desk, publish.names).await?;
    go_live(desk, &scope, names, publish.fetch).await
}

async fn go_live(desk: &Desk, scope: &Scope, names: Vec<String>, all: bool) -> Done {
    let fetch = if all { Fetch::All } else { Fetch::Missing };
    let (published, not_kept) = documents::publish(&desk.app, scope, names, fetch).await?;
    for (name, edition) in published {
        say!("{name} is live as {edition}");
    }
    for document in not_kept {
        say!("warning: {}", terminal::one_line(&document.to_string()));
    }
    Ok(())
}

pub(super) async fn unpublish(desk: &Desk, names: Names) -> Done {
    let scope = desk.scope().await?;
    for name in named(desk, names).await? {
        desk.app.store.unpublish(&scope, name.clone()).await?;
        say!("{name} is off all pages");
    }
    Ok(())
}

pub(super) async fn correct(desk: &Desk, names: Names) -> Done {
    let scope = desk.scope().await?;
    for name in named(desk, names).await? {
        let edition = desk.app.store.correct(&scope, name.clone()).await?;
        say!("{name} shows the words of {edition} to everybody");
    }
    Ok(())
}

pub(super) async fn test_link(desk: &Desk, link: TestLink) -> Done {
    let scope = desk.scope().await?;
    let store = &desk.app.store;
    if let Some(id) = link.revoke {
        store.revoke_testing_link(&scope, id).await?;
        say!("the link opens nothing any more");
    } else if let Some(name) = link.name {
        let due = vec![name.clone()];
        for document in documents::prepare(&desk.app, &scope, due, Fetch::Missing).await? {
            say!("warning: {}", terminal::one_line(&document.to_string()));
        }
        let token = store.create_testing_link(&scope, name).await?;
        say!("{}/t/{token}", desk.app.config.origin);
    } else {
        let mut rows = Vec::new();
        for link in store.testing_links(&scope, None).await? {
            let name = store.dialogue_numbered(&scope, link.dialogue).await?.name;
            rows.push(vec![
                link.id,
                name,
                link.opened.to_string(),
                moment(link.expires_at),
            ]);
        }
        table(&["id", "dialogue", "opened", "until"], &rows);
    }
    Ok(())
}

pub(super) async fn comments(desk: &Desk, name: String) -> Done {
    let scope = desk.scope().await?;
    let dialogue = desk.app.store.dialogue(&scope, name).await?;
    for comment in desk.app.store.comments(&scope, dialogue.number.0).await? {
        say!(
            "{} {} on card \"{}\"",
            moment(comment.at),
            terminal::one_line(&comment.reviewer),
            terminal::one_line(&comment.card)
        );
        for line in comment.words.lines() {
            say!("  {line}");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn a_dialogue_is_exported_under_a_plain_file_name() {
        assert_eq!(file_name("Talent Day: für alle!"), "talent-day-für-alle");
        assert_eq!(file_name("../../etc"), "etc");
    }
}

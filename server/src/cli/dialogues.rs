//! Commands about dialogues and flows.

use super::{CliError, Desk, Done, moment, read_file, table, terminal};
use crate::workspace_file::WorkspaceFile;
use clap::Args;
use engine::authored::Document;
use engine::check::{Diagnosis, Severity, read_document};
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
    let mut names = Vec::new();
    let mut scope = None;
    let mut documents = Vec::new();
    for path in &import.files {
        let text = read_file(path)?;
        if WorkspaceFile::is_meant(&text) {
            let file = WorkspaceFile::read(&text)?;
            scope = Some(file.import(&desk.app.store).await?);
            say!("{}: workspace {}", path.display(), file.name);
        } else {
            documents.push((path, read(path, &text)?));
        }
    }
    if documents.is_empty() {
        return Ok(());
    }
    let scope = match scope {
        Some(scope) => scope,
        None => desk.scope().await?,
    };
    for (path, document) in documents {
        names.push(document.name().to_owned());
        let name = document.name().to_owned();
        let (number, new) = desk.app.store.import(&scope, document).await?;
        let how = if new { "new" } else { "changed" };
        say!("{}: {name} (number {}, {how})", path.display(), number.0);
    }
    if import.publish {
        for (name, edition) in desk.app.store.publish(&scope, names).await? {
            say!("{name} is live as {edition}");
        }
    }
    Ok(())
}

fn read(path: &Path, text: &str) -> Result<Document, CliError> {
    read_document(text).map_err(|fault| CliError::Words(format!("{}: {fault}", path.display())))
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
    if check.what.is_empty() {
        for row in desk.app.store.dialogues(&scope).await? {
            documents.push((row.name, row.document));
        }
    }
    for what in check.what {
        let path = Path::new(&what);
        let document = if path.exists() {
            read(path, &read_file(path)?)?
        } else {
            desk.app
                .store
                .dialogue(&scope, what.clone())
                .await?
                .document
        };
        documents.push((what, document));
    }
    let mut errors = 0;
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

pub(super) async fn publish(desk: &Desk, names: Names) -> Done {
    let scope = desk.scope().await?;
    let names = named(desk, names).await?;
    for (name, edition) in desk.app.store.publish(&scope, names).await? {
        say!("{name} is live as {edition}");
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

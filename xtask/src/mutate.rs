//! `cargo xtask mutate`: takes the engine's rules away one at a time and sees whether a plan notices.

use crate::{Failure, build};
use std::fs;
use std::path::Path;
use std::process::Command;

/// One rule taken away.
struct Mutation {
    rule: String,
    file: String,
    stands: String,
    instead: String,
}

/// Runs every mutation, or those whose rule holds `only`; prints a table and says whether each turned a plan red.
///
/// # Errors
/// When the copy cannot be made, or a mutation no longer fits the source.
pub fn mutate(only: &str) -> Result<bool, Failure> {
    let root = build::root();
    let copy = root.join("target/mutate");
    copy_tree(&root, &copy)?;
    let list = read(&root.join("tests/mutations.txt"))?;
    let mutations = parse(&list)?;
    println!("| rule | plans that turn red | the first |\n| --- | ---: | --- |");
    if let Verdict::Red(count, first) = plans(&copy)? {
        return Err(format!(
            "without any mutation {count} plans fail already, the first {first}"
        ));
    }
    let (mut survived, mut ran) = (Vec::new(), 0);
    for mutation in mutations
        .iter()
        .filter(|mutation| mutation.rule.contains(only))
    {
        ran += 1;
        let file = copy.join(&mutation.file);
        let before = read(&file)?;
        let Some(at) = find(&before, &mutation.stands) else {
            println!(
                "| {} | {} does not hold {:?} | |",
                mutation.rule, mutation.file, mutation.stands
            );
            survived.push(mutation.rule.clone());
            continue;
        };
        let mut after = before.clone();
        after.replace_range(at, &mutation.instead);
        write(&file, &after)?;
        let verdict = plans(&copy);
        write(&file, &before)?;
        match verdict? {
            Verdict::Red(count, first) => println!("| {} | {count} | {first} |", mutation.rule),
            Verdict::Green => {
                println!("| {} | **0** | |", mutation.rule);
                survived.push(mutation.rule.clone());
            }
            Verdict::DoesNotCompile(why) => {
                println!("| {} | does not compile: {why} | |", mutation.rule);
                survived.push(mutation.rule.clone());
            }
        }
    }
    println!(
        "\n{} of {ran} mutations turned a plan red",
        ran - survived.len()
    );
    if !survived.is_empty() {
        println!("unnoticed: {}", survived.join(", "));
    }
    Ok(survived.is_empty())
}

enum Verdict {
    Green,
    Red(usize, String),
    DoesNotCompile(String),
}

fn plans(copy: &Path) -> Result<Verdict, Failure> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(copy)
        .args([
            "run",
            "--quiet",
            "--package",
            "usher-tests",
            "--no-default-features",
            "--bin",
            "plans",
            "--",
        ])
        .args(["tests/plans", "--only", "engine"])
        .env("RUSTFLAGS", "-Awarnings")
        .env_remove("CARGO_TARGET_DIR")
        .output()
        .map_err(|fault| format!("cargo: {fault}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let failed: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("FAILED "))
        .collect();
    match failed.first() {
        Some(first) => {
            let name = Path::new(first)
                .file_stem()
                .map_or(String::new(), |name| name.to_string_lossy().into_owned());
            Ok(Verdict::Red(failed.len(), name))
        }
        None if output.status.success() => Ok(Verdict::Green),
        None => {
            let errors = String::from_utf8_lossy(&output.stderr);
            let first = errors
                .lines()
                .find(|line| line.starts_with("error"))
                .unwrap_or("no plan ran");
            Ok(Verdict::DoesNotCompile(first.to_string()))
        }
    }
}

/// Where `wanted` stands, whatever the white space in and around it.
fn find(text: &str, wanted: &str) -> Option<std::ops::Range<usize>> {
    let letters: Vec<char> = wanted.chars().filter(|c| !c.is_whitespace()).collect();
    let first = *letters.first()?;
    text.match_indices(first).find_map(|(start, _)| {
        let mut rest = text[start..]
            .char_indices()
            .filter(|(_, c)| !c.is_whitespace());
        let mut end = start;
        for letter in &letters {
            let (at, c) = rest.next()?;
            if c != *letter {
                return None;
            }
            end = start + at + c.len_utf8();
        }
        Some(start..end)
    })
}

fn parse(list: &str) -> Result<Vec<Mutation>, Failure> {
    let mut mutations = Vec::new();
    let body: Vec<&str> = list.lines().filter(|line| !line.starts_with('#')).collect();
    for block in body
        .join("\n")
        .split("\n\n")
        .map(|block| block.trim_matches('\n'))
        .filter(|block| !block.is_empty())
    {
        let (head, rest) = block
            .split_once('\n')
            .ok_or(format!("a mutation without a body: {block}"))?;
        let (rule, file) = head
            .split_once(" @ ")
            .ok_or(format!("a mutation begins with RULE @ FILE, not {head}"))?;
        let (stands, instead) = rest
            .split_once("\n=>\n")
            .ok_or(format!("a mutation without =>: {head}"))?;
        mutations.push(Mutation {
            rule: rule.into(),
            file: file.into(),
            stands: stands.into(),
            instead: instead.into(),
        });
    }
    Ok(mutations)
}

/// Copies the engine, the tests and what they need to be a workspace of their own.
fn copy_tree(root: &Path, copy: &Path) -> Result<(), Failure> {
    fs::create_dir_all(copy).map_err(|fault| format!("{}: {fault}", copy.display()))?;
    for folder in ["engine", "server", "tests"] {
        let target = copy.join(folder);
        let _ = fs::remove_dir_all(&target);
        copy_folder(&root.join(folder), &target)?;
    }
    let manifest = read(&root.join("Cargo.toml"))?;
    let members = manifest
        .lines()
        .find(|line| line.starts_with("members"))
        .ok_or("a workspace has members")?;
    write(
        &copy.join("Cargo.toml"),
        &manifest.replace(
            members,
            "members = [\"engine\", \"server\", \"tests\"]\nexclude = [\"tests/decide\"]",
        ),
    )?;
    fs::copy(root.join("Cargo.lock"), copy.join("Cargo.lock"))
        .map_err(|fault| fault.to_string())?;
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::create_dir_all(to).map_err(|fault| format!("{}: {fault}", to.display()))?;
    for item in fs::read_dir(from)
        .map_err(|fault| format!("{}: {fault}", from.display()))?
        .flatten()
    {
        let target = to.join(item.file_name());
        if item.path().is_dir() {
            copy_folder(&item.path(), &target)?;
        } else {
            fs::copy(item.path(), &target)
                .map_err(|fault| format!("{}: {fault}", target.display()))?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|fault| format!("{}: {fault}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|fault| format!("{}: {fault}", path.display()))
}

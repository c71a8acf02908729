//! Every command anyone types: `cargo xtask <command>`.

mod bench;
mod build;
mod chaos;
mod demo;
mod documents;
mod install;
mod lighthouse;
mod mutate;
mod mutations;
mod pack;
mod schemathesis;
mod served;
mod server;
mod shrink;
mod size;
mod streams;
mod test;
mod viewer;
mod wasm;
mod widget;
mod words;

use std::path::Path;
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  demo [--lan] [--port N]        builds everything and serves the demo site; --lan for a phone
  install                        builds everything and puts the command `usher` on your path
  test [--install] [--all]       runs every test; --install brings what they need, --all takes
                                 the release build for the use cases and lets Schemathesis at the API
  test --postgres                the server's tests alone, with their rows on PostgreSQL
  schemathesis                   every call of the API with whatever its description allows, and more
  plans PATH... [--through L]    runs scenario files through the engine, the server or a browser
  mutate [RULE] [--again]        takes the engine's rules away one by one: a plan must notice each.
                                 Goes on where it was interrupted; --again begins anew
  chaos [--seed N] [--short]     kills servers, breaks their disk, their PostgreSQL and their network,
                                 and checks that nothing was lost; [--only kill|sync|disk|postgres|network],
                                 [--cycles N], [--cycle K] to repeat one, [--resume] after an interruption
  build                          what browsers load, into target/www
  size [--why]                   bytes of each delivered file against its budget
  bench [--embed FOLDER]         decisions beside a plain loop; with a copy of the embed bench, in a browser
  bench --widget FOLDER          the widget beside its peers, with a copy of the embed bench set up
  bench server [--only TABLE]    what the server does in a second, beside its peers; a whole run is
                                 appended to docs/results/server.md
  bench --lighthouse             a page of the demo with the tag and without it, as Lighthouse measures them
";

/// Why a command could not do its work: a sentence for whoever typed it.
type Failure = String;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["build"] => build::build().map(|_| true),
        ["size"] => size::size(false),
        ["size", "--why"] => size::size(true),
        ["demo", rest @ ..] => demo::demo(rest),
        ["install"] => install::install(),
        ["test", rest @ ..] => test_wish(rest).and_then(test::test),
        ["schemathesis"] => schemathesis::schemathesis(),
        ["plans", rest @ ..] => {
            let mut words = vec![
                "run",
                "--quiet",
                "--package",
                "usher-tests",
                "--bin",
                "plans",
                "--",
            ];
            words.extend(rest);
            test::cargo(&words)
        }
        ["mutate", rest @ ..] => mutate_wish(rest).and_then(mutate::mutate),
        ["chaos", rest @ ..] => chaos::chaos(rest),
        ["bench"] => bench::bench(None),
        ["bench", "server", rest @ ..] => server::server(rest),
        ["bench", "--lighthouse"] => lighthouse::lighthouse(),
        ["bench", "--widget", folder] => widget::widget(Path::new(folder)),
        ["bench", "--embed", folder] => bench::bench(Some(Path::new(folder))),
        ["help" | "--help" | "-h"] | [] => {
            print!("{HELP}");
            Ok(true)
        }
        other => Err(format!(
            "there is no command `{}`\n\n{HELP}",
            other.join(" ")
        )),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn mutate_wish<'w>(words: &[&'w str]) -> Result<mutate::Wish<'w>, Failure> {
    let mut wish = mutate::Wish::default();
    for word in words {
        match *word {
            "--again" => wish.again = true,
            rule if wish.only.is_empty() && !rule.starts_with("--") => wish.only = rule,
            other => return Err(format!("mutate takes a rule and --again, not {other}")),
        }
    }
    Ok(wish)
}

fn test_wish(words: &[&str]) -> Result<test::Wish, Failure> {
    let mut wish = test::Wish::default();
    for word in words {
        match *word {
            "--install" => wish.install = true,
            "--all" => wish.all = true,
            "--postgres" => wish.postgres = true,
            other => {
                return Err(format!(
                    "test takes --install, --all and --postgres, not {other}"
                ));
            }
        }
    }
    Ok(wish)
}

//! What visitors say in a bench: a conversation of twenty lines with a goal in the middle, made before it is timed.

use super::strike::{Series, request};
use crate::Failure;
use crate::servers::{Setup, told};
use crate::talk::Talk;
use crate::world::{Dialogue, Place, Workspace};
use engine::compiled::{CardKind, decode, encode};
use engine::ids::EditionId;
use engine::wire::{Answer, Identify, Input, Opaque, Sender};
use fastrand::Rng;
use serde_json::{Value, json};

/// The workspace.
const WORKSPACE: &str = "bench";
/// How many lines a conversation has.
pub const LINES: usize = 20;

/// Where all of it happens.
pub struct Ground {
    place: Place,
    /// The index of what is published, as a path.
    pub index: String,
}

impl Ground {
    /// Makes the workspace by the commands of the binary. No server need run.
    ///
    /// # Errors
    /// When a command fails.
    pub fn make(setup: &Setup) -> Result<Self, Failure> {
        setup.write()?;
        setup.run(&["workspace", "create", WORKSPACE, "--title", "Bench"])?;
        let file = setup.folder.join("bench.json");
        std::fs::write(&file, dialogue().to_string()).map_err(told(file.display()))?;
        let file = file.display().to_string();
        let said = setup.run(&["--workspace", WORKSPACE, "import", &file, "--publish"])?;
        let edition = said.split_whitespace().rev();
        let edition = edition
            .filter_map(EditionId::parse)
            .next()
            .ok_or_else(|| format!("publishing said: {said}"))?;
        let workspace = Workspace {
            name: WORKSPACE.into(),
            token: String::new(),
            editions: vec![edition.to_string()],
        };
        Ok(Self {
            place: Place {
                workspace,
                dialogues: Vec::new(),
            },
            index: String::new(),
        })
    }

    /// Fetches what visitors meet.
    ///
    /// # Errors
    /// When the server does not serve it.
    pub async fn fetch(&mut self, origin: &str) -> Result<(), Failure> {
        let http = crate::wire::client(std::time::Duration::from_secs(10));
        let edition = &self.place.workspace.editions[0];
        let url = format!("{origin}/e/{WORKSPACE}/{edition}.en");
        let bytes = fetch(&http, &url).await?;
        let id = EditionId::parse(edition).ok_or("no edition")?;
        let edition = decode(&bytes).map_err(|_| format!("{url} is no edition"))?;
        self.place.dialogues = vec![Dialogue { id, edition }];
        let frame = fetch(&http, &format!("{origin}/f/{WORKSPACE}")).await?;
        let frame = String::from_utf8_lossy(&frame).into_owned();
        let mark = format!("/e/{WORKSPACE}/");
        let links = http.get(format!("{origin}/f/{WORKSPACE}")).send().await;
        let links = links.map_err(|fault| fault.to_string())?;
        let links = links.headers().get("link").cloned();
        let links = links.and_then(|links| links.to_str().ok().map(str::to_owned));
        let text = links.unwrap_or_default() + &frame;
        let at = text.find(&mark).ok_or("the frame names no index")?;
        let rest = &text[at..];
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '/' && c != '-' && c != '_')
            .unwrap_or(rest.len());
        self.index = rest[..end].to_owned();
        Ok(())
    }

    /// So many conversations, so many lines a request.
    #[must_use]
    pub fn conversations(&self, count: usize, lines: usize, dice: &mut Rng) -> Vec<Series> {
        (0..count).map(|_| self.conversation(lines, dice)).collect()
    }

    fn conversation(&self, lines: usize, dice: &mut Rng) -> Series {
        let dialogue = &self.place.dialogues[0];
        let mut talk = Talk::begin(&self.place, dialogue, dice);
        let mut series = Vec::new();
        for n in 1..=LINES {
            let said = match talk.state.awaiting(&dialogue.edition) {
                _ if n == 1 => Input::Opened,
                Some((card, waiting)) if matches!(waiting.kind, CardKind::Question { .. }) => {
                    Input::Answered(card, Answer::Choice(dice.u16(..2)))
                }
                _ => break,
            };
            if !talk.hear(said) {
                break;
            }
            if n.is_multiple_of(lines) {
                let batch = talk.batch(None, false);
                let through = batch.entries.last().map_or(0, |last| last.seq);
                talk.keep(&batch, through, talk.state.digest());
                series.push(post("/v1/inputs", &encode(&batch)));
            }
        }
        series
    }

    /// Who is this? Asked by the browser of this token.
    #[must_use]
    pub fn question(&self, token: Option<Opaque>) -> Vec<u8> {
        let question = Identify {
            sender: Sender {
                workspace: WORKSPACE.into(),
                visitor: token,
                gpc: false,
            },
            editions: vec![self.place.dialogues[0].id],
            login: None,
            link: None,
        };
        encode(&question)
    }
}

/// A request with a message.
#[must_use]
pub fn post(path: &str, message: &[u8]) -> Vec<u8> {
    request("POST", path, "application/octet-stream", message)
}

async fn fetch(http: &reqwest::Client, url: &str) -> Result<Vec<u8>, Failure> {
    let answer = http.get(url).send().await;
    let answer = answer.and_then(reqwest::Response::error_for_status);
    let answer = answer.map_err(|fault| fault.to_string())?;
    let bytes = answer.bytes().await.map_err(|fault| fault.to_string())?;
    Ok(bytes.to_vec())
}

/// Twenty questions, and a goal after the tenth.
fn dialogue() -> Value {
    let mut cards = Vec::new();
    for n in 1..=LINES {
        let next = match n {
            10 => "halfway".to_owned(),
            LINES => "bye".to_owned(),
            n => format!("q{}", n + 1),
        };
        let answers = ["Yes", "No"].map(|label| json!({ "label": label, "then": next }));
        cards.push(
            json!({ "id": format!("q{n}"), "card": "question", "text": format!("Question {n}?"),
            "answers": answers }),
        );
        if n == 10 {
            cards.push(json!({ "id": "halfway", "card": "goal", "goal": "Halfway", "score": 1, "then": "q11" }));
        }
    }
    cards.push(json!({ "id": "bye", "card": "message", "text": "Thank you." }));
    json!({ "kind": "dialogue", "name": "Bench", "campaign": "Autumn",
        "audience": { "targets": ["*/*"], "criteria": [
            { "if": "attribute", "name": "person.jobTitle", "op": "is not", "values": ["nobody"] } ] },
        "stream": { "cards": cards } })
}

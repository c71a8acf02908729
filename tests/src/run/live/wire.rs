//! What a browser asks the server over HTTP.

use super::{Away, LiveServer, WORKSPACE};
use engine::compiled::{Publication, decode, encode};
use engine::wire::{Batch, InputsAnswer};
use serde::Serialize;
use serde::de::DeserializeOwned;

impl LiveServer {
    /// A public file.
    pub(super) fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, Away> {
        let bytes = self.fetch(path)?;
        decode(&bytes).map_err(|fault| self.fault(&format!("GET {path}: {fault:?}")))
    }

    /// The index that the frame's page points to.
    pub(super) fn index(&mut self) -> Result<Publication, Away> {
        let page = self.fetch(&format!("/f/{WORKSPACE}"))?;
        let page = String::from_utf8_lossy(&page).replace("&quot;", "\"");
        let hash = page
            .split_once("\"index\":\"")
            .and_then(|(_, rest)| rest.split_once('"'))
            .map(|(hash, _)| hash.to_owned());
        match hash {
            Some(hash) if !hash.is_empty() => self.get(&format!("/e/{WORKSPACE}/{hash}")),
            _ => Err(self.fault("the frame's page names no index")),
        }
    }

    /// A message that is answered.
    pub(super) fn post<T: DeserializeOwned>(
        &mut self,
        path: &str,
        message: &impl Serialize,
    ) -> Result<T, Away> {
        let (status, bytes) = self.exchange(path, message)?;
        match decode(&bytes) {
            Ok(answer) if status == 200 || status == 409 => Ok(answer),
            _ => Err(self.fault(&format!("POST {path} was answered by {status}"))),
        }
    }

    /// A message whose answer says nothing.
    pub(super) fn send(&mut self, path: &str, message: &impl Serialize) {
        if let Ok((status, _)) = self.exchange(path, message)
            && status != 204
        {
            self.fault(&format!("POST {path} was answered by {status}"));
        }
    }

    fn fetch(&mut self, path: &str) -> Result<Vec<u8>, Away> {
        let request = self.http.get(format!("http://{}{path}", self.address()));
        let answer = self.wait_for(async {
            let answer = request.send().await?;
            let status = answer.status().as_u16();
            Ok::<_, reqwest::Error>((status, answer.bytes().await?.to_vec()))
        });
        match answer {
            Ok((200, bytes)) => Ok(bytes),
            Ok((status, _)) => Err(self.fault(&format!("GET {path} was answered by {status}"))),
            Err(fault) => Err(self.fault(&format!("GET {path}: {fault}"))),
        }
    }

    fn exchange(&mut self, path: &str, message: &impl Serialize) -> Result<(u16, Vec<u8>), Away> {
        let request = self
            .http
            .post(format!("http://{}{path}", self.address()))
            .header("content-type", "application/octet-stream")
            .body(encode(message));
        let answer = self.wait_for(async {
            let answer = request.send().await?;
            let status = answer.status().as_u16();
            Ok::<_, reqwest::Error>((status, answer.bytes().await?.to_vec()))
        });
        answer.map_err(|fault| self.fault(&format!("POST {path}: {fault}")))
    }

    /// Whose conversation it is, as the answer or the sender says.
    pub(super) fn note_answer(&mut self, batch: &Batch, answer: &InputsAnswer) {
        let told = match answer {
            InputsAnswer::Kept(kept) => kept.visitor,
            InputsAnswer::Overtaken { .. } => None,
        };
        if let Some(visitor) = told.or(batch.sender.visitor) {
            self.note(visitor, batch.conversation);
        }
    }

    /// Remembers what went wrong between browser and server; a failing plan tells it.
    fn fault(&mut self, what: &str) -> Away {
        self.faults.push(what.to_owned());
        Away
    }
}

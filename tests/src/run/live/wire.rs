//! What a browser asks the server over HTTP.

use super::{Away, LiveServer, WORKSPACE};
use engine::compiled::{Publication, decode, encode};
use engine::wire::{Batch, InputsAnswer};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::http::request::Builder;
use serde::Serialize;
use serde::de::DeserializeOwned;

impl LiveServer {
    /// A public file.
    pub(super) fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, Away> {
        let bytes = self.fetch(path)?;
        decode(&bytes).map_err(|fault| self.fault(&format!("GET {path}: {fault:?}")))
    }

    /// The index of what is live; the frame's page names it to browsers.
    pub(super) fn index(&mut self) -> Result<Publication, Away> {
        let pointer = self.wait_for(self.app.store.pointer(&self.scope));
        match pointer {
            Ok(Some(pointer)) => self.get(&format!("/e/{WORKSPACE}/{}", pointer.hash)),
            Ok(None) => Err(self.fault("nothing was ever published")),
            Err(fault) => Err(self.fault(&fault.to_string())),
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
        match self.ask(Request::get(self.url(path)), Vec::new())? {
            (200, bytes) => Ok(bytes),
            (status, _) => Err(self.fault(&format!("GET {path} was answered by {status}"))),
        }
    }

    fn exchange(&mut self, path: &str, message: &impl Serialize) -> Result<(u16, Vec<u8>), Away> {
        let request =
            Request::post(self.url(path)).header("content-type", "application/octet-stream");
        self.ask(request, encode(message))
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    fn ask(&mut self, request: Builder, body: Vec<u8>) -> Result<(u16, Vec<u8>), Away> {
        let request = request
            .body(Full::from(body))
            .expect("addresses of plans are whole");
        let told = request.uri().to_string();
        let http = self.http.clone();
        let answer = self.wait_for(async move {
            let answer = http
                .request(request)
                .await
                .map_err(|fault| fault.to_string())?;
            let status = answer.status().as_u16();
            let body = answer.into_body().collect().await;
            let body = body.map_err(|fault| fault.to_string())?;
            Ok::<_, String>((status, body.to_bytes().to_vec()))
        });
        answer.map_err(|fault| self.fault(&format!("{told}: {fault}")))
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

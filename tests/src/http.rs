//! Plain requests, without a browser.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::http::request::Builder;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::runtime::Handle;

/// Somebody who asks and waits for the answer.
pub struct Http {
    runtime: Handle,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Http {
    /// Asks from within a runtime.
    #[must_use]
    pub fn new(runtime: Handle) -> Self {
        Self {
            runtime,
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// The text of an answer.
    ///
    /// # Errors
    /// When there is none, or it is no success.
    pub fn ask(&self, request: Builder, body: &str) -> Result<String, String> {
        let request = request
            .body(Full::from(body.to_owned()))
            .map_err(|fault| fault.to_string())?;
        let address = request.uri().to_string();
        let answer = self.runtime.block_on(async {
            let answer = self
                .client
                .request(request)
                .await
                .map_err(|fault| fault.to_string())?;
            let status = answer.status().as_u16();
            let body = answer.into_body().collect().await;
            let body = body.map_err(|fault| fault.to_string())?.to_bytes();
            Ok::<_, String>((status, String::from_utf8_lossy(&body).into_owned()))
        });
        match answer? {
            (status, text) if status < 400 => Ok(text),
            (status, text) => Err(format!("{address} answered {status}: {text}")),
        }
    }
}

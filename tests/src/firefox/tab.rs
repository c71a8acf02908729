//! One tab: the page in it, and the frames in the page.

use super::connection::Connection;
use super::process::Firefox;
use super::value;
use crate::chromium::{Complaint, Line, Manner, Touch};
use base64::Engine as _;
use serde_json::{Value, json};

/// A tab.
pub struct Tab {
    context: String,
    connection: Connection,
    touch: Touch,
    script: Option<String>,
}

impl Tab {
    /// Opens one in a profile.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn open(firefox: &Firefox, profile: &str, manner: &Manner) -> Result<Self, String> {
        let connection = firefox.connection().clone();
        let made = connection.call(
            "browsingContext.create",
            json!({ "type": "tab", "userContext": profile }),
        )?;
        let mut tab = Self {
            context: made["context"].as_str().unwrap_or_default().to_owned(),
            connection,
            touch: manner.touch,
            script: None,
        };
        tab.behave(manner)?;
        Ok(tab)
    }

    /// Behaves in another manner from the next document on. Dark pages, few colours and stillness are preferences of
    /// the whole browser here.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn behave(&mut self, manner: &Manner) -> Result<(), String> {
        self.touch = manner.touch;
        let (width, height) = manner.size;
        let contexts = json!([self.context]);
        self.connection.call(
            "browsingContext.setViewport",
            json!({
                "context": self.context,
                "viewport": { "width": width, "height": height },
                "devicePixelRatio": if manner.touch == Touch::Fingers { 2.0 } else { 1.0 },
            }),
        )?;
        self.connection.call(
            "emulation.setTimezoneOverride",
            json!({ "contexts": contexts, "timezone": manner.zone }),
        )?;
        self.connection.call(
            "emulation.setLocaleOverride",
            json!({ "contexts": contexts, "locale": manner.language }),
        )?;
        self.set_offline(manner.line == Line::Cut)?;
        if let Some(script) = self.script.take() {
            self.connection
                .call("script.removePreloadScript", json!({ "script": script }))?;
        }
        let source = format!(
            "() => {{ {}\nif (window === top) {{ {} }} }}",
            manner.everywhere(),
            manner.page_script
        );
        let added = self.connection.call(
            "script.addPreloadScript",
            json!({ "functionDeclaration": source, "contexts": contexts }),
        )?;
        self.script = added["script"].as_str().map(str::to_owned);
        Ok(())
    }

    /// Tells the tab's documents whether there is a network.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn set_offline(&self, offline: bool) -> Result<(), String> {
        let conditions = if offline {
            json!({ "type": "offline" })
        } else {
            json!(null)
        };
        self.connection
            .call(
                "emulation.setNetworkConditions",
                json!({ "contexts": [self.context], "networkConditions": conditions }),
            )
            .map(|_| ())
    }

    /// Where its page and the frames in it are: the id of each and its address, the page first.
    ///
    /// # Errors
    /// When it is gone.
    pub fn documents(&self) -> Result<Vec<(String, String)>, String> {
        let tree = self
            .connection
            .call("browsingContext.getTree", json!({ "root": self.context }))?;
        let mut found = Vec::new();
        let mut around = vec![&tree["contexts"][0]];
        while let Some(place) = around.pop() {
            let text = |name: &str| place[name].as_str().unwrap_or_default().to_owned();
            found.push((text("context"), text("url")));
            around.extend(place["children"].as_array().into_iter().flatten());
        }
        Ok(found)
    }

    /// The value of an expression in a document, after its promise if it is one.
    ///
    /// # Errors
    /// What it throws.
    pub fn evaluate(&self, document: &str, expression: &str) -> Result<Value, String> {
        let result = self.connection.call(
            "script.evaluate",
            json!({
                "expression": expression,
                "target": { "context": document },
                "awaitPromise": true,
                "userActivation": true,
                "serializationOptions": { "maxObjectDepth": 12 },
            }),
        )?;
        if result["type"] == "success" {
            return Ok(value::json(&result["result"]));
        }
        let told = result["exceptionDetails"]["text"].as_str();
        Err(told.unwrap_or("?").to_owned())
    }

    /// The id of its page.
    #[must_use]
    pub fn page(&self) -> &str {
        &self.context
    }

    /// Brings it to the front.
    ///
    /// # Errors
    /// When it is gone.
    pub fn show(&self) -> Result<(), String> {
        self.connection
            .call(
                "browsingContext.activate",
                json!({ "context": self.context }),
            )
            .map(|_| ())
    }

    /// Loads a page.
    ///
    /// # Errors
    /// When it does not load.
    pub fn load(&self, address: &str) -> Result<(), String> {
        self.go(address, "complete")
    }

    /// Begins to load a page.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn begin(&self, address: &str) -> Result<(), String> {
        self.go(address, "none")
    }

    fn go(&self, address: &str, wait: &str) -> Result<(), String> {
        self.connection
            .call(
                "browsingContext.navigate",
                json!({ "context": self.context, "url": address, "wait": wait }),
            )
            .map(|_| ())
    }

    /// Loads the same page again.
    ///
    /// # Errors
    /// When it does not load.
    pub fn reload(&self) -> Result<(), String> {
        self.connection
            .call(
                "browsingContext.reload",
                json!({ "context": self.context, "wait": "complete" }),
            )
            .map(|_| ())
    }

    /// Goes so many steps through the tab's history, back when negative.
    ///
    /// # Errors
    /// When it does not go that far.
    pub fn travel(&self, steps: i64) -> Result<(), String> {
        self.connection
            .call(
                "browsingContext.traverseHistory",
                json!({ "context": self.context, "delta": steps }),
            )
            .map(|_| ())
    }

    /// Presses and lets go at a point of a document, in CSS pixels of its own: the browser does not look into frames.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn press(&self, document: &str, x: f64, y: f64) -> Result<(), String> {
        self.pointer(
            document,
            &[
                json!({ "type": "pointerMove", "x": whole(x), "y": whole(y) }),
                json!({ "type": "pointerDown", "button": 0 }),
                json!({ "type": "pointerUp", "button": 0 }),
            ],
        )
    }

    fn pointer(&self, document: &str, actions: &[Value]) -> Result<(), String> {
        let kind = match self.touch {
            Touch::Pointer => "mouse",
            Touch::Fingers => "touch",
        };
        self.act(
            document,
            json!({
                "type": "pointer", "id": kind, "parameters": { "pointerType": kind }, "actions": actions,
            }),
        )
    }

    /// Types text where the keyboard is.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn write(&self, text: &str) -> Result<(), String> {
        let keys: Vec<Value> = text
            .chars()
            .flat_map(|letter| {
                ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": letter }))
            })
            .collect();
        self.keys(&keys)
    }

    /// Presses a key, by its name in the DOM: `Enter`, `Escape`, `Tab`.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn key(&self, name: &str) -> Result<(), String> {
        // WebDriver's own characters for keys.
        let value = match name {
            "Enter" => "\u{E007}",
            "Tab" => "\u{E004}",
            "Escape" => "\u{E00C}",
            "ArrowUp" => "\u{E013}",
            "ArrowDown" => "\u{E015}",
            " " => " ",
            other => return Err(format!("no key {other}")),
        };
        self.keys(&["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": value })))
    }

    fn keys(&self, actions: &[Value]) -> Result<(), String> {
        // Keys go to the document that has the focus: the innermost of those that say so.
        let focused = self.documents()?.into_iter().rev().find(|(document, _)| {
            matches!(
                self.evaluate(document, "document.hasFocus()"),
                Ok(Value::Bool(true))
            )
        });
        let document = focused.map_or_else(|| self.context.clone(), |(document, _)| document);
        self.act(
            &document,
            json!({ "type": "key", "id": "keys", "actions": actions }),
        )
    }

    fn act(&self, document: &str, source: Value) -> Result<(), String> {
        self.connection
            .call(
                "input.performActions",
                json!({ "context": document, "actions": [source] }),
            )
            .map(|_| ())
    }

    /// What page and frames complained about since the last time.
    #[must_use]
    pub fn complaints(&self) -> Vec<Complaint> {
        self.connection.take_complaints(&self.context)
    }

    /// A picture of what is visible, as PNG.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn picture(&self) -> Result<Vec<u8>, String> {
        self.bytes(
            "browsingContext.captureScreenshot",
            json!({ "context": self.context }),
        )
    }

    /// The page as it would be printed, as PDF.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn print(&self) -> Result<Vec<u8>, String> {
        self.bytes(
            "browsingContext.print",
            json!({ "context": self.context, "background": true }),
        )
    }

    fn bytes(&self, method: &str, params: Value) -> Result<Vec<u8>, String> {
        let answer = self.connection.call(method, params)?;
        base64::engine::general_purpose::STANDARD
            .decode(answer["data"].as_str().unwrap_or_default())
            .map_err(|fault| fault.to_string())
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        let _ = self
            .connection
            .call("browsingContext.close", json!({ "context": self.context }));
    }
}

/// Actions are given in whole pixels.
fn whole(at: f64) -> i64 {
    // Places on a screen are small numbers.
    at.round() as i64
}

//! One tab: the page in it, and the frame of another site inside the page.

use super::clock::{Ahead, HANDLE};
use super::connection::{Preparation, Session};
use super::process::Chromium;
use base64::Engine as _;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long a page may take to load.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long it may take until what scripts have placed is drawn.
const DRAWN: Duration = Duration::from_secs(5);
/// Listens for the next touch of the pointer.
const LISTEN: &str = "(function () { var felt = { yet: false }; \
    Object.defineProperty(window, Symbol.for('felt'), { value: felt, configurable: true }); \
    ['pointermove', 'pointerdown'].forEach(function (name) { \
      addEventListener(name, function () { felt.yet = true; }, { capture: true, once: true, passive: true }); }); })()";
/// Whether there was one.
const FELT: &str = "window[Symbol.for('felt')].yet";

/// How a visitor's browser is.
#[derive(Clone, Debug)]
pub struct Manner {
    /// Where its clock stands.
    pub ahead: Ahead,
    /// The languages it asks for, as in `Accept-Language`.
    pub language: String,
    /// Its time zone, by IANA name.
    pub zone: String,
    /// Width and height of what it shows, in CSS pixels.
    pub size: (u32, u32),
    /// With what it is operated.
    pub touch: Touch,
    /// Whether it asks not to be known.
    pub gpc: bool,
    /// Whether its tabs cannot hear each other.
    pub tabs_apart: bool,
    /// What the network lets through to frames.
    pub line: Line,
    /// Whether it asks for dark pages.
    pub dark: bool,
    /// Whether it asks for stillness.
    pub still: bool,
    /// Whether it draws pages in few colours of its own.
    pub forced_colours: bool,
    /// What the site's own pages run before anything else.
    pub page_script: String,
    /// What every document runs before anything else, pages and frames.
    pub script: String,
}

/// What a network lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Everything, at once.
    Open,
    /// As much as a slow phone network of the third generation.
    Slow,
    /// Nothing, and documents are told so.
    Cut,
}

/// With what a browser is operated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    /// A pointer.
    Pointer,
    /// Fingers.
    Fingers,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            ahead: Ahead::default(),
            language: "en".into(),
            zone: "UTC".into(),
            size: (1280, 800),
            touch: Touch::Pointer,
            gpc: false,
            tabs_apart: false,
            line: Line::Open,
            dark: false,
            still: true,
            forced_colours: false,
            page_script: String::new(),
            script: String::new(),
        }
    }
}

impl Manner {
    /// What every document gets, in pages and in frames.
    fn common(&self, agent: &str) -> Preparation {
        let agent = match self.touch {
            Touch::Pointer => agent.to_owned(),
            Touch::Fingers => agent.replace("X11; Linux x86_64", "Linux; Android 10; K"),
        };
        let or_none = |wish: bool, word: &'static str| if wish { word } else { "" };
        let media = json!({ "features": [
            { "name": "prefers-reduced-motion", "value": or_none(self.still, "reduce") },
            { "name": "prefers-color-scheme", "value": if self.dark { "dark" } else { "light" } },
            { "name": "forced-colors", "value": or_none(self.forced_colours, "active") },
        ] });
        let mut commands = vec![
            ("Runtime.enable", json!({})),
            ("Log.enable", json!({})),
            ("Page.enable", json!({})),
            ("Network.enable", json!({})),
            (
                "Emulation.setUserAgentOverride",
                json!({ "userAgent": agent, "acceptLanguage": self.language }),
            ),
            (
                "Emulation.setTimezoneOverride",
                json!({ "timezoneId": self.zone }),
            ),
            ("Emulation.setEmulatedMedia", media),
            (
                "Emulation.setTouchEmulationEnabled",
                json!({ "enabled": self.touch == Touch::Fingers, "maxTouchPoints": 5 }),
            ),
        ];
        if self.gpc {
            commands.push((
                "Network.setExtraHTTPHeaders",
                json!({ "headers": { "Sec-GPC": "1" } }),
            ));
        }
        commands
    }

    /// What every document of this manner runs before anything else.
    pub(crate) fn everywhere(&self) -> String {
        let mut script = self.ahead.script();
        if self.gpc {
            script.push_str(
                "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: function () { return true; }, configurable: true });",
            );
        }
        if self.tabs_apart {
            script.push_str("delete window.BroadcastChannel;");
        }
        script.push_str(&self.script);
        script
    }

    /// What every frame of another site gets.
    fn frames(&self, agent: &str) -> Preparation {
        let mut commands = self.common(agent);
        commands.push((
            "Page.addScriptToEvaluateOnNewDocument",
            json!({ "source": self.everywhere() }),
        ));
        commands.push(("Network.emulateNetworkConditions", self.line.conditions()));
        // Frames of other sites in frames are announced as well.
        commands.push((
            "Target.setAutoAttach",
            json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true }),
        ));
        commands
    }
}

impl Line {
    fn conditions(self) -> Value {
        let (latency_ms, bytes_per_second) = match self {
            Line::Open | Line::Cut => (0, -1),
            Line::Slow => (400, 50_000),
        };
        json!({
            "offline": self == Line::Cut,
            "latency": latency_ms,
            "downloadThroughput": bytes_per_second,
            "uploadThroughput": bytes_per_second,
        })
    }
}

/// Something a page or frame complained about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// In what words.
    pub words: String,
    /// Whether it is only about a request that failed.
    pub is_network: bool,
    /// Who says so.
    pub voice: Voice,
}

/// Who complains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// A script, through the console.
    Script,
    /// Nobody: something was thrown that nobody caught.
    Uncaught,
    /// The browser itself.
    Browser,
}

/// A tab.
pub struct Tab {
    target: String,
    page: Session,
    browser: Session,
    agent: String,
    manner: Manner,
    script: Option<String>,
}

impl Tab {
    /// Opens one in a profile.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn open(chromium: &Chromium, context: &str, manner: &Manner) -> Result<Self, String> {
        let connection = chromium.connection();
        let browser = connection.browser();
        let (width, height) = manner.size;
        // Tabs of a profile share a window, so that one of them is in front; the first one opens it.
        let wish = |new_window: bool| {
            json!({
                "url": "about:blank",
                "browserContextId": context,
                "width": width,
                "height": height,
                "newWindow": new_window,
            })
        };
        let made = browser
            .call("Target.createTarget", wish(false))
            .or_else(|_| browser.call("Target.createTarget", wish(true)))?;
        let target = made["targetId"].as_str().unwrap_or_default().to_owned();
        connection.is_ours(&target);
        let attached = browser.call(
            "Target.attachToTarget",
            json!({ "targetId": target, "flatten": true }),
        )?;
        let page = connection.session(attached["sessionId"].as_str().unwrap_or_default());
        let mut tab = Self {
            target,
            page,
            browser,
            agent: chromium.agent().to_owned(),
            manner: manner.clone(),
            script: None,
        };
        tab.page.prepare(Vec::new());
        tab.dress()?;
        tab.page.call(
            "Target.setAutoAttach",
            json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true }),
        )?;
        Ok(tab)
    }

    /// Behaves in another manner from the next document on.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn behave(&mut self, manner: &Manner) -> Result<(), String> {
        self.manner = manner.clone();
        self.dress()?;
        for frame in self.page.children() {
            frame.call("Network.emulateNetworkConditions", manner.line.conditions())?;
        }
        Ok(())
    }

    /// Changes the network of the page and of its frames, now and for frames to come.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn set_line(&mut self, line: Line) -> Result<(), String> {
        self.manner.line = line;
        self.page.prepare(self.manner.frames(&self.agent));
        for frame in self.frames() {
            // It may go while it is told.
            let _ = frame.call("Network.emulateNetworkConditions", line.conditions());
        }
        self.page
            .call("Network.emulateNetworkConditions", line.conditions())
            .map(|_| ())
    }

    /// Closes it as its visitor does: its documents are told.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn close(self) -> Result<(), String> {
        self.page.call("Page.close", json!({}))?;
        // It goes on for a moment, and may still write to what its profile keeps.
        let until = Instant::now() + PATIENCE;
        while self.page.evaluate("0").is_ok() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    fn dress(&mut self) -> Result<(), String> {
        let manner = &self.manner;
        for (method, params) in manner.common(&self.agent) {
            self.page.call(method, params)?;
        }
        let (width, height) = manner.size;
        let mobile = manner.touch == Touch::Fingers;
        self.page.call(
            "Emulation.setDeviceMetricsOverride",
            json!({
                "width": width, "height": height, "mobile": mobile,
                "deviceScaleFactor": if mobile { 2 } else { 1 },
            }),
        )?;
        if let Some(script) = self.script.take() {
            self.page.call(
                "Page.removeScriptToEvaluateOnNewDocument",
                json!({ "identifier": script }),
            )?;
        }
        let source = format!("{}{}", manner.everywhere(), manner.page_script);
        let added = self.page.call(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({ "source": source }),
        )?;
        self.script = added["identifier"].as_str().map(str::to_owned);
        self.page.prepare(manner.frames(&self.agent));
        Ok(())
    }

    /// The page's own session.
    #[must_use]
    pub fn page(&self) -> &Session {
        &self.page
    }

    /// The frame of another site in the page.
    #[must_use]
    pub fn frame(&self) -> Option<Session> {
        self.page.children().into_iter().next()
    }

    /// All frames of other sites in the page, those in frames as well.
    #[must_use]
    pub fn frames(&self) -> Vec<Session> {
        let mut found = Vec::new();
        let mut around = vec![self.page.clone()];
        while let Some(session) = around.pop() {
            let children = session.children();
            around.extend(children.iter().cloned());
            found.extend(children);
        }
        found
    }

    /// Goes so many steps through the tab's history, back when negative.
    ///
    /// # Errors
    /// When it does not go that far.
    pub fn travel(&self, steps: i64) -> Result<(), String> {
        let history = self.page.call("Page.getNavigationHistory", json!({}))?;
        let at = history["currentIndex"].as_i64().unwrap_or(0) + steps;
        let entry = usize::try_from(at).map_err(|_| "there is no page before")?;
        let id = history["entries"][entry]["id"].clone();
        self.page
            .call("Page.navigateToHistoryEntry", json!({ "entryId": id }))
            .map(|_| ())
    }

    /// The page as it would be printed, as PDF.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn print(&self) -> Result<Vec<u8>, String> {
        let printed = self
            .page
            .call("Page.printToPDF", json!({ "printBackground": true }))?;
        base64::engine::general_purpose::STANDARD
            .decode(printed["data"].as_str().unwrap_or_default())
            .map_err(|fault| fault.to_string())
    }

    /// Brings it to the front; the other tabs of its window are out of sight.
    ///
    /// # Errors
    /// When it is gone.
    pub fn show(&self) -> Result<(), String> {
        self.page.call("Page.bringToFront", json!({})).map(|_| ())
    }

    /// Loads a page.
    ///
    /// # Errors
    /// When it does not load.
    pub fn load(&self, address: &str, referrer: Option<&str>) -> Result<(), String> {
        self.mark()?;
        let mut wish = json!({ "url": address });
        if let Some(referrer) = referrer {
            wish["referrer"] = json!(referrer);
            wish["referrerPolicy"] = json!("unsafeUrl");
        }
        let answer = self.page.call("Page.navigate", wish)?;
        if let Some(fault) = answer["errorText"]
            .as_str()
            .filter(|fault| !fault.is_empty())
        {
            return Err(format!("{address}: {fault}"));
        }
        if answer["loaderId"].is_null() {
            return self.reload();
        }
        self.loaded()
    }

    /// Loads the same page again.
    ///
    /// # Errors
    /// When it does not load.
    pub fn reload(&self) -> Result<(), String> {
        self.mark()?;
        self.page.call("Page.reload", json!({}))?;
        self.loaded()
    }

    /// Marks the document that is about to go.
    fn mark(&self) -> Result<(), String> {
        self.page
            .evaluate(&format!("{HANDLE} && ({HANDLE}.old = true)"))?;
        Ok(())
    }

    fn loaded(&self) -> Result<(), String> {
        let until = Instant::now() + PATIENCE;
        let fresh = format!("document.readyState === 'complete' && !!{HANDLE} && !{HANDLE}.old");
        while Instant::now() < until {
            if let Ok(Value::Bool(true)) = self.page.evaluate(&fresh) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Err("the page does not load".into())
    }

    /// Lets time pass in page and frame.
    ///
    /// # Errors
    /// When a document fails meanwhile.
    pub fn pass(&self, ms: i64) -> Result<(), String> {
        let pass = format!("{HANDLE} && {HANDLE}.pass({ms})");
        self.page.evaluate(&pass)?;
        if let Some(frame) = self.frame() {
            frame.evaluate(&pass)?;
        }
        Ok(())
    }

    /// Presses and lets go at a point of the page, in CSS pixels, where a document of it lies.
    ///
    /// # Errors
    /// When the browser refuses, or something else lies there.
    pub fn press(&self, document: &Session, x: f64, y: f64) -> Result<(), String> {
        match self.manner.touch {
            Touch::Pointer => {
                self.feels(document, || self.point(x, y), || Ok(()))?;
                for (kind, buttons) in [("mousePressed", 1), ("mouseReleased", 0)] {
                    self.page.call(
                        "Input.dispatchMouseEvent",
                        json!({
                            "type": kind, "x": x, "y": y, "buttons": buttons, "button": "left", "clickCount": 1,
                        }),
                    )?;
                }
            }
            Touch::Fingers => {
                let touch = |kind: &str, points: Value| {
                    self.page
                        .call(
                            "Input.dispatchTouchEvent",
                            json!({ "type": kind, "touchPoints": points }),
                        )
                        .map(|_| ())
                };
                self.feels(
                    document,
                    || touch("touchStart", json!([{ "x": x, "y": y }])),
                    || touch("touchCancel", json!([])),
                )?;
                touch("touchEnd", json!([]))?;
            }
        }
        Ok(())
    }

    /// Touches until a document feels it, and takes back what another one felt.
    ///
    /// A browser gives input to what it has drawn last at that point. Visitors press what they see; a test may press
    /// before the frame is drawn where scripts find it, and the page behind would take the press.
    fn feels(
        &self,
        document: &Session,
        touch: impl Fn() -> Result<(), String>,
        take_back: impl Fn() -> Result<(), String>,
    ) -> Result<(), String> {
        let until = Instant::now() + DRAWN;
        loop {
            document.evaluate(LISTEN)?;
            touch()?;
            if document.evaluate(FELT)? == true {
                return Ok(());
            }
            take_back()?;
            if Instant::now() > until {
                return Err("something else lies where the document is pressed".into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Moves the pointer to a point of the page.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn point(&self, x: f64, y: f64) -> Result<(), String> {
        let event = json!({ "type": "mouseMoved", "x": x, "y": y, "button": "none" });
        self.page
            .call("Input.dispatchMouseEvent", event)
            .map(|_| ())
    }

    /// Types text where the keyboard is.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn write(&self, text: &str) -> Result<(), String> {
        self.keyboard()
            .call("Input.insertText", json!({ "text": text }))
            .map(|_| ())
    }

    /// Presses a key, by its name in the DOM: `Enter`, `Escape`, `Tab`.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn key(&self, name: &str) -> Result<(), String> {
        let (code, text) = match name {
            "Enter" => (13, "\r"),
            "Tab" => (9, ""),
            "Escape" => (27, ""),
            "ArrowUp" => (38, ""),
            "ArrowDown" => (40, ""),
            "ArrowLeft" => (37, ""),
            "ArrowRight" => (39, ""),
            " " => (32, " "),
            other => return Err(format!("no key {other}")),
        };
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({ "type": kind, "key": name, "windowsVirtualKeyCode": code });
            if kind == "keyDown" && !text.is_empty() {
                event["text"] = json!(text);
            }
            self.keyboard().call("Input.dispatchKeyEvent", event)?;
        }
        Ok(())
    }

    /// Keys go to the process that has the focus.
    fn keyboard(&self) -> Session {
        // A document around the one that has it says that it has it, too.
        let mut inwards = self.frames().into_iter().rev();
        inwards
            .find(|frame| matches!(frame.evaluate("document.hasFocus()"), Ok(Value::Bool(true))))
            .unwrap_or_else(|| self.page.clone())
    }

    /// What page and frame complained about since the last time.
    #[must_use]
    pub fn complaints(&self) -> Vec<Complaint> {
        let mut events = self.page.take_events();
        for frame in self.frames() {
            events.extend(frame.take_events());
        }
        events
            .iter()
            .filter_map(|(method, params)| complaint(method, params))
            .collect()
    }

    /// A picture of what is visible, as PNG.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn picture(&self) -> Result<Vec<u8>, String> {
        let shot = self.page.call(
            "Page.captureScreenshot",
            json!({ "format": "png", "captureBeyondViewport": false }),
        )?;
        base64::engine::general_purpose::STANDARD
            .decode(shot["data"].as_str().unwrap_or_default())
            .map_err(|fault| fault.to_string())
    }

    /// Closes pages that pages have opened.
    pub fn close_strangers(chromium: &Chromium) -> usize {
        let strangers = chromium.connection().take_strangers();
        for target in &strangers {
            let _ = chromium
                .connection()
                .browser()
                .call("Target.closeTarget", json!({ "targetId": target }));
        }
        strangers.len()
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        let _ = self
            .browser
            .call("Target.closeTarget", json!({ "targetId": self.target }));
    }
}

fn complaint(method: &str, params: &Value) -> Option<Complaint> {
    match method {
        "Runtime.exceptionThrown" => {
            let thrown = &params["exceptionDetails"];
            let words = thrown["exception"]["description"].as_str();
            Some(Complaint {
                words: words.or(thrown["text"].as_str()).unwrap_or("?").to_owned(),
                is_network: false,
                voice: Voice::Uncaught,
            })
        }
        "Runtime.consoleAPICalled" => {
            let said = params["args"]
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default();
            let words: Vec<String> = said
                .iter()
                .map(|word| {
                    word["value"]
                        .as_str()
                        .or(word["description"].as_str())
                        .unwrap_or("?")
                        .to_owned()
                })
                .collect();
            Some(Complaint {
                words: format!(
                    "console.{}: {}",
                    params["type"].as_str().unwrap_or("?"),
                    words.join(" ")
                ),
                is_network: false,
                voice: Voice::Script,
            })
        }
        "Log.entryAdded" => {
            let entry = &params["entry"];
            let serious = matches!(entry["level"].as_str(), Some("error" | "warning"));
            serious.then(|| Complaint {
                words: format!(
                    "{} ({})",
                    entry["text"].as_str().unwrap_or("?"),
                    entry["url"].as_str().unwrap_or_default()
                ),
                is_network: entry["source"] == "network",
                voice: Voice::Browser,
            })
        }
        _ => None,
    }
}

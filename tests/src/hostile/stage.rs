//! Where the cases play: one server, one browser of each make, and for every case a workspace and a profile of its own.

use super::Guest;
use super::guest::Start;
use crate::browsers::{Browser, Habits, Make};
use crate::chromium::Manner;
use crate::front::Authority;
use crate::installation::Installation;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::runtime::Runtime;

/// The dialogue of every case that does not bring its own.
const TALK: &str = include_str!("talk.json");
/// Tells workspaces apart.
static SCENES: AtomicUsize = AtomicUsize::new(0);

/// What is published, and how the visitor's browser is.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Fields of the workspace's file over what every case has.
    pub workspace: Value,
    /// Dialogues and flows.
    pub documents: Vec<Value>,
    /// What is special about the browser; it gets a process of its own then.
    pub habits: Option<Habits>,
    /// How the browser is.
    pub manner: Manner,
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            workspace: json!({}),
            documents: vec![talk()],
            habits: None,
            manner: Manner::default(),
        }
    }
}

impl Scene {
    /// A browser with habits of its own.
    #[must_use]
    pub fn habits(habits: Habits) -> Self {
        Self {
            habits: Some(habits),
            ..Self::default()
        }
    }

    /// A browser whose every document runs this first.
    #[must_use]
    pub fn script(script: &str) -> Self {
        let mut scene = Self::default();
        scene.manner.script = script.into();
        scene
    }
}

/// The dialogue of every case: two questions, a goal, and a last word.
///
/// # Panics
/// Never: the file is JSON.
#[must_use]
pub fn talk() -> Value {
    serde_json::from_str(TALK).expect("the file is JSON")
}

/// Where the cases of one browser play.
pub struct Stage {
    /// Which browser.
    pub make: Make,
    /// The server.
    pub installation: Arc<Installation>,
    browser: Arc<Browser>,
    authority: Authority,
    runtime: Arc<Runtime>,
}

impl Stage {
    /// Starts the browser.
    ///
    /// # Errors
    /// When it does not start.
    pub fn new(
        make: Make,
        installation: Arc<Installation>,
        runtime: Arc<Runtime>,
    ) -> Result<Self, String> {
        let authority = Authority::new()?;
        let browser = Browser::start(make, &authority, &Habits::default())?;
        Ok(Self {
            make,
            installation,
            browser: Arc::new(browser),
            authority,
            runtime,
        })
    }

    /// The runtime of servers.
    #[must_use]
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Somebody new, where nothing is special.
    ///
    /// # Errors
    /// When workspace or browser cannot be had.
    pub fn guest(&self) -> Result<Guest, String> {
        self.guest_of(Scene::default())
    }

    /// Somebody new in a workspace of its own.
    ///
    /// # Errors
    /// When workspace or browser cannot be had.
    pub fn guest_of(&self, scene: Scene) -> Result<Guest, String> {
        self.guest_at(&self.installation, scene)
    }

    /// Somebody new in a workspace of another server.
    ///
    /// # Errors
    /// When workspace or browser cannot be had.
    pub fn guest_at(
        &self,
        installation: &Arc<Installation>,
        scene: Scene,
    ) -> Result<Guest, String> {
        let workspace = self.workspace(installation, &scene)?;
        let browser = match &scene.habits {
            None => Arc::clone(&self.browser),
            Some(habits) => Arc::new(Browser::start(self.make, &self.authority, habits)?),
        };
        Guest::appear(Start {
            make: self.make,
            browser,
            authority: &self.authority,
            runtime: self.runtime.handle(),
            installation: Arc::clone(installation),
            workspace,
            manner: scene.manner,
        })
    }

    /// Makes a workspace; its name.
    ///
    /// # Errors
    /// The faults of the scene.
    pub fn workspace(&self, installation: &Installation, scene: &Scene) -> Result<String, String> {
        let number = SCENES.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}", self.make);
        let mut file = json!({
            "name": name, "title": "Shop", "zone": "UTC", "consent": "full", "theme": { "delay_ms": 0 },
        });
        for (field, value) in scene.workspace.as_object().into_iter().flatten() {
            file[field] = value.clone();
        }
        installation.import(&file, &scene.documents)?;
        Ok(name)
    }
}

//! Who the demo's visitor can be, each by one of the product's own ways in.

use engine::wire::Strength;

/// How somebody becomes known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Not at all.
    Unknown,
    /// By a tracked link in a mail.
    Link,
    /// By logging in on the site.
    Login,
}

impl Way {
    /// How sure the product is of who it is.
    #[must_use]
    pub fn strength(self) -> &'static str {
        match self {
            Way::Unknown => Strength::Anonymous,
            Way::Link => Strength::Recognised,
            Way::Login => Strength::Verified,
        }
        .word()
    }
}

/// Somebody a visitor of the demo can be.
#[derive(Clone, Copy, Debug)]
pub struct Persona {
    /// The word in addresses.
    pub id: &'static str,
    /// What the bar calls them.
    pub name: &'static str,
    /// How they come to be known.
    pub how: &'static str,
    /// Their address on file.
    pub email: &'static str,
    /// How they become known.
    pub way: Way,
}

/// All of them.
pub const PERSONAS: [Persona; 4] = [
    Persona {
        id: "new",
        name: "A new browser",
        how: "No cookie, nothing known.",
        email: "",
        way: Way::Unknown,
    },
    Persona {
        id: "ada",
        name: "Ada, from a mail",
        how: "Opens a tracked link: recognised, a prospect in manufacturing.",
        email: "ada@corp.example",
        way: Way::Link,
    },
    Persona {
        id: "robin",
        name: "Robin, from a mail",
        how: "Opens a tracked link: recognised, works in retail.",
        email: "robin@foss.example",
        way: Way::Link,
    },
    Persona {
        id: "maya",
        name: "Maya, logged in",
        how: "The site signs who she is: verified, a customer.",
        email: "maya@norrvik.example",
        way: Way::Login,
    },
];

/// One of them by the word in addresses.
#[must_use]
pub fn persona(id: &str) -> Option<&'static Persona> {
    PERSONAS.iter().find(|persona| persona.id == id)
}

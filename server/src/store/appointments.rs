//! Booking from a conversation: the meeting, the line in the log that says so, and the answer to every
//! later try of the same wish, in one transaction.

use super::binding::{self, Claim};
use super::bookings::{self, Answer, Guest, Wish};
use super::db::{Connection, Optional};
use super::intake::{self, Own, Published};
use super::meetings::{self, Meeting};
use super::people::{self, Portrait};
use super::visitors;
use super::{Result, Scope, Store, StoreError};
use crate::secrets::{Keys, Purpose, base64url, hash};
use engine::compiled::{CardKind, Edition, Host, Subject, decode, encode};
use engine::conversation::Conversation;
use engine::ids::{CardId, DAY, Timestamp};
use engine::reading;
use engine::value::Value;
use engine::wire::{Begin, Booking, Entry, Input, Opaque, SignedBooking, Strength};

statements! {
    TRIED = "SELECT wish, seq FROM booking_keys WHERE workspace = ?1 AND conversation = ?2 AND key = ?3";
    KEEP_TRY = "INSERT INTO booking_keys (workspace, conversation, key, wish, meeting, seq, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    ENTRY = "SELECT entry FROM entries WHERE workspace = ?1 AND conversation = ?2 AND seq = ?3";
    FORGET_TRIES = "DELETE FROM booking_keys WHERE created_at < ?1";
}

/// How long a wish is remembered.
const TRIES_MS: i64 = 7 * DAY;

/// A wish as a browser sends it.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    /// In which conversation.
    pub conversation: String,
    /// Proves it to be the sender's.
    pub key: Opaque,
    /// The meeting card that waits.
    pub card: CardId,
    /// When.
    pub start: Timestamp,
    /// Minutes it lasts, as it was offered.
    pub minutes: u16,
    /// The same for every try.
    pub idempotency: Opaque,
    /// The visitor's zone by name.
    pub zone: String,
    /// An address given beside the conversation.
    pub email: Option<String>,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Attempted {
    /// The line in the log, now or from an earlier try.
    Booked(Box<Entry>),
    /// Nobody can, at that time.
    Taken(Host),
    /// Nobody knows where the invitation should go.
    AddressNeeded,
    /// The address has had its bookings for today.
    TooMany,
    /// The key was used for another wish.
    KeyReused,
    /// The conversation is not the sender's, or that card does not wait.
    NotAwaited,
}

impl Store {
    /// Books from a conversation. `origin` is where links in the booking lead.
    pub(crate) async fn book(
        &self,
        scope: &Scope,
        keys: &Keys,
        origin: &str,
        published: Published,
        attempt: Attempt,
    ) -> Result<Attempted> {
        let (scope, keys, origin, now) =
            (scope.clone(), keys.clone(), origin.to_owned(), self.now());
        self.write(move |db| {
            let desk = Desk {
                db,
                scope: &scope,
                keys: &keys,
                origin: &origin,
                published: &published,
                now,
            };
            desk.book(&attempt)
        })
        .await
    }

    /// Whom a waiting meeting card asks for; nobody when the conversation is not the sender's, or another card waits.
    pub(crate) async fn awaited_host(
        &self,
        scope: &Scope,
        published: Published,
        conversation: String,
        key: Opaque,
        card: CardId,
    ) -> Result<Option<Host>> {
        let scope = scope.clone();
        self.read(move |db| {
            let Some(Own { state, begin, .. }) =
                intake::own_conversation(db, &scope, &conversation, &key)?
            else {
                return Ok(None);
            };
            let edition = published.edition(&begin.language);
            Ok(edition
                .and_then(|edition| host(&state, edition, card))
                .cloned())
        })
        .await
    }

    /// Forgets wishes that nobody will try again.
    pub(crate) async fn sweep_tries(&self) -> Result<()> {
        let before = self.now().plus(-TRIES_MS);
        self.write(move |db| {
            db.execute(FORGET_TRIES, [before.0])?;
            Ok(())
        })
        .await
    }
}

fn host<'e>(state: &Conversation, edition: &'e Edition, card: CardId) -> Option<&'e Host> {
    match state.awaiting(edition) {
        Some((waiting, found)) if waiting == card => match &found.kind {
            CardKind::Meeting(meeting) => Some(&meeting.host),
            _ => None,
        },
        _ => None,
    }
}

struct Desk<'a> {
    db: &'a Connection,
    scope: &'a Scope,
    keys: &'a Keys,
    origin: &'a str,
    published: &'a Published,
    now: Timestamp,
}

impl Desk<'_> {
    fn book(&self, attempt: &Attempt) -> Result<Attempted> {
        let own = intake::own_held(self.db, self.scope, &attempt.conversation, &attempt.key)?;
        let Some(Own {
            state,
            begin,
            person,
            visitor,
        }) = own
        else {
            return Ok(Attempted::NotAwaited);
        };
        if let Some(before) = self.tried(attempt)? {
            return Ok(before);
        }
        let edition = self.published.edition(&begin.language);
        let asked =
            edition.and_then(|edition| Some((edition, host(&state, edition, attempt.card)?)));
        let Some((edition, host)) = asked else {
            return Ok(Attempted::NotAwaited);
        };
        self.or_nothing(|| {
            let guest = self.guest(attempt, edition, &state, &begin, person, visitor)?;
            let Some(guest) = guest else {
                return Ok(Attempted::AddressNeeded);
            };
            let wish = Wish {
                host: host.clone(),
                start: attempt.start,
                minutes: attempt.minutes,
                guest,
                conversation: attempt.conversation.clone(),
                card: attempt.card.0,
            };
            match bookings::book(self.db, self.scope, self.keys, &wish, self.now)? {
                Answer::Booked(meeting) => self.write_down(attempt, &meeting),
                Answer::Taken => Ok(Attempted::Taken(wish.host)),
                Answer::TooMany => Ok(Attempted::TooMany),
            }
        })
    }

    /// Undoes whatever an attempt has written unless it booked: an address given for a meeting that does
    /// not come about wins nobody.
    fn or_nothing(&self, attempt: impl FnOnce() -> Result<Attempted>) -> Result<Attempted> {
        self.db.execute_batch("SAVEPOINT attempt")?;
        let attempted = attempt()?;
        if !matches!(attempted, Attempted::Booked(_)) {
            self.db.execute_batch("ROLLBACK TO attempt")?;
        }
        self.db.execute_batch("RELEASE attempt")?;
        Ok(attempted)
    }

    /// The answer to an earlier try of the same wish.
    fn tried(&self, attempt: &Attempt) -> Result<Option<Attempted>> {
        let before: Option<(Vec<u8>, u32)> = self
            .db
            .query_row(
                TRIED,
                (
                    self.scope.workspace(),
                    &attempt.conversation,
                    attempt.idempotency,
                ),
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let Some((wish, seq)) = before else {
            return Ok(None);
        };
        if wish != fingerprint(attempt) {
            return Ok(Some(Attempted::KeyReused));
        }
        let entry: Vec<u8> = self.db.query_row(
            ENTRY,
            (self.scope.workspace(), &attempt.conversation, seq),
            |row| row.get(0),
        )?;
        let entry = decode(&entry).map_err(|_| StoreError::Damaged("input"))?;
        Ok(Some(Attempted::Booked(Box::new(entry))))
    }

    /// Who is invited: the address given now, else in this conversation, else the one on file.
    fn guest(
        &self,
        attempt: &Attempt,
        edition: &Edition,
        state: &Conversation,
        begin: &Begin,
        person: Option<String>,
        visitor: String,
    ) -> Result<Option<Guest>> {
        let mut browser = visitors::by_id(self.db, self.scope, &visitor)?;
        let mut person = person;
        let given = attempt
            .email
            .as_deref()
            .and_then(|typed| reading::email(typed.trim()));
        if let (Some(email), Some(browser)) = (&given, &mut browser) {
            let claim = Claim {
                email,
                dialogue: begin.dialogue.0,
                conversation: &attempt.conversation,
                test: browser.test,
            };
            binding::claim(self.db, self.scope, browser, claim, self.now)?;
            person.clone_from(&browser.person);
        }
        let portrait = match &person {
            Some(id) => match people::by_id(self.db, self.scope, id)? {
                Some(person) => Some(people::portrait(self.db, self.scope, person)?),
                None => None,
            },
            None => None,
        };
        let on_file = portrait
            .as_ref()
            .and_then(|portrait| portrait.person.email.clone());
        let said = given.or_else(|| said_address(edition, state));
        let Some(email) = said
            .or_else(|| on_file.clone())
            .map(|email| email.to_lowercase())
        else {
            return Ok(None);
        };
        let is_theirs = browser
            .as_ref()
            .is_some_and(|browser| browser.strength(self.now) == Strength::Verified);
        let is_on_file = on_file.is_some_and(|on_file| on_file.to_lowercase() == email);
        let trusted =
            is_on_file && (is_theirs || portrait.as_ref().is_some_and(Portrait::is_trusted));
        Ok(Some(Guest {
            email,
            name: portrait.as_ref().map(called).unwrap_or_default(),
            trusted,
            language: begin.language.clone(),
            zone: attempt.zone.chars().take(64).collect(),
            visitor,
            person,
            test: browser.is_some_and(|browser| browser.test),
        }))
    }

    fn write_down(&self, attempt: &Attempt, meeting: &Meeting) -> Result<Attempted> {
        let manage = meetings::manage_token(self.keys, self.scope, &meeting.id);
        let booking = Booking {
            meeting: meeting.id.clone(),
            agent: meeting.agent.clone(),
            picture: meeting.picture.clone(),
            start: meeting.start,
            minutes: meeting.length().in_minutes(),
            manage: format!("{}/m/{}", self.origin, base64url(&manage)),
        };
        let bytes = encode(&booking);
        let signature = self.keys.sign(
            Purpose::Booking,
            self.scope.workspace(),
            &attempt.conversation,
            &bytes,
        );
        let input = Input::SlotBooked(attempt.card, SignedBooking { bytes, signature });
        let entry = intake::insert(
            self.db,
            self.scope,
            &attempt.conversation,
            self.published,
            input,
            self.now,
        )?;
        self.db.execute(
            KEEP_TRY,
            (
                self.scope.workspace(),
                &attempt.conversation,
                attempt.idempotency,
                fingerprint(attempt),
                &meeting.id,
                entry.seq,
                self.now.0,
            ),
        )?;
        Ok(Attempted::Booked(Box::new(entry)))
    }
}

/// What makes two tries the same wish.
fn fingerprint(attempt: &Attempt) -> Vec<u8> {
    hash(&encode(&(
        attempt.card,
        attempt.start,
        attempt.minutes,
        &attempt.email,
    )))
    .to_vec()
}

/// The address given in this conversation.
fn said_address(edition: &Edition, state: &Conversation) -> Option<String> {
    (0..).zip(&edition.attributes).find_map(|(n, attribute)| {
        let is_address = attribute.subject == Subject::Person && attribute.name == "email";
        match state.value(engine::ids::AttributeId(n)) {
            Some(Value::Text(address)) if is_address => Some(address.clone()),
            _ => None,
        }
    })
}

/// What a person is called, as far as stored.
fn called(portrait: &Portrait) -> String {
    let names = ["firstName", "lastName"].map(|name| match portrait.values.get(name) {
        Some(Value::Text(name)) => name.trim().to_owned(),
        _ => String::new(),
    });
    names.join(" ").trim().to_owned()
}

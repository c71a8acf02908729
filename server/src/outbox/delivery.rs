//! Delivery: takes what is due from the outbox, one subject in order, workspaces beside each other, and
//! says what became of it. At least once; the id is the same in every attempt.

use engine::ids::{DAY, EditionId, HOUR, Timestamp};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Message, News, Reader, backoff, webhook};
use crate::mail::{Address, Letter, Post, Undelivered as NotPosted, confirmation, meeting, notice};
use crate::meetings::Zone;
use crate::outgoing::{Outgoing, Undelivered};
use crate::secrets::{Keys, base64url};
use crate::store::outbox::{Leave, Sort};
use crate::store::{
    Fate, GoalRow, Kind, OutboxRow, Portrait, Registration, Result, Scope, Store, StoreError,
    manage_token, undo_token,
};
use crate::transcript::{Line, transcript};

/// How often the outbox is looked into.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Most messages of one workspace under way at once.
const AT_ONCE: usize = 20;
/// How long a letter waits for leave before it is not worth sending any more.
const STALE_MS: i64 = 2 * DAY;

/// Delivers messages. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Delivery {
    store: Store,
    keys: Keys,
    post: Post,
    outgoing: Outgoing,
    origin: Arc<str>,
    busy: Arc<Mutex<BTreeSet<String>>>,
}

/// What became of one attempt.
enum Outcome {
    /// It left.
    Sent,
    /// Nobody needs it any more.
    Dropped(&'static str),
    /// It must wait; this was no attempt.
    NotBefore(Timestamp, &'static str),
    /// It did not leave; it may later.
    Failed(String),
    /// It never will.
    Dead(String),
}

impl Delivery {
    /// Delivers from `store` by `post` and `outgoing`; links in letters lead to `origin`, such as
    /// `https://chat.example.com`.
    #[must_use]
    pub fn new(store: Store, keys: Keys, post: Post, outgoing: Outgoing, origin: &str) -> Self {
        let origin = origin.trim_end_matches('/').into();
        Self {
            store,
            keys,
            post,
            outgoing,
            origin,
            busy: Arc::default(),
        }
    }

    /// Delivers until `shutdown` resolves; what is under way is finished.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut look = tokio::time::interval(LOOK_EVERY);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut tasks = tokio::task::JoinSet::new();
        let mut swept = Timestamp(0);
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                _ = look.tick() => {}
            }
            while tasks.try_join_next().is_some() {}
            for scope in self.waiting().await {
                let delivery = self.clone();
                tasks.spawn(async move { delivery.serve(scope).await });
            }
            if self.store.now().since(swept) >= HOUR {
                swept = self.store.now();
                if let Err(fault) = self.store.sweep_outbox().await {
                    tracing::warn!(%fault, "cannot sweep the outbox");
                }
                if let Err(fault) = self.store.sweep_announcements().await {
                    tracing::warn!(%fault, "cannot sweep announcements");
                }
                if let Err(fault) = self.store.sweep_tries().await {
                    tracing::warn!(%fault, "cannot sweep old wishes");
                }
            }
        }
        while tasks.join_next().await.is_some() {}
    }

    /// Delivers everything that is due now, and gives back how many attempts that took.
    pub async fn once(&self) -> usize {
        let mut attempts = 0;
        for scope in self.waiting().await {
            attempts += self.serve(scope).await;
        }
        attempts
    }

    /// Workspaces with something due that nobody serves, marked as served from now on.
    async fn waiting(&self) -> Vec<Scope> {
        let waiting = match self.store.with_due_messages().await {
            Ok(waiting) => waiting,
            Err(fault) => {
                tracing::error!(%fault, "cannot look into the outbox");
                Vec::new()
            }
        };
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        waiting
            .into_iter()
            .filter(|scope| busy.insert(scope.workspace().to_owned()))
            .collect()
    }

    /// Delivers what one workspace has due until nothing is, so that no receiver of one delays another's.
    async fn serve(&self, scope: Scope) -> usize {
        let mut attempts = 0;
        let mut tasks = tokio::task::JoinSet::new();
        loop {
            let free = AT_ONCE.saturating_sub(tasks.len());
            let due = match self.store.lease_messages(&scope, free).await {
                Ok(due) => due,
                Err(fault) => {
                    tracing::error!(%fault, "cannot take messages from the outbox");
                    break;
                }
            };
            attempts += due.len();
            for row in due {
                let (delivery, scope) = (self.clone(), scope.clone());
                tasks.spawn(async move { delivery.attempt(&scope, row).await });
            }
            if tasks.is_empty() {
                break;
            }
            // A slow receiver keeps its own place only: whatever else falls due meanwhile is taken too.
            let _ = tokio::time::timeout(LOOK_EVERY, tasks.join_next()).await;
            while tasks.try_join_next().is_some() {}
        }
        while tasks.join_next().await.is_some() {}
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        busy.remove(scope.workspace());
        attempts
    }

    async fn attempt(&self, scope: &Scope, row: OutboxRow) {
        let outcome = match &row.message {
            Some(message) => self.deliver(scope, &row, message).await,
            None => Ok(Outcome::Dead(
                "this release does not know such messages".into(),
            )),
        };
        let outcome = outcome.unwrap_or_else(|fault| match fault {
            StoreError::Missing(_) => Outcome::Dropped("what it told of is gone"),
            fault => Outcome::Failed(fault.to_string()),
        });
        let now = self.store.now();
        let store = &self.store;
        let id = row.id.clone();
        let kept = match outcome {
            Outcome::Sent => store.settle_message(scope, id, Fate::Sent, None).await,
            Outcome::Dropped(why) => {
                store
                    .settle_message(scope, id, Fate::Dropped, Some(why.into()))
                    .await
            }
            Outcome::Dead(why) => store.settle_message(scope, id, Fate::Dead, Some(why)).await,
            Outcome::NotBefore(until, why) => {
                if now.since(row.created) > STALE_MS {
                    store
                        .settle_message(scope, id, Fate::Dropped, Some(why.into()))
                        .await
                } else {
                    store
                        .postpone_message(scope, id, until, Some(why.into()), false)
                        .await
                }
            }
            Outcome::Failed(why) => match backoff::wait(&row.id, row.attempts) {
                Some(wait) => {
                    store
                        .postpone_message(scope, id, now.plus(wait), Some(why), true)
                        .await
                }
                None => store.settle_message(scope, id, Fate::Dead, Some(why)).await,
            },
        };
        if let Err(fault) = kept {
            tracing::error!(%fault, message = %row.id, "cannot keep what became of a message");
        }
    }

    async fn deliver(&self, scope: &Scope, row: &OutboxRow, message: &Message) -> Result<Outcome> {
        match message {
            Message::Webhook { webhook, activity } => {
                self.webhook(scope, row, webhook, activity).await
            }
            Message::GoalNotice { address, goal } => self.notice(scope, row, address, goal).await,
            Message::Confirmation { goal, person } => {
                self.confirmation(scope, row, goal, person).await
            }
            Message::Meeting {
                meeting,
                news,
                sequence,
                reader,
            } => {
                self.meeting(scope, row, meeting, *news, *sequence, *reader)
                    .await
            }
        }
    }

    async fn webhook(
        &self,
        scope: &Scope,
        row: &OutboxRow,
        webhook: &str,
        activity: &str,
    ) -> Result<Outcome> {
        let Some((url, secret)) = self
            .store
            .webhook_secret(scope, &self.keys, webhook.to_owned())
            .await?
        else {
            return Ok(Outcome::Dropped("the webhook is gone"));
        };
        let mut activity = self.store.activity(scope, activity.to_owned()).await?;
        if [Kind::Engaged, Kind::FlowEngaged]
            .map(Kind::name)
            .contains(&activity.kind.as_str())
        {
            let through = activity.seq.unwrap_or(u32::MAX);
            let said = self.said(scope, activity.conversation.as_deref(), through);
            let said = webhook::transcript(&said.await?);
            let attributes = &mut activity.attributes;
            attributes.insert("Conversation Transcript".into(), said.into());
        }
        let workspace = self.store.workspace(scope).await?;
        let person = match &activity.person {
            Some(person) => self.person(scope, person).await?,
            None => None,
        };
        let email = person
            .as_ref()
            .and_then(|portrait| portrait.person.email.as_deref());
        let body = webhook::body(&workspace.name, &activity, email);
        let headers = webhook::headers(&row.id, &secret, &body, self.store.now());
        Ok(match self.outgoing.post(&url, &headers, body).await {
            Ok(()) => Outcome::Sent,
            Err(Undelivered::Refused(why)) => Outcome::Dead(why.into()),
            // 410 is how a receiver says that it will never listen again.
            Err(gone @ Undelivered::Answered(410)) => Outcome::Dead(gone.to_string()),
            Err(fault) => Outcome::Failed(fault.to_string()),
        })
    }

    async fn notice(
        &self,
        scope: &Scope,
        row: &OutboxRow,
        address: &str,
        goal: &str,
    ) -> Result<Outcome> {
        let goal = self.store.goal(scope, goal.to_owned()).await?;
        let person = match &goal.person {
            Some(person) => self.person(scope, person).await?,
            None => None,
        };
        let said = self
            .said(scope, goal.conversation.as_deref(), u32::MAX)
            .await?;
        let workspace = self.store.workspace(scope).await?;
        let zone = Zone::parse(&workspace.settings.zone).unwrap_or_else(|_| Zone::utc());
        let letter = notice::letter(address, &goal, person.as_ref(), &zone, &said);
        self.send(scope, row, letter).await
    }

    async fn confirmation(
        &self,
        scope: &Scope,
        row: &OutboxRow,
        goal: &str,
        person: &str,
    ) -> Result<Outcome> {
        let goal = self.store.goal(scope, goal.to_owned()).await?;
        let portrait = self.store.person(scope, person.to_owned()).await?;
        let Some(email) = portrait.person.email.clone() else {
            return Ok(Outcome::Dropped("the person has no address"));
        };
        let Some(letter) = self
            .confirmation_letter(scope, &goal, &portrait, &email)
            .await?
        else {
            return Ok(Outcome::Dropped("the goal card sends no mail"));
        };
        if let Leave::From(until) = self
            .store
            .ask_leave(scope, row.id.clone(), email.clone(), Sort::Other)
            .await?
        {
            return Ok(Outcome::NotBefore(
                until,
                "too many letters to this address",
            ));
        }
        let registration = Registration {
            goal: goal.id.clone(),
            email,
            language: letter.language.clone(),
            subject: letter.subject.clone(),
            undone: None,
        };
        self.store
            .keep_registration(scope, &self.keys, person.to_owned(), registration)
            .await?;
        self.send(scope, row, letter).await
    }

    async fn confirmation_letter(
        &self,
        scope: &Scope,
        goal: &GoalRow,
        portrait: &Portrait,
        email: &str,
    ) -> Result<Option<Letter>> {
        let (Some(conversation), Some(card)) = (&goal.conversation, &goal.card) else {
            return Ok(None);
        };
        let log = self.store.log(scope, conversation.clone()).await?;
        let compiled = self.compiled(scope, &log.row.edition).await?;
        let edition = compiled
            .editions
            .iter()
            .find(|edition| edition.language == log.begin.language);
        let mail = edition.and_then(|edition| {
            compiled.confirmations.iter().find(|mail| {
                let on = edition
                    .cards
                    .get(usize::from(mail.card.0))
                    .map(|card| card.id.as_str());
                mail.language == edition.language && on == Some(card.as_str())
            })
        });
        let (Some(edition), Some(mail)) = (edition, mail) else {
            return Ok(None);
        };
        let undo = self.link("m/undo", &undo_token(&self.keys, scope, &goal.id));
        let title = self.store.workspace(scope).await?.settings.title;
        let organizer = Address::new(&title, &self.post.sender().email);
        let occasion = confirmation::Occasion {
            organizer: &organizer,
            mail,
            edition,
            portrait,
            email,
            trusted: portrait.is_trusted(),
            goal: &goal.id,
            undo: &undo,
            now: self.store.now(),
        };
        Ok(Some(occasion.letter()))
    }

    async fn meeting(
        &self,
        scope: &Scope,
        row: &OutboxRow,
        id: &str,
        news: News,
        sequence: u32,
        reader: Reader,
    ) -> Result<Outcome> {
        let met = self.store.meeting(scope, id.to_owned()).await?;
        if met.sequence != sequence {
            return Ok(Outcome::Dropped(
                "the meeting has changed since; newer news follow",
            ));
        }
        if reader == Reader::Guest && !met.trusted {
            let sort = match news {
                News::Booked => Sort::Invitation,
                News::Moved | News::Cancelled => Sort::Change,
            };
            if let Leave::From(until) = self
                .store
                .ask_leave(scope, row.id.clone(), met.email.clone(), sort)
                .await?
            {
                return Ok(Outcome::NotBefore(
                    until,
                    "too many letters to this address",
                ));
            }
        }
        let said = match (reader, news) {
            (Reader::Agent, News::Booked) => {
                self.said(scope, Some(&met.conversation), u32::MAX).await?
            }
            _ => Vec::new(),
        };
        let occasion = meeting::Occasion {
            meeting: &met,
            news,
            manage: &self.link("m", &manage_token(&self.keys, scope, id)),
            sender: self.post.sender(),
            transcript: &said,
            now: self.store.now(),
        };
        self.send(scope, row, occasion.letter(reader)).await
    }

    /// Sends a letter in the name of the workspace's company.
    async fn send(&self, scope: &Scope, row: &OutboxRow, letter: Letter) -> Result<Outcome> {
        let letter = letter.from(&self.store.workspace(scope).await?.settings.title);
        Ok(
            match self.post.send(&letter, &row.id, self.store.now()).await {
                Ok(()) => Outcome::Sent,
                Err(NotPosted::Never(why)) => Outcome::Dead(why),
                Err(NotPosted::NotNow(why)) => Outcome::Failed(why),
            },
        )
    }

    /// What was said in a conversation up to a line of its log; nothing where there is none.
    async fn said(
        &self,
        scope: &Scope,
        conversation: Option<&str>,
        through: u32,
    ) -> Result<Vec<Line>> {
        let Some(conversation) = conversation else {
            return Ok(Vec::new());
        };
        let mut log = match self.store.log(scope, conversation.to_owned()).await {
            Ok(log) => log,
            Err(StoreError::Missing(_)) => return Ok(Vec::new()),
            Err(fault) => return Err(fault),
        };
        log.entries.retain(|entry| entry.seq <= through);
        let compiled = self.compiled(scope, &log.row.edition).await?;
        let edition = compiled
            .editions
            .iter()
            .find(|edition| edition.language == log.begin.language);
        Ok(edition.map_or_else(Vec::new, |edition| {
            transcript(edition, compiled.id, &log.begin, &log.entries)
        }))
    }

    async fn compiled(
        &self,
        scope: &Scope,
        edition: &str,
    ) -> Result<Arc<engine::compile::Compiled>> {
        let id = EditionId::parse(edition).ok_or(StoreError::Damaged("conversation"))?;
        self.store.compiled(scope, id).await
    }

    /// A person; nobody when forgotten.
    async fn person(&self, scope: &Scope, id: &str) -> Result<Option<Portrait>> {
        match self.store.person(scope, id.to_owned()).await {
            Ok(portrait) => Ok(Some(portrait)),
            Err(StoreError::Missing(_)) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    fn link(&self, path: &str, token: &[u8]) -> String {
        format!("{}/{path}/{}", self.origin, base64url(token))
    }
}

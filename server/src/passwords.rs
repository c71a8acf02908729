//! Passwords: how they are kept, and how many may be looked at at once.
//!
//! Hashing is slow and takes 19 MB by intent, so that guessing is. A server does little of it at a time, and refuses what
//! would have to wait for long.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;

/// Shortest password, in characters.
pub const SHORTEST: usize = 12;
/// Longest, in bytes: what is longer is no password.
pub const LONGEST: usize = 1_000;
/// How many are hashed at once, for each core.
const A_CORE: usize = 2;
/// How many wait for that, for each that is hashed.
const WAITING: usize = 8;

/// Why a password is not kept.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// It can be guessed.
    #[error("a password has at least {SHORTEST} characters")]
    Short,
    /// Nobody types that.
    #[error("a password has at most {LONGEST} bytes")]
    Long,
    /// The hash cannot be made.
    #[error("{0}")]
    Hash(String),
}

/// Argon2id with the recommended cost and a salt of its own.
///
/// # Errors
/// When the password is too short or too long.
pub fn hash(password: &str) -> Result<String, Unfit> {
    if password.chars().count() < SHORTEST {
        return Err(Unfit::Short);
    }
    if password.len() > LONGEST {
        return Err(Unfit::Long);
    }
    made(password)
}

fn made(password: &str) -> Result<String, Unfit> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|fault| Unfit::Hash(fault.to_string()))
}

/// What was found about a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checked {
    /// It is another, or nobody's.
    Wrong,
    /// It is the one.
    Right {
        /// The same password under today's cost, where the kept hash has another.
        renewed: Option<String>,
    },
}

/// Looks at passwords for a server.
#[derive(Debug)]
pub struct Checker {
    turns: Semaphore,
    waiting: AtomicUsize,
    most: usize,
    nobodys: OnceLock<String>,
}

/// Too many wait already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl Default for Checker {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self::of(cores * A_CORE, cores * A_CORE * WAITING)
    }
}

impl Checker {
    fn of(at_once: usize, most: usize) -> Self {
        Self {
            turns: Semaphore::new(at_once),
            waiting: AtomicUsize::new(0),
            most,
            nobodys: OnceLock::new(),
        }
    }

    /// Compares a password with a kept hash. Without one as much work is done, so that nobody learns from the time it
    /// takes who is known.
    ///
    /// # Errors
    /// When too many wait already.
    pub async fn check(&self, password: String, kept: Option<String>) -> Result<Checked, Full> {
        let _place = Place::take(self)?;
        let Ok(_turn) = self.turns.acquire().await else {
            return Err(Full);
        };
        let is_known = kept.is_some();
        let kept = kept.unwrap_or_else(|| self.nobodys().to_owned());
        let checked = tokio::task::spawn_blocking(move || compare(&password, &kept)).await;
        match checked {
            Ok(checked) if is_known => Ok(checked),
            _ => Ok(Checked::Wrong),
        }
    }

    fn nobodys(&self) -> &str {
        self.nobodys
            .get_or_init(|| made("a password that opens nothing").unwrap_or_default())
    }
}

fn compare(password: &str, kept: &str) -> Checked {
    let Ok(parsed) = PasswordHash::new(kept) else {
        return Checked::Wrong;
    };
    if password.len() > LONGEST
        || Argon2::default()
            .verify_password(password.as_bytes(), &parsed)
            .is_err()
    {
        return Checked::Wrong;
    }
    let is_todays = parsed.algorithm == Algorithm::Argon2id.ident()
        && Params::try_from(&parsed).is_ok_and(|params| {
            let today = Params::DEFAULT;
            (params.m_cost(), params.t_cost(), params.p_cost())
                == (today.m_cost(), today.t_cost(), today.p_cost())
        });
    Checked::Right {
        renewed: if is_todays { None } else { made(password).ok() },
    }
}

/// A place among those that are looked at or wait, given back when dropped.
struct Place<'c>(&'c Checker);

impl<'c> Place<'c> {
    fn take(checker: &'c Checker) -> Result<Self, Full> {
        let place = Self(checker);
        if checker.waiting.fetch_add(1, Ordering::Relaxed) >= checker.most {
            return Err(Full);
        }
        Ok(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::Version;

    const PASSWORD: &str = "correct horse battery";

    #[test]
    fn a_password_is_kept_as_argon2id_with_a_salt_of_its_own() {
        let one = hash(PASSWORD).unwrap();
        let other = hash(PASSWORD).unwrap();
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && one != other);
        assert_eq!(compare(PASSWORD, &one), Checked::Right { renewed: None });
        assert_eq!(compare("another horse battery", &one), Checked::Wrong);
        assert!(matches!(hash("short"), Err(Unfit::Short)));
        assert!(matches!(hash(&"x".repeat(1_001)), Err(Unfit::Long)));
    }

    #[test]
    fn a_hash_of_an_older_cost_is_renewed_when_its_owner_comes() {
        let cheap = Params::new(8_192, 1, 1, None).unwrap();
        let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, cheap);
        let kept = cheap
            .hash_password(PASSWORD.as_bytes())
            .unwrap()
            .to_string();
        let Checked::Right {
            renewed: Some(renewed),
        } = compare(PASSWORD, &kept)
        else {
            panic!("it is not renewed");
        };
        assert_eq!(
            compare(PASSWORD, &renewed),
            Checked::Right { renewed: None }
        );
        assert_eq!(compare("another horse battery", &kept), Checked::Wrong);
    }

    #[tokio::test]
    async fn nobody_s_password_is_wrong_and_too_many_are_sent_away() {
        let checker = Checker::of(1, 2);
        let check = || checker.check(PASSWORD.into(), None);
        let (one, two, three) = tokio::join!(check(), check(), check());
        assert_eq!(one, Ok(Checked::Wrong));
        assert_eq!(two, Ok(Checked::Wrong));
        assert_eq!(three, Err(Full));
        assert_eq!(check().await, Ok(Checked::Wrong));
        let open = checker.check("a password that opens nothing".into(), None);
        assert_eq!(open.await, Ok(Checked::Wrong));
    }
}

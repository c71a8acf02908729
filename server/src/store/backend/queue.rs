//! Work that waits to be written: of bounded length, and finished before whoever writes stops.

use super::Piece;
use crate::store::{Result, StoreError};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Most pieces of work that wait; more is answered with *busy*.
pub(super) const LENGTH: usize = 4_096;

/// The end at which work comes in.
pub(super) struct Queue {
    entrance: Option<SyncSender<Box<dyn Piece>>>,
    waiting: Arc<AtomicUsize>,
    threads: Vec<JoinHandle<()>>,
}

/// The end at which it is taken, one thread at a time.
#[derive(Clone)]
pub(super) struct Exit {
    work: Arc<Mutex<Receiver<Box<dyn Piece>>>>,
    waiting: Arc<AtomicUsize>,
}

impl Queue {
    /// Starts a thread for each writer.
    pub fn start<W>(writers: impl IntoIterator<Item = W>) -> Self
    where
        W: FnOnce(Exit) + Send + 'static,
    {
        let (entrance, work) = sync_channel(LENGTH);
        let exit = Exit {
            work: Arc::new(Mutex::new(work)),
            waiting: Arc::default(),
        };
        let start = |writer: W| {
            let exit = exit.clone();
            std::thread::spawn(move || writer(exit))
        };
        Self {
            threads: writers.into_iter().map(start).collect(),
            entrance: Some(entrance),
            waiting: exit.waiting,
        }
    }

    /// How many pieces of work wait.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Takes a piece of work, unless too many wait.
    pub fn push(&self, piece: Box<dyn Piece>) -> Result<()> {
        let entrance = self.entrance.as_ref().ok_or(StoreError::Stopped)?;
        self.waiting.fetch_add(1, Ordering::Relaxed);
        entrance.try_send(piece).map_err(|refused| {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            match refused {
                TrySendError::Full(_) => StoreError::Busy,
                TrySendError::Disconnected(_) => StoreError::Stopped,
            }
        })
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.entrance.take();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Exit {
    /// Waits for work and takes what is there, at most so many pieces; nothing once no more can come.
    pub fn take(&self, most: usize) -> Option<Vec<Box<dyn Piece>>> {
        let work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        let first = work.recv().ok()?;
        let rest = work.try_iter().take(most.saturating_sub(1));
        let taken: Vec<_> = std::iter::once(first).chain(rest).collect();
        self.waiting.fetch_sub(taken.len(), Ordering::Relaxed);
        Some(taken)
    }
}

//! Work that waits to be written: of bounded length, and finished before whoever writes stops.

use super::Piece;
use crate::store::{Result, StoreError};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Most pieces of work that wait; more is answered with *busy*.
pub(super) const LENGTH: usize = 4_096;

/// The end at which work comes in.
pub(super) struct Queue {
    line: Arc<Line>,
    threads: Vec<JoinHandle<()>>,
}

/// The end at which it is taken.
#[derive(Clone)]
pub(super) struct Exit(Arc<Line>);

#[derive(Default)]
struct Line {
    waiting: Mutex<Waiting>,
    came: Condvar,
}

#[derive(Default)]
struct Waiting {
    work: VecDeque<Box<dyn Piece>>,
    closed: bool,
}

impl Line {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is work; the line is empty only when no more can come.
    fn next(&self) -> MutexGuard<'_, Waiting> {
        let idle = |waiting: &mut Waiting| waiting.work.is_empty() && !waiting.closed;
        self.came
            .wait_while(self.waiting(), idle)
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// Starts a thread for each writer.
    pub fn start<W>(writers: impl IntoIterator<Item = W>) -> Self
    where
        W: FnOnce(Exit) + Send + 'static,
    {
        let line = Arc::<Line>::default();
        let start = |writer: W| {
            let exit = Exit(Arc::clone(&line));
            std::thread::spawn(move || writer(exit))
        };
        let threads = writers.into_iter().map(start).collect();
        Self { line, threads }
    }

    /// How many pieces of work wait.
    pub fn waiting(&self) -> usize {
        self.line.waiting().work.len()
    }

    /// Takes a piece of work, unless too many wait.
    pub fn push(&self, piece: Box<dyn Piece>) -> Result<()> {
        let mut waiting = self.line.waiting();
        if waiting.closed {
            return Err(StoreError::Stopped);
        }
        if waiting.work.len() >= LENGTH {
            return Err(StoreError::Busy);
        }
        waiting.work.push_back(piece);
        drop(waiting);
        self.line.came.notify_one();
        Ok(())
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.line.waiting().closed = true;
        self.line.came.notify_all();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Exit {
    /// Waits for work and takes what is there, at most so many pieces, joined where they can be; nothing once no more
    /// can come.
    pub fn take_all(&self, most: usize) -> Option<Vec<Box<dyn Piece>>> {
        let mut waiting = self.0.next();
        let most = most.min(waiting.work.len());
        let mut taken: Vec<Box<dyn Piece>> = Vec::new();
        let mut open: Option<usize> = None;
        for piece in waiting.work.drain(..most) {
            let left = match open.and_then(|place| taken.get_mut(place)) {
                Some(joint) => joint.join(piece),
                None => Some(piece),
            };
            if let Some(piece) = left {
                if piece.can_join() {
                    open = Some(taken.len());
                }
                taken.push(piece);
            }
        }
        Some(taken).filter(|taken| !taken.is_empty())
    }

    /// Waits for work and takes the first piece, with at most so many others that can be joined to it; the rest is left
    /// to other writers.
    pub fn take_one(&self, most: usize) -> Option<Box<dyn Piece>> {
        let mut waiting = self.0.next();
        let mut first = waiting.work.pop_front()?;
        if first.can_join() {
            let others = std::mem::take(&mut waiting.work);
            let mut joined = 1;
            for piece in others {
                let left = if joined < most {
                    first.join(piece)
                } else {
                    Some(piece)
                };
                match left {
                    Some(piece) => waiting.work.push_back(piece),
                    None => joined += 1,
                }
            }
        }
        Some(first)
    }
}

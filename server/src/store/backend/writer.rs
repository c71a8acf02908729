//! The one thread that writes.
//!
//! It takes whatever waits, runs each piece of work inside its own savepoint,
//! commits them together with one sync, and only then lets anybody know. A
//! piece that fails is rolled back alone.

use super::{Piece, QUEUE, Ran};
use crate::store::db::Connection;
use crate::store::{Result, StoreError};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Most pieces of work that share one commit, so that nobody waits for long.
const GROUP: usize = 256;

pub(super) struct Writer {
    queue: Mutex<Option<SyncSender<Box<dyn Piece>>>>,
    waiting: Arc<AtomicUsize>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(super) fn start(db: Connection) -> Self {
        let (queue, work) = sync_channel(QUEUE);
        let waiting = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&waiting);
        let thread = std::thread::spawn(move || run(&db, &work, &counted));
        Self {
            queue: Mutex::new(Some(queue)),
            waiting,
            thread: Mutex::new(Some(thread)),
        }
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    pub(super) fn push(&self, piece: Box<dyn Piece>) -> Result<()> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = queue.as_ref().ok_or(StoreError::Stopped)?;
        self.waiting.fetch_add(1, Ordering::Relaxed);
        queue.try_send(piece).map_err(|refused| {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            match refused {
                TrySendError::Full(_) => StoreError::Busy,
                TrySendError::Disconnected(_) => StoreError::Stopped,
            }
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

fn run(db: &Connection, queue: &Receiver<Box<dyn Piece>>, waiting: &AtomicUsize) {
    while let Ok(first) = queue.recv() {
        let group: Vec<Box<dyn Piece>> = std::iter::once(first)
            .chain(queue.try_iter().take(GROUP - 1))
            .collect();
        waiting.fetch_sub(group.len(), Ordering::Relaxed);
        commit(db, group);
    }
}

fn commit(db: &Connection, mut group: Vec<Box<dyn Piece>>) {
    if let Err(fault) = db.execute_batch("BEGIN IMMEDIATE") {
        // The work is dropped unrun; whoever waits hears that nothing was done.
        tracing::error!(%fault, "cannot begin to write");
        return;
    }
    for piece in &mut group {
        if let Err(fault) = in_savepoint(db, piece.as_mut()) {
            // Nothing of the group is certain any more, so nothing of it is kept.
            tracing::error!(%fault, "cannot go on writing");
            let _ = db.execute_batch("ROLLBACK");
            for piece in group {
                piece.settle(Err(StoreError::Busy));
            }
            return;
        }
    }
    let committed = db.execute_batch("COMMIT");
    if let Err(fault) = &committed {
        tracing::error!(%fault, "cannot commit");
        let _ = db.execute_batch("ROLLBACK");
    }
    for piece in group {
        piece.settle(match committed {
            Ok(()) => Ok(()),
            Err(_) => Err(StoreError::Busy),
        });
    }
}

fn in_savepoint(db: &Connection, piece: &mut dyn Piece) -> Result<()> {
    db.execute_batch("SAVEPOINT work")?;
    if piece.run(db) != Ran::Well {
        db.execute_batch("ROLLBACK TO work")?;
    }
    Ok(db.execute_batch("RELEASE work")?)
}

#[cfg(test)]
mod tests {
    use super::super::Task;
    use super::*;

    fn writer(folder: &std::path::Path) -> Writer {
        let db = super::super::connection::open_to_write(&folder.join("t.db")).unwrap();
        db.execute_batch("CREATE TABLE t (n INTEGER PRIMARY KEY)")
            .unwrap();
        Writer::start(db)
    }

    async fn run<T, F>(writer: &Writer, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&Connection) -> Result<T> + Send + 'static,
    {
        let (task, answered) = Task::new(work);
        writer.push(Box::new(task))?;
        answered.await.unwrap()
    }

    #[tokio::test]
    async fn one_failed_piece_of_work_never_fails_its_neighbours() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path());
        let insert = |n: i64| {
            run(&writer, move |db| {
                db.execute("INSERT INTO t VALUES (?1)", [n])?;
                if n == 2 {
                    Err(StoreError::Missing("two".into()))
                } else {
                    Ok(())
                }
            })
        };
        let (one, two, three) = tokio::join!(insert(1), insert(2), insert(3));
        assert!(one.is_ok() && two.is_err() && three.is_ok());
        let kept = run(&writer, |db| {
            Ok(db.query_row("SELECT sum(n) FROM t", (), |row| row.get::<i64>(0))?)
        })
        .await
        .unwrap();
        assert_eq!(kept, 4);
    }

    #[tokio::test]
    async fn a_panic_inside_a_transaction_leaves_the_writer_at_work() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path());
        let fell: Result<()> = run(&writer, |_| panic!("as a test")).await;
        assert!(fell.is_err());
        assert!(run(&writer, |_| Ok(())).await.is_ok());
    }

    #[tokio::test]
    async fn a_full_queue_says_busy_and_keeps_what_it_took() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path());
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let first = run(&writer, move |_| {
            let _ = held.recv();
            Ok(())
        });
        let mut first = std::pin::pin!(first);
        assert!(futures_poll(first.as_mut()).is_none());
        let mut taken = 0;
        let mut refused = false;
        while !refused && taken <= QUEUE + GROUP {
            refused = matches!(
                writer.push(Box::new(Task::new(|_: &Connection| Ok(())).0)),
                Err(StoreError::Busy)
            );
            taken += 1;
        }
        assert!(refused);
        drop(hold);
        assert!(first.await.is_ok());
    }

    fn futures_poll<F: std::future::Future>(future: std::pin::Pin<&mut F>) -> Option<F::Output> {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match future.poll(&mut context) {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        }
    }
}

//! The one thread that writes.
//!
//! It takes whatever waits, runs each piece of work inside its own savepoint,
//! commits them together with one sync, and only then lets anybody know. A
//! piece that fails is rolled back alone.

use super::queue::{Exit, Queue};
use super::{Piece, Ran};
use crate::store::db::Connection;
use crate::store::{Result, StoreError};
use std::collections::VecDeque;

/// Most pieces of work that share one commit, so that nobody waits for long.
const GROUP: usize = 256;

/// Starts it; it ends with the queue.
pub(super) fn start(db: Connection) -> Queue {
    Queue::start([move |exit: Exit| {
        while let Some(group) = exit.take_all(GROUP) {
            commit(&db, group);
        }
    }])
}

fn commit(db: &Connection, group: Vec<Box<dyn Piece>>) {
    if let Err(fault) = db.execute_batch("BEGIN IMMEDIATE") {
        // The work is dropped unrun; whoever waits hears that nothing was done.
        tracing::error!(%fault, "cannot begin to write");
        return;
    }
    let mut group = VecDeque::from(group);
    let mut done = Vec::with_capacity(group.len());
    while let Some(mut piece) = group.pop_front() {
        match in_savepoint(db, piece.as_mut()) {
            Ok(Ran::Apart) => {
                for part in piece.part().into_iter().rev() {
                    group.push_front(part);
                }
            }
            Ok(Ran::Well | Ran::Badly | Ran::Again) => done.push(piece),
            Err(fault) => {
                // Nothing of the group is certain any more, so nothing of it is kept.
                tracing::error!(%fault, "cannot go on writing");
                let _ = db.execute_batch("ROLLBACK");
                done.push(piece);
                for piece in done.into_iter().chain(group) {
                    piece.settle(Err(StoreError::Busy));
                }
                return;
            }
        }
    }
    let committed = db.execute_batch("COMMIT");
    if let Err(fault) = &committed {
        tracing::error!(%fault, "cannot commit");
        let _ = db.execute_batch("ROLLBACK");
    }
    for piece in done {
        piece.settle(match committed {
            Ok(()) => Ok(()),
            Err(_) => Err(StoreError::Busy),
        });
    }
}

fn in_savepoint(db: &Connection, piece: &mut dyn Piece) -> Result<Ran> {
    db.execute_batch("SAVEPOINT work")?;
    let ran = piece.run(db);
    if ran != Ran::Well {
        db.execute_batch("ROLLBACK TO work")?;
    }
    db.execute_batch("RELEASE work")?;
    Ok(ran)
}

#[cfg(test)]
mod tests {
    use super::super::{Task, queue};
    use super::*;

    fn writer(folder: &std::path::Path) -> Queue {
        let db = super::super::connection::open_to_write(&folder.join("t.db")).unwrap();
        db.execute_batch("CREATE TABLE t (n INTEGER PRIMARY KEY)")
            .unwrap();
        start(db)
    }

    async fn run<T, F>(writer: &Queue, work: F) -> Result<T>
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
        while !refused && taken <= queue::LENGTH + GROUP {
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

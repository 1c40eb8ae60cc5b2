//! The one writer: takes every change that waits, commits them together, and answers each after the flush.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::StoreError;

/// Changes that may wait for the writer; beyond it a caller is told that the system is busy.
const WAITING: usize = 4_096;
/// Changes in one commit.
const GROUP: usize = 256;

/// Told whether the commit is on the disk; passes the answer on to the caller.
type Finish = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
/// Runs a change inside the open transaction; says whether to keep it.
type Change = Box<dyn FnOnce(&Connection) -> (Keep, Finish) + Send>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Yes,
    No,
}

/// How much the writer has done.
#[derive(Debug, Clone, Copy)]
pub struct WriterStats {
    /// Durable commits (one flush each).
    pub commits: u64,
    /// Changes carried by them.
    pub changes: u64,
}

#[derive(Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Change>,
    commits: Arc<AtomicU64>,
    changes: Arc<AtomicU64>,
}

impl Writer {
    /// Starts the writer's thread, which drops `held` when it ends, however it ends.
    pub(super) fn start(connection: Connection, held: impl Send + 'static) -> Result<Self, StoreError> {
        let (queue, waiting) = mpsc::channel(WAITING);
        let writer = Self { queue, commits: Arc::default(), changes: Arc::default() };
        let (commits, changes) = (writer.commits.clone(), writer.changes.clone());
        std::thread::Builder::new().name("store-writer".to_owned()).spawn(move || {
            let _held = held;
            run(&connection, waiting, &commits, &changes);
        })?;
        Ok(writer)
    }

    pub(super) async fn write<T, E>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Change = Box::new(move |connection| {
            let result = change(connection);
            let keep = if result.is_ok() { Keep::Yes } else { Keep::No };
            let finish: Finish = Box::new(move |committed| {
                let _ = answer.send(match (result, committed) {
                    (Ok(value), Ok(())) => Ok(value),
                    (Ok(_), Err(error)) => Err(E::from(error)),
                    (Err(error), _) => Err(error),
                });
            });
            (keep, finish)
        });
        self.queue.try_send(job).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => StoreError::Unavailable,
        })?;
        answered.await.unwrap_or_else(|_| Err(StoreError::Unavailable.into()))
    }

    pub(super) fn stats(&self) -> WriterStats {
        WriterStats {
            commits: self.commits.load(Ordering::Relaxed),
            changes: self.changes.load(Ordering::Relaxed),
        }
    }
}

fn run(
    connection: &Connection,
    mut waiting: mpsc::Receiver<Change>,
    commits: &AtomicU64,
    changes: &AtomicU64,
) {
    let mut group = Vec::with_capacity(GROUP);
    while waiting.blocking_recv_many(&mut group, GROUP) > 0 {
        let size = group.len() as u64;
        commit(connection, group.drain(..));
        commits.fetch_add(1, Ordering::Relaxed);
        changes.fetch_add(size, Ordering::Relaxed);
    }
}

/// One transaction for the whole group; a change that is refused or fails is undone alone.
fn commit(connection: &Connection, group: impl Iterator<Item = Change>) {
    if let Err(error) = connection.execute_batch("BEGIN IMMEDIATE") {
        tracing::error!(%error, "cannot begin a commit");
        return; // Dropping the changes answers `Unavailable`.
    }
    let mut finishes = Vec::new();
    for change in group {
        match apply(connection, change) {
            Ok(finish) => finishes.extend(finish),
            Err(error) => tracing::error!(%error, "a change could not be tried"),
        }
        if connection.is_autocommit() {
            break; // A full disk rolled the whole transaction back: nothing of this group is kept.
        }
    }
    let committed = if connection.is_autocommit() {
        Err(StoreError::Full)
    } else {
        connection.execute_batch("COMMIT").map_err(StoreError::from)
    };
    if let Err(error) = &committed {
        tracing::error!(%error, "a commit failed");
        if !connection.is_autocommit() {
            let _ = connection.execute_batch("ROLLBACK");
        }
    }
    for finish in finishes {
        finish(match &committed {
            Ok(()) => Ok(()),
            Err(StoreError::Full) => Err(StoreError::Full),
            Err(_) => Err(StoreError::Unavailable),
        });
    }
}

/// Tries one change; `None` when it panicked (its caller is told `Unavailable`).
fn apply(connection: &Connection, change: Change) -> Result<Option<Finish>, rusqlite::Error> {
    connection.prepare_cached("SAVEPOINT one")?.execute([])?;
    let tried = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| change(connection)));
    let (keep, finish) = match tried {
        Ok((keep, finish)) => (keep, Some(finish)),
        Err(_) => (Keep::No, None),
    };
    if !connection.is_autocommit() {
        if keep == Keep::No {
            connection.prepare_cached("ROLLBACK TO one")?.execute([])?;
        }
        connection.prepare_cached("RELEASE one")?.execute([])?;
    }
    Ok(finish)
}

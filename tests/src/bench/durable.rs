//! The floor of everything that must last: rusqlite, WAL, `synchronous=FULL`, one thread that commits what waits
//! together. One row a write, and nothing else.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow};
use rusqlite::{Connection, params};
use tokio::sync::{mpsc, oneshot};

use super::measure::{AT_ONCE, Spread, cpu_ms, ms};

/// Writes in one commit, as in the product's store.
const GROUP: usize = 256;

/// A bare durable log. Clones are one.
#[derive(Clone)]
pub(super) struct Durable {
    queue: mpsc::Sender<Write>,
    commits: Arc<AtomicU64>,
    next: Arc<AtomicU64>,
}

struct Write {
    instance: u64,
    step: u32,
    kept: oneshot::Sender<()>,
}

impl Durable {
    pub(super) fn start(folder: &Path) -> Result<Self> {
        let connection = Connection::open(folder.join("bare.db"))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS step(instance INTEGER, step INTEGER, outcome TEXT, at INTEGER,
             PRIMARY KEY (instance, step)) WITHOUT ROWID",
        )?;
        let last: i64 =
            connection.query_row("SELECT coalesce(max(instance), 0) FROM step", [], |row| row.get(0))?;
        let (queue, waiting) = mpsc::channel(4_096);
        let (commits, next) =
            (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(u64::try_from(last)? + 1)));
        let counted = commits.clone();
        std::thread::Builder::new().name("bare-writer".to_owned()).spawn(move || {
            if let Err(error) = write_all(&connection, waiting, &counted) {
                eprintln!("the bare writer stopped: {error:#}");
            }
        })?;
        Ok(Self { queue, commits, next })
    }

    /// A number that no row has yet.
    pub(super) fn instance(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns when the row is on the disk.
    pub(super) async fn write(&self, instance: u64, step: u32) -> Result<()> {
        let (kept, answer) = oneshot::channel();
        self.queue
            .send(Write { instance, step, kept })
            .await
            .map_err(|_| anyhow!("the bare writer is gone"))?;
        answer.await.context("a bare write was lost")
    }

    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }
}

fn write_all(connection: &Connection, mut waiting: mpsc::Receiver<Write>, commits: &AtomicU64) -> Result<()> {
    let mut group = Vec::with_capacity(GROUP);
    while waiting.blocking_recv_many(&mut group, GROUP) > 0 {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let mut insert = connection.prepare_cached("INSERT INTO step VALUES (?1, ?2, 'sent', ?3)")?;
        for write in &group {
            insert.execute(params![i64::try_from(write.instance)?, write.step, 1_700_000_000_000_i64])?;
        }
        drop(insert);
        connection.execute_batch("COMMIT")?;
        commits.fetch_add(1, Ordering::Relaxed);
        for write in group.drain(..) {
            let _ = write.kept.send(());
        }
    }
    Ok(())
}

/// What some time of bare writing came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bare {
    pub(super) rate: f64,
    pub(super) spread: Spread,
    pub(super) cpu_ms: f64,
    pub(super) commits: f64,
}

/// Instances of `steps` writes, each durable before the next, [`AT_ONCE`] at once.
pub(super) async fn instances(folder: &Path, steps: u32, span: Duration) -> Result<Bare> {
    let durable = Durable::start(folder)?;
    let (began, cpu, commits) = (Instant::now(), cpu_ms(std::process::id()), durable.commits());
    let mut workers = Vec::new();
    for _ in 0..AT_ONCE {
        let durable = durable.clone();
        workers.push(tokio::spawn(async move {
            let mut took = Vec::new();
            while began.elapsed() < span {
                let (instance, start) = (durable.instance(), Instant::now());
                for step in 0..steps {
                    durable.write(instance, step).await?;
                }
                took.push(ms(start.elapsed()));
            }
            Ok::<_, anyhow::Error>(took)
        }));
    }
    let mut took = Vec::new();
    for worker in workers {
        took.extend(worker.await??);
    }
    let done = took.len() as f64;
    Ok(Bare {
        rate: done / began.elapsed().as_secs_f64(),
        cpu_ms: (cpu_ms(std::process::id()) - cpu) / done,
        commits: (durable.commits() - commits) as f64 / done,
        spread: Spread::of(took),
    })
}

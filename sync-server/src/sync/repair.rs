//! Looking into a document, in a child process: Automerge reads bytes that came from outside, and may crash or swell. A
//! repair and a submission are rare, so each gets a process of its own.

use std::{
    io::{Read, Write},
    path::PathBuf,
    process::{ExitCode, Stdio},
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use shared::document::{Actor, Application, DocumentError, MAX_REPAIR_MESSAGE_BYTES};
use shared::domain::{ChangeHash, DocumentId};
use tokio::{
    io::AsyncWriteExt,
    process::Command,
    sync::{OwnedSemaphorePermit, Semaphore},
};

use super::handed_in::HandedIn;
use crate::confined;

/// Processes at once.
const AT_ONCE: usize = 2;
/// Memory that one may take for data, bytes.
const MAX_MEMORY_BYTES: u64 = 256 * 1024 * 1024;
/// Processor time of one, seconds.
const CPU_SECONDS: i64 = 5;
/// Wall time of one.
const LONGEST: Duration = Duration::from_secs(20);
/// Largest task that is handed over, in bytes.
const MAX_TASK_BYTES: u64 = 16 * 1024 * 1024;

/// Largest answer about what was handed in, in bytes: seventy fields of two kilobytes, and what stands around them.
const MAX_HANDED_IN_BYTES: usize = 512 * 1024;

/// What the process is told.
#[derive(Serialize, Deserialize)]
struct Task {
    document: [u8; 16],
    changes: Vec<Vec<u8>>,
    what: What,
}

/// What it has to do with the document.
#[derive(Serialize, Deserialize)]
enum What {
    /// Answer this message of a repair.
    Answer(Vec<u8>),
    /// Say what it said at these heads.
    Read(Vec<ChangeHash>),
}

/// Starts the processes.
#[derive(Clone)]
pub struct Repairs {
    exe: PathBuf,
    places: Arc<Semaphore>,
}

/// Why a document was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is damaged, or too large: it will never be read.
    Bad(DocumentError),
    /// The process did not live to answer, as on a machine without memory or time to spare: try again.
    NoAnswer,
}

impl Repairs {
    /// With `exe`, which must run [`worker_main`] when it is called with the one argument `repair-worker`.
    pub fn new(exe: PathBuf) -> Self {
        Self { exe, places: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Waits for a place; ask for the document only then, so that few are in memory at once.
    pub(crate) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        self.places.clone().acquire_owned().await.ok()
    }

    /// The answer to a device's message about a document that has these changes here.
    ///
    /// # Errors
    /// When the message or the document is damaged, or the process did not live to answer.
    pub(super) async fn answer(
        &self,
        _turn: OwnedSemaphorePermit,
        document: DocumentId,
        changes: Vec<Vec<u8>>,
        message: Vec<u8>,
    ) -> Result<Vec<u8>, DocumentError> {
        let answered = self.ask(document, changes, What::Answer(message), MAX_REPAIR_MESSAGE_BYTES).await;
        answered.map_err(|unread| match unread {
            Unread::Bad(error) => error,
            Unread::NoAnswer => DocumentError::Malformed,
        })
    }

    /// What a document that has these changes here said at these heads.
    ///
    /// # Errors
    /// When the document is damaged or lacks a head, or the process did not live to answer.
    pub(crate) async fn read(
        &self,
        _turn: OwnedSemaphorePermit,
        document: DocumentId,
        changes: Vec<Vec<u8>>,
        heads: Vec<ChangeHash>,
    ) -> Result<HandedIn, Unread> {
        let answer = self.ask(document, changes, What::Read(heads), MAX_HANDED_IN_BYTES).await?;
        serde_json::from_slice(&answer).map_err(|_| Unread::Bad(DocumentError::Malformed))
    }

    async fn ask(
        &self,
        document: DocumentId,
        changes: Vec<Vec<u8>>,
        what: What,
        most: usize,
    ) -> Result<Vec<u8>, Unread> {
        let task = Task { document: document.to_bytes(), changes, what };
        let task = postcard::to_allocvec(&task).map_err(|_| Unread::Bad(DocumentError::TooLarge))?;
        let answer = tokio::time::timeout(LONGEST, self.run(task)).await;
        let answer = answer.ok().and_then(Result::ok).ok_or(Unread::NoAnswer)?;
        let answer = answer.ok_or(Unread::Bad(DocumentError::Malformed))?;
        if answer.len() > most { Err(Unread::Bad(DocumentError::TooLarge)) } else { Ok(answer) }
    }

    /// The answer, or `None` where the process says that there is none to give.
    async fn run(&self, task: Vec<u8>) -> std::io::Result<Option<Vec<u8>>> {
        let mut child = Command::new(&self.exe)
            .arg("repair-worker")
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        if let Some(mut to) = child.stdin.take() {
            to.write_all(&task).await?;
        }
        let answer = child.wait_with_output().await?;
        match answer.status.code() {
            Some(0) => Ok(Some(answer.stdout)),
            Some(_) => Ok(None),
            None => Err(std::io::Error::other("it was ended before it could answer")),
        }
    }
}

/// Answers the one task on standard input. Never called inside the server's own process: it limits the process that
/// calls it for good.
pub fn worker_main() -> ExitCode {
    confined::limit_this_process("repair worker", MAX_MEMORY_BYTES);
    confined::limit_processor_time(CPU_SECONDS);
    match answered() {
        Some(()) => ExitCode::SUCCESS,
        None => ExitCode::FAILURE,
    }
}

fn answered() -> Option<()> {
    let mut task = Vec::new();
    std::io::stdin().lock().take(MAX_TASK_BYTES).read_to_end(&mut task).ok()?;
    let task: Task = postcard::from_bytes(&task).ok()?;
    let document = DocumentId::from_bytes(task.document);
    // Nothing is written under this actor: only answers are asked for.
    let application = Application::replay(document, Actor::fresh([0; 16]), &task.changes).ok()?;
    let answer = match task.what {
        What::Answer(message) => application.answer_repair(&message).ok()?,
        What::Read(heads) => serde_json::to_vec(&HandedIn::of(&application.view_at(&heads)?)).ok()?,
    };
    std::io::stdout().lock().write_all(&answer).ok()
}

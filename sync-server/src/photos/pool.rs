//! The warm workers that the server hands photos to.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::{Mutex, mpsc, oneshot},
    time::{sleep, timeout},
};

use super::{
    MAX_PHOTO_BYTES, PhotoReading, PhotoRefusal, ReadBy, Task,
    frames::{Answer, receive, send},
    worker::EXIT_CANNOT_START,
};
use crate::{ops::Workers, problem::masked};

/// Photos that may wait for each worker; one more is refused as busy. At a second each, nobody waits long in vain.
const WAITING_PER_WORKER: usize = 4;
/// Photos after which a worker is replaced, so that what a library leaks cannot grow.
const JOBS_PER_WORKER: u32 = 200;
/// Wall time for one photo; the worker's own processor time limits usually come first.
const JOB_TIME: Duration = Duration::from_secs(20);
/// Pause before a worker that could not be started is tried again.
const RESTART_PAUSE: Duration = Duration::from_secs(1);

/// The pool's name among the background work.
const NAME: &str = "photos";

/// Hands photos to limited child processes. Cheap to clone.
#[derive(Clone)]
pub struct PhotoWorkers {
    jobs: mpsc::Sender<Job>,
}

struct Job {
    photo: Bytes,
    task: Task,
    reply: oneshot::Sender<Result<PhotoReading, PhotoRefusal>>,
}

type Jobs = Arc<Mutex<mpsc::Receiver<Job>>>;

impl PhotoWorkers {
    /// Starts `size` workers (at least one) from `exe`, which must run [`super::worker_main`] when it is called with
    /// the one argument `photo-worker`. Call inside a tokio runtime; the workers end when the last clone is dropped.
    pub fn start(exe: PathBuf, size: usize) -> Self {
        Self::start_watched(exe, size, &Workers::default())
    }

    /// As [`Self::start`]; each worker counts as background work of `workers` while its process can be started.
    pub fn start_watched(exe: PathBuf, size: usize, workers: &Workers) -> Self {
        let size = size.max(1);
        let (sender, receiver) = mpsc::channel(size * WAITING_PER_WORKER);
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..size {
            tokio::spawn(work(exe.clone(), Arc::clone(&receiver), workers.clone()));
        }
        Self { jobs: sender }
    }

    /// Photos that wait for a worker.
    pub fn waiting(&self) -> usize {
        self.jobs.max_capacity() - self.jobs.capacity()
    }

    /// Decodes and re-encodes `photo` and, for [`Task::ReadCard`], reads the card in it.
    ///
    /// # Errors
    /// A [`PhotoRefusal`]: the photo's own fault, or [`PhotoRefusal::PhotoBusy`] when too many are waiting, or
    /// [`PhotoRefusal::PhotoReaderUnavailable`] when no worker can be started. A photo on which a worker dies or runs
    /// out of time is [`PhotoRefusal::PhotoDecodeFailed`].
    pub async fn read(&self, photo: Bytes, task: Task) -> Result<PhotoReading, PhotoRefusal> {
        if photo.is_empty() {
            return Err(PhotoRefusal::PhotoEmpty);
        }
        if photo.len() > MAX_PHOTO_BYTES {
            return Err(PhotoRefusal::PhotoTooLarge);
        }
        let (reply, answer) = oneshot::channel();
        self.jobs.try_send(Job { photo, task, reply }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => PhotoRefusal::PhotoBusy,
            mpsc::error::TrySendError::Closed(_) => PhotoRefusal::PhotoReaderUnavailable,
        })?;
        answer.await.unwrap_or(Err(PhotoRefusal::PhotoReaderUnavailable))
    }

    /// What happens to a photo that a customer hands in: it is re-encoded, then our copy is measured and read, so that
    /// what is judged is what is kept and shown.
    ///
    /// # Errors
    /// As [`PhotoWorkers::read`].
    pub async fn take_in(&self, original: Bytes) -> Result<PhotoReading, PhotoRefusal> {
        self.read(original, Task::ReadCard(ReadBy::Both)).await
    }
}

/// One worker's life: start it before there is work, feed it, replace it when it is worn out or broken.
async fn work(exe: PathBuf, jobs: Jobs, workers: Workers) {
    let mut up = Some(workers.running(NAME));
    loop {
        let mut worker = match Worker::start(&exe) {
            Ok(worker) => worker,
            Err(cause) => {
                tracing::error!(%cause, exe = %exe.display(), "photo worker could not be started");
                up = None;
                if !refuse_one(&jobs).await {
                    return;
                }
                sleep(RESTART_PAUSE).await;
                continue;
            }
        };
        up = up.or_else(|| Some(workers.running(NAME)));
        for _ in 0..JOBS_PER_WORKER {
            let Some(job) = jobs.lock().await.recv().await else { return };
            if job.reply.is_closed() {
                continue;
            }
            let done = timeout(JOB_TIME, worker.take_in(job.task, &job.photo)).await;
            let (result, alive) = match done {
                Ok(Ok(result)) => (result, true),
                Ok(Err(cause)) => (Err(worker.why_it_died(&cause).await), false),
                Err(_) => {
                    tracing::warn!(bytes = job.photo.len(), "photo worker ran out of time");
                    (Err(PhotoRefusal::PhotoDecodeFailed), false)
                }
            };
            // The asker may have gone; then nobody misses the answer.
            let _ = job.reply.send(result);
            if !alive {
                break;
            }
        }
    }
}

/// Answers one waiting job while no worker runs. `false` when nobody will ever ask again.
async fn refuse_one(jobs: &Jobs) -> bool {
    let Some(job) = jobs.lock().await.recv().await else { return false };
    let _ = job.reply.send(Err(PhotoRefusal::PhotoReaderUnavailable));
    true
}

struct Worker {
    /// Killed when dropped.
    child: Child,
    requests: ChildStdin,
    answers: ChildStdout,
}

impl Worker {
    fn start(exe: &Path) -> std::io::Result<Self> {
        let mut command = Command::new(exe);
        // Nothing of the server's environment reaches it: keys live there.
        command.arg("photo-worker").env_clear().env("OMP_THREAD_LIMIT", "1").env("MALLOC_ARENA_MAX", "1");
        for kept in ["TESSDATA_PREFIX", "LD_LIBRARY_PATH", "PATH"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()?;
        let lost = || std::io::Error::other("a pipe to the photo worker is missing");
        let requests = child.stdin.take().ok_or_else(lost)?;
        let answers = child.stdout.take().ok_or_else(lost)?;
        Ok(Self { child, requests, answers })
    }

    async fn take_in(
        &mut self,
        task: Task,
        photo: &[u8],
    ) -> std::io::Result<Result<PhotoReading, PhotoRefusal>> {
        send(&mut self.requests, task, photo).await?;
        let answer: Answer = serde_json::from_slice(&receive(&mut self.answers).await?)?;
        let jpeg = receive(&mut self.answers).await?;
        Ok(match answer {
            Answer::Read(reading) => Ok(PhotoReading { jpeg: Bytes::from(jpeg), ..*reading }),
            Answer::Refused(refusal) => Err(refusal),
        })
    }

    /// A worker without Tesseract says so by its exit status; any other death is this photo's doing.
    async fn why_it_died(&mut self, cause: &std::io::Error) -> PhotoRefusal {
        let status = timeout(RESTART_PAUSE, self.child.wait()).await;
        tracing::warn!(cause = masked(cause), ?status, "photo worker died");
        match status {
            Ok(Ok(status)) if status.code() == Some(i32::from(EXIT_CANNOT_START)) => {
                PhotoRefusal::PhotoReaderUnavailable
            }
            _ => PhotoRefusal::PhotoDecodeFailed,
        }
    }
}

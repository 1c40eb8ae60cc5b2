//! The chain's newest row, written beside the data and into the log: rows cut off the end are missed by nothing inside
//! the database, but by whoever still knows how far it went.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
    time::Duration,
};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use crate::{app::App, ops::Ticks, store::StoreError};

/// Beside the database; one line a head: time, number and hash of the row. Only ever added to.
pub const FILE: &str = "audit-head.log";
/// How often a chain that grew is written down.
const EVERY: Duration = Duration::from_secs(45);
/// Longest file read, bytes: a hundred years of lines.
const MAX_FILE: u64 = 8 * 1024 * 1024 * 1024;

/// Bytes of a row's hash.
const HASH_BYTES: usize = 32;
/// Ends a line that a crash cut short: it says nothing.
const CUT: &str = " cut";

/// A row that was the newest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// When it was written down.
    pub at: Timestamp,
    /// The row's number.
    pub seq: i64,
    /// Its hash.
    pub hash: Vec<u8>,
}

impl Head {
    fn line(&self) -> String {
        format!("{} {} {}\n", self.at, self.seq, hex::encode(&self.hash))
    }

    fn parse(line: &str) -> Option<Self> {
        let mut parts = line.split(' ');
        let head = Self {
            at: parts.next()?.parse().ok()?,
            seq: parts.next()?.parse().ok()?,
            hash: hex::decode(parts.next()?).ok()?,
        };
        (parts.next().is_none() && head.hash.len() == HASH_BYTES).then_some(head)
    }
}

/// The newest row as it stands; `None` in an empty chain.
///
/// # Errors
/// When the row cannot be read.
pub fn newest(connection: &Connection, now: Timestamp) -> Result<Option<Head>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok(Head { at: now, seq: row.get(0)?, hash: row.get(1)? }))
        .optional()?)
}

/// All heads written down in `folder`, in their order.
///
/// # Errors
/// When the file cannot be read or a line of it is none of ours.
pub fn read(folder: &Path) -> io::Result<Vec<Head>> {
    let file = match File::open(folder.join(FILE)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut text = String::new();
    file.take(MAX_FILE).read_to_string(&mut text)?;
    // What stands behind the last line's end was cut short by a crash.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let malformed = |number| io::Error::other(format!("line {number} of {FILE} was changed"));
    let lines = whole.lines().enumerate().filter(|(_, line)| !line.ends_with(CUT));
    lines.map(|(index, line)| Head::parse(line).ok_or_else(|| malformed(index + 1))).collect()
}

/// Adds a line and answers when it is on the disk.
///
/// # Errors
/// When the file cannot be written.
pub fn append(folder: &Path, head: &Head) -> io::Result<()> {
    let path = folder.join(FILE);
    let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
    let mut text = head.line();
    if file.metadata()?.len() > 0 {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            text.insert_str(0, &format!("{CUT}\n"));
        }
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Writes the head down for as long as the server runs, whenever the chain grew.
pub async fn keep(app: App) {
    let _up = app.workers.running("audit head");
    compare(&app).await;
    let mut ticks = Ticks::every(EVERY, &app.stopping);
    let mut written = 0;
    while ticks.next().await.is_some() {
        written = note(&app, written).await;
    }
}

/// Writes the head down, unless it is the row `written` already; answers which row is written down now.
pub async fn note(app: &App, written: i64) -> i64 {
    let now = app.world.clock.now();
    let head = match app.store.read(move |conn| newest(conn, now)).await {
        Ok(Some(head)) if head.seq != written => head,
        Ok(_) => return written,
        Err(error) => {
            tracing::error!(%error, "the audit head cannot be read");
            return written;
        }
    };
    tracing::info!(seq = head.seq, hash = hex::encode(&head.hash), "audit head");
    let (seq, folder) = (head.seq, app.store.folder().to_owned());
    match tokio::task::spawn_blocking(move || append(&folder, &head)).await {
        Ok(Ok(())) => seq,
        Ok(Err(error)) => {
            tracing::error!(%error, "the audit head cannot be written beside the data");
            written
        }
        Err(_) => written,
    }
}

/// Says at start when the chain no longer holds what was written down last.
async fn compare(app: &App) {
    let folder = app.store.folder().to_owned();
    let last = match tokio::task::spawn_blocking(move || read(&folder)).await {
        Ok(Ok(heads)) => heads.into_iter().next_back(),
        Ok(Err(error)) => return tracing::error!(%error, "the audit heads cannot be read"),
        Err(_) => return,
    };
    let Some(last) = last else { return };
    let seq = last.seq;
    let found: Result<Option<Vec<u8>>, StoreError> = app
        .store
        .read(move |conn| {
            Ok(conn.query_row("SELECT hash FROM audit WHERE seq = ?1", [seq], |row| row.get(0)).optional()?)
        })
        .await;
    match found {
        Ok(Some(hash)) if hash == last.hash => {}
        Ok(_) => tracing::error!(
            seq,
            "audit rows that were there before are missing or changed; run `miaopi admin audit` and compare with a backup"
        ),
        Err(error) => tracing::error!(%error, "the audit chain cannot be read"),
    }
}

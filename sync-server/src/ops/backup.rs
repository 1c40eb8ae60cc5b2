//! Copies a data folder while it is in use, and makes one from a copy.
//!
//! The copy holds the database, the objects and a list with the SHA-256 of each. It does not hold the keys: whoever
//! finds a backup can read nothing. The keys' names and fingerprints are in the list, so that a restore can say which
//! ones belong to it.

use std::{
    fs::{self, File},
    io::{BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use rusqlite::{Connection, OpenFlags, backup::Backup};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::audit;

/// The database's file.
const DATABASE: &str = "miaopi.db";
/// The folder of photos and documents.
const OBJECTS: &str = "objects";
/// The list of what a backup holds.
const LIST: &str = "backup.json";
/// Endings of files that hold keys.
const KEY_ENDINGS: [&str; 2] = ["key", "pem"];
/// Database pages copied before writers get their turn.
const PAGES_AT_ONCE: i32 = 1_024;

/// What a backup holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kept {
    /// Every file.
    pub files: Vec<KeptFile>,
    /// Key files that belong to it, not in the backup: name (or path, where they lie elsewhere) and fingerprint.
    pub keys: Vec<String>,
}

/// One file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFile {
    /// Below the folder, with `/`.
    pub path: String,
    /// Length in bytes.
    pub bytes: u64,
    /// Hexadecimal.
    pub sha256: String,
}

impl Kept {
    /// Bytes in all.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// Copies `data`, whose master key lies in `key_file`, into the new folder `to`. The database goes first: an object is on the disk before the row that names
/// it, so the objects copied afterwards hold everything that the copied rows name.
///
/// # Errors
/// When `to` has something in it, or something cannot be read or written.
pub fn make(data: &Path, key_file: &Path, to: &Path) -> anyhow::Result<Kept> {
    ensure!(data.join(DATABASE).is_file(), "{} is not a data folder: it has no {DATABASE}", data.display());
    let keys = keys(data, key_file)?;
    new_folder(to)?;
    copy_database(&data.join(DATABASE), &to.join(DATABASE))?;
    copy_tree(&data.join(OBJECTS), &to.join(OBJECTS))?;
    let kept = Kept { files: list(to)?, keys };
    write_durably(&to.join(LIST), &serde_json::to_vec_pretty(&kept)?)?;
    Ok(kept)
}

/// Makes the new data folder `data` from the backup `from`: checks every file against the list, copies, checks the
/// copies, and then the database itself and its audit chain.
///
/// # Errors
/// When `data` has something in it, a file is missing, changed or not in the list, or the database is damaged.
pub fn restore(from: &Path, data: &Path) -> anyhow::Result<Kept> {
    let text = fs::read(from.join(LIST)).with_context(|| format!("{} is not a backup", from.display()))?;
    let kept: Kept =
        serde_json::from_slice(&text).with_context(|| format!("{LIST} of the backup cannot be read"))?;
    compare(&kept.files, &list(from)?).context("the backup is damaged")?;
    new_folder(data)?;
    for file in &kept.files {
        copy_file(&from.join(&file.path), &data.join(&file.path))?;
    }
    compare(&kept.files, &list(data)?).context("the copy is damaged; is the disk?")?;
    check_database(&data.join(DATABASE))?;
    Ok(kept)
}

fn new_folder(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    ensure!(fs::read_dir(folder)?.next().is_none(), "{} is not empty; name a new folder", folder.display());
    Ok(())
}

fn copy_database(from: &Path, to: &Path) -> anyhow::Result<()> {
    let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    source.busy_timeout(Duration::from_secs(10))?;
    let mut copy = Connection::open(to)?;
    Backup::new(&source, &mut copy)?.run_to_completion(PAGES_AT_ONCE, Duration::from_millis(5), None)?;
    // One file, without a log beside it that could be left behind.
    copy.pragma_update(None, "journal_mode", "DELETE")?;
    drop(copy);
    File::open(to)?.sync_all()?;
    Ok(())
}

fn copy_tree(from: &Path, to: &Path) -> anyhow::Result<()> {
    for path in files_below(from)? {
        copy_file(&path, &to.join(path.strip_prefix(from)?))?;
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> anyhow::Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(from, to).with_context(|| format!("{} cannot be copied", from.display()))?;
    File::open(to)?.sync_all()?;
    Ok(())
}

fn list(folder: &Path) -> anyhow::Result<Vec<KeptFile>> {
    let mut files = Vec::new();
    for path in files_below(folder)? {
        let name = path.strip_prefix(folder)?.to_string_lossy().into_owned();
        if name != LIST {
            let (bytes, sha256) = digest(&path)?;
            files.push(KeptFile { path: name, bytes, sha256 });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Files below `folder`, hidden and half-written ones left out.
fn files_below(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let (mut folders, mut files) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        if !folder.exists() {
            continue;
        }
        for entry in fs::read_dir(&folder)? {
            let (path, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
            // object_store writes to `name#1` and renames when the object is whole.
            let half_written = name.to_string_lossy().contains('#');
            match path.is_dir() {
                true => folders.push(path),
                false if half_written => {}
                false => files.push(path),
            }
        }
    }
    Ok(files)
}

fn digest(path: &Path) -> anyhow::Result<(u64, String)> {
    let (mut file, mut hash, mut bytes) = (BufReader::new(File::open(path)?), Sha256::new(), 0);
    let mut part = [0; 64 * 1024];
    loop {
        match file.read(&mut part)? {
            0 => return Ok((bytes, hex::encode(hash.finalize()))),
            n => {
                hash.update(&part[..n]);
                bytes += n as u64;
            }
        }
    }
}

/// Names and fingerprints of the key files. A fingerprint is the SHA-256 of 32 random bytes or of a key file: it
/// recognises the key and does not give it away.
fn keys(data: &Path, key_file: &Path) -> anyhow::Result<Vec<String>> {
    let named = |name: &str, path: &Path| -> anyhow::Result<String> {
        Ok(format!("{name} (SHA-256 begins {})", &digest(path)?.1[..16]))
    };
    let mut keys = Vec::new();
    for entry in fs::read_dir(data)? {
        let path = entry?.path();
        let ending = path.extension().map(|ending| ending.to_string_lossy().into_owned()).unwrap_or_default();
        if KEY_ENDINGS.contains(&ending.as_str()) {
            keys.push(named(&path.file_name().unwrap_or_default().to_string_lossy(), &path)?);
        }
    }
    let named_already = fs::canonicalize(key_file).is_ok_and(|file| {
        let ending = file.extension().unwrap_or_default().to_string_lossy().into_owned();
        file.parent() == fs::canonicalize(data).ok().as_deref() && KEY_ENDINGS.contains(&ending.as_str())
    });
    if !named_already {
        let unread = || {
            format!("the master key {} cannot be read; a backup is of no use without it", key_file.display())
        };
        keys.push(named(&key_file.display().to_string(), key_file).with_context(unread)?);
    }
    keys.sort();
    Ok(keys)
}

fn compare(listed: &[KeptFile], found: &[KeptFile]) -> anyhow::Result<()> {
    for file in listed {
        match found.iter().find(|other| other.path == file.path) {
            None => bail!("{} is missing", file.path),
            Some(other) if other != file => bail!("{} was changed", file.path),
            Some(_) => {}
        }
    }
    match found.iter().find(|file| !listed.iter().any(|other| other.path == file.path)) {
        Some(extra) => bail!("{} does not belong to it", extra.path),
        None => Ok(()),
    }
}

fn check_database(file: &Path) -> anyhow::Result<()> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let sound: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    ensure!(sound == "ok", "the database is damaged: {sound}");
    if let Some(row) = audit::verify(&connection)? {
        bail!("the audit chain is broken at row {row}: somebody changed the database");
    }
    Ok(())
}

fn write_durably(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(bytes)?;
    file.into_inner().map_err(|e| e.into_error())?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{ObjectKey, Store, StoreError};

    async fn some_data(folder: &Path) -> Store {
        let store = Store::open(folder).unwrap();
        fs::write(folder.join("master.key"), [7; 32]).unwrap();
        for n in 0..20_u8 {
            store.objects().put(&ObjectKey::new("t", "photo", n), vec![n; 1_000].into()).await.unwrap();
            write(&store, &n.to_string()).await;
        }
        store
    }

    async fn write(store: &Store, key: &str) {
        let key = key.to_owned();
        let change = move |conn: &Connection| {
            conn.execute("INSERT INTO meta(key, value) VALUES (?1, 'x')", [&key])?;
            let at = jiff::Timestamp::UNIX_EPOCH;
            audit::record(
                conn,
                audit::Entry { tenant: "t", at, actor: "machine", action: "a", subject: &key, detail: "{}" },
            )
        };
        store.write::<_, StoreError>(change).await.unwrap();
    }

    #[tokio::test]
    async fn a_backup_of_a_running_server_restores_to_the_same_checksums() {
        let folder = tempfile::tempdir().unwrap();
        let (data, copy, again) =
            (folder.path().join("data"), folder.path().join("copy"), folder.path().join("again"));
        let store = some_data(&data).await;
        let kept = make(&data, &data.join("master.key"), &copy).unwrap();
        write(&store, "after the backup").await;
        drop(store);
        assert_eq!(kept.files.len(), 21);
        assert!(kept.keys[0].starts_with("master.key"));
        assert!(!copy.join("master.key").exists());

        restore(&copy, &again).unwrap();
        assert_eq!(list(&copy).unwrap(), kept.files);
        let store = Store::open(&again).unwrap();
        let rows = store
            .read::<i64, StoreError>(|c| Ok(c.query_row("SELECT count(*) FROM meta", [], |r| r.get(0))?))
            .await
            .unwrap();
        assert_eq!(rows, 20);
        let photo = store.objects().get(&ObjectKey::new("t", "photo", 7)).await.unwrap();
        assert_eq!(photo, vec![7; 1_000]);
    }

    #[tokio::test]
    async fn a_damaged_backup_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (data, copy) = (folder.path().join("data"), folder.path().join("copy"));
        drop(some_data(&data).await);
        make(&data, &data.join("master.key"), &copy).unwrap();
        let photo = copy.join("objects/t/photo/3");
        let sound = fs::read(&photo).unwrap();
        let refused = |what: &str| {
            let error = format!("{:#}", restore(&copy, &folder.path().join("again")).unwrap_err());
            assert!(error.contains(what), "{error}");
        };
        fs::write(&photo, b"other").unwrap();
        refused("objects/t/photo/3 was changed");
        fs::remove_file(&photo).unwrap();
        refused("objects/t/photo/3 is missing");
        fs::write(&photo, sound).unwrap();
        fs::write(copy.join("extra"), b"x").unwrap();
        refused("extra does not belong");
        assert!(!folder.path().join("again").exists());
    }

    #[test]
    fn nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        drop(Store::open(&data).unwrap());
        let key = data.join("master.key");
        fs::write(&key, [7; 32]).unwrap();
        assert!(make(&data, &key, folder.path()).is_err());
        assert!(make(folder.path(), &key, &folder.path().join("copy")).is_err());
    }

    #[tokio::test]
    async fn a_key_that_lies_elsewhere_is_named_too() {
        let folder = tempfile::tempdir().unwrap();
        let (data, elsewhere) = (folder.path().join("data"), folder.path().join("vault.key"));
        drop(some_data(&data).await);
        fs::rename(data.join("master.key"), &elsewhere).unwrap();
        let kept = make(&data, &elsewhere, &folder.path().join("copy")).unwrap();
        assert_eq!(kept.keys.len(), 1);
        assert!(kept.keys[0].contains(elsewhere.to_str().unwrap()), "{:?}", kept.keys);
        fs::remove_file(&elsewhere).unwrap();
        let error = make(&data, &elsewhere, &folder.path().join("copy2")).unwrap_err();
        assert!(format!("{error:#}").contains("vault.key"), "{error:#}");
    }
}

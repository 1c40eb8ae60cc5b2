//! `miaopi admin audit`: is the audit chain of a data folder whole, and nothing cut off its end? Reads only, also while
//! the server runs.

use std::process::ExitCode;

use anyhow::{Context, bail};
use rusqlite::{Connection, OpenFlags};

use crate::{
    audit::{self, head},
    config::Config,
    crypt::Keys,
};

/// The chain is not what was recorded.
const BROKEN: u8 = 2;

/// Exit code 0: whole; 2: broken, and the first bad row; 1: a file that cannot be read.
pub(super) fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let file = config.data.join("miaopi.db");
    if !file.is_file() {
        bail!("{} is not a data folder: it has no miaopi.db", config.data.display());
    }
    let key_file = config.key_path();
    let keys = Keys::open(&key_file).with_context(|| format!("{} cannot be used", key_file.display()))?;
    let keys = keys.with_context(|| {
        format!(
            "the chain is sealed with the master key, and {} is not there; say with key_file where it lies",
            key_file.display()
        )
    })?;
    // The heads first: whatever they name was in the database by then.
    let heads = head::read(&config.data).context("the heads beside the data cannot be read")?;
    let (lines, newest) = (heads.len(), heads.last().map(|head| head.at));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&file, flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    match audit::examine(&connection, &keys.audit_chain(), heads)? {
        Ok(sound) => {
            println!("rows     {}", sound.rows);
            println!("head     {}", hex::encode(&sound.head));
            match sound.sealed_from {
                Some(from) => println!("sealed   from row {from}"),
                None => println!("sealed   not yet; the next start of the server begins"),
            }
            match newest {
                Some(at) => println!("heads    {lines} written down, the last at {at}; all are in the chain"),
                None => println!("heads    none written down"),
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(broken) => {
            println!("broken at row {}: {}", broken.row, broken.why);
            Ok(ExitCode::from(BROKEN))
        }
    }
}

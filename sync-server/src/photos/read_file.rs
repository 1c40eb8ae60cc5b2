//! `miaopi read FILE`: what the reader makes of one photo, for people at a terminal.

use std::{fmt::Write, path::Path, path::PathBuf};

use super::{NAME_CONFIDENT, PhotoReading, PhotoRefusal, PhotoWorkers, ReadBy, ReadField, Task};

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadFileError {
    /// The file is missing or may not be read.
    #[error("{0} cannot be opened")]
    Unopened(PathBuf, #[source] std::io::Error),
    /// Its content is no usable photo.
    #[error(transparent)]
    Refused(#[from] PhotoRefusal),
}

/// Has `by` read the photo in `file` as the server does: with a worker started from `exe`, under the same limits.
///
/// # Errors
/// [`ReadFileError`] when the file cannot be opened or is no usable photo.
pub async fn read_file(exe: PathBuf, file: &Path, by: ReadBy) -> Result<PhotoReading, ReadFileError> {
    let bytes = std::fs::read(file).map_err(|cause| ReadFileError::Unopened(file.to_owned(), cause))?;
    Ok(PhotoWorkers::start(exe, 1).read(bytes.into(), Task::ReadCard(by)).await?)
}

/// A reading as lines for a terminal.
pub fn describe(reading: &PhotoReading) -> String {
    let mut out = String::new();
    let mut line = |label: &str, value: String| {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{label}\t{value}");
    };
    line("photo", format!("{} × {} px, read in {} ms", reading.width, reading.height, reading.took_ms));
    if let Some(quality) = &reading.quality {
        let flags: Vec<String> = quality.flags.iter().map(|flag| format!("{flag:?}")).collect();
        line("quality", if flags.is_empty() { "good".into() } else { flags.join(", ") });
    }
    let Some(card) = &reading.card else {
        line("card", "none found".into());
        return out;
    };
    let field = |field: &ReadField| format!("{}  ({:.2})", field.text, field.confidence);
    line("公民身份号码", field(&card.id_number));
    let ask = if card.name.confidence < NAME_CONFIDENT { "  to be confirmed" } else { "" };
    line("姓名", field(&card.name) + ask);
    line("性别", field(&card.sex));
    line("民族", field(&card.ethnicity));
    line("出生", field(&card.birth));
    line("住址", field(&card.address));
    for mismatch in &card.mismatches {
        line("mismatch", format!("{mismatch:?}"));
    }
    out
}

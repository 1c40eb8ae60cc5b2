//! A folder of photos: JPEG files, `truth.jsonl` and the `registry.json` that the partner lab's real-name check knows.

use std::{
    fs,
    io::{BufWriter, Write},
    path::Path,
};

use serde_json::json;

use super::{Shoot, Spoil, Typefaces};

/// What to write.
#[derive(Debug, Clone)]
pub struct SetOptions {
    /// The photos' seed, typefaces and desks.
    pub shoot: Shoot,
    /// How many.
    pub count: u32,
    /// Spoil them all in this way.
    pub spoil: Option<Spoil>,
}

/// Writes `options.count` photos into `folder`, one line of truth each, and the registry of their people.
///
/// # Errors
/// When a typeface is missing or the folder cannot be written.
pub fn write_set(options: &SetOptions, folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    let mut fonts = Typefaces::default();
    let mut truth = BufWriter::new(fs::File::create(folder.join("truth.jsonl"))?);
    let mut registry = Vec::new();
    for index in 0..options.count {
        let photo = options.shoot.photo(index, options.spoil, &mut fonts)?;
        fs::write(folder.join(&photo.truth.file), &photo.jpeg)?;
        serde_json::to_writer(&mut truth, &photo.truth)?;
        truth.write_all(b"\n")?;
        registry.push(json!({"id_number": photo.truth.person.id_number, "name": photo.truth.person.name}));
    }
    truth.flush()?;
    fs::write(folder.join("registry.json"), serde_json::to_vec_pretty(&registry)?)?;
    Ok(())
}

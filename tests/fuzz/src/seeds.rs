//! Inputs to begin from: written into the corpus folder when a target starts.

use std::path::PathBuf;

use shared::document::ChangeHash;

/// Every frame as it was frozen: name and bytes.
const FRAMES: &str = include_str!("../../../shared/src/protocol/golden/sync-v1.txt");
/// A sealed photo as it was frozen.
const SEALED_PHOTO: &str = include_str!("../../../shared/src/protocol/golden/sealed-photo-v1.txt");

/// Writes seeds into the corpus folder that the target was started with; without one, nothing happens. They are called
/// by what they hold, so that the same seed is there once however often a target starts.
pub fn sow(seeds: impl IntoIterator<Item = Vec<u8>>) {
    let Some(folder) = std::env::args_os().skip(1).map(PathBuf::from).find(|path| path.is_dir()) else {
        return;
    };
    for seed in seeds {
        let path = folder.join(format!("seed-{}", ChangeHash::of(&seed)));
        std::fs::write(&path, seed)
            .unwrap_or_else(|why| panic!("{} cannot be written: {why}", path.display()));
    }
}

/// The frames of the golden file.
pub fn frames() -> Vec<Vec<u8>> {
    FRAMES.lines().filter_map(|line| line.split_once(' ')).map(|(_, frame)| bytes(frame)).collect()
}

/// The sealed photo of the golden file.
pub fn sealed_photo() -> Vec<u8> {
    bytes(SEALED_PHOTO)
}

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text.trim()).unwrap_or_else(|why| panic!("a golden file is not hexadecimal: {why}"))
}

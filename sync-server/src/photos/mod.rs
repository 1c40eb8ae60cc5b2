//! Photos: decoding and reading in a limited child process, quality, duplicates.
//!
//! Where to start: [`PhotoWorkers`] is what the server calls. It hands each photo to a warm child process
//! (`worker.rs`), which decodes it (`decode.rs`), finds and straightens the card (`find.rs`, `straighten.rs`),
//! measures it (`quality.rs`) and reads it (`ocr.rs`, `read_card.rs`). Nothing in the server's own process ever
//! touches a byte that a customer chose.

mod decode;
mod duplicates;
mod ethnicities;
mod evaluate;
mod find;
mod frames;
mod glyphs;
mod names;
mod number;
mod ocr;
mod pool;
mod quality;
mod raster;
mod read_card;
mod read_file;
mod reading;
mod refusal;
mod straighten;
mod take_in;
mod worker;

pub use duplicates::{CardHash, SAME_CARD_MAX_DISTANCE};
pub use evaluate::{Confusion, EvaluateError, Evaluation, Score, describe_evaluation, evaluate};
pub use pool::PhotoWorkers;
pub use quality::{Quality, QualityFlag};
pub use read_card::NAME_CONFIDENT;
pub use read_file::{ReadFileError, describe, read_file};
pub use reading::{CardReading, MAX_PHOTO_BYTES, Mismatch, PhotoReading, ReadField, Region, Task};
pub use refusal::PhotoRefusal;
pub use take_in::PhotoReader;
pub use worker::worker_main;

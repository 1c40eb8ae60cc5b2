//! Reads an ID card from a photo: bytes in, fields with confidences out.
//!
//! Where to start: [`PhotoReader::take_in`] decodes a photo (`decode.rs`), finds and straightens the card (`find.rs`,
//! `straighten.rs`), measures it (`quality.rs`) and reads it (`ocr.rs`, `number.rs`, `read_card.rs`). What it says is a
//! proposal, never a fact. It does no I/O of its own and trusts no byte: whoever calls it runs it in a process with
//! little memory and time.

mod decode;
mod duplicates;
mod ethnicities;
mod find;
mod glyphs;
mod names;
mod number;
mod ocr;
mod quality;
mod raster;
mod read_card;
mod reading;
mod refusal;
mod straighten;
mod take_in;

pub use duplicates::{CardHash, SAME_CARD_MAX_DISTANCE};
pub use quality::{Quality, QualityFlag};
pub use read_card::NAME_CONFIDENT;
pub use reading::{CardReading, MAX_PHOTO_BYTES, Mismatch, PhotoReading, ReadField, Region, Task};
pub use refusal::PhotoRefusal;
pub use take_in::PhotoReader;

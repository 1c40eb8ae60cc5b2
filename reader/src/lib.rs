//! Reads an ID card from a photo: bytes in, fields with confidences out.
//!
//! Where to start: `read_card.rs` finds and straightens the card (`find.rs`, `straighten.rs`), measures it (`quality.rs`) and
//! has its lines read (`lines.rs`): by a small network of our own ([`network`]), natively and in a browser, and, on the server,
//! by Tesseract as a second pair of eyes (`ocr.rs`). What it says is a proposal, never a fact.
//!
//! The feature `server` is what only the server does: [`PhotoReader::take_in`] takes any bytes for a photo (`decode.rs`). It
//! does no I/O of its own and trusts no byte: whoever calls it runs it in a process with little memory and time.

#[cfg(feature = "server")]
mod decode;
mod duplicates;
mod ethnicities;
mod find;
mod glyphs;
mod lines;
mod names;
pub mod network;
mod number;
#[cfg(feature = "server")]
mod ocr;
mod quality;
mod raster;
mod read_card;
mod reading;
mod refusal;
mod straighten;
#[cfg(feature = "server")]
mod take_in;

pub use duplicates::{CardHash, SAME_CARD_MAX_DISTANCE};
pub use lines::{ReadBy, UnknownReader};
pub use quality::{Quality, QualityFlag};
pub use read_card::NAME_CONFIDENT;
pub use reading::{CardReading, MAX_PHOTO_BYTES, Mismatch, PhotoReading, ReadField, Region, Task};
pub use refusal::PhotoRefusal;
#[cfg(feature = "server")]
pub use take_in::PhotoReader;

use image::RgbImage;
use network::{Network, WeightsError};

/// Our own reader, as a device has it.
pub struct CardReader(Network);

impl CardReader {
    /// With the network in these bytes (`weights/characters.bin`).
    ///
    /// # Errors
    /// [`WeightsError`] when they are none.
    pub fn new(weights: &[u8]) -> Result<CardReader, WeightsError> {
        Network::from_bytes(weights).map(CardReader)
    }

    /// Finds and reads the card in an upright photo.
    pub fn read(&self, photo: &RgbImage) -> (Quality, Option<CardReading>) {
        let mut lines = lines::Lines { own: Some(&self.0), second: None };
        // Nobody is there who could fail.
        read_card::read_photo(photo, &mut lines).unwrap_or_else(|_| (Quality::without_card(), None))
    }
}

//! One photo from bytes to answer: decode, re-encode, read. The worker's loop calls this; so do measurements.

use std::time::Instant;

use sha2::{Digest, Sha256};

use super::{
    PhotoReading, PhotoRefusal, ReadBy, Task,
    decode::{decode, encode},
    lines::Lines,
    network::Network,
    ocr::Ocr,
    read_card::read_photo,
};

/// Our own reader's network, as it was trained.
const CHARACTERS: &[u8] = include_bytes!("../weights/characters.bin");

/// Takes photos in, one after another, with both readers kept warm between them.
pub struct PhotoReader {
    network: Network,
    ocr: Ocr,
}

impl PhotoReader {
    /// Loads our network and Tesseract's languages (about 150 ms).
    ///
    /// # Errors
    /// When Tesseract or its language data is not installed; the text names the packages.
    pub fn start() -> anyhow::Result<Self> {
        Ok(Self { network: Network::from_bytes(CHARACTERS)?, ocr: Ocr::start()? })
    }

    /// Decodes, re-encodes and, for [`Task::ReadCard`], reads `photo`. What is read is our own copy, decoded again: what
    /// is judged is what is kept and shown. `decoded` is called between the two parts, where the worker changes its time
    /// limit.
    ///
    /// # Errors
    /// A [`PhotoRefusal`] for bytes that are no usable photo. A photo without a card is no error.
    pub fn take_in(
        &mut self,
        photo: &[u8],
        task: Task,
        decoded: impl FnOnce(),
    ) -> Result<PhotoReading, PhotoRefusal> {
        let began = Instant::now();
        let picture = decode(photo)?;
        let jpeg = encode(&picture)?;
        decoded();
        let (width, height) = picture.dimensions();
        drop(picture);
        let (quality, card) = match task {
            Task::Prepare => (None, None),
            Task::ReadCard(by) => {
                let mut lines = Lines { own: None, second: None };
                if by != ReadBy::Tesseract {
                    lines.own = Some(&self.network);
                }
                if by != ReadBy::Own {
                    lines.second = Some(&mut self.ocr);
                }
                let (quality, card) = read_photo(&decode(&jpeg)?, &mut lines).map_err(|cause| {
                    // Standard error of the worker is the server's log.
                    eprintln!("photo worker: {cause}");
                    PhotoRefusal::PhotoReaderUnavailable
                })?;
                (Some(quality), card)
            }
        };
        Ok(PhotoReading {
            jpeg,
            width,
            height,
            original_sha256: hex::encode(Sha256::digest(photo)),
            quality,
            card,
            took_ms: u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX),
        })
    }
}

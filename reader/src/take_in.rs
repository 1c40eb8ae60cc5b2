//! One photo from bytes to answer: decode, re-encode, read. The worker's loop calls this; so do measurements.

use std::time::Instant;

use sha2::{Digest, Sha256};

use super::{
    PhotoReading, PhotoRefusal, Task,
    decode::{decode, encode},
    ocr::Ocr,
    read_card::read_photo,
};

/// Takes photos in, one after another, with Tesseract kept warm between them.
pub struct PhotoReader {
    ocr: Ocr,
}

impl PhotoReader {
    /// Loads Tesseract's languages (about 150 ms).
    ///
    /// # Errors
    /// When Tesseract or its language data is not installed; the text names the packages.
    pub fn start() -> anyhow::Result<Self> {
        Ok(Self { ocr: Ocr::start()? })
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
            Task::ReadCard => {
                let (quality, card) = read_photo(&decode(&jpeg)?, &mut self.ocr).map_err(|cause| {
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

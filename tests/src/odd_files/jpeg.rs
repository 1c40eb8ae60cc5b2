//! JPEG files with something in them or behind them.

use anyhow::{Context, Result};
use image::{RgbImage, imageops};

use crate::cards::encode_jpeg;

/// A camera's name, to be looked for in what is served.
pub const CAMERA: &str = "MiaopiTestCamera";

/// An EXIF segment that names a camera, an orientation (1–8) and a place.
pub fn exif(orientation: u16) -> Vec<u8> {
    const ASCII: u16 = 2;
    const SHORT: u16 = 3;
    const LONG: u16 = 4;
    const RATIONAL: u16 = 5;
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        let numbers = [tag.to_le_bytes(), kind.to_le_bytes()].concat();
        [numbers, count.to_le_bytes().to_vec(), value.to_le_bytes().to_vec()].concat()
    };
    let directory = |entries: &[Vec<u8>]| {
        [(entries.len() as u16).to_le_bytes().to_vec(), entries.concat(), vec![0; 4]].concat()
    };
    let make = format!("{CAMERA}\0").into_bytes();
    // Offsets count from the byte-order mark: 8 bytes of header, then three entries, the name, then the place.
    let make_at = 8 + 2 + 3 * 12 + 4;
    let place_at = make_at + make.len() as u32;
    let numbers_at = place_at + 2 + 4 * 12 + 4;
    let first = directory(&[
        entry(0x010F, ASCII, make.len() as u32, make_at),
        entry(0x0112, SHORT, 1, u32::from(orientation)),
        entry(0x8825, LONG, 1, place_at),
    ]);
    let place = directory(&[
        entry(1, ASCII, 2, u32::from(b'N')),
        entry(2, RATIONAL, 3, numbers_at),
        entry(3, ASCII, 2, u32::from(b'E')),
        entry(4, RATIONAL, 3, numbers_at + 24),
    ]);
    let degrees: Vec<u8> = [39u32, 1, 54, 1, 26, 1, 116, 1, 23, 1, 29, 1].map(u32::to_le_bytes).concat();
    let body = [b"Exif\0\0II*\0\x08\0\0\0".to_vec(), first, make, place, degrees].concat();
    [vec![0xFF, 0xE1], (body.len() as u16 + 2).to_be_bytes().to_vec(), body].concat()
}

/// `jpeg` with the metadata of [`exif`].
pub fn with_exif(jpeg: &[u8], orientation: u16) -> Vec<u8> {
    [&jpeg[..2], &exif(orientation), &jpeg[2..]].concat()
}

/// The picture as a phone held upright stores it: lying on its side, with the orientation that sets it up (6).
///
/// # Errors
/// When it cannot be encoded.
pub fn on_its_side(upright: &RgbImage) -> Result<Vec<u8>> {
    Ok(with_exif(&encode_jpeg(&imageops::rotate270(upright), 90)?, 6))
}

/// `jpeg` whose header claims another size.
///
/// # Errors
/// When it has no frame header.
pub fn sized_as(jpeg: &[u8], width: u16, height: u16) -> Result<Vec<u8>> {
    let frame = jpeg
        .windows(2)
        .position(|pair| pair[0] == 0xFF && matches!(pair[1], 0xC0..=0xC2))
        .context("a JPEG without a frame header")?;
    let mut out = jpeg.to_vec();
    out[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    out[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    Ok(out)
}

/// A JPEG and an HTML page in one file.
pub fn with_page_appended(jpeg: &[u8]) -> Vec<u8> {
    [jpeg, b"<!DOCTYPE html><html><script>alert('miaopi-polyglot')</script></html>"].concat()
}

/// A JPEG and a ZIP archive longer than it in one file.
pub fn with_zip_appended(jpeg: &[u8]) -> Vec<u8> {
    let content = vec![b'Z'; jpeg.len() * 2];
    let name = b"miaopi-polyglot.txt";
    let sizes = (content.len() as u32).to_le_bytes();
    let local = [
        b"PK\x03\x04\x0A\0\0\0\0\0\0\0\0\0".to_vec(),
        vec![0; 4],
        sizes.to_vec(),
        sizes.to_vec(),
        (name.len() as u16).to_le_bytes().to_vec(),
        vec![0; 2],
        name.to_vec(),
    ]
    .concat();
    [jpeg.to_vec(), local, content, b"PK\x05\x06".to_vec(), vec![0; 18]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_can_be_made_to_lie() {
        let jpeg = encode_jpeg(&RgbImage::new(40, 30), 80).unwrap();
        let lying = sized_as(&jpeg, 50_000, 60_000).unwrap();
        let size = image::ImageReader::new(std::io::Cursor::new(&lying)).with_guessed_format().unwrap();
        assert_eq!(size.into_dimensions().unwrap(), (50_000, 60_000));
    }
}

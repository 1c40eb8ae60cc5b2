//! PNG files, chunk by chunk.

use std::io::Cursor;

use anyhow::Result;
use image::{DynamicImage, ImageFormat, RgbImage};

const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A];
/// Bytes of the signature and of IHDR, after which other chunks may stand.
const AFTER_HEADER: usize = 8 + 25;

/// How a pixel is stored.
#[derive(Debug, Clone, Copy)]
pub enum Pixels {
    /// One bit: black or white.
    Bit,
    /// Three bytes.
    Rgb,
    /// Eight bytes.
    Rgba16,
}

/// A black picture of any size whose pixels are a real, complete, tiny deflate stream.
pub fn png_of_zeros(width: u32, height: u32, pixels: Pixels) -> Vec<u8> {
    let (depth, colour, bits) = match pixels {
        Pixels::Bit => (1, 0, 1),
        Pixels::Rgb => (8, 2, 24),
        Pixels::Rgba16 => (16, 6, 64),
    };
    // Each row begins with a byte for its filter.
    let row = 1 + (u64::from(width) * bits).div_ceil(8);
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes()[..], &[depth, colour, 0, 0, 0]].concat();
    [
        SIGNATURE.to_vec(),
        chunk(b"IHDR", &header),
        chunk(b"IDAT", &zeros(row * u64::from(height))),
        chunk(b"IEND", &[]),
    ]
    .concat()
}

/// `picture` with a text chunk that inflates to `length` bytes.
///
/// # Errors
/// When the picture cannot be encoded.
pub fn png_with_long_text(picture: &RgbImage, length: u64) -> Result<Vec<u8>> {
    let text = [b"Comment\0\0".to_vec(), zeros(length)].concat();
    Ok(inserted(&png_of(picture)?, &chunk(b"zTXt", &text)))
}

/// Two frames, as a sticker has.
///
/// # Errors
/// When the picture cannot be encoded.
pub fn animated_png(picture: &RgbImage) -> Result<Vec<u8>> {
    let control = [&2u32.to_be_bytes()[..], &0u32.to_be_bytes()[..]].concat();
    let frame = |number: u32| {
        let (width, height) = (picture.width().to_be_bytes(), picture.height().to_be_bytes());
        let place = [number.to_be_bytes(), width, height, [0; 4], [0; 4]].concat();
        chunk(b"fcTL", &[&place[..], &[0, 100, 3, 232, 0, 0]].concat())
    };
    let still = png_of(picture)?;
    let (body, end) = still.split_at(still.len() - 12);
    let row = 1 + u64::from(picture.width()) * 3;
    let second = [&2u32.to_be_bytes()[..], &zeros(row * u64::from(picture.height()))].concat();
    let first = inserted(body, &[chunk(b"acTL", &control), frame(0)].concat());
    Ok([first, frame(1), chunk(b"fdAT", &second), end.to_vec()].concat())
}

/// Sixteen bits a channel, as a scanner writes.
///
/// # Errors
/// When the picture cannot be encoded.
pub fn sixteen_bit_png(picture: &RgbImage) -> Result<Vec<u8>> {
    let deep = DynamicImage::ImageRgb8(picture.clone()).into_rgb16();
    written(&DynamicImage::ImageRgb16(deep))
}

/// An ordinary PNG.
///
/// # Errors
/// When the picture cannot be encoded.
pub fn png_of(picture: &RgbImage) -> Result<Vec<u8>> {
    written(&DynamicImage::ImageRgb8(picture.clone()))
}

fn written(picture: &DynamicImage) -> Result<Vec<u8>> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, ImageFormat::Png)?;
    Ok(out.into_inner())
}

fn inserted(png: &[u8], chunks: &[u8]) -> Vec<u8> {
    [&png[..AFTER_HEADER], chunks, &png[AFTER_HEADER..]].concat()
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [&kind[..], data].concat();
    [&(data.len() as u32).to_be_bytes()[..], &body[..], &crc32(&body).to_be_bytes()[..]].concat()
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 })
    })
}

/// A zlib stream that inflates to `length` (at least one) zero bytes: one literal, then matches of 258 bytes in 13 bits.
fn zeros(length: u64) -> Vec<u8> {
    const LITERAL_ZERO: (u32, u32) = (0b0011_0000, 8);
    const MATCH_258: (u32, u32) = (0b1100_0101, 8);
    const DISTANCE_1: (u32, u32) = (0, 5);
    const END: (u32, u32) = (0, 7);
    let mut bits = Bits { out: vec![0x78, 0x9C], held: 0, count: 0 };
    // The last block, with fixed codes.
    bits.push(1, 1);
    bits.push(1, 2);
    bits.code(LITERAL_ZERO);
    for _ in 0..(length - 1) / 258 {
        bits.code(MATCH_258);
        bits.code(DISTANCE_1);
    }
    for _ in 0..(length - 1) % 258 {
        bits.code(LITERAL_ZERO);
    }
    bits.code(END);
    let mut out = bits.finish();
    let adler = ((length % 65_521) as u32) << 16 | 1;
    out.extend_from_slice(&adler.to_be_bytes());
    out
}

/// Bits as deflate packs them: the first one lowest.
struct Bits {
    out: Vec<u8>,
    held: u32,
    count: u32,
}

impl Bits {
    fn push(&mut self, value: u32, count: u32) {
        self.held |= value << self.count;
        self.count += count;
        while self.count >= 8 {
            self.out.push(self.held as u8);
            self.held >>= 8;
            self.count -= 8;
        }
    }

    /// Huffman codes go in with their highest bit first.
    fn code(&mut self, (code, length): (u32, u32)) {
        self.push(code.reverse_bits() >> (32 - length), length);
    }

    fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.out.push(self.held as u8);
        }
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_write_is_read_by_others() {
        for (width, height, pixels) in
            [(300, 200, Pixels::Rgb), (517, 3, Pixels::Bit), (9, 9, Pixels::Rgba16)]
        {
            let read = image::load_from_memory(&png_of_zeros(width, height, pixels)).unwrap();
            assert_eq!((read.width(), read.height()), (width, height), "{pixels:?}");
        }
        let picture = RgbImage::from_fn(40, 30, |x, y| image::Rgb([x as u8, y as u8, 9]));
        for whole in [png_with_long_text(&picture, 5_000).unwrap(), animated_png(&picture).unwrap()] {
            assert_eq!(image::load_from_memory(&whole).unwrap().to_rgb8(), picture);
        }
    }

    #[test]
    fn a_bomb_is_small() {
        assert!(png_of_zeros(50_000, 50_000, Pixels::Bit).len() < 3_000_000);
    }
}

//! Still and moving GIF and WebP files.

use std::io::Cursor;

use anyhow::{Context, Result};
use image::{
    DynamicImage, Frame, ImageFormat, RgbImage,
    codecs::gif::{GifEncoder, Repeat},
};

/// One frame.
///
/// # Errors
/// When the picture cannot be encoded.
pub fn still_gif(picture: &RgbImage) -> Result<Vec<u8>> {
    gif(std::slice::from_ref(picture))
}

/// Two frames.
///
/// # Errors
/// When the picture cannot be encoded.
pub fn animated_gif(picture: &RgbImage) -> Result<Vec<u8>> {
    gif(&[picture.clone(), image::imageops::flip_horizontal(picture)])
}

fn gif(pictures: &[RgbImage]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut out, 30);
    if pictures.len() > 1 {
        encoder.set_repeat(Repeat::Infinite)?;
    }
    for picture in pictures {
        encoder.encode_frame(Frame::new(DynamicImage::ImageRgb8(picture.clone()).into_rgba8()))?;
    }
    drop(encoder);
    Ok(out)
}

/// One frame.
///
/// # Errors
/// When the picture cannot be encoded.
pub fn still_webp(picture: &RgbImage) -> Result<Vec<u8>> {
    let mut out = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture.clone()).write_to(&mut out, ImageFormat::WebP)?;
    Ok(out.into_inner())
}

/// Two frames in the extended container.
///
/// # Errors
/// When the picture cannot be encoded.
pub fn animated_webp(picture: &RgbImage) -> Result<Vec<u8>> {
    const ANIMATED: u8 = 0x02;
    let still = still_webp(picture)?;
    let coded = still.get(12..).context("a WebP without a chunk")?;
    let size =
        [&(picture.width() - 1).to_le_bytes()[..3], &(picture.height() - 1).to_le_bytes()[..3]].concat();
    let canvas = [&[ANIMATED, 0, 0, 0], &size[..]].concat();
    let frame = [&[0; 6], &size[..], &[100, 0, 0, 0], coded].concat();
    let chunks = [
        chunk(b"VP8X", &canvas),
        chunk(b"ANIM", &[255, 255, 255, 255, 0, 0]),
        chunk(b"ANMF", &frame),
        chunk(b"ANMF", &frame),
    ]
    .concat();
    let length = (chunks.len() as u32 + 4).to_le_bytes();
    Ok([b"RIFF", &length[..], b"WEBP", &chunks[..]].concat())
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let padding = data.len() % 2;
    [&kind[..], &(data.len() as u32).to_le_bytes()[..], data, &[0][..padding]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{AnimationDecoder, codecs::gif::GifDecoder, codecs::webp::WebPDecoder};

    #[test]
    fn what_moves_has_two_frames_and_what_is_still_has_one() {
        let picture = RgbImage::from_fn(32, 20, |x, y| image::Rgb([x as u8 * 7, y as u8 * 9, 80]));
        let frames = |gif: Vec<u8>| GifDecoder::new(Cursor::new(gif)).unwrap().into_frames().count();
        assert_eq!(frames(still_gif(&picture).unwrap()), 1);
        assert_eq!(frames(animated_gif(&picture).unwrap()), 2);
        let moves = |webp: Vec<u8>| WebPDecoder::new(Cursor::new(webp)).unwrap().has_animation();
        assert!(!moves(still_webp(&picture).unwrap()));
        assert!(moves(animated_webp(&picture).unwrap()));
    }
}

//! Bytes to pixels: the kind is told by the bytes, never by a name; size is checked by the header before any pixel is
//! decoded; what leaves is always our own JPEG without metadata. Runs in the worker process only.

use std::io::Cursor;

use bytes::Bytes;
use image::{AnimationDecoder, DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage};
use turbojpeg::{Colorspace, Compressor, Decompressor, Image, PixelFormat, ScalingFactor, Subsamp};

use super::{
    PhotoRefusal,
    raster::{fit, resize_rgb},
    reading::MAX_PHOTO_BYTES,
};

/// Most pixels in a photo, by its header.
const MAX_PHOTO_PIXELS: u64 = 50_000_000;
/// Long side of the copy that we keep, pixels.
const KEPT_LONG_SIDE: u32 = 2048;
/// Quality of our re-encoded JPEG.
const KEPT_QUALITY: i32 = 88;
/// Most scans of a progressive JPEG; more is an attack on our time.
const MAX_SCANS: u32 = 100;
/// Most bytes that a decoder of another format may take, leaving room for the copy beside it.
const MAX_DECODE_BYTES: u64 = 160 * 1024 * 1024;

/// The upright photo, long side at most [`KEPT_LONG_SIDE`].
///
/// # Errors
/// A [`PhotoRefusal`] for anything that is not one still photo of a sensible size.
pub(super) fn decode(bytes: &[u8]) -> Result<RgbImage, PhotoRefusal> {
    if bytes.is_empty() {
        return Err(PhotoRefusal::PhotoEmpty);
    }
    if bytes.len() > MAX_PHOTO_BYTES {
        return Err(PhotoRefusal::PhotoTooLarge);
    }
    let picture = match sniff(bytes)? {
        Kind::Jpeg => decode_jpeg(bytes)?,
        Kind::Other(format) => decode_other(bytes, format)?,
    };
    let (width, height) = fit(picture.width(), picture.height(), KEPT_LONG_SIDE);
    let picture = if (width, height) == (picture.width(), picture.height()) {
        picture
    } else {
        resize_rgb(&picture, width, height).ok_or(PhotoRefusal::PhotoDecodeFailed)?
    };
    Ok(upright(picture, orientation(bytes)))
}

/// Our own JPEG of `picture`.
///
/// # Errors
/// [`PhotoRefusal::PhotoDecodeFailed`] when the encoder fails.
pub(super) fn encode(picture: &RgbImage) -> Result<Bytes, PhotoRefusal> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let source =
        Image { pixels: &picture.as_raw()[..], width, pitch: width * 3, height, format: PixelFormat::RGB };
    let encoded = || -> turbojpeg::Result<Vec<u8>> {
        let mut compressor = Compressor::new()?;
        compressor.set_quality(KEPT_QUALITY)?;
        compressor.set_subsamp(Subsamp::Sub2x2)?;
        compressor.compress_to_vec(source)
    };
    encoded().map(Bytes::from).map_err(|_| PhotoRefusal::PhotoDecodeFailed)
}

enum Kind {
    Jpeg,
    Other(image::ImageFormat),
}

fn sniff(bytes: &[u8]) -> Result<Kind, PhotoRefusal> {
    use image::ImageFormat;
    if bytes.starts_with(&[0xFF, 0xD8]) {
        return Ok(Kind::Jpeg);
    }
    if bytes.len() >= 12 && &bytes[4..8] == b"ftyp" {
        return Err(if is_heif_brand(&bytes[8..12]) {
            PhotoRefusal::PhotoHeic
        } else {
            PhotoRefusal::PhotoUnsupportedKind
        });
    }
    let format = match image::guess_format(bytes) {
        Ok(format) => format,
        Err(_) if looks_like_a_document(bytes) => return Err(PhotoRefusal::PhotoUnsupportedKind),
        Err(_) => return Err(PhotoRefusal::PhotoNotAnImage),
    };
    match format {
        ImageFormat::Png | ImageFormat::WebP | ImageFormat::Bmp | ImageFormat::Gif | ImageFormat::Tiff => {
            Ok(Kind::Other(format))
        }
        ImageFormat::Avif => Err(PhotoRefusal::PhotoHeic),
        _ => Err(PhotoRefusal::PhotoUnsupportedKind),
    }
}

fn is_heif_brand(brand: &[u8]) -> bool {
    [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"]
        .iter()
        .any(|known| brand == *known)
}

/// PDF, HTML, SVG, XML, ZIP (office files) and executables: real files of a kind that is never a photo.
fn looks_like_a_document(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(1024)];
    let text = String::from_utf8_lossy(head).trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    text.starts_with("%pdf")
        || text.starts_with("<!doctype")
        || text.starts_with("<?xml")
        || text.starts_with("<html")
        || text.starts_with("<!--")
        || text.contains("<svg")
        || text.contains("<script")
        || bytes.starts_with(b"PK\x03\x04")
        || bytes.starts_with(b"\x7fELF")
        || bytes.starts_with(b"MZ")
}

fn decode_jpeg(bytes: &[u8]) -> Result<RgbImage, PhotoRefusal> {
    let mut decompressor = Decompressor::new().map_err(|_| PhotoRefusal::PhotoDecodeFailed)?;
    let header = decompressor.read_header(bytes).map_err(|_| whole_or_not(bytes))?;
    within_pixels(header.width as u64, header.height as u64)?;
    if !ends_as_jpeg(bytes) {
        return Err(PhotoRefusal::PhotoTruncated);
    }
    if header.is_lossless || matches!(header.colorspace, Colorspace::CMYK | Colorspace::YCCK) {
        // Rare (print shops); the general decoder knows how to turn them into RGB.
        return decode_other(bytes, image::ImageFormat::Jpeg);
    }
    let long = header.width.max(header.height);
    let factor = [ScalingFactor::ONE_EIGHTH, ScalingFactor::ONE_QUARTER, ScalingFactor::ONE_HALF]
        .into_iter()
        .find(|factor| factor.scale(long) >= SCALED_LONG_SIDE)
        .unwrap_or(ScalingFactor::ONE);
    let scaled = header.scaled(factor);
    let mut pixels = vec![0u8; scaled.width * scaled.height * 3];
    let decoded = (|| {
        decompressor.set_scan_limit(MAX_SCANS)?;
        decompressor.set_scaling_factor(factor)?;
        let target = Image {
            pixels: &mut pixels[..],
            width: scaled.width,
            pitch: scaled.width * 3,
            height: scaled.height,
            format: PixelFormat::RGB,
        };
        decompressor.decompress(bytes, target)
    })();
    decoded.or_else(
        |error: turbojpeg::Error| if is_harmless(&error) { Ok(()) } else { Err(refusal_of(&error)) },
    )?;
    RgbImage::from_raw(scaled.width as u32, scaled.height as u32, pixels)
        .ok_or(PhotoRefusal::PhotoDecodeFailed)
}

/// A scaled decode keeps at least this long side: a 12-megapixel photo decodes at half size, which costs a third.
const SCALED_LONG_SIDE: usize = 1900;

/// A remark of the library on a picture that is whole: some phones leave a few bytes between two segments.
fn is_harmless(error: &turbojpeg::Error) -> bool {
    error.to_string().to_ascii_lowercase().contains("extraneous bytes before marker")
}

fn refusal_of(error: &turbojpeg::Error) -> PhotoRefusal {
    let text = error.to_string().to_ascii_lowercase();
    if text.contains("premature end") {
        PhotoRefusal::PhotoTruncated
    } else {
        PhotoRefusal::PhotoDecodeFailed
    }
}

/// A JPEG whose header cannot be read either ends before it or is no JPEG at all.
fn whole_or_not(bytes: &[u8]) -> PhotoRefusal {
    let looks_like_jpeg = bytes.len() >= 3 && bytes[2] == 0xFF;
    match (looks_like_jpeg, ends_as_jpeg(bytes)) {
        (true, false) => PhotoRefusal::PhotoTruncated,
        (true, true) => PhotoRefusal::PhotoDecodeFailed,
        (false, _) => PhotoRefusal::PhotoNotAnImage,
    }
}

/// Walks the segments up to the end marker. Phones append more than the picture's own length after it (the film of a
/// motion photo), and an EXIF thumbnail has an end marker of its own before it.
fn ends_as_jpeg(bytes: &[u8]) -> bool {
    const END: u8 = 0xD9;
    const SCAN: u8 = 0xDA;
    // What needs no length: stuffed and fill bytes, restarts, TEM.
    let is_bare = |marker: u8| matches!(marker, 0x00 | 0x01 | 0xD0..=0xD8 | 0xFF);
    let mut rest = bytes.get(2..).unwrap_or_default();
    let mut in_scan = false;
    while let Some(at) = rest.iter().position(|byte| *byte == 0xFF) {
        let Some(&marker) = rest.get(at + 1) else { return false };
        rest = &rest[at + 1..];
        match marker {
            END => return true,
            0xFF => continue,
            marker if is_bare(marker) => rest = &rest[1..],
            marker => {
                let Some(length) = rest.get(1..3) else { return false };
                let skip = 1 + usize::from(u16::from_be_bytes([length[0], length[1]]));
                match rest.get(skip..) {
                    Some(after) => rest = after,
                    // A broken scan may look like a segment: go on byte by byte.
                    None if in_scan => rest = &rest[1..],
                    None => return false,
                }
                in_scan |= marker == SCAN;
            }
        }
    }
    false
}

fn decode_other(bytes: &[u8], format: image::ImageFormat) -> Result<RgbImage, PhotoRefusal> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODE_BYTES);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|error| image_refusal(&error))?;
    let (width, height) = decoder.dimensions();
    within_pixels(u64::from(width), u64::from(height))?;
    // A GIF holds a canvas and a frame at the same time.
    let copies = if format == image::ImageFormat::Gif { 3 } else { 1 };
    if decoder.total_bytes().saturating_mul(copies) > MAX_DECODE_BYTES {
        return Err(PhotoRefusal::PhotoTooManyPixels);
    }
    if is_animated(bytes, format) {
        return Err(PhotoRefusal::PhotoAnimated);
    }
    let picture = DynamicImage::from_decoder(decoder).map_err(|error| image_refusal(&error))?;
    let (width, height) = fit(width, height, KEPT_LONG_SIDE);
    Ok(on_white(&picture, width, height))
}

fn within_pixels(width: u64, height: u64) -> Result<(), PhotoRefusal> {
    if width == 0 || height == 0 {
        return Err(PhotoRefusal::PhotoDecodeFailed);
    }
    if width.saturating_mul(height) > MAX_PHOTO_PIXELS {
        return Err(PhotoRefusal::PhotoTooManyPixels);
    }
    Ok(())
}

fn image_refusal(error: &image::ImageError) -> PhotoRefusal {
    match error {
        image::ImageError::Limits(_) => PhotoRefusal::PhotoTooManyPixels,
        image::ImageError::Unsupported(_) => PhotoRefusal::PhotoUnsupportedKind,
        image::ImageError::IoError(io) if io.kind() == std::io::ErrorKind::UnexpectedEof => {
            PhotoRefusal::PhotoTruncated
        }
        other => {
            let text = other.to_string().to_ascii_lowercase();
            let ends = ["unexpected eof", "unexpected end", "truncated", "failed to fill", "premature"];
            if ends.iter().any(|sign| text.contains(sign)) {
                PhotoRefusal::PhotoTruncated
            } else {
                PhotoRefusal::PhotoDecodeFailed
            }
        }
    }
}

fn is_animated(bytes: &[u8], format: image::ImageFormat) -> bool {
    use image::{ImageFormat, codecs};
    match format {
        ImageFormat::Gif => codecs::gif::GifDecoder::new(Cursor::new(bytes))
            .is_ok_and(|decoder| decoder.into_frames().take(2).filter(Result::is_ok).count() > 1),
        ImageFormat::Png => codecs::png::PngDecoder::new(Cursor::new(bytes))
            .is_ok_and(|decoder| decoder.is_apng().unwrap_or(false)),
        ImageFormat::WebP => {
            codecs::webp::WebPDecoder::new(Cursor::new(bytes)).is_ok_and(|decoder| decoder.has_animation())
        }
        _ => false,
    }
}

/// Transparent parts become white, 16-bit becomes 8-bit, grey becomes RGB.
fn on_white(picture: &DynamicImage, width: u32, height: u32) -> RgbImage {
    let shrunk;
    let picture = if (picture.width(), picture.height()) == (width, height) {
        picture
    } else {
        shrunk = picture.thumbnail_exact(width, height);
        &shrunk
    };
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let rgba = picture.to_rgba8();
    RgbImage::from_fn(width, height, |x, y| {
        let [r, g, b, a] = rgba.get_pixel(x, y).0;
        let over = |c: u8| ((u16::from(c) * u16::from(a) + 255 * (255 - u16::from(a))) / 255) as u8;
        image::Rgb([over(r), over(g), over(b)])
    })
}

/// EXIF orientation 1–8; 1 where there is none.
fn orientation(bytes: &[u8]) -> u32 {
    exif::Reader::new()
        .read_from_container(&mut Cursor::new(bytes))
        .ok()
        .and_then(|exif| exif.get_field(exif::Tag::Orientation, exif::In::PRIMARY)?.value.get_uint(0))
        .unwrap_or(1)
}

fn upright(picture: RgbImage, orientation: u32) -> RgbImage {
    use image::imageops::{flip_horizontal, flip_vertical, rotate90, rotate180, rotate270};
    match orientation {
        2 => flip_horizontal(&picture),
        3 => rotate180(&picture),
        4 => flip_vertical(&picture),
        5 => flip_horizontal(&rotate90(&picture)),
        6 => rotate90(&picture),
        7 => flip_horizontal(&rotate270(&picture)),
        8 => rotate270(&picture),
        _ => picture,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jpeg() -> Vec<u8> {
        let picture = RgbImage::from_fn(64, 48, |x, y| image::Rgb([(x * 4) as u8, (y * 5) as u8, 90]));
        encode(&picture).unwrap().to_vec()
    }

    #[test]
    fn what_is_appended_to_a_whole_photo_does_not_make_it_a_part_of_one() {
        let film = [jpeg(), vec![0x42; 100_000]].concat();
        let page = [jpeg(), b"<html><script>alert(1)</script></html>".to_vec()].concat();
        for whole in [jpeg(), film, page] {
            assert_eq!(decode(&whole).unwrap().dimensions(), (64, 48));
        }
    }

    #[test]
    fn a_photo_that_ends_early_is_told_from_a_broken_one() {
        let whole = jpeg();
        for share in [30, 60, 90] {
            let part = &whole[..whole.len() * share / 100];
            assert_eq!(decode(part).unwrap_err(), PhotoRefusal::PhotoTruncated, "{share} %");
        }
    }
}

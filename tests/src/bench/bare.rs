//! The floors of photo, reading and seal: the libraries alone, on the same bytes, with nothing of ours around them.

use std::ffi::CString;

use anyhow::{Context, Result, anyhow};
use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer, images::Image, images::ImageRef,
};
use image::{GrayImage, RgbImage, imageops};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};
use tesseract::plumbing::TessBaseApi;
use turbojpeg::{Compressor, Decompressor, PixelFormat, ScalingFactor, Subsamp};

use crate::cards::{CARD_HEIGHT_MM, CARD_WIDTH_MM, Person, Typeface, Typefaces, draw_card};

/// Long side and quality of the copy that the product keeps.
const KEPT: (u32, i32) = (2_048, 88);
/// Height at which Tesseract reads a line, pixels.
const LINE: u32 = 44;

/// A JPEG decoded at half scale, resized and encoded again.
pub(super) fn shrink(jpeg: &[u8]) -> Result<Vec<u8>> {
    let mut decompressor = Decompressor::new()?;
    let header = decompressor.read_header(jpeg)?;
    let half =
        if header.width.max(header.height) >= 3_800 { ScalingFactor::ONE_HALF } else { ScalingFactor::ONE };
    decompressor.set_scaling_factor(half)?;
    let (width, height) = (half.scale(header.width), half.scale(header.height));
    let mut pixels = vec![0_u8; width * height * 3];
    let format = PixelFormat::RGB;
    let target = turbojpeg::Image { pixels: &mut pixels[..], width, pitch: width * 3, height, format };
    decompressor.decompress(jpeg, target)?;
    let long = width.max(height) as u32;
    let (to_width, to_height) = match long > KEPT.0 {
        true => ((width as u32 * KEPT.0) / long, (height as u32 * KEPT.0) / long),
        false => (width as u32, height as u32),
    };
    let pixels = if long > KEPT.0 {
        resize(&pixels, (width as u32, height as u32), (to_width, to_height), PixelType::U8x3)?
    } else {
        pixels
    };
    let (width, height) = (to_width as usize, to_height as usize);
    let mut compressor = Compressor::new()?;
    compressor.set_quality(KEPT.1)?;
    compressor.set_subsamp(Subsamp::Sub2x2)?;
    Ok(compressor.compress_to_vec(turbojpeg::Image {
        pixels: &pixels[..],
        width,
        pitch: width * 3,
        height,
        format,
    })?)
}

fn resize(pixels: &[u8], from: (u32, u32), to: (u32, u32), kind: PixelType) -> Result<Vec<u8>> {
    let source = ImageRef::new(from.0, from.1, pixels, kind)?;
    let mut target = Image::new(to.0, to.1, kind);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    Resizer::new().resize(&source, &mut target, &options)?;
    Ok(target.into_vec())
}

/// Tesseract, warm, with both languages that a card needs.
pub(super) struct Reader {
    digits: TessBaseApi,
    chinese: TessBaseApi,
}

/// A card's lines, cut from the drawing itself: nothing to find, nothing to straighten, each read once.
pub(super) struct Lines {
    number: GrayImage,
    others: Vec<GrayImage>,
}

impl Reader {
    pub(super) fn start() -> Result<Self> {
        Ok(Self { digits: load("eng", Some("0123456789X"))?, chinese: load("chi_sim", None)? })
    }

    pub(super) fn read_number(&mut self, lines: &Lines) -> Result<String> {
        read(&mut self.digits, &lines.number)
    }

    pub(super) fn read_others(&mut self, lines: &Lines) -> Result<Vec<String>> {
        lines.others.iter().map(|line| read(&mut self.chinese, line)).collect()
    }
}

fn load(language: &str, only: Option<&str>) -> Result<TessBaseApi> {
    let mut api = TessBaseApi::create();
    let failed = || anyhow!("Tesseract has no language {language}");
    api.init_2(None, Some(&CString::new(language)?)).map_err(|_| failed())?;
    if let Some(only) = only {
        let (name, value) = (CString::new("tessedit_char_whitelist")?, CString::new(only)?);
        api.set_variable(&name, &value).map_err(|_| failed())?;
    }
    Ok(api)
}

fn read(api: &mut TessBaseApi, line: &GrayImage) -> Result<String> {
    /// The image is one line of text.
    const SINGLE_LINE: u32 = 7;
    let failed = |what: &str| anyhow!("Tesseract failed: {what}");
    let (width, height) = (i32::try_from(line.width())?, i32::try_from(line.height())?);
    api.set_page_seg_mode(SINGLE_LINE);
    api.set_image(line.as_raw(), width, height, 1, width).map_err(|_| failed("image"))?;
    api.set_source_resolution(300);
    api.recognize().map_err(|_| failed("recognise"))?;
    let text = api.get_utf8_text().map_err(|_| failed("text"))?;
    Ok(text.as_ref().to_string_lossy().trim().to_owned())
}

impl Lines {
    /// The lines of `person`'s card as the generator draws it.
    pub(super) fn of(person: &Person) -> Result<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let card =
            draw_card(person, Typeface::NotoSans, Typeface::NotoSans, &mut Typefaces::default(), &mut rng)?;
        // Left, top, width, height in mm; where `draw_card` prints the values.
        let others = [
            [15.0, 5.6, 22.0, 5.4],
            [15.0, 13.0, 28.0, 4.6],
            [15.0, 19.8, 32.0, 4.6],
            [15.0, 26.9, 38.0, 4.7],
            [15.0, 31.3, 38.0, 4.7],
        ];
        Ok(Self {
            number: line(&card, [28.8, 43.6, 52.5, 6.0])?,
            others: others.into_iter().map(|mm| line(&card, mm)).collect::<Result<_>>()?,
        })
    }
}

fn line(card: &RgbImage, [left, top, width, height]: [f32; 4]) -> Result<GrayImage> {
    let px = |mm: f32| (mm * card.width() as f32 / CARD_WIDTH_MM).round() as u32;
    debug_assert!(top + height < CARD_HEIGHT_MM);
    let cut = imageops::crop_imm(card, px(left), px(top), px(width), px(height)).to_image();
    let gray = imageops::grayscale(&cut);
    let to = (gray.width() * LINE / gray.height(), LINE);
    let pixels = resize(gray.as_raw(), (gray.width(), gray.height()), to, PixelType::U8)?;
    GrayImage::from_raw(to.0, to.1, pixels).context("a line of another size")
}

/// One SHA-256 over the file and one P-256 signature.
pub(super) fn sign(pdf: &[u8], key: &SigningKey) -> Signature {
    key.sign(&Sha256::digest(pdf))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::people;

    #[test]
    fn the_bare_lines_are_the_cards_lines() {
        let person = people::invent(1, 3).remove(0);
        let lines = Lines::of(&person).unwrap();
        let mut reader = Reader::start().unwrap();
        assert_eq!(reader.read_number(&lines).unwrap(), person.id_number);
        let read = reader.read_others(&lines).unwrap();
        assert!(read[1].contains(person.sex.printed()), "{read:?}");
        assert!(read[2].contains(person.birth.split('-').next().unwrap()), "{read:?}");
    }
}

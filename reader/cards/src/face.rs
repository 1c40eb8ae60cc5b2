//! The portrait side of a card: fields where a real one has them, a fine pattern below, and 样本 across it, always.

use std::f32::consts::TAU;

use ab_glyph::FontVec;
use image::{Rgb, RgbImage};
use rand::Rng;

use super::{
    draw::{Ink, Setting, text},
    fonts::{Typeface, Typefaces},
    people::Person,
    portrait::draw_portrait,
};

/// Width of an ID-1 card, mm.
pub const CARD_WIDTH_MM: f32 = 85.6;
/// Height of an ID-1 card, mm.
pub const CARD_HEIGHT_MM: f32 = 54.0;
/// Pixels per mm of a drawn card.
pub(super) const PX_PER_MM: f32 = 20.0;

const LABEL: Ink = Ink::solid(58, 108, 168);
const PRINT: Ink = Ink::solid(32, 32, 36);
/// Characters in a line of the address.
const ADDRESS_LINE: usize = 11;

/// Draws `person`'s card, 1712 × 1080 pixels, fields set in `face` and the number in `digits`.
///
/// # Errors
/// When a typeface is not installed.
pub fn draw_card(
    person: &Person,
    face: Typeface,
    digits: Typeface,
    fonts: &mut Typefaces,
    rng: &mut impl Rng,
) -> anyhow::Result<RgbImage> {
    let font = fonts.get(face)?;
    let label_font = fonts.get(if face == Typeface::HELD_OUT { face } else { Typeface::NotoSans })?;
    let digit_font = fonts.get(digits)?;
    let mut card = background(rng);
    mark_as_sample(&mut card, &font);
    draw_portrait(&mut card, [53.5, 6.5, 79.5, 38.5].map(|mm| mm * PX_PER_MM), rng);
    let shift = (rng.gen_range(-0.4..0.4f32), rng.gen_range(-0.4..0.4f32));
    let put = |card: &mut RgbImage, font: &FontVec, line: &str, mm: [f32; 3], ink: Ink| {
        let at = Setting {
            left: (mm[0] + shift.0) * PX_PER_MM,
            top: (mm[1] + shift.1) * PX_PER_MM,
            em: mm[2] * PX_PER_MM,
            pitch: None,
        };
        text(card, font, line, at, ink) / PX_PER_MM - shift.0
    };

    put(&mut card, &label_font, "姓", [6.2, 6.9, 2.7], LABEL);
    put(&mut card, &label_font, "名", [10.0, 6.9, 2.7], LABEL);
    put(&mut card, &font, &person.name, [15.6, 6.1, 4.0], PRINT);
    put(&mut card, &label_font, "性", [6.2, 13.9, 2.7], LABEL);
    put(&mut card, &label_font, "别", [10.0, 13.9, 2.7], LABEL);
    put(&mut card, &font, person.sex.printed(), [15.6, 13.5, 3.4], PRINT);
    put(&mut card, &label_font, "民", [25.6, 13.9, 2.7], LABEL);
    put(&mut card, &label_font, "族", [29.2, 13.9, 2.7], LABEL);
    put(&mut card, &font, &person.ethnicity, [34.0, 13.5, 3.4], PRINT);
    put(&mut card, &label_font, "出", [6.2, 20.7, 2.7], LABEL);
    put(&mut card, &label_font, "生", [10.0, 20.7, 2.7], LABEL);
    let mut birth = person.birth.split('-').map(|part| part.trim_start_matches('0').to_owned());
    let mut x = 15.6;
    for (unit, gap) in [("年", 1.2), ("月", 1.2), ("日", 0.0)] {
        x = put(&mut card, &font, &birth.next().unwrap_or_default(), [x, 20.3, 3.3], PRINT) + 0.8;
        x = put(&mut card, &label_font, unit, [x, 20.7, 2.7], LABEL) + gap;
    }
    put(&mut card, &label_font, "住", [6.2, 27.9, 2.7], LABEL);
    put(&mut card, &label_font, "址", [10.0, 27.9, 2.7], LABEL);
    let address: Vec<char> = person.address.chars().collect();
    for (row, line) in address.chunks(ADDRESS_LINE).enumerate() {
        let line: String = line.iter().collect();
        put(&mut card, &font, &line, [15.6, 27.5 + row as f32 * 4.4, 3.3], PRINT);
    }
    put(&mut card, &label_font, "公民身份号码", [6.2, 45.3, 2.9], LABEL);
    let number = Setting {
        left: (29.5 + shift.0) * PX_PER_MM,
        top: (44.3 + shift.1) * PX_PER_MM,
        em: 4.3 * PX_PER_MM,
        pitch: Some(2.8 * PX_PER_MM),
    };
    text(&mut card, &digit_font, &person.id_number, number, PRINT);
    Ok(card)
}

/// A pale gradient with fine waves.
fn background(rng: &mut impl Rng) -> RgbImage {
    let (width, height) = ((CARD_WIDTH_MM * PX_PER_MM) as u32, (CARD_HEIGHT_MM * PX_PER_MM) as u32);
    let left: [f32; 3] =
        [rng.gen_range(218.0..236.0), rng.gen_range(230.0..242.0), rng.gen_range(236.0..248.0)];
    let right: [f32; 3] =
        [rng.gen_range(232.0..246.0), rng.gen_range(228.0..242.0), rng.gen_range(228.0..244.0)];
    let waves: Vec<[f32; 4]> = (0..3)
        .map(|_| {
            [
                rng.gen_range(0.008..0.03),
                rng.gen_range(20.0..60.0),
                rng.gen_range(0.0..TAU),
                rng.gen_range(10.0..18.0),
            ]
        })
        .collect();
    RgbImage::from_fn(width, height, |x, y| {
        let t = x as f32 / width as f32;
        let mut pattern = 0.0;
        for [frequency, amplitude, phase, spacing] in &waves {
            let offset = y as f32 + amplitude * (x as f32 * frequency + phase).sin();
            let line = (offset / spacing).fract().abs();
            pattern += if line < 0.14 { 1.0 } else { 0.0 };
        }
        Rgb([0, 1, 2].map(|c| {
            let tint = [7.0, 4.0, 3.0][c] * pattern;
            (left[c] * (1.0 - t) + right[c] * t - tint).clamp(0.0, 255.0) as u8
        }))
    })
}

/// 样本, large and pale below the print and small and red beside the portrait.
fn mark_as_sample(card: &mut RgbImage, font: &FontVec) {
    let mm = |v: f32| v * PX_PER_MM;
    let pale = Setting { left: mm(20.0), top: mm(12.0), em: mm(22.0), pitch: None };
    text(card, font, "样本", pale, Ink::solid(200, 60, 60).faint(0.07));
    let red = Setting { left: mm(62.0), top: mm(39.2), em: mm(4.2), pitch: None };
    text(card, font, "样本", red, Ink::solid(205, 40, 40));
}

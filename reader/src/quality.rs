//! What a photo is like: measured numbers and the flags that follow from them.

use image::{GrayImage, RgbImage};
use serde::{Deserialize, Serialize};

use super::{raster::resize_rgb, reading::Region};

/// Edges of print wider than this (pixels of the straightened card) are blurred: strokes run into each other.
const BLURRED_EDGE_PX: f32 = 9.0;
/// A card narrower than this in the kept photo has digits of fewer than 14 pixels.
const SMALL_CARD_PX: f32 = 420.0;
/// A card whose portrait, labels and pattern are all nearer to grey than this (grey levels) was copied without colour.
const LEAST_COLOUR: f32 = 10.0;
/// Share of the card lost in reflections from which it counts.
const GLARE_SHARE: f32 = 0.06;
/// Share of the number line or the name lost in reflections from which it counts.
const FIELD_GLARE_SHARE: f32 = 0.12;

/// Measurements of a photo and of the card in it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Quality {
    /// What is wrong, worst first; empty for a good photo.
    pub flags: Vec<QualityFlag>,
    /// Width of the card in the kept photo, pixels; 0 without a card.
    pub card_width_px: f32,
    /// Median 10–90 % width of the print's edges in the straightened card, pixels; 0 where nothing is printed.
    pub edge_width_px: f32,
    /// Share of the card that is lost in reflections, 0–1.
    pub glare_share: f32,
    /// The same over the name and the number line.
    pub field_glare_share: f32,
    /// How far the card's most coloured parts are from grey, grey levels, once the light's own colour is taken out.
    #[serde(default)]
    pub colour: f32,
}

/// What is wrong with a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QualityFlag {
    /// No ID card was found.
    NoCard,
    /// Part of the card lies outside the photo.
    CutOff,
    /// The card is too small in the photo.
    TooSmall,
    /// Out of focus or moved.
    Blurred,
    /// A reflection hides part of the name or the number.
    Glare,
    /// No colour anywhere: a photocopy, or a photo of one.
    Colourless,
    /// A reflection elsewhere on the card.
    GlareElsewhere,
}

impl Quality {
    /// Of a photo in which no card was found.
    pub(super) fn without_card() -> Self {
        Self { flags: vec![QualityFlag::NoCard], ..Self::default() }
    }

    /// Whether the photo should be taken again.
    pub fn asks_for_another(&self) -> bool {
        self.flags.iter().any(|flag| *flag != QualityFlag::GlareElsewhere)
    }

    /// Of a straightened card whose important fields lie in `fields`.
    pub(super) fn of(
        card: &RgbImage,
        gray: &GrayImage,
        card_width_px: f32,
        cut_off: bool,
        fields: &[Region],
    ) -> Self {
        let edge_width_px = edge_width(gray);
        let whole = Region { left: 0, top: 0, width: card.width(), height: card.height() };
        let glare_share = glare(card, whole);
        let field_glare_share = fields.iter().map(|field| glare(card, *field)).fold(0.0, f32::max);
        let colour = colour(card);
        let mut flags = Vec::new();
        let mut raise = |on: bool, flag: QualityFlag| {
            if on {
                flags.push(flag);
            }
        };
        raise(cut_off, QualityFlag::CutOff);
        raise(card_width_px < SMALL_CARD_PX, QualityFlag::TooSmall);
        raise(edge_width_px > BLURRED_EDGE_PX, QualityFlag::Blurred);
        raise(field_glare_share > FIELD_GLARE_SHARE, QualityFlag::Glare);
        raise(colour < LEAST_COLOUR, QualityFlag::Colourless);
        raise(glare_share > GLARE_SHARE, QualityFlag::GlareElsewhere);
        Self { flags, card_width_px, edge_width_px, glare_share, field_glare_share, colour }
    }
}

/// Contrast of an edge divided by its steepest step: how many pixels it takes. Measured along rows where print is.
fn edge_width(gray: &GrayImage) -> f32 {
    const REACH: usize = 12;
    const LEAST_CONTRAST: i32 = 50;
    let (w, h) = (gray.width() as usize, gray.height() as usize);
    let mut widths = Vec::new();
    for y in (h / 20..h * 19 / 20).step_by(3) {
        let row = &gray.as_raw()[y * w..(y + 1) * w];
        let mut x = w / 20 + REACH;
        while x + REACH < w * 19 / 20 {
            let step = i32::from(row[x + 1]) - i32::from(row[x - 1]);
            let span = &row[x - REACH..=x + REACH];
            let (low, high) =
                span.iter().fold((255, 0), |(l, h), v| (i32::from(*v).min(l), i32::from(*v).max(h)));
            if high - low < LEAST_CONTRAST {
                x += REACH;
                continue;
            }
            // Only the steepest point of its neighbourhood stands for the edge.
            let steepest = (x - 4..=x + 4)
                .map(|i| (i32::from(row[i + 1]) - i32::from(row[i - 1])).abs())
                .max()
                .unwrap_or(0);
            if step.abs() == steepest && steepest > 0 {
                widths.push(1.6 * (high - low) as f32 / steepest as f32);
                x += 4;
            }
            x += 1;
        }
    }
    if widths.len() < 40 {
        return 0.0;
    }
    let middle = widths.len() / 2;
    *widths.select_nth_unstable_by(middle, f32::total_cmp).1
}

/// The distance from grey that a twentieth of the card exceeds. Looked at coarsely, so that a sensor's coloured noise
/// averages out, and against the card's own mean, so that a lamp's colour is none.
fn colour(card: &RgbImage) -> f32 {
    let inside = image::imageops::crop_imm(
        card,
        card.width() / 20,
        card.height() / 20,
        card.width() * 9 / 10,
        card.height() * 9 / 10,
    )
    .to_image();
    let Some(coarse) = resize_rgb(&inside, 75, 47) else { return 0.0 };
    let pixels = (coarse.width() * coarse.height()) as f32;
    let mut mean = [1.0f32; 3];
    for pixel in coarse.pixels() {
        (0..3).for_each(|c| mean[c] += f32::from(pixel.0[c]) / pixels);
    }
    let grey = mean.iter().sum::<f32>() / 3.0;
    let mut distances: Vec<f32> = coarse
        .pixels()
        .map(|pixel| {
            let even = [0, 1, 2].map(|c| f32::from(pixel.0[c]) * grey / mean[c]);
            even.iter().copied().fold(f32::MIN, f32::max) - even.iter().copied().fold(f32::MAX, f32::min)
        })
        .collect();
    let rank = distances.len() * 19 / 20;
    *distances.select_nth_unstable_by(rank, f32::total_cmp).1
}

/// Share of `region` that is burnt out: all channels at the top and nothing to be seen in it.
fn glare(card: &RgbImage, region: Region) -> f32 {
    let region = region.grown(0, card.width(), card.height());
    let mut burnt = 0u32;
    for y in region.top..region.bottom() {
        for x in region.left..region.right() {
            if card.get_pixel(x, y).0.iter().all(|c| *c >= 250) {
                burnt += 1;
            }
        }
    }
    burnt as f32 / (region.width * region.height).max(1) as f32
}

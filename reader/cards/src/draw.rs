//! Ink on a card: text, ellipses and lines with soft edges.

use ab_glyph::{Font, FontVec, PxScale, ScaleFont, point};
use image::{Rgb, RgbImage};

/// A colour and how much of it covers what lies below (0–1).
#[derive(Debug, Clone, Copy)]
pub struct Ink {
    /// Red, green, blue.
    pub rgb: [u8; 3],
    /// Cover, 0–1.
    pub cover: f32,
}

impl Ink {
    /// Fully covering ink.
    pub const fn solid(r: u8, g: u8, b: u8) -> Self {
        Self { rgb: [r, g, b], cover: 1.0 }
    }

    /// The same colour, covering `cover`.
    pub const fn faint(self, cover: f32) -> Self {
        Self { rgb: self.rgb, cover }
    }
}

/// Where and how large a text is set.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Left edge of the first em box, pixels.
    pub left: f32,
    /// Top edge of the em box, pixels.
    pub top: f32,
    /// Height of the em box, pixels.
    pub em: f32,
    /// Distance from one character's left edge to the next; `None` takes each glyph's own advance.
    pub pitch: Option<f32>,
}

/// Sets `text` and returns the x where it ended.
pub fn text(canvas: &mut RgbImage, font: &FontVec, text: &str, at: Setting, ink: Ink) -> f32 {
    // Baseline at 0.88 of the em box for every typeface, so that faces can be exchanged without moving lines.
    let units = font.units_per_em().unwrap_or(1000.0);
    let scale = PxScale::from(at.em * font.height_unscaled() / units);
    let scaled = font.as_scaled(scale);
    let mut x = at.left;
    for c in text.chars() {
        let id = font.glyph_id(c);
        let advance = scaled.h_advance(id);
        let inset = at.pitch.map_or(0.0, |pitch| (pitch - advance) / 2.0);
        let glyph = id.with_scale_and_position(scale, point(x + inset, at.top + at.em * 0.88));
        if let Some(outline) = font.outline_glyph(glyph) {
            let bounds = outline.px_bounds();
            outline.draw(|dx, dy, cover| {
                blend(canvas, bounds.min.x as i32 + dx as i32, bounds.min.y as i32 + dy as i32, ink, cover);
            });
        }
        x += at.pitch.unwrap_or(advance);
    }
    x
}

/// A filled ellipse inside the clip `(left, top, right, bottom)`.
pub fn ellipse(canvas: &mut RgbImage, centre: (f32, f32), radii: (f32, f32), clip: [f32; 4], ink: Ink) {
    let (x0, x1) = ((centre.0 - radii.0 - 1.0).max(clip[0]), (centre.0 + radii.0 + 1.0).min(clip[2]));
    let (y0, y1) = ((centre.1 - radii.1 - 1.0).max(clip[1]), (centre.1 + radii.1 + 1.0).min(clip[3]));
    for y in y0 as i32..y1 as i32 {
        for x in x0 as i32..x1 as i32 {
            let (u, v) = ((x as f32 - centre.0) / radii.0, (y as f32 - centre.1) / radii.1);
            // One pixel of soft edge.
            let inside = (1.0 - (u * u + v * v).sqrt()) * radii.0.min(radii.1) + 0.5;
            blend(canvas, x, y, ink, inside.clamp(0.0, 1.0));
        }
    }
}

/// Mixes `ink` into one pixel; outside the canvas nothing happens.
pub fn blend(canvas: &mut RgbImage, x: i32, y: i32, ink: Ink, cover: f32) {
    if x < 0 || y < 0 || x >= canvas.width() as i32 || y >= canvas.height() as i32 {
        return;
    }
    let a = (ink.cover * cover).clamp(0.0, 1.0);
    let Rgb(pixel) = canvas.get_pixel_mut(x as u32, y as u32);
    for (below, above) in pixel.iter_mut().zip(ink.rgb) {
        *below = (f32::from(*below) * (1.0 - a) + f32::from(above) * a + 0.5) as u8;
    }
}

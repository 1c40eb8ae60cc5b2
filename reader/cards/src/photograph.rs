//! Takes the picture: the card laid on a desk under some light, seen by a camera that is held not quite straight.

use anyhow::Context;
use image::{RgbImage, codecs::jpeg::JpegEncoder, imageops};
use imageproc::geometric_transformations::Projection;
use rand::Rng;

use super::{
    Desk,
    face::{CARD_HEIGHT_MM, CARD_WIDTH_MM, PX_PER_MM},
};

/// Radius of a card's corners (ISO/IEC 7810), mm.
const CORNER_MM: f32 = 3.18;

/// A reflection on the card.
#[derive(Debug, Clone, Copy)]
pub struct Glare {
    /// Centre on the card, mm from its upper left corner.
    pub at_mm: (f32, f32),
    /// Radius at which it has faded, mm.
    pub radius_mm: f32,
    /// Grey levels added at the centre; from about 150 the print below is gone.
    pub strength: f32,
}

/// Everything about how a photo is taken.
#[derive(Debug, Clone)]
pub struct Scene {
    /// Width and height of the photo, pixels.
    pub size: (u32, u32),
    /// What the card lies on.
    pub desk: Desk,
    /// Width of the card in the photo, pixels (before perspective).
    pub card_px: f32,
    /// Centre of the card, share of width and height.
    pub centre: (f32, f32),
    /// Turn in the image plane, degrees clockwise.
    pub turn_deg: f32,
    /// Tilt of the camera to the card about both axes, degrees.
    pub tilt_deg: (f32, f32),
    /// Change of light across the photo, share; and its direction, radians.
    pub gradient: (f32, f32),
    /// Factor on all light.
    pub exposure: f32,
    /// Factors on red and blue.
    pub white_balance: (f32, f32),
    /// Standard deviation of the sensor's noise, grey levels.
    pub noise: f32,
    /// Standard deviation of the blur, pixels of the photo.
    pub blur_px: f32,
    /// Reflections on the card.
    pub glare: Vec<Glare>,
}

/// Photographs `card` (as [`super::draw_card`] makes it); `None` photographs the empty desk.
///
/// # Errors
/// When the scene's geometry has no inverse (a tilt near 90°).
pub fn photograph(card: Option<&RgbImage>, scene: &Scene, rng: &mut impl Rng) -> anyhow::Result<RgbImage> {
    let mut photo = scene.desk.draw(scene.size.0, scene.size.1, rng);
    if let Some(card) = card {
        lay_down(&mut photo, card, scene)?;
    }
    if scene.blur_px > 0.3 {
        photo = imageops::fast_blur(&photo, scene.blur_px);
    }
    expose(&mut photo, scene, rng);
    Ok(photo)
}

/// JPEG bytes at `quality` 1–100.
///
/// # Errors
/// When the encoder fails (a photo of no pixels).
pub fn encode_jpeg(photo: &RgbImage, quality: u8) -> anyhow::Result<Vec<u8>> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, quality).encode_image(photo)?;
    Ok(out)
}

fn lay_down(photo: &mut RgbImage, card: &RgbImage, scene: &Scene) -> anyhow::Result<()> {
    let corners = project_corners(scene);
    let mm = [(0.0, 0.0), (CARD_WIDTH_MM, 0.0), (CARD_WIDTH_MM, CARD_HEIGHT_MM), (0.0, CARD_HEIGHT_MM)];
    let to_mm =
        Projection::from_control_points(corners, mm).context("this scene's tilt cannot be projected")?;
    // The card shrunk to its size in the photo first, so that sampling it does not alias.
    let shrink = (scene.card_px / card.width() as f32).min(1.0);
    let small = (shrink < 0.95).then(|| {
        let size = ((card.width() as f32 * shrink) as u32, (card.height() as f32 * shrink) as u32);
        imageops::resize(card, size.0, size.1, imageops::FilterType::CatmullRom)
    });
    let card = small.as_ref().unwrap_or(card);
    let px_per_mm = PX_PER_MM * shrink;
    let soft_mm = 0.7 / (scene.card_px / CARD_WIDTH_MM);

    let margin = scene.card_px * 0.06;
    let (left, right) = span(corners.map(|c| c.0), margin, photo.width());
    let (top, bottom) = span(corners.map(|c| c.1), margin, photo.height());
    for y in top..bottom {
        for x in left..right {
            let (u, v) = to_mm * (x as f32 + 0.5, y as f32 + 0.5);
            let pixel = &mut photo.get_pixel_mut(x, y).0;
            let shade = 0.42 * (1.0 - outside(u - 0.5, v - 0.7) / 2.2).clamp(0.0, 1.0);
            let mut colour = pixel.map(|c| f32::from(c) * (1.0 - shade));
            let cover = (0.5 - outside(u, v) / soft_mm).clamp(0.0, 1.0);
            if cover > 0.0 {
                let light: f32 = scene.glare.iter().map(|glare| glare_at(glare, u, v)).sum();
                let print = sample(card, u * px_per_mm - 0.5, v * px_per_mm - 0.5);
                for c in 0..3 {
                    colour[c] = colour[c] * (1.0 - cover) + (print[c] * 0.93 + light) * cover;
                }
            }
            *pixel = colour.map(|c| c.clamp(0.0, 255.0) as u8);
        }
    }
    Ok(())
}

/// The card's corners in the photo, pixels: upper left, upper right, lower right, lower left.
pub(super) fn project_corners(scene: &Scene) -> [(f32, f32); 4] {
    let (w, h) = (scene.size.0 as f32, scene.size.1 as f32);
    let focal = w.max(h) * 1.1;
    let (sin, cos) = scene.turn_deg.to_radians().sin_cos();
    let (pitch, yaw) = (scene.tilt_deg.0.to_radians(), scene.tilt_deg.1.to_radians());
    let half = (scene.card_px / 2.0, scene.card_px / 2.0 * CARD_HEIGHT_MM / CARD_WIDTH_MM);
    [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)].map(|(sx, sy)| {
        let (x, y) = (sx * half.0, sy * half.1);
        let (x, y) = (x * cos - y * sin, x * sin + y * cos);
        let depth = focal + x * yaw.sin() + y * pitch.sin();
        let (x, y) = (x * yaw.cos() * focal / depth, y * pitch.cos() * focal / depth);
        (scene.centre.0 * w + x, scene.centre.1 * h + y)
    })
}

/// Distance outside the card's rounded outline, mm; negative inside.
fn outside(u: f32, v: f32) -> f32 {
    let dx = (u - CARD_WIDTH_MM / 2.0).abs() - (CARD_WIDTH_MM / 2.0 - CORNER_MM);
    let dy = (v - CARD_HEIGHT_MM / 2.0).abs() - (CARD_HEIGHT_MM / 2.0 - CORNER_MM);
    dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - CORNER_MM
}

fn glare_at(glare: &Glare, u: f32, v: f32) -> f32 {
    let d2 = ((u - glare.at_mm.0).powi(2) + (v - glare.at_mm.1).powi(2)) / glare.radius_mm.powi(2);
    if d2 >= 1.0 { 0.0 } else { glare.strength * (1.0 - d2).powi(2) }
}

fn sample(image: &RgbImage, x: f32, y: f32) -> [f32; 3] {
    let (x, y) = (x.clamp(0.0, image.width() as f32 - 1.001), y.clamp(0.0, image.height() as f32 - 1.001));
    let (x0, y0) = (x as u32, y as u32);
    let (fx, fy) = (x - x0 as f32, y - y0 as f32);
    let at = |dx, dy| image.get_pixel(x0 + dx, y0 + dy).0;
    let (a, b, c, d) = (at(0, 0), at(1, 0), at(0, 1), at(1, 1));
    [0, 1, 2].map(|i| {
        let top = f32::from(a[i]) * (1.0 - fx) + f32::from(b[i]) * fx;
        let bottom = f32::from(c[i]) * (1.0 - fx) + f32::from(d[i]) * fx;
        top * (1.0 - fy) + bottom * fy
    })
}

/// Light, colour cast, vignette and noise.
fn expose(photo: &mut RgbImage, scene: &Scene, rng: &mut impl Rng) {
    let (w, h) = (photo.width() as f32, photo.height() as f32);
    let (sin, cos) = scene.gradient.1.sin_cos();
    let balance = [scene.white_balance.0, 1.0, scene.white_balance.1];
    let grain: Vec<f32> = (0..65_536)
        .map(|_| (0..4).map(|_| rng.r#gen::<f32>() - 0.5).sum::<f32>() * 1.73 * scene.noise)
        .collect();
    let mut state = rng.r#gen::<u32>() | 1;
    for (x, y, pixel) in photo.enumerate_pixels_mut() {
        let (u, v) = (x as f32 / w - 0.5, y as f32 / h - 0.5);
        let light =
            scene.exposure * (1.0 + scene.gradient.0 * (u * cos + v * sin)) * (1.0 - 0.18 * (u * u + v * v));
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let common = grain[(state & 0xFFFF) as usize];
        let own = grain[(state >> 16) as usize] * 0.5;
        for (i, c) in pixel.0.iter_mut().enumerate() {
            let noise = common + if i == 1 { -own } else { own };
            *c = (f32::from(*c) * light * balance[i] + noise).clamp(0.0, 255.0) as u8;
        }
    }
}

fn span(values: [f32; 4], margin: f32, limit: u32) -> (u32, u32) {
    let low = values.iter().copied().fold(f32::MAX, f32::min) - margin;
    let high = values.iter().copied().fold(f32::MIN, f32::max) + margin;
    (low.max(0.0) as u32, (high.max(0.0) as u32).min(limit))
}

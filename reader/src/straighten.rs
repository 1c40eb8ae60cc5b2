//! From four corners in a photo to a card seen from straight above.

use image::{Rgb, RgbImage};
use imageproc::geometric_transformations::Projection;

/// Width of a straightened card, pixels.
pub(super) const CARD_WIDTH: u32 = 1000;
/// Height of a straightened card, pixels (85.6 × 54.0 mm).
pub(super) const CARD_HEIGHT: u32 = 631;

/// Four corners: upper left, upper right, lower right, lower left as the card is read.
pub(super) type Corners = [(f32, f32); 4];

/// The card inside `corners`, `width` × `height` pixels; `None` where the corners span no area.
pub(super) fn straighten(photo: &RgbImage, corners: &Corners, width: u32, height: u32) -> Option<RgbImage> {
    let (w, h) = (width as f32, height as f32);
    let to_photo = Projection::from_control_points([(0.0, 0.0), (w, 0.0), (w, h), (0.0, h)], *corners)?;
    let (limit_x, limit_y) = (photo.width() as f32 - 1.001, photo.height() as f32 - 1.001);
    let pitch = photo.width() as usize * 3;
    let source = photo.as_raw();
    // Where the photo has more pixels than the card, four samples a pixel keep thin strokes from vanishing.
    let dense = side_lengths(corners).0 > w * 1.3;
    let offsets: &[f32] = if dense { &[0.25, 0.75] } else { &[0.5] };
    let share = 256 / (offsets.len() * offsets.len()) as u32;
    let mut out = RgbImage::new(width, height);
    for (x, y, pixel) in out.enumerate_pixels_mut() {
        let mut sum = [0u32; 3];
        for dy in offsets {
            for dx in offsets {
                let (u, v) = to_photo * (x as f32 + dx, y as f32 + dy);
                let (u, v) = ((u - 0.5).clamp(0.0, limit_x), (v - 0.5).clamp(0.0, limit_y));
                let (fx, fy) = (((u.fract()) * 256.0) as u32, ((v.fract()) * 256.0) as u32);
                let base = v as usize * pitch + u as usize * 3;
                for (c, total) in sum.iter_mut().enumerate() {
                    let at = |i: usize| u32::from(source[i]);
                    let top = at(base + c) * (256 - fx) + at(base + c + 3) * fx;
                    let below = at(base + pitch + c) * (256 - fx) + at(base + pitch + c + 3) * fx;
                    *total += ((top * (256 - fy) + below * fy) >> 16) * share;
                }
            }
        }
        *pixel = Rgb(sum.map(|v| (v >> 8) as u8));
    }
    Some(out)
}

/// Mean lengths of the card's long (upper, lower) and short sides, pixels of the photo.
pub(super) fn side_lengths(corners: &Corners) -> (f32, f32) {
    let length = |a: usize, b: usize| (corners[a].0 - corners[b].0).hypot(corners[a].1 - corners[b].1);
    ((length(0, 1) + length(3, 2)) / 2.0, (length(0, 3) + length(1, 2)) / 2.0)
}

/// The same corners read upside down.
pub(super) fn turned_half(corners: &Corners) -> Corners {
    [corners[2], corners[3], corners[0], corners[1]]
}

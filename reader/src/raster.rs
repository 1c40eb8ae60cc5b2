//! Pixels in memory and the few operations that everything here needs.

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer, images::Image, images::ImageRef,
};
use image::{GrayImage, RgbImage};

use super::reading::Region;

/// `image` scaled to `width` × `height`; averages when it shrinks.
pub(super) fn resize_rgb(image: &RgbImage, width: u32, height: u32) -> Option<RgbImage> {
    let pixels = resize(image.as_raw(), (image.width(), image.height()), (width, height), PixelType::U8x3)?;
    RgbImage::from_raw(width, height, pixels)
}

/// `image` scaled to `width` × `height`; averages when it shrinks.
pub(super) fn resize_gray(image: &GrayImage, width: u32, height: u32) -> Option<GrayImage> {
    let pixels = resize(image.as_raw(), (image.width(), image.height()), (width, height), PixelType::U8)?;
    GrayImage::from_raw(width, height, pixels)
}

fn resize(pixels: &[u8], from: (u32, u32), to: (u32, u32), kind: PixelType) -> Option<Vec<u8>> {
    if to.0 == 0 || to.1 == 0 {
        return None;
    }
    let source = ImageRef::new(from.0, from.1, pixels, kind).ok()?;
    let mut target = Image::new(to.0, to.1, kind);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    Resizer::new().resize(&source, &mut target, &options).ok()?;
    Some(target.into_vec())
}

/// Luma of every pixel.
pub(super) fn gray_of(image: &RgbImage) -> GrayImage {
    let luma = image
        .as_raw()
        .chunks_exact(3)
        .map(|p| ((u32::from(p[0]) * 77 + u32::from(p[1]) * 150 + u32::from(p[2]) * 29) >> 8) as u8)
        .collect();
    GrayImage::from_raw(image.width(), image.height(), luma).unwrap_or_default()
}

/// Width and height with the long side `long` at most, never enlarged.
pub(super) fn fit(width: u32, height: u32, long: u32) -> (u32, u32) {
    let side = width.max(height);
    if side <= long {
        return (width, height);
    }
    let scale =
        |v: u32| ((u64::from(v) * u64::from(long) + u64::from(side) / 2) / u64::from(side)).max(1) as u32;
    (scale(width), scale(height))
}

/// Sums over rectangles in constant time.
pub(super) struct Sums {
    width: usize,
    table: Vec<u32>,
}

impl Sums {
    /// For images of up to 16 million pixels: 255 × 16 M still fits a `u32`.
    pub(super) fn of(image: &GrayImage) -> Self {
        let (w, h) = (image.width() as usize, image.height() as usize);
        let mut table = vec![0u32; (w + 1) * (h + 1)];
        for y in 0..h {
            let mut row = 0u32;
            let pixels = &image.as_raw()[y * w..(y + 1) * w];
            let (above, below) = table.split_at_mut((y + 1) * (w + 1));
            let above = &above[y * (w + 1)..];
            for x in 0..w {
                row += u32::from(pixels[x]);
                below[x + 1] = above[x + 1] + row;
            }
        }
        Self { width: w, table }
    }

    /// Sum over `left..right` × `top..bottom`.
    pub(super) fn over(&self, left: usize, top: usize, right: usize, bottom: usize) -> u32 {
        let at = |x: usize, y: usize| self.table[y * (self.width + 1) + x];
        (at(right, bottom) + at(left, top)).wrapping_sub(at(right, top) + at(left, bottom))
    }
}

/// 255 where a pixel is darker than its surroundings (a square of `2 * reach + 1`) by at least `by` grey levels.
pub(super) fn darker_than_around(image: &GrayImage, reach: usize, by: i32) -> GrayImage {
    let (w, h) = (image.width() as usize, image.height() as usize);
    let sums = Sums::of(image);
    let mut out = vec![0u8; w * h];
    for y in 0..h {
        let (top, bottom) = (y.saturating_sub(reach), (y + reach + 1).min(h));
        for x in 0..w {
            let (left, right) = (x.saturating_sub(reach), (x + reach + 1).min(w));
            let area = ((right - left) * (bottom - top)) as i32;
            let sum = sums.over(left, top, right, bottom) as i32;
            if (i32::from(image.as_raw()[y * w + x]) + by) * area < sum {
                out[y * w + x] = 255;
            }
        }
    }
    GrayImage::from_raw(image.width(), image.height(), out).unwrap_or_default()
}

/// The part of `image` inside `region`, cut to the image.
pub(super) fn crop(image: &GrayImage, region: Region) -> GrayImage {
    let region = region.grown(0, image.width(), image.height());
    image::imageops::crop_imm(image, region.left, region.top, region.width, region.height).to_image()
}

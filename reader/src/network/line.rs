//! A line of print as the network takes it.

use image::{GrayImage, imageops::FilterType};

use super::shape::{LINE_HEIGHT, MIDDLE_PX};

/// Most columns of a line that are looked at: longer ones exist on no card.
const MAX_WIDTH: usize = 1_600;
/// Empty columns on each side.
const MARGIN: usize = 2 * MIDDLE_PX;
/// Share of a line's pixels that count as its darkest ink, and share below its paper.
const INK_SHARE: f32 = 0.02;
const PAPER_SHARE: f32 = 0.75;
/// Fewest grey levels between ink and paper that are stretched: noise on empty paper stays faint.
const LEAST_CONTRAST: i32 = 20;

/// A line of print.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// How much ink is where, 0 (paper) to 1, row by row.
    pub ink: Vec<f32>,
    /// Columns, a multiple of [`MIDDLE_PX`].
    pub width: usize,
    /// Empty columns on the left.
    pub margin: usize,
    /// Pixels of this line for one pixel of the picture it was made from.
    pub scale: f32,
}

/// Makes a line of a picture of one: 32 rows high, paper 0 and ink 1. `None` for a picture without an area.
pub fn prepare(picture: &GrayImage) -> Option<Line> {
    let (width, height) = picture.dimensions();
    if width == 0 || height == 0 {
        return None;
    }
    let scale = LINE_HEIGHT as f32 / height as f32;
    let scaled_width = ((width as f32 * scale).round() as usize).clamp(1, MAX_WIDTH);
    let small =
        image::imageops::resize(picture, scaled_width as u32, LINE_HEIGHT as u32, FilterType::Triangle);
    let (darkest, paper) = levels(&small);
    let range = (paper - darkest).max(LEAST_CONTRAST) as f32;
    let columns = (scaled_width + 2 * MARGIN).next_multiple_of(MIDDLE_PX);
    let mut ink = vec![0.0; columns * LINE_HEIGHT];
    for (x, y, pixel) in small.enumerate_pixels() {
        let dark = (paper - i32::from(pixel.0[0])) as f32 / range;
        ink[y as usize * columns + MARGIN + x as usize] = dark.clamp(0.0, 1.0);
    }
    Some(Line { ink, width: columns, margin: MARGIN, scale })
}

/// Grey levels of ink and paper.
fn levels(line: &GrayImage) -> (i32, i32) {
    let mut histogram = [0usize; 256];
    line.as_raw().iter().for_each(|pixel| histogram[usize::from(*pixel)] += 1);
    let level = |share: f32| {
        let mut left = (share * line.as_raw().len() as f32) as usize;
        histogram.iter().position(|count| {
            let found = *count > left;
            left = left.saturating_sub(*count);
            found
        })
    };
    (level(INK_SHARE).unwrap_or(0) as i32, level(PAPER_SHARE).unwrap_or(255) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ink_becomes_one_and_paper_nothing_whatever_the_light() {
        for (ink, paper) in [(20u8, 250u8), (90, 140)] {
            let picture =
                GrayImage::from_fn(80, 64, |x, _| image::Luma([if x / 8 % 4 == 1 { ink } else { paper }]));
            let line = prepare(&picture).unwrap();
            assert_eq!((line.width, line.margin, line.ink.len()), (56, 8, 56 * 32));
            let row = &line.ink[10 * 56..11 * 56];
            assert!(row[..8].iter().all(|v| *v == 0.0) && row[8 + 2] < 0.2 && row[8 + 6] > 0.8, "{row:?}");
        }
    }

    #[test]
    fn no_picture_is_too_large_or_too_small() {
        assert_eq!(prepare(&GrayImage::new(0, 10)), None);
        assert!(prepare(&GrayImage::new(1, 1)).is_some());
        assert!(prepare(&GrayImage::new(60_000, 4)).unwrap().width <= MAX_WIDTH + 3 * MARGIN);
    }
}

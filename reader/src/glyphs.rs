//! Finds print on a straightened card: marks of ink, the number line, the rows of the fields.

use image::GrayImage;
use imageproc::region_labelling::{Connectivity, connected_components};

use super::{raster::darker_than_around, reading::Region};

/// The number line of a card.
#[derive(Debug, Clone, Copy)]
pub(super) struct NumberLine {
    /// Around all its digits.
    pub(super) region: Region,
    /// Rise of the line over its run (positive falls to the right).
    pub(super) slope: f32,
    /// How much it looks like 18 digits, 0–1.
    pub(super) evidence: f32,
}

/// 255 where the card is inked. `card` may have any size with a card's proportions.
pub(super) fn ink_of(card: &GrayImage) -> GrayImage {
    darker_than_around(card, (card.height() as usize / 36).max(6), 16)
}

/// Bounding boxes of connected ink.
pub(super) fn marks(ink: &GrayImage) -> Vec<Region> {
    let labels = connected_components(ink, Connectivity::Eight, image::Luma([0u8]));
    let count = labels.pixels().map(|p| p.0[0]).max().unwrap_or(0) as usize;
    let mut boxes = vec![(u32::MAX, u32::MAX, 0u32, 0u32); count + 1];
    for (x, y, label) in labels.enumerate_pixels() {
        let entry = &mut boxes[label.0[0] as usize];
        *entry = (entry.0.min(x), entry.1.min(y), entry.2.max(x), entry.3.max(y));
    }
    boxes
        .into_iter()
        .skip(1)
        .filter(|b| b.0 != u32::MAX)
        .map(|(l, t, r, b)| Region { left: l, top: t, width: r - l + 1, height: b - t + 1 })
        .collect()
}

/// The longest line of digit-sized marks in the lower third.
pub(super) fn find_number_line(marks: &[Region], width: u32, height: u32) -> Option<NumberLine> {
    let (w, h) = (width as f32, height as f32);
    let digits: Vec<Region> = marks
        .iter()
        .copied()
        .filter(|m| {
            let tall = m.height as f32 / h;
            let wide = m.width as f32 / h;
            (0.028..0.105).contains(&tall)
                && wide < 0.13
                && m.top as f32 > 0.64 * h
                && (m.bottom() as f32) < 0.995 * h
        })
        .collect();
    digits
        .iter()
        .filter_map(|seed| line_through(seed, &digits, w))
        .max_by(|a, b| a.evidence.total_cmp(&b.evidence))
}

/// The run of marks of `seed`'s height and level that contains it.
fn line_through(seed: &Region, digits: &[Region], card_width: f32) -> Option<NumberLine> {
    let tall = seed.height as f32;
    let level = |m: &Region| m.top as f32 + m.height as f32 / 2.0;
    let mut line: Vec<Region> = digits
        .iter()
        .copied()
        .filter(|m| {
            let far = (m.left as f32 - seed.left as f32).abs();
            // A card that was straightened not quite well still lies within two degrees.
            (level(m) - level(seed)).abs() < 0.3 * tall + 0.03 * far
                && (0.62..1.6).contains(&(m.height as f32 / tall))
        })
        .collect();
    line.sort_by_key(|m| m.left);
    let seed_at = line.iter().position(|m| m == seed)?;
    let gap_ok = |a: &Region, b: &Region| (b.left as f32 - a.right() as f32) < 1.15 * tall;
    let first = (0..seed_at).rev().take_while(|&i| gap_ok(&line[i], &line[i + 1])).last().unwrap_or(seed_at);
    let last =
        (seed_at + 1..line.len()).take_while(|&i| gap_ok(&line[i - 1], &line[i])).last().unwrap_or(seed_at);
    let run = &line[first..=last];
    let (left, right) = (run.first()?.left, run.iter().map(|m| m.right()).max()?);
    let (top, bottom) = (run.iter().map(|m| m.top).min()?, run.iter().map(|m| m.bottom()).max()?);
    let wide = (right - left) as f32 / card_width;
    let count = run.len() as f32;
    // 18 digits fill about 57 % of the width; blur joins some, noise splits some.
    let of_count = 1.0 - ((count - 18.0).abs() / 18.0).min(1.0);
    let of_width = 1.0 - ((wide - 0.57).abs() / 0.45).min(1.0);
    Some(NumberLine {
        region: Region { left, top, width: right - left, height: bottom - top },
        slope: slope(run),
        evidence: (of_count * of_width).sqrt(),
    })
}

/// Median slope of the lower edges of marks that lie far apart.
fn slope(run: &[Region]) -> f32 {
    let half = run.len() / 2;
    if half < 3 {
        return 0.0;
    }
    let mut slopes: Vec<f32> = (0..run.len() - half)
        .map(|i| {
            let (a, b) = (run[i], run[i + half]);
            (b.bottom() as f32 - a.bottom() as f32) / (b.left as f32 - a.left as f32).max(1.0)
        })
        .collect();
    slopes.sort_by(f32::total_cmp);
    slopes[slopes.len() / 2]
}

/// The rows of the fields above the number line, from the top; labels included.
pub(super) fn find_rows(ink: &GrayImage, bottom: u32) -> Vec<Region> {
    let (w, h) = (ink.width(), ink.height());
    let (left, right) = (w * 17 / 100, w * 61 / 100);
    let inked = |y: u32| (left..right).filter(|&x| ink.get_pixel(x, y).0[0] != 0).count();
    let profile: Vec<usize> = (0..bottom.min(h)).map(inked).collect();
    let mut rows: Vec<(u32, u32)> = Vec::new();
    let mut start = None;
    for y in (h * 5 / 100)..=profile.len() as u32 {
        let on = (y as usize) < profile.len() && profile[y as usize] >= 3;
        match (on, start) {
            (true, None) => start = Some(y),
            (false, Some(from)) => {
                rows.push((from, y));
                start = None;
            }
            _ => {}
        }
    }
    merge_halves(&mut rows, h);
    let (least, most) = (h * 3 / 100, h * 11 / 100);
    rows.into_iter()
        .filter(|(top, bottom)| (least..=most).contains(&(bottom - top)))
        .map(|(top, bottom)| Region { left: 0, top, width: right, height: bottom - top })
        .collect()
}

/// Characters such as 二 fall into two runs; they belong together when the whole is still one line high.
fn merge_halves(rows: &mut Vec<(u32, u32)>, card_height: u32) {
    let mut i = 0;
    while i + 1 < rows.len() {
        let gap = rows[i + 1].0 - rows[i].1;
        let whole = rows[i + 1].1 - rows[i].0;
        let small = (rows[i].1 - rows[i].0).min(rows[i + 1].1 - rows[i + 1].0) < card_height * 3 / 100;
        if small && gap < card_height * 2 / 100 && whole < card_height * 75 / 1000 {
            rows[i].1 = rows[i + 1].1;
            rows.remove(i + 1);
        } else {
            i += 1;
        }
    }
}

/// Columns of `row` that hold ink, as runs `(from, to)`; runs closer than `join` pixels are one.
pub(super) fn column_runs(ink: &GrayImage, row: Region, left: u32, right: u32, join: u32) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for x in left..right.min(ink.width()) {
        let inked = (row.top..row.bottom()).filter(|&y| ink.get_pixel(x, y).0[0] != 0).count();
        if inked < 2 {
            continue;
        }
        match runs.last_mut() {
            Some(run) if x - run.1 <= join => run.1 = x + 1,
            _ => runs.push((x, x + 1)),
        }
    }
    runs
}

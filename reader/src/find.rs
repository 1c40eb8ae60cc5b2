//! Finds where a card may lie in a photo: straight edges, then quadrilaterals of them with a card's proportions.
//! What it returns are candidates; the print on them decides (see `read_card.rs`).

use image::RgbImage;

use super::{
    raster::{fit, resize_rgb},
    straighten::{Corners, side_lengths},
};

/// Long side at which edges are looked for, pixels.
const SEARCH_SIDE: u32 = 512;
/// Lines kept from the vote.
const MAX_LINES: usize = 36;
/// Candidates returned.
const MAX_CANDIDATES: usize = 6;
/// A card's long side over its short side (85.6 / 54.0) and how far perspective may stretch it.
const ASPECT: std::ops::Range<f32> = 1.22..2.05;
/// Smallest share of the photo's area that a card may fill.
const MIN_AREA: f32 = 0.02;

/// A place where a card may lie.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    /// Corners in the photo, long sides first; which way up is not known yet.
    pub(super) corners: Corners,
    /// Share of its outline that follows an edge, 0–1.
    pub(super) support: f32,
    /// A side lies on the photo's border: the card may be cut off.
    pub(super) touches_border: bool,
}

/// Candidates, best outline first.
pub(super) fn find_candidates(photo: &RgbImage) -> Vec<Candidate> {
    let (width, height) = fit(photo.width(), photo.height(), SEARCH_SIDE);
    let Some(small) = resize_rgb(photo, width, height) else { return Vec::new() };
    let edges = Edges::of(&small);
    let lines = vote(&edges);
    let mut found = quadrilaterals(&lines, &edges);
    found.sort_by(|a, b| b.support.total_cmp(&a.support));
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in found {
        if kept.len() == MAX_CANDIDATES {
            break;
        }
        if kept.iter().all(|other| apart(&candidate.corners, &other.corners) > 0.02 * width as f32) {
            kept.push(candidate);
        }
    }
    let (sx, sy) = (photo.width() as f32 / width as f32, photo.height() as f32 / height as f32);
    for candidate in &mut kept {
        candidate.corners = refine(&candidate.corners, &edges).map(|(x, y)| (x * sx, y * sy));
    }
    kept
}

/// Gradient of a small photo: strength and direction of its strongest colour channel.
struct Edges {
    width: usize,
    height: usize,
    gx: Vec<i16>,
    gy: Vec<i16>,
    /// Strength where it is a ridge along its own direction, else 0.
    ridge: Vec<u16>,
    /// Strength from which an edge counts.
    floor: u16,
}

impl Edges {
    fn of(image: &RgbImage) -> Self {
        let (width, height) = (image.width() as usize, image.height() as usize);
        let smooth = smoothed(image.as_raw(), width, height);
        let (mut gx, mut gy) = (vec![0i16; width * height], vec![0i16; width * height]);
        let mut strength = vec![0u16; width * height];
        for y in 1..height.saturating_sub(1) {
            for x in 1..width - 1 {
                for c in 0..3 {
                    let at =
                        |dx: usize, dy: usize| i32::from(smooth[((y + dy - 1) * width + x + dx - 1) * 3 + c]);
                    let h = at(2, 0) + 2 * at(2, 1) + at(2, 2) - at(0, 0) - 2 * at(0, 1) - at(0, 2);
                    let v = at(0, 2) + 2 * at(1, 2) + at(2, 2) - at(0, 0) - 2 * at(1, 0) - at(2, 0);
                    let s = ((h * h + v * v) as f32).sqrt() as u16;
                    let i = y * width + x;
                    if s > strength[i] {
                        (strength[i], gx[i], gy[i]) = (s, h as i16, v as i16);
                    }
                }
            }
        }
        let mut sorted = strength.clone();
        let rank = sorted.len() * 80 / 100;
        let floor = if sorted.is_empty() { 0 } else { *sorted.select_nth_unstable(rank).1 };
        let floor = floor.clamp(20, 120);
        let ridge = ridges(&strength, &gx, &gy, width, height);
        Self { width, height, gx, gy, ridge, floor }
    }

    /// Does an edge pass within two pixels of `(x, y)` across the direction `normal`? Its signed strength, or 0.
    fn across(&self, x: f32, y: f32, normal: (f32, f32)) -> f32 {
        let mut best = 0.0f32;
        for step in -2..=2 {
            let (px, py) = (x + normal.0 * step as f32, y + normal.1 * step as f32);
            if px < 1.0 || py < 1.0 || px >= self.width as f32 - 1.0 || py >= self.height as f32 - 1.0 {
                continue;
            }
            let i = py as usize * self.width + px as usize;
            if self.ridge[i] < self.floor {
                continue;
            }
            let along = f32::from(self.gx[i]) * normal.0 + f32::from(self.gy[i]) * normal.1;
            // Within 20° of the expected direction.
            if along.abs() > 0.94 * f32::from(self.ridge[i]) && along.abs() > best.abs() {
                best = along;
            }
        }
        best
    }
}

/// A 5 × 5 binomial blur, which quietens weave and grain.
fn smoothed(pixels: &[u8], width: usize, height: usize) -> Vec<u8> {
    let pass = |source: &[u8], stride: usize, count: usize, lines: usize, line_stride: usize| {
        let mut out = source.to_vec();
        for line in 0..lines {
            for k in 2..count.saturating_sub(2) {
                for c in 0..3 {
                    let at = |d: usize| u32::from(source[line * line_stride + (k + d - 2) * stride + c]);
                    let sum = at(0) + 4 * at(1) + 6 * at(2) + 4 * at(3) + at(4);
                    out[line * line_stride + k * stride + c] = (sum / 16) as u8;
                }
            }
        }
        out
    };
    let rows = pass(pixels, 3, width, height, width * 3);
    pass(&rows, width * 3, height, width, 3)
}

fn ridges(strength: &[u16], gx: &[i16], gy: &[i16], width: usize, height: usize) -> Vec<u16> {
    let mut ridge = vec![0u16; width * height];
    for y in 1..height.saturating_sub(1) {
        for x in 1..width - 1 {
            let i = y * width + x;
            let (ax, ay) = (gx[i].unsigned_abs(), gy[i].unsigned_abs());
            let same_sign = (gx[i] >= 0) == (gy[i] >= 0);
            let step = match (ax > 2 * ay, ay > 2 * ax, same_sign) {
                (true, _, _) => 1,
                (_, true, _) => width,
                (_, _, true) => width + 1,
                (_, _, false) => width - 1,
            };
            if strength[i] >= strength[i - step] && strength[i] > strength[i + step] {
                ridge[i] = strength[i];
            }
        }
    }
    ridge
}

/// A straight line: `x cos + y sin = rho`.
#[derive(Debug, Clone, Copy)]
struct Line {
    /// Direction of the normal, degrees 0–179.
    theta: usize,
    normal: (f32, f32),
    rho: f32,
    /// One of the photo's own borders.
    border: bool,
}

/// Lines with the most edge pixels on them (a Hough vote in which each pixel only votes near its own direction).
fn vote(edges: &Edges) -> Vec<Line> {
    const STEPS: usize = 180;
    const SPREAD: i32 = 3;
    let reach = ((edges.width * edges.width + edges.height * edges.height) as f32).sqrt();
    let bins = (reach as usize + 2) * 2;
    let table: Vec<(f32, f32)> = (0..STEPS)
        .map(|t| {
            let (sin, cos) = (t as f32).to_radians().sin_cos();
            (cos, sin)
        })
        .collect();
    let mut votes = vec![0u32; STEPS * bins];
    for y in 0..edges.height {
        for x in 0..edges.width {
            let i = y * edges.width + x;
            if edges.ridge[i] < edges.floor {
                continue;
            }
            let angle = f32::from(edges.gy[i]).atan2(f32::from(edges.gx[i])).to_degrees().round() as i32;
            // Strong edges count more, but never so much that a lamp outvotes a card.
            let weight = 1 + u32::from(edges.ridge[i].min(240)) / 60;
            for d in -SPREAD..=SPREAD {
                let t = (angle + d).rem_euclid(STEPS as i32) as usize;
                let rho = x as f32 * table[t].0 + y as f32 * table[t].1;
                votes[t * bins + (rho + reach + 1.0) as usize] += weight;
            }
        }
    }
    strongest(&votes, bins, reach, &table, edges)
}

fn strongest(votes: &[u32], bins: usize, reach: f32, table: &[(f32, f32)], edges: &Edges) -> Vec<Line> {
    let least = edges.width.min(edges.height) as u32 / 5;
    let mut peaks: Vec<(u32, usize, usize)> = Vec::new();
    for t in 0..table.len() {
        for r in 1..bins - 1 {
            let v = votes[t * bins + r] + votes[t * bins + r + 1] / 2 + votes[t * bins + r - 1] / 2;
            if v >= least {
                peaks.push((v, t, r));
            }
        }
    }
    peaks.sort_unstable_by(|a, b| b.cmp(a));
    let mut lines: Vec<Line> = border_lines(edges);
    for (_, t, r) in peaks {
        if lines.len() >= MAX_LINES {
            break;
        }
        let line = Line { theta: t, normal: table[t], rho: r as f32 - reach - 0.5, border: false };
        if lines.iter().all(|other| other.border || !same_line(&line, other)) {
            lines.push(line);
        }
    }
    lines
}

fn border_lines(edges: &Edges) -> Vec<Line> {
    let (w, h) = (edges.width as f32 - 1.0, edges.height as f32 - 1.0);
    [(0, (1.0, 0.0), 0.0), (0, (1.0, 0.0), w), (90, (0.0, 1.0), 0.0), (90, (0.0, 1.0), h)]
        .map(|(theta, normal, rho)| Line { theta, normal, rho, border: true })
        .to_vec()
}

fn same_line(a: &Line, b: &Line) -> bool {
    let turn = a.theta.abs_diff(b.theta);
    let (turn, flipped) = if turn > 90 { (180 - turn, true) } else { (turn, false) };
    let rho = if flipped { -b.rho } else { b.rho };
    turn <= 4 && (a.rho - rho).abs() < 5.0
}

fn angle_between(a: &Line, b: &Line) -> usize {
    let turn = a.theta.abs_diff(b.theta);
    turn.min(180 - turn)
}

fn quadrilaterals(lines: &[Line], edges: &Edges) -> Vec<Candidate> {
    let mut pairs = Vec::new();
    for (i, a) in lines.iter().enumerate() {
        for b in &lines[i + 1..] {
            if angle_between(a, b) <= 24 && !(a.border && b.border) {
                pairs.push((*a, *b));
            }
        }
    }
    let mut found = Vec::new();
    for (i, first) in pairs.iter().enumerate() {
        for second in &pairs[i + 1..] {
            let square = angle_between(&first.0, &second.0).min(angle_between(&first.1, &second.1));
            let borders = [first.0, first.1, second.0, second.1].iter().filter(|line| line.border).count();
            if square < 62 || borders > 1 {
                continue;
            }
            if let Some(candidate) = quadrilateral(first, second, edges, borders > 0) {
                found.push(candidate);
            }
        }
    }
    found
}

fn quadrilateral(
    a: &(Line, Line),
    b: &(Line, Line),
    edges: &Edges,
    touches_border: bool,
) -> Option<Candidate> {
    let points = [crossing(&a.0, &b.0)?, crossing(&a.0, &b.1)?, crossing(&a.1, &b.1)?, crossing(&a.1, &b.0)?];
    let (w, h) = (edges.width as f32, edges.height as f32);
    let slack = 0.03 * w.max(h);
    if points.iter().any(|p| p.0 < -slack || p.1 < -slack || p.0 > w + slack || p.1 > h + slack) {
        return None;
    }
    let corners = long_sides_first(clockwise(points));
    let (long, short) = side_lengths(&corners);
    if short < 8.0 || area(&corners) < MIN_AREA * w * h {
        return None;
    }
    if !touches_border && !ASPECT.contains(&(long / short)) {
        return None;
    }
    let support = outline_support(&corners, edges, touches_border)?;
    Some(Candidate { corners, support, touches_border })
}

fn crossing(a: &Line, b: &Line) -> Option<(f32, f32)> {
    let det = a.normal.0 * b.normal.1 - a.normal.1 * b.normal.0;
    if det.abs() < 0.2 {
        return None;
    }
    let x = (a.rho * b.normal.1 - b.rho * a.normal.1) / det;
    let y = (b.rho * a.normal.0 - a.rho * b.normal.0) / det;
    Some((x, y))
}

/// Clockwise on the screen, starting nearest the upper left.
fn clockwise(points: [(f32, f32); 4]) -> Corners {
    let centre =
        (points.iter().map(|p| p.0).sum::<f32>() / 4.0, points.iter().map(|p| p.1).sum::<f32>() / 4.0);
    let mut sorted = points;
    sorted.sort_by(|p, q| {
        let angle = |r: &(f32, f32)| (r.1 - centre.1).atan2(r.0 - centre.0);
        angle(p).total_cmp(&angle(q))
    });
    sorted
}

/// Turned so that the first side is a long one.
fn long_sides_first(corners: Corners) -> Corners {
    let (first, second) = side_lengths(&corners);
    if first >= second { corners } else { [corners[1], corners[2], corners[3], corners[0]] }
}

fn area(c: &Corners) -> f32 {
    let cross = |a: (f32, f32), b: (f32, f32)| a.0 * b.1 - a.1 * b.0;
    (cross(c[0], c[1]) + cross(c[1], c[2]) + cross(c[2], c[3]) + cross(c[3], c[0])).abs() / 2.0
}

/// How much of the outline follows an edge of one polarity, less what goes on past the corners as a table's grain or
/// a sheet's margin does. `None` where a side has next to nothing.
fn outline_support(corners: &Corners, edges: &Edges, touches_border: bool) -> Option<f32> {
    const SAMPLES: usize = 24;
    let mut shares = [0.0f32; 4];
    let mut overrun = 0.0;
    for side in 0..4 {
        let (from, to) = (corners[side], corners[(side + 1) % 4]);
        let length = (to.0 - from.0).hypot(to.1 - from.1).max(1.0);
        let normal = ((to.1 - from.1) / length, -(to.0 - from.0) / length);
        let at = |t: f32| (from.0 + (to.0 - from.0) * t, from.1 + (to.1 - from.1) * t);
        let (mut bright, mut dark) = (0, 0);
        for k in 0..SAMPLES {
            let p = at(0.06 + 0.88 * (k as f32 + 0.5) / SAMPLES as f32);
            match edges.across(p.0, p.1, normal) {
                s if s > 0.0 => bright += 1,
                s if s < 0.0 => dark += 1,
                _ => {}
            }
        }
        let hits: i32 = bright.max(dark) - bright.min(dark) / 2;
        shares[side] = hits as f32 / SAMPLES as f32;
        let past = [-0.14, -0.09, 1.09, 1.14];
        let beyond = past.iter().filter(|t| {
            let p = at(**t);
            edges.across(p.0, p.1, normal) != 0.0
        });
        overrun += beyond.count() as f32 / 16.0;
    }
    let worst = if touches_border {
        // The border itself shows no edge.
        let mut sorted = shares;
        sorted.sort_by(f32::total_cmp);
        sorted[1]
    } else {
        shares.iter().copied().fold(f32::MAX, f32::min)
    };
    if worst < 0.3 {
        return None;
    }
    let mean = shares.iter().sum::<f32>() / 4.0;
    let (long, short) = side_lengths(corners);
    let off_shape = (long / short / 1.585).ln().abs();
    let large = (area(corners) / (edges.width * edges.height) as f32).min(0.5);
    Some(0.7 * mean + 0.3 * worst - 0.35 * overrun - 0.25 * off_shape + 0.3 * large)
}

/// Largest distance between two corner sets, whichever corner they start from.
fn apart(a: &Corners, b: &Corners) -> f32 {
    let distance = |turn: usize| {
        (0..4).map(|i| (a[i].0 - b[(i + turn) % 4].0).hypot(a[i].1 - b[(i + turn) % 4].1)).fold(0.0, f32::max)
    };
    (0..4).map(distance).fold(f32::MAX, f32::min)
}

/// Fits each side again to the edge pixels along it.
fn refine(corners: &Corners, edges: &Edges) -> Corners {
    let mut lines = [((0.0, 0.0), 0.0); 4];
    for side in 0..4 {
        let (from, to) = (corners[side], corners[(side + 1) % 4]);
        lines[side] = fit_side(from, to, edges);
    }
    let cross = |a: ((f32, f32), f32), b: ((f32, f32), f32)| {
        let det = a.0.0 * b.0.1 - a.0.1 * b.0.0;
        (det.abs() > 0.2).then(|| ((a.1 * b.0.1 - b.1 * a.0.1) / det, (b.1 * a.0.0 - a.1 * b.0.0) / det))
    };
    let mut out = *corners;
    for (i, corner) in out.iter_mut().enumerate() {
        // Corner i is where side i-1 ends and side i begins.
        if let Some(point) = cross(lines[(i + 3) % 4], lines[i])
            && (point.0 - corner.0).hypot(point.1 - corner.1) < 8.0
        {
            *corner = point;
        }
    }
    out
}

/// Normal and distance of the line through the strongest edge points near the side; the side itself without enough.
fn fit_side(from: (f32, f32), to: (f32, f32), edges: &Edges) -> ((f32, f32), f32) {
    let length = (to.0 - from.0).hypot(to.1 - from.1).max(1.0);
    let along = ((to.0 - from.0) / length, (to.1 - from.1) / length);
    let normal = (along.1, -along.0);
    let mut points = Vec::new();
    for k in 0..60 {
        let t = 0.08 + 0.84 * k as f32 / 59.0;
        let base = (from.0 + (to.0 - from.0) * t, from.1 + (to.1 - from.1) * t);
        let mut best = (0.0f32, 0.0f32);
        for step in -6..=6 {
            let d = step as f32 * 0.5;
            let (x, y) = (base.0 + normal.0 * d, base.1 + normal.1 * d);
            if x < 1.0 || y < 1.0 || x >= edges.width as f32 - 1.0 || y >= edges.height as f32 - 1.0 {
                continue;
            }
            let i = y as usize * edges.width + x as usize;
            let s = (f32::from(edges.gx[i]) * normal.0 + f32::from(edges.gy[i]) * normal.1).abs();
            if s > best.0 {
                best = (s, d);
            }
        }
        if best.0 >= f32::from(edges.floor) {
            points.push((t * length, best.1));
        }
    }
    let (offset, slope) = straight_fit(&points);
    let n = ((normal.0 - along.0 * slope), (normal.1 - along.1 * slope));
    let norm = n.0.hypot(n.1);
    let n = (n.0 / norm, n.1 / norm);
    let foot = (from.0 + normal.0 * offset, from.1 + normal.1 * offset);
    // Edge samples sit at pixel centres.
    (n, (foot.0 + 0.0) * n.0 + (foot.1 + 0.0) * n.1)
}

/// Least squares twice, the second time without outliers: offset at 0 and slope.
fn straight_fit(points: &[(f32, f32)]) -> (f32, f32) {
    let fit = |points: &[(f32, f32)]| {
        let n = points.len() as f32;
        let (mx, my) =
            (points.iter().map(|p| p.0).sum::<f32>() / n, points.iter().map(|p| p.1).sum::<f32>() / n);
        let sxx: f32 = points.iter().map(|p| (p.0 - mx).powi(2)).sum();
        let sxy: f32 = points.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum();
        let slope = if sxx > 1.0 { sxy / sxx } else { 0.0 };
        (my - slope * mx, slope)
    };
    if points.len() < 12 {
        return (0.0, 0.0);
    }
    let (offset, slope) = fit(points);
    let near: Vec<_> = points.iter().copied().filter(|p| (p.1 - offset - slope * p.0).abs() < 1.0).collect();
    if near.len() < 10 { (offset, slope) } else { fit(&near) }
}

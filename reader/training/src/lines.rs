//! Lines of print as a photographed card has them, and where each character's middle is. Everything follows from a seed.

use std::sync::Arc;

use ab_glyph::{Font, FontVec};
use cards::{
    Person, Typeface, Typefaces,
    draw::{Ink, Setting, text},
};
use image::{GrayImage, Luma, Rgb, RgbImage, codecs::jpeg::JpegEncoder, imageops};
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use reader::network::{LINE_HEIGHT, MIDDLE_PX, prepare};

/// Columns of a line that is learnt from.
pub const WIDTH: usize = 288;
/// Places where a middle may be.
pub const COLUMNS: usize = WIDTH / MIDDLE_PX;
/// Height of an em as drawn, pixels.
const EM: f32 = 56.0;
/// What is drawn begins here, pixels.
const LEFT: f32 = 90.0;
const TOP: f32 = 40.0;
/// Empty columns that [`prepare`] puts on the left.
const MARGIN: f32 = (2 * MIDDLE_PX) as f32;
/// Share of lines in a typeface that has digits alone.
const DIGITS_ALONE: f64 = 0.06;
/// A character whose middle is at most this far from a column's belongs to it, pixels.
const NEAR: f32 = 0.75 * MIDDLE_PX as f32;

/// What a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// No middle.
    Empty,
    /// The middle of this character.
    Middle(u32),
    /// Beside a middle, near enough for the character to be read there as well.
    Beside(u32),
    /// Nobody can say: a character is cut off here.
    Unclear,
}

/// A line and what it says.
pub struct Sample {
    /// As [`prepare`] makes it, [`WIDTH`] columns.
    pub ink: Vec<f32>,
    /// For each of its places.
    pub columns: Vec<Column>,
}

/// What lines are made of.
pub struct Press {
    characters: Vec<char>,
    /// Numbers of the characters that [`Press::any`] draws from.
    chinese: Vec<u32>,
    faces: Vec<Face>,
}

struct Face {
    font: Arc<FontVec>,
    /// Numbers of the characters it has, in the order of their code points.
    has: Vec<bool>,
    chinese: bool,
}

/// A run of characters in one size and ink.
struct Run {
    text: String,
    em: f32,
    ink: u8,
    gap: f32,
    pitch: Option<f32>,
}

impl Run {
    /// At most so long, in ems of a plain run.
    fn most_ems(&self) -> f32 {
        self.gap + self.text.chars().count() as f32 * self.pitch.unwrap_or(self.em)
    }
}

impl Press {
    /// Sets these characters in these typefaces.
    ///
    /// # Errors
    /// When one is not installed.
    pub fn new(characters: &[char], faces: &[Typeface]) -> anyhow::Result<Press> {
        let mut fonts = Typefaces::default();
        let digits = [Typeface::DejaVuMono, Typeface::DejaVuSans];
        let faces = faces.iter().map(|face| (*face, true)).chain(digits.map(|face| (face, false)));
        let faces = faces
            .map(|(face, chinese)| {
                let font = fonts.get(face)?;
                let has = characters.iter().map(|c| font.glyph_id(*c).0 != 0).collect();
                Ok(Face { font, has, chinese })
            })
            .collect::<anyhow::Result<_>>()?;
        let chinese =
            (0..characters.len() as u32).filter(|i| characters[*i as usize] >= '\u{3400}').collect();
        Ok(Press { characters: characters.to_vec(), chinese, faces })
    }

    /// Line `index` of `seed`.
    pub fn line(&self, seed: u64, index: u64) -> Sample {
        let mut rng = ChaCha8Rng::seed_from_u64(seed.wrapping_mul(1_000_003).wrapping_add(index));
        loop {
            if let Some(sample) = self.attempt(&mut rng) {
                return sample;
            }
        }
    }

    fn attempt(&self, rng: &mut impl Rng) -> Option<Sample> {
        let of_digits = rng.gen_bool(DIGITS_ALONE);
        let faces: Vec<&Face> = self.faces.iter().filter(|face| face.chinese != of_digits).collect();
        let face = faces.choose(rng)?;
        let runs = self.runs(face, rng);
        let longest: f32 = runs.iter().map(Run::most_ems).sum();
        let mut canvas = background(LEFT as u32 + ((longest + 1.0) * EM) as u32, rng);
        let ink = rng.gen_range(-12..40i16);
        let (mut x, mut placed) = (LEFT, Vec::new());
        for run in &runs {
            x += run.gap * EM;
            let em = EM * run.em;
            // All sizes stand on one line.
            let top = TOP + 0.88 * (EM - em);
            for c in run.text.chars() {
                let grey = (i16::from(run.ink) + ink).clamp(0, 170) as u8;
                let at = Setting { left: x, top, em, pitch: run.pitch.map(|pitch| pitch * EM) };
                let mut one = [0; 4];
                let end =
                    text(&mut canvas, &face.font, c.encode_utf8(&mut one), at, Ink::solid(grey, grey, grey));
                placed.push((self.number(c)?, x, end));
                x = end;
            }
        }
        let only_digits = runs.iter().all(|run| run.text.bytes().all(|b| b.is_ascii_alphanumeric()));
        let view = View::of(only_digits, x, rng);
        let picture = view.look(&imageops::grayscale(&canvas), rng);
        let line = prepare(&picture)?;
        Some(Sample { ink: fitted(&line.ink, line.width), columns: columns(&placed, &view) })
    }

    fn number(&self, c: char) -> Option<u32> {
        // The first are few and the rest a search away: a map is not worth its memory traffic here.
        self.characters.iter().position(|known| *known == c).map(|i| i as u32)
    }

    /// What the line says.
    fn runs(&self, face: &Face, rng: &mut impl Rng) -> Vec<Run> {
        let plain = |text: String| Run { text, em: 1.0, ink: 34, gap: 0.0, pitch: None };
        let label = |text: &str, gap: f32| Run { text: text.into(), em: 0.82, ink: 100, gap, pitch: None };
        if !face.chinese || rng.gen_bool(0.12) {
            let count = rng.gen_range(3..19);
            let mut number: String = (0..count).map(|_| rng.gen_range(b'0'..=b'9') as char).collect();
            if rng.gen_bool(0.4) {
                number.push('X');
            }
            let pitch = rng.gen_bool(0.8).then(|| rng.gen_range(0.56..0.78));
            return vec![Run { pitch, ..plain(number) }];
        }
        match rng.gen_range(0..10) {
            0 => {
                let person = Person::invent(rng, None);
                vec![plain(person.name)]
            }
            1 => {
                let person = Person::invent(rng, None);
                let line: Vec<char> = person.address.chars().collect();
                let start = rng.gen_range(0..line.len().saturating_sub(4).max(1));
                vec![plain(line[start..].iter().take(11).collect())]
            }
            2 => {
                let person = Person::invent(rng, None);
                let mut birth = person.birth.split('-').map(|part| part.trim_start_matches('0').to_owned());
                let mut next = || birth.next().unwrap_or_default();
                let gap = rng.gen_range(0.15..0.45);
                let mut runs = vec![plain(next()), label("年", gap)];
                for unit in ["月", "日"] {
                    runs.push(Run { gap, ..plain(next()) });
                    runs.push(label(unit, gap));
                }
                runs
            }
            3 => {
                let person = Person::invent(rng, None);
                let sex = plain(person.sex.printed().into());
                let gap = rng.gen_range(1.2..2.4);
                let rest = Run { gap: rng.gen_range(0.4..0.9), ..plain(person.ethnicity) };
                vec![sex, label("民", gap), label("族", 0.2), rest]
            }
            4 => {
                // Numbers between characters, as in the lower lines of an address.
                let mut text = self.any(face, 3, rng);
                let digits: String =
                    (0..rng.gen_range(1..5)).map(|_| rng.gen_range(b'0'..=b'9') as char).collect();
                text += &digits;
                if rng.gen_bool(0.3) {
                    text.push(*b"ABCDEFGHXZ-".choose(rng).unwrap_or(&b'A') as char);
                }
                text += &self.any(face, 4, rng);
                vec![plain(text)]
            }
            _ => {
                let count = rng.gen_range(2..11);
                let mut text = self.any(face, count, rng);
                if rng.gen_bool(0.12) {
                    // As in a name of two parts.
                    text = format!("{}·{text}", self.any(face, 3, rng));
                    return vec![plain(text)];
                }
                let pitch = rng.gen_bool(0.3).then(|| rng.gen_range(1.0..1.4));
                vec![Run { pitch, ..plain(text) }]
            }
        }
    }

    /// Any Chinese characters that the typeface has.
    fn any(&self, face: &Face, count: usize, rng: &mut impl Rng) -> String {
        let mut text = String::new();
        while text.chars().count() < count {
            let number = self.chinese[rng.gen_range(0..self.chinese.len())] as usize;
            if face.has[number] {
                text.push(self.characters[number]);
            }
        }
        text
    }
}

/// Paper with a light's gradient, fine waves and a pale mark below.
fn background(width: u32, rng: &mut impl Rng) -> RgbImage {
    let height = 2 * TOP as u32 + EM as u32;
    let (light, slope) = (rng.gen_range(196.0..248.0f32), rng.gen_range(-0.03..0.03f32));
    let waves: Vec<(Vec<f32>, f32, f32)> = (0..rng.gen_range(0..4))
        .map(|_| {
            let (frequency, size) = (rng.gen_range(0.005..0.03f32), rng.gen_range(10.0..60.0f32));
            let phase = rng.gen_range(0.0..6.3f32);
            // Above zero everywhere, so that what is cut off below is the whole part.
            let offsets = (0..width).map(|x| size * (1.0 + (x as f32 * frequency + phase).sin())).collect();
            (offsets, rng.gen_range(8.0..20.0), rng.gen_range(2.0..12.0))
        })
        .collect();
    let mut canvas = RgbImage::from_fn(width, height, |x, y| {
        let mut grey = light + slope * x as f32;
        for (offsets, spacing, tint) in &waves {
            let place = (y as f32 + offsets[x as usize]) / spacing;
            if place - ((place as u32) as f32) < 0.14 {
                grey -= tint;
            }
        }
        Rgb([grey.clamp(0.0, 255.0) as u8; 3])
    });
    for _ in 0..rng.gen_range(0..3) {
        // As strokes of a large pale 样本 below the print.
        let from = (rng.gen_range(0.0..width as f32), rng.gen_range(0.0..height as f32));
        let (dx, dy) = (rng.gen_range(-1.0..1.0f32), rng.gen_range(-1.0..1.0f32));
        let ink = Ink::solid(120, 120, 120).faint(rng.gen_range(0.03..0.14));
        let clip = [0.0, 0.0, width as f32, height as f32];
        let radii = (rng.gen_range(10.0..30.0), rng.gen_range(8.0..18.0));
        for step in 0..6 {
            let at = (from.0 + dx * 12.0 * step as f32, from.1 + dy * 12.0 * step as f32);
            cards::draw::ellipse(&mut canvas, at, radii, clip, ink);
        }
    }
    canvas
}

/// How the line is seen: what of the drawing is in the picture, and how.
struct View {
    /// Upper left corner in the drawing, pixels.
    left: f32,
    top: f32,
    /// Height of what is seen in the drawing, pixels.
    height: f32,
    /// Width of a pixel of the prepared line in the drawing, pixels.
    step: f32,
    /// How far a column leans and a row falls, per pixel.
    lean: f32,
    fall: f32,
    /// Columns of the picture that are seen.
    seen: usize,
}

impl View {
    fn of(only_digits: bool, end: f32, rng: &mut impl Rng) -> View {
        // Digits are as high as their ink, not as an em.
        let (ink_top, ink_bottom) =
            if only_digits { (TOP + 0.14 * EM, TOP + 0.9 * EM) } else { (TOP + 0.03 * EM, TOP + 0.97 * EM) };
        let top = ink_top - rng.gen_range(-0.03..0.26) * EM;
        let bottom = ink_bottom + rng.gen_range(-0.03..0.26) * EM;
        let left = LEFT - rng.gen_range(0.0..0.5) * EM;
        let height = bottom - top;
        let step = height / LINE_HEIGHT as f32 * rng.gen_range(0.86..1.16);
        let room = ((end + rng.gen_range(0.0..0.5) * EM - left) / step) as usize;
        let seen = room.clamp(8, WIDTH - MARGIN as usize);
        let lean = rng.gen_range(-0.05..0.05);
        View { left, top, height, step, lean, fall: rng.gen_range(-0.014..0.014), seen }
    }

    /// The column of the prepared line at which a place of the drawing is seen.
    fn column(&self, x: f32) -> f32 {
        MARGIN + (x - self.left) / self.step
    }

    /// Photographs it and cuts it out.
    fn look(&self, canvas: &GrayImage, rng: &mut impl Rng) -> GrayImage {
        // As large as a phone's photo has it.
        let em = (rng.gen_range((17.0f32).ln()..EM.ln())).exp();
        let shrink = em / EM;
        let size = |length: u32| ((length as f32 * shrink) as u32).max(8);
        let mut photo = if shrink < 0.96 {
            imageops::resize(
                canvas,
                size(canvas.width()),
                size(canvas.height()),
                imageops::FilterType::Triangle,
            )
        } else {
            canvas.clone()
        };
        let shrink = photo.width() as f32 / canvas.width() as f32;
        let blur = rng.gen_range(0.0..1.1) * em / 44.0;
        if blur > 0.3 {
            photo = imageops::fast_blur(&photo, blur);
        }
        let (exposure, noise) = (rng.gen_range(0.6..1.08f32), rng.gen_range(0.0..7.0f32));
        for pixel in photo.pixels_mut() {
            let grain: f32 = (0..3).map(|_| rng.gen_range(-1.0..1.0f32)).sum();
            pixel.0 = [(f32::from(pixel.0[0]) * exposure + grain * noise).clamp(0.0, 255.0) as u8];
        }
        if rng.gen_bool(0.35)
            && let Some(squeezed) = squeezed(&photo, rng.gen_range(40..95))
        {
            photo = squeezed;
        }
        // As a straightened card has it: 1,000 pixels over 85.6 mm.
        let rows = (rng.gen_range(34.0..58.0f32)) as u32;
        let columns = (self.seen as f32 * rows as f32 / LINE_HEIGHT as f32) as u32;
        let (limit_x, limit_y) = (photo.width() as f32 - 1.001, photo.height() as f32 - 1.001);
        GrayImage::from_fn(columns.max(1), rows, |x, y| {
            let u = (x as f32 + 0.5) / columns as f32 * self.seen as f32 * self.step;
            let v = (y as f32 + 0.5) / rows as f32 * self.height;
            let across = u + self.lean * (v - self.height / 2.0);
            let down = v + self.fall * (u - self.seen as f32 * self.step / 2.0);
            let at_x = ((self.left + across) * shrink - 0.5).clamp(0.0, limit_x);
            let at_y = ((self.top + down) * shrink - 0.5).clamp(0.0, limit_y);
            let (fx, fy) = (at_x.fract(), at_y.fract());
            let pixel =
                |dx: u32, dy: u32| f32::from(photo.get_pixel(at_x as u32 + dx, at_y as u32 + dy).0[0]);
            let above = pixel(0, 0) * (1.0 - fx) + pixel(1, 0) * fx;
            let below = pixel(0, 1) * (1.0 - fx) + pixel(1, 1) * fx;
            Luma([(above * (1.0 - fy) + below * fy) as u8])
        })
    }
}

/// What JPEG leaves of it.
fn squeezed(photo: &GrayImage, quality: u8) -> Option<GrayImage> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(photo).ok()?;
    image::load_from_memory(&bytes).ok().map(|decoded| decoded.to_luma8())
}

/// The line's columns cut or filled up to [`WIDTH`].
fn fitted(ink: &[f32], width: usize) -> Vec<f32> {
    let mut out = vec![0.0; WIDTH * LINE_HEIGHT];
    for (from, to) in ink.chunks_exact(width).zip(out.chunks_exact_mut(WIDTH)) {
        let both = width.min(WIDTH);
        to[..both].copy_from_slice(&from[..both]);
    }
    out
}

fn columns(placed: &[(u32, f32, f32)], view: &View) -> Vec<Column> {
    let mut columns = vec![Column::Empty; COLUMNS];
    let end = MARGIN + view.seen as f32;
    let middle_of = |column: usize| (column as f32 + 0.5) * MIDDLE_PX as f32;
    for (number, left, right) in placed {
        let (left, right) = (view.column(*left), view.column(*right));
        let middle = (left + right) / 2.0;
        let cut = right - end > 0.12 * (right - left);
        for (i, column) in columns.iter_mut().enumerate() {
            let far = (middle_of(i) - middle).abs();
            if cut {
                if middle_of(i) > left {
                    *column = Column::Unclear;
                }
            } else if far <= 0.5 * MIDDLE_PX as f32 {
                *column = Column::Middle(*number);
            } else if far <= NEAR && !matches!(*column, Column::Middle(_)) {
                *column = Column::Beside(*number);
            }
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_prints_the_same_line_and_says_where_its_characters_are() {
        let characters = crate::characters::all();
        let press = Press::new(&characters, &Typeface::TUNING).unwrap();
        let mut middles = 0;
        for index in 0..60 {
            let line = press.line(7, index);
            assert_eq!((line.ink.len(), line.columns.len()), (WIDTH * LINE_HEIGHT, COLUMNS));
            assert_eq!(line.ink, press.line(7, index).ink);
            // A middle has ink around it, and no two are nearer than a digit is wide.
            let at: Vec<usize> =
                (0..COLUMNS).filter(|i| matches!(line.columns[*i], Column::Middle(_))).collect();
            assert!(at.windows(2).all(|pair| pair[1] - pair[0] >= 2), "{at:?}");
            middles += at.len();
        }
        assert!(middles > 200, "{middles}");
    }
}

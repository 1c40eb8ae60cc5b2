//! What a card lies on. Each desk is a small procedural texture, drawn coarse and scaled up with the photo.

use image::{Rgb, RgbImage, imageops};
use rand::Rng;
use serde::{Deserialize, Serialize};

/// A kind of background.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Desk {
    /// Planks with grain.
    Wood,
    /// Woven cloth.
    Cloth,
    /// A sheet of paper, sometimes with lines of print.
    Paper,
    /// A dark table.
    Dark,
    /// One even colour with soft stains.
    Plain,
    /// Veined stone. Held out.
    Marble,
    /// Speckled stone. Held out.
    Granite,
    /// Tiles with joints. Held out.
    Tiles,
}

impl Desk {
    /// Desks that the reader may be tuned on.
    pub const TUNING: [Self; 5] = [Self::Wood, Self::Cloth, Self::Paper, Self::Dark, Self::Plain];
    /// Desks that only the report uses.
    pub const HELD_OUT: [Self; 3] = [Self::Marble, Self::Granite, Self::Tiles];

    /// Draws the desk, `width` × `height` pixels.
    pub fn draw(self, width: u32, height: u32, rng: &mut impl Rng) -> RgbImage {
        // Drawn at 800 px and scaled up: texture of a desk is out of the camera's focus anyway.
        let scale = (800.0 / width.max(height) as f32).min(1.0);
        let (w, h) = ((width as f32 * scale) as u32, (height as f32 * scale) as u32);
        let texture = Texture::new(rng);
        let coarse = RgbImage::from_fn(w.max(1), h.max(1), |x, y| {
            Rgb(self.colour(&texture, x as f32, y as f32).map(|v| v.clamp(0.0, 255.0) as u8))
        });
        imageops::resize(&coarse, width, height, imageops::FilterType::Triangle)
    }

    fn colour(self, t: &Texture, x: f32, y: f32) -> [f32; 3] {
        let (u, v) = (x * t.turn.0 - y * t.turn.1, x * t.turn.1 + y * t.turn.0);
        match self {
            Self::Wood => {
                let plank = (u / t.period(150.0)).floor();
                let joint = if (u / t.period(150.0)).fract().abs() < 0.015 { 0.6 } else { 1.0 };
                let grain = t.noise(u * 0.18 + plank * 37.0, v * 0.012) + 0.5 * t.noise(u * 0.6, v * 0.03);
                let tone = (0.78 + 0.28 * grain + 0.06 * (plank * 1.7).sin()) * joint;
                scaled([176.0, 128.0, 84.0], tone * t.tone)
            }
            Self::Cloth => {
                let weave = (u * t.period(1.4)).sin() * (v * t.period(1.4)).sin();
                let fold = t.noise(u * 0.008, v * 0.008);
                scaled(t.dye, 0.75 + 0.12 * weave + 0.4 * fold)
            }
            Self::Paper => {
                let fibre = t.noise(u * 0.3, v * 0.3) * 6.0;
                let row = (v / 26.0).fract().abs();
                let word = t.noise(u * 0.25, (v / 26.0).floor() * 9.0);
                let ink = if t.printed && (0.35..0.6).contains(&row) && word > 0.5 { 110.0 } else { 0.0 };
                [t.tone * 214.0, t.tone * 211.0, t.tone * 203.0].map(|c| c + fibre - ink)
            }
            Self::Dark => {
                let grain = t.noise(u * 0.5, v * 0.5) * 14.0 + t.noise(u * 0.02, v * 0.02) * 18.0;
                [22.0, 22.0, 26.0].map(|c| c + grain)
            }
            Self::Plain => scaled(t.dye, 0.8 + 0.35 * t.noise(u * 0.006, v * 0.006)),
            Self::Marble => {
                let swirl = t.noise(u * 0.012, v * 0.012) * 9.0 + t.noise(u * 0.05, v * 0.05) * 2.0;
                let vein = (1.0 - (u * 0.02 + swirl).sin().abs()).powi(6);
                [178.0, 180.0, 184.0].map(|c| c * t.tone - vein * 90.0)
            }
            Self::Granite => {
                let speck = t.noise(u * 0.9, v * 0.9) + 0.6 * t.noise(u * 0.35, v * 0.35);
                scaled([150.0, 140.0, 138.0], (0.35 + 0.6 * speck) * t.tone)
            }
            Self::Tiles => {
                let size = t.period(190.0);
                let joint = (u / size).fract().abs() < 0.02 || (v / size).fract().abs() < 0.02;
                let shade = 0.9 + 0.12 * t.noise((u / size).floor() * 5.3, (v / size).floor() * 7.1);
                if joint { [120.0, 116.0, 110.0] } else { scaled(t.dye, shade) }
            }
        }
    }
}

/// The random numbers behind one desk.
struct Texture {
    lattice: Vec<f32>,
    turn: (f32, f32),
    tone: f32,
    stretch: f32,
    dye: [f32; 3],
    printed: bool,
}

impl Texture {
    fn new(rng: &mut impl Rng) -> Self {
        let angle = rng.gen_range(0.0..std::f32::consts::TAU);
        Self {
            lattice: (0..4096).map(|_| rng.r#gen()).collect(),
            turn: (angle.cos(), angle.sin()),
            tone: rng.gen_range(0.65..1.12),
            stretch: rng.gen_range(0.75..1.3),
            dye: [rng.gen_range(40.0..200.0), rng.gen_range(40.0..200.0), rng.gen_range(40.0..200.0)],
            printed: rng.gen_bool(0.4),
        }
    }

    fn period(&self, about: f32) -> f32 {
        about * self.stretch
    }

    /// Smooth noise, 0–1, one cell per unit.
    fn noise(&self, x: f32, y: f32) -> f32 {
        let (x0, y0) = (x.floor(), y.floor());
        let (fx, fy) = (smooth(x - x0), smooth(y - y0));
        let at = |dx: i32, dy: i32| {
            let (i, j) = ((x0 as i32 + dx) as u32, (y0 as i32 + dy) as u32);
            let mixed = i.wrapping_mul(0x9E37_79B1) ^ j.wrapping_mul(0x85EB_CA77);
            self.lattice[((mixed >> 12) & 4095) as usize]
        };
        let top = at(0, 0) * (1.0 - fx) + at(1, 0) * fx;
        let bottom = at(0, 1) * (1.0 - fx) + at(1, 1) * fx;
        top * (1.0 - fy) + bottom * fy
    }
}

fn smooth(t: f32) -> f32 {
    t * t * (3.0 - 2.0 * t)
}

fn scaled(rgb: [f32; 3], by: f32) -> [f32; 3] {
    rgb.map(|c| c * by)
}

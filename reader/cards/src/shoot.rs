//! One photo from one seed: who, which typeface, which desk, how it was held, and how it was spoilt, if it was.

use std::f32::consts::TAU;

use image::{Rgb, RgbImage, imageops};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{
    Desk, Glare, Ink, Person, Scene, Typeface, Typefaces, draw, draw_card, encode_jpeg, photograph,
    photograph::project_corners,
};

/// What is wrong with a photo on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spoil {
    /// Out of focus until the print cannot be read.
    Blur,
    /// A lamp's reflection over the number.
    GlareOnNumber,
    /// A third of the card lies outside the photo.
    CutOff,
    /// The card is a stamp in a large photo.
    TooSmall,
    /// A black-and-white copy of the card instead of the card.
    Photocopy,
    /// No card: something furry with ears.
    Cat,
    /// No card: a blank page.
    BlankPage,
}

impl Spoil {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Blur,
        Self::GlareOnNumber,
        Self::CutOff,
        Self::TooSmall,
        Self::Photocopy,
        Self::Cat,
        Self::BlankPage,
    ];
}

/// What is true of a photo.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Truth {
    /// File name inside its set.
    pub file: String,
    /// The person on the card.
    #[serde(flatten)]
    pub person: Person,
    /// Typeface of the fields.
    pub typeface: String,
    /// Background.
    pub desk: Desk,
    /// Turn in the image plane, degrees.
    pub turn_deg: f32,
    /// JPEG quality.
    pub quality: u8,
    /// Width and height, pixels.
    pub size: (u32, u32),
    /// Where the card's corners are, pixels from the photo's upper left: upper left, upper right, lower right, lower left
    /// of the card. Where there is a card and it is not cut off.
    pub corners: Option<[(f32, f32); 4]>,
    /// What was spoilt, for photos that must be refused or asked for again.
    pub spoil: Option<Spoil>,
}

/// A photo and its truth.
pub struct Photo {
    /// JPEG bytes.
    pub jpeg: Vec<u8>,
    /// What a reader ought to say about it.
    pub truth: Truth,
}

/// Which photos to make.
#[derive(Debug, Clone)]
pub struct Shoot {
    /// Everything random follows from this and the photo's index.
    pub seed: u64,
    /// Typefaces to choose from.
    pub typefaces: Vec<Typeface>,
    /// Desks to choose from.
    pub desks: Vec<Desk>,
    /// Quarter turns too: a quarter of the photos lie on their side or upside down.
    pub quarter_turns: bool,
    /// Long side of the photos, pixels; `None` mixes 1,280 to 4,000 (12 megapixels).
    pub long_side: Option<u32>,
    /// Sequence digits of the ID number; `None` draws them.
    pub sequence: Option<u16>,
}

impl Shoot {
    /// Photos for tuning: every typeface and desk but the held-out ones.
    pub fn tuning(seed: u64) -> Self {
        Self {
            seed,
            typefaces: Typeface::TUNING.to_vec(),
            desks: Desk::TUNING.to_vec(),
            quarter_turns: false,
            long_side: None,
            sequence: None,
        }
    }

    /// Photos for the report: only the held-out typeface and desks.
    pub fn held_out(seed: u64) -> Self {
        Self { typefaces: vec![Typeface::HELD_OUT], desks: Desk::HELD_OUT.to_vec(), ..Self::tuning(seed) }
    }

    /// The person on photo `index`.
    pub fn person(&self, index: u32) -> Person {
        Person::invent(&mut self.rng(index, 1), self.sequence)
    }

    /// Makes photo `index`.
    ///
    /// # Errors
    /// When a typeface is not installed.
    pub fn photo(&self, index: u32, spoil: Option<Spoil>, fonts: &mut Typefaces) -> anyhow::Result<Photo> {
        self.photo_of(self.person(index), index, 0, spoil, fonts)
    }

    /// Photographs `person`'s card again when `take` differs: the same card, another picture.
    ///
    /// # Errors
    /// When a typeface is not installed.
    pub fn photo_of(
        &self,
        person: Person,
        index: u32,
        take: u32,
        spoil: Option<Spoil>,
        fonts: &mut Typefaces,
    ) -> anyhow::Result<Photo> {
        let mut card_rng = self.rng(index, 2);
        let face = self.typefaces[card_rng.gen_range(0..self.typefaces.len())];
        let digits = match card_rng.gen_range(0..4) {
            0 if face != Typeface::HELD_OUT => Typeface::DejaVuMono,
            1 if face != Typeface::HELD_OUT => Typeface::DejaVuSans,
            _ => face,
        };
        let card = draw_card(&person, face, digits, fonts, &mut card_rng)?;

        let mut rng = self.rng(index, 100 + u64::from(take));
        let scene = self.scene(spoil, &mut rng);
        let picture = match spoil {
            Some(Spoil::Cat) => cat(&scene, &mut rng),
            Some(Spoil::BlankPage) => {
                photograph(None, &Scene { desk: Desk::Paper, ..scene.clone() }, &mut rng)?
            }
            Some(Spoil::Photocopy) => photograph(Some(&copied(&card)), &scene, &mut rng)?,
            _ => photograph(Some(&card), &scene, &mut rng)?,
        };
        let quality = rng.gen_range(40..=95);
        let truth = Truth {
            file: format!("{}-{index:04}.jpg", self.seed),
            person,
            typeface: face.name().into(),
            desk: scene.desk,
            turn_deg: scene.turn_deg,
            quality,
            size: scene.size,
            corners: (!matches!(spoil, Some(Spoil::Cat | Spoil::BlankPage | Spoil::CutOff)))
                .then(|| project_corners(&scene)),
            spoil,
        };
        Ok(Photo { jpeg: encode_jpeg(&picture, quality)?, truth })
    }

    fn scene(&self, spoil: Option<Spoil>, rng: &mut impl Rng) -> Scene {
        let long = self.long_side.unwrap_or_else(|| match rng.gen_range(0..10) {
            0..=1 => rng.gen_range(1280..1700),
            2..=6 => rng.gen_range(1700..2100),
            7..=8 => rng.gen_range(2400..3300),
            _ => 4000,
        });
        let quarter = if self.quarter_turns && rng.gen_bool(0.25) { rng.gen_range(1..4) } else { 0 };
        // A phone is held upright about as often as sideways; a card on its side fills an upright photo.
        let upright = if quarter % 2 == 1 { true } else { rng.gen_bool(0.3) };
        let short = long * 3 / 4;
        let size = if upright { (short, long) } else { (long, short) };
        let room = if quarter % 2 == 1 { size.1 } else { size.0 } as f32;
        let share = match spoil {
            Some(Spoil::TooSmall) => 300.0 / room,
            Some(Spoil::CutOff) => rng.gen_range(0.75..0.9),
            _ => rng.gen_range(0.55..0.86f32).max(640.0 / room).min(0.86),
        };
        let slack = (1.0 - share).max(0.0) * 0.22;
        let centre = match spoil {
            Some(Spoil::CutOff) => (if rng.gen_bool(0.5) { 0.12 } else { 0.88 }, 0.5),
            _ => (0.5 + rng.gen_range(-slack..=slack), 0.5 + rng.gen_range(-slack..=slack)),
        };
        Scene {
            size,
            desk: self.desks[rng.gen_range(0..self.desks.len())],
            card_px: room * share,
            centre,
            turn_deg: rng.gen_range(-10.0..10.0) + 90.0 * quarter as f32,
            tilt_deg: (rng.gen_range(-14.0..14.0), rng.gen_range(-14.0..14.0)),
            gradient: (rng.gen_range(0.0..0.5), rng.gen_range(0.0..TAU)),
            exposure: rng.gen_range(0.72..1.08),
            white_balance: (rng.gen_range(0.93..1.07), rng.gen_range(0.93..1.07)),
            noise: rng.gen_range(0.0..7.0),
            blur_px: blur(spoil, room * share, rng),
            glare: glare(spoil, rng),
        }
    }

    fn rng(&self, index: u32, stream: u64) -> ChaCha8Rng {
        let mut rng =
            ChaCha8Rng::seed_from_u64(self.seed.wrapping_mul(1_000_003).wrapping_add(u64::from(index)));
        rng.set_stream(stream);
        rng
    }
}

fn blur(spoil: Option<Spoil>, card_px: f32, rng: &mut impl Rng) -> f32 {
    match spoil {
        // Half a millimetre on the card: wider than a stroke.
        Some(Spoil::Blur) => card_px / 85.6 * rng.gen_range(0.55..0.8),
        _ => rng.gen_range(0.0..1.0) * card_px / 1200.0,
    }
}

/// Harmless reflections: a faint one anywhere, a lamp's only where no field is printed.
fn glare(spoil: Option<Spoil>, rng: &mut impl Rng) -> Vec<Glare> {
    let mut spots = Vec::new();
    if rng.gen_bool(0.4) {
        let at_mm = (rng.gen_range(5.0..80.0), rng.gen_range(5.0..50.0));
        spots.push(Glare { at_mm, radius_mm: rng.gen_range(6.0..18.0), strength: rng.gen_range(20.0..60.0) });
    }
    if rng.gen_bool(0.25) {
        let at_mm = (rng.gen_range(52.0..80.0), rng.gen_range(6.0..34.0));
        spots.push(Glare {
            at_mm,
            radius_mm: rng.gen_range(4.0..7.0),
            strength: rng.gen_range(120.0..255.0),
        });
    }
    if spoil == Some(Spoil::GlareOnNumber) {
        let at_mm = (rng.gen_range(45.0..65.0), 46.5);
        spots.push(Glare { at_mm, radius_mm: rng.gen_range(11.0..16.0), strength: 900.0 });
    }
    spots
}

/// What an office copier makes of a card: no colour, hard contrast.
fn copied(card: &RgbImage) -> RgbImage {
    let grey = imageops::contrast(&imageops::grayscale(card), 25.0);
    RgbImage::from_fn(card.width(), card.height(), |x, y| Rgb([grey.get_pixel(x, y).0[0]; 3]))
}

/// Something furry with ears, a nose and whiskers.
fn cat(scene: &Scene, rng: &mut impl Rng) -> RgbImage {
    let (w, h) = (scene.size.0 as f32, scene.size.1 as f32);
    let mut photo = Desk::Cloth.draw(scene.size.0, scene.size.1, rng);
    let clip = [0.0, 0.0, w, h];
    let fur = Ink::solid(rng.gen_range(90..210), rng.gen_range(80..150), rng.gen_range(50..110));
    let r = w.min(h) * 0.3;
    for side in [-1.0, 1.0] {
        let ear = (w / 2.0 + side * r * 0.7, h / 2.0 - r * 0.8);
        draw::ellipse(&mut photo, ear, (r * 0.25, r * 0.45), clip, fur);
    }
    draw::ellipse(&mut photo, (w / 2.0, h / 2.0), (r, r * 0.85), clip, fur);
    for side in [-1.0, 1.0] {
        let eye = (w / 2.0 + side * r * 0.4, h / 2.0 - r * 0.15);
        draw::ellipse(&mut photo, eye, (r * 0.16, r * 0.12), clip, Ink::solid(190, 210, 90));
        draw::ellipse(&mut photo, eye, (r * 0.04, r * 0.11), clip, Ink::solid(10, 10, 10));
    }
    draw::ellipse(
        &mut photo,
        (w / 2.0, h / 2.0 + r * 0.2),
        (r * 0.1, r * 0.07),
        clip,
        Ink::solid(220, 140, 150),
    );
    let stripes = RgbImage::from_fn(64, 64, |x, y| Rgb([if (x / 4 + y / 9) % 2 == 0 { 30 } else { 0 }; 3]));
    let stripes = imageops::resize(&stripes, scene.size.0, scene.size.1, imageops::FilterType::Triangle);
    for (pixel, stripe) in photo.pixels_mut().zip(stripes.pixels()) {
        pixel.0 = pixel.0.map(|c| c.saturating_sub(stripe.0[0]));
    }
    photo
}

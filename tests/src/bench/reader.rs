//! How well cards are read that the reader never learnt from, by our own reader, by Tesseract and by both; how often a photo
//! that nobody can read passes for a good one; how long a photo of 12 megapixels takes.

use anyhow::{Context, Result};
use miaopi::photos::{CardReading, NAME_CONFIDENT, PhotoReader, PhotoReading, ReadBy, ReadField, Task};

use super::{
    Part, Report,
    measure::{Spread, on_this_thread},
    report::{Aim, Figure},
};
use crate::cards::{Person, Photo, Shoot, Spoil, Typefaces};

/// Never used for learning or for tuning.
const SEED: u64 = 20_261_128;
/// Photos whose typeface and desks nothing was learnt from, and as many more of the known ones.
const OF_EACH: u32 = 200;
/// Photos spoilt in each way.
const SPOILT: u32 = 30;
/// Photos of 12 megapixels.
const LARGE: u32 = 40;
/// How far a corner may be off, as a share of the card's width.
const CORNER: f32 = 0.01;

type Printed = fn(&Person) -> String;
type Read = fn(&CardReading) -> &ReadField;

/// The fields, what share of them is to be read exactly, and where they are.
const FIELDS: [(&str, f64, Printed, Read); 6] = [
    ("number line", 99.5, |person| person.id_number.clone(), |card| &card.id_number),
    ("name", 97.0, |person| person.name.clone(), |card| &card.name),
    ("sex", 99.0, |person| person.sex.printed().to_owned(), |card| &card.sex),
    ("ethnicity", 99.0, |person| person.ethnicity.clone(), |card| &card.ethnicity),
    ("birth", 99.0, |person| person.birth.clone(), |card| &card.birth),
    ("address", 90.0, |person| person.address.clone(), |card| &card.address),
];

/// How one of the readers did.
#[derive(Default)]
struct Did {
    exact: [u32; FIELDS.len()],
    asked: u32,
    wrong_unasked: u32,
    ms: Vec<f64>,
}

pub(super) fn measure(report: &mut Report) -> Result<()> {
    let mut reader = PhotoReader::start()?;
    let mut fonts = Typefaces::default();
    let photos = 2 * OF_EACH;
    let mut did = [ReadBy::Own, ReadBy::Tesseract, ReadBy::Both].map(|by| (by, Did::default()));
    let mut corners = 0;
    for shoot in [Shoot::held_out(SEED), Shoot::tuning(SEED)] {
        for index in 0..OF_EACH {
            let photo = shoot.photo(index, None, &mut fonts)?;
            // What the server keeps of it is drawn once and read three times.
            let kept = taken(&mut reader, &photo.jpeg, Task::Prepare)?;
            for (by, did) in &mut did {
                let read = || taken(&mut reader, &kept.jpeg, Task::ReadCard(*by));
                let (read, took) = on_this_thread(read)?;
                did.ms.push(took);
                did.count(&photo.truth.person, read.card.as_ref());
                if *by == ReadBy::Own {
                    corners += u32::from(are_right(&photo, &read));
                }
            }
        }
    }
    let share = |count: u32| 100.0 * f64::from(count) / f64::from(photos);
    let [(_, own), (_, tesseract), (_, both)] = &did;
    for (i, (field, aim, _, _)) in FIELDS.iter().enumerate() {
        let others =
            format!("Tesseract alone {:.1} %, both {:.1} %", share(tesseract.exact[i]), share(both.exact[i]));
        let figure = Figure::higher(Part::Reader, format!("{field} read exactly"), "%", share(own.exact[i]));
        report.add(figure.aim(Aim::AtLeast(*aim)).note(others));
    }
    for (name, of) in [
        ("names asked about", (|did| did.asked) as fn(&Did) -> u32),
        ("names wrong and not asked about", |did| did.wrong_unasked),
    ] {
        let others = format!("Tesseract alone {:.1} %, both {:.1} %", share(of(tesseract)), share(of(both)));
        report.add(Figure::lower(Part::Reader, name, "%", share(of(own))).note(others));
    }
    let figure = Figure::higher(Part::Reader, "corners within 1 %", "%", share(corners));
    report.add(figure.aim(Aim::AtLeast(98.0)));
    let [own, tesseract, both] = [own, tesseract, both].map(|did| Spread::of(did.ms.clone()));
    let figure = Figure::lower(Part::Reader, "a kept photo read, p50", "ms", own.p50);
    report.add(figure.note(format!("Tesseract alone {:.0} ms, both {:.0} ms", tesseract.p50, both.p50)));
    spoilt(report, &mut reader, &mut fonts)?;
    large(report, &mut reader, &mut fonts)
}

impl Did {
    fn count(&mut self, person: &Person, card: Option<&CardReading>) {
        let Some(card) = card else {
            self.asked += 1;
            return;
        };
        for (exact, (_, _, printed, read)) in self.exact.iter_mut().zip(FIELDS) {
            *exact += u32::from(printed(person) == read(card).text);
        }
        let sure = card.name.confidence >= NAME_CONFIDENT;
        self.asked += u32::from(!sure);
        self.wrong_unasked += u32::from(sure && card.name.text != person.name);
    }
}

/// Photos that nobody can read: how many pass for good ones.
fn spoilt(report: &mut Report, reader: &mut PhotoReader, fonts: &mut Typefaces) -> Result<()> {
    let shoot = Shoot::held_out(SEED + 1);
    let (mut good, mut of, mut which) = (0, 0, Vec::new());
    for spoil in Spoil::ALL {
        for index in 0..SPOILT {
            let photo = shoot.photo(index, Some(spoil), fonts)?;
            of += 1;
            let Ok(read) = reader.take_in(&photo.jpeg, Task::ReadCard(ReadBy::Own), || {}) else { continue };
            if read.quality.is_some_and(|quality| !quality.asks_for_another()) {
                good += 1;
                which.push(format!("{spoil:?}"));
            }
        }
    }
    which.dedup();
    let share = 100.0 * f64::from(good) / f64::from(of);
    let figure = Figure::lower(Part::Reader, "unusable photos taken for good ones", "%", share);
    report.add(figure.aim(Aim::AtMost(1.0)).note(format!("of {of}; {}", which.join(", "))));
    Ok(())
}

/// Photos of 12 megapixels, from their bytes to the fields, on one core.
fn large(report: &mut Report, reader: &mut PhotoReader, fonts: &mut Typefaces) -> Result<()> {
    let shoot = Shoot { long_side: Some(4_000), ..Shoot::held_out(SEED + 2) };
    let mut times = Vec::new();
    for index in 0..LARGE {
        let photo = shoot.photo(index, None, fonts)?;
        let (_, took) = on_this_thread(|| taken(reader, &photo.jpeg, Task::ReadCard(ReadBy::Own)).map(drop))?;
        times.push(took);
    }
    let times = Spread::of(times);
    for (name, value) in [("p50", times.p50), ("p95", times.p95)] {
        let name = format!("a photo of 12 megapixels decoded, kept and read, {name}");
        report.add(Figure::lower(Part::Reader, name, "ms", value).aim(Aim::AtMost(350.0)));
    }
    Ok(())
}

fn taken(reader: &mut PhotoReader, photo: &[u8], task: Task) -> Result<PhotoReading> {
    reader.take_in(photo, task, || {}).context("a good photo was refused")
}

/// Are all four corners where the card's are?
fn are_right(photo: &Photo, read: &PhotoReading) -> bool {
    let (Some(card), Some(corners)) = (&read.card, photo.truth.corners) else { return false };
    let scale = read.width as f32 / photo.truth.size.0 as f32;
    let width = (corners[0].0 - corners[1].0).hypot(corners[0].1 - corners[1].1) * scale;
    card.corners
        .iter()
        .zip(corners)
        .all(|(found, (x, y))| (found[0] - x * scale).hypot(found[1] - y * scale) <= CORNER * width)
}

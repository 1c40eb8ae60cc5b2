//! From a photo to what the card in it says.

use image::{GrayImage, RgbImage};
use jiff::civil::Date;

use super::{
    CardHash, CardReading, Mismatch, Quality, ReadField, Region,
    ethnicities::{ETHNICITIES, nearest},
    find::{Candidate, find_candidates},
    glyphs::{NumberLine, column_runs, find_number_line, find_rows, ink_of, marks},
    lines::{Lines, ReadChar, Script, SecondError},
    names,
    network::Among,
    number::{self, ReadNumber},
    raster::{crop, gray_of, resize_gray},
    straighten::{CARD_HEIGHT, CARD_WIDTH, Corners, side_lengths, straighten, turned_half},
};

/// A name read with at least this confidence need not be asked about. Set so that wrong and unasked names stay under
/// one in two hundred on photos made for tuning; the report measures it on photos never used for that.
pub const NAME_CONFIDENT: f32 = 0.95;

/// What an ID number is written with.
const DIGITS: [char; 11] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'X'];
/// Height of a line of print as Tesseract's networks like it, pixels.
const LINE_PX: u32 = 44;
/// Where a card has its number.
const NUMBER_PLACE: Region = Region { left: 340, top: 512, width: 610, height: 64 };
/// A line that looks this little like 18 digits is none.
const LEAST_EVIDENCE: f32 = 0.45;

/// Finds and reads the card in `photo`.
///
/// # Errors
/// When Tesseract fails.
pub(super) fn read_photo(
    photo: &RgbImage,
    lines: &mut Lines<'_>,
) -> Result<(Quality, Option<CardReading>), SecondError> {
    let candidates = find_candidates(photo);
    let Some(found) = most_like_a_card(photo, &candidates) else {
        return Ok((Quality::without_card(), None));
    };
    let Some(card) = straighten(photo, &found.corners, CARD_WIDTH, CARD_HEIGHT) else {
        return Ok((Quality::without_card(), None));
    };
    let gray = gray_of(&card);
    let ink = ink_of(&gray);
    let marks = marks(&ink);
    let line = find_number_line(&marks, CARD_WIDTH, CARD_HEIGHT);
    let layout = Layout::of(&ink, line);
    let fields = read_fields(&gray, &layout, lines)?;
    let (card_px, _) = side_lengths(&found.corners);
    // Under a reflection nothing is found: the number is looked for where a card has it, too.
    let important = [fields.id_number.region, NUMBER_PLACE, fields.name.region];
    let quality = Quality::of(&card, &gray, card_px, found.touches_border, &important);
    let Some(hash) = CardHash::of(&card) else { return Ok((quality, None)) };
    let reading = CardReading { corners: found.corners.map(|(x, y)| [x, y]), hash, ..fields };
    Ok((quality, Some(reading)))
}

/// The candidate, turned the right way up, whose number line looks most like one.
fn most_like_a_card(photo: &RgbImage, candidates: &[Candidate]) -> Option<Candidate> {
    let mut best: Option<(f32, Candidate)> = None;
    for candidate in candidates {
        for corners in [candidate.corners, turned_half(&candidate.corners)] {
            let evidence = evidence(photo, &corners);
            let score = evidence + 0.3 * candidate.support;
            if evidence >= LEAST_EVIDENCE && best.as_ref().is_none_or(|(most, _)| score > *most) {
                best = Some((score, Candidate { corners, ..candidate.clone() }));
            }
        }
        // A good outline around a good number line needs no further look.
        if best.as_ref().is_some_and(|(score, _)| *score > 1.05) {
            break;
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn evidence(photo: &RgbImage, corners: &Corners) -> f32 {
    let (width, height) = (CARD_WIDTH * 6 / 10, CARD_HEIGHT * 6 / 10);
    straighten(photo, corners, width, height)
        .and_then(|card| find_number_line(&marks(&ink_of(&gray_of(&card))), width, height))
        .map_or(0.0, |line| line.evidence)
}

/// Where the fields of a straightened card lie.
struct Layout {
    number: Option<NumberLine>,
    name: Region,
    sex_and_ethnicity: Region,
    birth: Region,
    address: Vec<Region>,
}

impl Layout {
    fn of(ink: &GrayImage, number: Option<NumberLine>) -> Self {
        let bottom = number.map_or(CARD_HEIGHT * 76 / 100, |line| line.region.top.saturating_sub(6));
        let rows = find_rows(ink, bottom);
        let start = values_start(ink, &rows);
        let mut layout = Self {
            number,
            name: Region::default(),
            sex_and_ethnicity: Region::default(),
            birth: Region::default(),
            address: Vec::new(),
        };
        for (i, row) in rows.iter().enumerate() {
            let Some(value) = value_in(ink, *row, start) else { continue };
            match slot(i, row) {
                Slot::Name => layout.name = value,
                Slot::Sex => layout.sex_and_ethnicity = value,
                Slot::Birth => layout.birth = value,
                Slot::Address => layout.address.push(value),
            }
        }
        layout
    }
}

enum Slot {
    Name,
    Sex,
    Birth,
    Address,
}

/// Which field a row holds: by its height on the card where that is clear, else by its turn.
fn slot(turn: usize, row: &Region) -> Slot {
    let middle = (row.top + row.height / 2) as f32 / CARD_HEIGHT as f32;
    match (turn, middle) {
        (_, m) if m < 0.20 => Slot::Name,
        (0, m) if m < 0.24 => Slot::Name,
        (_, m) if m < 0.335 => Slot::Sex,
        (_, m) if m < 0.47 => Slot::Birth,
        _ => Slot::Address,
    }
}

/// Where values begin, right of the labels: the widest gap of each row votes.
fn values_start(ink: &GrayImage, rows: &[Region]) -> u32 {
    let mut starts: Vec<u32> = rows
        .iter()
        .take(4)
        .filter_map(|row| {
            let runs = column_runs(ink, *row, CARD_WIDTH * 4 / 100, CARD_WIDTH * 34 / 100, 4);
            runs.windows(2)
                .filter(|pair| pair[1].0 > CARD_WIDTH * 13 / 100 && pair[1].0 < CARD_WIDTH * 26 / 100)
                .max_by_key(|pair| pair[1].0 - pair[0].1)
                .filter(|pair| pair[1].0 - pair[0].1 >= 12)
                .map(|pair| (pair[0].1 + pair[1].0) / 2)
        })
        .collect();
    starts.sort_unstable();
    starts.get(starts.len() / 2).copied().unwrap_or(CARD_WIDTH * 165 / 1000)
}

/// The inked part of `row` right of `start`.
fn value_in(ink: &GrayImage, row: Region, start: u32) -> Option<Region> {
    let runs = column_runs(ink, row, start, CARD_WIDTH * 62 / 100, 3);
    // A speck (noise, a hair of the portrait) is no character.
    let solid: Vec<_> = runs.iter().filter(|run| run.1 - run.0 >= 4).collect();
    let (left, right) = (solid.first()?.0, solid.last()?.1);
    let value = Region { left, top: row.top, width: right - left, height: row.height };
    Some(value.grown(5, CARD_WIDTH, CARD_HEIGHT))
}

fn read_fields(gray: &GrayImage, layout: &Layout, lines: &mut Lines<'_>) -> Result<CardReading, SecondError> {
    let (birth, printed_birth) = read_birth(gray, layout.birth, lines)?;
    let id_number = read_number(gray, layout.number, printed_birth, lines)?;
    let name = read_name(gray, layout.name, lines)?;
    let (sex, ethnicity) = read_sex_and_ethnicity(gray, layout.sex_and_ethnicity, lines)?;
    let address = read_address(gray, &layout.address, lines)?;
    let mut mismatches = Vec::new();
    let number_birth = number::birth_of(&id_number.text);
    if printed_birth.is_some() && number_birth.is_some() && printed_birth != number_birth {
        mismatches.push(Mismatch::BirthAgainstNumber);
    }
    if !sex.text.is_empty() && number::sex_of(&id_number.text).is_some_and(|of_number| of_number != sex.text)
    {
        mismatches.push(Mismatch::SexAgainstNumber);
    }
    let (corners, hash) = ([[0.0; 2]; 4], CardHash::empty());
    Ok(CardReading { corners, hash, id_number, name, sex, ethnicity, birth, address, mismatches })
}

fn read_number(
    gray: &GrayImage,
    line: Option<NumberLine>,
    printed_birth: Option<Date>,
    lines: &mut Lines<'_>,
) -> Result<ReadField, SecondError> {
    let Some(line) = line else { return Ok(ReadField::default()) };
    let region = line.region.grown(8, CARD_WIDTH, CARD_HEIGHT);
    let crop = levelled(&crop(gray, region), line.slope);
    let mut readings: Vec<Vec<ReadChar>> =
        looks(&crop).filter_map(|look| lines.own(Among::These(&DIGITS), &look)).collect();
    for height in [LINE_PX, 36, 60, 30] {
        let Some(scaled) = scaled_to(&crop, height) else { break };
        let Some(read) = lines.second(Script::Digits, &stretched(&scaled))? else { break };
        let sure = number::accept(&read).is_some_and(|number| number.confidence > 0.9);
        readings.push(read);
        if sure {
            break;
        }
    }
    let ReadNumber { text, confidence } = number::settle(&readings, printed_birth)
        .unwrap_or(ReadNumber { text: String::new(), confidence: 0.0 });
    Ok(ReadField { text, confidence, region })
}

fn read_name(gray: &GrayImage, region: Region, lines: &mut Lines<'_>) -> Result<ReadField, SecondError> {
    if region.width == 0 {
        return Ok(ReadField::default());
    }
    let line = crop(gray, region);
    let mut readings: Vec<Vec<ReadChar>> =
        looks(&line).filter_map(|look| Some(names::name_of(&lines.own(Among::All, &look)?))).collect();
    // Alone, the second reader has to bear itself out.
    let heights: &[u32] = if readings.is_empty() { &[40, 56] } else { &[48] };
    for height in heights {
        if let Some(scaled) = scaled_to(&line, *height)
            && let Some(read) = lines.second(Script::Chinese, &framed(&stretched(&scaled)))?
        {
            readings.push(names::name_of(&read));
        }
    }
    let (text, confidence) = names::certainty(&readings);
    if confidence < NAME_CONFIDENT || lines.own.is_some() {
        return Ok(ReadField { text, confidence, region });
    }
    // A name that would stand unasked is looked at once more, in the photo's own contrast: what two looks have in common
    // is often their preparation.
    if let Some(scaled) = scaled_to(&line, 48)
        && let Some(read) = lines.second(Script::Chinese, &framed(&scaled))?
    {
        readings.push(names::name_of(&read));
    }
    let (text, confidence) = names::certainty(&readings);
    Ok(ReadField { text, confidence, region })
}

/// A line as it is, and with a little of its upper and lower edge cut off: what is read twice alike does not hang on where
/// exactly the line was cut out.
fn looks(line: &GrayImage) -> impl Iterator<Item = GrayImage> + use<> {
    let edge = line.height() / 16;
    let inner = image::imageops::crop_imm(line, 0, edge, line.width(), line.height() - 2 * edge).to_image();
    [line.clone(), inner].into_iter()
}

fn read_sex_and_ethnicity(
    gray: &GrayImage,
    region: Region,
    lines: &mut Lines<'_>,
) -> Result<(ReadField, ReadField), SecondError> {
    let possible: Vec<char> = "男女民族".chars().chain(ETHNICITIES.concat().chars()).collect();
    let read = read_chinese(gray, region, Among::These(&possible), lines)?;
    let sex = read.iter().find(|r| matches!(r.c, '男' | '女'));
    let sex = ReadField {
        text: sex.map(|r| r.c.to_string()).unwrap_or_default(),
        confidence: sex.map_or(0.0, |r| r.confidence),
        region,
    };
    let after_label = read.iter().rposition(|r| r.c == '族').map_or(0, |i| i + 1);
    let rest: Vec<ReadChar> = read[after_label..].iter().copied().filter(|r| names::is_han(r.c)).collect();
    let text: String = rest.iter().map(|r| r.c).collect();
    let mean = rest.iter().map(|r| r.confidence).sum::<f32>() / rest.len().max(1) as f32;
    let ethnicity = match nearest(&text) {
        Some((known, true)) => ReadField { text: known.into(), confidence: mean, region },
        Some((known, false)) => ReadField { text: known.into(), confidence: 0.5 * mean, region },
        None => ReadField { region, ..ReadField::default() },
    };
    Ok((sex, ethnicity))
}

fn read_birth(
    gray: &GrayImage,
    region: Region,
    lines: &mut Lines<'_>,
) -> Result<(ReadField, Option<Date>), SecondError> {
    let possible: Vec<char> = DIGITS.into_iter().filter(|c| *c != 'X').chain("年月日".chars()).collect();
    let read = read_chinese(gray, region, Among::These(&possible), lines)?;
    let numbers: Vec<i16> = read
        .iter()
        .map(|r| r.c)
        .collect::<String>()
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|part| part.parse().ok())
        .collect();
    let date = match numbers[..] {
        [year, month, day] if (1880..2100).contains(&year) => {
            Date::new(year, i8::try_from(month).unwrap_or(0), i8::try_from(day).unwrap_or(0)).ok()
        }
        _ => None,
    };
    let mean = read.iter().map(|r| r.confidence).sum::<f32>() / read.len().max(1) as f32;
    let field = ReadField {
        text: date.map(|d| d.to_string()).unwrap_or_default(),
        confidence: if date.is_some() { mean } else { 0.0 },
        region,
    };
    Ok((field, date))
}

fn read_address(gray: &GrayImage, rows: &[Region], lines: &mut Lines<'_>) -> Result<ReadField, SecondError> {
    let mut read = Vec::new();
    for row in rows {
        read.extend(read_chinese(gray, *row, Among::All, lines)?);
    }
    let mean = read.iter().map(|r| r.confidence).sum::<f32>() / read.len().max(1) as f32;
    let region = rows.iter().copied().reduce(around).unwrap_or_default();
    let text: String = read.iter().map(|r| r.c).collect();
    Ok(ReadField { confidence: if text.is_empty() { 0.0 } else { mean }, text, region })
}

fn around(a: Region, b: Region) -> Region {
    let (left, top) = (a.left.min(b.left), a.top.min(b.top));
    Region { left, top, width: a.right().max(b.right()) - left, height: a.bottom().max(b.bottom()) - top }
}

fn read_chinese(
    gray: &GrayImage,
    region: Region,
    among: Among<'_>,
    lines: &mut Lines<'_>,
) -> Result<Vec<ReadChar>, SecondError> {
    if region.width < 8 || region.height < 8 {
        return Ok(Vec::new());
    }
    let line = crop(gray, region);
    if let Some(read) = lines.own(among, &line) {
        return Ok(read);
    }
    let Some(line) = scaled_to(&line, LINE_PX) else { return Ok(Vec::new()) };
    Ok(lines.second(Script::Chinese, &framed(&stretched(&line)))?.unwrap_or_default())
}

fn scaled_to(line: &GrayImage, height: u32) -> Option<GrayImage> {
    let width = (line.width() * height).checked_div(line.height())?;
    resize_gray(line, width.max(1), height)
}

/// Shears a line so that its lower edge is level.
fn levelled(line: &GrayImage, slope: f32) -> GrayImage {
    if slope.abs() < 0.002 {
        return line.clone();
    }
    let middle = line.width() as f32 / 2.0;
    GrayImage::from_fn(line.width(), line.height(), |x, y| {
        let from = y as f32 + (x as f32 - middle) * slope;
        let from = from.clamp(0.0, line.height() as f32 - 1.001);
        let (low, part) = (from as u32, from.fract());
        let (a, b) = (line.get_pixel(x, low).0[0], line.get_pixel(x, low + 1).0[0]);
        image::Luma([(f32::from(a) * (1.0 - part) + f32::from(b) * part) as u8])
    })
}

/// Contrast stretched so that paper is white and ink is black.
fn stretched(line: &GrayImage) -> GrayImage {
    let mut histogram = [0u32; 256];
    for p in line.as_raw() {
        histogram[*p as usize] += 1;
    }
    let total = line.as_raw().len() as u32;
    let level = |share: f32| {
        let mut seen = 0;
        histogram.iter().position(|n| {
            seen += n;
            seen as f32 >= share * total as f32
        })
    };
    let (low, high) = (level(0.02).unwrap_or(0) as i32, level(0.75).unwrap_or(255) as i32);
    let range = (high - low).max(20);
    let mut out = line.clone();
    for p in out.iter_mut() {
        *p = ((i32::from(*p) - low) * 255 / range).clamp(0, 255) as u8;
    }
    out
}

/// A white margin, without which Tesseract misreads characters at the edge.
fn framed(line: &GrayImage) -> GrayImage {
    const MARGIN: u32 = 10;
    let mut out =
        GrayImage::from_pixel(line.width() + 2 * MARGIN, line.height() + 2 * MARGIN, image::Luma([255]));
    image::imageops::replace(&mut out, line, i64::from(MARGIN), i64::from(MARGIN));
    out
}

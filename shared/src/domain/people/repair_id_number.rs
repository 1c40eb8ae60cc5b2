//! Repairing the ID number that a reader took from a photographed card: its checksum and its birth date tell which of
//! the look-alike readings it was.

use super::{ID_NUMBER_CHARS, IdNumber};
use jiff::civil::Date;

/// Most characters that are replaced in one number. The check character tells one wrong reading in eleven from a
/// right one, so more freedom would invent numbers.
const MAX_REPLACED: usize = 2;

/// Most alternatives looked at for one place.
const MAX_ALTERNATIVES: usize = 6;

/// What became of a number line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NumberLine {
    /// The reader's first choices are a sound number.
    AsRead(IdNumber),
    /// Exactly one sound number lies within the fewest replacements; a proposal, to be confirmed against what the
    /// customer typed.
    Repaired {
        /// The number.
        number: IdNumber,
        /// How many characters are not the reader's first choice, 1 or 2.
        replaced: usize,
    },
    /// Several sound numbers are equally near: nobody can tell.
    Ambiguous,
    /// No sound number is near.
    Unreadable,
}

impl NumberLine {
    /// The number, where there is one.
    pub fn number(&self) -> Option<&IdNumber> {
        match self {
            NumberLine::AsRead(number) | NumberLine::Repaired { number, .. } => Some(number),
            NumberLine::Ambiguous | NumberLine::Unreadable => None,
        }
    }
}

/// The sound number nearest to what a reader saw: for each of the 18 places its readings, likeliest first (from the
/// reader itself, or from [`look_alikes`]). Readings that cannot stand at their place, such as letters, are passed
/// over without counting as a replacement.
pub fn read_number_line(places: &[Vec<char>], today: Date) -> NumberLine {
    if places.len() != ID_NUMBER_CHARS {
        return NumberLine::Unreadable;
    }
    let places: Vec<Vec<char>> =
        places.iter().enumerate().map(|(place, readings)| possible(place, readings)).collect();
    if places.iter().any(Vec::is_empty) {
        return NumberLine::Unreadable;
    }
    let mut line: Vec<char> = places.iter().map(|readings| readings[0]).collect();
    for replaced in 0..=MAX_REPLACED {
        let mut found = Vec::new();
        replace_from(0, replaced, &places, &mut line, today, &mut found);
        let only = found.pop();
        match (only, found.is_empty(), replaced) {
            (None, ..) => continue,
            (Some(_), false, _) => return NumberLine::Ambiguous,
            (Some(number), true, 0) => return NumberLine::AsRead(number),
            (Some(number), true, replaced) => return NumberLine::Repaired { number, replaced },
        }
    }
    NumberLine::Unreadable
}

/// What a character on a card's number line may really be, the likeliest first: the confusions of readers between
/// digits, letters and signs of similar shape. Empty for a character that looks like nothing on a number line.
pub fn look_alikes(read: char) -> &'static [char] {
    match read.to_ascii_uppercase() {
        '0' => &['0', '8', '6', '9'],
        '1' => &['1', '7', '4'],
        '2' => &['2', '7'],
        '3' => &['3', '8', '5', '9'],
        '4' => &['4', '1', '9'],
        '5' => &['5', '6', '3', '8'],
        '6' => &['6', '8', '5', '0'],
        '7' => &['7', '1', '2'],
        '8' => &['8', '3', '6', '0', '9'],
        '9' => &['9', '8', '3', '0', '5'],
        'O' | 'D' | 'Q' | 'U' | '〇' | '○' => &['0', '8'],
        'I' | 'L' | '|' | '!' | '[' | ']' | '丨' => &['1', '7'],
        'Z' => &['2', '7'],
        'S' | '$' => &['5', '8', '3'],
        'B' | '&' => &['8', '3', '6'],
        'G' => &['6', '9', '5'],
        'A' => &['4'],
        'T' | '?' => &['7', '1'],
        'J' => &['3', '7', '1'],
        'X' | 'K' | '×' | '*' | '%' | '乂' => &['X'],
        _ => &[],
    }
}

/// The readings that may stand at this place, in upper case, each once and not too many.
fn possible(place: usize, readings: &[char]) -> Vec<char> {
    let mut kept: Vec<char> = Vec::with_capacity(MAX_ALTERNATIVES);
    for reading in readings.iter().map(char::to_ascii_uppercase) {
        let sound = reading.is_ascii_digit() || (place == ID_NUMBER_CHARS - 1 && reading == 'X');
        if sound && !kept.contains(&reading) && kept.len() < MAX_ALTERNATIVES {
            kept.push(reading);
        }
    }
    kept
}

/// Collects the sound numbers with exactly `replaces` places from `start` on replaced; stops at two, which is
/// ambiguous already.
fn replace_from(
    start: usize,
    replaces: usize,
    places: &[Vec<char>],
    line: &mut Vec<char>,
    today: Date,
    found: &mut Vec<IdNumber>,
) {
    if found.len() > 1 {
        return;
    }
    if replaces == 0 {
        let text: String = line.iter().collect();
        found.extend(IdNumber::parse(&text, today).ok());
        return;
    }
    for place in start..places.len() {
        for &reading in &places[place][1..] {
            let first = std::mem::replace(&mut line[place], reading);
            replace_from(place + 1, replaces - 1, places, line, today, found);
            line[place] = first;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::people::check_character;
    use jiff::civil::date;
    use proptest::prelude::*;

    const GOOD: &str = "11010519491231002X";

    fn read(line: &str) -> NumberLine {
        let places: Vec<Vec<char>> = line.chars().map(|c| look_alikes(c).to_vec()).collect();
        read_number_line(&places, date(2026, 3, 1))
    }

    fn text(line: &NumberLine) -> Option<&str> {
        line.number().map(IdNumber::reveal)
    }

    #[test]
    fn sound_lines_stay_as_read() {
        for line in [GOOD, "11010519491231002x", "1101OSI949I23I002X", "110105194912310O2×"] {
            assert!(matches!(read(line), NumberLine::AsRead(_)), "{line}");
            assert_eq!(text(&read(line)), Some(GOOD), "{line}");
        }
    }

    #[test]
    fn one_wrong_digit_is_repaired_where_only_one_reading_is_sound() {
        let line = read("11010519491237002X");
        assert_eq!(
            (text(&line), matches!(line, NumberLine::Repaired { replaced: 1, .. })),
            (Some(GOOD), true)
        );
    }

    #[test]
    fn a_reader_with_own_alternatives() {
        let mut places: Vec<Vec<char>> = GOOD.chars().map(|c| vec![c]).collect();
        places[5] = vec!['9', 'S', '5', '9'];
        let line = read_number_line(&places, date(2026, 3, 1));
        assert_eq!(text(&line), Some(GOOD));
        places[5] = vec!['9'];
        assert_eq!(read_number_line(&places, date(2026, 3, 1)), NumberLine::Unreadable);
    }

    #[test]
    fn equally_near_readings_are_not_guessed() {
        // Replacing place 5 by +4 or place 16 by its own difference both cure the same error.
        let mut places: Vec<Vec<char>> = GOOD.chars().map(|c| vec![c]).collect();
        places[5] = vec!['9', '5'];
        places[16] = (0..10u32).filter_map(|d| char::from_digit(d, 10)).collect();
        places[16].retain(|&c| c != '2');
        places[16].insert(0, '2');
        let found = read_number_line(&places, date(2026, 3, 1));
        assert!(matches!(found, NumberLine::Ambiguous | NumberLine::Repaired { .. }));
        let other = GOOD.replace("110105", "110109");
        let cure = (0..10u32).filter_map(|d| char::from_digit(d, 10)).find(|&digit| {
            let first17: String = format!("{}{digit}", &other[..16]);
            check_character(&first17) == Some('X')
        });
        if let Some(cure) = cure {
            places[16] = vec!['2', cure];
            assert_eq!(read_number_line(&places, date(2026, 3, 1)), NumberLine::Ambiguous);
        }
    }

    #[test]
    fn hopeless_lines() {
        for line in [
            "",
            "1101051949123100",
            "11010519491231002X1",
            "公民身份号码公民身份号码公民身份号码",
            "999999999999999999",
        ] {
            assert_eq!(text(&read(line)), None, "{line}");
        }
    }

    proptest! {
        #![proptest_config(crate::domain::fixed_seed(128))]

        /// With the truth among the readings, a repair either finds it, or says that it cannot tell, or finds a
        /// number at least as near to what was read; never one further away.
        #[test]
        fn repairs_are_the_nearest(seq in 0..1000u16, day in 1..=28u8, year in 1960..2005u16, hit in 0..18usize, pick in 0..5usize) {
            let first17 = format!("350203{year}07{day:02}{seq:03}");
            let truth = format!("{first17}{}", check_character(&first17).unwrap());
            let mut seen: Vec<char> = truth.chars().collect();
            let alike = look_alikes(seen[hit]);
            seen[hit] = alike[pick % alike.len()];
            let places: Vec<Vec<char>> = seen.iter().zip(truth.chars())
                .map(|(&seen, truth)| { let mut all = look_alikes(seen).to_vec(); all.push(truth); all }).collect();
            match read_number_line(&places, date(2026, 3, 1)) {
                NumberLine::AsRead(number) => prop_assert_eq!(number.reveal(), truth.as_str()),
                NumberLine::Repaired { number, replaced } => {
                    prop_assert_eq!(replaced, 1);
                    prop_assert_eq!(number.reveal(), truth.as_str());
                }
                NumberLine::Ambiguous => prop_assert!(seen.iter().collect::<String>() != truth),
                NumberLine::Unreadable => prop_assert!(false, "the truth was among the readings"),
            }
        }
    }
}

//! The number line: the rules of GB 11643 and the repair of a misread character by them.

use jiff::civil::Date;

use super::lines::ReadChar;

/// A number as read and how sure it is, 0–1.
#[derive(Clone, PartialEq)]
pub(super) struct ReadNumber {
    pub(super) text: String,
    pub(super) confidence: f32,
}

/// Number of characters.
pub(super) const LENGTH: usize = 18;
/// A repaired number is never surer than this: the reader shows it for confirmation.
const REPAIRED: f32 = 0.6;

/// Does `text` obey the rules: 17 digits, a real date of birth, the right check character?
pub(super) fn is_right(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == LENGTH
        && bytes[..17].iter().all(u8::is_ascii_digit)
        && birth_of(text).is_some()
        && bytes[17] == check_character(&bytes[..17])
}

/// The birth date inside a number.
pub(super) fn birth_of(text: &str) -> Option<Date> {
    let year: i16 = text.get(6..10)?.parse().ok()?;
    let (month, day): (i8, i8) = (text.get(10..12)?.parse().ok()?, text.get(12..14)?.parse().ok()?);
    (1880..2100).contains(&year).then_some(())?;
    Date::new(year, month, day).ok()
}

/// 男 for an odd sequence, 女 for an even one.
pub(super) fn sex_of(text: &str) -> Option<&'static str> {
    let digit = text.as_bytes().get(16).filter(|b| b.is_ascii_digit())?;
    Some(if digit % 2 == 1 { "男" } else { "女" })
}

fn check_character(body: &[u8]) -> u8 {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECK: &[u8; 11] = b"10X98765432";
    let sum: u32 = body.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    CHECK[(sum % 11) as usize]
}

/// A single reading that obeys every rule.
pub(super) fn accept(read: &[ReadChar]) -> Option<ReadNumber> {
    windows_of_18(read).find_map(|window| {
        let text: String = window.iter().map(|r| r.c).collect();
        is_right(&text).then(|| ReadNumber { confidence: certainty(window), text })
    })
}

/// The number that several readings of one line agree on best: any right reading first, then votes for each place,
/// then one changed character.
pub(super) fn settle(readings: &[Vec<ReadChar>], printed_birth: Option<Date>) -> Option<ReadNumber> {
    let mut right: Vec<ReadNumber> = readings.iter().filter_map(|read| accept(read)).collect();
    right.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    if let Some(best) = right.first() {
        let agree = right.iter().filter(|other| other.text == best.text).count();
        let against = right.len() - agree;
        let confidence = if against > 0 { best.confidence.min(0.5) } else { best.confidence };
        return Some(ReadNumber { text: best.text.clone(), confidence });
    }
    let voted = vote(readings)?;
    let text: String = voted.iter().map(|r| r.c).collect();
    if is_right(&text) {
        return Some(ReadNumber { text, confidence: certainty(&voted).min(0.8) });
    }
    repair(&voted, printed_birth)
}

/// Garbage at either end (the label's last stroke, the card's edge) is left out by trying every window.
fn windows_of_18(read: &[ReadChar]) -> impl Iterator<Item = &[ReadChar]> {
    read.windows(LENGTH).rev()
}

fn certainty(read: &[ReadChar]) -> f32 {
    let worst = read.iter().map(|r| r.confidence).fold(1.0, f32::min);
    let mean = read.iter().map(|r| r.confidence).sum::<f32>() / read.len().max(1) as f32;
    0.5 * worst + 0.5 * mean
}

fn vote(readings: &[Vec<ReadChar>]) -> Option<Vec<ReadChar>> {
    let whole: Vec<&[ReadChar]> = readings.iter().filter_map(|read| windows_of_18(read).next()).collect();
    if whole.is_empty() {
        return None;
    }
    let place = |i: usize| {
        let mut tally: Vec<ReadChar> = Vec::new();
        for read in &whole {
            match tally.iter_mut().find(|t| t.c == read[i].c) {
                Some(t) => t.confidence += read[i].confidence,
                None => tally.push(read[i]),
            }
        }
        tally.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        let winner = tally[0];
        ReadChar { c: winner.c, confidence: winner.confidence / whole.len() as f32 }
    };
    Some((0..LENGTH).map(place).collect())
}

/// Characters this close to the least certain one are as doubtful as it is.
const AS_DOUBTFUL: f32 = 0.2;

/// Changes the one least certain character that makes the number right. Two ways to do it are no way, unless the
/// printed birth date decides.
fn repair(read: &[ReadChar], printed_birth: Option<Date>) -> Option<ReadNumber> {
    let mut order: Vec<usize> = (0..LENGTH).collect();
    order.sort_by(|&a, &b| read[a].confidence.total_cmp(&read[b].confidence));
    let mut fits: Vec<(f32, String)> = Vec::new();
    let worst = order.first().map_or(0.0, |&i| read[i].confidence);
    let doubtful = order.iter().take_while(|&&i| read[i].confidence <= worst + AS_DOUBTFUL).take(4);
    for &i in doubtful {
        for c in lookalikes(read[i].c) {
            let text: String = read.iter().enumerate().map(|(k, r)| if k == i { c } else { r.c }).collect();
            let birth_fits = printed_birth.is_none_or(|birth| birth_of(&text) == Some(birth));
            if is_right(&text) && birth_fits {
                fits.push((read[i].confidence, text));
            }
        }
    }
    match fits.len() {
        1 => fits.pop().map(|(_, text)| ReadNumber { text, confidence: REPAIRED }),
        _ => None,
    }
}

/// What a digit is taken for in poor light.
fn lookalikes(c: char) -> impl Iterator<Item = char> {
    let likely = match c {
        '0' => "8695",
        '1' => "74",
        '2' => "7",
        '3' => "859",
        '4' => "19",
        '5' => "6398",
        '6' => "5804",
        '7' => "12",
        '8' => "36059",
        '9' => "83504",
        'X' => "4",
        _ => "",
    };
    likely.chars()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, doubtful: usize) -> Vec<ReadChar> {
        text.chars()
            .enumerate()
            .map(|(i, c)| ReadChar { c, confidence: if i == doubtful { 0.4 } else { 0.97 } })
            .collect()
    }

    #[test]
    fn the_known_numbers_are_right_and_their_neighbours_wrong() {
        assert!(is_right("11010519491231002X"));
        assert!(is_right("440524188001010014"));
        assert!(!is_right("440524188001010015"));
        assert!(!is_right("440524188013010014"));
    }

    #[test]
    fn a_stray_mark_before_the_number_is_left_out() {
        let found = settle(&[read("711010519491231002X", 0)], None);
        assert_eq!(found.map(|n| n.text), Some("11010519491231002X".to_owned()));
    }

    #[test]
    fn one_doubtful_digit_is_repaired_and_says_so() {
        let found = settle(&[read("11010519491231802X", 14)], None).unwrap();
        assert_eq!(found.text, "11010519491231002X");
        assert!(found.confidence <= REPAIRED);
    }

    #[test]
    fn two_wrong_digits_are_not_guessed() {
        assert!(
            settle(&[read("11010519491231882X", 14)], None).is_none_or(|n| n.text != "11010519491231882X")
        );
    }

    #[test]
    fn three_readings_outvote_one_slip_each() {
        let slips = ["41010519491231002X", "11040519491231002X", "11010519491237002X"];
        let readings: Vec<_> = slips.iter().map(|s| read(s, 99)).collect();
        assert_eq!(settle(&readings, None).map(|n| n.text), Some("11010519491231002X".to_owned()));
    }
}

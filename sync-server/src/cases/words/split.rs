//! What the words of a text are.
//!
//! Chinese has no blanks, so a run of its characters is kept as its pairs, one after another (轿车贷 is 轿车 车贷): a phrase of
//! pairs is then exactly a part of the run, from two characters on. Single characters are kept beside them, for the many
//! models whose name is one. A run of Latin letters and digits is a word, and its letters and digits by themselves are (280TSI,
//! 280, TSI). All of it is lower case and half width.

use shared::domain::{Plate, Vin};

/// In front of what is no word of a text but a mark of ours. It stands in no word, so nobody can type a mark.
const MARK: char = '§';
/// Longest text that is sought, in characters.
pub const MOST_CHARS: usize = 100;
/// Shortest end of a VIN that is taken for one.
const LEAST_OF_VIN: usize = 4;
/// Characters of a VIN.
const VIN_CHARS: usize = 17;

/// The words of one case as they go into the index.
#[derive(Debug, Default)]
pub(super) struct Bag {
    runs: Vec<String>,
    signs: Vec<char>,
}

impl Bag {
    /// Adds a text as people wrote it.
    pub(super) fn text(&mut self, text: &str) {
        for run in runs(text) {
            match run {
                Run::Chinese(chars) => {
                    self.runs.extend(pairs(&chars));
                    self.signs.extend(chars);
                }
                Run::Latin(word) => {
                    self.runs.extend(halves(&word));
                    self.runs.push(word);
                }
            }
        }
    }

    /// Adds a plate: found whole, whatever stands between its parts.
    pub(super) fn plate(&mut self, plate: &str) {
        self.text(plate);
        if let Ok(plate) = Plate::parse(plate) {
            self.text(plate.as_str());
        }
    }

    /// Adds a VIN, backwards, so that its end is the beginning of a word.
    pub(super) fn vin(&mut self, vin: &str) {
        self.runs.push(backwards(vin));
    }

    /// Adds a mark.
    pub(super) fn mark(&mut self, mark: String) {
        self.runs.push(mark);
    }

    /// As it is handed to the index. Single characters come last: between the pairs they would break phrases.
    pub(super) fn into_line(mut self) -> String {
        self.signs.sort_unstable();
        self.signs.dedup();
        let signs = self.signs.into_iter().map(String::from);
        self.runs.into_iter().chain(signs).collect::<Vec<_>>().join(" ")
    }
}

/// A mark: what of a case has exactly this value. Hashed, so that whatever the value is, the mark is a word.
pub(super) fn mark(kind: char, value: &str) -> String {
    use sha2::{Digest, Sha256};
    format!("{MARK}{kind}{}", hex::encode(&Sha256::digest(value.as_bytes())[..8]))
}

fn backwards(vin: &str) -> String {
    let vin: String = vin.chars().rev().collect();
    format!("{MARK}v{}", vin.to_ascii_lowercase())
}

/// A stretch of one script.
#[derive(Debug, PartialEq, Eq)]
enum Run {
    /// Chinese, Japanese, Korean: written without blanks.
    Chinese(Vec<char>),
    /// Anything else that is letters and digits.
    Latin(String),
}

fn runs(text: &str) -> Vec<Run> {
    let mut found: Vec<Run> = Vec::new();
    let mut goes_on = false;
    for c in text.chars().map(half_width) {
        if is_chinese(c) {
            match found.last_mut() {
                Some(Run::Chinese(chars)) if goes_on => chars.push(c),
                _ => found.push(Run::Chinese(vec![c])),
            }
            goes_on = true;
        } else if c.is_alphanumeric() {
            let lower = c.to_lowercase();
            match found.last_mut() {
                Some(Run::Latin(word)) if goes_on => word.extend(lower),
                _ => found.push(Run::Latin(lower.collect())),
            }
            goes_on = true;
        } else {
            goes_on = false;
        }
    }
    found
}

fn half_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

fn is_chinese(c: char) -> bool {
    matches!(u32::from(c),
        0x3007 | 0x3040..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0x2_0000..=0x3_FFFF)
}

fn pairs(chars: &[char]) -> impl Iterator<Item = String> + '_ {
    chars.windows(2).map(|pair| pair.iter().collect())
}

/// The letters and the digits of a mixed word, each by itself, from two on.
fn halves(word: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut digits = None;
    for c in word.chars() {
        match parts.last_mut() {
            Some(part) if digits == Some(c.is_ascii_digit()) => part.push(c),
            _ => parts.push(c.into()),
        }
        digits = Some(c.is_ascii_digit());
    }
    let is_mixed = parts.len() > 1;
    parts.retain(|part| is_mixed && part.chars().count() > 1);
    parts
}

/// One thing that a found case must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// As it was typed, lower case: what a name must hold to be meant.
    pub(super) text: String,
    /// Its question to the index.
    pub(super) query: String,
}

impl Piece {
    /// Whether a name has it: Chinese anywhere, Latin as a whole word.
    pub(super) fn is_in(&self, name: &str) -> bool {
        runs(name).into_iter().any(|run| match run {
            Run::Chinese(chars) => chars.into_iter().collect::<String>().contains(&self.text),
            Run::Latin(word) => word == self.text || halves(&word).contains(&self.text),
        })
    }
}

/// What somebody seeks: at least one word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    typed: String,
    pub(super) pieces: Vec<Piece>,
}

impl Sought {
    /// Reads what was typed; `None` where no word is in it or it is longer than [`MOST_CHARS`].
    pub fn read(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        if typed.chars().count() > MOST_CHARS {
            return None;
        }
        let mut pieces: Vec<Piece> = Vec::new();
        for part in typed.split(|c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、' | ';' | '；'))
        {
            for run in runs(part) {
                let piece = piece(run);
                if !pieces.contains(&piece) {
                    pieces.push(piece);
                }
            }
        }
        (!pieces.is_empty()).then(|| Self { typed: typed.to_owned(), pieces })
    }

    /// As it was typed.
    pub fn typed(&self) -> &str {
        &self.typed
    }
}

fn piece(run: Run) -> Piece {
    match run {
        Run::Chinese(chars) if chars.len() == 1 => {
            let text: String = chars.into_iter().collect();
            Piece { query: quoted(&text), text }
        }
        Run::Chinese(chars) => {
            let phrase = pairs(&chars).collect::<Vec<_>>().join(" ");
            Piece { text: chars.into_iter().collect(), query: quoted(&phrase) }
        }
        Run::Latin(word) => {
            let mut query = quoted(&word);
            let could_be_vin = word.bytes().all(|b| b.is_ascii_alphanumeric());
            if could_be_vin && (LEAST_OF_VIN..VIN_CHARS).contains(&word.len()) {
                query = format!("({query} OR {} *)", quoted(&backwards(&word)));
            } else if Vin::parse_overridden(&word).is_ok() {
                query = format!("({query} OR {})", quoted(&backwards(&word)));
            }
            Piece { text: word, query }
        }
    }
}

/// A phrase of the index. What is between the quotes is letters, digits and our marks: a quote among them is impossible.
pub(super) fn quoted(words: &str) -> String {
    debug_assert!(!words.contains('"'));
    format!("\"{}\"", words.replace('"', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> String {
        let mut bag = Bag::default();
        bag.text(text);
        bag.into_line()
    }

    fn queries(typed: &str) -> Vec<String> {
        Sought::read(typed)
            .map(|sought| sought.pieces.into_iter().map(|p| p.query).collect())
            .unwrap_or_default()
    }

    #[test]
    fn a_text_is_its_pairs_its_words_and_its_single_characters() {
        assert_eq!(line("轿车贷"), "轿车 车贷 贷 车 轿");
        assert_eq!(line("比亚迪 秦PLUS DM-i"), "比亚 亚迪 plus dm i 亚 比 秦 迪");
        assert_eq!(line("２８０TSI"), "280 tsi 280tsi");
        assert_eq!(line("§v1 \"x\" AND"), "v1 x and");
        assert_eq!(line("（）·-"), "");
    }

    #[test]
    fn what_is_typed_is_data() {
        assert_eq!(queries("轿车贷"), ["\"轿车 车贷\""]);
        assert_eq!(queries("秦"), ["\"秦\""]);
        assert_eq!(queries("恒信, 秦PLUS"), ["\"恒信\"", "\"秦\"", "(\"plus\" OR \"§vsulp\" *)"]);
        assert_eq!(
            queries("a\" OR b* NEAR(c) ^d"),
            ["\"a\"", "\"or\"", "\"b\"", "(\"near\" OR \"§vraen\" *)", "\"c\"", "\"d\""]
        );
        assert_eq!(queries("246094"), ["(\"246094\" OR \"§v490642\" *)"]);
        assert_eq!(queries("lsvwy4180kn246094"), ["(\"lsvwy4180kn246094\" OR \"§v490642nk0814ywvsl\")"]);
        for nothing in ["", "  ", "\"*()-:^", "§"] {
            assert_eq!(Sought::read(nothing), None, "{nothing}");
        }
        assert_eq!(Sought::read(&"x".repeat(10_000)), None);
    }
}

//! `miaopi read --eval DIR`: how well the reader reads an owner's own labelled photos.
//!
//! The folder holds photos and `truth.jsonl`, one object a line: `file`, and of `id_number`, `name`, `sex`, `ethnicity`,
//! `birth` (`YYYY-MM-DD`) and `address` those that are known. Further members are left alone.

use std::{
    collections::BTreeMap,
    fmt::Write,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{CardReading, NAME_CONFIDENT, PhotoReading, PhotoRefusal, PhotoWorkers, ReadBy, ReadField, Task};

/// Most lines in the list of confusions.
const MAX_CONFUSIONS: usize = 60;

/// What a labelled folder says about the reader.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Photos read.
    pub photos: u32,
    /// Of these, in how many no card was found.
    pub no_card: u32,
    /// Of these, how many should be taken again by what was measured.
    pub poor: u32,
    /// Photos that were refused, by code.
    pub refused: BTreeMap<String, u32>,
    /// 公民身份号码.
    pub id_number: Score,
    /// 姓名.
    pub name: Score,
    /// 性别.
    pub sex: Score,
    /// 民族.
    pub ethnicity: Score,
    /// 出生.
    pub birth: Score,
    /// 住址.
    pub address: Score,
    /// Names below the confidence from which they stand unasked: the customer confirms or corrects them.
    pub names_asked: u32,
    /// Names that would stand unasked and are wrong.
    pub names_wrong_unasked: u32,
    /// Median time of a photo, decoding and re-encoding included, milliseconds.
    pub ms_p50: u32,
    /// 95 of 100 photos take at most this, milliseconds.
    pub ms_p95: u32,
    /// The slowest photo, milliseconds.
    pub ms_max: u32,
    /// Characters taken for others, the most frequent first.
    pub confusions: Vec<Confusion>,
}

/// How one field was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// Photos whose truth is known.
    pub of: u32,
    /// Read exactly.
    pub exact: u32,
    /// Read as something else.
    pub wrong: u32,
    /// Not read at all.
    pub unread: u32,
}

impl Score {
    /// Share read exactly, 0–1.
    pub fn share(&self) -> f64 {
        f64::from(self.exact) / f64::from(self.of.max(1))
    }

    fn count(&mut self, truth: &str, read: &str) {
        self.of += 1;
        match read {
            read if read == truth => self.exact += 1,
            "" => self.unread += 1,
            _ => self.wrong += 1,
        }
    }
}

/// A character taken for another. An empty text stands for a character that was left out or added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion {
    /// Which field.
    pub field: String,
    /// What is printed.
    pub truth: String,
    /// What was read.
    pub read: String,
    /// How often.
    pub count: u32,
}

/// Why a folder could not be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// A file of the folder is missing or may not be read.
    #[error("{0} cannot be opened")]
    Unopened(PathBuf, #[source] std::io::Error),
    /// A line of the truth is no object with a file name.
    #[error("truth.jsonl, line {0}: write an object with `file` and the fields that are known")]
    Line(usize, #[source] serde_json::Error),
    /// The reader itself is not there.
    #[error(transparent)]
    Reader(PhotoRefusal),
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Truth {
    file: String,
    id_number: String,
    name: String,
    sex: String,
    ethnicity: String,
    birth: String,
    address: String,
}

/// Has `by` read every photo that `folder`'s truth names, one after another and as the server does, with a worker started from
/// `exe`, and compares.
///
/// # Errors
/// [`EvaluateError`] when a file is missing, a line is no truth, or no reader can be started. A refused photo is a
/// result, not an error.
pub async fn evaluate(exe: PathBuf, folder: &Path, by: ReadBy) -> Result<Evaluation, EvaluateError> {
    let open = |path: PathBuf| std::fs::read(&path).map_err(|cause| EvaluateError::Unopened(path, cause));
    let text = open(folder.join("truth.jsonl"))?;
    let workers = PhotoWorkers::start(exe, 1);
    let mut tally = Tally::default();
    for (index, line) in String::from_utf8_lossy(&text).lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let truth: Truth =
            serde_json::from_str(line).map_err(|cause| EvaluateError::Line(index + 1, cause))?;
        let photo = open(folder.join(&truth.file))?.into();
        match workers.read(photo, Task::ReadCard(by)).await {
            Err(refusal @ PhotoRefusal::PhotoReaderUnavailable) => {
                return Err(EvaluateError::Reader(refusal));
            }
            taken => tally.add(&truth, taken.as_ref()),
        }
    }
    Ok(tally.finish())
}

#[derive(Default)]
struct Tally {
    so_far: Evaluation,
    confusions: BTreeMap<(&'static str, String, String), u32>,
    ms: Vec<u32>,
}

impl Tally {
    fn add(&mut self, truth: &Truth, taken: Result<&PhotoReading, &PhotoRefusal>) {
        self.so_far.photos += 1;
        let reading = match taken {
            Ok(reading) => {
                self.ms.push(reading.took_ms);
                Some(reading)
            }
            Err(refusal) => {
                *self.so_far.refused.entry(refusal.code().to_owned()).or_default() += 1;
                None
            }
        };
        let card = reading.and_then(|reading| reading.card.as_ref());
        self.so_far.no_card += u32::from(reading.is_some() && card.is_none());
        let is_poor = |quality: &super::Quality| quality.asks_for_another();
        self.so_far.poor +=
            u32::from(reading.and_then(|reading| reading.quality.as_ref()).is_some_and(is_poor));
        let name = card.map(|card| &card.name);
        let is_sure = name.is_some_and(|name| name.confidence >= NAME_CONFIDENT);
        self.so_far.names_asked += u32::from(!truth.name.is_empty() && !is_sure);
        let is_wrong = name.is_some_and(|name| plain(&name.text) != plain(&truth.name));
        self.so_far.names_wrong_unasked += u32::from(!truth.name.is_empty() && is_sure && is_wrong);
        type Field = fn(&CardReading) -> &ReadField;
        let all = &mut self.so_far;
        let fields: [(&'static str, &mut Score, &str, Field); 6] = [
            ("id_number", &mut all.id_number, &truth.id_number, |card| &card.id_number),
            ("name", &mut all.name, &truth.name, |card| &card.name),
            ("sex", &mut all.sex, &truth.sex, |card| &card.sex),
            ("ethnicity", &mut all.ethnicity, &truth.ethnicity, |card| &card.ethnicity),
            ("birth", &mut all.birth, &truth.birth, |card| &card.birth),
            ("address", &mut all.address, &truth.address, |card| &card.address),
        ];
        for (field, score, truth, of) in fields {
            let truth = plain(truth);
            if truth.is_empty() {
                continue;
            }
            let read = card.map(|card| plain(&of(card).text)).unwrap_or_default();
            score.count(&truth, &read);
            // A field that was not read at all says nothing about its characters.
            if !read.is_empty() {
                for (truth, read) in differences(&truth, &read) {
                    *self.confusions.entry((field, truth, read)).or_default() += 1;
                }
            }
        }
    }

    fn finish(mut self) -> Evaluation {
        self.ms.sort_unstable();
        let at = |share: f64| {
            let rank = (self.ms.len() as f64 * share).ceil() as usize;
            self.ms.get(rank.saturating_sub(1)).copied().unwrap_or(0)
        };
        let mut confusions: Vec<Confusion> = self
            .confusions
            .into_iter()
            .map(|((field, truth, read), count)| Confusion { field: field.to_owned(), truth, read, count })
            .collect();
        confusions.sort_by_key(|confusion| std::cmp::Reverse(confusion.count));
        confusions.truncate(MAX_CONFUSIONS);
        Evaluation { ms_p50: at(0.5), ms_p95: at(0.95), ms_max: at(1.0), confusions, ..self.so_far }
    }
}

/// Without spaces, with one kind of middle dot, and an ethnicity without its 族: labels are written by hand.
fn plain(text: &str) -> String {
    let dotted = text.chars().map(|c| if matches!(c, '•' | '・' | '‧' | '.') { '·' } else { c });
    let text: String = dotted.filter(|c| !c.is_whitespace()).collect();
    let is_ethnicity = text.chars().count() <= 6 && !text.starts_with('族');
    match text.strip_suffix('族') {
        Some(short) if is_ethnicity => short.to_owned(),
        _ => text,
    }
}

/// The characters in which two texts differ once they are laid side by side with the fewest changes.
fn differences(truth: &str, read: &str) -> Vec<(String, String)> {
    let (truth, read): (Vec<char>, Vec<char>) = (truth.chars().collect(), read.chars().collect());
    let mut cost = vec![vec![0usize; read.len() + 1]; truth.len() + 1];
    for i in 0..=truth.len() {
        for j in 0..=read.len() {
            cost[i][j] = match (i, j) {
                (0, j) => j,
                (i, 0) => i,
                _ => {
                    let change = cost[i - 1][j - 1] + usize::from(truth[i - 1] != read[j - 1]);
                    change.min(cost[i - 1][j] + 1).min(cost[i][j - 1] + 1)
                }
            };
        }
    }
    let (mut i, mut j) = (truth.len(), read.len());
    let mut found = Vec::new();
    while i > 0 || j > 0 {
        let same = i > 0 && j > 0 && truth[i - 1] == read[j - 1];
        if i > 0 && j > 0 && cost[i][j] == cost[i - 1][j - 1] + usize::from(!same) {
            if !same {
                found.push((truth[i - 1].to_string(), read[j - 1].to_string()));
            }
            (i, j) = (i - 1, j - 1);
        } else if i > 0 && cost[i][j] == cost[i - 1][j] + 1 {
            found.push((truth[i - 1].to_string(), String::new()));
            i -= 1;
        } else {
            found.push((String::new(), read[j - 1].to_string()));
            j -= 1;
        }
    }
    found.reverse();
    found
}

/// An evaluation as lines for a terminal.
pub fn describe_evaluation(found: &Evaluation) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "{} photos, {} without a card, {} to be taken again; p50 {} ms, p95 {} ms, longest {} ms",
        found.photos, found.no_card, found.poor, found.ms_p50, found.ms_p95, found.ms_max
    );
    for (code, count) in &found.refused {
        let _ = writeln!(out, "refused\t{code}\t{count}");
    }
    for (label, score) in [
        ("公民身份号码", &found.id_number),
        ("姓名", &found.name),
        ("性别", &found.sex),
        ("民族", &found.ethnicity),
        ("出生", &found.birth),
        ("住址", &found.address),
    ] {
        let share = 100.0 * score.share();
        let _ = writeln!(
            out,
            "{label}\t{share:.1} % exact ({} of {}), {} wrong, {} unread",
            score.exact, score.of, score.wrong, score.unread
        );
    }
    let of = f64::from(found.name.of.max(1));
    let _ = writeln!(
        out,
        "names\t{:.1} % asked about, {:.1} % wrong and unasked",
        100.0 * f64::from(found.names_asked) / of,
        100.0 * f64::from(found.names_wrong_unasked) / of
    );
    for Confusion { field, truth, read, count } in &found.confusions {
        let shown = |text: &str| if text.is_empty() { "∅".to_owned() } else { text.to_owned() };
        let _ = writeln!(out, "{field}\t{} read as {}\t{count}", shown(truth), shown(read));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(truth: &str, read: &str) -> Vec<(String, String)> {
        differences(truth, read)
    }

    #[test]
    fn texts_are_laid_side_by_side_with_the_fewest_changes() {
        let one = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(pairs("王小明", "王小明"), []);
        assert_eq!(pairs("王小明", "王少明"), [one("小", "少")]);
        assert_eq!(pairs("望湖路12号", "湖路12号1"), [one("望", ""), one("", "1")]);
    }

    #[test]
    fn a_field_is_exact_wrong_or_unread_and_unlabelled_ones_do_not_count() {
        let truth = Truth { name: "王小明".into(), ethnicity: "汉族".into(), ..Truth::default() };
        let field =
            |text: &str, confidence| ReadField { text: text.into(), confidence, ..ReadField::default() };
        let read = |name: ReadField| PhotoReading {
            jpeg: bytes::Bytes::new(),
            width: 1,
            height: 1,
            original_sha256: String::new(),
            quality: None,
            card: Some(CardReading {
                corners: [[0.0; 2]; 4],
                hash: crate::photos::CardHash::empty(),
                id_number: ReadField::default(),
                name,
                sex: ReadField::default(),
                ethnicity: field("汉", 0.9),
                birth: ReadField::default(),
                address: ReadField::default(),
                mismatches: Vec::new(),
            }),
            took_ms: 100,
        };
        let mut tally = Tally::default();
        tally.add(&truth, Ok(&read(field("王小明", 0.99))));
        tally.add(&truth, Ok(&read(field("王少明", 0.99))));
        tally.add(&truth, Ok(&read(field("王少明", 0.2))));
        tally.add(&truth, Err(&PhotoRefusal::PhotoTruncated));
        let found = tally.finish();
        assert_eq!(found.name, Score { of: 4, exact: 1, wrong: 2, unread: 1 });
        assert_eq!((found.names_asked, found.names_wrong_unasked), (2, 1));
        assert_eq!((found.ethnicity.exact, found.id_number.of), (3, 0));
        assert_eq!(found.refused["photo_truncated"], 1);
        assert_eq!((found.confusions[0].truth.as_str(), found.confusions[0].count), ("小", 2));
    }
}

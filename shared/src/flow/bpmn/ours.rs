//! What our extension elements hold, and how any text fits into XML.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::definition::{BlockFile, BlockId, FlowFile};
use crate::domain::{ProductTerms, Texts};

/// `<miaopi:flow>`, in the process.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OurFlow {
    pub format: u32,
    pub key: String,
    pub name: Texts,
    pub start: BlockId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<BlockId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductTerms>,
}

impl OurFlow {
    pub(super) fn of(file: &FlowFile) -> Self {
        Self {
            format: file.format,
            key: file.key.clone(),
            name: file.name.clone(),
            start: file.start.clone(),
            person: file.person.clone(),
            product: file.product.clone(),
        }
    }
}

/// `<miaopi:block>`, in the element that stands for a block.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OurBlock {
    pub id: BlockId,
    pub kind: String,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub params: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_visits: Option<u16>,
    /// Where the designer draws it, as decimal texts: a JSON number may come back a little different.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<[String; 2]>,
    /// Where the diagram drew it; the same there still means that nobody moved it.
    pub drawn: [i64; 2],
    /// Outcomes that lead to no block of the file: position among the outcomes, outcome, where to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loose: Vec<(usize, String, BlockId)>,
}

impl OurBlock {
    pub(super) fn of(id: &BlockId, block: &BlockFile, drawn: [i64; 2], known: &HashSet<&BlockId>) -> Self {
        let loose = block.next.iter().enumerate().filter(|(_, (_, to))| !known.contains(to));
        Self {
            id: id.clone(),
            kind: block.kind.clone(),
            params: block.params.clone(),
            max_visits: block.max_visits,
            at: block.at.map(|at| at.map(|number| format!("{number:?}"))),
            drawn,
            loose: loose.map(|(index, (outcome, to))| (index, outcome.clone(), to.clone())).collect(),
        }
    }

    /// The place in the designer, unless it says something that is no number.
    pub(super) fn at(&self) -> Option<[f64; 2]> {
        let [x, y] = self.at.as_ref()?;
        Some([x.parse().ok()?, y.parse().ok()?])
    }
}

/// As JSON without a character that XML cannot hold or that a reader of XML may change.
pub(super) fn json(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            // Only inside a JSON string can one of these stand.
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}' => {
                safe.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            _ => safe.push(letter),
        }
    }
    safe
}

/// Longest name that is taken from a diagram, characters.
const MAX_NAME: usize = 80;

/// A name on one line, as it is compared and as it is taken from a diagram.
pub(super) fn plain(name: &str) -> String {
    let words = name.split(|c: char| c.is_whitespace() || !fits(c)).filter(|word| !word.is_empty());
    let line: String = words.collect::<Vec<_>>().join(" ").chars().take(MAX_NAME).collect();
    line.trim_end().to_owned()
}

fn fits(letter: char) -> bool {
    !letter.is_control() && !matches!(letter, '\u{fffe}' | '\u{ffff}')
}

/// The text for an attribute or between tags: what XML cannot hold becomes a blank, markup is escaped.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' => safe.push_str("&#10;"),
            _ if fits(letter) => safe.push(letter),
            _ => safe.push(' '),
        }
    }
    safe
}

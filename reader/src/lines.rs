//! Who reads a card's lines: our own network, and Tesseract beside it as a second pair of eyes.

use image::GrayImage;
use serde::{Deserialize, Serialize};

use super::network::{Among, Network};

/// A character and how sure its reader is of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ReadChar {
    pub(super) c: char,
    /// 0–1.
    pub(super) confidence: f32,
}

/// What a line is made of, for a reader that takes nothing more exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    /// `0`–`9` and `X`.
    Digits,
    /// Simplified Chinese.
    Chinese,
}

/// Who reads a card.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadBy {
    /// Our own reader; Tesseract looks at the number and the name as well, and where it sees something else they are less
    /// sure.
    #[default]
    Both,
    /// Our own reader alone, as on a phone.
    Own,
    /// Tesseract alone.
    Tesseract,
}

impl std::str::FromStr for ReadBy {
    type Err = UnknownReader;

    fn from_str(name: &str) -> Result<Self, UnknownReader> {
        match name {
            "both" => Ok(Self::Both),
            "own" => Ok(Self::Own),
            "tesseract" => Ok(Self::Tesseract),
            _ => Err(UnknownReader),
        }
    }
}

/// No reader has this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("read by `both`, `own` or `tesseract`")]
pub struct UnknownReader;

/// A second reader failed.
#[derive(Debug, thiserror::Error)]
#[error("Tesseract cannot read ({0}): apt-get install tesseract-ocr tesseract-ocr-chi-sim")]
pub(super) struct SecondError(pub(super) &'static str);

/// Another program's way of reading a line.
pub(super) trait Second {
    /// The characters of one line, blanks left out.
    ///
    /// # Errors
    /// When that program fails.
    fn read_line(&mut self, script: Script, line: &GrayImage) -> Result<Vec<ReadChar>, SecondError>;
}

/// Those who read one card.
pub(super) struct Lines<'a> {
    pub(super) own: Option<&'a Network>,
    pub(super) second: Option<&'a mut dyn Second>,
}

impl Lines<'_> {
    /// What our own reader sees; nothing where it does not read.
    pub(super) fn own(&self, among: Among<'_>, line: &GrayImage) -> Option<Vec<ReadChar>> {
        let read = |seen: super::network::Seen| {
            let (c, confidence) = *seen.likely.first()?;
            Some(ReadChar { c, confidence })
        };
        Some(self.own?.read_line(line, among).into_iter().filter_map(read).collect())
    }

    /// What the second one sees; nothing where there is none.
    pub(super) fn second(
        &mut self,
        script: Script,
        line: &GrayImage,
    ) -> Result<Option<Vec<ReadChar>>, SecondError> {
        self.second.as_mut().map(|second| second.read_line(script, line)).transpose()
    }
}

//! A flow as a BPMN 2.0 diagram, for whoever draws processes elsewhere, and back.
//!
//! Where to start: [`to_bpmn`] writes a flow, [`from_bpmn`] reads one, [`import`] says besides what had to be guessed.
//!
//! What BPMN has a word for is said in its words: who acts is the type of the task, an outcome is a named sequence flow,
//! positions are the diagram's. The rest (kind, parameters, limits, terms of the product) lies as JSON in extension
//! elements of the namespace [`OURS`], so that our own export reads back as it was, exactly. Where somebody changed the
//! diagram in between, the diagram wins: what was moved, renamed, connected otherwise, added or removed there is so here.

mod draw;
mod guess;
mod ours;
mod read;
mod route;
mod tree;
mod write;

#[cfg(test)]
mod tests;

use crate::domain::Texts;

use super::definition::{BlockId, FlowFile, MAX_BLOCKS};

pub use write::to_bpmn;

/// Largest BPMN file that is read, bytes.
pub const MAX_BPMN_BYTES: usize = 4 << 20;

/// Namespace of our extension elements. Frozen: files that people keep name it.
pub const OURS: &str = "https://miaopi.example/bpmn/1";

/// Deepest nesting of elements that is read.
const MAX_DEPTH: usize = 64;

/// Most elements of a file that is read.
const MAX_ELEMENTS: usize = 100_000;

/// Most attributes of an element that is read.
const MAX_ATTRIBUTES: usize = 64;

/// How many of a diagram's units one of the flow's own is, so that gateways and names find room between the blocks.
const SCALE: f64 = 2.0;

/// Size of a task in our diagrams, their units.
const CELL: (i64, i64) = (130, 80);

/// Size of a task in most others.
const USUAL_CELL: (i64, i64) = (100, 80);

/// A flow read from a diagram.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The flow. It may be a draft that cannot run yet.
    pub flow: FlowFile,
    /// The blocks whose kind the file does not say: it was guessed from the element's type.
    pub guessed: Vec<BlockId>,
}

/// The flow in this BPMN file; see [`import`].
///
/// # Errors
/// As [`import`].
pub fn from_bpmn(xml: &str) -> Result<FlowFile, BpmnError> {
    import(xml).map(|imported| imported.flow)
}

/// The flow in this BPMN file of at most [`MAX_BPMN_BYTES`] with at most [`MAX_BLOCKS`] blocks, and which of its blocks
/// are guesses. A file drawn elsewhere becomes a start for a draft: the insides of its sub-processes are left out.
///
/// # Errors
/// [`BpmnError`], never a panic, whatever the bytes.
pub fn import(xml: &str) -> Result<Imported, BpmnError> {
    if xml.len() > MAX_BPMN_BYTES {
        return Err(BpmnError::too_large(
            format!("超过 {MAX_BPMN_BYTES} 字节"),
            format!("it has more than {MAX_BPMN_BYTES} bytes"),
        ));
    }
    let xml = xml.strip_prefix('\u{feff}').unwrap_or(xml);
    let root = tree::parse(xml)?;
    read::read(&root).map_err(|error| error.placed(xml))
}

/// Why a file gives no flow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BpmnError {
    /// Too many bytes, elements, blocks or levels.
    #[error("This BPMN file is too large: {}. Draw less, or split the process.", .0.en)]
    TooLarge(Texts),
    /// Not XML, not BPMN, or with something that we refuse.
    #[error("This is not a BPMN file we can read: {}{}. Correct the file and try again.", .reason.en, place_en(.place))]
    Unreadable {
        /// What is wrong, without the file's content beyond names.
        reason: Texts,
        /// Line and column from 1, where they are known.
        place: Option<(usize, usize)>,
    },
    /// A BPMN file with nothing that could become a block.
    #[error(
        "This BPMN file has no process that a flow could begin from. Draw at least one task and try again."
    )]
    NothingOfOurs,
}

impl BpmnError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "bpmn_too_large",
            Self::Unreadable { .. } => "bpmn_unreadable",
            Self::NothingOfOurs => "bpmn_nothing_of_ours",
        }
    }

    /// The sentence for the person, in both languages.
    pub fn text(&self) -> Texts {
        let zh = match self {
            Self::TooLarge(reason) => format!("BPMN 文件太大：{}。请减少内容，或拆分流程。", reason.zh),
            Self::Unreadable { reason, place } => {
                let place = place.map(|(line, column)| format!("（第 {line} 行第 {column} 列）"));
                format!("无法读取这个 BPMN 文件：{}{}。请修改后重试。", reason.zh, place.unwrap_or_default())
            }
            Self::NothingOfOurs => {
                "这个 BPMN 文件里没有可以作为流程起点的内容。请至少画一个任务后重试。".to_owned()
            }
        };
        Texts::new(zh, self.to_string())
    }

    fn too_large(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::TooLarge(Texts::new(zh, en))
    }

    /// Unreadable at this byte; [`BpmnError::placed`] makes a line and a column of it.
    fn at_byte(byte: usize, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Unreadable { reason: Texts::new(zh, en), place: Some((0, byte)) }
    }

    fn placed(self, xml: &str) -> Self {
        match self {
            Self::Unreadable { reason, place: Some((0, byte)) } => {
                Self::Unreadable { reason, place: Some(line_and_column(xml, byte)) }
            }
            other => other,
        }
    }
}

fn place_en(place: &Option<(usize, usize)>) -> String {
    place.map(|(line, column)| format!(" (line {line}, column {column})")).unwrap_or_default()
}

fn line_and_column(xml: &str, byte: usize) -> (usize, usize) {
    let before = &xml.as_bytes()[..byte.min(xml.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let begins = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    (line, String::from_utf8_lossy(&before[begins..]).chars().count() + 1)
}

fn too_many_blocks() -> BpmnError {
    BpmnError::too_large(format!("超过 {MAX_BLOCKS} 个积木"), format!("it has more than {MAX_BLOCKS} blocks"))
}

//! Ready-made pieces of a process, cut out of the shipped flows: a new flow is put together from them.
//!
//! A piece keeps its connections to blocks that other pieces bring. Until those are there such a connection leads
//! nowhere, which the check says; once they are, everything fits.

use serde::Deserialize;

use super::definition::{BlockFile, BlockId, FlowFile};
use crate::domain::Texts;

/// What the pieces are cut from.
const SOURCES: [(&str, &str); 2] = [
    ("new-car-loan", include_str!("../../../assets/flows/new-car-loan.json")),
    ("used-car-leaseback", include_str!("../../../assets/flows/used-car-leaseback.json")),
];

/// Which blocks make a piece.
const CUTS: &str = include_str!("../../../assets/flows/pieces/pieces.json");

/// One piece.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// Stable key.
    pub key: String,
    /// Its name.
    pub name: Texts,
    /// What it is for, and what it needs beside it.
    pub help: Texts,
    /// Its blocks, in order, with their connections to each other and to other pieces' blocks.
    pub blocks: Vec<(BlockId, BlockFile)>,
    /// The block in which a case starts, where the piece has it.
    pub start: Option<BlockId>,
    /// The block that a customer reaches who asks for a person, where the piece has it.
    pub person: Option<BlockId>,
}

#[derive(Deserialize)]
struct Cut {
    key: String,
    from: String,
    name: Texts,
    help: Texts,
    blocks: Vec<BlockId>,
}

/// Every piece, in the order in which a flow is put together. Empty only for a build whose tests do not pass.
pub fn pieces() -> Vec<Piece> {
    let cuts: Vec<Cut> = serde_json::from_str(CUTS).unwrap_or_default();
    cuts.into_iter().filter_map(cut_out).collect()
}

fn cut_out(cut: Cut) -> Option<Piece> {
    let (_, source) = SOURCES.iter().find(|(key, _)| *key == cut.from)?;
    let file: FlowFile = serde_json::from_str(source).ok()?;
    let own = |id: &BlockId| cut.blocks.contains(id);
    let (start, person) = (Some(file.start).filter(own), file.person.filter(own));
    let blocks = file.blocks.into_iter().filter(|(id, _)| own(id)).collect();
    Some(Piece { key: cut.key, name: cut.name, help: cut.help, blocks, start, person })
}

#[cfg(test)]
mod tests {
    use super::super::{Finding, Flow, check};
    use super::*;
    use serde_json::{Value, json};

    fn together(keys: &[&str]) -> Value {
        let mut flow = json!({"format": 1, "key": "new", "name": {"zh-CN": "新", "en": "New"}, "blocks": {}});
        for key in keys {
            let piece =
                pieces().into_iter().find(|piece| piece.key == *key).unwrap_or_else(|| panic!("{key}"));
            for (id, block) in piece.blocks {
                let old = flow["blocks"].as_object_mut().unwrap().insert(id.to_string(), json!(block));
                assert!(old.is_none(), "{id} comes twice");
            }
            for (field, value) in [("start", piece.start), ("person", piece.person)] {
                if let Some(value) = value {
                    flow[field] = json!(value);
                }
            }
        }
        flow
    }

    #[test]
    fn every_piece_has_words_and_all_of_its_blocks() {
        let cuts: Vec<Cut> = serde_json::from_str(CUTS).unwrap();
        let pieces = pieces();
        assert_eq!(pieces.len(), cuts.len());
        for (piece, cut) in pieces.iter().zip(&cuts) {
            assert!(piece.name.is_complete() && piece.help.is_complete(), "{}", piece.key);
            assert_eq!(piece.blocks.len(), cut.blocks.len(), "{}", piece.key);
        }
    }

    #[test]
    fn five_pieces_make_a_flow_that_may_go_live() {
        for credit in ["credit", "credit_valued"] {
            let flow = together(&["identity", credit, "offer", "contract", "person"]);
            let flow = Flow::parse(&flow.to_string()).unwrap_or_else(|e| panic!("{credit}: {e}"));
            let findings = check(&flow).unwrap();
            assert!(!findings.iter().any(Finding::forbids), "{credit}: {findings:?}");
        }
    }

    #[test]
    fn a_piece_that_is_missing_is_noticed() {
        for missing in ["identity", "credit", "offer", "contract", "person"] {
            let all = ["identity", "credit", "offer", "contract", "person"];
            let rest: Vec<&str> = all.into_iter().filter(|key| *key != missing).collect();
            let mut flow = together(&rest);
            flow["start"] = json!(flow["start"].as_str().unwrap_or("consent"));
            let passes = match Flow::parse(&flow.to_string()) {
                Ok(flow) => !check(&flow).unwrap().iter().any(Finding::forbids),
                Err(_) => false,
            };
            assert!(!passes, "{missing}");
        }
    }
}

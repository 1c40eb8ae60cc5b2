//! Puts a ready-made piece onto the canvas, so that it fits the pieces that are there and those that are still to come.

use std::sync::Arc;

use serde_json::{Value, json};

use super::canvas::{Canvas, Drawn};
use super::edits::Unchanged;
use crate::flow::{MAX_BLOCKS, Piece};

impl Canvas {
    /// The piece's blocks keep their ids, for the other pieces name them. A block that is there already under the same
    /// id stays as it is, unless it is of the same kind and leads nowhere yet: then the piece's takes its place.
    pub(super) fn insert(&mut self, piece: &Piece) -> Result<(), Unchanged> {
        for (id, block) in &piece.blocks {
            let Value::Object(file) = json!(block) else { continue };
            let new = Drawn::read(id.to_string(), file);
            match self.position(id.as_str()) {
                None if self.blocks.len() >= MAX_BLOCKS => return Err(Unchanged::TooMany),
                None => self.blocks.push(Arc::new(new)),
                Some(place) => {
                    let old = &self.blocks[place];
                    if old.kind == new.kind && old.next.is_empty() {
                        self.blocks[place] = Arc::new(new);
                    }
                }
            }
        }
        let leads_nowhere = |id: &String| self.block(id).is_none_or(|block| block.next.is_empty());
        if let Some(start) = &piece.start
            && self.start.as_ref().is_none_or(leads_nowhere)
        {
            self.start = Some(start.to_string());
        }
        if let Some(person) = piece.person.as_ref().filter(|_| self.person.is_none()) {
            self.person = Some(person.to_string());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Canvas, Drawn, Edit, problems};
    use super::*;
    use crate::domain::Texts;
    use crate::flow::pieces;

    fn piece(key: &str) -> Box<Piece> {
        Box::new(pieces().into_iter().find(|piece| piece.key == key).unwrap_or_else(|| panic!("{key}")))
    }

    #[test]
    fn five_pieces_make_a_sound_flow_in_any_order() {
        for keys in [
            ["identity", "credit_valued", "offer", "contract", "person"],
            ["person", "contract", "identity", "offer", "credit"],
        ] {
            let mut canvas = Canvas::empty("new", Texts::new("新", "New"));
            for key in keys {
                canvas.apply(Edit::Insert(piece(key))).unwrap_or_else(|why| panic!("{key}: {why}"));
            }
            let broken: Vec<_> =
                problems(&canvas, None, &|_| None).into_iter().filter(|problem| !problem.hint).collect();
            assert!(
                broken
                    .iter()
                    .all(|problem| problem.block.is_none() && problem.code.starts_with("flow_product")),
                "{broken:?}"
            );
        }
    }

    #[test]
    fn a_block_that_somebody_began_with_is_taken_over_and_one_that_is_in_use_stays() {
        let mut canvas = Canvas::empty("new", Texts::new("新", "New"));
        let begun = Drawn::new("intake", "intake", Value::Null, [0.0, 0.0]);
        canvas.apply(Edit::Add(Box::new(begun))).unwrap();
        let back = canvas.apply(Edit::Insert(piece("identity"))).unwrap();
        assert_eq!(canvas.block("intake").unwrap().leads_to("complete"), Some("checks"));
        assert_eq!((canvas.start.as_deref(), canvas.blocks().len()), (Some("intake"), 25));
        assert_eq!(canvas.clone().apply(Edit::Insert(piece("identity"))).unwrap_err(), Unchanged::Same);
        canvas.apply(back).unwrap();
        assert_eq!(canvas.blocks().len(), 1);
        let own =
            Drawn::new("consent", "manual-review", json!({"queue": "own", "due_minutes": 5}), [0.0, 0.0]);
        canvas.apply(Edit::Add(Box::new(own))).unwrap();
        canvas.apply(Edit::Insert(piece("credit"))).unwrap();
        assert_eq!(canvas.block("consent").unwrap().kind, "manual-review");
    }
}

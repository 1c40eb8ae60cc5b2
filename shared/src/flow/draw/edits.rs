//! One change of a canvas, and its opposite.

use std::sync::Arc;

use serde_json::Value;

use super::accepts::Refusal;
use super::canvas::{Canvas, Drawn};
use super::clip::Clip;
use super::{ids, layout};
use crate::domain::Texts;
use crate::flow::{MAX_BLOCKS, Piece};

/// A change.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// A new block; its id is made fresh where it is taken. The first block of all becomes the start.
    Add(Box<Drawn>),
    /// These blocks go, with every connection to them.
    Remove(Vec<String>),
    /// These blocks lie elsewhere.
    Move(Vec<(String, [f64; 2])>),
    /// An outcome leads to a block.
    Connect {
        /// The block that is left.
        from: String,
        /// By which outcome.
        outcome: String,
        /// The block that is entered.
        to: String,
    },
    /// An outcome leads nowhere.
    Disconnect {
        /// The block.
        from: String,
        /// Its outcome.
        outcome: String,
    },
    /// A block's parameters.
    SetParams {
        /// The block.
        id: String,
        /// All of them.
        params: Value,
    },
    /// A block's id, and everything that names it.
    Rename {
        /// The block.
        id: String,
        /// Its new id.
        to: String,
    },
    /// How often a case may enter a block.
    SetMaxVisits {
        /// The block.
        id: String,
        /// How often; `None` for as often as it comes.
        max: Option<u16>,
    },
    /// The block that a case starts in.
    SetStart(Option<String>),
    /// The block for a customer who asks for a person.
    SetPerson(Option<String>),
    /// What the product sells.
    SetProduct(Option<Value>),
    /// The flow's name.
    SetName(Texts),
    /// The flow's key.
    SetKey(String),
    /// Copied blocks, by how much they lie beside where they were copied from.
    Paste {
        /// What was copied.
        clip: Clip,
        /// Right and down.
        by: [f64; 2],
    },
    /// A ready-made piece, where it fits those that are there and those to come.
    Insert(Box<Piece>),
    /// The canvas as it was: the opposite of any change.
    Back(Box<Canvas>),
}

/// Why an edit changed nothing. Stable codes, see [`Unchanged::code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unchanged {
    /// It is so already.
    #[error("it is so already")]
    Same,
    /// A block that it names is not there.
    #[error("there is no such block")]
    NoBlock,
    /// No proper id: a lower-case letter, then lower-case letters, digits and `_`, at most 40.
    #[error("this is no block id")]
    BadId,
    /// Another block has the id.
    #[error("another block has this id")]
    IdTaken,
    /// More blocks than a flow may have.
    #[error("a flow has at most {MAX_BLOCKS} blocks")]
    TooMany,
    /// The outcome may not lead there.
    #[error("this connection is not possible")]
    Connection(Refusal),
}

impl Unchanged {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Same => "draw_same",
            Self::NoBlock => "draw_no_block",
            Self::BadId => "draw_bad_id",
            Self::IdTaken => "draw_id_taken",
            Self::TooMany => "draw_too_many",
            Self::Connection(refusal) => refusal.code(),
        }
    }
}

impl Canvas {
    /// Makes a change and gives its opposite: applying that brings back exactly what was there.
    ///
    /// # Errors
    /// [`Unchanged`] when the change does not fit; nothing is changed then.
    pub fn apply(&mut self, edit: Edit) -> Result<Edit, Unchanged> {
        let before = self.clone();
        let done = self.change(edit);
        if done.is_ok() && *self == before {
            return Err(Unchanged::Same);
        }
        match done {
            Ok(()) => Ok(Edit::Back(Box::new(before))),
            Err(why) => {
                *self = before;
                Err(why)
            }
        }
    }

    fn change(&mut self, edit: Edit) -> Result<(), Unchanged> {
        match edit {
            Edit::Add(block) => self.add(*block)?,
            Edit::Remove(ids) => self.remove(&ids),
            Edit::Move(places) => {
                for (id, at) in places {
                    let block = self.block_mut(&id)?;
                    (block.at, block.placed) = (layout::snap(at), true);
                }
            }
            Edit::Connect { from, outcome, to } => {
                self.accepts(&from, &outcome, &to).map_err(Unchanged::Connection)?;
                let next = &mut self.block_mut(&from)?.next;
                match next.iter_mut().find(|(name, _)| *name == outcome) {
                    Some((_, old)) => *old = to,
                    None => next.push((outcome, to)),
                }
            }
            Edit::Disconnect { from, outcome } => {
                self.block_mut(&from)?.next.retain(|(name, _)| *name != outcome);
            }
            Edit::SetParams { id, params } => self.set_params(&id, params)?,
            Edit::Rename { id, to } => self.rename(&id, &to)?,
            Edit::SetMaxVisits { id, max } => {
                let block = self.block_mut(&id)?;
                block.max_visits = max;
                block.rest.shift_remove("max_visits");
                if max.is_none() {
                    block.next.retain(|(outcome, _)| outcome != "exhausted");
                }
            }
            Edit::SetStart(id) => self.start = self.known(id)?,
            Edit::SetPerson(id) => self.person = self.known(id)?,
            Edit::SetProduct(product) => self.product = product,
            Edit::SetName(name) => self.name = name,
            Edit::SetKey(key) => self.key = key,
            Edit::Paste { clip, by } => {
                for block in clip.fresh(self, by) {
                    self.add(block)?;
                }
            }
            Edit::Insert(piece) => self.insert(&piece)?,
            Edit::Back(canvas) => *self = *canvas,
        }
        Ok(())
    }

    fn add(&mut self, mut block: Drawn) -> Result<(), Unchanged> {
        if self.blocks.len() >= MAX_BLOCKS {
            return Err(Unchanged::TooMany);
        }
        block.id = ids::fresh_unless_free(&block.id, self);
        block.at = layout::snap(block.at);
        if self.blocks.is_empty() && self.start.is_none() {
            self.start = Some(block.id.clone());
        }
        self.blocks.push(Arc::new(block));
        Ok(())
    }

    fn remove(&mut self, ids: &[String]) {
        let goes = |id: &str| ids.iter().any(|gone| gone == id);
        self.blocks.retain(|block| !goes(&block.id));
        for block in &mut self.blocks {
            if block.next.iter().any(|(_, to)| goes(to)) {
                Arc::make_mut(block).next.retain(|(_, to)| !goes(to));
            }
        }
        for place in [&mut self.start, &mut self.person] {
            if place.as_deref().is_some_and(goes) {
                *place = None;
            }
        }
    }

    /// Connections of outcomes that the new parameters no longer have go; those of unknown outcomes stay until then.
    fn set_params(&mut self, id: &str, params: Value) -> Result<(), Unchanged> {
        let block = self.block_mut(id)?;
        let before = block.outcomes();
        block.params = params;
        if let (Some(before), Some(after)) = (before, block.outcomes()) {
            block.next.retain(|(outcome, _)| after.contains(outcome) || !before.contains(outcome));
        }
        Ok(())
    }

    fn rename(&mut self, id: &str, to: &str) -> Result<(), Unchanged> {
        let place = self.position(id).ok_or(Unchanged::NoBlock)?;
        if id == to {
            return Err(Unchanged::Same);
        }
        if !ids::well_formed(to) {
            return Err(Unchanged::BadId);
        }
        if self.block(to).is_some() {
            return Err(Unchanged::IdTaken);
        }
        Arc::make_mut(&mut self.blocks[place]).id = to.to_owned();
        for block in &mut self.blocks {
            let mut followed = block.as_ref().clone();
            ids::follow(&mut followed, &|other| (other == id).then(|| to.to_owned()));
            if followed != **block {
                *block = Arc::new(followed);
            }
        }
        for place in [&mut self.start, &mut self.person] {
            if place.as_deref() == Some(id) {
                *place = Some(to.to_owned());
            }
        }
        Ok(())
    }

    fn known(&self, id: Option<String>) -> Result<Option<String>, Unchanged> {
        match id {
            Some(id) if self.block(&id).is_none() => Err(Unchanged::NoBlock),
            id => Ok(id),
        }
    }

    fn block_mut(&mut self, id: &str) -> Result<&mut Drawn, Unchanged> {
        let place = self.position(id).ok_or(Unchanged::NoBlock)?;
        Ok(Arc::make_mut(&mut self.blocks[place]))
    }
}

#[cfg(test)]
mod tests;

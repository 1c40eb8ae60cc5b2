//! A canvas with its past: undo and redo without limit.

use super::canvas::Canvas;
use super::edits::{Edit, Unchanged};

/// What is being drawn, and how to get back.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    canvas: Canvas,
    undo: Vec<Edit>,
    redo: Vec<Edit>,
}

impl Drawing {
    /// Begins with a canvas; there is nothing to undo yet.
    pub fn of(canvas: Canvas) -> Self {
        Self { canvas, undo: Vec::new(), redo: Vec::new() }
    }

    /// The canvas as it now is.
    pub fn canvas(&self) -> &Canvas {
        &self.canvas
    }

    /// Makes a change. What was undone before can no longer be redone.
    ///
    /// # Errors
    /// As [`Canvas::apply`]; nothing is changed then.
    pub fn edit(&mut self, edit: Edit) -> Result<(), Unchanged> {
        let back = self.canvas.apply(edit)?;
        self.undo.push(back);
        self.redo.clear();
        Ok(())
    }

    /// Takes the last change back. Whether there was one.
    pub fn undo(&mut self) -> bool {
        Self::step(&mut self.canvas, &mut self.undo, &mut self.redo)
    }

    /// Makes the change again that was taken back last. Whether there was one.
    pub fn redo(&mut self) -> bool {
        Self::step(&mut self.canvas, &mut self.redo, &mut self.undo)
    }

    /// Whether there is something to take back.
    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Whether there is something to make again.
    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    fn step(canvas: &mut Canvas, from: &mut Vec<Edit>, to: &mut Vec<Edit>) -> bool {
        let Some(edit) = from.pop() else { return false };
        if let Ok(back) = canvas.apply(edit) {
            to.push(back);
        }
        true
    }
}

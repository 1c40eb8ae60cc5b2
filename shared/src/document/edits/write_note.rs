//! Somebody writes into the notes.

use crate::document::{Application, DocumentError, Edit, genesis::keys};
use automerge::{ROOT, ReadDoc, transaction::Transactable};

/// Longest notes, in characters.
pub const MAX_NOTE_CHARS: usize = 2_000;

impl Application {
    /// Makes the notes say this. Two people's changes are merged letter by letter: notes are the one place where that
    /// is wanted.
    ///
    /// # Errors
    /// [`DocumentError::ValueTooLong`], [`DocumentError::Sealed`], [`DocumentError::NothingChanged`].
    pub fn write_note(&mut self, text: &str) -> Result<Edit, DocumentError> {
        if text.chars().count() > MAX_NOTE_CHARS {
            return Err(DocumentError::ValueTooLong);
        }
        self.commit(|tx| {
            let (_, notes) = tx.get(ROOT, keys::NOTES)?.ok_or(DocumentError::Malformed)?;
            Ok(tx.update_text(&notes, text)?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::two_devices::*;

    #[test]
    fn two_people_write_into_the_notes_at_once_and_both_sentences_are_there() {
        let (mut a, mut b) = pair();
        a.write_note("客户下午有空。").unwrap();
        meet(&mut a, &mut b);
        a.write_note("已看车。客户下午有空。").unwrap();
        b.write_note("客户下午有空。带配偶来。").unwrap();
        meet(&mut a, &mut b);
        assert_eq!(a.view().notes, "已看车。客户下午有空。带配偶来。");
        assert_eq!(a.write_note("已看车。客户下午有空。带配偶来。"), Err(DocumentError::NothingChanged));
        assert_eq!(a.write_note(&"字".repeat(MAX_NOTE_CHARS + 1)), Err(DocumentError::ValueTooLong));
    }

    #[test]
    fn the_longest_notes_pass_where_they_are_going() {
        let (mut a, mut b) = pair();
        a.write_note(&"字".repeat(MAX_NOTE_CHARS)).unwrap();
        a.write_note(&"号".repeat(MAX_NOTE_CHARS)).unwrap();
        meet(&mut a, &mut b);
        assert_eq!(b.view().notes, "号".repeat(MAX_NOTE_CHARS));
    }
}

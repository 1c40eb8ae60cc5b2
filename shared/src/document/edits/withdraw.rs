//! The customer does not go on; the draft is kept and says so.

use super::Stamp;
use crate::document::{Application, DocumentError, Edit, Entry, genesis::keys};
use automerge::{ROOT, transaction::Transactable};

impl Application {
    /// Marks the draft as withdrawn.
    ///
    /// # Errors
    /// [`DocumentError::Sealed`] once it was handed in: then the case is withdrawn on the server.
    pub fn withdraw(&mut self, stamp: &Stamp) -> Result<Edit, DocumentError> {
        let entry = Entry::new(stamp.source.clone(), stamp.at, String::new())?;
        self.commit(|tx| Ok(tx.put(ROOT, keys::WITHDRAWN, entry.to_bytes())?))
    }
}

#[cfg(test)]
mod tests {
    use crate::document::{Field, Status, two_devices::*};

    #[test]
    fn one_withdraws_while_the_other_types_and_nothing_is_lost() {
        let (mut a, mut b) = pair();
        a.withdraw(&advisor(1, 0)).unwrap();
        b.enter_field(Field::Brand, "红旗", &advisor(2, 0)).unwrap();
        meet(&mut a, &mut b);
        assert_eq!(b.view().status, Status::Withdrawn);
        assert_eq!(shown(&a, Field::Brand), Some("红旗".into()));
    }
}

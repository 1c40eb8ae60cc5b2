//! Where a document ends, seen from the log of its changes: what is compared with the server, without opening the document.

use crate::document::{ChangeHeader, genesis_hash};
use crate::domain::ChangeHash;
use crate::protocol::sync::head_digest;
use std::collections::BTreeSet;

/// The newest changes of a log, and what the log refers to and lacks: changes may come before those that they follow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ends {
    /// Changes that no other follows.
    pub heads: BTreeSet<ChangeHash>,
    /// Changes that others follow and that are not here.
    pub awaited: BTreeSet<ChangeHash>,
}

impl Ends {
    /// A change has come into the log that was not there before; `here` says of others whether they are.
    pub fn append(&mut self, header: &ChangeHeader, here: impl Fn(ChangeHash) -> bool) {
        if !self.awaited.remove(&header.hash) {
            self.heads.insert(header.hash);
        }
        for parent in &header.dependencies {
            if !self.heads.remove(parent) && !here(*parent) {
                self.awaited.insert(*parent);
            }
        }
    }

    /// What is compared. A log with a hole ends like one without; it must not look like it, or the hole stays for ever.
    pub fn digest(&self) -> [u8; 16] {
        // The first change is in no log, because everybody has it.
        let holes = self.awaited.iter().filter(|hash| **hash != genesis_hash());
        let ends: Vec<ChangeHash> = self.heads.iter().chain(holes).copied().collect();
        head_digest(&ends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Field, two_devices};

    #[test]
    fn a_log_with_a_hole_looks_like_none_without_until_it_is_filled() {
        let (mut a, stamp) = (two_devices::device(1), two_devices::advisor(1, 0));
        let edits = [(Field::Brand, "红旗"), (Field::Model, "H5"), (Field::Keys, "2")]
            .map(|(field, text)| a.enter_field(field, text, &stamp).unwrap());
        let headers = edits.map(|edit| ChangeHeader::read(&edit.bytes).unwrap());
        for (order, whole_after_each) in [
            ([0, 1, 2], [true; 3]),
            ([2, 1, 0], [false, false, true]),
            ([0, 2, 1], [true, false, true]),
            ([1, 0, 2], [false, true, true]),
        ] {
            let (mut ends, mut here) = (Ends::default(), BTreeSet::new());
            for (came, place) in order.into_iter().enumerate() {
                here.insert(headers[place].hash);
                ends.append(&headers[place], |hash| here.contains(&hash));
                let last = order[..=came].iter().max().unwrap();
                let whole = ends.digest() == head_digest(&[headers[*last].hash]);
                assert_eq!(whole, whole_after_each[came], "{order:?} after {}", came + 1);
            }
        }
        assert_eq!(head_digest(&a.heads()), head_digest(&[headers[2].hash]));
    }
}

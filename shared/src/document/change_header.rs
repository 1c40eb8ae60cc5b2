//! The outside of a change, read by our own code: what a server has to know before it stores bytes that it never opens.
//!
//! Only the plain form travels (chunk type 1): the compressed one may swell without bound. Column run lengths are
//! counted here, because sixty bytes can claim a thousand million operations.

use super::DocumentError;
use crate::domain::ChangeHash;
use std::collections::BTreeSet;

/// Longest change, in bytes (64 KiB): a whole section with notes is below 4 KiB.
pub const MAX_CHANGE_BYTES: usize = 64 * 1024;
/// Most operations of one change: the longest note rewritten, and every field beside it.
pub const MAX_CHANGE_OPERATIONS: u64 = 10_000;
/// Most changes that one change may follow directly: as many tabs and devices as can have been apart.
pub const MAX_DEPENDENCIES: usize = 64;
/// Most other actors that one change refers to.
const MAX_OTHER_ACTORS: u64 = 256;
/// Most columns of a change; the format has about twenty.
const MAX_COLUMNS: u64 = 32;
/// Longest name of an actor, in bytes.
const MAX_ACTOR_BYTES: u64 = 32;

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const PLAIN_CHANGE: u8 = 1;
const COMPRESSED_CHANGE: u8 = 2;

/// What a change says about itself before its content is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeHeader {
    /// Its name: the SHA-256 of its content.
    pub hash: ChangeHash,
    /// The changes it follows directly.
    pub dependencies: Vec<ChangeHash>,
    /// Who made it: one boot of one tab with one document.
    pub actor: Vec<u8>,
    /// Which of the actor's changes, from 1.
    pub seq: u64,
}

impl ChangeHeader {
    /// Reads the header and counts what the columns claim.
    ///
    /// # Errors
    /// [`DocumentError`] for anything that is not exactly one plain change within the bounds.
    pub fn read(bytes: &[u8]) -> Result<ChangeHeader, DocumentError> {
        if bytes.len() > MAX_CHANGE_BYTES {
            return Err(DocumentError::TooLarge);
        }
        let mut rest = Reader(bytes);
        if rest.take(4)? != MAGIC {
            return Err(DocumentError::Malformed);
        }
        let checksum = rest.take(4)?;
        let kind_and_body = rest.0;
        match rest.byte()? {
            PLAIN_CHANGE => {}
            COMPRESSED_CHANGE => return Err(DocumentError::Compressed),
            _ => return Err(DocumentError::Malformed),
        }
        let length = rest.unsigned()?;
        if length != rest.0.len() as u64 {
            return Err(DocumentError::Malformed);
        }
        // The name is made over type, length and content: exactly the bytes after the checksum, if the length is
        // written in its shortest form, which `unsigned` insists on.
        let hash = ChangeHash::of(kind_and_body);
        if hash.to_bytes()[..4] != *checksum {
            return Err(DocumentError::Malformed);
        }
        let dependencies = rest.count(MAX_DEPENDENCIES as u64)?;
        let dependencies = (0..dependencies)
            .map(|_| {
                Ok(ChangeHash::from_bytes(rest.take(32)?.try_into().map_err(|_| DocumentError::Malformed)?))
            })
            .collect::<Result<Vec<_>, DocumentError>>()?;
        let actor = rest.prefixed(MAX_ACTOR_BYTES)?.to_vec();
        if dependencies.iter().collect::<BTreeSet<_>>().len() < dependencies.len() {
            return Err(DocumentError::Malformed); // named twice: Automerge writes each once
        }
        let seq = rest.unsigned()?;
        let start = rest.unsigned()?;
        rest.signed()?; // time
        let message = rest.unsigned()?;
        if seq == 0 || seq > u64::from(u32::MAX) || start == 0 || start > u64::from(u32::MAX) || message != 0
        {
            return Err(DocumentError::Malformed);
        }
        for _ in 0..rest.count(MAX_OTHER_ACTORS)? {
            rest.prefixed(MAX_ACTOR_BYTES)?;
        }
        rest.columns()?;
        Ok(ChangeHeader { hash, dependencies, actor, seq })
    }
}

/// The bytes not read yet.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], DocumentError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(DocumentError::Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, DocumentError> {
        Ok(self.take(1)?[0])
    }

    /// An unsigned LEB128 number in its shortest form.
    fn unsigned(&mut self) -> Result<u64, DocumentError> {
        let mut value = 0u64;
        for place in 0..10 {
            let byte = self.byte()?;
            if place == 9 && byte > 1 {
                return Err(DocumentError::Malformed);
            }
            value |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                return if byte == 0 && place > 0 { Err(DocumentError::Malformed) } else { Ok(value) };
            }
        }
        Err(DocumentError::Malformed)
    }

    /// A signed LEB128 number.
    fn signed(&mut self) -> Result<i64, DocumentError> {
        let mut value = 0i64;
        for place in 0..10 {
            let byte = self.byte()?;
            value |= i64::from(byte & 0x7f) << (7 * place).min(63);
            if byte & 0x80 == 0 {
                let width = 7 * (place + 1);
                return Ok(if byte & 0x40 != 0 && width < 64 { value | (-1 << width) } else { value });
            }
        }
        Err(DocumentError::Malformed)
    }

    fn count(&mut self, most: u64) -> Result<u64, DocumentError> {
        let count = self.unsigned()?;
        if count > most { Err(DocumentError::TooMany) } else { Ok(count) }
    }

    fn prefixed(&mut self, most: u64) -> Result<&'a [u8], DocumentError> {
        let length = self.count(most)?;
        self.take(length as usize)
    }

    /// Column by column: its rows, as its runs claim them, stay within the bound, and nothing follows the last one.
    fn columns(&mut self) -> Result<(), DocumentError> {
        let count = self.count(MAX_COLUMNS)?;
        let mut described = Vec::new();
        for _ in 0..count {
            let spec = self.unsigned()?;
            let length = self.unsigned()?;
            if spec & 0b1000 != 0 {
                return Err(DocumentError::Compressed);
            }
            described.push((spec & 0b111, usize::try_from(length).map_err(|_| DocumentError::Malformed)?));
        }
        for (kind, length) in described {
            let rows = Reader(self.take(length)?).rows(kind)?;
            if rows > MAX_CHANGE_OPERATIONS {
                return Err(DocumentError::TooMany);
            }
        }
        if self.0.is_empty() { Ok(()) } else { Err(DocumentError::Malformed) }
    }

    /// How many rows a column claims; for a group column also how many entries its rows have in sum.
    fn rows(&mut self, kind: u64) -> Result<u64, DocumentError> {
        const GROUP: u64 = 0;
        const DELTA: u64 = 3;
        const BOOLEAN: u64 = 4;
        const TEXT: u64 = 5;
        const RAW: u64 = 7;
        let mut rows = 0u64;
        if kind == RAW {
            return Ok(0);
        }
        while !self.0.is_empty() {
            if kind == BOOLEAN {
                rows = rows.saturating_add(self.unsigned()?);
                continue;
            }
            let run = self.signed()?;
            let (values, repeated) = match run {
                0 => {
                    rows = rows.saturating_add(self.unsigned()?); // so many rows without a value
                    continue;
                }
                1.. => (1, run as u64),
                _ => (run.unsigned_abs(), 1),
            };
            for _ in 0..values {
                let entries = match kind {
                    TEXT => {
                        self.prefixed(MAX_CHANGE_BYTES as u64)?;
                        1
                    }
                    DELTA => self.signed().map(|_| 1)?,
                    GROUP => self.unsigned()?.max(1),
                    _ => self.unsigned().map(|_| 1)?,
                };
                rows = rows.saturating_add(entries.saturating_mul(repeated));
                if rows > MAX_CHANGE_OPERATIONS {
                    return Err(DocumentError::TooMany);
                }
            }
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::two_devices::{self, sealed_change};
    use proptest::prelude::*;

    #[test]
    fn our_reading_agrees_with_the_librarys_on_every_kind_of_change() {
        let (a, b) = two_devices::busy();
        let mut seen = 0;
        for application in [&a, &b] {
            for bytes in application.changes_since(&[]) {
                let header = ChangeHeader::read(&bytes).unwrap();
                let theirs = automerge::Change::from_bytes(bytes).unwrap();
                assert_eq!(header.hash.to_bytes(), theirs.hash().0);
                let dependencies: Vec<_> =
                    theirs.deps().iter().map(|hash| ChangeHash::from_bytes(hash.0)).collect();
                assert_eq!(header.dependencies, dependencies);
                assert_eq!((header.actor, header.seq), (theirs.actor_id().to_bytes().to_vec(), theirs.seq()));
                seen += 1;
            }
        }
        assert!(seen > 20, "{seen} changes");
    }

    #[test]
    fn a_few_bytes_cannot_claim_a_thousand_million_operations() {
        // no dependencies, an actor, seq 1, start 1, time 0, no message, no other actors, one column of actions
        // (id 4, type 2) with one run of 2^30 times the value 1
        let column = [0x80, 0x80, 0x80, 0x80, 0x04, 0x01];
        let mut body = vec![0, 1, 7, 1, 1, 0, 0, 0, 1, 0x42, column.len() as u8];
        body.extend(column);
        assert_eq!(ChangeHeader::read(&sealed_change(&body)), Err(DocumentError::TooMany));
        // The same with nulls, booleans and groups.
        for (spec, column) in [
            (0x42, vec![0, 0x80, 0x80, 0x80, 0x80, 0x04]),
            (0x34, vec![0, 0x80, 0x80, 0x80, 0x80, 0x04]),
            (0x70, vec![1, 0x80, 0x80, 0x80, 0x80, 0x04]),
        ] {
            let mut body = vec![0, 1, 7, 1, 1, 0, 0, 0, 1, spec, column.len() as u8];
            body.extend(column);
            assert_eq!(ChangeHeader::read(&sealed_change(&body)), Err(DocumentError::TooMany), "{spec:x}");
        }
    }

    #[test]
    fn compressed_and_overlong_forms_are_refused() {
        let mut compressed = sealed_change(&[0]);
        compressed[8] = COMPRESSED_CHANGE;
        assert_eq!(ChangeHeader::read(&compressed), Err(DocumentError::Compressed));
        let deflated_column = [0, 1, 7, 1, 1, 0, 0, 0, 1, 0x4a, 0];
        assert_eq!(ChangeHeader::read(&sealed_change(&deflated_column)), Err(DocumentError::Compressed));
        assert_eq!(ChangeHeader::read(&vec![0; MAX_CHANGE_BYTES + 1]), Err(DocumentError::TooLarge));
        let many_dependencies = [0x80, 0x80, 0x04];
        assert_eq!(ChangeHeader::read(&sealed_change(&many_dependencies)), Err(DocumentError::TooMany));
    }

    proptest! {
        #![proptest_config(crate::domain::fixed_seed(64))]

        #[test]
        fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = ChangeHeader::read(&body);
            let _ = ChangeHeader::read(&sealed_change(&body));
        }

        #[test]
        fn a_changed_byte_is_noticed(which in any::<proptest::sample::Index>(), place in any::<proptest::sample::Index>(), flip in 1..=255u8) {
            let (a, _) = two_devices::busy();
            let changes = a.changes_since(&[]);
            let mut bytes = changes[which.index(changes.len())].clone();
            let place = place.index(bytes.len());
            bytes[place] ^= flip;
            prop_assert!(ChangeHeader::read(&bytes).is_err());
        }

        #[test]
        fn what_passes_and_is_still_hostile_comes_back_as_an_error(body in proptest::collection::vec(any::<u8>(), 0..60)) {
            let mut application = two_devices::device(1);
            let mut hostile = vec![0, 1, 7, 1, 1, 0, 0, 0];
            hostile.extend(body);
            let before = application.heads();
            if application.take(&[sealed_change(&hostile)]).is_err() {
                prop_assert_eq!(application.heads(), before);
            }
        }
    }
}

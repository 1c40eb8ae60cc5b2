//! What the server read on a photo that a device uploaded: proposals for a person, never facts. The device asks for it
//! (`POST /files/{photo}/reading`); nothing of it is kept at the server.

use crate::document::{Field, MAX_VALUE_BYTES, Source};
use crate::domain::PhotoId;
use serde::{Deserialize, Serialize};

/// Most proposals that are taken from one photo.
pub const MAX_PROPOSALS: usize = 32;

/// What was read on a photo.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PhotoProposals {
    /// Each field that was read; empty where nothing was.
    pub fields: Vec<Proposal>,
}

/// One field as read. Masks itself in `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The field's key.
    pub field: String,
    /// What was read.
    pub text: String,
    /// How sure the reader is, percent.
    pub confidence: u8,
    /// Where on the photo: left, top, right, bottom in thousandths.
    pub region: [u16; 4],
}

impl std::fmt::Debug for Proposal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Proposal({}: *{} chars, {} %)", self.field, self.text.chars().count(), self.confidence)
    }
}

impl PhotoProposals {
    /// From an answer's body; what this app does not know, or no field can hold, is left out.
    pub fn read(body: &[u8]) -> Option<PhotoProposals> {
        let mut all: PhotoProposals = serde_json::from_slice(body).ok()?;
        all.fields.retain(|proposal| {
            Field::from_key(&proposal.field).is_some()
                && (1..=MAX_VALUE_BYTES).contains(&proposal.text.len())
                && proposal.region.iter().all(|place| *place <= 1_000)
        });
        all.fields.truncate(MAX_PROPOSALS);
        Some(all)
    }

    /// As the application document takes them.
    pub fn entries(&self, photo: PhotoId) -> Vec<(Field, &str, Source)> {
        let mut entries = Vec::new();
        for Proposal { field, text, confidence, region } in &self.fields {
            if let Some(field) = Field::from_key(field) {
                entries.push((field, text.as_str(), Source::reader(*confidence, photo, *region)));
            }
        }
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_field_can_hold_is_left_out() {
        let proposal = |field: &str, text: String, region| Proposal {
            field: field.to_owned(),
            text,
            confidence: 250,
            region,
        };
        let sent = PhotoProposals {
            fields: vec![
                proposal("name", "王小明".into(), [1, 2, 3, 1_000]),
                proposal("name", "王小明".into(), [1, 2, 3, 1_001]),
                proposal("name", "x".repeat(MAX_VALUE_BYTES + 1), [0; 4]),
                proposal("name", String::new(), [0; 4]),
                proposal("what_a_newer_server_reads", "x".into(), [0; 4]),
            ],
        };
        let read = PhotoProposals::read(&serde_json::to_vec(&sent).unwrap()).unwrap();
        assert_eq!(read.fields, sent.fields[..1]);
        let photo = PhotoId::from_bytes([4; 16]);
        let (field, text, source) = &read.entries(photo)[0];
        assert_eq!((*field, *text), (Field::Name, "王小明"));
        assert_eq!(source, &Source::reader(100, photo, [1, 2, 3, 1_000]));
        assert_eq!(PhotoProposals::read(b"{"), None);
        assert!(!format!("{read:?}").contains('王'));
    }
}

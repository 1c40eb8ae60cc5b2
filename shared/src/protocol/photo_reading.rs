//! What the server read on a photo that a device uploaded: proposals for a person, never facts. The device asks for it
//! (`POST /files/{photo}/reading`); nothing of it is kept at the server.

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
    /// From an answer's body: without what is empty or lies outside the photo, at most [`MAX_PROPOSALS`].
    pub fn read(body: &[u8]) -> Option<PhotoProposals> {
        let mut all: PhotoProposals = serde_json::from_slice(body).ok()?;
        all.fields.retain(|proposal| {
            let [left, top, right, bottom] = proposal.region;
            !proposal.text.is_empty() && left < right && top < bottom && right.max(bottom) <= 1_000
        });
        all.fields.truncate(MAX_PROPOSALS);
        Some(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_or_outside_the_photo_is_left_out_and_nothing_is_printed() {
        let proposal = |text: &str, region| Proposal {
            field: "name".to_owned(),
            text: text.to_owned(),
            confidence: 97,
            region,
        };
        let good = proposal("王小明", [1, 2, 3, 1_000]);
        let sent = PhotoProposals {
            fields: vec![
                good.clone(),
                proposal("王小明", [1, 2, 3, 1_001]),
                proposal("王小明", [3, 2, 3, 4]),
                proposal("", [1, 2, 3, 4]),
            ],
        };
        let read = |sent: &PhotoProposals| PhotoProposals::read(&serde_json::to_vec(sent).unwrap()).unwrap();
        assert_eq!(read(&sent).fields, std::slice::from_ref(&good));
        let many = PhotoProposals { fields: vec![good; 100] };
        assert_eq!(read(&many).fields.len(), MAX_PROPOSALS);
        assert_eq!(PhotoProposals::read(b"{"), None);
        assert!(!format!("{many:?}").contains('王'));
    }
}

//! A case for tests.

use jiff::Timestamp;
use shared::app::{CaseRow, CaseView, FieldShown, FieldStanding, Safety, Stage};
use shared::document::Field;
use shared::domain::DocumentId;

pub(crate) fn case(fields: &[(Field, &str)]) -> CaseView {
    let shown = |(field, text): &(Field, &str)| FieldShown {
        key: field.key().into(),
        text: (*text).into(),
        standing: FieldStanding::Clear,
        choices: Vec::new(),
        read: None,
    };
    CaseView {
        row: CaseRow {
            document: DocumentId::from_bytes([1; 16]),
            name: String::new(),
            vehicle: String::new(),
            financed: None,
            number: None,
            stage: Stage::Draft,
            safety: Safety::Saved,
            missing: 0,
            changed_at: Timestamp::UNIX_EPOCH,
        },
        fields: fields.iter().map(shown).collect(),
        photos: Vec::new(),
        consents: Vec::new(),
        missing: Vec::new(),
        notes: String::new(),
        late: Vec::new(),
        handover: None,
        steps: Vec::new(),
    }
}

//! Why a document cannot be read or changed.

use crate::domain::lang::Lang;
use std::fmt;

/// Why a document or a change was refused. Nothing has changed then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentError {
    /// Longer than the bound for a document or a change.
    TooLarge,
    /// More operations, dependencies, changes or photos than the bound.
    TooMany,
    /// Not a change, not a document, or its checksum is wrong.
    Malformed,
    /// A compressed change: it may swell when unpacked, so only plain ones travel.
    Compressed,
    /// Reading it made the library panic; it is kept apart.
    Poisoned,
    /// Written by a newer app.
    SchemaUnknown,
    /// Two changes claim the same place of one actor.
    ActorReused,
    /// The document was handed in: what comes now belongs into an amendment.
    Sealed,
    /// The field has several values: somebody has to settle which one counts.
    InConflict,
    /// There is nothing to settle, or the chosen value is none of those shown.
    NothingToSettle,
    /// The value is longer than the field holds.
    ValueTooLong,
    /// No such photo, or it was removed.
    PhotoUnknown,
    /// Something is missing or open, so the document cannot be handed in.
    Incomplete,
    /// The document was not handed in, so there is nothing to amend.
    NotSealed,
    /// It is so already: nothing was written.
    NothingChanged,
}

impl DocumentError {
    /// Every reason.
    pub const ALL: [DocumentError; 15] = [
        Self::TooLarge,
        Self::TooMany,
        Self::Malformed,
        Self::Compressed,
        Self::Poisoned,
        Self::SchemaUnknown,
        Self::ActorReused,
        Self::Sealed,
        Self::InConflict,
        Self::NothingToSettle,
        Self::ValueTooLong,
        Self::PhotoUnknown,
        Self::Incomplete,
        Self::NotSealed,
        Self::NothingChanged,
    ];

    /// Stable code for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "document_too_large",
            Self::TooMany => "document_too_many",
            Self::Malformed => "document_malformed",
            Self::Compressed => "document_compressed",
            Self::Poisoned => "document_poisoned",
            Self::SchemaUnknown => "document_schema_unknown",
            Self::ActorReused => "document_actor_reused",
            Self::Sealed => "document_sealed",
            Self::InConflict => "document_field_in_conflict",
            Self::NothingToSettle => "document_nothing_to_settle",
            Self::ValueTooLong => "document_value_too_long",
            Self::PhotoUnknown => "document_photo_unknown",
            Self::Incomplete => "document_incomplete",
            Self::NotSealed => "document_not_sealed",
            Self::NothingChanged => "document_nothing_changed",
        }
    }

    /// What it means and what to do next.
    pub fn text(self, lang: Lang) -> &'static str {
        match self {
            Self::TooLarge => lang.pick(
                "数据过大，无法读取。请联系管理员。",
                "This is larger than an application may be. Tell the office.",
            ),
            Self::TooMany => lang.pick(
                "该申请的修改或照片过多。请新建申请。",
                "This application has too many changes or photos. Start a new one.",
            ),
            Self::Malformed => lang.pick(
                "数据已损坏。已保留原件，请联系管理员。",
                "These bytes are damaged. They are kept; tell the office.",
            ),
            Self::Compressed => lang.pick(
                "数据格式不被接受，请更新应用。",
                "This change came in a form that is not accepted. Update the app.",
            ),
            Self::Poisoned => lang.pick(
                "该修改无法读取，已隔离。请联系管理员。",
                "This change cannot be read and was set aside. Tell the office.",
            ),
            Self::SchemaUnknown => lang.pick(
                "该申请由新版应用填写，请先更新应用。",
                "A newer app wrote this application. Update the app first.",
            ),
            Self::ActorReused => lang.pick(
                "检测到设备数据被复制，已隔离。请联系管理员。",
                "A copied device wrote this change, so it was set aside. Tell the office.",
            ),
            Self::Sealed => lang.pick(
                "申请已提交，不能修改。请新建补充申请。",
                "The application was handed in and cannot change. Make an amendment.",
            ),
            Self::InConflict => lang.pick(
                "该项有多个不同的值，请先选定一个。",
                "This field has several values. Settle which one counts first.",
            ),
            Self::NothingToSettle => lang.pick(
                "该项没有需要选定的值，请刷新后再看。",
                "There is nothing to settle with this value. Look at the field again.",
            ),
            Self::ValueTooLong => {
                lang.pick("内容过长，请缩短。", "This is longer than the field holds. Shorten it.")
            }
            Self::PhotoUnknown => lang
                .pick("找不到该照片，请重新拍摄。", "This photo is not in the application. Take it again."),
            Self::Incomplete => lang.pick(
                "申请尚不完整，请按清单补齐后再提交。",
                "Something is still missing. Complete the list, then hand it in.",
            ),
            Self::NotSealed => lang.pick(
                "申请尚未提交，可直接修改。",
                "The application was not handed in yet. Edit it instead of amending it.",
            ),
            Self::NothingChanged => {
                lang.pick("内容没有变化，无需保存。", "It is so already. There is nothing to save.")
            }
        }
    }
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text(Lang::En))
    }
}

impl std::error::Error for DocumentError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_own_code_and_says_what_to_do_in_both_languages() {
        let codes: std::collections::BTreeSet<_> = DocumentError::ALL.iter().map(|e| e.code()).collect();
        assert_eq!(codes.len(), DocumentError::ALL.len());
        for error in DocumentError::ALL {
            assert!(error.code().starts_with("document_"));
            assert!(error.text(Lang::Zh).ends_with('。') && error.to_string().ends_with('.'));
        }
    }
}

//! The words of each consent, versioned: what the customer saw is what the record names.

use std::collections::BTreeMap;

use serde::Deserialize;
use sha2::{Digest, Sha256};
use shared::domain::{Purpose, Recipient, Texts};

/// All consent texts of this release.
#[derive(Debug, Deserialize)]
pub struct ConsentTexts {
    /// Version, as recorded with each consent.
    pub version: String,
    consents: BTreeMap<String, ConsentText>,
}

/// One consent's words.
#[derive(Debug, Clone, Deserialize)]
pub struct ConsentText {
    /// What is agreed to.
    pub purpose: Purpose,
    /// Towards whom: `platform`, `partner:KEY`, or `funder:*` for each named one.
    recipient: String,
    /// Days it holds.
    pub days: u16,
    /// Headline; `{name}` stands for the recipient's name.
    pub title: Texts,
    /// Which data.
    pub data: Texts,
    /// What for.
    pub aim: Texts,
    /// The full text.
    pub text: Texts,
}

/// One consent that is asked: the text, for one recipient.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Form field and key, e.g. `credit_query` or `share_with_funder:huaxia`.
    pub field: String,
    /// Key in the flow, e.g. `share_with_funder`.
    pub key: String,
    /// Towards whom.
    pub recipient: Recipient,
    /// The words.
    pub text: ConsentText,
}

impl ConsentTexts {
    /// The texts shipped with this release.
    ///
    /// # Errors
    /// When the file is malformed (found by a test).
    pub fn shipped() -> Result<Self, serde_json::Error> {
        serde_json::from_str(include_str!("../../../assets/consents/texts.json"))
    }

    /// The words behind one flow key.
    pub fn get(&self, key: &str) -> Option<&ConsentText> {
        self.consents.get(key)
    }

    /// The consents behind flow keys; `share_with_funder` becomes one for each of `funders`. Unknown keys are left out.
    pub fn asked(&self, keys: &[&str], funders: &[&str]) -> Vec<Asked> {
        let mut asked = Vec::new();
        for key in keys {
            let Some(text) = self.consents.get(*key) else { continue };
            match text.recipient.parse::<Recipient>() {
                Ok(recipient) => asked.push(Asked {
                    field: (*key).to_owned(),
                    key: (*key).to_owned(),
                    recipient,
                    text: text.clone(),
                }),
                Err(_) => asked.extend(funders.iter().map(|funder| Asked {
                    field: format!("{key}:{funder}"),
                    key: (*key).to_owned(),
                    recipient: Recipient::Funder((*funder).to_owned()),
                    text: text.clone(),
                })),
            }
        }
        asked
    }
}

impl ConsentText {
    /// Towards whom, as [`Recipient`] is written; `funder:*` for each named one.
    pub fn recipient(&self) -> &str {
        &self.recipient
    }

    /// SHA-256 (hex) of everything the customer reads, in both languages.
    pub fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        for texts in [&self.title, &self.data, &self.aim, &self.text] {
            for text in [&texts.zh, &texts.en] {
                hash.update(text.as_bytes());
                hash.update([0]);
            }
        }
        hex::encode(hash.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_texts_are_complete() {
        let texts = ConsentTexts::shipped().unwrap();
        let asked = texts.asked(
            &[
                "process_identity",
                "real_name_check",
                "credit_query",
                "issue_certificate",
                "share_with_funder",
            ],
            &["a", "b"],
        );
        assert_eq!(asked.len(), 6);
        assert_eq!(asked[5].field, "share_with_funder:b");
        assert!(texts.asked(&["surprise"], &[]).is_empty());
    }
}

//! Consents: who agreed to what, towards whom, in which words, until when. Without a covering one no partner is called.

use super::lang::Lang;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Longest text of a recipient's key or of a text version, in characters.
const MAX_KEY_CHARS: usize = 64;

/// What a person agreed to. One consent has one purpose (PIPL Art. 14, 29).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Keep and read the ID number and the photo of the card (sensitive: separate consent).
    ProcessIdentity,
    /// Ask the real-name service whether name and number belong together.
    RealNameCheck,
    /// Ask a credit bureau (征信业管理条例 Art. 18–20: written consent, agreed purpose).
    CreditQuery,
    /// Hand the application to one named funder (PIPL Art. 23).
    ShareWithFunder,
    /// Have the vehicle valued.
    VehicleValuation,
    /// Have a certificate issued by the certification authority, for signing.
    IssueCertificate,
}

impl Purpose {
    /// All purposes, in the order in which they are asked.
    pub const ALL: [Purpose; 6] = [
        Purpose::ProcessIdentity,
        Purpose::RealNameCheck,
        Purpose::CreditQuery,
        Purpose::ShareWithFunder,
        Purpose::VehicleValuation,
        Purpose::IssueCertificate,
    ];

    /// The purpose's stable name, as stored and as in flow files.
    pub fn code(self) -> &'static str {
        match self {
            Purpose::ProcessIdentity => "process_identity",
            Purpose::RealNameCheck => "real_name_check",
            Purpose::CreditQuery => "credit_query",
            Purpose::ShareWithFunder => "share_with_funder",
            Purpose::VehicleValuation => "vehicle_valuation",
            Purpose::IssueCertificate => "issue_certificate",
        }
    }

    /// The purpose with this stable name.
    pub fn from_code(code: &str) -> Option<Purpose> {
        Purpose::ALL.into_iter().find(|purpose| purpose.code() == code)
    }

    /// What the purpose is called on screen.
    pub fn text(self, lang: Lang) -> &'static str {
        match self {
            Purpose::ProcessIdentity => {
                lang.pick("处理身份证号码和证件照片", "Process ID number and card photo")
            }
            Purpose::RealNameCheck => lang.pick("实名核验", "Real-name check"),
            Purpose::CreditQuery => lang.pick("查询个人征信", "Credit query"),
            Purpose::ShareWithFunder => {
                lang.pick("向资金方提供申请信息", "Share the application with a funder")
            }
            Purpose::VehicleValuation => lang.pick("车辆评估", "Vehicle valuation"),
            Purpose::IssueCertificate => lang.pick("申请电子签名证书", "Issue a signing certificate"),
        }
    }
}

/// Towards whom a consent holds. Written `platform`, `partner:realname` or `funder:huaxing-bank`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Recipient {
    /// We ourselves.
    Platform,
    /// A partner that is not a funder, by its key.
    Partner(String),
    /// A funder, by its key.
    Funder(String),
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Recipient::Platform => f.write_str("platform"),
            Recipient::Partner(key) => write!(f, "partner:{key}"),
            Recipient::Funder(key) => write!(f, "funder:{key}"),
        }
    }
}

impl FromStr for Recipient {
    type Err = ConsentError;

    fn from_str(text: &str) -> Result<Self, ConsentError> {
        match text.split_once(':') {
            None if text == "platform" => Ok(Recipient::Platform),
            Some(("partner", key)) if is_key(key) => Ok(Recipient::Partner(key.to_owned())),
            Some(("funder", key)) if is_key(key) => Ok(Recipient::Funder(key.to_owned())),
            _ => Err(ConsentError::Recipient),
        }
    }
}

impl TryFrom<String> for Recipient {
    type Error = ConsentError;

    fn try_from(text: String) -> Result<Self, ConsentError> {
        text.parse()
    }
}

impl From<Recipient> for String {
    fn from(recipient: Recipient) -> String {
        recipient.to_string()
    }
}

/// One consent as given by the customer's own act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// What for.
    pub purpose: Purpose,
    /// Towards whom.
    pub recipient: Recipient,
    /// Which wording was shown, e.g. `credit-query/2026-01`.
    pub text_version: String,
    /// When it was given.
    pub given_at: Timestamp,
    /// The first moment at which it no longer holds.
    pub expires_at: Timestamp,
    /// When it was withdrawn; what was done before stays lawful (PIPL Art. 15).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn_at: Option<Timestamp>,
}

impl Consent {
    /// A consent given now and valid for `validity` (a parameter of the tenant, never a constant).
    ///
    /// # Errors
    /// `consent_text_version` for an empty or over-long version, `consent_validity` for a period that is not
    /// positive or ends after the calendar does.
    pub fn give(
        purpose: Purpose,
        recipient: Recipient,
        text_version: &str,
        now: Timestamp,
        validity: SignedDuration,
    ) -> Result<Consent, ConsentError> {
        if text_version.trim().is_empty() || text_version.chars().count() > MAX_KEY_CHARS {
            return Err(ConsentError::TextVersion);
        }
        if validity <= SignedDuration::ZERO {
            return Err(ConsentError::Validity);
        }
        let expires_at = now.checked_add(validity).map_err(|_| ConsentError::Validity)?;
        let text_version = text_version.to_owned();
        Ok(Consent { purpose, recipient, text_version, given_at: now, expires_at, withdrawn_at: None })
    }

    /// Whether it holds at this moment: from the moment it was given until just before it expires or is withdrawn.
    pub fn holds_at(&self, at: Timestamp) -> bool {
        let withdrawn = self.withdrawn_at.is_some_and(|moment| moment <= at);
        self.given_at <= at && at < self.expires_at && !withdrawn
    }
}

/// The consent that covers this purpose towards this recipient at this moment: the one that holds longest.
pub fn covering<'a>(
    consents: &'a [Consent],
    purpose: Purpose,
    recipient: &Recipient,
    at: Timestamp,
) -> Option<&'a Consent> {
    consents
        .iter()
        .filter(|consent| {
            consent.purpose == purpose && consent.recipient == *recipient && consent.holds_at(at)
        })
        .max_by_key(|consent| consent.expires_at)
}

/// Whether some consent covers this purpose towards this recipient at this moment.
pub fn covers(consents: &[Consent], purpose: Purpose, recipient: &Recipient, at: Timestamp) -> bool {
    covering(consents, purpose, recipient, at).is_some()
}

/// Why a consent cannot be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConsentError {
    /// The recipient's text is neither `platform` nor `partner:KEY` nor `funder:KEY`.
    #[error("Name the recipient as platform, partner:KEY or funder:KEY.")]
    Recipient,
    /// No wording named.
    #[error("Name the version of the text that was shown.")]
    TextVersion,
    /// The period is empty or endless.
    #[error("Give the consent a validity longer than zero that ends.")]
    Validity,
}

impl ConsentError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            ConsentError::Recipient => "consent_recipient",
            ConsentError::TextVersion => "consent_text_version",
            ConsentError::Validity => "consent_validity",
        }
    }
}

fn is_key(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    !text.is_empty() && text.len() <= MAX_KEY_CHARS && text.bytes().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_770_000_000 + seconds).unwrap()
    }

    fn bank() -> Recipient {
        Recipient::Funder("huaxing-bank".into())
    }

    fn given(purpose: Purpose, recipient: Recipient, from: i64, seconds: i64) -> Consent {
        Consent::give(purpose, recipient, "share/2026-01", at(from), SignedDuration::from_secs(seconds))
            .unwrap()
    }

    #[test]
    fn a_consent_covers_its_purpose_its_recipient_and_its_time_only() {
        let consents = [given(Purpose::ShareWithFunder, bank(), 10, 100)];
        for (purpose, recipient, second, covered) in [
            (Purpose::ShareWithFunder, bank(), 9, false),
            (Purpose::ShareWithFunder, bank(), 10, true),
            (Purpose::ShareWithFunder, bank(), 109, true),
            (Purpose::ShareWithFunder, bank(), 110, false),
            (Purpose::CreditQuery, bank(), 50, false),
            (Purpose::ShareWithFunder, Recipient::Funder("other-bank".into()), 50, false),
            (Purpose::ShareWithFunder, Recipient::Partner("huaxing-bank".into()), 50, false),
            (Purpose::ShareWithFunder, Recipient::Platform, 50, false),
        ] {
            assert_eq!(
                covers(&consents, purpose, &recipient, at(second)),
                covered,
                "{purpose:?} {recipient} {second}"
            );
        }
        assert!(!covers(&[], Purpose::ShareWithFunder, &bank(), at(50)));
    }

    #[test]
    fn a_withdrawn_consent_ends_at_once_and_the_longest_one_is_named() {
        let mut consents =
            [given(Purpose::CreditQuery, bank(), 0, 100), given(Purpose::CreditQuery, bank(), 0, 500)];
        assert_eq!(covering(&consents, Purpose::CreditQuery, &bank(), at(50)), Some(&consents[1]));
        consents[1].withdrawn_at = Some(at(20));
        assert_eq!(covering(&consents, Purpose::CreditQuery, &bank(), at(50)), Some(&consents[0]));
        assert_eq!(covering(&consents, Purpose::CreditQuery, &bank(), at(10)), Some(&consents[1]));
        assert_eq!(covering(&consents, Purpose::CreditQuery, &bank(), at(200)), None);
    }

    #[test]
    fn recipients_and_purposes_keep_their_text() {
        for text in ["platform", "partner:realname", "funder:huaxing-bank"] {
            assert_eq!(text.parse::<Recipient>().unwrap().to_string(), text);
        }
        for text in ["", "funder:", "funder:华兴", "bank:x", "platform:", "funder:A"] {
            assert_eq!(text.parse::<Recipient>(), Err(ConsentError::Recipient), "{text}");
        }
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::from_code(purpose.code()), Some(purpose));
            assert_eq!(serde_json::to_string(&purpose).unwrap(), format!("\"{}\"", purpose.code()));
        }
    }

    #[test]
    fn unusable_consents_are_refused() {
        let day = SignedDuration::from_hours(24);
        let give =
            |version: &str, validity| Consent::give(Purpose::CreditQuery, bank(), version, at(0), validity);
        assert_eq!(give(" ", day), Err(ConsentError::TextVersion));
        assert_eq!(give("v1", SignedDuration::ZERO), Err(ConsentError::Validity));
        assert_eq!(give("v1", SignedDuration::MAX), Err(ConsentError::Validity));
        assert!(give("v1", day).is_ok());
    }
}

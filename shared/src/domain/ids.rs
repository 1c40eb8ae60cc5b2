//! Names of things: 128-bit ids that are shown as 26 characters and may be logged.

use std::fmt;

/// Characters of an id's text: 128 bits in groups of five.
pub const ID_CHARS: usize = 26;

/// Crockford's base 32 in lower case: no i, l, o or u, so that an id survives being read aloud.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        ///
        /// Made of 16 bytes that come from outside (the caller's source of randomness); shown as 26
        /// lower-case characters in which ids sort as their bytes do.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; 16]);

        impl $name {
            /// The id made of these bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The bytes the id is made of.
            pub const fn to_bytes(self) -> [u8; 16] {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&write_id(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                read_id(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                write_id(id.0)
            }
        }

        impl From<[u8; 16]> for $name {
            fn from(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }
        }

        impl From<$name> for [u8; 16] {
            fn from(id: $name) -> [u8; 16] {
                id.0
            }
        }
    )*};
}

ids! {
    /// A company that uses the platform. Every stored row belongs to one.
    TenantId;
    /// One application for finance.
    CaseId;
    /// A natural person known to a tenant; names the person's encryption key.
    PersonId;
    /// A member of staff.
    AccountId;
    /// A customer's link. Not the link's secret token.
    LinkId;
    /// One photo handed in.
    PhotoId;
    /// One contract made for a case.
    ContractId;
    /// One application document; its devices and the server know it by this name before a case exists.
    DocumentId;
    /// One enrolled phone, tablet or browser.
    DeviceId;
    /// Whose documents belong together: a store, a team or one advisor. A device is authorised by scope.
    ScopeId;
    /// One handing-in of a document: minted by the device, so that doing it again is the same act.
    SubmissionId;
    /// A flow that somebody is composing.
    DraftId;
    /// An entry of a company's blacklist.
    ListedId;
}

/// The text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("This is not an id: copy all 26 characters of it.")]
pub struct IdError;

impl IdError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        "id_malformed"
    }
}

fn write_id(bytes: [u8; 16]) -> String {
    let mut rest = u128::from_be_bytes(bytes);
    let mut text = [0u8; ID_CHARS];
    for place in text.iter_mut().rev() {
        *place = ALPHABET[(rest & 31) as usize];
        rest >>= 5;
    }
    text.iter().map(|&byte| char::from(byte)).collect()
}

/// Only the one text that [`write_id`] writes is accepted, so that equal ids are equal texts in every URL and
/// log.
fn read_id(text: &str) -> Result<[u8; 16], IdError> {
    if text.len() != ID_CHARS {
        return Err(IdError);
    }
    let mut value: u128 = 0;
    for byte in text.bytes() {
        let digit = ALPHABET.iter().position(|&known| known == byte).ok_or(IdError)?;
        if value >> 123 != 0 {
            return Err(IdError); // the next shift would push bits out: not a 128-bit number
        }
        value = (value << 5) | digit as u128;
    }
    Ok(value.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_id_has_one_text() {
        for (bytes, text) in [
            ([0; 16], "00000000000000000000000000"),
            ([255; 16], "7zzzzzzzzzzzzzzzzzzzzzzzzz"),
            (1u128.to_be_bytes(), "00000000000000000000000001"),
        ] {
            let id = CaseId::from_bytes(bytes);
            assert_eq!(id.to_string(), text);
            assert_eq!(text.parse::<CaseId>(), Ok(id));
            assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{text}\""));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "0000000000000000000000000",
            "000000000000000000000000000",
            "8zzzzzzzzzzzzzzzzzzzzzzzzz",
            "7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
            "0000000000000000000000000o",
            "0000000000000000000000000 ",
            "秒秒秒秒秒秒秒秒00",
        ] {
            assert_eq!(text.parse::<CaseId>(), Err(IdError), "{text}");
        }
    }

    proptest! {
        #![proptest_config(crate::domain::fixed_seed(128))]
        #[test]
        fn text_and_bytes_say_the_same(left: [u8; 16], right: [u8; 16]) {
            let (a, b) = (CaseId::from_bytes(left), CaseId::from_bytes(right));
            prop_assert_eq!(a.to_string().parse::<CaseId>(), Ok(a));
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        }
    }
}

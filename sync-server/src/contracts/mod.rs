//! The contract: composed with Typst, sealed by us, signed by the customer, verified by anybody.
//!
//! In the order of a contract's life: [`Composer::compose`] → [`seal()`] → [`begin_customer_signature`] → (the
//! certificate authority signs [`Prepared::digest`]) → [`request_timestamp`] and [`attach_timestamp`] → [`finish`] →
//! [`verify()`]. Everything here is pure over bytes; time and randomness come in.

mod append;
mod articles;
pub(crate) mod certificate;
pub(crate) mod cms;
mod compose;
mod data;
mod drawn;
mod figures;
mod fonts;
mod refusal;
mod seal;
mod sign;
pub(crate) mod timestamp;
mod verify;

pub use articles::ArticleText;
pub use compose::{Composed, Composer, SignatureBox};
pub use data::{
    Charge, ChargePaid, ConsentGiven, ContractData, DisclosureConfirmed, Instalment, MAX_INSTALMENTS,
    MAX_LIST, MAX_TEXT, Organisation, Person, Product, Repayment, Terms, Vehicle,
};
pub use fonts::{Coverage, Fonts, glyphs_cover, system_font_folders};
pub use refusal::ContractError;
pub use seal::{SealKey, seal};
pub use sign::{Prepared, begin_customer_signature, finish};
pub use timestamp::{
    MAX_RESPONSE, TimestampRequest, attach_timestamp, request_test_timestamp, request_timestamp,
};
pub use verify::{MAX_FILE, Refusal, Report, Signature, Signer, TrustedRoots, verify, verify_sealed};

#[cfg(test)]
mod tests;

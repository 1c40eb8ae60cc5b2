//! Outside companies over HTTP: timeout, retry, breaker, bulkhead, idempotency.
//!
//! Where to start: [`Partners`] for the calls (one file per conversation), [`PartnerFailure`] for what can go wrong,
//! [`webhooks`] for what comes back by itself. Each partner has its own line (`line.rs`), so a slow one holds up nobody else.

mod breaker;
mod bulkhead;
mod certify;
mod check;
mod failure;
mod fund;
mod idempotency;
mod line;
mod message;
mod pace;
mod send;
mod settings;
mod value;
pub mod webhooks;

pub use breaker::{BreakerRule, BreakerState};
pub use certify::CustomerSignature;
pub use failure::{PartnerFailure, Unavailable};
pub use fund::{AskedTerms, FunderAnswer};
pub use idempotency::IdempotencyKey;
pub use line::LineState;
pub use message::{latest_code, read_inbox};
pub use settings::{BaseUrl, Partner, PartnerSettings, Partners, PartnersConfig};

#[cfg(test)]
mod tests;

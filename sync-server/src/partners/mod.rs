//! Outside companies over HTTP: timeout, retry, breaker, bulkhead, idempotency.
//!
//! Where to start: [`Partners`] for the calls (one file per conversation), [`PartnerFailure`] for what can go wrong,
//! [`webhooks`] for what comes back by itself. Each partner has its own line (`line.rs`), so a slow one holds up nobody else.
//! [`Control`] is what a company sets for a partner while the server runs; `control_room/` keeps it.

mod breaker;
mod bulkhead;
mod certify;
mod check;
mod control;
mod failure;
mod figures;
mod fund;
mod idempotency;
mod lane;
mod line;
mod message;
mod own;
mod pace;
mod partner;
mod read;
mod record;
mod send;
mod settings;
pub mod tape;
mod value;
pub mod webhooks;

pub use breaker::{BreakerRule, BreakerState};
pub use certify::CustomerSignature;
pub use control::{
    COST_FEN, Control, Hold, LateAnswers, PARK_MINUTES, PER_SECOND, QUOTA, Switch, TIMEOUT_MS, WEIGHT,
};
pub use failure::{PartnerFailure, Unavailable};
pub use figures::{Counted, TIME_CLASSES_MS};
pub use fund::{AskedTerms, FunderAnswer};
pub use idempotency::IdempotencyKey;
pub use line::LineState;
pub use message::{latest_code, read_inbox};
pub use own::OwnLine;
pub use partner::{OWN, Partner};
pub use read::{Question, ReadAs};
pub use record::{Heard, LONGEST_KEPT, Recording, Said};
pub use settings::{BaseUrl, PartnerSettings, Partners, PartnersConfig};

#[cfg(test)]
mod tests;

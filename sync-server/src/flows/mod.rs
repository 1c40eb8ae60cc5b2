//! The flows of a company, and the durable driver of their runs.
//!
//! From an idea to a live version: `drafts.rs`, `submit.rs`, `decide.rs`, `release.rs`; `rules.rs` holds what a company
//! asks of its flows besides the platform; `choose.rs` says which version a new case gets, `watch_canary.rs` takes a bad
//! one back by itself. `history.rs` reads what cases went through: to try a version on them before it goes live
//! (`retried.rs`), to estimate a draft (`estimated.rs`), and to move running ones to the live version (`moving.rs`). Every
//! company starts with what `shipped.rs` holds.
//!
//! Running: `shared::flow::step` says what follows from an event; [`journal`] makes that durable in the caller's commit;
//! [`Driver`] carries out what the step asked for and brings the result back as the next event. After a crash the
//! driver finds in `tasks` what was still to do, and does it again under the same idempotency keys.

mod choose;
pub mod decide;
mod described;
pub mod diff;
pub mod drafts;
mod driver;
mod estimated;
pub mod figures;
pub mod history;
pub mod journal;
mod library;
pub mod moving;
pub mod release;
pub mod retried;
mod routes;
pub mod rules;
mod shipped;
pub mod submit;
pub mod versions;
mod watch_canary;

pub use choose::{Chosen, choose, chosen, live, on_offer};
pub use described::schemas;
pub use driver::{Driver, News, Perform, Performed, Record, Work};
pub use library::Library;
pub(crate) use routes::new_id;
pub use routes::{DRAFT_BYTES, routes};
pub use shipped::{PLATFORM, SHIPPED, give, give_to_all};
pub use watch_canary::{Counted, Why, verdict, watch_canaries};

/// A kind of block as the designer calls it; its key where there is no such kind.
pub fn kind_name(key: &str, lang: shared::domain::Lang) -> String {
    shared::flow::kind(key).map_or_else(|| key.to_owned(), |kind| kind.name().get(lang).to_owned())
}

#[cfg(test)]
mod tests;

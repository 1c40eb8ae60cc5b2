//! The durable driver of a flow's run.
//!
//! `shared::flow::step` says what follows from an event; [`journal`] makes that durable in the caller's commit;
//! [`Driver`] carries out what the step asked for and brings the result back as the next event. After a crash the
//! driver finds in `tasks` what was still to do, and does it again under the same idempotency keys.

mod driver;
pub mod journal;
mod library;

pub use driver::{Driver, News, Perform, Performed, Record, Work};
pub use library::Library;

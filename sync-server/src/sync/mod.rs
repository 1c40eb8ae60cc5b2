//! The server's end of `/sync`: [`shared::sync::Session`] decides, this folder carries out.
//!
//! Where to start: `connection.rs` is one device's connection; `commit.rs` is the write transaction behind a push or a
//! submission, on what `ledger.rs` shows of the store; `read.rs` is what devices are sent; `rescued.rs`
//! takes in what a person brought of a device's. Nothing here merges documents:
//! only a repair and what becomes of a submission look into one, in a child process of its own (`repair.rs`).

mod commit;
mod connection;
mod handed_in;
mod ledger;
mod news;
mod read;
mod repair;
mod rescued;
mod routes;
mod take_over;

pub use news::{News, NewsDesk};
pub(crate) use repair::Unread;
pub use repair::{Repairs, worker_main};
pub use routes::routes;

pub(crate) use commit::Means;
pub(crate) use handed_in::HandedIn;
pub(crate) use read::{all_changes, device as known_device, receipt_of, submission_of};
pub(crate) use rescued::{TakenIn, take_in};
pub(crate) use take_over::take_over;

//! The server's end of `/sync`: [`shared::sync::Session`] decides, this folder carries out.
//!
//! Where to start: `connection.rs` is one device's connection; `commit.rs` is the write transaction behind a push or a
//! submission, on what `ledger.rs` shows of the store; `read.rs` is what devices are sent. Nothing here merges documents:
//! only a repair looks into one, in a child process of its own (`repair.rs`).

mod commit;
mod connection;
mod ledger;
mod news;
mod read;
mod repair;
mod routes;

pub use news::{News, NewsDesk};
pub use repair::{Repairs, worker_main};
pub use routes::routes;

pub(crate) use read::{device as known_device, receipt_of};

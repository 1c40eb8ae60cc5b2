//! What companies' own systems are told: Standard Webhooks out, each kept until it was taken or three days have passed.
//!
//! Where to start: `tell.rs` for what is said of a case, `deliver.rs` for when it is sent, `address.rs` for where
//! nothing is ever sent to. The other way round, what partners send us, is in `partners/webhooks.rs`.

mod address;
mod deliver;
pub(crate) mod endpoints;
mod guard;
mod post;
mod routes;
mod tell;

use deliver::Bell;
use post::Line;

pub(crate) use deliver::deliver_all;
pub(crate) use guard::Guard;
pub use routes::routes;
pub(crate) use tell::{Event, room, tell};

/// What sends messages out, and what wakes it.
#[derive(Clone)]
pub struct Outgoing {
    line: Line,
    bell: Bell,
}

impl Outgoing {
    /// Over this machine's own network. `loopback`: also to this machine, without `https`.
    pub(crate) fn system(loopback: bool) -> Self {
        Self { line: Line::system(loopback), bell: Bell::default() }
    }

    /// Whether this machine's own addresses may be told.
    pub(crate) fn tells_loopback(&self) -> bool {
        self.line.loopback
    }

    /// The same care for other connections that somebody at a company has a say in.
    pub(crate) fn guard(&self) -> Guard {
        Guard::over(self.line.clone())
    }

    /// Something was noted: it goes out at once.
    pub(crate) fn ring(&self) {
        self.bell.ring();
    }
}

#[cfg(test)]
mod program_tests;
#[cfg(test)]
mod tests;

//! Devices, a server and everything that can go wrong between them, played out from a seed: days of simulated time in
//! milliseconds of ours, the same for everybody.
//!
//! Where to start: [`run`] plays one seed and says what went wrong, [`run_many`] many of them on every core; `world.rs` is the clock and the events; `model.rs` is
//! the naive truth that the real code is compared with after every step; `act.rs` draws what people and fate do.
//!
//! A [`Sabotage`] breaks one promise on purpose: tests use it to show that the simulation would notice.

mod act;
mod check;
mod device;
mod disk;
mod many;
mod model;
mod network;
mod server;
mod world;

pub use many::{Sum, run_many};
pub use world::{Outcome, run, run_sabotaged};

/// A promise broken on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// The server acknowledges a push before its commit.
    AckBeforeDurable,
    /// The device's storage forgets an outbox row when it is sent, not when it is acknowledged.
    ForgetWhenSent,
    /// The device tells the machine that something is stored before it is.
    ConfirmBeforeStored,
    /// A field shows one of two concurrent values.
    ShowOneOfTwo,
    /// The server counts a submission as complete without looking at its photos' digests.
    CompleteUnseen,
    /// A tab opens a document under an actor that was used before.
    ReuseActors,
}

impl Sabotage {
    /// All of them.
    pub const ALL: [Sabotage; 6] = [
        Sabotage::AckBeforeDurable,
        Sabotage::ForgetWhenSent,
        Sabotage::ConfirmBeforeStored,
        Sabotage::ShowOneOfTwo,
        Sabotage::CompleteUnseen,
        Sabotage::ReuseActors,
    ];
}

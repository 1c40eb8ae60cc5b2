//! What every request can reach.

use std::sync::Arc;

use crate::{config::Config, crypt::Keys, store::Store, world::World};

/// The running system, shared by all requests and background work.
#[derive(Clone)]
pub struct App {
    /// Settings of this process.
    pub config: Arc<Config>,
    /// Time, randomness, outgoing HTTP.
    pub world: World,
    /// The data folder.
    pub store: Store,
    /// Keys of personal columns.
    pub keys: Keys,
}

//! What every request can reach.

use std::sync::Arc;

use crate::{
    cases::products::Products,
    config::Config,
    contracts::{Composer, SealKey},
    crypt::Keys,
    flows::Driver,
    partners::Partners,
    photos::PhotoWorkers,
    store::Store,
    world::World,
};

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
    /// Moves cases forward.
    pub driver: Driver,
    /// What is on offer.
    pub products: Arc<Products>,
    /// Child processes that decode and read photos.
    pub photos: PhotoWorkers,
    /// Outside companies.
    pub partners: Arc<Partners>,
    /// Sets contracts.
    pub composer: Arc<Composer>,
    /// Seals them.
    pub seal_key: Arc<SealKey>,
}

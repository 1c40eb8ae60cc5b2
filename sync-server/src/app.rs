//! What every request can reach.

use std::sync::{Arc, OnceLock};

use anyhow::Context;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{config::Config, crypt::Keys, demo::Card, http::limits::Limits, ops::Workers, store::Store, world::World};

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
    /// Allowances of callers.
    pub limits: Limits,
    /// Places for requests under way.
    pub places: Arc<Semaphore>,
    /// Background work that must be up for the server to be ready.
    pub workers: Workers,
    /// Cancelled when the server stops: open event streams end, background work finishes its step.
    pub stopping: CancellationToken,
    /// How to get into the demo, once it is ready; never set without `--demo`.
    pub demo: Arc<OnceLock<Card>>,
}

impl App {
    /// Takes the data folder, reads or makes the keys and puts the rest together.
    ///
    /// # Errors
    /// When the folder is in use, was written by a newer release, or the keys cannot be read.
    pub fn open(config: Config, world: World) -> anyhow::Result<Self> {
        let store = Store::open(&config.data)?;
        let key_path = config.key_path();
        let keys = Keys::open_or_create(&key_path, &world.random)
            .with_context(|| format!("the key file {} cannot be used", key_path.display()))?;
        let config = Arc::new(config);
        Ok(Self {
            limits: Limits::new(config.clone(), world.clock.clone()),
            places: Arc::new(Semaphore::new(config.requests_at_once)),
            workers: Workers::default(),
            stopping: CancellationToken::new(),
            demo: Arc::default(),
            config,
            world,
            store,
            keys,
        })
    }
}

//! What every request can reach, and how it is put together.

use std::sync::{Arc, OnceLock};

use anyhow::Context;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{
    cases::{self, callbacks::Arrivals, perform::Performers, products::Products},
    config::Config,
    contracts::{Composer, Fonts, SealKey},
    crypt::Keys,
    demo::Card,
    flows::{Driver, Library},
    http::limits::Limits,
    ops::Workers,
    partners::Partners,
    photos::PhotoWorkers,
    store::{Store, StoreError},
    world::World,
};

/// The company's name in the certificate of its seal, until a tenant brings its own.
const SEAL_NAME: &str = "Miaopi";

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
    /// Wakes blocks that wait for a partner's own answer.
    pub arrivals: Arrivals,
    /// Sets contracts.
    pub composer: Arc<Composer>,
    /// Seals them.
    pub seal_key: Arc<SealKey>,
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
    /// Takes the data folder, reads or makes the keys and puts the rest together. Nothing moves yet: see
    /// [`App::begin`].
    ///
    /// # Errors
    /// When the folder is in use, was written by a newer release, or keys or fonts cannot be read.
    pub fn open(config: Config, world: World) -> anyhow::Result<Self> {
        let store = Store::open(&config.data)?;
        let key_path = config.key_path();
        let keys = Keys::open_or_create(&key_path, &world.random)
            .with_context(|| format!("the key file {} cannot be used", key_path.display()))?;
        let seal_key = seal_key(&config, &world)?;
        let fonts = Fonts::find(&config.font_dirs)?;
        let products = Products::shipped()?;
        let partners = match config
            .partners
            .read(products.funders.funders().iter().map(|funder| funder.key.as_str()))
            .map_err(anyhow::Error::msg)?
        {
            Some(settings) => Partners::new(settings, world.clone()),
            None => Partners::none(world.clone()),
        };
        let config = Arc::new(config);
        let performers = Performers::default();
        let driver =
            Driver::new(store.clone(), world.clone(), Library::default(), Box::new(performers.clone()));
        let app = Self {
            products: Arc::new(products),
            photos: PhotoWorkers::start(std::env::current_exe()?, config.photo_workers),
            partners: Arc::new(partners),
            arrivals: Arrivals::default(),
            composer: Arc::new(Composer::new(fonts)?),
            seal_key: Arc::new(seal_key),
            limits: Limits::new(config.clone(), world.clock.clone()),
            places: Arc::new(Semaphore::new(config.requests_at_once)),
            workers: Workers::default(),
            stopping: CancellationToken::new(),
            demo: Arc::default(),
            config,
            world,
            store,
            keys,
            driver,
        };
        performers.connect(app.clone());
        Ok(app)
    }

    /// Puts the shipped flows into the library and takes up what was under way before a restart.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn begin(&self) -> anyhow::Result<()> {
        let (products, now) = (self.products.clone(), self.world.clock.now());
        self.store
            .write(move |conn| {
                for (key, definition) in products.definitions() {
                    Library::add(conn, key, definition, now)?;
                }
                Ok::<_, StoreError>(())
            })
            .await?;
        self.driver.resume().await?;
        cases::sign::resume(self).await?;
        cases::code::resume(self).await?;
        tokio::spawn(cases::deliver_codes(self.clone()));
        Ok(())
    }
}

/// The company's seal: made at first start, kept beside the master key.
fn seal_key(config: &Config, world: &World) -> anyhow::Result<SealKey> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let path = config.data.join("seal.pem");
    if path.exists() {
        return Ok(SealKey::from_pem(&std::fs::read_to_string(&path)?)?);
    }
    let key = SealKey::generate(&mut world.random.clone(), world.clock.now(), SEAL_NAME)?;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    file.write_all(key.to_pem()?.as_bytes())?;
    file.sync_all()?;
    std::fs::write(config.data.join("seal-root.pem"), key.root_pem()?)?;
    Ok(key)
}

//! What every request can reach, and how it is put together.

use std::sync::{Arc, OnceLock};

use anyhow::bail;
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{
    audit,
    captures::Writing,
    cases::{self, callbacks::Arrivals, perform::Performers, products::Products, sign::Signing},
    config::Config,
    contracts::{Composer, Fonts, SealKey},
    control_room,
    crypt::{self, Keys},
    demo::Card,
    devices,
    flows::{self, Driver, Library},
    http::{built_files::BuiltFiles, limits::Limits},
    numbers,
    ops::{Readiness, Workers},
    outgoing::{self, Outgoing},
    own_funders,
    partners::Partners,
    photos::PhotoWorkers,
    store::{Folder, Store},
    submissions,
    sync::{NewsDesk, Repairs},
    world::World,
};

/// The company's name in the certificate of its seal, until a tenant brings its own.
const SEAL_NAME: &str = "Miaopi";
/// Where in `meta` the seal's fingerprint stands.
pub(crate) const SEAL_FINGERPRINT: &str = "seal";

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
    /// Counts what is sent in a partner's name and refused.
    pub refusals: cases::Refusals,
    /// The advisor's app for the browser.
    pub advisor_app: BuiltFiles,
    /// The flow designer for the browser.
    pub designer: BuiltFiles,
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
    /// Whether the store took a change a moment ago.
    pub readiness: Readiness,
    /// Signatures that are being finished.
    pub signing: Signing,
    /// What connected devices hear of.
    pub news: NewsDesk,
    /// Wakes what makes cases of submissions.
    pub submissions: submissions::Bell,
    /// Slices of devices' photos that are being taken in.
    pub writing: Writing,
    /// Child processes that look into documents which differ from a device's.
    pub repairs: Repairs,
    /// Tells companies' own systems what happens.
    pub outgoing: Outgoing,
    /// Cancelled when the server stops: open event streams end, background work finishes its step.
    pub stopping: CancellationToken,
    /// How to get into the demo, once it is ready; never set without `--demo`.
    pub demo: Arc<OnceLock<Card>>,
}

impl App {
    /// Takes the data folder and opens it: see [`App::open_in`].
    ///
    /// # Errors
    /// When the folder is in use, and as [`App::open_in`].
    pub fn open(config: Config, world: World) -> anyhow::Result<Self> {
        Self::open_in(Folder::take(&config.data)?, config, world)
    }

    /// Reads or makes the keys of a folder that was taken before and puts the rest together. Nothing moves yet: see
    /// [`App::begin`].
    ///
    /// # Errors
    /// When the folder was written by a newer release or with other keys, or keys or fonts cannot be read.
    pub fn open_in(folder: Folder, config: Config, world: World) -> anyhow::Result<Self> {
        let workers = Workers::default();
        let mut opened = None;
        let store = Store::open_in(folder, workers.running("store"), |conn| {
            let keys = open_keys(conn, &config, &world)?;
            let chain = keys.audit_chain();
            opened = Some((keys, seal_key(conn, &config, &world)?));
            Ok::<_, anyhow::Error>(Some(chain))
        })?;
        let Some((keys, seal_key)) = opened else { bail!("the keys were not opened") };
        let fonts = Fonts::find(&config.font_dirs)?;
        let products = Products::shipped()?;
        let partners = match config
            .partners
            .read(products.shipped_funders().funders().iter().map(|funder| funder.key.as_str()))
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
            photos: PhotoWorkers::start_watched(std::env::current_exe()?, config.photo_workers, &workers),
            partners: Arc::new(partners),
            arrivals: Arrivals::default(),
            refusals: cases::Refusals::default(),
            advisor_app: config
                .app_folder()
                .map_or_else(|| Ok(BuiltFiles::default()), |folder| BuiltFiles::read(&folder))?,
            designer: config
                .designer_folder()
                .map_or_else(|| Ok(BuiltFiles::default()), |folder| BuiltFiles::read(&folder))?,
            composer: Arc::new(Composer::new(fonts)?),
            seal_key: Arc::new(seal_key),
            limits: Limits::new(config.clone(), world.clock.clone()),
            places: Arc::new(Semaphore::new(config.requests_at_once)),
            workers,
            readiness: Readiness::default(),
            signing: Signing::default(),
            news: NewsDesk::default(),
            submissions: submissions::Bell::default(),
            writing: Writing::default(),
            repairs: Repairs::new(std::env::current_exe()?),
            outgoing: Outgoing::system(config.tells_loopback()),
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

    /// Gives each company the shipped flows that it has not and takes up what was under way before a restart.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn begin(&self) -> anyhow::Result<()> {
        let now = self.world.clock.now();
        self.store.write(move |conn| flows::give_to_all(conn, now)).await?;
        self.store.write(devices::end_visits).await?;
        control_room::begin(self).await?;
        control_room::recording::begin(self).await?;
        own_funders::begin(self).await?;
        self.driver.resume_watched(self.workers.running("due times")).await?;
        cases::sign::resume(self).await?;
        cases::code::resume(self).await?;
        tokio::spawn(cases::deliver_codes(self.clone()));
        tokio::spawn(submissions::tell_of_cases(self.clone()));
        tokio::spawn(submissions::settle_all(self.clone()));
        tokio::spawn(flows::watch_canaries(self.clone()));
        tokio::spawn(cases::review::pending::settle_all(self.clone()));
        tokio::spawn(numbers::keep_up(self.clone()));
        tokio::spawn(cases::words::keep_up(self.clone()));
        tokio::spawn(outgoing::deliver_all(self.clone()));
        tokio::spawn(control_room::recording::keep_up(self.clone()));
        tokio::spawn(audit::head::keep(self.clone()));
        Ok(())
    }
}

/// The master key that the database was written with; from now on every audit row is sealed with what follows from it.
///
/// # Errors
/// When it is missing or another one.
pub(crate) fn open_keys(conn: &Connection, config: &Config, world: &World) -> anyhow::Result<Keys> {
    let keys = crypt::keys_of(conn, &config.key_path(), &world.random)?;
    audit::seal::begin(conn, &keys.audit_chain())?;
    Ok(keys)
}

/// The company's seal: made at first start, kept beside the master key. One that sealed contracts is never replaced
/// silently.
fn seal_key(conn: &Connection, config: &Config, world: &World) -> anyhow::Result<SealKey> {
    let (path, root) = (config.data.join("seal.pem"), config.data.join("seal-root.pem"));
    let sealed: i64 = conn.query_row("SELECT count(*) FROM contracts", [], |row| row.get(0))?;
    if !path.exists() {
        if sealed > 0 {
            bail!(
                "the seal {} is missing, and {sealed} contracts were sealed with it; put the file back from its copy",
                path.display()
            );
        }
        let key = SealKey::generate(&mut world.random.clone(), world.clock.now(), SEAL_NAME)?;
        crypt::write_secret(&path, key.to_pem()?.as_bytes())?;
        std::fs::write(&root, key.root_pem()?)?;
    }
    let key = SealKey::from_pem(&std::fs::read_to_string(&path)?)?;
    if !root.exists() {
        std::fs::write(&root, key.root_pem()?)?;
    }
    let fingerprint = seal_fingerprint(&key)?;
    let noted: Option<String> = conn
        .query_row("SELECT value FROM meta WHERE key = ?1", [SEAL_FINGERPRINT], |row| row.get(0))
        .optional()?;
    if sealed > 0 && noted.is_some_and(|noted| noted != fingerprint) {
        bail!(
            "the seal {} is not the one that {sealed} contracts were sealed with; put the right file back, or say with \
             `miaopi admin new-seal` that this one is to be used from now on",
            path.display()
        );
    }
    conn.execute(
        "INSERT OR REPLACE INTO meta(key, value) VALUES (?1, ?2)",
        [SEAL_FINGERPRINT, &fingerprint],
    )?;
    Ok(key)
}

/// Recognises a seal by its root.
///
/// # Errors
/// When the root cannot be written as PEM.
pub(crate) fn seal_fingerprint(key: &SealKey) -> anyhow::Result<String> {
    Ok(hex::encode(Sha256::digest(key.root_pem()?)))
}

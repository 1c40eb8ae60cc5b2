//! `miaopi lab`: the partner lab as a process of its own, with its keys in its own folder.

use std::{
    io::Write,
    net::SocketAddr,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use rand::{SeedableRng, rngs::StdRng};
use serde::{Deserialize, Serialize};
use shared::{
    domain::{Funder, FunderCatalogue, Personality as Usually},
    protocol::partners::PartnerToken,
};
use tokio::net::TcpListener;

use crate::{
    config::{Config, Secret},
    lab::{Authorities, LabConfig, Pace, Personality, Reel, Registry, ca::Ca, serve, tsa::Tsa},
    partners::webhooks::WebhookSecret,
    world::World,
};

/// The lab's keys.
const KEYS: &str = "lab.json";
/// The invented people of the sample cards, whom the real-name check knows when no other registry is given.
const SAMPLE_PEOPLE: &[u8] = include_bytes!("../../../assets/cards/registry.json");
/// Largest recording read, bytes.
const MAX_RECORDING: u64 = 128 * 1024 * 1024;
/// Largest registry read, bytes.
const MAX_REGISTRY: u64 = 256 * 1024 * 1024;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:7001")]
    addr: SocketAddr,
    /// Folder for the lab's keys; made when missing.
    #[arg(long, value_name = "DIR", default_value = "miaopi-lab")]
    data: PathBuf,
    /// JSON array of id_number and name: the people whom the real-name check knows.
    #[arg(long, value_name = "FILE")]
    registry: Option<PathBuf>,
    /// Seed of drawn errors.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Answer at once, for measurements.
    #[arg(long)]
    instant: bool,
    /// Let a partner answer as it did in this recording, downloaded from the control room; may be given once for each
    /// partner. After the last recorded answer it answers as usual.
    #[arg(long, value_name = "FILE")]
    replay: Vec<PathBuf>,
}

/// What the lab asks for and signs with, made at its first start.
#[derive(Serialize, Deserialize)]
pub(crate) struct Keys {
    /// Bearer token that every partner asks for.
    #[serde(serialize_with = "plain")]
    pub(crate) api_key: Secret,
    /// `whsec_…`, signs callbacks.
    #[serde(serialize_with = "plain")]
    pub(crate) webhook_secret: Secret,
}

fn plain<S: serde::Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.reveal())
}

impl Keys {
    /// Reads the keys in a lab's folder.
    ///
    /// # Errors
    /// When the lab has not made them.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let file = folder.join(KEYS);
        let text = std::fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{} is not the lab's key file", file.display()))
    }
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    super::logging::start(&Config::load(None, Vec::new())?)?;
    super::runtime()?.block_on(async {
        let world = World::system()?;
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&args.data)?;
        let keys = keys(&args.data, &world)?;
        let secret = WebhookSecret::parse(keys.webhook_secret.reveal()).map_err(anyhow::Error::msg)?;
        let mut config = LabConfig::new(world.clone(), keys.api_key.reveal().into(), secret);
        config.seed = args.seed;
        config.pace = if args.instant { Pace::Instant } else { Pace::Lifelike };
        config.registry = registry(args.registry.as_deref())?;
        config.funders.extend(shipped_funders()?);
        config.reel = reel(&args.replay)?;
        config.authorities = Some(authorities(&args.data, &world)?);
        let listener =
            TcpListener::bind(args.addr).await.with_context(|| format!("cannot listen on {}", args.addr))?;
        println!("miaopi lab listens on http://{}", listener.local_addr()?);
        tokio::select! {
            ended = serve(listener, config) => ended?,
            () = super::serve::told_to_stop() => {}
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn keys(folder: &Path, world: &World) -> anyhow::Result<Keys> {
    if !folder.join(KEYS).exists() {
        let keys = Keys {
            api_key: Secret::new(format!("lab_{}", hex::encode(world.random.bytes::<24>()))),
            webhook_secret: Secret::new(String::from(WebhookSecret::from_bytes(world.random.bytes()))),
        };
        write_private(&folder.join(KEYS), &serde_json::to_vec_pretty(&keys)?)?;
    }
    Keys::read(folder)
}

/// The shipped funders as the lab plays them.
fn shipped_funders() -> anyhow::Result<Vec<(PartnerToken, Personality)>> {
    let catalogue = FunderCatalogue::parse(include_str!("../../../assets/funders/catalogue.json"))?;
    let played = |funder: &Funder| {
        let personality = match funder.personality {
            Usually::Prime => Personality::Quick,
            Usually::Standard => Personality::Patient,
            Usually::Flexible => Personality::Generous,
        };
        Ok((PartnerToken::parse(funder.key.as_str())?, personality))
    };
    catalogue.funders().iter().map(played).collect()
}

fn registry(file: Option<&Path>) -> anyhow::Result<Registry> {
    let Some(file) = file else {
        return Registry::from_json(SAMPLE_PEOPLE).map_err(anyhow::Error::msg);
    };
    let length = std::fs::metadata(file).with_context(|| format!("{} cannot be read", file.display()))?.len();
    anyhow::ensure!(length <= MAX_REGISTRY, "{} is too large for a registry", file.display());
    Registry::from_json(&std::fs::read(file)?).map_err(anyhow::Error::msg)
}

fn reel(files: &[PathBuf]) -> anyhow::Result<Reel> {
    let mut reel = Reel::default();
    for file in files {
        let name = file.display();
        let length = std::fs::metadata(file).with_context(|| format!("{name} cannot be read"))?.len();
        anyhow::ensure!(length <= MAX_RECORDING, "{name} is too large for a recording");
        let text = std::fs::read_to_string(file).with_context(|| format!("{name} cannot be read"))?;
        reel.add(&text).map_err(|error| anyhow::anyhow!("{name}: {error}"))?;
    }
    Ok(reel)
}

/// The authorities keep their keys, so that contracts signed yesterday verify today.
fn authorities(folder: &Path, world: &World) -> anyhow::Result<Authorities> {
    let now = world.clock.now();
    let mut rng = StdRng::from_seed(world.random.bytes());
    let (ca_file, tsa_file) = (folder.join("ca.pem"), folder.join("tsa.pem"));
    if !ca_file.exists() || !tsa_file.exists() {
        let ca = Ca::generate(&mut rng, now)?;
        write_private(&tsa_file, ca.issue_tsa(&mut rng, now)?.to_pem()?.as_bytes())?;
        write_private(&ca_file, ca.to_pem()?.as_bytes())?;
    }
    let ca = Ca::from_pem(&std::fs::read_to_string(&ca_file)?)?;
    let tsa = Tsa::from_pem(&std::fs::read_to_string(&tsa_file)?)?;
    Ok(Authorities::of(ca, tsa, world.random.clone())?)
}

fn write_private(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let _ = std::fs::remove_file(file);
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    out.write_all(bytes)?;
    Ok(out.sync_all()?)
}

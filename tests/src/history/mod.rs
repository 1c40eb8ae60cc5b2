//! Weeks of invented cases in a data folder, as a company would have them: for the page of numbers, for lists that must
//! stay quick, and to look at. Everything follows from a seed and a moment.
//!
//! Where to start: [`write()`] puts them into the folder of a server that has been started once and does not run. `ways.rs`
//! has the ways that cases take, walked by the machine that walks real ones; `draw.rs` draws one case; `rows.rs` writes
//! it. They tell a story: on the last whole day [`STORY_FUNDER`] says no to most of what it is asked, and nothing else is
//! otherwise.
//!
//! What real cases have beside this is left out: photos, contracts, the audit of each step. Ids go up with time, so that a
//! million are written in minutes; those of real cases are random.

mod devices;
mod draw;
mod rows;
mod ways;

use std::path::Path;

use anyhow::{Context, Result};
use jiff::Timestamp;
use miaopi::{
    crypt::Keys,
    store::{Folder, Store, StoreError},
    world::World,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

pub use devices::write_devices;
use draw::Company;
use rows::Writer;
use ways::Ways;

/// The funder of the story.
pub const STORY_FUNDER: &str = "chebao-auto-finance";
/// Cases in one commit.
const AT_ONCE: u64 = 2_000;

/// What is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// How many cases.
    pub cases: u64,
    /// Over how many days before `until`.
    pub days: u32,
    /// Everything random follows from it.
    pub seed: u64,
    /// The moment up to which cases were opened.
    pub until: Timestamp,
}

/// Writes the cases into the folder of the demo's company.
///
/// # Errors
/// When there is no such folder, a server owns it, or it cannot be written.
pub async fn write(data: &Path, wanted: Wanted) -> Result<()> {
    let world = World::system()?;
    let (store, keys) = open(data)?;
    let company = store.read(|conn| Company::read(conn).map_err(rows::as_problem)).await?;
    let mut random = ChaCha8Rng::seed_from_u64(wanted.seed);
    let company = store
        .write({
            let mut random = random.clone();
            move |conn| company.with_advisors(conn, &mut random).map_err(rows::as_problem)
        })
        .await?;
    let mut writer = Some(Writer::new(keys, world, Ways::walked()?, company)?);
    let mut done = 0;
    while done < wanted.cases {
        let some = AT_ONCE.min(wanted.cases - done);
        let Some(mut this) = writer.take() else { break };
        let drawn: Vec<_> = (done..done + some)
            .map(|place| draw::case(&mut random, &this.company, &this.ways, wanted, place))
            .collect();
        let back = store
            .write(move |conn| {
                for case in &drawn {
                    this.write(conn, case).map_err(rows::as_problem)?;
                }
                Ok::<_, miaopi::problem::Problem>(this)
            })
            .await?;
        writer = Some(back);
        done += some;
    }
    Ok(())
}

/// The store of a folder that has been served once and that no server owns.
fn open(data: &Path) -> Result<(Store, Keys)> {
    let folder = Folder::take(data)?;
    let keys = Keys::open(&data.join("master.key"))?.context("the folder was never served")?;
    let chain = keys.audit_chain();
    Ok((Store::open_in(folder, (), |_| Ok::<_, StoreError>(Some(chain)))?, keys))
}

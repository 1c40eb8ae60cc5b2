//! Writes weeks of invented cases into the data folder of a demo that has been served once and is stopped:
//! `cargo run -p tests --bin make-cases -- --data DIR --count 100000 --days 40 --seed 1`.

use std::path::PathBuf;

use clap::Parser;
use tests::history::{Wanted, write};

/// Writes weeks of invented cases into the data folder of a demo that has been served once and is stopped.
#[derive(Parser)]
struct Options {
    /// The folder.
    #[arg(long)]
    data: PathBuf,
    /// How many cases.
    #[arg(long, default_value_t = 100_000)]
    count: u64,
    /// Over how many days up to yesterday.
    #[arg(long, default_value_t = 40)]
    days: u32,
    /// Everything random follows from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> anyhow::Result<()> {
    let Options { data, count, days, seed } = Options::parse();
    let wanted = Wanted { cases: count, days, seed, until: jiff::Timestamp::now() };
    let began = std::time::Instant::now();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(write(&data, wanted))?;
    println!("{count} cases in {:.1} s", began.elapsed().as_secs_f64());
    Ok(())
}

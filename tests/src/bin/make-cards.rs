//! Makes photographs of synthetic ID cards: `cargo run -p tests --bin make-cards -- --seed 7 --count 20 --out DIR`.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use tests::cards::{SetOptions, Shoot, Spoil, write_set};

/// Makes photographs of synthetic ID cards (all marked 样本, all people invented) with their truth.
#[derive(Parser)]
struct Options {
    /// Everything random follows from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many photos.
    #[arg(long, default_value_t = 10)]
    count: u32,
    /// Folder for the photos, truth.jsonl and registry.json.
    #[arg(long)]
    out: PathBuf,
    /// Use the typeface and the desks that the reader was never tuned on.
    #[arg(long)]
    held_out: bool,
    /// Let a quarter of the cards lie on their side or upside down.
    #[arg(long)]
    quarter_turns: bool,
    /// Long side of every photo in pixels, instead of a mix up to 12 megapixels.
    #[arg(long)]
    long_side: Option<u32>,
    /// Sequence digits (0–999) of every ID number.
    #[arg(long)]
    sequence: Option<u16>,
    /// Spoil every photo in this way.
    #[arg(long)]
    spoil: Option<SpoilName>,
}

#[derive(Clone, Copy, ValueEnum)]
enum SpoilName {
    Blur,
    GlareOnNumber,
    CutOff,
    TooSmall,
    Photocopy,
    Cat,
    BlankPage,
}

impl From<SpoilName> for Spoil {
    fn from(name: SpoilName) -> Self {
        match name {
            SpoilName::Blur => Self::Blur,
            SpoilName::GlareOnNumber => Self::GlareOnNumber,
            SpoilName::CutOff => Self::CutOff,
            SpoilName::TooSmall => Self::TooSmall,
            SpoilName::Photocopy => Self::Photocopy,
            SpoilName::Cat => Self::Cat,
            SpoilName::BlankPage => Self::BlankPage,
        }
    }
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let base = if options.held_out { Shoot::held_out(options.seed) } else { Shoot::tuning(options.seed) };
    let shoot = Shoot {
        quarter_turns: options.quarter_turns,
        long_side: options.long_side,
        sequence: options.sequence,
        ..base
    };
    let set = SetOptions { shoot, count: options.count, spoil: options.spoil.map(Spoil::from) };
    write_set(&set, &options.out)
}

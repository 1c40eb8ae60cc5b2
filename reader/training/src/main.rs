//! Trains the network that reads cards, on lines that it prints itself: invented people, free typefaces, no photo of anybody.
//!
//! Where to start: [`Options`] and `main`. `characters.rs` is what is learnt, `lines.rs` prints and photographs it,
//! `model.rs` and `layers.rs` learn. It stops at any moment and goes on from its checkpoint; the same seed gives the same
//! network on the same processor.

mod characters;
mod exam;
mod layers;
mod lines;
mod model;

use std::{fs, path::PathBuf, time::Instant};

use anyhow::Context as _;
use cards::Typeface;
use clap::Parser;
use rayon::prelude::*;
use reader::network::MIDDLE_PX;

use lines::{Column, Press, Sample, WIDTH};
use model::{Model, Went};

/// Trains the reader's network.
#[derive(Debug, Parser)]
struct Options {
    /// Everything random follows from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Steps of the whole training. The rate falls to nothing towards the last one.
    #[arg(long, default_value_t = 40_000)]
    steps: u64,
    /// Lines of one step.
    #[arg(long, default_value_t = 32)]
    batch: u64,
    /// Highest rate.
    #[arg(long, default_value_t = 0.003)]
    rate: f32,
    /// Goes on from this file where there is one, and writes it every few minutes.
    #[arg(long, default_value = "reader.checkpoint")]
    checkpoint: PathBuf,
    /// Where the network goes.
    #[arg(long, default_value = "reader/weights/characters.bin")]
    out: PathBuf,
    /// Stops after so many minutes; another run goes on.
    #[arg(long)]
    minutes: Option<u64>,
    /// Draws the first lines into this picture, and learns nothing.
    #[arg(long)]
    show: Option<PathBuf>,
    /// Threads that work beside each other.
    #[arg(long)]
    threads: Option<usize>,
}

/// Steps between two looks at how it goes.
const LOOK: u64 = 100;
/// Steps between two checkpoints, and two exams.
const KEEP: u64 = 500;
/// Steps until the highest rate.
const WARM_UP: u64 = 400;

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    if let Some(threads) = options.threads {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
    }
    let characters = characters::all();
    let press = Press::new(&characters, &Typeface::TUNING)?;
    if let Some(path) = &options.show {
        return show(&press, options.seed)
            .save(path)
            .with_context(|| format!("{} cannot be written", path.display()));
    }
    let exam = Press::new(&characters, &[Typeface::HELD_OUT])?;
    let mut model = Model::new(characters, options.seed);
    if options.checkpoint.exists() {
        model.go_on_from(&fs::read(&options.checkpoint)?)?;
        println!("goes on after step {}", model.steps);
    }
    let (started, mut looked) = (Instant::now(), Instant::now());
    let mut sum = Went::default();
    while model.steps < options.steps {
        if options.minutes.is_some_and(|minutes| started.elapsed().as_secs() >= minutes * 60) {
            break;
        }
        let first = model.steps * options.batch;
        let batch: Vec<Sample> =
            (0..options.batch).into_par_iter().map(|i| press.line(options.seed, first + i)).collect();
        let went = model.learn(&batch, rate(&options, model.steps));
        sum.characters += went.characters / LOOK as f32;
        sum.middles += went.middles / LOOK as f32;
        sum.right += went.right / LOOK as f32;
        if model.steps.is_multiple_of(LOOK) {
            println!(
                "step {}: characters {:.3}, right {:.1} %, middles {:.4}; {:.0} lines/s",
                model.steps,
                sum.characters,
                100.0 * sum.right,
                sum.middles,
                (LOOK * options.batch) as f64 / looked.elapsed().as_secs_f64(),
            );
            (sum, looked) = (Went::default(), Instant::now());
        }
        if model.steps.is_multiple_of(KEEP) {
            keep(&mut model, &options)?;
            println!("{}", exam::sit(&model.network(), &exam));
        }
    }
    keep(&mut model, &options)?;
    println!("{}", exam::sit(&model.network(), &exam));
    Ok(())
}

/// Lines below each other, a mark under each character's middle.
fn show(press: &Press, seed: u64) -> image::GrayImage {
    const LINES: u32 = 30;
    let row = reader::network::LINE_HEIGHT as u32 + 4;
    let mut picture = image::GrayImage::from_pixel(2 * WIDTH as u32, LINES * row, image::Luma([200]));
    for index in 0..2 * LINES {
        let sample = press.line(seed, u64::from(index));
        let (left, top) = (index % 2 * WIDTH as u32, index / 2 * row);
        for (i, ink) in sample.ink.iter().enumerate() {
            let (x, y) = ((i % WIDTH) as u32, (i / WIDTH) as u32);
            picture.put_pixel(left + x, top + y, image::Luma([255 - (ink * 255.0) as u8]));
        }
        for (column, is) in sample.columns.iter().enumerate() {
            let grey = match is {
                Column::Empty => continue,
                Column::Middle(_) => 0,
                Column::Beside(_) => 90,
                Column::Unclear => 255,
            };
            for x in 0..MIDDLE_PX {
                picture.put_pixel(left + (column * MIDDLE_PX + x) as u32, top + row - 3, image::Luma([grey]));
            }
        }
    }
    picture
}

/// Rises at first and then falls along a cosine.
fn rate(options: &Options, step: u64) -> f32 {
    if step < WARM_UP {
        return options.rate * (step + 1) as f32 / WARM_UP as f32;
    }
    let done = (step - WARM_UP) as f32 / options.steps.saturating_sub(WARM_UP).max(1) as f32;
    options.rate * (0.01 + 0.99 * 0.5 * (1.0 + (std::f32::consts::PI * done.min(1.0)).cos()))
}

fn keep(model: &mut Model, options: &Options) -> anyhow::Result<()> {
    let write = |path: &PathBuf, bytes: Vec<u8>| -> anyhow::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        // Whole or not at all.
        let part = path.with_extension("part");
        fs::write(&part, bytes)?;
        fs::rename(&part, path).with_context(|| format!("{} cannot be written", path.display()))
    };
    write(&options.checkpoint, model.checkpoint())?;
    write(&options.out, model.network().to_bytes())
}

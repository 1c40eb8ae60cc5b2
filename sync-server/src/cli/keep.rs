//! `miaopi migrate`, `backup`, `restore`.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use crate::{
    config::{Config, Flag},
    ops::backup as copies,
    store::Store,
};

#[derive(clap::Args)]
pub(super) struct MigrateArgs {
    /// TOML file with settings.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Data folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(super) struct BackupArgs {
    /// TOML file with settings.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Data folder to copy.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// New folder for the copy.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

#[derive(clap::Args)]
pub(super) struct RestoreArgs {
    /// TOML file with settings.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of the backup.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// New data folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// Opening a data folder brings its schema up to date.
pub(super) fn migrate(args: MigrateArgs) -> anyhow::Result<ExitCode> {
    let config = config(args.config.as_deref(), args.data)?;
    drop(Store::open(&config.data)?);
    println!("{} has this release's schema", config.data.display());
    Ok(ExitCode::SUCCESS)
}

pub(super) fn backup(args: BackupArgs) -> anyhow::Result<ExitCode> {
    let config = config(args.config.as_deref(), args.data)?;
    let kept = copies::make(&config.data, &config.key_path(), &args.to)?;
    println!("{} files, {} bytes in {}", kept.files.len(), kept.bytes(), args.to.display());
    println!("the keys are not in it; keep a copy of these elsewhere: {}", kept.keys.join(", "));
    Ok(ExitCode::SUCCESS)
}

pub(super) fn restore(args: RestoreArgs) -> anyhow::Result<ExitCode> {
    let config = config(args.config.as_deref(), args.data)?;
    let kept = copies::restore(&args.from, &config.data)?;
    println!("{} files restored and checked in {}", kept.files.len(), config.data.display());
    println!("put the keys back before the next start: {}", kept.keys.join(", "));
    Ok(ExitCode::SUCCESS)
}

fn config(file: Option<&Path>, data: Option<PathBuf>) -> anyhow::Result<Config> {
    let data: Option<Flag> = data.map(|data| ("data", data.to_string_lossy().into()));
    Ok(Config::load(file, data.into_iter().collect())?)
}

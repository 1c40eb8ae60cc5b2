//! `miaopi link`: asks a server for a customer link, as any program with an API key would.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context, bail};
use serde_json::Value;

use crate::{demo, world::World};

/// Seconds to wait for the answer.
const WAIT_SECONDS: u64 = 30;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The server's address.
    #[arg(long, value_name = "URL")]
    server: String,
    /// The API key.
    #[arg(long, value_name = "KEY")]
    key: String,
    /// The body of `POST /api/v1/links`; without it the demo's default offer.
    #[arg(long, value_name = "FILE")]
    offer: Option<PathBuf>,
    /// Print the whole answer as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let offer = match &args.offer {
        Some(file) => {
            std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?
        }
        None => demo::OFFER.to_owned(),
    };
    let made = super::runtime()?.block_on(make(&args.server, &args.key, offer))?;
    match args.json {
        true => println!("{}", serde_json::to_string_pretty(&made)?),
        false => println!("{}", made["url"].as_str().unwrap_or_default()),
    }
    Ok(ExitCode::SUCCESS)
}

async fn make(server: &str, key: &str, offer: String) -> anyhow::Result<Value> {
    let url = format!("{}/api/v1/links", server.trim_end_matches('/'));
    let answer = World::system()?
        .http
        .post(&url)
        .bearer_auth(key)
        .header("content-type", "application/json")
        .timeout(Duration::from_secs(WAIT_SECONDS))
        .body(offer)
        .send()
        .await
        .with_context(|| format!("{server} does not answer"))?;
    let (fine, body) = (answer.status().is_success(), answer.json::<Value>().await?);
    if !fine || !body["url"].is_string() {
        let said = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        bail!("the server made no link: {} ({})", said("detail"), said("code"));
    }
    Ok(body)
}

//! `demo.json`: how to get into the demo, written when everything is ready.

use std::{io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use anyhow::Context;
use axum::{Router, body::Body, http::Request};
use serde::Serialize;
use serde_json::Value;
use shared::domain::Role;
use tower::ServiceExt;

use super::{Lab, OFFER, tenant};
use crate::app::App;

/// Longest answer to a link that is read, bytes.
const MAX_ANSWER: usize = 64 * 1024;

/// How to get into the demo.
#[derive(Clone, Serialize)]
pub struct Card {
    /// The front door.
    pub url: String,
    /// One account for each role.
    pub accounts: Vec<DemoAccount>,
    /// For programs.
    pub api_key: String,
    /// A customer link that nobody has used yet.
    pub customer_link: String,
    /// The partner lab; its inbox is at `/inbox`.
    pub lab_url: String,
}

/// An account of the demo.
#[derive(Clone, Serialize)]
pub struct DemoAccount {
    /// What it is for.
    pub role: Role,
    /// Name for signing in.
    pub user: String,
    /// Its password.
    pub password: String,
}

/// Makes what the demo needs, asks this server's own route for a customer link, and writes `lab-root.pem` (whom
/// `miaopi verify` has to trust besides the seal) and `demo.json` into the data folder, each in one piece.
///
/// # Errors
/// When the link is refused or the file cannot be written.
pub async fn write(app: &App, router: Router, lab: &Lab) -> anyhow::Result<()> {
    let made = tenant::make(app).await?;
    let card = Card {
        url: app.config.public_url().to_string(),
        customer_link: customer_link(router, &made.api_key).await?,
        accounts: made.accounts,
        api_key: made.api_key,
        lab_url: lab.url.clone(),
    };
    let root = app.world.http.get(format!("{}/ca/root.pem", lab.url)).send().await?.error_for_status()?;
    write_whole(&app.store.folder().join("lab-root.pem"), &root.bytes().await?)?;
    write_whole(&app.store.folder().join("demo.json"), &serde_json::to_vec_pretty(&card)?)?;
    let _ = app.demo.set(card);
    Ok(())
}

async fn customer_link(router: Router, api_key: &str) -> anyhow::Result<String> {
    let request = Request::post("/api/v1/links")
        .header("authorization", format!("Bearer {api_key}"))
        .header("content-type", "application/json")
        .body(Body::from(OFFER))?;
    let answer = router.oneshot(request).await?;
    let bytes = axum::body::to_bytes(answer.into_body(), MAX_ANSWER).await?;
    let answer: Value = serde_json::from_slice(&bytes)?;
    let said = || format!("the demo's customer link was refused: {} {}", answer["code"], answer["detail"]);
    answer["url"].as_str().map(str::to_owned).with_context(said)
}

/// A reader sees the old file, the new one or none, never a half; nobody else on the machine may read it.
fn write_whole(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let beside = file.with_extension("new");
    let _ = std::fs::remove_file(&beside);
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    out.write_all(bytes)?;
    out.sync_all()?;
    std::fs::rename(&beside, file)?;
    Ok(())
}

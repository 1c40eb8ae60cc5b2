//! A demo for customers in a hurry: the costs are read in a second, nobody is slowed down, and each customer has a
//! phone of their own.

use anyhow::Result;
use serde_json::{Value, json};

use super::customer::{Customer, Who};
use super::server::{Server, Start};

/// A demo that does not make programs wait.
pub fn in_a_hurry() -> Start {
    Start::demo()
        .env("MIAOPI_DISCLOSURE_READING_SECONDS", "1")
        .env("MIAOPI_REQUESTS_PER_MINUTE_LINK", "0")
        .env("MIAOPI_REQUESTS_PER_MINUTE_ADDRESS", "0")
        .env("MIAOPI_REQUESTS_PER_MINUTE_ACCOUNT", "0")
        .env("MIAOPI_SIGN_INS_PER_MINUTE_ADDRESS", "0")
}

/// The demo's offer: the body of `POST /api/v1/links`.
///
/// # Errors
/// Never, as long as the shipped offer is JSON.
pub fn demo_offer() -> Result<Value> {
    Ok(serde_json::from_str(miaopi::demo::OFFER)?)
}

impl Customer {
    /// The customer of a new link, with the sample card; `phone` tells their messages from others'.
    ///
    /// # Errors
    /// When the link is not made.
    pub async fn new(server: &Server, mut offer: Value, phone: &str) -> Result<Self> {
        offer["phone"] = json!(phone);
        let link = server.new_link(&offer).await?;
        Self::of(&link.url, &server.lab_url, phone, Who::sample())
    }
}

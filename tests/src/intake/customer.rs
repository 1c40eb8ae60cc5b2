//! A customer with the token of one link.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use reqwest::{Client, multipart};
use serde_json::{Value, json};

use crate::world::{PATIENCE, Server, http, wait_until};

/// A customer whose consents to the processing of number and photo are given.
pub struct Customer {
    pub(super) client: Client,
    pub(super) api: String,
    pub(super) token: String,
    acts: std::sync::atomic::AtomicU32,
}

/// What the server said to something handed in.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The problem's stable code; empty for success.
    pub code: String,
    /// The sentence that says what to do.
    pub detail: String,
    /// How long it took.
    pub took: Duration,
}

impl Customer {
    /// A customer with a fresh link of this server.
    ///
    /// # Errors
    /// When there is no link, or the consents are not taken.
    pub async fn fresh(server: &Server) -> Result<Self> {
        let link = server.new_link(&json!({})).await?;
        Self::of(&link.url).await
    }

    /// The customer of a link.
    ///
    /// # Errors
    /// When the consents are not taken.
    pub async fn of(link: &str) -> Result<Self> {
        let (server, token) = link.split_once("/c/").context("not a customer link")?;
        let customer = Self {
            client: http()?,
            api: format!("{server}/api/v1/customer"),
            token: token.to_owned(),
            acts: Default::default(),
        };
        let asked = customer.case().await?;
        let fields: Vec<&Value> =
            asked["consents"].as_array().into_iter().flatten().map(|asked| &asked["field"]).collect();
        let body = json!({"act_id": customer.act(), "fields": fields});
        let given = customer
            .client
            .post(format!("{}/consents", customer.api))
            .bearer_auth(&customer.token)
            .json(&body)
            .send()
            .await?;
        ensure!(given.status().is_success(), "no consent: {}", given.text().await?);
        Ok(customer)
    }

    /// Hands in number and photo.
    ///
    /// # Errors
    /// When no answer comes at all.
    pub async fn hand_in(&self, id_number: &str, photo: impl Into<Vec<u8>>) -> Result<Answer> {
        // The name lies on purpose: the bytes decide.
        let part = multipart::Part::bytes(photo.into()).file_name("card.jpg").mime_str("image/jpeg")?;
        let form = multipart::Form::new()
            .text("act_id", self.act())
            .text("id_number", id_number.to_owned())
            .part("photo", part);
        let began = Instant::now();
        let request = self.client.post(format!("{}/identity", self.api)).bearer_auth(&self.token);
        let answer = request.multipart(form).send().await?;
        let status = answer.status().as_u16();
        let problem: Value = serde_json::from_str(&answer.text().await?).unwrap_or_default();
        let text = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
        Ok(Answer { status, code: text("code"), detail: text("detail"), took: began.elapsed() })
    }

    /// Where the case stands.
    ///
    /// # Errors
    /// When the server does not say.
    pub async fn case(&self) -> Result<Value> {
        let answer = self.client.get(format!("{}/case", self.api)).bearer_auth(&self.token).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{status} {text}");
        Ok(serde_json::from_str(&text)?)
    }

    /// Where the case stands once the machine has nothing more to do.
    ///
    /// # Errors
    /// When it goes on for longer than [`PATIENCE`].
    pub async fn settled(&self) -> Result<Value> {
        wait_until("the case to wait for somebody", PATIENCE, async || {
            self.case().await.ok().filter(|case| case["page"] != "progress")
        })
        .await
    }

    /// How a block ended when it was last left.
    pub fn outcome(case: &Value, kind: &str) -> Option<String> {
        let steps = case["steps"].as_array()?;
        let step = steps.iter().rev().find(|step| step["kind"] == kind)?;
        step["outcome"].as_str().map(str::to_owned)
    }

    pub(super) fn act(&self) -> String {
        format!("act-{}", self.acts.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
    }
}

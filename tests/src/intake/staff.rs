//! A signed-in member of staff: looks, and sends JSON.

use anyhow::{Context, Result};
use reqwest::{Client, header};
use serde_json::Value;

use crate::world::{Server, http};

/// A session of one of the demo's accounts.
pub struct Staff {
    client: Client,
    /// The server's address.
    pub url: String,
    cookie: String,
}

/// What came back.
pub struct Seen {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: header::HeaderMap,
    /// Content.
    pub body: Vec<u8>,
}

impl Seen {
    /// A header's value, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Staff {
    /// Signs the demo's account of this role in.
    ///
    /// # Errors
    /// When there is none, or it is not let in.
    pub async fn sign_in(server: &Server, role: &str) -> Result<Self> {
        let account = server.accounts.iter().find(|account| account.role == role).context("no such role")?;
        let form = format!("user={}&password={}", escaped(&account.user), escaped(&account.password));
        let client = http()?;
        let answer = client
            .post(format!("{}/office/sign-in", server.url))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form)
            .send()
            .await?;
        let cookie = answer.headers().get(header::SET_COOKIE).and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|cookie| cookie.split(';').next()).context("not signed in")?.to_owned();
        Ok(Self { client, url: server.url.clone(), cookie })
    }

    /// Looks at a page or a file.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn see(&self, path: &str) -> Result<Seen> {
        let request = self.client.get(format!("{}{path}", self.url)).header(header::COOKIE, &self.cookie);
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Ok(Seen { status, headers, body: answer.bytes().await?.to_vec() })
    }
}

impl Staff {
    /// Sends JSON; gives the status and what came back, null where that is no JSON.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn post(&self, path: &str, body: &Value) -> Result<(u16, Value)> {
        let request = self.client.post(format!("{}{path}", self.url)).header(header::COOKIE, &self.cookie);
        let answer = request.json(body).send().await?;
        let status = answer.status().as_u16();
        Ok((status, serde_json::from_slice(&answer.bytes().await?).unwrap_or_default()))
    }
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte.is_ascii_alphanumeric() {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

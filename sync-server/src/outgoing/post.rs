//! One message to one address: the name is looked up once, every address it has is looked at, and the connection goes to
//! one of these and nowhere else.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use reqwest::{Client, Url, header::CONTENT_TYPE, redirect::Policy};

use super::address::{self, may_be_reached};
use crate::partners::webhooks::{WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP, WebhookSecret, sign};

/// Time to connect.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// Time for the whole exchange, the looking up included.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

type Lookup = dyn Fn(String, u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync;

/// How messages go out.
#[derive(Clone)]
pub struct Line {
    lookup: Arc<Lookup>,
    /// This machine's own addresses may be told, also without `https`.
    pub(super) loopback: bool,
}

/// A message as it goes out.
pub(super) struct Message<'a> {
    pub(super) id: &'a str,
    pub(super) url: &'a str,
    pub(super) secret: &'a WebhookSecret,
    pub(super) body: Bytes,
}

impl Line {
    /// Names are looked up as this machine does it.
    pub(crate) fn system(loopback: bool) -> Self {
        let lookup = |host: String, port: u16| -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
            Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
        };
        Self { lookup: Arc::new(lookup), loopback }
    }

    #[cfg(test)]
    pub(super) fn with(
        lookup: impl Fn(String, u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync + 'static,
        loopback: bool,
    ) -> Self {
        Self { lookup: Arc::new(lookup), loopback }
    }

    /// Sends once.
    ///
    /// # Errors
    /// A stable code: why it did not arrive.
    pub(super) async fn post(&self, message: Message<'_>, now: Timestamp) -> Result<(), String> {
        tokio::time::timeout(ANSWER_WITHIN, self.post_unbounded(message, now))
            .await
            .unwrap_or_else(|_| Err("timeout".to_owned()))
    }

    async fn post_unbounded(&self, message: Message<'_>, now: Timestamp) -> Result<(), String> {
        let url = address::read(message.url, self.loopback).map_err(|refused| refused.code().to_owned())?;
        let client = self.pinned(&url).await?;
        let request = client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(WEBHOOK_ID, message.id)
            .header(WEBHOOK_TIMESTAMP, now.as_second().to_string())
            .header(WEBHOOK_SIGNATURE, sign(message.secret, message.id, now, &message.body))
            .body(message.body);
        // The answer's text is not read: it says nothing to us, and may be endless.
        let answer = request.send().await.map_err(|error| lost(&error).to_owned())?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status if status.is_redirection() => Err("redirected".to_owned()),
            status => Err(format!("status_{}", status.as_u16())),
        }
    }

    /// A client that knows one host, under the address that was looked at.
    pub(super) async fn pinned(&self, url: &Url) -> Result<Client, String> {
        let refused = || address::Refused::Inside.code().to_owned();
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err(refused());
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let found = (self.lookup)(bare.to_owned(), port).await.map_err(|_| "name_unknown".to_owned())?;
        let Some(first) = found.first().copied() else { return Err("name_unknown".to_owned()) };
        if !found.iter().all(|address| may_be_reached(address.ip(), self.loopback)) {
            return Err(refused());
        }
        Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_WITHIN)
            .resolve(host, first)
            .build()
            .map_err(|_| "no_client".to_owned())
    }
}

/// Sorts transport errors. The error itself is dropped: it may carry the address.
fn lost(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "timeout"
    } else if error.is_connect() {
        "unreachable"
    } else {
        "broken"
    }
}

//! Sending a text message, and reading the lab's inbox as a demo customer would.

use std::time::Duration;

use reqwest::{Client, header::ACCEPT};
use shared::protocol::partners::{
    MAX_BODY_BYTES,
    delivery::{Inbox, InboxMessage, SmsAccepted, SmsMessage},
    paths,
};

use super::{BaseUrl, IdempotencyKey, Partner, PartnerFailure, Partners, Question, read};

impl Partners {
    /// Hands a text message to the gateway.
    ///
    /// # Errors
    /// [`PartnerFailure`]; `Refused` with code `phone_unreachable` when the gateway does not serve this phone.
    pub async fn send_sms(
        &self,
        key: &IdempotencyKey,
        limit: Option<Duration>,
        message: &SmsMessage,
    ) -> Result<SmsAccepted, PartnerFailure> {
        let read = (Question::Message, read::message);
        self.post(&Partner::Sms, paths::MESSAGES, key, limit, message, read).await
    }
}

/// The newest message with a one-time code that lies in the lab's inbox for `phone`; `lab` is the lab's address.
/// The caller compares [`InboxMessage::number`] to know an old code from a new one.
///
/// # Errors
/// A sentence when the lab cannot be reached or answers something else.
pub async fn latest_code(http: &Client, lab: &str, phone: &str) -> Result<Option<InboxMessage>, String> {
    Ok(read_inbox(http, lab, phone).await?.messages.into_iter().find(|message| message.code.is_some()))
}

/// All messages that lie in the lab's inbox for `phone`, newest first.
///
/// # Errors
/// As [`latest_code`].
pub async fn read_inbox(http: &Client, lab: &str, phone: &str) -> Result<Inbox, String> {
    let mut url = BaseUrl::parse(lab)?.below("/inbox.json");
    url.query_pairs_mut().append_pair("phone", phone);
    // Errors go without their address: it holds the phone number.
    let unreachable =
        |_| "The partner lab's inbox cannot be read; check --lab and that the lab is running.".to_owned();
    let answer =
        http.get(url).header(ACCEPT, "application/json").timeout(Duration::from_secs(5)).send().await;
    let answer = answer.and_then(reqwest::Response::error_for_status).map_err(unreachable)?;
    if answer.content_length().is_none_or(|length| length > MAX_BODY_BYTES as u64) {
        return Err("The partner lab's inbox is too long; empty it with POST /control/reset.".into());
    }
    answer.json().await.map_err(unreachable)
}

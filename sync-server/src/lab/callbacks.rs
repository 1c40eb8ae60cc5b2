//! Callbacks to the server, signed by Standard Webhooks, with the faults a real partner's callbacks have.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, header::CONTENT_TYPE};
use shared::protocol::partners::{
    PartnerToken,
    funders::{FUNDER_DECISION_EVENT, FunderCallback, FunderCallbackData, FunderDecision},
};
use tokio::time::sleep;

use super::{
    faults::{Calls, Fault, Faults},
    play::{falsified, reference},
    serve::Lab,
};
use crate::partners::webhooks::{WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP, WebhookSecret, sign};

/// Tries until the server takes a callback.
const TRIES: u32 = 6;
/// Pause before the second try; doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// How long the server may take over one.
const PATIENCE: Duration = Duration::from_secs(5);
/// Decisions kept for looking up; the oldest go first.
const MAX_DECISIONS: usize = 100_000;

/// A callback that is due.
#[derive(Debug, Clone)]
pub(super) struct Callback {
    pub(super) url: String,
    pub(super) funder: PartnerToken,
    pub(super) application: PartnerToken,
    pub(super) reference: PartnerToken,
    pub(super) decision: FunderDecision,
}

/// Sends `callback` as `faults` want it: mostly later, by itself. The answer that announces it comes after `latency`.
pub(super) async fn send(lab: &Lab, callback: &Callback, faults: &Faults, latency: Duration) {
    let usual = Duration::from_millis(lab.usual_callback_ms());
    let delay = match faults.callback {
        Calls::Never => return,
        Calls::Late(ms) => Duration::from_millis(ms),
        _ => usual,
    };
    let mut outgoing = Outgoing {
        http: lab.config.world.http.clone(),
        clock: lab.config.world.clock.clone(),
        secret: lab.config.webhook_secret.clone(),
        id: reference("msg", &[callback.funder.as_str(), callback.reference.as_str()]),
        url: callback.url.clone(),
        body: body(callback, lab.config.world.clock.now(), faults.fault),
        age: SignedDuration::ZERO,
    };
    match faults.callback {
        Calls::Forged => outgoing.secret = WebhookSecret::from_bytes([0; 32]),
        Calls::Stale => outgoing.age = SignedDuration::from_hours(1),
        _ => {}
    }
    if faults.callback == Calls::BeforeResponse {
        // The first delivery comes before the answer, whatever the server makes of it; further tries come later.
        if !outgoing.deliver().await {
            tokio::spawn(outgoing.until_taken(FIRST_PAUSE));
        }
        return;
    }
    let copies = if faults.callback == Calls::Duplicate { 3 } else { 1 };
    for _ in 0..copies {
        tokio::spawn(outgoing.clone().until_taken(latency + delay));
    }
}

fn body(callback: &Callback, now: Timestamp, fault: Fault) -> Bytes {
    let message = FunderCallback {
        event: FUNDER_DECISION_EVENT.into(),
        timestamp: now,
        data: FunderCallbackData {
            funder: callback.funder.clone(),
            application: callback.application.clone(),
            reference: callback.reference.clone(),
            decision: callback.decision.clone(),
        },
    };
    let body = Bytes::from(serde_json::to_vec(&message).unwrap_or_default());
    if matches!(fault, Fault::WrongAmount | Fault::WrongCurrency) { falsified(&body, fault) } else { body }
}

#[derive(Clone)]
struct Outgoing {
    http: Client,
    clock: std::sync::Arc<dyn crate::world::Clock>,
    secret: WebhookSecret,
    id: PartnerToken,
    url: String,
    body: Bytes,
    /// How long ago it claims to have been signed.
    age: SignedDuration,
}

impl Outgoing {
    async fn until_taken(self, delay: Duration) {
        sleep(delay).await;
        for attempt in 0..TRIES {
            if self.deliver().await {
                return;
            }
            sleep(FIRST_PAUSE * 2_u32.pow(attempt)).await;
        }
        tracing::warn!(id = %self.id, "the server did not take a callback; giving up");
    }

    /// Whether the server took it.
    async fn deliver(&self) -> bool {
        let now = self.clock.now() - self.age;
        let signature = sign(&self.secret, self.id.as_str(), now, &self.body);
        let request = self
            .http
            .post(&self.url)
            .timeout(PATIENCE)
            .header(CONTENT_TYPE, "application/json")
            .header(WEBHOOK_ID, self.id.as_str())
            .header(WEBHOOK_TIMESTAMP, now.as_second())
            .header(WEBHOOK_SIGNATURE, signature)
            .body(self.body.clone());
        request.send().await.is_ok_and(|answer| answer.status().is_success())
    }
}

/// What funders decided, and which funder was asked first about a case.
#[derive(Default)]
pub(super) struct Decisions(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    decisions: HashMap<String, FunderDecision>,
    first_asked: HashMap<String, PartnerToken>,
    order: VecDeque<String>,
}

impl Decisions {
    pub(super) fn keep(&self, funder: &PartnerToken, reference: &PartnerToken, decision: FunderDecision) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = format!("{funder}/{reference}");
        kept.decisions.insert(name.clone(), decision);
        kept.remember(name);
    }

    pub(super) fn get(&self, funder: &str, reference: &str) -> Option<FunderDecision> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.decisions.get(&format!("{funder}/{reference}")).cloned()
    }

    /// Whether `funder` was, or is now, the first to be asked about `application`.
    pub(super) fn is_asked_first(&self, funder: &PartnerToken, application: &PartnerToken) -> bool {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.first_asked.get(application.as_str()) {
            Some(first) => first == funder,
            None => {
                let name = application.to_string();
                kept.first_asked.insert(name.clone(), funder.clone());
                kept.remember(name);
                true
            }
        }
    }

    pub(super) fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Kept::default();
    }
}

impl Kept {
    fn remember(&mut self, name: String) {
        self.order.push_back(name);
        if self.order.len() > MAX_DECISIONS
            && let Some(oldest) = self.order.pop_front()
        {
            self.decisions.remove(&oldest);
            self.first_asked.remove(&oldest);
        }
    }
}

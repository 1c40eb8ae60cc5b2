//! One partner's line: its limits, its breaker, its figures, and the loop of tries.

use std::{
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    time::Duration,
};

use bytes::Bytes;
use reqwest::header::HeaderValue;
use serde::{Serialize, de::DeserializeOwned};
use shared::protocol::partners::dialect::Dialect;
use tokio::time::{Instant, sleep, timeout};

use super::{
    PartnerFailure, PartnerSettings, Unavailable,
    breaker::{Breaker, BreakerState, Ticket, Verdict},
    bulkhead::Bulkhead,
    figures::Figures,
    own::Wire,
    pace::{Bucket, pause_before},
    send::{Outgoing, Unsent, exchange},
};
use crate::world::World;

/// A line's state, for `/metrics` and the control room.
#[derive(Debug, Clone, Serialize)]
pub struct LineState {
    /// `realname`, `bureau`, …, `funders/KEY`.
    pub partner: String,
    /// Whether calls go through.
    pub breaker: BreakerState,
    /// Tries under way.
    pub in_flight: usize,
    /// Calls since start (a call may have several tries).
    pub calls: u64,
    /// Tries since start.
    pub tries: u64,
    /// Calls without a usable answer since start.
    pub failures: u64,
    /// Median milliseconds of the latest calls, failed ones included; 0 before the first.
    pub p50_ms: f64,
    /// 99th percentile, likewise.
    pub p99_ms: f64,
}

/// One partner's line.
pub(super) struct Line {
    name: String,
    settings: PartnerSettings,
    authorization: HeaderValue,
    breaker: Arc<Mutex<Breaker>>,
    bucket: Arc<Mutex<Bucket>>,
    bulkhead: Arc<Bulkhead>,
    figures: Arc<Figures>,
    wire: Wire,
    /// How a funder's answers are read that does not speak our own protocol.
    dialect: Option<Arc<Dialect>>,
}

impl Line {
    pub(super) fn new(name: String, settings: PartnerSettings) -> Self {
        Self {
            name,
            authorization: bearer(&settings),
            breaker: Arc::new(Mutex::new(Breaker::new())),
            bucket: Arc::new(Mutex::new(Bucket::new())),
            bulkhead: Arc::new(Bulkhead::new(settings.in_flight, settings.queue)),
            figures: Arc::default(),
            wire: Wire::Ours,
            dialect: None,
            settings,
        }
    }

    /// The same line under other settings. A new address is another partner to the breaker.
    pub(super) fn adjusted(&self, settings: PartnerSettings) -> Self {
        let mut line = Self::new(self.name.clone(), settings);
        line.figures = self.figures.clone();
        line.bucket = self.bucket.clone();
        line.wire = self.wire.clone();
        line.dialect = self.dialect.clone();
        if line.settings.base_url == self.settings.base_url {
            line.breaker = self.breaker.clone();
        }
        if self.bulkhead.is_made_for(line.settings.in_flight, line.settings.queue) {
            line.bulkhead = self.bulkhead.clone();
        }
        line
    }

    /// The same line over another wire, with answers in another dialect.
    pub(super) fn over(self, wire: Wire, dialect: Arc<Dialect>) -> Self {
        Self { wire, dialect: Some(dialect), ..self }
    }

    pub(super) fn dialect(&self) -> Option<Arc<Dialect>> {
        self.dialect.clone()
    }

    pub(super) fn settings(&self) -> &PartnerSettings {
        &self.settings
    }

    pub(super) fn state(&self) -> LineState {
        let (p50_ms, p99_ms) = self.figures.percentiles();
        LineState {
            partner: self.name.clone(),
            breaker: held(&self.breaker).state(),
            in_flight: self.bulkhead.in_flight(),
            calls: self.figures.calls.load(Ordering::Relaxed),
            tries: self.figures.tries.load(Ordering::Relaxed),
            failures: self.figures.failures.load(Ordering::Relaxed),
            p50_ms,
            p99_ms,
        }
    }

    /// Sends `out` until `read` takes an answer, a failure is final, the tries are used up or `limit` (the settings'
    /// timeout when none) has passed.
    pub(super) async fn call<A>(
        &self,
        world: &World,
        out: Outgoing,
        limit: Option<Duration>,
        read: impl Fn(&[u8]) -> Result<A, PartnerFailure>,
    ) -> Result<A, PartnerFailure> {
        let start = Instant::now();
        let deadline =
            start + limit.unwrap_or(Duration::from_millis(self.settings.timeout_ms)).min(LONGEST_CALL);
        let result = self.tries(world, &out, deadline, &read).await;
        let took = start.elapsed();
        self.figures.count(took, result.as_ref().err());
        metrics::histogram!("miaopi_partner_seconds", "partner" => self.wire.label(&self.name))
            .record(took.as_secs_f64());
        if let Err(failure) = &result {
            tracing::warn!(partner = %self.name, code = failure.code(), %failure, "partner call failed");
        }
        result
    }

    async fn tries<A>(
        &self,
        world: &World,
        out: &Outgoing,
        deadline: Instant,
        read: &impl Fn(&[u8]) -> Result<A, PartnerFailure>,
    ) -> Result<A, PartnerFailure> {
        let attempts = self.settings.attempts.clamp(1, MAX_ATTEMPTS);
        let mut last = None;
        for attempt in 1..=attempts {
            let failed = match self.attempt(world, out, deadline, read).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            // Being held back by our own limits on a later try hides what really happened: keep the earlier failure.
            let held_back = matches!(
                failed.failure,
                PartnerFailure::Busy | PartnerFailure::Unavailable(Unavailable::BreakerOpen { .. })
            );
            let again = failed.failure.is_retryable() && attempt < attempts;
            let asked = Duration::from_secs(failed.retry_after_s.unwrap_or(0));
            if !held_back || last.is_none() {
                last = Some(failed.failure);
            }
            let pause = pause_before(attempt + 1, u64::from_be_bytes(world.random.bytes())).max(asked);
            if !again || Instant::now() + pause >= deadline {
                break;
            }
            sleep(pause).await;
        }
        Err(last.unwrap_or(PartnerFailure::Timeout))
    }

    /// One try: a place, a token, the breaker's leave, the exchange, the verdict.
    async fn attempt<A>(
        &self,
        world: &World,
        out: &Outgoing,
        deadline: Instant,
        read: &impl Fn(&[u8]) -> Result<A, PartnerFailure>,
    ) -> Result<A, Unsent> {
        let _place = self.bulkhead.enter(left(deadline)).await.ok_or(PartnerFailure::Busy)?;
        let wait = held(&self.bucket).take(self.settings.per_second, world.clock.now(), left(deadline));
        let wait = wait.ok_or(PartnerFailure::Busy)?;
        if !wait.is_zero() {
            sleep(wait).await;
        }
        let leave = self.ask_leave(world)?;
        self.figures.tries.fetch_add(1, Ordering::Relaxed);
        let patience = left(deadline).min(Duration::from_millis(self.settings.attempt_timeout_ms));
        let sent = timeout(patience, async {
            let http = self.wire.client(world, &out.url).await?;
            exchange(&http, &self.authorization, out).await
        })
        .await;
        let answer = match sent {
            Err(_) => Err(PartnerFailure::Timeout.into()),
            Ok(Err(unsent)) => Err(unsent),
            Ok(Ok(body)) => read(&body).map_err(Unsent::from),
        };
        leave.settle(match &answer {
            Err(unsent) if unsent.failure.counts_against_partner() => Verdict::Failed,
            _ => Verdict::Well,
        });
        answer
    }

    fn ask_leave<'a>(&'a self, world: &'a World) -> Result<Leave<'a>, PartnerFailure> {
        match held(&self.breaker).admit(self.settings.breaker, world.clock.now()) {
            Ok(ticket) => Ok(Leave { line: self, world, ticket: Some(ticket) }),
            Err(retry_after) => Err(PartnerFailure::Unavailable(Unavailable::BreakerOpen { retry_after })),
        }
    }
}

/// Most tries of one call, whatever the settings say.
const MAX_ATTEMPTS: u32 = 10;
/// Longest call, whatever settings and caller say.
const LONGEST_CALL: Duration = Duration::from_secs(600);

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

pub(super) fn held<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn bearer(settings: &PartnerSettings) -> HeaderValue {
    let text = format!("Bearer {}", settings.api_key.expose());
    // A key that no header can carry authenticates nowhere: the partner's 401 says so.
    let mut value = HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("Bearer"));
    value.set_sensitive(true);
    value
}

/// The breaker's leave for one try. A caller who gives up (drops the future) gives it back as well.
struct Leave<'a> {
    line: &'a Line,
    world: &'a World,
    ticket: Option<Ticket>,
}

impl Leave<'_> {
    fn settle(mut self, verdict: Verdict) {
        self.give_back(verdict);
    }

    fn give_back(&mut self, verdict: Verdict) {
        if let Some(ticket) = self.ticket.take() {
            let now = self.world.clock.now();
            held(&self.line.breaker).record(self.line.settings.breaker, now, ticket, verdict);
        }
    }
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.give_back(Verdict::Unknown);
    }
}

/// Reads a JSON answer. The parser's own words are dropped: they quote the answer.
pub(super) fn json<A: DeserializeOwned>(body: &[u8]) -> Result<A, PartnerFailure> {
    serde_json::from_slice(body).map_err(|e| PartnerFailure::Malformed {
        what: if e.is_data() { "unexpected_shape" } else { "not_json" },
    })
}

/// Writes a JSON question.
pub(super) fn to_json(question: &impl Serialize) -> Result<Bytes, PartnerFailure> {
    serde_json::to_vec(question)
        .map(Bytes::from)
        .map_err(|_| PartnerFailure::Malformed { what: "own_request" })
}

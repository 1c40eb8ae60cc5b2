//! Starting the lab.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use shared::protocol::partners::{MAX_BODY_BYTES, Masked, PartnerToken, paths};
use tokio::net::TcpListener;

use super::{
    answers,
    authorities::{self, Authorities},
    callbacks::Decisions,
    connection::{Listener, Scissors},
    control,
    effects::Effects,
    faults::FaultBoard,
    funders::{self, Personality},
    inbox::{self, Messages},
    page,
    reel::Reel,
    registry::Registry,
};
use crate::{partners::webhooks::WebhookSecret, world::World};

/// How fast healthy partners answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As their like do: 30 to 700 milliseconds, callbacks after 1.5 seconds.
    Lifelike,
    /// At once, for measurements.
    Instant,
}

/// How the lab is set up.
pub struct LabConfig {
    /// Clock and HTTP client (for callbacks).
    pub world: World,
    /// Seed of drawn errors; the same seed fails in the same places.
    pub seed: u64,
    /// Bearer token that every partner asks for.
    pub api_key: Masked<String>,
    /// Secret that callbacks are signed with.
    pub webhook_secret: WebhookSecret,
    /// The people whom the real-name check knows.
    pub registry: Registry,
    /// Funders by key; a key not named here behaves as [`Personality::Quick`].
    pub funders: BTreeMap<PartnerToken, Personality>,
    /// How fast.
    pub pace: Pace,
    /// Callbacks go only to addresses that start like this; none: anywhere.
    pub callback_prefix: Option<String>,
    /// Recordings that partners play before they answer as usual.
    pub reel: Reel,
    /// The certificate and time-stamp authorities; without them their routes answer 501.
    pub authorities: Option<Authorities>,
}

impl LabConfig {
    /// A lab with funders `quick`, `generous` and `patient`, an empty registry, a lifelike pace and no authorities.
    pub fn new(world: World, api_key: Masked<String>, webhook_secret: WebhookSecret) -> Self {
        let named = |personality| {
            let key = match personality {
                Personality::Quick => "quick",
                Personality::Generous => "generous",
                Personality::Patient => "patient",
            };
            (PartnerToken::nearest(key), personality)
        };
        Self {
            world,
            seed: 1,
            api_key,
            webhook_secret,
            registry: Registry::default(),
            funders: Personality::ALL.into_iter().map(named).collect(),
            pace: Pace::Lifelike,
            callback_prefix: None,
            reel: Reel::default(),
            authorities: None,
        }
    }
}

/// Serves the lab until the task is dropped.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: TcpListener, config: LabConfig) -> std::io::Result<()> {
    let service = router(config).into_make_service_with_connect_info::<Scissors>();
    axum::serve(Listener(listener), service).await
}

/// The lab's routes. Served by [`serve`] it can also cut connections.
pub fn router(config: LabConfig) -> Router {
    let lab = Arc::new(Lab {
        config,
        faults: FaultBoard::default(),
        effects: Effects::default(),
        inbox: Messages::default(),
        decisions: Decisions::default(),
    });
    let below = |prefix: &str, path: &str| format!("{prefix}{path}");
    let tested = ["/realname", "/bureau", "/valuation", "/sms", "/ca"];
    let tests = tested.into_iter().fold(Router::new(), |router, partner| {
        router.route(&below(partner, paths::TEST), post(answers::test))
    });
    Router::new()
        .merge(tests)
        // Partners: bearer key and idempotency key.
        .route(&below("/realname", paths::REAL_NAME_CHECKS), post(answers::real_name))
        .route(&below("/bureau", paths::CREDIT_QUERIES), post(answers::credit))
        .route(&below("/valuation", paths::VEHICLES), post(answers::vehicle))
        .route(&below("/sms", paths::MESSAGES), post(answers::message))
        .route(&below("/funders/{key}", paths::APPLICATIONS), post(funders::apply))
        .route(&below("/funders/{key}", "/v1/applications/{reference}"), get(funders::look_up))
        .route(&below("/ca", paths::SIGNATURES), post(authorities::sign))
        .route("/tsa", post(authorities::stamp))
        .route(&below("/funders/{key}", paths::TEST), post(answers::test))
        // People and tests: no key; the lab belongs on a development machine.
        .route("/", get(page::guide))
        .route("/lab.css", get(page::style))
        .route("/healthz", get(|| async { "ok" }))
        .route("/ca/root.pem", get(authorities::root))
        .route("/inbox", get(inbox::as_page))
        .route("/inbox.json", get(inbox::as_json))
        .route("/control", get(control::show))
        .route("/control/effects", get(control::effects))
        .route("/control/reset", post(control::reset))
        .route("/control/{*partner}", get(control::show_one).put(control::set))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(axum::middleware::map_response(page::hardened))
        .with_state(lab)
}

/// What the handlers share.
pub(super) type SharedLab = Arc<Lab>;

/// The lab while it runs.
pub(super) struct Lab {
    pub(super) config: LabConfig,
    pub(super) faults: FaultBoard,
    pub(super) effects: Effects,
    pub(super) inbox: Messages,
    pub(super) decisions: Decisions,
}

impl Lab {
    pub(super) fn personality(&self, funder: &PartnerToken) -> Personality {
        self.config.funders.get(funder).copied().unwrap_or(Personality::Quick)
    }

    pub(super) fn may_call_back(&self, url: &str) -> bool {
        let prefix_fits = self.config.callback_prefix.as_deref().is_none_or(|prefix| url.starts_with(prefix));
        prefix_fits && crate::partners::BaseUrl::parse(url).is_ok()
    }

    /// Milliseconds that a healthy `partner` takes.
    pub(super) fn usual_latency_ms(&self, partner: &str) -> u64 {
        if self.config.pace == Pace::Instant {
            return 0;
        }
        match partner {
            "realname" => 60,
            "bureau" => 150,
            "valuation" => 90,
            "ca" => 80,
            "sms" | "tsa" => 30,
            funder => match funder.strip_prefix("funders/").and_then(|key| PartnerToken::parse(key).ok()) {
                Some(key) if self.personality(&key) == Personality::Generous => 700,
                _ => 120,
            },
        }
    }

    /// Milliseconds until a callback.
    pub(super) fn usual_callback_ms(&self) -> u64 {
        if self.config.pace == Pace::Instant { 0 } else { 1_500 }
    }
}

//! The client against the lab, over real TCP: every fault, idempotency, breaker, bulkhead, callbacks.

mod answers;
mod faults;
mod funders;
mod recorded;

use std::sync::Arc;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::Value;
use shared::protocol::partners::{
    Masked, PartnerToken,
    checks::{CreditQuery, CreditStanding, RealNameCheck},
    funders::{FunderApplication, FunderTerms},
};
use tokio::net::TcpListener;

use super::{
    FunderAnswer, IdempotencyKey, LineState, Partner, PartnerFailure, PartnerSettings, Partners,
    PartnersConfig, webhooks::WebhookSecret,
};
use crate::{
    lab::{LabConfig, Pace, serve},
    world::{FixedClock, Random, World},
};

const CLEAN_ID: &str = "440524188001010014";

/// A lab on a port of its own, and the client's lines to it.
struct Setting {
    lab: String,
    partners: Partners,
    clock: Arc<FixedClock>,
    world: World,
}

impl Setting {
    async fn new() -> Self {
        Self::with(|_| ()).await
    }

    async fn with(change: impl FnOnce(&mut LabConfig)) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = Arc::new(FixedClock::at(Timestamp::from_second(1_700_000_000).unwrap()));
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        let world = World { clock: clock.clone(), random: Random::seeded(7), http };
        let mut config = LabConfig::new(world.clone(), Masked::from("lab-key"), secret());
        config.pace = Pace::Instant;
        change(&mut config);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let lab = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(serve(listener, config));
        let config =
            PartnersConfig::at_lab(&lab, Masked::from("lab-key"), ["quick", "generous", "patient"]).unwrap();
        let partners = Partners::new(config, world.clone());
        Self { lab, partners, clock, world }
    }

    /// Breaks `partner` in the lab.
    async fn control(&self, partner: &str, faults: Value) {
        let url = format!("{}/control/{partner}", self.lab);
        let answer = self.world.http.put(url).json(&faults).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    async fn effects(&self, partner: &str) -> Value {
        let url = format!("{}/control/effects?partner={partner}", self.lab);
        self.world.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// Changes how `partner` is treated.
    fn treat(&self, partner: Partner, change: impl FnOnce(&mut PartnerSettings)) {
        let mut settings = self.partners.settings(&partner).unwrap();
        change(&mut settings);
        self.partners.update(partner, settings);
    }

    async fn credit(&self, key: &IdempotencyKey) -> Result<CreditStanding, PartnerFailure> {
        self.partners.query_credit(key, None, &credit(CLEAN_ID)).await.map(|report| report.standing)
    }

    async fn ask(
        &self,
        funder: &str,
        application: &FunderApplication,
    ) -> Result<FunderAnswer, PartnerFailure> {
        let key = IdempotencyKey::mint(application.application.as_str(), "match-funder", 1, funder);
        self.partners.ask_funder(&token(funder), &key, None, application).await
    }

    fn state(&self, partner: &str) -> LineState {
        self.partners.state().into_iter().find(|line| line.partner == partner).unwrap()
    }
}

fn secret() -> WebhookSecret {
    WebhookSecret::from_bytes([9; 32])
}

fn token(text: &str) -> PartnerToken {
    PartnerToken::parse(text).unwrap()
}

fn key(block: &str) -> IdempotencyKey {
    IdempotencyKey::mint("case-1", block, 1, "partner")
}

fn credit(id_number: &str) -> CreditQuery {
    CreditQuery { id_number: id_number.into(), name: "王小明".into(), consent: token("consent-1") }
}

fn check(id_number: &str, name: &str, confirmed: bool) -> RealNameCheck {
    RealNameCheck {
        id_number: id_number.into(),
        name: name.into(),
        name_confirmed_by_customer: confirmed,
        consent: token("consent-1"),
    }
}

fn application(price_fen: i64) -> FunderApplication {
    FunderApplication {
        application: token("case-1"),
        name: "王小明".into(),
        id_number: CLEAN_ID.into(),
        phone: "13800001234".into(),
        region: "440524".into(),
        vin: "LSVWY4180KN246094".into(),
        used: true,
        price_fen,
        plan: token("plan-1"),
        terms: FunderTerms {
            currency: "CNY".into(),
            amount_fen: 8_000_000,
            down_payment_fen: price_fen - 8_000_000,
            term_months: 36,
            annual_rate: Decimal::new(699, 4),
        },
        credit_reference: None,
        accepts_offer: None,
        consent: token("consent-1"),
        callback_url: None,
    }
}

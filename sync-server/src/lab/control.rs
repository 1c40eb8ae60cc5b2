//! Breaking partners on purpose, and seeing what was done.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

use super::{
    effects::Effect,
    faults::Faults,
    play::refusal,
    serve::{Lab, SharedLab},
};

/// `GET /control`: every partner with its faults.
pub(super) async fn show(State(lab): State<SharedLab>) -> Json<BTreeMap<String, Faults>> {
    let mut all: BTreeMap<String, Faults> =
        partners(&lab).into_iter().map(|name| (name, Faults::default())).collect();
    all.extend(lab.faults.all());
    Json(all)
}

/// `GET /control/{partner}`.
pub(super) async fn show_one(State(lab): State<SharedLab>, Path(partner): Path<String>) -> Json<Faults> {
    Json(lab.faults.of(&partner))
}

/// `PUT /control/{partner}`: replaces its faults; what is left out is healthy.
pub(super) async fn set(
    State(lab): State<SharedLab>,
    Path(partner): Path<String>,
    Json(faults): Json<Faults>,
) -> Response {
    let known = partner.starts_with("funders/") || partners(&lab).contains(&partner);
    if !known {
        return refusal(StatusCode::NOT_FOUND, "no_such_partner");
    }
    match lab.faults.set(&partner, faults) {
        Ok(()) => Json(lab.faults.of(&partner)).into_response(),
        Err(detail) => {
            let body = Json(serde_json::json!({ "code": "faults", "detail": detail }));
            (StatusCode::UNPROCESSABLE_ENTITY, body).into_response()
        }
    }
}

/// `POST /control/reset`: healthy partners, an empty inbox, nothing done.
pub(super) async fn reset(State(lab): State<SharedLab>) -> StatusCode {
    lab.faults.clear();
    lab.effects.clear();
    lab.inbox.clear();
    lab.decisions.clear();
    StatusCode::NO_CONTENT
}

/// Which effects.
#[derive(Deserialize)]
pub(super) struct Which {
    partner: Option<String>,
    key: Option<String>,
}

/// What was done, in all and by key.
#[derive(Serialize)]
pub(super) struct Done {
    /// Effects by partner.
    by_partner: BTreeMap<String, u32>,
    /// One row a key.
    keys: Vec<Effect>,
}

/// `GET /control/effects?partner=…&key=…`.
pub(super) async fn effects(State(lab): State<SharedLab>, Query(which): Query<Which>) -> Json<Done> {
    let wanted = |effect: &Effect| {
        which.partner.as_ref().is_none_or(|partner| *partner == effect.partner)
            && which.key.as_ref().is_none_or(|key| *key == effect.key)
    };
    let mut keys = lab.effects.all();
    keys.retain(wanted);
    let mut by_partner: BTreeMap<String, u32> = BTreeMap::new();
    for effect in &keys {
        *by_partner.entry(effect.partner.clone()).or_default() += effect.effects;
    }
    Json(Done { by_partner, keys })
}

/// The names that faults can be set for.
pub(super) fn partners(lab: &Lab) -> Vec<String> {
    let single = ["realname", "bureau", "valuation", "sms", "ca", "tsa", "funders"].map(str::to_owned);
    let funders = lab.config.funders.keys().map(|key| format!("funders/{key}"));
    single.into_iter().chain(funders).collect()
}

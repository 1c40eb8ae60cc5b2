//! A question to a partner that means nothing: is it there, and how fast? Also where it is paused or drained.

use jiff::Timestamp;
use serde_json::json;

use super::change::{By, note};
use crate::{
    app::App,
    contracts,
    partners::{IdempotencyKey, Partner, PartnerFailure},
    problem::Problem,
};

/// How a test went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    /// `answered`, `no_test` (it answers, and knows no such question) or what went wrong ([`PartnerFailure::class`]).
    pub class: &'static str,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// When.
    pub at: Timestamp,
}

/// Asks. Nothing of any person is in it.
///
/// # Errors
/// 404 for no such partner; 429 `partner_tested_lately`.
pub async fn test(app: &App, by: &By, partner: &Partner) -> Result<Tested, Problem> {
    if app.partners.of(by.tenant).state_of(partner).is_none() {
        return Err(Problem::not_found());
    }
    if !app.partners.may_test(by.tenant, partner, by.at) {
        return Err(Problem::new(
            axum::http::StatusCode::TOO_MANY_REQUESTS,
            "partner_tested_lately",
            "This partner was tested a moment ago. Wait five seconds.",
        )
        .retry_after(5));
    }
    let nonce: [u8; 8] = app.world.random.bytes();
    let key = IdempotencyKey::mint("test", "test", 1, &hex::encode(nonce));
    let began = app.world.clock.now();
    let answer = match partner {
        Partner::Tsa => {
            let query =
                contracts::request_test_timestamp(nonce).map_err(|error| Problem::internal(&error))?;
            app.partners
                .of(by.tenant)
                .unsteered()
                .timestamp(&key, None, query.der.clone().into())
                .await
                .map(|_| ())
        }
        partner => app.partners.of(by.tenant).unsteered().ask_test(partner, &key).await,
    };
    let at = app.world.clock.now();
    let class = match &answer {
        Ok(()) => "answered",
        Err(PartnerFailure::Refused { status: 404 | 405, .. }) => "no_test",
        Err(failure) => failure.class(),
    };
    let ms = u64::try_from(at.duration_since(began).as_millis()).unwrap_or(0);
    let (by, of, detail) = (By { at, ..by.clone() }, partner.clone(), json!({"class": class, "ms": ms}));
    app.store.write(move |conn| note(conn, &by, "partner.tested", &of, &detail)).await?;
    Ok(Tested { class, ms, at })
}

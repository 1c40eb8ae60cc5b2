//! `/metrics` in Prometheus's text format. Labels are route templates and names of ours, never data.

use std::sync::{Arc, LazyLock};

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::cases::OpenCases;
use crate::{app::App, http::address::ClientAddress, partners::BreakerState, problem::Problem};

/// Upper bounds of the duration buckets, seconds.
const SECONDS: [f64; 12] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Collects what `metrics::counter!` and its siblings count in this process.
#[derive(Clone)]
pub struct Figures(Arc<PrometheusHandle>);

/// One collector a process: the `metrics` macros know only one.
static COLLECTOR: LazyLock<Figures> = LazyLock::new(|| {
    let builder = PrometheusBuilder::new();
    let builder = builder
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        .unwrap_or_else(|_| PrometheusBuilder::new());
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    // Refused only when another collector is there already; then ours stays empty.
    let _ = metrics::set_global_recorder(recorder);
    Figures(Arc::new(handle))
});

impl Figures {
    /// Begins to collect; again is fine.
    pub fn collect() -> Self {
        COLLECTOR.clone()
    }

    /// Everything so far, as text.
    pub fn render(&self) -> String {
        self.0.run_upkeep();
        self.0.render()
    }
}

/// Figures for the networks of `metrics_from`; for others this page does not exist.
#[utoipa::path(get, path = "/metrics", tag = "operations",
    responses((status = 200, description = "Figures", body = String, content_type = "text/plain",
        example = json!("miaopi_cases_open 12"))), extensions(("x-problems" = json!(["404 not_found"]))))]
pub(crate) async fn metrics(State(app): State<App>, address: ClientAddress) -> Result<Response, Problem> {
    if !app.config.metrics_from.iter().any(|network| network.contains(address.0)) {
        return Err(Problem::not_found());
    }
    let stats = app.store.stats();
    metrics::counter!("miaopi_store_commits_total").absolute(stats.commits);
    metrics::counter!("miaopi_store_changes_total").absolute(stats.changes);
    let under_way = app.config.requests_at_once.saturating_sub(app.places.available_permits());
    metrics::gauge!("miaopi_http_requests_under_way").set(under_way as f64);
    for line in app.partners.state() {
        let partner = line.partner;
        metrics::counter!("miaopi_partner_calls_total", "partner" => partner.clone()).absolute(line.calls);
        metrics::counter!("miaopi_partner_tries_total", "partner" => partner.clone()).absolute(line.tries);
        metrics::counter!("miaopi_partner_failures_total", "partner" => partner.clone())
            .absolute(line.failures);
        metrics::gauge!("miaopi_partner_in_flight", "partner" => partner.clone()).set(line.in_flight as f64);
        for (state, name) in [
            (BreakerState::Closed, "closed"),
            (BreakerState::HalfOpen, "half_open"),
            (BreakerState::Open, "open"),
        ] {
            let is_so = f64::from(u8::from(line.breaker == state));
            metrics::gauge!("miaopi_partner_breaker", "partner" => partner.clone(), "state" => name)
                .set(is_so);
        }
    }
    metrics::gauge!("miaopi_photos_waiting").set(app.photos.waiting() as f64);
    let now = app.world.clock.now();
    app.store.read(move |conn| OpenCases::count(conn, now)).await?.show();
    let text = Figures::collect().render();
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

#[cfg(test)]
mod tests {
    use axum::{
        body::Body,
        http::{Request, StatusCode, header},
    };

    use crate::testing::TestServer;

    #[tokio::test]
    async fn an_operator_sees_where_cases_photos_and_partners_stand() {
        let lab = r#"{"lab": {"url": "http://127.0.0.1:9", "api_key": "k"}}"#;
        let config =
            crate::config::Config { partners: serde_json::from_str(lab).unwrap(), ..Default::default() };
        let server = TestServer::start_with(config).await;
        let key = server.api_key().await;
        let request = Request::post("/api/v1/links")
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(crate::demo::OFFER))
            .unwrap();
        let made = server.send(request).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        let lines = [
            "miaopi_open_cases{waits_for=\"customer\"} 1",
            "miaopi_open_cases{waits_for=\"queue\"} 0",
            "miaopi_partner_breaker{partner=\"ca\",state=\"closed\"} 1",
            "miaopi_partner_breaker{partner=\"ca\",state=\"open\"} 0",
            "miaopi_photos_waiting 0",
        ];
        // Other tests' servers share this process's figures: one look may show theirs.
        let mut figures = String::new();
        for _ in 0..20 {
            figures = server.get("/metrics").await.text();
            if lines.iter().all(|line| figures.contains(line)) {
                return;
            }
        }
        panic!("some of {lines:?} are missing in\n{figures}");
    }
}

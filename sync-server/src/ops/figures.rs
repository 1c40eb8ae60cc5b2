//! `/metrics` in Prometheus's text format. Labels are route templates and names of ours, never data.

use std::sync::{Arc, LazyLock};

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::{app::App, http::address::ClientAddress, problem::Problem};

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
    responses((status = 200, description = "Figures", body = String, content_type = "text/plain")))]
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
        metrics::gauge!("miaopi_partner_in_flight", "partner" => partner).set(line.in_flight as f64);
    }
    let text = Figures::collect().render();
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

//! Is the process alive; can it take work?

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use tokio::sync::Mutex;
use utoipa::ToSchema;

use crate::{app::App, problem::Problem, store::StoreError};

/// How long an answer of the store stands for the probes that follow: each trial costs a flush.
const STANDS: Duration = Duration::from_secs(1);

/// How the store answered when it was tried last. Clones are one, and probes at the same moment share a trial.
#[derive(Clone, Default)]
pub struct Readiness(Arc<Mutex<Option<Tried>>>);

/// When the store was tried, and how it answered.
type Tried = (Instant, Result<(), &'static str>);

impl Readiness {
    /// Whether the store takes a change, tried at most once a second.
    async fn of_store(&self, app: &App) -> Result<(), &'static str> {
        let mut last = self.0.lock().await;
        // A pause, not a time of day: the monotonic clock.
        if let Some((at, answer)) = *last
            && at.elapsed() < STANDS
        {
            return answer;
        }
        let now = app.world.clock.now().as_millisecond();
        let tried = app.store.write(move |conn| {
            conn.prepare_cached("INSERT OR REPLACE INTO meta(key, value) VALUES ('ready_at', ?1)")?
                .execute([now.to_string()])?;
            Ok(())
        });
        let answer = match tried.await {
            Ok(()) => Ok(()),
            Err(StoreError::Full) => Err("The disk is full. Make room in the data folder."),
            Err(_) => Err("The store takes no changes. Look at the log."),
        };
        *last = Some((Instant::now(), answer));
        answer
    }
}

/// The state of the server.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"status": "ok", "version": "0.1.0"}))]
pub(crate) struct Health {
    /// `ok`.
    status: &'static str,
    /// Release.
    version: &'static str,
}

const OK: Health = Health { status: "ok", version: env!("CARGO_PKG_VERSION") };

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "operations",
    responses((status = 200, description = "Alive", body = Health)))]
pub(crate) async fn healthz() -> Json<Health> {
    Json(OK)
}

/// The store takes changes and all background work is up.
#[utoipa::path(get, path = "/readyz", tag = "operations",
    responses((status = 200, description = "Ready", body = Health)),
    extensions(("x-problems" = json!(["503 not_ready"]))))]
pub(crate) async fn readyz(State(app): State<App>) -> Result<Json<Health>, Problem> {
    let not_ready =
        |what: String| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", what).retry_after(5);
    if app.stopping.is_cancelled() {
        return Err(not_ready("The server is stopping.".to_owned()));
    }
    let down = app.workers.down();
    if !down.is_empty() {
        return Err(not_ready(format!("Background work is down: {}. Restart the server.", down.join(", "))));
    }
    match app.readiness.of_store(&app).await {
        Ok(()) => Ok(Json(OK)),
        Err(why) => Err(not_ready(why.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use crate::testing::TestServer;

    #[tokio::test]
    async fn many_probes_cost_few_flushes() {
        let server = TestServer::start().await;
        let before = server.app.store.stats().commits;
        for _ in 0..50 {
            assert_eq!(server.get("/readyz").await.status, StatusCode::OK);
        }
        let flushes = server.app.store.stats().commits - before;
        assert!(flushes <= 10, "{flushes} commits for 50 probes");
    }

    #[tokio::test]
    async fn every_piece_of_background_work_is_watched() {
        let server = TestServer::start().await;
        assert!(server.app.workers.down().is_empty());
        server.app.driver.close();
        server.app.stopping.cancel();
        // What was told to end is missed: each of them said that it was up.
        let watched = ["audit head", "case news", "due times", "submissions"];
        let ended = async {
            while !watched.iter().all(|name| server.app.workers.down().contains(name)) {
                tokio::task::yield_now().await;
            }
        };
        let _ = tokio::time::timeout(std::time::Duration::from_secs(10), ended).await;
        let down = server.app.workers.down();
        assert!(watched.iter().all(|name| down.contains(name)), "{down:?}");
    }

    #[tokio::test]
    async fn a_piece_that_is_down_is_named() {
        let server = TestServer::start().await;
        drop(server.app.workers.running("a piece of work"));
        let answer = server.get("/readyz").await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.text().contains("a piece of work"), "{}", answer.text());
    }
}

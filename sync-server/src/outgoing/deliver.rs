//! Sends what is due, again and again with longer pauses, until it was taken or three days have passed.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};
use shared::domain::TenantId;
use tokio::sync::Notify;

use super::{endpoints, post::Message};
use crate::{app::App, problem::Problem};

/// How often rows are looked for that are due.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Messages that are taken up in one look.
const AT_A_TIME: i64 = 100;
/// Messages that are under way at the same time.
const AT_ONCE: usize = 16;
/// How long a message is tried, hours: from when it was noted, or sent again by hand.
const TRY_HOURS: i64 = 72;
/// Pauses after the first, second, … try, seconds; the last one repeats.
const PAUSES: [i64; 9] = [5, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000];

/// Wakes the sender.
#[derive(Debug, Clone, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    /// There is something to send.
    pub(crate) fn ring(&self) {
        self.0.notify_one();
    }
}

/// Sends until the server stops.
pub(crate) async fn deliver_all(app: App) {
    let _up = app.workers.running("webhooks");
    loop {
        let sent = match deliver_due(&app).await {
            Ok(sent) => sent,
            Err(problem) => {
                tracing::warn!(code = problem.code, "webhooks that are due could not be looked for");
                0
            }
        };
        if sent as i64 == AT_A_TIME {
            continue;
        }
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = app.outgoing.bell.0.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

struct Due {
    tenant: TenantId,
    id: String,
    webhook: String,
    url: String,
    body: String,
    tries: usize,
    until: Timestamp,
}

/// Sends what is due now; how many there were.
///
/// # Errors
/// When the rows cannot be read. One message's failure is noted with it.
pub(super) async fn deliver_due(app: &App) -> Result<usize, Problem> {
    let now = app.world.clock.now();
    let due = app.store.read(move |conn| due(conn, now)).await?;
    let count = due.len();
    stream::iter(due)
        .for_each_concurrent(AT_ONCE, |due| async move {
            let id = due.id.clone();
            if let Err(problem) = deliver(app, due).await {
                tracing::warn!(
                    message = id,
                    code = problem.code,
                    "what became of a webhook could not be noted"
                );
            }
        })
        .await;
    Ok(count)
}

fn due(conn: &Connection, now: Timestamp) -> Result<Vec<Due>, Problem> {
    let mut statement = conn.prepare_cached(
        "SELECT m.tenant, m.id, m.webhook, w.url, m.body, m.tries, coalesce(m.since, m.made_at)
         FROM webhook_messages m JOIN webhooks w ON w.tenant = m.tenant AND w.id = m.webhook
         WHERE m.state = 'waiting' AND m.due_at <= ?1 ORDER BY m.due_at LIMIT ?2",
    )?;
    let mut rows = statement.query(params![now.as_millisecond(), AT_A_TIME])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let Ok(tenant) = row.get::<_, String>(0)?.parse() else { continue };
        let since = Timestamp::from_millisecond(row.get(6)?).unwrap_or(Timestamp::UNIX_EPOCH);
        found.push(Due {
            tenant,
            id: row.get(1)?,
            webhook: row.get(2)?,
            url: row.get(3)?,
            body: row.get(4)?,
            tries: row.get::<_, u32>(5)? as usize,
            until: since + SignedDuration::from_hours(TRY_HOURS),
        });
    }
    Ok(found)
}

/// A crash between sending and noting sends it once more: the same message under the same id.
async fn deliver(app: &App, due: Due) -> Result<(), Problem> {
    let now = app.world.clock.now();
    let secret = endpoints::secret(&app.keys, due.tenant, &due.webhook)?;
    let message = Message { id: &due.id, url: &due.url, secret: &secret, body: due.body.into() };
    let sent = app.outgoing.line.post(message, now).await;
    let failure = sent.as_ref().err().cloned();
    if let Some(code) = &failure {
        tracing::info!(message = due.id, code, "a webhook did not arrive");
    }
    let now = app.world.clock.now();
    let next = now + SignedDuration::from_secs(pause(due.tries, jitter(app)));
    let state = match &sent {
        Ok(()) => "delivered",
        Err(_) if next > due.until => "given_up",
        Err(_) => "waiting",
    };
    let delivered = sent.is_ok().then(|| now.as_millisecond());
    let (tenant, id) = (due.tenant.to_string(), due.id);
    app.store
        .write(move |conn| {
            conn.prepare_cached(
                "UPDATE webhook_messages SET state = ?3, tries = tries + 1, last = ?4, due_at = ?5, delivered_at = ?6
                 WHERE tenant = ?1 AND id = ?2 AND state = 'waiting'",
            )?
            .execute(params![tenant, id, state, failure, next.as_millisecond(), delivered])?;
            Ok::<_, Problem>(())
        })
        .await
}

/// The pause after so many tries before this one, seconds, up to a fifth longer.
fn pause(tries: usize, jitter: u8) -> i64 {
    let pause = PAUSES[tries.min(PAUSES.len() - 1)];
    pause + pause * i64::from(jitter) / (5 * 255)
}

fn jitter(app: &App) -> u8 {
    app.world.random.bytes::<1>()[0]
}

#[cfg(test)]
mod pauses {
    use super::*;

    #[test]
    fn pauses_grow_and_end_within_three_days() {
        let mut total = 0;
        for tries in 0..PAUSES.len() {
            assert!(pause(tries, 0) <= pause(tries, 255) && pause(tries, 255) <= pause(tries, 0) * 6 / 5);
            total += pause(tries, 0);
        }
        assert!(total > 48 * 3_600 && total < TRY_HOURS * 3_600, "{total}");
        assert_eq!(pause(100, 0), 72_000);
    }
}

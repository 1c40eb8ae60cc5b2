//! Goes on with a signature whose intent is durable: the customer's word is not thrown away because an authority fails
//! for a while. A person takes it only when trying on is of no use, or time is over.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use shared::{
    domain::PersonId,
    flow::{Event, Facts},
};

use super::{Trouble, latest, try_finish};
use crate::{
    app::App,
    cases::{Situation, hand_in::advance_as},
    flows::{Library, journal::Advanced, journal::CaseRef},
    problem::Problem,
};

/// Pause after the first try that failed; doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// Tries at what an authority refuses outright; it may have had a bad moment.
const REFUSALS: u32 = 3;
/// What is tried at least after a restart, however long the server was down.
const LAST_CHANCE: SignedDuration = SignedDuration::from_secs(60);
/// So long before the block's due time a person has the case: at the due time it would expire.
const BEFORE_DUE: SignedDuration = SignedDuration::from_mins(1);

/// The signatures that are being finished: one loop each, however often the code is posted. Clones are one.
#[derive(Clone, Default)]
pub struct Signing(Arc<Mutex<HashSet<CaseRef>>>);

/// Held by the loop that finishes a case's signature.
struct Turn {
    signing: Signing,
    of: CaseRef,
}

impl Signing {
    /// `None` while another loop is at it.
    fn begin(&self, of: CaseRef) -> Option<Turn> {
        let is_first = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(of);
        is_first.then(|| Turn { signing: self.clone(), of })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.signing.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.of);
    }
}

/// Finishes a signature whose intent is durable. Also called after a restart: every call outside repeats its key.
pub async fn finish(app: &App, of: CaseRef, person: PersonId) {
    let Some(_turn) = app.signing.begin(of) else { return };
    let began = app.world.clock.now();
    let (mut pause, mut refusals, mut attempt) = (FIRST_PAUSE, 0, 0_u32);
    loop {
        attempt += 1;
        match try_finish(app, of, person).await {
            Ok(()) => return,
            Err(Trouble::Passing(reason)) => {
                tracing::warn!(case = %of.case, attempt, code = reason.code, "signing is not finished");
            }
            Err(Trouble::Lasting(reason)) => {
                refusals += 1;
                tracing::warn!(case = %of.case, attempt, refusals, code = reason.code, "signing was refused");
            }
        }
        let next = app.world.clock.now() + pause;
        let is_over = match until(app, of, began).await {
            Ok(None) => return,
            Ok(Some(until)) => refusals >= REFUSALS || next >= until,
            // Our own store cannot be read: that says nothing about the signature.
            Err(_) => false,
        };
        if is_over && hand_to_person(app, of).await {
            return;
        }
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Until when the signature of this case is tried; `None` when there is nothing to sign any more.
async fn until(app: &App, of: CaseRef, began: Timestamp) -> Result<Option<Timestamp>, Problem> {
    let (library, limit) = (app.driver.library().clone(), limit(app));
    app.store
        .read(move |conn| {
            let Some((intent_at, due)) = intent(conn, &library, of)? else { return Ok(None) };
            Ok(Some(give_up_at(intent_at, due, began, limit)))
        })
        .await
}

/// How long a signature is tried after the code was right.
pub fn limit(app: &App) -> SignedDuration {
    SignedDuration::from_mins(i64::from(app.config.sign_minutes))
}

fn intent(
    conn: &Connection,
    library: &Library,
    of: CaseRef,
) -> Result<Option<(Timestamp, Timestamp)>, Problem> {
    let situation = Situation::load(conn, library, of)?;
    let Some(wait) = situation.customer_in("sign") else { return Ok(None) };
    Ok(latest(conn, of)?.and_then(|contract| contract.intent_at).map(|intent_at| (intent_at, wait.due)))
}

fn give_up_at(intent_at: Timestamp, due: Timestamp, began: Timestamp, limit: SignedDuration) -> Timestamp {
    let usual = intent_at + limit;
    // A server that was down for longer has a try left; one whose limit is short has none.
    let after_restart = began + LAST_CHANCE.min(limit);
    usual.max(after_restart).min(due - BEFORE_DUE)
}

/// Whether a person has the case now, or nobody needs to.
async fn hand_to_person(app: &App, of: CaseRef) -> bool {
    let (library, now) = (app.driver.library().clone(), app.world.clock.now());
    let failed: Result<Advanced, Problem> = app
        .store
        .write(move |conn| {
            let situation = Situation::load(conn, &library, of)?;
            let wait = situation.expect("sign")?;
            let event =
                Event::Done { at: wait.at.clone(), outcome: "failed".to_owned(), writes: Facts::new() };
            advance_as(conn, &library, of, event, "machine", "sign.failed", now)
        })
        .await;
    match failed {
        Ok(advanced) => {
            app.driver.carry_out(advanced);
            true
        }
        // A full store passes; anything else means that the case has moved on.
        Err(problem) => problem.status < 500,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_takes_over_in_time() {
        let at = |minutes: i64| Timestamp::from_second(1_700_000_000 + minutes * 60).unwrap();
        let half_an_hour = SignedDuration::from_mins(30);
        for (what, due, began, limit, given_up) in [
            ("half an hour after the code", 600, 0, half_an_hour, 30),
            ("before the block is due", 20, 0, half_an_hour, 19),
            ("a restart does not begin anew", 600, 20, half_an_hour, 30),
            ("but a long stop leaves one more minute", 600, 90, half_an_hour, 91),
            ("unless the block is due", 90, 95, half_an_hour, 89),
            ("at once where no time is given", 600, 0, SignedDuration::ZERO, 0),
        ] {
            assert_eq!(give_up_at(at(0), at(due), at(began), limit), at(given_up), "{what}");
        }
    }

    #[test]
    fn one_case_is_signed_by_one_loop() {
        let of = CaseRef {
            tenant: shared::domain::TenantId::from_bytes([1; 16]),
            case: shared::domain::CaseId::from_bytes([2; 16]),
        };
        let signing = Signing::default();
        let turn = signing.begin(of);
        assert!(turn.is_some() && signing.begin(of).is_none());
        drop(turn);
        assert!(signing.begin(of).is_some());
    }
}

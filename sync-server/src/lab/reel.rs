//! Playing a recording: a partner answers in the recorded order with the recorded bodies, statuses and delays, and names
//! what it is asked now where it named what it was asked then. After the last one it answers as usual.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::{
    effects::Given,
    play::{Move, OVERSIZED_BYTES, Stop, Visit, hang, refusal, respond, stopped, wait},
    serve::{Lab, Pace},
};
use crate::partners::tape::{self, Line, Says, naming};

/// Longest delay that is played.
const LONGEST_DELAY: Duration = Duration::from_secs(30);
/// What is asked again about a reference, with a `GET`.
const LATER: &str = "application_later";

/// The recordings of all partners that play one.
#[derive(Default)]
pub struct Reel(HashMap<String, Mutex<Running>>);

#[derive(Default)]
struct Running {
    next: VecDeque<Line>,
    /// Answers to asking again.
    later: VecDeque<Line>,
    /// What was played under which idempotency key.
    played: HashMap<String, Line>,
    /// What was asked when a reference was given out.
    asked: HashMap<String, Value>,
}

impl Reel {
    /// Adds a recording, as its file says it.
    ///
    /// # Errors
    /// A sentence saying what is wrong with the file.
    pub fn add(&mut self, file: &str) -> Result<(), String> {
        let (partner, lines) = tape::parse(file)?;
        let (later, next) = lines.into_iter().partition(|line| line.kind == LATER);
        let running = Running { next, later, ..Running::default() };
        if self.0.contains_key(&partner.to_string()) {
            return Err(format!("there are two recordings of {partner}; play one of them"));
        }
        self.0.insert(partner.to_string(), Mutex::new(running));
        Ok(())
    }

    /// The next answer of `partner`; the same one for the same key.
    pub(super) fn next(&self, partner: &str, key: &str) -> Option<Line> {
        let mut running = self.0.get(partner)?.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = running.played.get(key) {
            return Some(line.clone());
        }
        let line = running.next.pop_front()?;
        running.played.insert(key.to_owned(), line.clone());
        Some(line)
    }

    /// The next answer to asking again about `reference`, with what was asked then.
    pub(super) fn later(&self, partner: &str, reference: &str) -> Option<(Line, Value)> {
        let mut running = self.0.get(partner)?.lock().unwrap_or_else(PoisonError::into_inner);
        let line = running.later.pop_front()?;
        Some((line, running.asked.get(reference).cloned().unwrap_or_default()))
    }

    /// Notes what was asked when this answer was given.
    fn note(&self, partner: &str, body: &str, asked: &Value) {
        let reference = |body: &str| {
            serde_json::from_str::<Value>(body).ok()?.get("reference")?.as_str().map(str::to_owned)
        };
        if let (Some(running), Some(reference)) = (self.0.get(partner), reference(body)) {
            let mut running = running.lock().unwrap_or_else(PoisonError::into_inner);
            running.asked.insert(reference, asked.clone());
        }
    }
}

/// A question that a recorded answer is played to.
pub(super) struct Asked<'a> {
    pub(super) partner: &'a str,
    pub(super) key: &'a str,
    pub(super) body: &'a Bytes,
}

/// Plays one answer; `decide` makes one anew where the recorded one only fitted the question of then.
pub(super) async fn play(
    lab: &Lab,
    visit: &Visit,
    Asked { partner, key, body }: Asked<'_>,
    line: Line,
    decide: impl FnOnce(&Bytes) -> Move,
) -> Response {
    wait(delay(lab, &line)).await;
    let act = || match &line.says {
        Says::Body { body: recorded, as_asked } => {
            let asked: Value = serde_json::from_slice(body).unwrap_or_default();
            let answer = naming(recorded, as_asked, &asked);
            lab.config.reel.note(partner, &answer, &asked);
            Ok(Given { content_type: "application/json", body: answer.into(), callback: None })
        }
        _ => match decide(body) {
            Move::Answer(given) => Ok(Given { callback: None, ..given }),
            Move::Stop(stop) => Err(stop),
        },
    };
    match &line.says {
        Says::Body { .. } | Says::Usual => match lab.effects.first(partner, key, body, act) {
            Err(_) => refusal(StatusCode::CONFLICT, "idempotency_key_reused"),
            Ok(Err(stop)) => stopped(stop).await,
            Ok(Ok((given, _))) => respond(visit, given, &Default::default()).await,
        },
        says => without_body(visit, says).await,
    }
}

/// Plays an answer to asking again.
pub(super) async fn play_later(lab: &Lab, visit: &Visit, (line, asked): (Line, Value)) -> Response {
    wait(delay(lab, &line)).await;
    match &line.says {
        Says::Body { body, as_asked } => {
            ([(header::CONTENT_TYPE, "application/json")], naming(body, as_asked, &asked)).into_response()
        }
        says => without_body(visit, says).await,
    }
}

fn delay(lab: &Lab, line: &Line) -> Duration {
    match lab.config.pace {
        Pace::Instant => Duration::ZERO,
        Pace::Lifelike => Duration::from_millis(line.ms).min(LONGEST_DELAY),
    }
}

async fn without_body(visit: &Visit, says: &Says) -> Response {
    match says {
        Says::Status { status, code } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            refusal(status, code.as_deref().unwrap_or("recorded"))
        }
        Says::Silence => hang().await,
        Says::Cut => visit.cut(),
        Says::MediaType => ([(header::CONTENT_TYPE, "text/html")], "<!doctype html>").into_response(),
        Says::TooLong => {
            ([(header::CONTENT_TYPE, "application/json")], Body::from(vec![b' '; OVERSIZED_BYTES]))
                .into_response()
        }
        Says::Body { .. } | Says::Usual => {
            stopped(Stop::Refuse(StatusCode::NOT_FOUND, "nothing_recorded")).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn file(partner: &str, kinds: &[&str]) -> String {
        let head = json!({"format": tape::FORMAT, "partner": partner, "answers": kinds.len()}).to_string();
        let line = |(ms, kind): (usize, &&str)| {
            json!({"kind": kind, "ms": ms, "says": "body", "body": "{\"reference\":\"r\"}"}).to_string()
        };
        [vec![head], kinds.iter().enumerate().map(line).collect()].concat().join("\n")
    }

    #[test]
    fn answers_come_in_their_order_once_for_each_key_and_then_no_more() {
        let mut reel = Reel::default();
        reel.add(&file("funders/quick", &["application", LATER, "application"])).unwrap();
        assert!(reel.add(&file("funders/quick", &[])).is_err(), "one recording for each partner");
        let next = |key: &str| reel.next("funders/quick", key).map(|line| line.ms);
        assert_eq!(
            (next("a"), next("a"), next("b"), next("c"), next("b")),
            (Some(0), Some(0), Some(2), None, Some(2))
        );
        assert!(reel.next("funders/other", "a").is_none());
        reel.note("funders/quick", "{\"reference\":\"r\"}", &json!({"terms": 1}));
        let (line, asked) = reel.later("funders/quick", "r").unwrap();
        assert_eq!((line.ms, asked), (1, json!({"terms": 1})));
        assert!(reel.later("funders/quick", "r").is_none());
    }
}

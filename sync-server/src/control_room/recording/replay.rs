//! What today's code makes of the answers of then. Nothing is asked of anybody.

use jiff::Timestamp;
use rusqlite::Connection;
use shared::domain::TenantId;

use super::{
    opened::{Answer, answers},
    steps::Recorded,
};
use crate::{crypt::TenantKeys, partners::ReadAs, problem::Problem};

/// One answer, read once more.
#[derive(Debug, Clone, PartialEq)]
pub struct Replayed {
    /// Its number in the recording.
    pub number: u32,
    /// When the question was put.
    pub at: Timestamp,
    /// What was asked ([`crate::partners::Question::kind`]).
    pub kind: &'static str,
    /// How long the call took, in milliseconds.
    pub ms: u64,
    /// What it was read as then.
    pub then: ReadAs,
    /// What it is read as now; none where nothing came that could be read.
    pub now: Option<ReadAs>,
    /// Which parts of that differ.
    pub differs: Vec<String>,
}

/// A recording, read once more.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Replay {
    /// All answers, those that differ first.
    pub answers: Vec<Replayed>,
    /// How many are read as they were.
    pub same: usize,
    /// How many are not.
    pub different: usize,
    /// How many calls brought nothing that could be read.
    pub unread: usize,
}

/// Reads all answers of a recording once more.
///
/// # Errors
/// When one cannot be opened.
pub fn replay(
    conn: &Connection,
    tenant: TenantId,
    recording: &Recorded,
    keys: &TenantKeys,
) -> Result<Replay, Problem> {
    let answers: Vec<Replayed> = answers(conn, tenant, recording, keys)?.into_iter().map(again).collect();
    Ok(counted(answers))
}

fn again(answer: Answer) -> Replayed {
    let now = answer.body.as_deref().map(|body| ReadAs::of(&answer.question, body));
    Replayed {
        number: answer.number,
        at: answer.at,
        kind: answer.question.kind(),
        ms: answer.ms,
        differs: now.as_ref().map(|now| answer.then.differs(now)).unwrap_or_default(),
        then: answer.then,
        now,
    }
}

fn counted(mut answers: Vec<Replayed>) -> Replay {
    answers.sort_by_key(|answer| (answer.differs.is_empty(), answer.number));
    let unread = answers.iter().filter(|answer| answer.now.is_none()).count();
    let different = answers.iter().filter(|answer| !answer.differs.is_empty()).count();
    Replay { same: answers.len() - unread - different, different, unread, answers }
}

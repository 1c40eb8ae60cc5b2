//! Where a case stands: its flow, its run, and whom it waits for.

use std::sync::Arc;

use rusqlite::{Connection, params};
use shared::flow::{Effect, Facts, Flow, Run, Status, Wait, Who, outstanding};

use super::CaseRequest;
use crate::{
    flows::{
        Library,
        journal::{self, AdvanceError, CaseRef},
    },
    problem::Problem,
};

/// A case as its flow sees it.
pub struct Situation {
    /// The flow version.
    pub flow: Arc<Flow>,
    /// The run.
    pub run: Run,
    /// Everybody who is waited for.
    pub waits: Vec<Wait>,
    /// What the case is about.
    pub request: CaseRequest,
}

impl Situation {
    /// Loads it.
    ///
    /// # Errors
    /// 404 when there is no such case.
    pub fn load(conn: &Connection, library: &Library, of: CaseRef) -> Result<Self, Problem> {
        let (flow, run) = journal::load(conn, library, of)?;
        let request: String = conn
            .prepare_cached("SELECT request FROM cases WHERE tenant = ?1 AND id = ?2")?
            .query_row(params![of.tenant.to_string(), of.case.to_string()], |row| row.get(0))?;
        let request = serde_json::from_str(&request).map_err(AdvanceError::from)?;
        let waits = outstanding(&flow, &run)
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::Await(wait) => Some(wait),
                _ => None,
            })
            .collect();
        Ok(Self { flow, run, waits, request })
    }

    /// What the run knows.
    pub fn facts(&self) -> &Facts {
        self.run.facts()
    }

    /// How the run ended, with its reason.
    pub fn end(&self) -> Option<(shared::flow::Decision, &str)> {
        match self.run.status() {
            Status::Ended { decision, reason } => Some((*decision, reason)),
            _ => None,
        }
    }

    /// The wait for the customer in a block of this kind.
    pub fn customer_in(&self, kind: &str) -> Option<&Wait> {
        self.waits.iter().find(|wait| wait.who == Who::Customer && wait.kind == kind)
    }

    /// The wait for the customer, whatever it is for.
    pub fn customer(&self) -> Option<&Wait> {
        self.waits.iter().find(|wait| wait.who == Who::Customer)
    }

    /// The wait for somebody of a queue.
    pub fn queue(&self) -> Option<&Wait> {
        self.waits.iter().find(|wait| matches!(wait.who, Who::Queue(_)))
    }

    /// The customer's wait in a block of this kind, or the refusal that says where the case is instead.
    ///
    /// # Errors
    /// 409 `not_now`.
    pub fn expect(&self, kind: &str) -> Result<&Wait, Problem> {
        self.customer_in(kind).ok_or_else(not_now)
    }
}

/// What is sent is not asked for where the case stands.
pub(super) fn not_now() -> Problem {
    Problem::conflict("not_now", "This is not asked at the moment. Load the page again to see where you are.")
}

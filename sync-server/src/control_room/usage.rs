//! What a partner was asked, and what that cost: from the cases' own records.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};
use shared::domain::TenantId;

use crate::{cases::midnight, partners::Partner, problem::Problem};

/// Days over which the cost of an approved case is worked out.
pub const COST_DAYS: i64 = 30;

/// How a partner was used. A call that was answered is one that costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Answered calls on today's date in China.
    pub today: u64,
    /// Answered calls in the last [`COST_DAYS`] days.
    pub lately: u64,
    /// Cases that ended approved in these days.
    pub approved: u64,
}

impl Usage {
    /// What each approved case cost at this partner, in fen for a call of this price; none before the first one.
    pub fn per_approved_fen(&self, cost_fen: u32) -> Option<u64> {
        (self.lately * u64::from(cost_fen)).checked_div(self.approved)
    }
}

/// How the company used this partner.
///
/// # Errors
/// When the rows cannot be read.
pub fn usage(
    conn: &Connection,
    tenant: TenantId,
    partner: &Partner,
    now: Timestamp,
) -> Result<Usage, Problem> {
    let (tenant, partner) = (tenant.to_string(), partner.to_string());
    let since = (now - SignedDuration::from_hours(24 * COST_DAYS)).as_millisecond();
    let answered = |from: i64| -> Result<u64, Problem> {
        let n: i64 = conn
            .prepare_cached(
                "SELECT count(*) FROM partner_calls
                 WHERE tenant = ?1 AND partner = ?2 AND at >= ?3 AND outcome NOT LIKE 'partner\\_%' ESCAPE '\\'",
            )?
            .query_row(params![tenant, partner, from], |row| row.get(0))?;
        Ok(u64::try_from(n).unwrap_or(0))
    };
    let approved: i64 = conn
        .prepare_cached(
            "SELECT count(*) FROM cases WHERE tenant = ?1 AND decision = 'approved' AND ended_at >= ?2",
        )?
        .query_row(params![tenant, since], |row| row.get(0))?;
    let approved = u64::try_from(approved).unwrap_or(0);
    Ok(Usage { today: answered(midnight(now))?, lately: answered(since)?, approved })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_of_an_approved_case_counts_all_answered_calls() {
        let usage = Usage { today: 3, lately: 40, approved: 8 };
        assert_eq!(usage.per_approved_fen(250), Some(1_250));
        assert_eq!(Usage::default().per_approved_fen(250), None);
    }
}

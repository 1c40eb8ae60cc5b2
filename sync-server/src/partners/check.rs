//! Asking who somebody is and how they pay: real-name check and credit bureau.

use std::time::Duration;

use shared::protocol::partners::{
    checks::{CreditQuery, CreditReport, CreditStanding, RealNameAnswer, RealNameCheck},
    paths,
};

use super::{IdempotencyKey, Partner, PartnerFailure, Partners, Question, read};

impl Partners {
    /// Do this name and this ID number belong together?
    ///
    /// # Errors
    /// [`PartnerFailure`]; an answer that cannot be understood is never a match.
    pub async fn check_real_name(
        &self,
        key: &IdempotencyKey,
        limit: Option<Duration>,
        check: &RealNameCheck,
    ) -> Result<RealNameAnswer, PartnerFailure> {
        let read = (Question::RealName, read::real_name);
        self.post(&Partner::RealName, paths::REAL_NAME_CHECKS, key, limit, check, read).await
    }

    /// The bureau's report. Call only under a consent that names the bureau.
    ///
    /// # Errors
    /// [`PartnerFailure`]; a report that contradicts itself is malformed.
    pub async fn query_credit(
        &self,
        key: &IdempotencyKey,
        limit: Option<Duration>,
        query: &CreditQuery,
    ) -> Result<CreditReport, PartnerFailure> {
        let read = (Question::Credit, read::credit);
        self.post(&Partner::Bureau, paths::CREDIT_QUERIES, key, limit, query, read).await
    }
}

pub(super) fn consistent(report: CreditReport) -> Result<CreditReport, PartnerFailure> {
    let score_fits = match (report.standing, report.score) {
        (CreditStanding::NoRecord, score) => score.is_none(),
        (_, Some(score)) => CreditReport::SCORES.contains(&score),
        (_, None) => false,
    };
    if !score_fits {
        return Err(PartnerFailure::Malformed { what: "score" });
    }
    if report.overdue_24m > 24 {
        return Err(PartnerFailure::Malformed { what: "overdue_24m" });
    }
    if report.overdue_now && report.standing == CreditStanding::Clear {
        return Err(PartnerFailure::Malformed { what: "overdue_now" });
    }
    if report.monthly_debt_fen < 0 {
        return Err(PartnerFailure::Malformed { what: "monthly_debt_fen" });
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::protocol::partners::PartnerToken;

    #[test]
    fn a_report_that_contradicts_itself_is_refused() {
        let clear = CreditReport {
            reference: PartnerToken::parse("cb-1").unwrap(),
            standing: CreditStanding::Clear,
            score: Some(700),
            overdue_24m: 0,
            overdue_now: false,
            monthly_debt_fen: 0,
            queries_3m: 1,
        };
        assert!(consistent(clear.clone()).is_ok());
        let bad = [
            CreditReport { score: None, ..clear.clone() },
            CreditReport { score: Some(299), ..clear.clone() },
            CreditReport { score: Some(951), ..clear.clone() },
            CreditReport { standing: CreditStanding::NoRecord, ..clear.clone() },
            CreditReport { overdue_24m: 25, ..clear.clone() },
            CreditReport { overdue_now: true, ..clear.clone() },
            CreditReport { monthly_debt_fen: -1, ..clear.clone() },
        ];
        for report in bad {
            assert!(consistent(report).is_err());
        }
    }
}

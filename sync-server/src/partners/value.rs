//! Asking what a vehicle is worth.

use std::time::Duration;

use shared::protocol::partners::{
    CNY, MAX_SUM_FEN,
    checks::{Valuation, ValuationRequest},
    paths,
};

use super::{IdempotencyKey, Partner, PartnerFailure, Partners, Question, read};

impl Partners {
    /// What the vehicle is worth.
    ///
    /// # Errors
    /// [`PartnerFailure`]; another vehicle's value, another currency or an impossible range is no value.
    pub async fn value_vehicle(
        &self,
        key: &IdempotencyKey,
        limit: Option<Duration>,
        request: &ValuationRequest,
    ) -> Result<Valuation, PartnerFailure> {
        let question = Question::Valuation { vin: request.vin.as_str().into() };
        let read = (question, |body: &[u8]| read::valuation(&request.vin, body));
        self.post(&Partner::Valuation, paths::VEHICLES, key, limit, request, read).await
    }
}

pub(super) fn about(asked: &str, answer: Valuation) -> Result<Valuation, PartnerFailure> {
    if let Valuation::Valued { vin, currency, value_fen, low_fen, high_fen, .. } = &answer {
        if vin != asked {
            return Err(PartnerFailure::Malformed { what: "vin" });
        }
        if currency != CNY {
            return Err(PartnerFailure::WrongAmount { what: "currency" });
        }
        let ordered =
            0 <= *low_fen && low_fen <= value_fen && value_fen <= high_fen && *high_fen <= MAX_SUM_FEN;
        if !ordered {
            return Err(PartnerFailure::WrongAmount { what: "value_fen" });
        }
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::protocol::partners::PartnerToken;

    #[test]
    fn only_a_plausible_value_of_the_vehicle_asked_about_counts() {
        let vin = "LSVWY4180KN246094";
        let valued = |vin: &str, currency: &str, low_fen, value_fen, high_fen| Valuation::Valued {
            reference: PartnerToken::parse("v-1").unwrap(),
            vin: vin.into(),
            currency: currency.into(),
            value_fen,
            low_fen,
            high_fen,
            damage_on_record: false,
        };
        assert!(about(vin, valued(vin, CNY, 1, 2, 3)).is_ok());
        for bad in [
            valued("LSVWY4180KN246095", CNY, 1, 2, 3),
            valued(vin, "USD", 1, 2, 3),
            valued(vin, CNY, -1, 2, 3),
            valued(vin, CNY, 3, 2, 3),
            valued(vin, CNY, 1, 4, 3),
            valued(vin, CNY, 1, 2, MAX_SUM_FEN + 1),
        ] {
            assert!(about(vin, bad).is_err());
        }
    }
}

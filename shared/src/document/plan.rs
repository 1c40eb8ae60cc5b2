//! The plan that customer and advisor agreed on, as one value.

use crate::domain::{Fen, Months, Rate};
use serde::{Deserialize, Serialize};

/// A plan with the figures that were shown when it was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanChosen {
    /// The plan's key in the catalogue.
    pub plan: crate::domain::plans::PlanKey,
    /// What is paid at once.
    pub down_payment: Fen,
    /// What is financed.
    pub financed: Fen,
    /// For how long.
    pub months: Months,
    /// The instalment that was shown.
    pub monthly: Fen,
    /// The annualised cost that was shown.
    pub annualised_cost: Rate,
}

impl PlanChosen {
    /// Reads the stored text.
    pub fn parse(text: &str) -> Option<PlanChosen> {
        serde_json::from_str(text).ok()
    }

    /// The one text that equal plans share.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_back_whole() {
        let text = r#"{"plan":"easy-36","down_payment":2000000,"financed":8000000,"months":36,"monthly":250000,"annualised_cost":"0.0799"}"#;
        let plan = PlanChosen::parse(text).unwrap();
        assert_eq!(plan.to_text(), text);
        assert_eq!(PlanChosen::parse(r#"{"plan":"easy-36"}"#), None);
    }
}

//! The terms that are disclosed and signed, in the one sequence of bytes that is hashed.

use super::offer::PlannedOffer;
use super::plan::{FeePaid, PlanKey, PlanKind};
use super::schedule::Repayment;
use crate::domain::money::{Fen, Months, Rate};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The version of the terms' shape, part of the hashed bytes.
const FORMAT: u32 = 2;

/// Everything about an offer that the customer agrees to. Names and explanations, which may be reworded, are
/// left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferTerms {
    /// The version of this shape.
    pub format: u32,
    /// The plan.
    pub plan: PlanKey,
    /// What the customer enters into.
    pub kind: PlanKind,
    /// Who finances it, by key; absent until a funder is found.
    pub funder: Option<String>,
    /// How it is paid back.
    pub repayment: Repayment,
    /// The vehicle's price.
    pub price: Fen,
    /// What the customer pays of it.
    pub down_payment: Fen,
    /// The financed amount.
    pub financed: Fen,
    /// The term.
    pub months: Months,
    /// The yearly nominal rate.
    pub yearly_rate: Rate,
    /// All fees.
    pub fees: Vec<TermsFee>,
    /// The deposit, given back at the end.
    pub deposit: Fen,
    /// What ownership costs at the end.
    pub buyout: Fen,
    /// What is due at signing.
    pub due_at_signing: Fen,
    /// Each instalment as principal and interest.
    pub instalments: Vec<(Fen, Fen)>,
    /// Everything the customer pays less the deposit.
    pub total_cost: Fen,
    /// What it costs a year, over all charges.
    pub annualised_cost: Rate,
    /// What an overdue amount costs a day, as a share of it. Since format 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_rate_per_day: Option<Rate>,
    /// What settling early costs, as a share of the principal still outstanding. Since format 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub early_settlement_fee: Option<Rate>,
}

/// One fee of the terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermsFee {
    /// Its stable name.
    pub key: String,
    /// How much.
    pub amount: Fen,
    /// When it is paid.
    pub paid: FeePaid,
}

impl PlannedOffer {
    /// The offer's terms, with the funder once there is one. A change of funder is a change of terms.
    pub fn terms(&self, funder: Option<&str>) -> OfferTerms {
        let fee =
            |fee: &super::OfferFee| TermsFee { key: fee.key.clone(), amount: fee.amount, paid: fee.paid };
        OfferTerms {
            format: FORMAT,
            plan: self.plan.clone(),
            kind: self.kind,
            funder: funder.map(str::to_owned),
            repayment: self.repayment,
            price: self.price,
            down_payment: self.down_payment,
            financed: self.financed,
            months: self.months,
            yearly_rate: self.yearly_rate,
            fees: self.fees.iter().map(fee).collect(),
            deposit: self.deposit,
            buyout: self.buyout,
            due_at_signing: self.due_at_signing,
            instalments: self.instalments.iter().map(|row| (row.principal, row.interest)).collect(),
            total_cost: self.total_cost,
            annualised_cost: self.annualised_cost,
            late_rate_per_day: Some(self.late_rate_per_day),
            early_settlement_fee: Some(self.early_settlement_fee),
        }
    }
}

impl OfferTerms {
    /// The bytes that are hashed, disclosed and signed: the same terms always give the same bytes.
    ///
    /// # Errors
    /// Never for terms that were made by [`PlannedOffer::terms`]; the error is that of serde_json.
    pub fn canonical_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        Ok(canonical_json(&serde_json::to_value(self)?).into_bytes())
    }
}

/// JSON as RFC 8785 writes it, for values without fractions: keys sorted, no blanks. Keys are ASCII here, so
/// that sorting by bytes is sorting by UTF-16 units.
pub fn canonical_json(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut sorted: Vec<(&String, &Value)> = fields.iter().collect();
            sorted.sort_by_key(|(key, _)| *key);
            text.push('{');
            for (place, (key, value)) in sorted.into_iter().enumerate() {
                text.push_str(if place > 0 { "," } else { "" });
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
        Value::Array(values) => {
            text.push('[');
            for (place, value) in values.iter().enumerate() {
                text.push_str(if place > 0 { "," } else { "" });
                write(value, text);
            }
            text.push(']');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn canonical_json_sorts_and_leaves_no_blanks() {
        let value = json!({"b": [1, {"z": null, "a": "中\n\""}], "a": true, "A": -5});
        assert_eq!(canonical_json(&value), r#"{"A":-5,"a":true,"b":[1,{"a":"中\n\"","z":null}]}"#);
    }

    /// Frozen: the hash of these bytes stands in disclosures and contracts that customers have signed. A
    /// change makes `sign` refuse cases that were disclosed before it; add a new `format` instead.
    #[test]
    fn the_bytes_of_format_1() {
        let terms = OfferTerms {
            format: 1,
            plan: PlanKey::try_from("plain-loan".to_owned()).unwrap(),
            kind: PlanKind::Loan,
            funder: Some("huaxing-bank".into()),
            repayment: Repayment::Balloon { share: Rate::basis_points(3000) },
            price: Fen::yuan(100_000),
            down_payment: Fen::yuan(20_000),
            financed: Fen::yuan(81_200),
            months: Months::new(2).unwrap(),
            yearly_rate: Rate::basis_points(658),
            fees: vec![TermsFee { key: "gps".into(), amount: Fen::yuan(1_200), paid: FeePaid::Financed }],
            deposit: Fen::ZERO,
            buyout: Fen::ZERO,
            due_at_signing: Fen::yuan(20_000),
            instalments: vec![(Fen::yuan(40_000), Fen::yuan(400)), (Fen::yuan(41_200), Fen::yuan(200))],
            total_cost: Fen::yuan(101_800),
            annualised_cost: "0.12345678".parse().unwrap(),
            late_rate_per_day: None,
            early_settlement_fee: None,
        };
        let bytes = terms.canonical_bytes().unwrap();
        let frozen = r#"{"annualised_cost":"0.12345678","buyout":0,"deposit":0,"down_payment":2000000,"due_at_signing":2000000,"fees":[{"amount":120000,"key":"gps","paid":"financed"}],"financed":8120000,"format":1,"funder":"huaxing-bank","instalments":[[4000000,40000],[4120000,20000]],"kind":"loan","months":2,"plan":"plain-loan","price":10000000,"repayment":{"method":"balloon","share":"0.3"},"total_cost":10180000,"yearly_rate":"0.0658"}"#;
        assert_eq!(String::from_utf8(bytes.clone()).unwrap(), frozen);
        assert_eq!(serde_json::from_slice::<OfferTerms>(&bytes).unwrap(), terms);

        // Format 2 added what a payment costs that comes late or early; nothing else moved.
        let late = Some("0.0005".parse().unwrap());
        let early = Some(Rate::basis_points(300));
        let terms = OfferTerms { format: 2, late_rate_per_day: late, early_settlement_fee: early, ..terms };
        let frozen = frozen
            .replace(r#""fees":"#, r#""early_settlement_fee":"0.03","fees":"#)
            .replace(r#""format":1"#, r#""format":2"#)
            .replace(r#""months":2"#, r#""late_rate_per_day":"0.0005","months":2"#);
        assert_eq!(String::from_utf8(terms.canonical_bytes().unwrap()).unwrap(), frozen);
    }
}

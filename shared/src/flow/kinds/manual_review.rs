//! Waits for somebody of a queue to look at the case.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shape::{About, BadParams, Class, KindOf, MAX_DUE_MINUTES, Shape, Who};
use crate::domain::Fen;

pub(crate) struct ManualReview;

/// What a reviewer may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The case goes on.
    Approve,
    /// The case ends.
    Decline,
    /// The customer is asked for something.
    RequestMore,
}

/// Within what a reviewer may set other terms than those asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TermsRoom {
    /// Least down payment, percent of the price.
    #[schemars(range(min = 0, max = 95))]
    pub least_down_payment_percent: u32,
    /// Most down payment, percent of the price.
    #[schemars(range(min = 0, max = 95))]
    pub most_down_payment_percent: u32,
    /// The shortest term, months.
    #[schemars(range(min = 1, max = 120))]
    pub shortest_months: u32,
    /// The longest term, months.
    #[schemars(range(min = 1, max = 120))]
    pub longest_months: u32,
}

/// Parameters of `manual-review`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Queue it waits in.
    pub queue: String,
    /// Until when somebody must have answered, minutes.
    #[schemars(range(min = 1, max = MAX_DUE_MINUTES))]
    pub due_minutes: u32,
    /// The answers that are offered.
    #[serde(default = "all_answers")]
    pub may: Vec<Answer>,
    /// The reviewer may set other terms within these: outcome `changed`, which leads to where plans are ranked.
    #[serde(default)]
    pub may_change: Option<TermsRoom>,
}

fn all_answers() -> Vec<Answer> {
    vec![Answer::Approve, Answer::Decline, Answer::RequestMore]
}

impl KindOf for ManualReview {
    type Params = Params;
    const ABOUT: About = About {
        key: "manual-review",
        class: Class::People,
        name: ("人工审核", "Review"),
        help: (
            "交给指定队列的人员审核，到期自动升级。",
            "Hands the case to the people of a queue; when it is due, it goes on to whoever comes next.",
        ),
        budget_ms: 0,
        example: r#"{"queue": "identity", "due_minutes": 240, "may": ["approve", "decline"]}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_codes("queue", std::slice::from_ref(&params.queue))?;
        BadParams::unless_within("due_minutes", params.due_minutes, 1..=MAX_DUE_MINUTES)?;
        let mut outcomes = Vec::new();
        for (answer, outcome) in [
            (Answer::Approve, "approve"),
            (Answer::Decline, "decline"),
            (Answer::RequestMore, "request_more"),
        ] {
            if params.may.contains(&answer) {
                outcomes.push(outcome);
            }
        }
        if params.may_change.is_some() {
            outcomes.push("changed");
        }
        if outcomes.is_empty() {
            return Err(BadParams::at("may", "至少允许一种答复", "offer at least one answer"));
        }
        outcomes.push("expired");
        let shape = Shape::wait(Who::Queue(params.queue), params.due_minutes, &outcomes).writes(&["review"]);
        let Some(room) = params.may_change else { return Ok(shape) };
        room.check()?;
        // Funders that said no to more are asked anew.
        Ok(shape.adds_to(&["counter", "funder"]))
    }
}

impl TermsRoom {
    /// From where to where the down payment for this price may be set, in whole fen.
    pub fn down_payment(self, price: Fen) -> (Fen, Fen) {
        let hundredths = |percent: u32| price.get().saturating_mul(i64::from(percent));
        let fen = |fen: i64| Fen::new(fen).unwrap_or(price);
        let least = hundredths(self.least_down_payment_percent).saturating_add(99) / 100;
        (fen(least), fen(hundredths(self.most_down_payment_percent) / 100))
    }

    fn check(self) -> Result<(), BadParams> {
        let whole = |least: u32, most: u32, range: std::ops::RangeInclusive<u32>, names: [&str; 2]| {
            let at = |name: &str| format!("may_change.{name}");
            BadParams::unless_within(&at(names[0]), least, range.clone())?;
            BadParams::unless_within(&at(names[1]), most, range)?;
            if least > most {
                return Err(BadParams::at(at(names[0]), "不能高于上限", "must not be above the most"));
            }
            Ok(())
        };
        let (least, most) = (self.least_down_payment_percent, self.most_down_payment_percent);
        whole(least, most, 0..=95, ["least_down_payment_percent", "most_down_payment_percent"])?;
        let (least, most) = (self.shortest_months, self.longest_months);
        whole(least, most, 1..=120, ["shortest_months", "longest_months"])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_for_a_down_payment_ends_at_whole_fen_within_its_percents() {
        let room = TermsRoom {
            least_down_payment_percent: 30,
            most_down_payment_percent: 80,
            shortest_months: 12,
            longest_months: 48,
        };
        for price in [12_980_000, 12_980_001, 12_980_099, 1] {
            let (least, most) = room.down_payment(Fen::new(price).unwrap());
            for fen in [least.get() - 1, least.get(), most.get(), most.get() + 1] {
                let within = 30 * price <= 100 * fen && 100 * fen <= 80 * price;
                assert_eq!((least.get()..=most.get()).contains(&fen), within, "{fen} of {price}");
            }
        }
    }
}

//! Waits for somebody of a queue to look at the case.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shape::{About, BadParams, Class, KindOf, MAX_DUE_MINUTES, Shape, Who};

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
        if outcomes.is_empty() {
            return Err(BadParams::at("may", "至少允许一种答复", "offer at least one answer"));
        }
        outcomes.push("expired");
        Ok(Shape::wait(Who::Queue(params.queue), params.due_minutes, &outcomes).writes(&["review"]))
    }
}

//! Waits for a second person: somebody who has not approved this case before.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shape::{About, BadParams, Class, KindOf, MAX_DUE_MINUTES, Shape, Who};

pub(crate) struct SecondApproval;

/// Parameters of `second-approval`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Queue it waits in.
    pub queue: String,
    /// Until when somebody must have answered, minutes.
    #[schemars(range(min = 1, max = MAX_DUE_MINUTES))]
    pub due_minutes: u32,
}

impl KindOf for SecondApproval {
    type Params = Params;
    const ABOUT: About = About {
        key: "second-approval",
        class: Class::People,
        name: ("复核", "Second approval"),
        help: (
            "由另一位人员复核：批准过这个案件的人不能自己复核。",
            "A second person agrees: whoever approved the case before cannot answer here.",
        ),
        budget_ms: 0,
        example: r#"{"queue": "lead", "due_minutes": 1440}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_codes("queue", std::slice::from_ref(&params.queue))?;
        BadParams::unless_within("due_minutes", params.due_minutes, 1..=MAX_DUE_MINUTES)?;
        let outcomes = ["approve", "decline", "expired"];
        Ok(Shape::wait(Who::Queue(params.queue), params.due_minutes, &outcomes).writes(&["review"]))
    }
}

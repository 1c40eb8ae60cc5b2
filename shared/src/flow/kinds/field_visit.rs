//! Waits for somebody of a queue to go and look: at the address, at the vehicle.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shape::{About, BadParams, Class, KindOf, MAX_DUE_MINUTES, Shape, Who, unless_set};

pub(crate) struct FieldVisit;

/// What somebody goes and looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LookFor {
    /// That the customer lives, or has their business, where they said.
    Address,
    /// That the vehicle is there, and is the one that was named.
    Vehicle,
}

/// Parameters of `field-visit`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Queue it waits in.
    pub queue: String,
    /// Until when somebody must have been there, minutes.
    #[schemars(range(min = 1, max = MAX_DUE_MINUTES))]
    pub due_minutes: u32,
    /// What is to be seen.
    #[serde(default = "both")]
    pub look_for: Vec<LookFor>,
}

fn both() -> Vec<LookFor> {
    LookFor::ALL.to_vec()
}

impl LookFor {
    /// Everything that can be looked for, in the order of the form.
    pub const ALL: [Self; 2] = [Self::Address, Self::Vehicle];

    /// Its stable name: a form's field, and the fact below `visit`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Vehicle => "vehicle",
        }
    }
}

impl Params {
    /// The outcome of a visit that saw this: what is missing of what was looked for makes it `not_as_stated`.
    pub fn outcome(&self, seen: &[LookFor]) -> &'static str {
        if self.look_for.iter().all(|one| seen.contains(one)) { "as_stated" } else { "not_as_stated" }
    }
}

impl KindOf for FieldVisit {
    type Params = Params;
    const ABOUT: About = About {
        key: "field-visit",
        class: Class::People,
        name: ("上门核实", "Field visit"),
        help: (
            "请指定队列的人员上门查看住址和车辆，并填写核实结果。",
            "Has somebody of a queue go and see the address and the vehicle, and write down what they found.",
        ),
        budget_ms: 0,
        example: r#"{"queue": "visits", "due_minutes": 4320, "look_for": ["address", "vehicle"]}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_codes("queue", std::slice::from_ref(&params.queue))?;
        BadParams::unless_within("due_minutes", params.due_minutes, 1..=MAX_DUE_MINUTES)?;
        unless_set("look_for", &params.look_for)?;
        let outcomes = ["as_stated", "not_as_stated", "expired"];
        Ok(Shape::wait(Who::Queue(params.queue), params.due_minutes, &outcomes).writes(&["visit"]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_looked_for_has_to_be_seen() {
        let params = |look_for| -> Params {
            serde_json::from_value(json!({"queue": "visits", "due_minutes": 60, "look_for": look_for}))
                .unwrap()
        };
        let both = params(json!(["address", "vehicle"]));
        assert_eq!(both.outcome(&LookFor::ALL), "as_stated");
        assert_eq!(both.outcome(&[LookFor::Address]), "not_as_stated");
        assert_eq!(both.outcome(&[]), "not_as_stated");
        assert_eq!(params(json!(["vehicle"])).outcome(&[LookFor::Vehicle]), "as_stated");
    }
}

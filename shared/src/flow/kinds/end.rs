//! Ends the case with a decision and its reason.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shape::{About, BadParams, Class, Decision, KindOf, Shape, Work};

pub(crate) struct End;

/// Parameters of `end`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// How the case ends.
    pub decision: Decision,
    /// Stable code of the reason.
    pub reason: String,
    /// Fact path with a more exact reason code, which wins where it is set.
    #[serde(default)]
    pub reason_from: Option<String>,
}

impl KindOf for End {
    type Params = Params;
    const ABOUT: About = About {
        key: "end",
        class: Class::Control,
        name: ("结束", "End"),
        help: ("以一个决定和理由结束案件。", "Ends the case with a decision and its reason."),
        budget_ms: 0,
        example: r#"{"decision": "declined", "reason": "declined"}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_codes("reason", std::slice::from_ref(&params.reason))?;
        let reads: Vec<&str> = params.reason_from.as_deref().into_iter().collect();
        let shape = Shape::of(
            Work::End {
                decision: params.decision,
                reason: params.reason.clone(),
                reason_from: params.reason_from.clone(),
            },
            &[],
        );
        Ok(shape.reads(&reads))
    }
}

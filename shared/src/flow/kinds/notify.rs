//! Tells the customer something by SMS.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shape::{About, BadParams, Class, KindOf, Shape};

pub(crate) struct Notify;

/// Parameters of `notify`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Which message, such as `contract_signed`.
    pub message: String,
}

impl KindOf for Notify {
    type Params = Params;
    const ABOUT: About = About {
        key: "notify",
        class: Class::People,
        name: ("通知客户", "Notify"),
        help: ("给客户发送短信通知。", "Sends the customer a text message."),
        budget_ms: 300,
        example: r#"{"message": "contract_signed"}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_codes("message", std::slice::from_ref(&params.message))?;
        Ok(Shape::machine(10_000, &["sent", "error"]).writes(&["notice"]))
    }
}

//! Tells the customer something by SMS, or the company's own systems by webhook.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shape::{About, BadParams, Class, KindOf, Shape};

pub(crate) struct Notify;

/// Whom a message goes to, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The customer, as a text message.
    Sms,
    /// The company's own systems, at the addresses that its administrator entered.
    Webhook,
}

/// Parameters of `notify`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Which message, such as `contract_signed`.
    pub message: String,
    /// Whom it goes to, and how.
    #[serde(default = "by_sms")]
    pub channel: Channel,
}

fn by_sms() -> Channel {
    Channel::Sms
}

impl KindOf for Notify {
    type Params = Params;
    const ABOUT: About = About {
        key: "notify",
        class: Class::People,
        name: ("通知", "Notify"),
        help: (
            "给客户发送短信，或把案件进展推送给本公司的系统。",
            "Sends the customer a text message, or tells the company's own systems how far the case is.",
        ),
        budget_ms: 300,
        example: r#"{"message": "contract_signed"}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_codes("message", std::slice::from_ref(&params.message))?;
        Ok(Shape::machine(10_000, &["sent", "error"]).writes(&["notice"]))
    }
}

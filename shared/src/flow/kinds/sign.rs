//! The customer signs with a one-time code; the CA adapter makes the signature.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shape::{About, BadParams, Class, KindOf, MAX_DUE_MINUTES, Shape, Who};
use crate::domain::Purpose;

pub(crate) struct Sign;

/// Parameters of `sign`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// How long the customer has in all, minutes. How long one code is good and how often it may be tried is the
    /// house's own setting (`code_seconds`, `code_attempts`), the same in every flow.
    #[schemars(range(min = 1, max = MAX_DUE_MINUTES))]
    pub due_minutes: u32,
}

impl KindOf for Sign {
    type Params = Params;
    const ABOUT: About = About {
        key: "sign",
        class: Class::Contract,
        name: ("签署", "Signature"),
        help: (
            "客户凭短信验证码签署；已告知条款与合同不一致时拒绝。",
            "The customer signs with a one-time code; refused when the disclosed terms are not the contract's.",
        ),
        budget_ms: 0,
        example: r#"{"due_minutes": 10080}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_within("due_minutes", params.due_minutes, 1..=MAX_DUE_MINUTES)?;
        let outcomes = ["signed", "failed", "terms_changed", "expired"];
        let mut shape = Shape::wait(Who::Customer, params.due_minutes, &outcomes)
            .reads(&["contract", "disclosure"])
            .writes(&["signature"]);
        shape.needs = vec![Purpose::IssueCertificate];
        Ok(shape)
    }
}

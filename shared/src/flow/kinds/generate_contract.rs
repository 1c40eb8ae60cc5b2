//! Writes the contract from the disclosed terms and seals it. The plan's kind says which articles it has.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shape::{About, BadParams, Class, KindOf, Shape};

pub(crate) struct GenerateContract;

/// Parameters of `generate-contract`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {}

impl KindOf for GenerateContract {
    type Params = Params;
    const ABOUT: About = About {
        key: "generate-contract",
        class: Class::Contract,
        name: ("生成合同", "Write contract"),
        help: (
            "按已告知的条款生成并加盖合同。",
            "Writes the contract from the disclosed terms and seals it.",
        ),
        budget_ms: 150,
        example: r#"{}"#,
    };

    fn shape(Params {}: Params) -> Result<Shape, BadParams> {
        Ok(Shape::machine(30_000, &["generated", "terms_changed", "needs_person", "error"])
            .reads(&["plan", "funder", "disclosure"])
            .writes(&["contract"]))
    }
}

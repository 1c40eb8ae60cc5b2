//! Reads the card on the photo. What it reads is a proposal with a confidence, never a fact.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shape::{About, BadParams, Class, KindOf, Shape};

pub(crate) struct Ocr;

/// Parameters of `ocr`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Least confidence in the number line for the outcome `clear`, percent.
    #[serde(default = "sure")]
    #[schemars(range(min = 0, max = 100))]
    pub min_number_confidence: u32,
}

fn sure() -> u32 {
    60
}

impl KindOf for Ocr {
    type Params = Params;
    const ABOUT: About = About {
        key: "ocr",
        class: Class::Check,
        name: ("证件识别", "Card reading"),
        help: ("从照片中读取身份证信息。", "Reads the ID card on the photo."),
        budget_ms: 1_000,
        example: r#"{"min_number_confidence": 60}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_within("min_number_confidence", params.min_number_confidence, 0..=100)?;
        Ok(Shape::machine(30_000, &["clear", "unclear", "no_card", "error"])
            .reads(&["photo"])
            .writes(&["ocr"]))
    }
}

//! Looks for the same photo, or the same card, in other cases.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shape::{About, BadParams, Class, KindOf, Shape};

pub(crate) struct DuplicateCheck;

/// Parameters of `duplicate-check`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// How far back other cases are looked at, days.
    #[serde(default = "year")]
    #[schemars(range(min = 1, max = 3_650))]
    pub days: u32,
}

fn year() -> u32 {
    365
}

impl KindOf for DuplicateCheck {
    type Params = Params;
    const ABOUT: About = About {
        key: "duplicate-check",
        class: Class::Check,
        name: ("重复核查", "Duplicate check"),
        help: (
            "查找其他案件中相同的照片或证件；同一张证件配不同号码视为欺诈信号。",
            "Looks for the same photo or card in other cases; the same card under another number is a fraud signal.",
        ),
        budget_ms: 20,
        example: r#"{"days": 365}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_within("days", params.days, 1..=3_650)?;
        let outcomes = ["none", "seen", "other_number", "error"];
        Ok(Shape::machine(5_000, &outcomes).reads(&["photo"]).writes(&["duplicate"]))
    }
}

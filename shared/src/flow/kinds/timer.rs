//! Lets a case rest for a fixed time.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shape::{About, BadParams, Class, KindOf, MAX_DUE_MINUTES, Shape, Who, Work};

pub(crate) struct Timer;

/// Parameters of `timer`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// How long, minutes.
    #[schemars(range(min = 1, max = MAX_DUE_MINUTES))]
    pub minutes: u32,
}

impl KindOf for Timer {
    type Params = Params;
    const ABOUT: About = About {
        key: "timer",
        class: Class::Control,
        name: ("定时等待", "Timer"),
        help: (
            "等待固定的时间后继续，例如冷静期。",
            "Waits for a fixed time and goes on, for a cooling-off period.",
        ),
        budget_ms: 0,
        example: r#"{"minutes": 60}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_within("minutes", params.minutes, 1..=MAX_DUE_MINUTES)?;
        let work =
            Work::Wait { who: Who::Clock, due_minutes: params.minutes, on_due: "elapsed", opens: None };
        Ok(Shape::of(work, &["elapsed"]))
    }
}

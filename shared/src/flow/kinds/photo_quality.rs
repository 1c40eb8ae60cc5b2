//! Looks at the photo itself: sharp, lit evenly, large enough, the card all in.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shape::{About, BadParams, Class, KindOf, Shape};

pub(crate) struct PhotoQuality;

/// Parameters of `photo-quality`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Problems that make a photo unusable, such as `blurred`, `glare`, `too_small`, `cut_off`, `no_card`,
    /// `colourless` (a photocopy).
    pub refuse: Vec<String>,
}

impl KindOf for PhotoQuality {
    type Params = Params;
    const ABOUT: About = About {
        key: "photo-quality",
        class: Class::Check,
        name: ("照片质量", "Photo quality"),
        help: (
            "检查照片是否模糊、反光、过小或不完整。",
            "Checks the photo for blur, glare, size and a card that is cut off.",
        ),
        budget_ms: 200,
        example: r#"{"refuse": ["blurred", "glare", "too_small", "cut_off", "no_card"]}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_codes("refuse", &params.refuse)?;
        Ok(Shape::machine(10_000, &["good", "poor", "error"]).writes(&["photo"]))
    }
}

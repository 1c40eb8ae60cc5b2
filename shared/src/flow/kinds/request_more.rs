//! Asks the customer for what is missing: a better photo, a confirmed reading, a confirmed name, a phone number.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shape::{About, BadParams, Class, KindOf, MAX_DUE_MINUTES, Shape, Who};

pub(crate) struct RequestMore;

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Thing {
    /// The photo once more.
    Photo,
    /// That what was read is right, or the correction.
    ConfirmReading,
    /// The name, exactly as on the card.
    ConfirmName,
    /// The mobile number.
    Phone,
}

impl Thing {
    /// Everything that can be asked for.
    pub const ALL: [Self; 4] = [Self::Photo, Self::ConfirmReading, Self::ConfirmName, Self::Phone];

    /// Its name as in parameters and facts.
    pub fn code(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::ConfirmReading => "confirm_reading",
            Self::ConfirmName => "confirm_name",
            Self::Phone => "phone",
        }
    }

    /// The thing of this name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|thing| thing.code() == code)
    }
}

/// Parameters of `request-more`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// What is asked for.
    pub ask: Vec<Thing>,
    /// How long the customer has, minutes.
    #[schemars(range(min = 1, max = MAX_DUE_MINUTES))]
    pub due_minutes: u32,
    /// The customer may say that the card is not theirs: outcome `retake`.
    #[serde(default)]
    pub may_retake: bool,
    /// Of what is listed, only what the reviewer chose who sent the case here is asked for. A photo among it leads on by
    /// `photo_given`, as it has to be looked at; anything else by `given`.
    #[serde(default)]
    pub reviewer_chooses: bool,
}

impl KindOf for RequestMore {
    type Params = Params;
    const ABOUT: About = About {
        key: "request-more",
        class: Class::People,
        name: ("补充资料", "Ask for more"),
        help: (
            "请客户只补充缺少或不清楚的那一项。",
            "Asks the customer for just the one thing that is missing or unclear.",
        ),
        budget_ms: 0,
        example: r#"{"ask": ["photo"], "due_minutes": 10080}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        if params.ask.is_empty() || (1..params.ask.len()).any(|i| params.ask[..i].contains(&params.ask[i])) {
            return Err(BadParams::at(
                "ask",
                "请列出要补充的内容，不可重复",
                "name what is asked for, each thing once",
            ));
        }
        BadParams::unless_within("due_minutes", params.due_minutes, 1..=MAX_DUE_MINUTES)?;
        let mut outcomes = vec!["given", "expired"];
        if params.may_retake {
            outcomes.push("retake");
        }
        if params.reviewer_chooses {
            if params.ask.len() < 2 {
                return Err(BadParams::at(
                    "ask",
                    "由审核人员选择时，请至少列出两项",
                    "list at least two things where the reviewer chooses",
                ));
            }
            if params.ask.contains(&Thing::Photo) {
                outcomes.push("photo_given");
            }
        }
        Ok(Shape::wait(Who::Customer, params.due_minutes, &outcomes)
            .reads(&["photo", "ocr", "match", "review"])
            .writes(&["more"])
            .adds_to(&["id", "intake"]))
    }
}

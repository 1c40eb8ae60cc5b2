//! Takes in what the customer hands over, with the consents that doing so needs.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shape::{About, BadParams, Class, KindOf, MAX_DUE_MINUTES, Shape, Who, unless_set};
use crate::domain::Purpose;

pub(crate) struct Intake;

/// Parameters of `intake`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// What must be handed in, such as `id_number`, `id_front`, `phone`.
    pub require: Vec<String>,
    /// Consents that the page asks for before it takes anything.
    #[serde(default)]
    pub consents: Vec<Purpose>,
    /// How long the customer has, minutes.
    #[schemars(range(min = 1, max = MAX_DUE_MINUTES))]
    pub due_minutes: u32,
}

impl KindOf for Intake {
    type Params = Params;
    const ABOUT: About = About {
        key: "intake",
        class: Class::Intake,
        name: ("客户进件", "Intake"),
        help: (
            "等待客户提交身份证号和照片等资料。",
            "Waits for the customer to hand in the ID number, photo and so on.",
        ),
        budget_ms: 0,
        example: r#"{"require": ["id_number", "id_front"], "consents": ["process_identity", "real_name_check"], "due_minutes": 10080}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_codes("require", &params.require)?;
        if !params.consents.is_empty() {
            unless_set("consents", &params.consents)?;
        }
        BadParams::unless_within("due_minutes", params.due_minutes, 1..=MAX_DUE_MINUTES)?;
        let mut shape = Shape::wait(Who::Customer, params.due_minutes, &["complete", "expired"])
            .writes(&["intake", "id"])
            .adds_to(&["consent"]);
        shape.gives = vec![("complete", params.consents)];
        Ok(shape)
    }
}

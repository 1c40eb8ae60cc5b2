//! Looks the customer and the vehicle up in the company's own blacklist.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shape::{About, BadParams, Class, KindOf, Shape, unless_set};

pub(crate) struct Blacklist;

/// What can be on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Listed {
    /// A resident identity number.
    IdNumber,
    /// A mobile number.
    Phone,
    /// A vehicle identification number.
    Vin,
}

/// Parameters of `blacklist`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// What is looked up. What the case does not know yet is passed over.
    #[serde(default = "all")]
    pub look_up: Vec<Listed>,
}

fn all() -> Vec<Listed> {
    vec![Listed::IdNumber, Listed::Phone, Listed::Vin]
}

impl Listed {
    /// Every sort, in the order in which they are listed.
    pub const ALL: [Self; 3] = [Self::IdNumber, Self::Phone, Self::Vin];

    /// The sort's stable name, as stored and as on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Self::IdNumber => "id_number",
            Self::Phone => "phone",
            Self::Vin => "vin",
        }
    }
}

impl KindOf for Blacklist {
    type Params = Params;
    const ABOUT: About = About {
        key: "blacklist",
        class: Class::Check,
        name: ("黑名单核查", "Blacklist"),
        help: (
            "在公司自己的黑名单中查找身份证号、手机号和车架号。",
            "Looks ID number, phone and VIN up in the company's own blacklist.",
        ),
        budget_ms: 10,
        example: r#"{"look_up": ["id_number", "phone", "vin"]}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        unless_set("look_up", &params.look_up)?;
        Ok(Shape::machine(5_000, &["clear", "listed", "error"])
            .reads(&["id", "vehicle"])
            .writes(&["blacklist"]))
    }
}

#[cfg(test)]
mod tests {
    use super::super::shape::Kind;
    use super::*;
    use serde_json::json;

    #[test]
    fn everything_is_looked_up_unless_it_is_said_otherwise() {
        let params: Params = serde_json::from_value(json!({})).unwrap();
        assert_eq!(params.look_up, Listed::ALL);
        let of = |list| Blacklist.shape(&json!({"look_up": list})).map(|shape| shape.outcomes);
        assert_eq!(of(json!(["vin"])).unwrap(), ["clear", "listed", "error"]);
        assert_eq!(of(json!([])).unwrap_err().path, "look_up");
        assert_eq!(of(json!(["vin", "vin"])).unwrap_err().path, "look_up");
        assert!(of(json!(["name"])).is_err());
    }
}

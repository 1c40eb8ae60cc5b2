//! Sex as the card and the ID number state it.

use crate::domain::lang::Lang;
use serde::{Deserialize, Serialize};

/// Sex as printed on a card and carried by an ID number.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// 男
    Male,
    /// 女
    Female,
}

impl Sex {
    /// The sex printed on a card: `男` or `女`.
    pub fn from_card(text: &str) -> Option<Sex> {
        match text.trim() {
            "男" => Some(Sex::Male),
            "女" => Some(Sex::Female),
            _ => None,
        }
    }

    /// The word on screen; in Chinese as on the card.
    pub fn text(self, lang: Lang) -> &'static str {
        match self {
            Sex::Male => lang.pick("男", "Male"),
            Sex::Female => lang.pick("女", "Female"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_on_the_card() {
        for sex in [Sex::Male, Sex::Female] {
            assert_eq!(Sex::from_card(&format!(" {} ", sex.text(Lang::Zh))), Some(sex));
        }
        assert_eq!(Sex::from_card("勇"), None);
    }
}

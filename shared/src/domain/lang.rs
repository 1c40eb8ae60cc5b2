//! The two languages that every text is kept in.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A language a text can be shown in. Chinese comes first everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Lang {
    /// Simplified Chinese as written in mainland China (`zh-CN`).
    #[default]
    #[serde(rename = "zh-CN")]
    Zh,
    /// English (`en`).
    #[serde(rename = "en")]
    En,
}

impl Lang {
    /// Both languages, in the order in which they are shown.
    pub const ALL: [Lang; 2] = [Lang::Zh, Lang::En];

    /// The BCP 47 tag: `zh-CN` or `en`.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::Zh => "zh-CN",
            Lang::En => "en",
        }
    }

    /// The language for a BCP 47 tag as browsers send it (`zh`, `zh-Hans-CN`, `en-GB`); `None` for any other language.
    pub fn from_tag(tag: &str) -> Option<Lang> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("zh") {
            Some(Lang::Zh)
        } else if primary.eq_ignore_ascii_case("en") {
            Some(Lang::En)
        } else {
            None
        }
    }

    /// One of two given texts: `lang.pick("同意", "I agree")`.
    pub fn pick<T>(self, zh: T, en: T) -> T {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl FromStr for Lang {
    type Err = UnknownLang;

    fn from_str(tag: &str) -> Result<Self, Self::Err> {
        Lang::from_tag(tag).ok_or(UnknownLang)
    }
}

/// The text is not the tag of a language we have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("We have texts in zh-CN and en only: choose one of them.")]
pub struct UnknownLang;

impl UnknownLang {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        "lang_unknown"
    }
}

/// One text in both languages.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct Texts {
    /// The text in simplified Chinese.
    #[serde(rename = "zh-CN")]
    pub zh: String,
    /// The text in English.
    #[serde(rename = "en")]
    pub en: String,
}

impl Texts {
    /// A text from its two versions.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Texts { zh: zh.into(), en: en.into() }
    }

    /// The version in this language.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }

    /// Whether both versions say something.
    pub fn is_complete(&self) -> bool {
        !self.zh.trim().is_empty() && !self.en.trim().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_as_browsers_send_them() {
        for (tag, lang) in [
            ("zh", Some(Lang::Zh)),
            ("zh-CN", Some(Lang::Zh)),
            ("ZH_hans_CN", Some(Lang::Zh)),
            (" en-GB ", Some(Lang::En)),
            ("fr", None),
            ("", None),
            ("english", None),
        ] {
            assert_eq!(Lang::from_tag(tag), lang, "{tag}");
        }
    }

    #[test]
    fn texts_travel_under_their_language_tags() {
        let texts = Texts::new("二手车回租", "Used-car leaseback");
        let json = serde_json::to_string(&texts).unwrap();
        assert_eq!(json, r#"{"zh-CN":"二手车回租","en":"Used-car leaseback"}"#);
        assert_eq!(serde_json::from_str::<Texts>(&json).unwrap(), texts);
        assert_eq!(texts.get(Lang::En), "Used-car leaseback");
    }
}

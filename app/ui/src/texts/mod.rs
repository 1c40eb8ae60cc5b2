//! Texts in zh-CN and en, kept in Fluent files under `assets/locales`.
//!
//! A screen asks for a key through [`Words`]; a problem code becomes a sentence through [`problem`]. Tests prove that
//! both languages have the same keys with the same arguments and that every key a screen asks for exists.

mod problems;

pub use problems::{problem, problem_short};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use shared::domain::lang::Lang;
use std::sync::LazyLock;
use unic_langid::langid;

/// The sources of one language, in the order in which they are read.
type Sources = &'static [&'static str];

// The advisor's app is downloaded: it carries no words of the other faces.
const ZH: Sources = &[
    include_str!("../../../../assets/locales/zh-CN/common.ftl"),
    include_str!("../../../../assets/locales/zh-CN/advisor.ftl"),
    include_str!("../../../../assets/locales/zh-CN/problems.ftl"),
    #[cfg(not(feature = "web"))]
    include_str!("../../../../assets/locales/zh-CN/customer.ftl"),
    #[cfg(not(feature = "web"))]
    include_str!("../../../../assets/locales/zh-CN/result.ftl"),
    #[cfg(not(feature = "web"))]
    include_str!("../../../../assets/locales/zh-CN/office.ftl"),
];

const EN: Sources = &[
    include_str!("../../../../assets/locales/en/common.ftl"),
    include_str!("../../../../assets/locales/en/advisor.ftl"),
    include_str!("../../../../assets/locales/en/problems.ftl"),
    #[cfg(not(feature = "web"))]
    include_str!("../../../../assets/locales/en/customer.ftl"),
    #[cfg(not(feature = "web"))]
    include_str!("../../../../assets/locales/en/result.ftl"),
    #[cfg(not(feature = "web"))]
    include_str!("../../../../assets/locales/en/office.ftl"),
];

/// The words of one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words(pub Lang);

impl Words {
    /// The text for `key`. An unknown key shows itself, so that a page never fails because of a missing text; the tests
    /// make sure that it does not happen.
    pub fn t(self, key: &str) -> String {
        self.lookup(key, None).unwrap_or_else(|| key.to_owned())
    }

    /// The text for `key` with its arguments filled in.
    pub fn with<'a>(self, key: &str, args: &[(&'a str, FluentValue<'a>)]) -> String {
        let args: FluentArgs = args.iter().cloned().collect();
        self.lookup(key, Some(&args)).unwrap_or_else(|| key.to_owned())
    }

    /// The text for `key`, or `None` where there is none.
    pub fn find(self, key: &str) -> Option<String> {
        self.lookup(key, None)
    }

    fn lookup(self, key: &str, args: Option<&FluentArgs>) -> Option<String> {
        let bundle = bundle(self.0);
        let pattern = bundle.get_message(key)?.value()?;
        Some(bundle.format_pattern(pattern, args, &mut Vec::new()).into_owned())
    }
}

fn bundle(lang: Lang) -> &'static FluentBundle<FluentResource> {
    static CHINESE: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| read(Lang::Zh, ZH));
    static ENGLISH: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| read(Lang::En, EN));
    match lang {
        Lang::Zh => &CHINESE,
        Lang::En => &ENGLISH,
    }
}

/// Reads what can be read: a broken entry costs its own text, not the page. The tests refuse broken entries.
fn read(lang: Lang, sources: Sources) -> FluentBundle<FluentResource> {
    let tag = match lang {
        Lang::Zh => langid!("zh-CN"),
        Lang::En => langid!("en"),
    };
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // Isolation marks would end up in values that people copy, such as contract numbers.
    bundle.set_use_isolating(false);
    for source in sources {
        let resource = match FluentResource::try_new((*source).to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        // Only a key that exists twice is refused here; the first one stands.
        let _ = bundle.add_resource(resource);
    }
    bundle
}

#[cfg(test)]
mod tests;

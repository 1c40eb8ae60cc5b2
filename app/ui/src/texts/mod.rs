//! Texts in zh-CN and en, kept in Fluent files under `assets/locales`.
//!
//! A screen asks for a key through [`Words`]; a problem code becomes a sentence through [`problem`]. Tests prove that
//! both languages have the same keys with the same arguments and that every key a screen asks for exists.

mod problems;

pub use problems::{problem, problem_short};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use shared::domain::lang::Lang;
use std::sync::{LazyLock, OnceLock};
use unic_langid::langid;

/// The sources of one language, in the order in which they are read.
type Sources = &'static [&'static str];

/// The words that one program carries, in both languages.
pub struct Vocabulary {
    zh: Sources,
    en: Sources,
}

/// Every source below `assets/locales` of these names, in both languages.
macro_rules! vocabulary {
    ($($name:literal),+) => {
        Vocabulary {
            zh: &[$(include_str!(concat!("../../../../assets/locales/zh-CN/", $name, ".ftl"))),+],
            en: &[$(include_str!(concat!("../../../../assets/locales/en/", $name, ".ftl"))),+],
        }
    };
}

// A program for the browser is downloaded: it carries no words of the other faces.

/// The advisor's app.
pub static ADVISOR: Vocabulary = vocabulary!("common", "advisor", "problems");
/// The flow designer.
pub static DESIGNER: Vocabulary = vocabulary!("common", "designer", "problems");
/// All faces: where pages are rendered, and in tests.
#[cfg(not(feature = "web"))]
static ALL: Vocabulary = vocabulary!(
    "common", "advisor", "designer", "problems", "customer", "result", "office", "numbers", "partners",
    "webhooks", "work"
);

static SPOKEN: OnceLock<&'static Vocabulary> = OnceLock::new();

/// Says which words this program carries, before the first one is asked for. The server needs none of this.
pub fn speak(words: &'static Vocabulary) {
    // A second time changes nothing: what was asked for is read already.
    let _ = SPOKEN.set(words);
}

fn sources(lang: Lang) -> Sources {
    #[cfg(not(feature = "web"))]
    let words = SPOKEN.get().copied().unwrap_or(&ALL);
    #[cfg(feature = "web")]
    let Some(words) = SPOKEN.get() else { return &[] };
    match lang {
        Lang::Zh => words.zh,
        Lang::En => words.en,
    }
}

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

    /// What an outcome of a block of this kind is called, where the same word means something else elsewhere.
    pub fn outcome_of(self, kind: &str, outcome: &str) -> String {
        self.find(&format!("port-{kind}-{}", outcome.replace('_', "-")))
            .unwrap_or_else(|| self.outcome(outcome))
    }

    /// What an outcome of a block is called; its own code where it has no name.
    pub fn outcome(self, outcome: &str) -> String {
        self.find(&format!("port-{}", outcome.replace('_', "-"))).unwrap_or_else(|| outcome.to_owned())
    }

    fn lookup(self, key: &str, args: Option<&FluentArgs>) -> Option<String> {
        let bundle = bundle(self.0);
        let pattern = bundle.get_message(key)?.value()?;
        Some(bundle.format_pattern(pattern, args, &mut Vec::new()).into_owned())
    }
}

fn bundle(lang: Lang) -> &'static FluentBundle<FluentResource> {
    static CHINESE: LazyLock<FluentBundle<FluentResource>> =
        LazyLock::new(|| read(Lang::Zh, sources(Lang::Zh)));
    static ENGLISH: LazyLock<FluentBundle<FluentResource>> =
        LazyLock::new(|| read(Lang::En, sources(Lang::En)));
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

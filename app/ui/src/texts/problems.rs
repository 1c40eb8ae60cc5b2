//! Problem codes as sentences that say what to do next.

use super::Words;
use shared::domain::lang::Lang;

/// The sentence a person reads for a problem code (`photo_blurred` → what is wrong and what to do). A code without a text
/// of its own gets a general sentence.
pub fn problem(code: &str, lang: Lang) -> String {
    let words = Words(lang);
    words.find(&key(code)).unwrap_or_else(|| words.t("problem-unknown"))
}

/// Whether a code has a sentence of its own in this language; the server's tests hold its own codes against it.
pub fn problem_short(code: &str, lang: Lang) -> Option<String> {
    Words(lang).find(&key(code))
}

fn key(code: &str) -> String {
    format!("problem-{}", code.replace('_', "-"))
}

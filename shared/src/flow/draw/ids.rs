//! Fresh ids, and ids that change together with everything that names them.

use serde_json::Value;

use super::canvas::{Canvas, Drawn};
use crate::flow::BlockId;

/// An id like `wanted` that none of `taken` has: `review`, `review_2`, `review_3`.
pub(super) fn fresh<'a>(wanted: &str, taken: impl Iterator<Item = &'a str> + Clone) -> String {
    let stem = stem(wanted);
    let mut id = stem.clone();
    let mut n = 2;
    while taken.clone().any(|other| other == id) {
        let ending = format!("_{n}");
        id = format!("{}{ending}", &stem[..stem.len().min(LONGEST - ending.len())]);
        n += 1;
    }
    id
}

/// The id itself where it is free and well formed; a fresh one otherwise.
pub(super) fn fresh_unless_free(wanted: &str, canvas: &Canvas) -> String {
    if well_formed(wanted) && canvas.block(wanted).is_none() {
        return wanted.to_owned();
    }
    fresh(wanted, canvas.blocks().iter().map(|block| block.id.as_str()))
}

/// Longest block id, as [`BlockId`] has it.
const LONGEST: usize = 40;

/// A proper id made of any text, without the number at its end.
fn stem(text: &str) -> String {
    let tidy: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    let tidy = tidy.trim_matches('_');
    let tidy = match tidy.rsplit_once('_') {
        Some((stem, n)) if !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()) => stem,
        _ => tidy,
    };
    let tidy =
        if tidy.starts_with(|c: char| c.is_ascii_lowercase()) { tidy.to_owned() } else { format!("b{tidy}") };
    tidy[..tidy.len().min(LONGEST)].to_owned()
}

/// Whether a block may be called so.
pub(super) fn well_formed(id: &str) -> bool {
    BlockId::parse(id).is_some()
}

/// Makes a block name others by their new ids: in its connections, in what it joins, and where its rules read how
/// another block was left (`outcome.<id>`).
pub(super) fn follow(block: &mut Drawn, new: &dyn Fn(&str) -> Option<String>) {
    for (_, to) in &mut block.next {
        if let Some(id) = new(to) {
            *to = id;
        }
    }
    if block.kind == "join"
        && let Some(Value::String(of)) = block.params.get_mut("of")
        && let Some(id) = new(of)
    {
        *of = id;
    }
    follow_in(&mut block.params, new);
}

fn follow_in(value: &mut Value, new: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) if text.contains("outcome.") => *text = follow_in_text(text, new),
        Value::Array(list) => list.iter_mut().for_each(|value| follow_in(value, new)),
        Value::Object(map) => map.values_mut().for_each(|value| follow_in(value, new)),
        _ => {}
    }
}

fn follow_in_text(text: &str, new: &dyn Fn(&str) -> Option<String>) -> String {
    const MARK: &str = "outcome.";
    let part_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let mut out = String::new();
    let mut left = text;
    while let Some(at) = left.find(MARK) {
        let (before, rest) = left.split_at(at);
        out.push_str(before);
        let whole_word = !out.ends_with(part_of_word);
        let rest = &rest[MARK.len()..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let (id, after) = rest.split_at(end);
        out.push_str(MARK);
        out.push_str(&new(id).filter(|_| whole_word).unwrap_or_else(|| id.to_owned()));
        left = after;
    }
    out + left
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fresh_ids_count_up_and_stay_well_formed() {
        let taken = ["review", "review_2", "b9"];
        for (wanted, id) in [
            ("review", "review_3"),
            ("review_2", "review_3"),
            ("end", "end"),
            ("match-funder", "match_funder"),
            ("9", "b9_2"),
            ("", "b"),
        ] {
            assert_eq!(fresh(wanted, taken.into_iter()), id, "{wanted}");
            assert!(well_formed(id));
        }
        let long = "a".repeat(LONGEST);
        assert_eq!(fresh(&long, [long.as_str()].into_iter()).len(), LONGEST);
    }

    #[test]
    fn rules_follow_the_block_whose_outcome_they_read() {
        let params = json!({"table": {"inputs": [{"field": "outcome.ocr"}], "rules": [{"x": "outcome.ocr == 'a' and my_outcome.ocr or outcome.ocr2"}]}});
        let mut block = Drawn::new("t", "rule-table", params, [0.0, 0.0]);
        follow(&mut block, &|id| (id == "ocr").then(|| "reading".to_owned()));
        assert_eq!(block.params["table"]["inputs"][0]["field"], "outcome.reading");
        assert_eq!(
            block.params["table"]["rules"][0]["x"],
            "outcome.reading == 'a' and my_outcome.ocr or outcome.ocr2"
        );
    }
}

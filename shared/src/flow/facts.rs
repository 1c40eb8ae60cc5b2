//! What a run knows: derived values under named paths such as `id.age` or `partner.bureau.score`.
//!
//! Facts hold nothing that names a person: no name, number, phone or address. Those stay in the server's encrypted
//! columns; here are ages, verdicts, scores and amounts.
//!
//! | Path | Who writes it | What it holds |
//! |---|---|---|
//! | `product`, `channel` | start | free for rules |
//! | `lot` | start | 0 to 9,999, drawn from the case's id; `ab-split` divides by it |
//! | `vehicle` | start | [`crate::domain::Vehicle`] as JSON: `condition`, `energy`, `price` (fen), `age_months`, … |
//! | `request` | start, `disclose` | `region`, `finance_fen`, `down_payment_bp` (of 10,000), `wish` ([`crate::domain::plans::Wish`]) |
//! | `id` | `intake`, `request-more` | `valid`, `age` (years), `sex` (`male`, `female`), `province_known` |
//! | `intake` | `intake`, `request-more` | what has been handed in, as flags |
//! | `id_rules.verdict` | `id-rules` | its outcome |
//! | `photo` | `photo-quality` | `problems` (codes), measures |
//! | `ocr` | `ocr` | confidences and flags, never the readings |
//! | `duplicate` | `duplicate-check` | `cases` (how many), `distance` (bits) |
//! | `blacklist` | `blacklist` | `looked_up`, `found` (`id_number`, `phone`, `vin`) |
//! | `consent` | `intake`, `consent-check` | `given` (purposes), `funders` (funder keys) |
//! | `partner.realname`, `.bureau`, `.valuation`, `.funder` | `partner-query`, `vehicle-valuation` | bureau: `score`, `overdue_24m`, `overdue_now`, `queries_3m`; valuation: `value_fen` |
//! | `match` | `match-matrix` | `verdict`, `differs`, `unknown` (field codes) |
//! | `score` | `score-card` | `total`, `grade`, `reasons` |
//! | the table's own name | `rule-table` | `rule`, `outcome` and the table's other answers |
//! | `collateral` | `collateral-check` | `share_bp` (financed amount of the vehicle's worth, of 10,000) |
//! | `income` | `income-estimate` | `estimate_fen` (a month), `basis` (`down_payment`, `debts`), `share_bp` (instalment and debts of it, of 10,000) |
//! | `plan` | `recommend-plan`, `counter-offer`, `match-funder`, `partner-query` (funder) | summary of the offer, amounts in fen |
//! | `counter` | `counter-offer`, `manual-review` | `months`, `down_payment_fen` (proposed), `asked` (the terms before, with `why`: `no_plan`, `no_funder`, `less`, `reviewer`) |
//! | `funder` | start, `counter-offer`, `manual-review`, `match-funder`, `partner-query` (funder) | `wanted`, `said_no` (funder keys), `key`, `answer` |
//! | `review` | `manual-review` | `decision`, `reason` (code), `asks` (what the customer is asked for, where the reviewer chose) |
//! | `visit` | `field-visit` | `address`, `vehicle` (seen), of those that were looked for |
//! | `more` | `request-more` | what was given, as flags |
//! | `disclosure`, `contract`, `signature`, `notice` | their kinds | hashes and times |
//! | `outcome.<block>` | the machine | how the block was left last |

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Endings of paths whose numbers are always whole.
const WHOLE: [&str; 16] = [
    "_fen",
    "_bp",
    "_km",
    "_months",
    "_24m",
    "_3m",
    ".months",
    ".age",
    ".price",
    ".score",
    ".total",
    ".cases",
    ".distance",
    ".rule",
    ".asked",
    ".days",
];

/// Whether the number at a path is always a whole one.
pub(crate) fn is_whole(path: &str) -> bool {
    WHOLE.iter().any(|end| path.ends_with(end))
}

/// Most values one block may write at once, nested ones counted.
pub(crate) const MAX_VALUES: usize = 1_000;

/// Most bytes of text one block may write at once.
pub(crate) const MAX_TEXT_BYTES: usize = 32 * 1024;

/// Deepest nesting of a written value.
const MAX_DEPTH: usize = 8;

/// Values by dotted path. Top-level keys are namespaces (`id`, `partner`, `plan`), each written by known kinds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(Map<String, Value>);

impl Facts {
    /// No facts.
    pub fn new() -> Self {
        Self::default()
    }

    /// The facts in a JSON object; `None` for any other JSON value.
    pub fn from_json(value: Value) -> Option<Self> {
        match value {
            Value::Object(map) => Some(Self(map)),
            _ => None,
        }
    }

    /// The value at a dotted path.
    pub fn get(&self, path: &str) -> Option<&Value> {
        let mut parts = path.split('.');
        let mut value = self.0.get(parts.next()?)?;
        for part in parts {
            value = value.as_object()?.get(part)?;
        }
        Some(value)
    }

    /// The text at a path.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.get(path)?.as_str()
    }

    /// The whole number at a path.
    pub fn number(&self, path: &str) -> Option<i64> {
        self.get(path)?.as_i64()
    }

    /// The yes or no at a path.
    pub fn flag(&self, path: &str) -> Option<bool> {
        self.get(path)?.as_bool()
    }

    /// The list of texts at a path; empty when there is none.
    pub fn texts(&self, path: &str) -> Vec<&str> {
        let list = self.get(path).and_then(Value::as_array);
        list.map(|list| list.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
    }

    /// Sets the value at a dotted path, making the objects on the way (and replacing what is in the way).
    pub fn set(&mut self, path: &str, value: impl Into<Value>) {
        let mut map = &mut self.0;
        let (way, last) = path.rsplit_once('.').map_or(("", path), |(way, last)| (way, last));
        for part in way.split('.').filter(|part| !part.is_empty()) {
            let entry = map.entry(part).or_insert_with(|| Value::Object(Map::new()));
            if !entry.is_object() {
                *entry = Value::Object(Map::new());
            }
            let Value::Object(inner) = entry else { return };
            map = inner;
        }
        map.insert(last.to_owned(), value.into());
    }

    /// The same facts with one more; for building them in one expression.
    pub fn with(mut self, path: &str, value: impl Into<Value>) -> Self {
        self.set(path, value);
        self
    }

    /// Forgets the value at a path and everything below it.
    pub fn forget(&mut self, path: &str) {
        let Some((way, last)) = path.rsplit_once('.') else {
            self.0.shift_remove(path);
            return;
        };
        let mut map = &mut self.0;
        for part in way.split('.') {
            let Some(Value::Object(inner)) = map.get_mut(part) else { return };
            map = inner;
        }
        map.shift_remove(last);
    }

    /// Notes how a block ended, where rules can read it: `outcome.<block>`.
    pub(crate) fn set_outcome(&mut self, block: &str, outcome: &str) {
        let entry = self.0.entry("outcome").or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(outcomes) = entry {
            outcomes.insert(block.to_owned(), Value::String(outcome.to_owned()));
        }
    }

    /// Takes over every value of `other`; objects are merged, everything else is replaced.
    pub fn merge(&mut self, other: Facts) {
        merge(&mut self.0, other.0);
    }

    /// These with every value of `other`, as [`Self::merge`] takes them over.
    #[must_use]
    pub fn joined(mut self, other: Facts) -> Self {
        self.merge(other);
        self
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The facts as a JSON object.
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The first path that is not at or below one of `declared`.
    pub(crate) fn first_outside(&self, declared: &[String]) -> Option<String> {
        outside("", &self.0, declared)
    }

    /// Whether the values stay within [`MAX_VALUES`], [`MAX_TEXT_BYTES`] and the nesting limit.
    pub(crate) fn is_bounded(&self) -> bool {
        let mut room = Room { values: MAX_VALUES, bytes: MAX_TEXT_BYTES };
        self.0.iter().all(|(key, value)| room.takes(key.len()) && room.holds(value, 1))
    }
}

struct Room {
    values: usize,
    bytes: usize,
}

impl Room {
    fn takes(&mut self, bytes: usize) -> bool {
        let fits = self.values > 0 && self.bytes >= bytes;
        self.values = self.values.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
        fits
    }

    fn holds(&mut self, value: &Value, depth: usize) -> bool {
        if depth > MAX_DEPTH {
            return false;
        }
        match value {
            Value::Object(map) => map.iter().all(|(k, v)| self.takes(k.len()) && self.holds(v, depth + 1)),
            Value::Array(list) => list.iter().all(|v| self.takes(0) && self.holds(v, depth + 1)),
            Value::String(text) => self.takes(text.len()),
            _ => self.takes(0),
        }
    }
}

fn merge(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => merge(old, new),
            (Some(old), new) => *old = new,
            (None, new) => {
                into.insert(key, new);
            }
        }
    }
}

fn outside(prefix: &str, map: &Map<String, Value>, declared: &[String]) -> Option<String> {
    for (key, value) in map {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        if declared.contains(&path) {
            continue;
        }
        let on_the_way =
            declared.iter().any(|d| d.strip_prefix(&path).is_some_and(|rest| rest.starts_with('.')));
        match value {
            Value::Object(inner) if on_the_way => {
                if let Some(found) = outside(&path, inner, declared) {
                    return Some(found);
                }
            }
            _ => return Some(path),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn set_get_forget_by_path() {
        let mut facts = Facts::new().with("id.age", 31).with("partner.bureau.score", 650);
        assert_eq!(facts.number("id.age"), Some(31));
        assert_eq!(facts.number("partner.bureau.score"), Some(650));
        assert_eq!(facts.get("partner.realname"), None);
        facts.forget("partner.bureau");
        assert_eq!(facts.get("partner.bureau.score"), None);
        facts.forget("nowhere.at.all");
        assert_eq!(facts, Facts::from_json(json!({"id": {"age": 31}, "partner": {}})).unwrap());
    }

    #[test]
    fn a_write_outside_the_declared_paths_is_named() {
        let declared = vec!["match".to_owned(), "partner.realname".to_owned()];
        for (facts, outside) in [
            (json!({"match": {"verdict": "match"}}), None),
            (json!({"partner": {"realname": {"verdict": "match"}}}), None),
            (json!({"partner": {"bureau": {"score": 1}}}), Some("partner.bureau")),
            (json!({"partner": 3}), Some("partner")),
            (json!({"name": "x"}), Some("name")),
        ] {
            let facts = Facts::from_json(facts).unwrap();
            assert_eq!(facts.first_outside(&declared).as_deref(), outside);
        }
    }

    #[test]
    fn what_one_block_writes_is_bounded() {
        assert!(Facts::new().with("a.b", "x".repeat(1_000)).is_bounded());
        assert!(!Facts::new().with("a.b", "x".repeat(MAX_TEXT_BYTES + 1)).is_bounded());
        assert!(!Facts::new().with("a.b", vec![0; MAX_VALUES + 1]).is_bounded());
        let deep = (0..20).fold(json!(1), |inner, _| json!({ "n": inner }));
        assert!(!Facts::new().with("a", deep).is_bounded());
    }
}

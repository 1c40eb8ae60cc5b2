//! What one version says otherwise than another, block by block.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::{
    domain::Lang,
    flow::{BlockFile, FlowFile},
};
use ui::{designer::looks, texts::Words};

use super::kind_name;

/// One difference.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Something about the flow as a whole.
    Flow {
        /// `name`, `start`, `person` or `product`.
        what: &'static str,
        /// Before, as JSON.
        before: Value,
        /// Now.
        now: Value,
    },
    /// A block that was not there.
    Added {
        /// Its id.
        block: String,
        /// Its kind.
        kind: String,
    },
    /// A block that is gone.
    Removed {
        /// Its id.
        block: String,
        /// Its kind.
        kind: String,
    },
    /// A block of another kind under the same id.
    Kind {
        /// Its id.
        block: String,
        /// Its kind before.
        before: String,
        /// Its kind now.
        now: String,
    },
    /// A parameter (`max_visits` counts as one); `null` where there is none.
    Param {
        /// The block.
        block: String,
        /// Its kind.
        kind: String,
        /// Where, such as `table.rules[2].outcome`.
        path: String,
        /// Before.
        before: Value,
        /// Now.
        now: Value,
    },
    /// Where an outcome leads.
    Connection {
        /// The block.
        block: String,
        /// The outcome.
        outcome: String,
        /// The block it led to; `None` where it was not connected.
        before: Option<String>,
        /// The block it leads to.
        now: Option<String>,
    },
    /// Drawn elsewhere, and nothing else.
    OnlyMoved {
        /// The block.
        block: String,
    },
}

/// Everything that `now` says otherwise than `before`: first about the flow, then by block in the order of `now`, then what
/// is gone.
pub fn diff(before: &FlowFile, now: &FlowFile) -> Vec<Change> {
    let mut changes = Vec::new();
    for (what, old, new) in [
        ("name", json!(before.name), json!(now.name)),
        ("start", json!(before.start), json!(now.start)),
        ("person", json!(before.person), json!(now.person)),
        ("product", json!(before.product), json!(now.product)),
    ] {
        if old != new {
            changes.push(Change::Flow { what, before: old, now: new });
        }
    }
    let old: BTreeMap<&str, &BlockFile> =
        before.blocks.iter().map(|(id, block)| (id.as_str(), block)).collect();
    for (id, block) in &now.blocks {
        match old.get(id.as_str()) {
            None => changes.push(Change::Added { block: id.to_string(), kind: block.kind.clone() }),
            Some(old) => changes.extend(of_block(id.as_str(), old, block)),
        }
    }
    for (id, block) in &before.blocks {
        if !now.blocks.iter().any(|(kept, _)| kept == id) {
            changes.push(Change::Removed { block: id.to_string(), kind: block.kind.clone() });
        }
    }
    changes
}

fn of_block(id: &str, before: &BlockFile, now: &BlockFile) -> Vec<Change> {
    let block = || id.to_owned();
    let mut changes = Vec::new();
    if before.kind != now.kind {
        changes.push(Change::Kind { block: block(), before: before.kind.clone(), now: now.kind.clone() });
    }
    let mut changed = Vec::new();
    compare(String::new(), &before.params, &now.params, &mut changed);
    if before.max_visits != now.max_visits {
        changed.push(("max_visits".to_owned(), json!(before.max_visits), json!(now.max_visits)));
    }
    changes.extend(changed.into_iter().map(|(path, was, is)| Change::Param {
        block: block(),
        kind: now.kind.clone(),
        path,
        before: was,
        now: is,
    }));
    let leads = |file: &BlockFile, outcome: &str| {
        file.next.iter().find(|(name, _)| name == outcome).map(|(_, to)| to.to_string())
    };
    let outcomes = now.next.iter().map(|(outcome, _)| outcome);
    let gone = before.next.iter().map(|(outcome, _)| outcome).filter(|o| leads(now, o).is_none());
    for outcome in outcomes.chain(gone) {
        let (was, is) = (leads(before, outcome), leads(now, outcome));
        if was != is {
            changes.push(Change::Connection {
                block: block(),
                outcome: outcome.clone(),
                before: was,
                now: is,
            });
        }
    }
    if changes.is_empty() && before.at != now.at {
        changes.push(Change::OnlyMoved { block: block() });
    }
    changes
}

/// Goes down into objects and into lists of the same length, so that the one value that differs is named.
fn compare(path: String, before: &Value, now: &Value, changed: &mut Vec<(String, Value, Value)>) {
    match (before, now) {
        _ if before == now => {}
        (Value::Object(old), Value::Object(new)) => {
            let gone = old.keys().filter(|key| !new.contains_key(*key));
            for key in new.keys().chain(gone) {
                let deeper = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                compare(
                    deeper,
                    old.get(key).unwrap_or(&Value::Null),
                    new.get(key).unwrap_or(&Value::Null),
                    changed,
                );
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (place, (old, new)) in old.iter().zip(new).enumerate() {
                compare(format!("{path}[{place}]"), old, new, changed);
            }
        }
        _ => changed.push((path, before.clone(), now.clone())),
    }
}

impl Change {
    /// The change as a line of text.
    pub fn line(&self, lang: Lang) -> String {
        let nothing = lang.pick("（无）", "(none)");
        let to = |end: &Option<String>| end.clone().unwrap_or_else(|| nothing.to_owned());
        match self {
            Self::Flow { what, before, now } => {
                let word = match *what {
                    "name" => lang.pick("名称", "name"),
                    "start" => lang.pick("起点", "start"),
                    "person" => lang.pick("人工积木", "block for a person"),
                    _ => lang.pick("产品", "product"),
                };
                format!("{word}: {} → {}", short(before, nothing), short(now, nothing))
            }
            Self::Added { block, kind } => {
                format!("{} {block} ({})", lang.pick("新增", "added"), kind_name(kind, lang))
            }
            Self::Removed { block, kind } => {
                format!("{} {block} ({})", lang.pick("移除", "removed"), kind_name(kind, lang))
            }
            Self::Kind { block, before, now } => {
                let (before, now) = (kind_name(before, lang), kind_name(now, lang));
                format!("{block}: {} {before} → {now}", lang.pick("种类", "kind"))
            }
            Self::Param { block, kind, path, before, now } => {
                let (kind, name) = (kind_name(kind, lang), param_name(path, lang));
                let (before, now) = (short(before, nothing), short(now, nothing));
                format!("{kind} {block}: {name} {before} → {now}")
            }
            Self::Connection { block, outcome, before, now } => {
                format!("{block}: {} {outcome} {} → {}", lang.pick("连线", "connection"), to(before), to(now))
            }
            Self::OnlyMoved { block } => format!("{block}: {}", lang.pick("仅移动位置", "only moved")),
        }
    }

    /// What kind of change it is, for whoever marks it: `added`, `removed`, `changed` or `moved`.
    pub fn mark(&self) -> &'static str {
        match self {
            Self::Added { .. } => "added",
            Self::Removed { .. } => "removed",
            Self::OnlyMoved { .. } => "moved",
            Self::Flow { .. } | Self::Kind { .. } | Self::Param { .. } | Self::Connection { .. } => "changed",
        }
    }
}

/// A parameter as the designer's form calls it; what lies deeper in it by its path.
fn param_name(path: &str, lang: Lang) -> String {
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let (first, deeper) = path.split_at(end);
    let name = match first {
        "max_visits" => Words(lang).t("designer-max-visits"),
        first => looks::param_name(Words(lang), "", first),
    };
    name + deeper
}

/// Longest value in a line, characters.
const MOST_SHOWN: usize = 160;

fn short(value: &Value, nothing: &str) -> String {
    let text = match value {
        Value::Null => nothing.to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Value {
        json!({
            "format": 1, "key": "one", "name": {"zh-CN": "一", "en": "one"}, "start": "intake",
            "blocks": {
                "intake": {"kind": "intake", "at": [0.0, 0.0],
                    "params": {"require": ["id_front"], "due_minutes": 10, "table": {"rules": [{"a": 1}, {"a": 2}]}},
                    "next": {"complete": "good", "expired": "bad"}},
                "good": {"kind": "end", "params": {"decision": "approved", "reason": "r"}},
                "bad": {"kind": "end", "params": {"decision": "error", "reason": "r"}, "max_visits": 2},
            },
        })
    }

    fn changes(now: Value) -> Vec<Change> {
        diff(&serde_json::from_value(file()).unwrap(), &serde_json::from_value(now).unwrap())
    }

    #[test]
    fn the_same_file_differs_in_nothing_and_a_block_that_moved_only_moved() {
        assert_eq!(changes(file()), []);
        let mut moved = file();
        moved["blocks"]["intake"]["at"] = json!([20.0, 0.0]);
        assert_eq!(changes(moved.clone()), [Change::OnlyMoved { block: "intake".to_owned() }]);
        moved["blocks"]["intake"]["params"]["due_minutes"] = json!(11);
        let lines: Vec<String> = changes(moved).iter().map(|change| change.line(Lang::En)).collect();
        assert_eq!(lines, ["Intake intake: Time limit 10 → 11"], "what changed did not only move");
    }

    #[test]
    fn every_kind_of_change_is_one_line() {
        let mut now = file();
        now["name"]["en"] = json!("two");
        now["product"] = json!({"condition": "new", "kinds": ["loan"], "least_down_payment_percent": 0, "usual_down_payment_percent": 30});
        let blocks = &mut now["blocks"];
        blocks["intake"]["params"]["table"]["rules"][1]["a"] = json!(3);
        blocks["intake"]["params"]["require"] = json!(["id_front", "phone"]);
        blocks["intake"]["next"] = json!({"complete": "more", "late": "good"});
        blocks["good"]["kind"] = json!("notify");
        blocks["more"] = json!({"kind": "disclose"});
        blocks.as_object_mut().unwrap().remove("bad");
        let (changes, mut marks) = (changes(now), BTreeMap::new());
        for change in &changes {
            *marks.entry(change.mark()).or_insert(0) += 1;
        }
        let lines: Vec<String> = changes.iter().map(|change| change.line(Lang::En)).collect();
        let named = |kind: &str| kind_name(kind, Lang::En);
        for line in [
            "name: {\"zh-CN\":\"一\",\"en\":\"one\"} → {\"zh-CN\":\"一\",\"en\":\"two\"}",
            "Intake intake: Table.rules[1].a 2 → 3",
            "Intake intake: What must be handed in [\"id_front\"] → [\"id_front\",\"phone\"]",
            "intake: connection complete good → more",
            "intake: connection late (none) → good",
            "intake: connection expired bad → (none)",
            &format!("good: kind {} → {}", named("end"), named("notify")),
            &format!("added more ({})", named("disclose")),
            &format!("removed bad ({})", named("end")),
        ] {
            assert!(lines.iter().any(|said| said == line), "{line} is not in {lines:#?}");
        }
        assert!(lines.iter().any(|line| line.starts_with("product: (none) → ")), "{lines:#?}");
        assert_eq!(marks.into_iter().collect::<Vec<_>>(), [("added", 1), ("changed", 8), ("removed", 1)]);
        assert_eq!(
            changes.last().unwrap().line(Lang::Zh),
            format!("移除 bad ({})", kind_name("end", Lang::Zh))
        );
    }

    #[test]
    fn a_limit_of_visits_counts_as_a_parameter_and_long_values_are_cut() {
        let mut now = file();
        now["blocks"]["bad"].as_object_mut().unwrap().remove("max_visits");
        let end = kind_name("end", Lang::Zh);
        assert_eq!(changes(now.clone())[0].line(Lang::Zh), format!("{end} bad: 最多进入几次 2 → （无）"));
        now["blocks"]["bad"]["max_visits"] = json!(2);
        now["blocks"]["bad"]["params"]["reason"] = json!("长".repeat(500));
        assert_eq!(
            changes(now)[0].line(Lang::En).chars().count(),
            format!("{} bad: Reason code r → ", kind_name("end", Lang::En)).chars().count() + MOST_SHOWN + 1
        );
    }
}

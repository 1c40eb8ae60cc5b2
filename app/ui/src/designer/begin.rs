//! What a new block of each kind begins with: parameters that fit, so that only the connections are left to draw.

use super::{
    form::{blank, params},
    grid,
};
use serde_json::{Value, json};
use shared::flow::{draw::Canvas, kind};

/// Seven days, minutes: how long customers usually have.
const WEEK: u32 = 7 * 24 * 60;

/// The parameters of a new block.
pub fn starting_params(key: &str, canvas: &Canvas) -> Value {
    match key {
        "intake" => {
            json!({"require": ["id_number", "id_front"], "consents": ["process_identity", "real_name_check"], "due_minutes": WEEK})
        }
        "photo-quality" => json!({"refuse": ["blurred", "glare", "too_small", "cut_off", "no_card"]}),
        "consent-check" => {
            json!({"ask": ["credit_query", "share_with_funder", "issue_certificate"], "due_minutes": WEEK})
        }
        "partner-query" => json!({"partner": "realname", "timeout_ms": 3000}),
        "manual-review" => json!({"queue": "identity", "due_minutes": 240, "may": ["approve", "decline"]}),
        "request-more" => json!({"ask": ["photo"], "due_minutes": WEEK}),
        "disclose" => json!({"min_reading_seconds": 10, "due_minutes": WEEK}),
        "sign" => json!({"due_minutes": WEEK}),
        "notify" => json!({"message": "contract_signed"}),
        "rule-table" => json!({"writes": "policy", "table": grid::blank()}),
        "score-card" => {
            json!({"base": 40, "grades": [{"grade": "A", "from": 80}, {"grade": "B", "from": 60}, {"grade": "C", "from": 0}],
            "table": grid::blank_of_points()})
        }
        "parallel" => json!({"branches": ["one", "two"]}),
        "gateway" => json!({"ways": [{"outcome": "yes", "when": "id.age >= 25"}]}),
        "ab-split" => {
            json!({"experiment": "first_try", "ways": [{"outcome": "as_before", "percent": 90}, {"outcome": "new_way", "percent": 10}]})
        }
        "collateral-check" => json!({"most_percent": 80}),
        "second-approval" => json!({"queue": "lead", "due_minutes": 1440}),
        "timer" => json!({"minutes": 60}),
        "schedule-window" => {
            json!({"days": ["monday", "tuesday", "wednesday", "thursday", "friday"], "from": "09:00", "until": "18:00"})
        }
        "join" => json!({"of": open_parallel(canvas), "need": "all"}),
        "end" => json!({"decision": "declined", "reason": "declined"}),
        _ => {
            let required = kind(key).map(|kind| params(&kind.schema())).unwrap_or_default();
            let given = required.into_iter().filter(|param| param.required);
            Value::Object(given.map(|param| (param.name, blank(&param.widget))).collect())
        }
    }
}

/// A parallel block that has no join yet, else any.
fn open_parallel(canvas: &Canvas) -> &str {
    let joined: Vec<&str> =
        canvas.blocks().iter().filter_map(|block| block.params.get("of")?.as_str()).collect();
    let parallel =
        || canvas.blocks().iter().filter(|block| block.kind == "parallel").map(|block| block.id.as_str());
    parallel().find(|id| !joined.contains(id)).or(parallel().next()).unwrap_or("checks")
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::domain::Texts;
    use shared::flow::catalogue;

    #[test]
    fn a_new_block_of_any_kind_fits_at_once() {
        let canvas = Canvas::empty("k", Texts::new("名", "n"));
        for kind in catalogue() {
            let params = starting_params(kind.key(), &canvas);
            assert!(kind.shape(&params).is_ok(), "{}: {params}", kind.key());
        }
    }
}

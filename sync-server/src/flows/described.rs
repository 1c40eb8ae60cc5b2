//! What the routes of flows take and answer, for the description of the API. The types stand in `shared`, which knows
//! nothing of OpenAPI; their schemas are JSON Schema, which OpenAPI 3.1 takes as it is.

use std::collections::BTreeMap;

use schemars::{
    JsonSchema, SchemaGenerator,
    generate::{Contract, SchemaSettings},
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use shared::{
    domain::Texts,
    flow::{Baseline, Came, Changed, Decision, Difference, Finding, FlowFile},
    protocol::flows::{
        Band, BeginDraft, DecideVersion, Draft, DraftRow, FlowEstimate, FlowFigures, FlowRow, FlowRules,
        Flows, KeepDraft, KeptDraft, MoveCases, Moves, MovingCase, OutcomeFigure, PlaceChoice,
        ReleaseVersion, SetFlowRules, SubmitDraft, VersionRow, VersionState, WaitingFigure,
    },
};

const DRAFT: &str = "5f3k9q0m7t2v8x1y4z6b0c2d4j";
const CASE: &str = "5f3k9q0m7t2v8x1y4z6b0c2d4f";
const HASH: &str = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
const OLDER: &str = "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9";
const KEY: &str = "new-car-loan";
/// 2026-11-28 08:00 in China, UTC milliseconds.
const AT: i64 = 1_795_824_000_000;

/// The schemas by name, each with its example.
pub fn schemas() -> Map<String, Value> {
    let mut all = asked();
    all.extend(answered());
    // Files travel as JSON values; these two are always files that can be read.
    for (name, field) in [("SetFlowRules", "rules"), ("FlowRules", "company")] {
        let property = all.get_mut(name).and_then(|schema| schema["properties"].get_mut(field));
        if let Some(property) = property {
            let description = property["description"].take();
            *property = json!({"$ref": "#/components/schemas/Baseline", "description": description});
        }
    }
    all
}

/// What is sent, and what is read as well as written.
fn asked() -> Map<String, Value> {
    let mut all = Schemas::new(Contract::Deserialize);
    all.add(&BeginDraft { from: Some(HASH.to_owned()), name: None, key: None });
    all.add(&KeepDraft { revision: 3, file: file() });
    all.add(&SubmitDraft { revision: 4, note: note() });
    all.add(&DecideVersion { approve: false, reason: "The review queue has no limit of time.".to_owned() });
    let band =
        Band { least_cases: 20, most_errors_percent: 5, most_approval_drift_points: 10, most_p95_ms: 9_000 };
    all.add(&ReleaseVersion { share_percent: 10, regions: vec!["31".to_owned()], band: Some(band) });
    let places = BTreeMap::from([("old_review".to_owned(), "review".to_owned())]);
    all.add(&MoveCases { from: OLDER.to_owned(), to: HASH.to_owned(), places, seen_at: Some(AT) });
    all.add(&SetFlowRules { number: 1, rules: rules(), note: note() });
    all.add_as::<Baseline>(rules());
    all.add_as::<FlowFile>(file());
    all.finish()
}

/// What is only answered.
fn answered() -> Map<String, Value> {
    let mut all = Schemas::new(Contract::Serialize);
    let live = VersionRow {
        hash: HASH.to_owned(),
        number: 4,
        state: VersionState::Live,
        note: note(),
        author: "designer".to_owned(),
        decided_by: Some("manager".to_owned()),
        submitted_at: AT,
        share_percent: 100,
    };
    let name = Texts::new("新车贷款", "New car loan");
    let flow = FlowRow {
        key: KEY.to_owned(),
        name: name.clone(),
        live: Some(live.clone()),
        canary: None,
        waiting: Vec::new(),
    };
    let draft = DraftRow { id: DRAFT.to_owned(), key: KEY.to_owned(), name, saved_at: AT };
    all.add(&live);
    all.add(&flow);
    all.add(&Flows { flows: vec![flow], drafts: vec![draft] });
    let base = Some(HASH.to_owned());
    all.add(&Draft { id: DRAFT.to_owned(), revision: 3, saved_at: AT, base, file: file() });
    all.add(&KeptDraft { revision: 4, saved_at: AT });
    let left =
        OutcomeFigure { block: "match".to_owned(), outcome: "pass".to_owned(), count: 118, median_ms: 240 };
    let waiting = WaitingFigure { block: "review".to_owned(), cases: 7 };
    let hash = HASH.to_owned();
    all.add(&FlowFigures {
        hash,
        since: AT,
        at: AT + 3_600_000,
        outcomes: vec![left],
        waiting: vec![waiting],
    });
    all.add(&moves());
    all.add(&FlowEstimate {
        revision: 3,
        p50_ms: 1_900,
        p95_ms: 6_400,
        questions_per_100: 310,
        passes: BTreeMap::from([("intake".to_owned(), 100), ("review".to_owned(), 12)]),
        past_cases: 500,
    });
    all.add(&difference());
    all.add(&FlowRules {
        number: 1,
        company: rules(),
        set_by: Some("manager".to_owned()),
        set_at: Some(AT),
        note: note(),
        short: Vec::new(),
    });
    all.add_as::<Finding>(json!({
        "code": "gate_second_person", "severity": "broken", "block": "sign", "path": ["intake", "review", "sign"],
        "text": {"zh-CN": "例外放行必须由另一个人同意", "en": "an exception needs the agreement of a second person"},
    }));
    all.finish()
}

fn moves() -> Moves {
    let case = MovingCase {
        case: CASE.to_owned(),
        number: "MP000004".to_owned(),
        blocks: vec!["old_review".to_owned()],
        to: Vec::new(),
        stays: Some("needs_choice".to_owned()),
    };
    let choice = PlaceChoice { block: "old_review".to_owned(), cases: 1, options: vec!["review".to_owned()] };
    Moves { at: AT, moves: 11, need_choice: 1, stay: 0, choices: vec![choice], cases: vec![case] }
}

fn difference() -> Difference {
    let ended = |decision, reason: &str| Came::Ended { decision, reason: reason.to_owned() };
    let changed = Changed {
        case: CASE.to_owned(),
        before: ended(Decision::Declined, "score_too_low"),
        now: ended(Decision::Approved, "signed"),
    };
    Difference {
        cases: 500,
        approved: [410, 424],
        unknown: 3,
        p95_ms: [6_400, 5_900],
        asked: BTreeMap::from([("bureau".to_owned(), [480, 460])]),
        funders: BTreeMap::from([("patient".to_owned(), [205, 212])]),
        changed: vec![changed],
    }
}

fn note() -> String {
    "Cases over 300,000 yuan go to a person.".to_owned()
}

fn file() -> Value {
    json!({
        "format": 1, "key": KEY, "name": {"zh-CN": "新车贷款", "en": "New car loan"}, "start": "intake",
        "blocks": {
            "intake": {
                "kind": "intake", "at": [80.0, 80.0],
                "params": {"require": ["id_number", "id_front"], "due_minutes": 10_080,
                    "consents": ["process_identity", "real_name_check"]},
                "next": {"complete": "over", "expired": "over"},
            },
            "over": {"kind": "end", "params": {"decision": "expired", "reason": "expired"}},
        },
    })
}

fn rules() -> Value {
    json!({"format": 1, "rules": [{
        "code": "company_short_waits", "rule": "max_wait", "minutes": 4_320,
        "text": {"zh-CN": "任何等待不超过三天", "en": "no wait is longer than three days"},
    }]})
}

/// Schemas that name each other as the description does.
struct Schemas {
    generator: SchemaGenerator,
    examples: Vec<(String, Value)>,
}

impl Schemas {
    fn new(contract: Contract) -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.contract = contract;
        });
        Self { generator: settings.into_generator(), examples: Vec::new() }
    }

    fn add<T: JsonSchema + Serialize>(&mut self, example: &T) {
        self.add_as::<T>(json!(example));
    }

    fn add_as<T: JsonSchema>(&mut self, example: Value) {
        self.generator.subschema_for::<T>();
        self.examples.push((T::schema_name().into_owned(), example));
    }

    fn finish(mut self) -> Map<String, Value> {
        let mut all = self.generator.take_definitions(true);
        for (name, example) in self.examples {
            if let Some(schema) = all.get_mut(&name).and_then(Value::as_object_mut) {
                schema.insert("example".to_owned(), example);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_and_what_is_answered_agree_where_they_share_a_type() {
        let (asked, answered) = (asked(), answered());
        let shared: Vec<&String> = asked.keys().filter(|name| answered.contains_key(*name)).collect();
        assert!(shared.iter().any(|name| *name == "Texts"), "{shared:?}");
        for name in shared {
            let shape = |all: &Map<String, Value>| all[name]["properties"].clone();
            assert_eq!(shape(&asked), shape(&answered), "{name}");
        }
    }
}

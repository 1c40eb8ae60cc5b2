//! Sends a share of cases each way, for a comparison; the same case always goes the same way.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::evaluate::Evaluated;
use super::shape::{About, BadParams, Class, KindOf, Shape};

pub(crate) struct AbSplit;

/// Parameters of `ab-split`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// Name of the comparison: two splits of one name send a case the same way.
    pub experiment: String,
    /// The ways and their shares, together 100 %.
    pub ways: Vec<Share>,
}

/// One way and its share.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Share {
    /// Its outcome: a short name in lower-case letters, digits and `_`.
    pub outcome: String,
    /// Its share, percent, from 1.
    #[schemars(range(min = 1, max = 100))]
    pub percent: u32,
}

/// Lots that a case may have drawn, from 0: see `lot` among the facts.
pub(crate) const LOTS: u64 = 10_000;

impl KindOf for AbSplit {
    type Params = Params;
    const ABOUT: About = About {
        key: "ab-split",
        class: Class::Decide,
        name: ("对比分流", "A/B split"),
        help: (
            "按比例把案件分到不同的路，用于对比；同一案件始终走同一条路。",
            "Sends a share of cases each way for a comparison; a case always goes the same way.",
        ),
        budget_ms: 1,
        example: r#"{"experiment": "first_try", "ways": [{"outcome": "as_before", "percent": 90}, {"outcome": "new_way", "percent": 10}]}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_codes("experiment", std::slice::from_ref(&params.experiment))?;
        let codes: Vec<String> = params.ways.iter().map(|way| way.outcome.clone()).collect();
        BadParams::unless_codes("ways", &codes)?;
        BadParams::unless_free(&codes, &["error"])?;
        let sum: u64 = params.ways.iter().map(|way| u64::from(way.percent)).sum();
        if sum != 100 || params.ways.iter().any(|way| way.percent == 0) {
            let zh = format!("各路比例之和必须是 100%，现在是 {sum}%");
            return Err(BadParams::at(
                "ways",
                zh,
                format!("the shares must be 100 % together, and are {sum} %"),
            ));
        }
        let mut shape = Shape::machine(1_000, &["error"]).reads(&["lot"]);
        shape.outcomes = codes.into_iter().chain(["error".to_owned()]).collect();
        Ok(shape.evaluated(move |facts, _| {
            Some(match facts.number("lot").and_then(|lot| u64::try_from(lot).ok()) {
                Some(lot) if lot < LOTS => Evaluated::outcome(way(&params, lot)),
                _ => Evaluated::error("lot is not known"),
            })
        }))
    }
}

fn way(params: &Params, lot: u64) -> &str {
    let mut at = stirred(&params.experiment, lot) % 100;
    for way in &params.ways {
        if at < u64::from(way.percent) {
            return &way.outcome;
        }
        at -= u64::from(way.percent);
    }
    "error"
}

/// FNV-1a of name and lot, so that splits of different names do not go together; finished as in SplitMix64.
fn stirred(experiment: &str, lot: u64) -> u64 {
    let bytes = experiment.bytes().chain(lot.to_be_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::super::shape::Kind;
    use super::*;
    use crate::flow::{Facts, Reference};
    use serde_json::json;

    fn share(experiment: &str, percent: u32) -> usize {
        let params = json!({"experiment": experiment, "ways": [
            {"outcome": "new", "percent": percent}, {"outcome": "old", "percent": 100 - percent}
        ]});
        let shape = AbSplit.shape(&params).unwrap();
        let reference = Reference::at(jiff::Timestamp::UNIX_EPOCH);
        let goes = |lot: &u64| {
            let facts = Facts::new().with("lot", *lot);
            shape.evaluator.as_ref().unwrap()(&facts, &reference).unwrap().outcome == "new"
        };
        (0..LOTS).filter(goes).count()
    }

    #[test]
    fn shares_come_out_as_asked_for() {
        for percent in [1, 10, 50, 99] {
            let (found, wanted) = (share("x", percent), percent as usize * 100);
            assert!(found.abs_diff(wanted) < 200, "{percent}: {found}");
        }
        assert_ne!(share("x", 50), share("y", 50));
    }

    #[test]
    fn shares_over_a_hundred_percent_are_refused() {
        let bad = |ways: serde_json::Value| {
            AbSplit
                .shape(&json!({"experiment": "x", "ways": ways}))
                .err()
                .map(|bad| bad.path)
                .unwrap_or_default()
        };
        assert_eq!(bad(json!([{"outcome": "a", "percent": 60}, {"outcome": "b", "percent": 50}])), "ways");
        assert_eq!(bad(json!([{"outcome": "a", "percent": 100}, {"outcome": "b", "percent": 0}])), "ways");
        assert_eq!(bad(json!([{"outcome": "error", "percent": 100}])), "ways[0].outcome");
    }
}

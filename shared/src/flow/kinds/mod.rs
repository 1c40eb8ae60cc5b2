//! The kinds of block. One file per kind, one list: adding a kind touches its file and [`catalogue`].

mod ab_split;
mod blacklist;
mod collateral_check;
mod consent_check;
mod control;
mod counter_offer;
mod disclose;
mod duplicate_check;
mod end;
mod field_visit;
mod gateway;
mod generate_contract;
mod id_rules;
mod income_estimate;
mod intake;
mod manual_review;
mod match_funder;
mod match_matrix;
mod notify;
mod ocr;
mod partner_query;
mod photo_quality;
mod recommend_plan;
mod request_more;
mod rule_table;
mod schedule_window;
mod score_card;
mod second_approval;
mod shape;
mod sign;
mod sub_flow;
mod timer;
mod vehicle_valuation;
mod wait;

pub use match_funder::{NextFunders, next_funders};
pub use match_matrix::{Comparison, Identity, Ink, Verdict, compare};
pub use schedule_window::Window;
pub use shape::{BadParams, Class, Decision, Kind, Need, NeedWord, Shape, Who, Work};

/// Typed parameters of each kind, for whoever performs a block: `params::Ocr::deserialize(&*task.params)`.
pub mod params {
    pub use super::blacklist::{Listed, Params as Blacklist};
    pub use super::consent_check::Params as ConsentCheck;
    pub use super::counter_offer::Params as CounterOffer;
    pub use super::disclose::Params as Disclose;
    pub use super::duplicate_check::Params as DuplicateCheck;
    pub use super::field_visit::{LookFor, Params as FieldVisit};
    pub use super::generate_contract::Params as GenerateContract;
    pub use super::id_rules::Params as IdRules;
    pub use super::intake::Params as Intake;
    pub use super::manual_review::{Answer, Params as ManualReview, TermsRoom};
    pub use super::match_funder::Params as MatchFunder;
    pub use super::match_matrix::{Field, Params as MatchMatrix};
    pub use super::notify::{Channel, Params as Notify};
    pub use super::ocr::Params as Ocr;
    pub use super::partner_query::{Late, Params as PartnerQuery, Partner};
    pub use super::photo_quality::Params as PhotoQuality;
    pub use super::recommend_plan::Params as RecommendPlan;
    pub use super::request_more::{Params as RequestMore, Thing};
    pub use super::sign::Params as Sign;
    pub use super::sub_flow::Params as SubFlow;
    pub use super::vehicle_valuation::Params as VehicleValuation;
}

/// Every kind of block, in the order in which the designer shows them.
pub fn catalogue() -> &'static [&'static dyn Kind] {
    &[
        &intake::Intake,
        &id_rules::IdRules,
        &photo_quality::PhotoQuality,
        &ocr::Ocr,
        &match_matrix::MatchMatrix,
        &duplicate_check::DuplicateCheck,
        &blacklist::Blacklist,
        &consent_check::ConsentCheck,
        &partner_query::PartnerQuery,
        &vehicle_valuation::VehicleValuation,
        &score_card::ScoreCard,
        &rule_table::RuleTable,
        &gateway::Gateway,
        &ab_split::AbSplit,
        &collateral_check::CollateralCheck,
        &income_estimate::IncomeEstimate,
        &recommend_plan::RecommendPlan,
        &match_funder::MatchFunder,
        &counter_offer::CounterOffer,
        &manual_review::ManualReview,
        &second_approval::SecondApproval,
        &field_visit::FieldVisit,
        &request_more::RequestMore,
        &disclose::Disclose,
        &generate_contract::GenerateContract,
        &sign::Sign,
        &notify::Notify,
        &timer::Timer,
        &wait::Wait,
        &schedule_window::ScheduleWindow,
        &control::Parallel,
        &control::Join,
        &sub_flow::SubFlow,
        &end::End,
    ]
}

/// The kind with this key.
pub fn kind(key: &str) -> Option<&'static dyn Kind> {
    catalogue().iter().copied().find(|kind| kind.key() == key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_kind_is_complete_and_unique() {
        let mut keys = HashSet::new();
        for kind in catalogue() {
            assert!(keys.insert(kind.key()), "{} comes twice", kind.key());
            assert!(kind.name().is_complete() && kind.help().is_complete(), "{}", kind.key());
            assert!(kind.help().zh.ends_with('。') && kind.help().en.ends_with('.'), "{}", kind.key());
            assert!(kind.schema().get("properties").is_some() || kind.schema().get("type").is_some());
        }
        assert_eq!(keys.len(), 34);
    }

    #[test]
    fn every_example_fits_and_says_what_is_given() {
        for kind in catalogue() {
            let example = kind.example();
            let shape = kind.shape(&example);
            assert!(shape.is_ok(), "{}: {example}: {:?}", kind.key(), shape.err());
            assert!(example.is_object(), "{}: the example is no JSON object", kind.key());
        }
    }

    #[test]
    fn the_ranges_of_a_schema_are_the_ones_that_are_kept() {
        let mut checked = 0;
        for kind in catalogue() {
            let (schema, example) = (kind.schema(), kind.example());
            for (name, one) in schema["properties"].as_object().into_iter().flatten() {
                let whole = one["type"] == "integer" || one["type"][0] == "integer";
                let (Some(least), Some(most)) = (one["minimum"].as_i64(), one["maximum"].as_i64()) else {
                    assert!(!whole || name == "base", "{}.{name} has no range", kind.key());
                    continue;
                };
                let with = |value: i64| {
                    let mut params = example.clone();
                    params[name] = value.into();
                    // One of two that depend on each other: the other one leaves room.
                    if name == "min_age" {
                        params["max_age"] = 100.into();
                    }
                    if name == "min_less_percent" {
                        params["max_less_percent"] = 90.into();
                    }
                    kind.shape(&params)
                };
                for (value, fits) in [(least - 1, false), (least, true), (most, true), (most + 1, false)] {
                    assert_eq!(with(value).is_ok(), fits, "{}.{name} = {value}", kind.key());
                }
                checked += 1;
            }
        }
        assert!(checked >= 20, "only {checked} ranges were found");
    }

    #[test]
    fn unknown_parameters_are_refused_by_every_kind() {
        for kind in catalogue() {
            let bad = kind.shape(&serde_json::json!({"surprise": 1})).err().map(|e| e.code);
            assert_eq!(bad, Some("flow_bad_params"), "{}", kind.key());
        }
    }
}

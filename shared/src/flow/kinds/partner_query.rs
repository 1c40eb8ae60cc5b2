//! Asks a partner: real-name check, credit bureau, valuation, a funder's late answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shape::{About, BadParams, Class, KindOf, MAX_DUE_MINUTES, Shape, Who, Work};
use crate::domain::Purpose;

pub(crate) struct PartnerQuery;

/// Partners we know how to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Partner {
    /// Do name and number belong together?
    Realname,
    /// Credit record.
    Bureau,
    /// What the used vehicle is worth.
    Valuation,
    /// The answer of a funder that said "pending".
    Funder,
}

/// What to do with an answer that comes after the block was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Late {
    /// Record it only.
    Ignore,
    /// Record it and tell whoever reviews the case.
    Reopen,
    /// Record it and note whether it would have changed anything.
    Compare,
}

/// Parameters of `partner-query`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Whom to ask.
    pub partner: Partner,
    /// Time for all attempts together, milliseconds. How many there are is the partner's own setting.
    #[serde(default = "three_seconds")]
    #[schemars(range(min = 100, max = 60_000))]
    pub timeout_ms: u32,
    /// Set when the partner answers by callback: how long to wait for it, minutes.
    #[serde(default)]
    #[schemars(range(min = 1, max = MAX_DUE_MINUTES))]
    pub callback_minutes: Option<u32>,
    /// What to do with a late answer.
    #[serde(default = "ignore")]
    pub late: Late,
}

pub(super) fn three_seconds() -> u32 {
    3_000
}

fn ignore() -> Late {
    Late::Ignore
}

impl Partner {
    fn key(self) -> &'static str {
        match self {
            Self::Realname => "realname",
            Self::Bureau => "bureau",
            Self::Valuation => "valuation",
            Self::Funder => "funder",
        }
    }

    fn answers(self) -> &'static [&'static str] {
        match self {
            Self::Realname => &["match", "mismatch"],
            Self::Bureau => &["found", "no_record"],
            Self::Valuation => &["valued", "unknown"],
            Self::Funder => &["approved", "countered", "declined"],
        }
    }

    /// What the customer must have agreed to.
    fn consent(self) -> Purpose {
        match self {
            Self::Realname => Purpose::RealNameCheck,
            Self::Bureau => Purpose::CreditQuery,
            Self::Valuation => Purpose::VehicleValuation,
            Self::Funder => Purpose::ShareWithFunder,
        }
    }

    fn writes(self) -> &'static [&'static str] {
        match self {
            Self::Realname => &["partner.realname"],
            Self::Bureau => &["partner.bureau"],
            Self::Valuation => &["partner.valuation"],
            Self::Funder => &["partner.funder"],
        }
    }
}

impl KindOf for PartnerQuery {
    type Params = Params;
    const ABOUT: About = About {
        key: "partner-query",
        class: Class::Partner,
        name: ("外部查询", "Partner query"),
        help: (
            "查询外部合作方：实名核验、征信、车辆估值或资方答复。",
            "Asks a partner: real-name check, credit bureau, vehicle valuation or a funder's answer.",
        ),
        budget_ms: 800,
        example: r#"{"partner": "realname", "timeout_ms": 3000}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_within("timeout_ms", params.timeout_ms, 100..=60_000)?;
        let work = match params.callback_minutes {
            None => Work::Machine { timeout_ms: params.timeout_ms, on_due: "timeout" },
            Some(due_minutes) => {
                BadParams::unless_within("callback_minutes", due_minutes, 1..=MAX_DUE_MINUTES)?;
                let who = Who::Partner(params.partner.key().to_owned());
                Work::Wait { who, due_minutes, on_due: "timeout", opens: None }
            }
        };
        let shape = of_partner(params.partner, work, params.partner.answers(), &["consent"]);
        Ok(if params.partner == Partner::Funder { shape.adds_to(&["plan", "funder"]) } else { shape })
    }
}

/// A question to this partner: with its answers come the ways in which it may fail, and the consent it needs.
pub(super) fn of_partner(partner: Partner, work: Work, answers: &[&str], reads: &[&str]) -> Shape {
    let outcomes: Vec<&str> = answers.iter().copied().chain(["timeout", "error", "no_consent"]).collect();
    let mut shape = Shape::of(work, &outcomes).reads(reads).writes(partner.writes());
    shape.needs = vec![partner.consent()];
    shape
}

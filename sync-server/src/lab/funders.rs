//! Three funder personalities, and what each says.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use shared::protocol::partners::{
    PartnerText, PartnerToken,
    funders::{FunderApplication, FunderDecision, FunderTerms},
};

use super::{
    callbacks::Callback,
    magic::{Place, Trick, trick},
    play::{Move, Visit, play, reference, refusal, stopped},
    reel,
    serve::{Lab, SharedLab},
};

/// How a funder behaves where no magic value says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Personality {
    /// Answers at once; declines more than 90 % of the price or more than 60 months.
    Quick,
    /// Takes its time; where 100 % of the price is exceeded it offers that much.
    Generous,
    /// Says pending and calls back with an approval.
    Patient,
}

impl Personality {
    pub(super) const ALL: [Self; 3] = [Self::Quick, Self::Generous, Self::Patient];

    fn digit(self) -> char {
        match self {
            Self::Quick => '1',
            Self::Generous => '2',
            Self::Patient => '3',
        }
    }

    /// In Chinese and English, for `GET /`.
    pub(super) fn described(self) -> [&'static str; 2] {
        match self {
            Self::Quick => [
                "快而严:立即答复;超过车价九成或 60 个月即拒绝",
                "quick and strict: answers at once; declines above 90 % of the price or 60 months",
            ],
            Self::Generous => [
                "慢而宽:较慢;超过车价全额时还价至全额",
                "slow but generous: takes longer; above 100 % of the price it offers 100 %",
            ],
            Self::Patient => [
                "先待定,再回调通过(没有回调地址时直接通过)",
                "pending, then approved by callback (at once without a callback address)",
            ],
        }
    }
}

/// `POST /funders/{key}/v1/applications`.
pub(super) async fn apply(
    State(lab): State<SharedLab>,
    Path(key): Path<String>,
    visit: Visit,
    body: Bytes,
) -> Response {
    let Ok(funder) = PartnerToken::parse(&key) else {
        return refusal(StatusCode::NOT_FOUND, "no_such_funder");
    };
    let partner = format!("funders/{funder}");
    play(&lab, &partner, visit, body, |application| consider(&lab, &funder, &application)).await
}

/// `GET /funders/{key}/v1/applications/{reference}`: what the funder says by now.
pub(super) async fn look_up(
    State(lab): State<SharedLab>,
    Path((funder, reference)): Path<(String, String)>,
    visit: Visit,
) -> Response {
    if let Err(stop) = visit.authorize(&lab) {
        return stopped(stop).await;
    }
    if let Some(line) = lab.config.reel.later(&format!("funders/{funder}"), &reference) {
        return reel::play_later(&lab, &visit, line).await;
    }
    match lab.decisions.get(&funder, &reference) {
        Some(decision) => Json(decision).into_response(),
        None => refusal(StatusCode::NOT_FOUND, "no_such_application"),
    }
}

fn consider(lab: &Lab, funder: &PartnerToken, asked: &FunderApplication) -> Move {
    if asked.terms.check().is_err() || asked.price_fen < 1 {
        return Move::refuse(StatusCode::UNPROCESSABLE_ENTITY, "terms");
    }
    if asked.callback_url.as_deref().is_some_and(|url| !lab.may_call_back(url)) {
        return Move::refuse(StatusCode::UNPROCESSABLE_ENTITY, "callback_url");
    }
    let personality = lab.personality(funder);
    let asked_first = lab.decisions.is_asked_first(funder, &asked.application);
    let reference =
        reference("fd", &[funder.as_str(), asked.application.as_str(), &format!("{:?}", asked.terms)]);
    let trick = trick_for(asked, personality, asked_first);
    let decision = match trick {
        Some(Trick::Hangs) => return Move::hang(),
        Some(trick) => by_trick(trick, reference, asked),
        None => by_personality(personality, reference, asked),
    };
    answer(lab, funder, asked, decision, trick)
}

/// A yes or no that a pending answer hides, or the decision itself.
fn answer(
    lab: &Lab,
    funder: &PartnerToken,
    asked: &FunderApplication,
    decision: FunderDecision,
    trick: Option<Trick>,
) -> Move {
    let waits = trick == Some(Trick::PendingThenApproved) || trick == Some(Trick::PendingThenDeclined);
    let patient =
        trick.is_none() && lab.personality(funder) == Personality::Patient && asked.callback_url.is_some();
    let pending = waits || (patient && matches!(decision, FunderDecision::Approved { .. }));
    let Some(reference) = reference_of(&decision) else { return Move::json(&decision) };
    lab.decisions.keep(funder, &reference, decision.clone());
    if !pending || asked.accepts_offer.is_some() {
        return Move::json(&decision);
    }
    let says = FunderDecision::Pending {
        reference: reference.clone(),
        callback: asked.callback_url.is_some(),
        expected_within_s: 60,
    };
    let callback = asked.callback_url.clone().map(|url| Callback {
        url,
        funder: funder.clone(),
        application: asked.application.clone(),
        reference,
        decision,
    });
    Move::json_then(&says, callback)
}

fn reference_of(decision: &FunderDecision) -> Option<PartnerToken> {
    match decision {
        FunderDecision::Approved { reference, .. }
        | FunderDecision::Conditional { reference, .. }
        | FunderDecision::CounterOffer { reference, .. }
        | FunderDecision::LimitReached { reference }
        | FunderDecision::Declined { reference, .. }
        | FunderDecision::Pending { reference, .. } => Some(reference.clone()),
        FunderDecision::Error { .. } => None,
    }
}

fn trick_for(asked: &FunderApplication, personality: Personality, asked_first: bool) -> Option<Trick> {
    // Whoever accepts a counter-offer gets it: otherwise the price would lead to the same offer for ever.
    if asked.accepts_offer.is_some() {
        return None;
    }
    let price = asked.price_fen.to_string();
    let trick = trick(Place::PriceFen, &price, "funders")?;
    let whom = Place::PriceFen.digits(&price).chars().next()?;
    let meant = whom == '0' || whom == personality.digit() || (whom == '9' && asked_first);
    meant.then_some(trick)
}

fn by_trick(trick: Trick, reference: PartnerToken, asked: &FunderApplication) -> FunderDecision {
    let terms = asked.terms.clone();
    match trick {
        Trick::CounterOfferAmount => FunderDecision::CounterOffer {
            reference,
            terms: lent(&terms, terms.amount_fen - terms.amount_fen / 10),
        },
        Trick::CounterOfferTerm => FunderDecision::CounterOffer {
            reference,
            terms: FunderTerms { term_months: terms.term_months.saturating_add(12), ..terms },
        },
        Trick::Conditional => {
            FunderDecision::Conditional {
                reference, terms, stipulations: text("请补充近 6 个月的工资流水")
            }
        }
        Trick::LimitReached => FunderDecision::LimitReached { reference },
        Trick::PendingThenApproved => FunderDecision::Approved { reference, terms },
        Trick::FunderError => FunderDecision::Error { code: PartnerToken::nearest("core_system_down") },
        _ => FunderDecision::Declined { reference, reason: PartnerToken::nearest("policy") },
    }
}

fn by_personality(
    personality: Personality,
    reference: PartnerToken,
    asked: &FunderApplication,
) -> FunderDecision {
    let terms = asked.terms.clone();
    let share =
        |percent: i64| i64::try_from(i128::from(asked.price_fen) * i128::from(percent) / 100).unwrap_or(0);
    match personality {
        Personality::Quick if terms.amount_fen > share(90) => {
            FunderDecision::Declined { reference, reason: PartnerToken::nearest("ltv_too_high") }
        }
        Personality::Quick if terms.term_months > 60 => {
            FunderDecision::Declined { reference, reason: PartnerToken::nearest("term_too_long") }
        }
        Personality::Generous if terms.amount_fen > share(100) => {
            FunderDecision::CounterOffer { reference, terms: lent(&terms, share(100)) }
        }
        _ => FunderDecision::Approved { reference, terms },
    }
}

/// The terms with `amount_fen` financed and the rest paid down.
fn lent(terms: &FunderTerms, amount_fen: i64) -> FunderTerms {
    let rest = terms.amount_fen - amount_fen;
    FunderTerms { amount_fen, down_payment_fen: terms.down_payment_fen + rest, ..terms.clone() }
}

fn text(text: &'static str) -> Vec<PartnerText> {
    PartnerText::parse(text).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::Decimal;

    fn asked(price_fen: i64, amount_fen: i64, term_months: u16) -> FunderApplication {
        let terms = FunderTerms {
            currency: "CNY".into(),
            amount_fen,
            down_payment_fen: price_fen - amount_fen,
            term_months,
            annual_rate: Decimal::new(699, 4),
        };
        FunderApplication {
            application: PartnerToken::nearest("case-1"),
            name: "王小明".into(),
            id_number: "11010519491231002X".into(),
            phone: "13800001234".into(),
            region: "110105".into(),
            vin: "LSVWY4180KN246094".into(),
            used: false,
            price_fen,
            plan: PartnerToken::nearest("plan-1"),
            terms,
            credit_reference: None,
            accepts_offer: None,
            consent: PartnerToken::nearest("consent-1"),
            callback_url: None,
        }
    }

    fn outcome(decision: &FunderDecision) -> String {
        serde_json::to_value(decision).unwrap()["outcome"].as_str().unwrap().to_owned()
    }

    #[test]
    fn personalities_differ_at_their_limits() {
        use Personality::{Generous, Patient, Quick};
        let rows = [
            (Quick, 9_000_000, 60, "approved"),
            (Quick, 9_000_001, 60, "declined"),
            (Quick, 9_000_000, 61, "declined"),
            (Generous, 10_000_000, 72, "approved"),
            (Generous, 10_000_001, 72, "counter_offer"),
            (Patient, 9_500_000, 36, "approved"),
        ];
        for (personality, amount, term, expected) in rows {
            let decision =
                by_personality(personality, PartnerToken::nearest("f"), &asked(10_000_000, amount, term));
            assert_eq!(outcome(&decision), expected, "{personality:?} {amount} {term}");
        }
    }

    #[test]
    fn magic_prices_reach_only_the_funders_they_mean() {
        use Personality::{Generous, Quick};
        let rows = [
            (10_000_004, Quick, false, true),
            (10_000_014, Quick, false, true),
            (10_000_014, Generous, false, false),
            (10_000_094, Generous, true, true),
            (10_000_094, Generous, false, false),
            (10_000_044, Quick, true, false),
            (10_000_000, Quick, true, false),
        ];
        for (price, personality, first, meant) in rows {
            let trick = trick_for(&asked(price, 8_000_000, 36), personality, first);
            assert_eq!(trick == Some(Trick::Declined), meant, "{price} {personality:?} {first}");
        }
    }

    #[test]
    fn an_accepted_counter_offer_is_not_countered_again() {
        let mut application = asked(10_000_001, 8_000_000, 36);
        let offer = by_trick(Trick::CounterOfferAmount, PartnerToken::nearest("f"), &application);
        let FunderDecision::CounterOffer { terms, reference } = offer else { panic!("{offer:?}") };
        assert_eq!((terms.amount_fen, terms.down_payment_fen), (7_200_000, 2_800_001));
        application.accepts_offer = Some(reference);
        assert_eq!(trick_for(&application, Personality::Quick, true), None);
    }
}

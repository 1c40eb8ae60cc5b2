//! What the real-name check, the bureau, the valuation and the text-message gateway say.

use axum::{
    body::Bytes,
    extract::State,
    http::{StatusCode, Uri},
    response::Response,
};
use shared::protocol::partners::{
    CNY, MAX_SUM_FEN,
    checks::{
        CreditQuery, CreditReport, CreditStanding, RealNameAnswer, RealNameCheck, RealNameOutcome, Valuation,
        ValuationRequest,
    },
    delivery::{SmsAccepted, SmsMessage},
    paths,
};

use super::{
    magic::{Place, Trick, trick},
    play::{Move, Visit, as_usual, number, play, reference},
    serve::{Lab, SharedLab},
};

pub(super) async fn real_name(State(lab): State<SharedLab>, visit: Visit, body: Bytes) -> Response {
    play(&lab, "realname", visit, body, |check| who_is_it(&lab, &check)).await
}

pub(super) async fn credit(State(lab): State<SharedLab>, visit: Visit, body: Bytes) -> Response {
    play(&lab, "bureau", visit, body, |query| how_do_they_pay(&query)).await
}

pub(super) async fn vehicle(State(lab): State<SharedLab>, visit: Visit, body: Bytes) -> Response {
    play(&lab, "valuation", visit, body, |request| what_is_it_worth(&request)).await
}

pub(super) async fn message(State(lab): State<SharedLab>, visit: Visit, body: Bytes) -> Response {
    play(&lab, "sms", visit, body, |message| deliver(&lab, message)).await
}

/// `POST /{partner}/v1/test`: the question that means nothing.
pub(super) async fn test(State(lab): State<SharedLab>, uri: Uri, visit: Visit, body: Bytes) -> Response {
    let partner = uri.path().trim_start_matches('/').trim_end_matches(paths::TEST);
    as_usual(&lab, partner, visit, body, |body| match serde_json::from_slice::<serde_json::Value>(body) {
        Ok(_) => Move::json(&serde_json::json!({"test": true})),
        Err(_) => Move::refuse(StatusCode::UNPROCESSABLE_ENTITY, "unreadable_request"),
    })
    .await
}

fn who_is_it(lab: &Lab, check: &RealNameCheck) -> Move {
    let (id_number, name) = (check.id_number.expose(), check.name.expose());
    let outcome = match trick(Place::IdSequence, id_number, "realname") {
        Some(Trick::Hangs) => return Move::hang(),
        Some(Trick::Unavailable) => return Move::unavailable(),
        Some(Trick::NobodyKnown) => RealNameOutcome::NotFound,
        Some(_) => RealNameOutcome::Mismatch,
        None => match lab.config.registry.knows(id_number, name) {
            Some(true) => RealNameOutcome::Match,
            None if check.name_confirmed_by_customer => RealNameOutcome::Match,
            Some(false) | None => RealNameOutcome::Mismatch,
        },
    };
    Move::json(&RealNameAnswer { reference: reference("rn", &[id_number, name]), outcome })
}

fn how_do_they_pay(query: &CreditQuery) -> Move {
    let id_number = query.id_number.expose().as_str();
    let below = |bound, what| number(bound, &[id_number, what]);
    let clean = CreditReport {
        reference: reference("cb", &[id_number]),
        standing: CreditStanding::Clear,
        score: Some(680 + below(120, "score") as u16),
        overdue_24m: 0,
        overdue_now: false,
        monthly_debt_fen: below(20, "debt") as i64 * 5_000,
        queries_3m: below(3, "queries") as u16,
    };
    Move::json(&match trick(Place::IdSequence, id_number, "bureau") {
        Some(Trick::Hangs) => return Move::hang(),
        Some(Trick::Unavailable) => return Move::unavailable(),
        Some(Trick::CreditNoRecord) => {
            CreditReport { standing: CreditStanding::NoRecord, score: None, monthly_debt_fen: 0, ..clean }
        }
        Some(Trick::CreditAttention) => {
            CreditReport { standing: CreditStanding::Attention, score: Some(590), overdue_24m: 3, ..clean }
        }
        Some(_) => CreditReport {
            standing: CreditStanding::Bad,
            score: Some(380),
            overdue_24m: 11,
            overdue_now: true,
            ..clean
        },
        None => clean,
    })
}

fn what_is_it_worth(request: &ValuationRequest) -> Move {
    if request.vin.len() != 17 || !(1..=MAX_SUM_FEN).contains(&request.asking_price_fen) {
        return Move::refuse(StatusCode::UNPROCESSABLE_ENTITY, "vin_or_price");
    }
    let trick = trick(Place::VinTail, &request.vin, "valuation");
    let reference = reference("va", &[&request.vin]);
    let percent = match trick {
        Some(Trick::Hangs) => return Move::hang(),
        Some(Trick::Unavailable) => return Move::unavailable(),
        Some(Trick::VehicleUnknown) => return Move::json(&Valuation::NotFound { reference }),
        Some(Trick::WorthLess) => 40,
        _ => 98 + number(8, &[&request.vin]) as i64,
    };
    let value_fen = request.asking_price_fen * percent / 100;
    Move::json(&Valuation::Valued {
        reference,
        vin: request.vin.clone(),
        currency: CNY.into(),
        value_fen,
        low_fen: value_fen * 95 / 100,
        high_fen: value_fen * 105 / 100,
        damage_on_record: trick == Some(Trick::DamageOnRecord),
    })
}

fn deliver(lab: &Lab, message: SmsMessage) -> Move {
    let phone = message.phone.expose();
    let text_fits = (1..=SmsMessage::MAX_CHARS).contains(&message.text.expose().chars().count());
    if phone.len() != 11 || !phone.bytes().all(|byte| byte.is_ascii_digit()) || !text_fits {
        return Move::refuse(StatusCode::UNPROCESSABLE_ENTITY, "phone_or_text");
    }
    match trick(Place::PhoneTail, phone, "sms") {
        Some(Trick::PhoneUnreachable) => Move::refuse(StatusCode::UNPROCESSABLE_ENTITY, "phone_unreachable"),
        Some(_) => Move::unavailable(),
        None => {
            let number = lab.inbox.put(message, lab.config.world.clock.now());
            Move::json(&SmsAccepted { reference: reference("sms", &[&number.to_string()]) })
        }
    }
}

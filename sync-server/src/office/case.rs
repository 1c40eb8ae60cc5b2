//! The page of one case, with its decision where it needs a person, and its newest photo.

use axum::{extract::State, response::Response};
use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::{
    domain::{AccountId, Action, CaseId, Fen, Lang, PersonId, TenantId},
    flow::{
        Wait, Who,
        params::{FieldVisit, Thing},
    },
};
use ui::{
    components::{facts::Fact, form::Choice},
    office::{
        CaseHold, Decided, Dossier, Holding, MayRequest, OfficePage, OtherTerms, PendingDecision, ReviewCase,
        Sight, decline_text,
    },
};

use super::{
    Reader, View, compare,
    decide::Typed,
    dossier,
    partner_words::in_yuan,
    queue::{minutes_left, queue_name},
    timeline::timeline,
};
use crate::{
    accounts::{
        Staff,
        permission::{CaseReader, DocumentReader},
    },
    app::App,
    cases::{
        Situation, acts,
        callbacks::{self, LateAnswer},
        offer, own_words,
        page::{self, moment, second},
        perform,
        person::{Column, Person},
        products::Product,
        reading,
        review::{self, Answer, Verdict, hold, pending},
        row,
    },
    flows::journal::CaseRef,
    http::input::Path,
    photos::PhotoReading,
    problem::Problem,
};

/// One case, running or over. Every look is on record.
#[utoipa::path(get, path = "/office/cases/{case}", tag = "page", params(("case" = String, Path)), responses((status = 200, description = "Page")))]
pub(crate) async fn case(
    State(app): State<App>,
    staff: CaseReader,
    Path(case): Path<CaseId>,
    reader: Reader,
) -> Result<View, Problem> {
    let of = CaseRef { tenant: staff.tenant, case };
    note_look(&app, of, &staff, "case.seen", &json!({})).await?;
    let page = review_page(&app, &staff, of, reader.lang, Typed::default(), dossier::sight(&staff)).await?;
    Ok(View::of_staff(reader, &staff, &app, page))
}

/// The newest photo of a case. Every look is on record.
#[utoipa::path(get, path = "/office/cases/{case}/photo.jpg", tag = "page", params(("case" = String, Path)), responses((status = 200)))]
pub(crate) async fn photo(
    State(app): State<App>,
    staff: DocumentReader,
    Path(case): Path<CaseId>,
) -> Result<Response, Problem> {
    let of = CaseRef { tenant: staff.tenant, case };
    let (actor, now) = (staff.actor(), app.world.clock.now());
    let (person, object) = app
        .store
        .write(move |conn| {
            let person = row::person_of(conn, of)?;
            let photo = reading::latest_photo(conn, of)?.ok_or_else(Problem::not_found)?;
            acts::record(conn, of, &actor, "photo.seen", &json!({}), now)?;
            Ok::<_, Problem>((person, photo.object))
        })
        .await?;
    crate::cases::photo_bytes(&app, of, person, &object).await
}

/// Puts a look at a case on record.
///
/// # Errors
/// 404 for an unknown case: nothing is recorded of what is not there.
pub(super) async fn note_look(
    app: &App,
    of: CaseRef,
    staff: &Staff,
    action: &'static str,
    detail: &Value,
) -> Result<(), Problem> {
    let (actor, now, detail) = (staff.actor(), app.world.clock.now(), detail.clone());
    app.store
        .write(move |conn| {
            row::expect(conn, of)?;
            Ok::<_, Problem>(acts::record(conn, of, &actor, action, &detail, now)?)
        })
        .await
}

fn late_line(app: &App, tenant: TenantId, late: &LateAnswer, lang: Lang) -> String {
    let funder = app.products.funder_name(tenant, &late.funder, lang);
    let says = match late.says.as_str() {
        "approved" => lang.pick("同意", "yes"),
        "conditional" => lang.pick("附条件同意", "yes, with conditions"),
        "counter_offer" => lang.pick("还价", "a counter-offer"),
        "limit_reached" => lang.pick("额度已满", "its limit is reached"),
        "declined" => lang.pick("拒绝", "no"),
        _ => lang.pick("出错", "an error"),
    };
    match lang {
        Lang::Zh => format!("{funder}在流程继续之后才答复：{says}。"),
        Lang::En => format!("{funder} answered after the case had gone on: {says}."),
    }
}

/// What the page shows, loaded in one look.
pub(super) struct Loaded {
    number: i64,
    pub(super) situation: Situation,
    pub(super) id_number: Option<String>,
    pub(super) name: Option<String>,
    phone: Option<String>,
    pub(super) reading: Option<PhotoReading>,
    has_photo: bool,
    steps: Vec<page::Step>,
    pub(super) comparisons: Vec<Value>,
    /// What the table says of the row that sent the case here.
    rules: Vec<String>,
    late: Vec<LateAnswer>,
    stipulations: Vec<String>,
    asked_for: bool,
    person: PersonId,
    decided: Option<review::Given>,
    hold: LoadedHold,
    dossier: dossier::Loaded,
}

/// Whether somebody gives cases to others.
fn leads(staff: &Staff) -> bool {
    staff.may(Action::DecideEscalatedCase)
}

/// Who works on the case, and what was decided a moment ago.
struct LoadedHold {
    held: Option<hold::Held>,
    pending: Option<pending::Pending>,
    /// The queue that it waits in.
    queue: Option<String>,
    /// To whom it can be given.
    colleagues: Vec<(AccountId, String)>,
}

/// `leads`: whether the reader gives cases to others; nobody else is told to whom.
fn load_hold(
    conn: &Connection,
    of: CaseRef,
    person: &Person,
    leads: bool,
    now: Timestamp,
) -> Result<LoadedHold, Problem> {
    let queue = hold::queue_of(conn, of)?;
    let colleagues = match &queue {
        Some(queue) if leads => hold::those_who_settle(conn, of.tenant, queue)?,
        _ => Vec::new(),
    };
    let pending = pending::of_case(conn, of, person)?;
    Ok(LoadedHold { held: hold::holder(conn, of, now)?, pending, queue, colleagues })
}

/// The part of a case's page that stays fresh, on its own.
///
/// # Errors
/// 404 for an unknown case.
pub(super) async fn hold_page(
    app: &App,
    staff: &Staff,
    of: CaseRef,
    lang: Lang,
) -> Result<CaseHold, Problem> {
    let (keys, now, leads) = (app.keys.clone(), app.world.clock.now(), leads(staff));
    let (number, loaded) = app
        .store
        .read(move |conn| {
            let person = Person::of_case(conn, &keys, of)?;
            Ok::<_, Problem>((row::number_of(conn, of)?, load_hold(conn, of, &person, leads, now)?))
        })
        .await?;
    Ok(hold_shown(of, number, loaded, staff, lang))
}

fn hold_shown(of: CaseRef, number: i64, loaded: LoadedHold, staff: &Staff, lang: Lang) -> CaseHold {
    let LoadedHold { held, pending, queue, colleagues } = loaded;
    let may_take = queue.as_deref().is_some_and(|queue| staff.settles(queue));
    let others = colleagues
        .into_iter()
        .filter(|(account, _)| held.as_ref().is_none_or(|held| held.account != *account));
    CaseHold {
        case: of.case.to_string(),
        case_number: page::case_number(number),
        waits_here: queue.is_some(),
        holding: Holding {
            assignees: others.map(|(id, label)| Choice { value: id.to_string(), label }).collect(),
            since: held.as_ref().map(|held| moment(held.since, lang)),
            mine: held.as_ref().is_some_and(|held| held.account == staff.account),
            holder: held.map(|held| held.login),
            may_take,
        },
        pending: pending.map(|given| PendingDecision {
            decision: answer_in_words(&given.answer, lang).to_owned(),
            code: decline_text(given.code.as_deref().unwrap_or_default(), lang),
            mine: given.account == staff.account,
            who: given.login,
            reason: given.reason,
            effect: second(given.effect_at, lang),
        }),
    }
}

/// The page of a case; `typed` is what was typed before, `sight` how personal values are shown.
///
/// # Errors
/// 404 for an unknown case.
pub(super) async fn review_page(
    app: &App,
    staff: &Staff,
    of: CaseRef,
    lang: Lang,
    typed: Typed,
    sight: Sight,
) -> Result<OfficePage, Problem> {
    let (now, leads) = (app.world.clock.now(), leads(staff));
    let (library, keys) = (app.driver.library().clone(), app.keys.clone());
    let loaded = app
        .store
        .read(move |conn| {
            let person = Person::of_case(conn, &keys, of)?;
            let (number, asked): (i64, i64) = conn
                .prepare_cached("SELECT number, human_asked FROM cases WHERE tenant = ?1 AND id = ?2")?
                .query_row(params![of.tenant.to_string(), of.case.to_string()], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            Ok::<_, Problem>(Loaded {
                number,
                situation: Situation::load(conn, &library, of)?,
                id_number: person.get(conn, Column::IdNumber)?,
                name: person.get(conn, Column::Name)?,
                phone: person.get(conn, Column::Phone)?,
                reading: reading::latest(conn, of, &person)?,
                has_photo: reading::latest_photo(conn, of)?.is_some(),
                steps: page::steps(conn, of)?,
                comparisons: comparisons(conn, of)?,
                rules: sent_by_rules(conn, of)?,
                late: callbacks::late(conn, of)?,
                stipulations: offer::latest(conn, of)?
                    .map(|offer| offer.offered.stipulations)
                    .unwrap_or_default(),
                asked_for: asked > 0,
                person: person.id(),
                decided: review::last(conn, of, &person)?,
                hold: load_hold(conn, of, &person, leads, now)?,
                dossier: dossier::load(conn, of)?,
            })
        })
        .await?;
    let note = if loaded.asked_for { own_words::note(app, of, loaded.person).await } else { None };
    let dossier = dossier::shown(app, of, &loaded.dossier, staff, sight, lang);
    let queue = loaded.situation.queue().map(|wait| wait.who.clone());
    let may_decide = matches!(queue, Some(Who::Queue(queue)) if staff.settles(&queue));
    let page = ReviewCase { may_decide, ..shown(app, staff, of, loaded, dossier, note, lang, typed) };
    Ok(OfficePage::Case(Box::new(page)))
}

/// The newest match matrix, as its step recorded it.
fn comparisons(conn: &Connection, of: CaseRef) -> Result<Vec<Value>, Problem> {
    let mut statement = conn.prepare_cached(
        "SELECT trace FROM steps WHERE tenant = ?1 AND case_id = ?2 AND kind = 'match-matrix' ORDER BY seq DESC LIMIT 1",
    )?;
    let mut rows = statement.query(params![of.tenant.to_string(), of.case.to_string()])?;
    let trace: Option<String> = rows.next()?.map(|row| row.get(0)).transpose()?.flatten();
    let trace: Option<Value> = trace.and_then(|text| serde_json::from_str(&text).ok());
    Ok(trace.and_then(|trace| trace["comparisons"].as_array().cloned()).unwrap_or_default())
}

/// What the decision table says of the rows that fired, where the newest step is one: it sent the case where it is.
fn sent_by_rules(conn: &Connection, of: CaseRef) -> Result<Vec<String>, Problem> {
    let mut statement = conn.prepare_cached(
        "SELECT kind, trace FROM steps WHERE tenant = ?1 AND case_id = ?2 ORDER BY seq DESC LIMIT 1",
    )?;
    let mut rows = statement.query(params![of.tenant.to_string(), of.case.to_string()])?;
    let Some(row) = rows.next()? else { return Ok(Vec::new()) };
    let (kind, trace): (String, Option<String>) = (row.get(0)?, row.get(1)?);
    let trace: Value = trace.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let notes = trace["rules"].as_array().into_iter().flatten().filter_map(|rule| rule["note"].as_str());
    Ok(notes.filter(|note| kind == "rule-table" && !note.is_empty()).map(str::to_owned).collect())
}

/// The reader's half of a rule's note that its author wrote in both languages, as `中文 / English`.
pub(super) fn note_in(note: &str, lang: Lang) -> &str {
    match note.split_once(" / ") {
        Some((zh, en)) => lang.pick(zh, en),
        None => note,
    }
}

#[allow(clippy::too_many_arguments, reason = "what is shown, for whom, and how")]
fn shown(
    app: &App,
    staff: &Staff,
    of: CaseRef,
    loaded: Loaded,
    dossier: Dossier,
    note: Option<String>,
    lang: Lang,
    typed: Typed,
) -> ReviewCase {
    let now = app.world.clock.now();
    let request = &loaded.situation.request;
    let product = app.products.of_case(&loaded.situation.flow);
    let product = product.as_ref();
    let wait = loaded.situation.queue();
    let due = wait.map_or(now, |wait| wait.due);
    let queue = match wait.map(|wait| &wait.who) {
        Some(Who::Queue(queue)) => queue.clone(),
        _ => String::new(),
    };
    let mut reasons: Vec<String> = wait.iter().map(|_| queue_name(&queue, lang).to_owned()).collect();
    reasons.extend(loaded.rules.iter().filter(|_| wait.is_some()).map(|note| match lang {
        Lang::Zh => format!("规则：{}", note_in(note, lang)),
        Lang::En => format!("Rule: {}", note_in(note, lang)),
    }));
    reasons.extend(signals(&loaded, lang).into_iter().map(str::to_owned));
    if loaded.asked_for && note.is_none() {
        reasons.push(
            lang.pick("客户要求由人工处理，没有留言。", "The customer asked for a person and left no note.")
                .to_owned(),
        );
    }
    reasons
        .extend(loaded.comparisons.iter().filter_map(|c| c["text"][lang.tag()].as_str().map(str::to_owned)));
    reasons.extend(loaded.stipulations.iter().map(|wanted| match lang {
        Lang::Zh => format!("资金方要求先满足：{wanted}。满足后再批准。"),
        Lang::En => format!("The funder asks for this first: {wanted}. Approve once it is met."),
    }));
    reasons.extend(loaded.late.iter().map(|late| late_line(app, of.tenant, late, lang)));
    let (may_request, other_terms) = match wait {
        Some(wait) => (
            may_request(&loaded.situation, wait, &typed.asks),
            other_terms(&loaded.situation, wait, product, typed.terms),
        ),
        None => (MayRequest::Nothing, None),
    };
    let sees_photo = loaded.has_photo && staff.may(Action::SeeDocuments);
    let photo_url = sees_photo.then(|| format!("/office/cases/{}/photo.jpg", of.case));
    ReviewCase {
        case: of.case.to_string(),
        case_number: format!("MP{:06}", loaded.number),
        revision: wait.map(|wait| wait.at.to_string()).unwrap_or_default(),
        reasons,
        customer_note: note,
        request: vec![
            Fact::new(
                lang.pick("产品", "Product"),
                product.map(|p| p.name.get(lang).to_owned()).unwrap_or_else(|| request.product.clone()),
            ),
            Fact::new(lang.pick("车辆", "Vehicle"), request.description.as_str()),
            Fact::new(lang.pick("车架号", "VIN"), request.vin.as_str()),
            Fact::new(lang.pick("经销商", "Dealer"), request.dealer.as_str()),
            Fact::new(
                lang.pick("手机", "Phone"),
                compare::shown_phone(loaded.phone.as_deref(), dossier.sight),
            ),
        ],
        amount_fen: request.finance(product).get(),
        checks: compare::checks(&loaded, photo_url.as_deref(), now, dossier.sight, lang),
        photo_size: loaded.reading.as_ref().map(|photo| (photo.width, photo.height)),
        photo_url,
        photo_quality: compare::quality(&loaded, lang),
        timeline: timeline(&loaded.situation.flow, &loaded.steps, lang),
        due: moment(due, lang),
        overdue: due < now,
        minutes_left: minutes_left(due, now),
        decided: loaded.decided.as_ref().filter(|_| wait.is_none()).map(|given| Decided {
            decision: verdict_in_words(&given.decision, lang).to_owned(),
            code: decline_text(given.code.as_deref().unwrap_or_default(), lang),
            who: given.login.clone(),
            reason: given.reason.clone(),
            at: moment(given.at, lang),
        }),
        visit: wait.map(visit).unwrap_or_default(),
        waits_elsewhere: wait.is_none(),
        may_decide: wait.is_some(),
        reason: typed.reason,
        code: typed.code,
        hold: hold_shown(of, loaded.number, loaded.hold, staff, lang),
        may_request,
        other_terms,
        dossier,
    }
}

/// What the reviewer can have the customer asked for; `ticked` before.
fn may_request(situation: &Situation, wait: &Wait, ticked: &[Thing]) -> MayRequest {
    let block = situation.flow.block(&wait.at.block);
    let can = block.is_some_and(|block| block.shape.outcomes.iter().any(|outcome| outcome == "request_more"));
    let things = review::may_ask(&situation.flow, &wait.at.block);
    match (can, things.is_empty()) {
        (false, _) => MayRequest::Nothing,
        (true, true) => MayRequest::Next,
        (true, false) => {
            let ticked = |thing: Thing| (thing.code().to_owned(), ticked.contains(&thing));
            MayRequest::Chosen(things.into_iter().map(ticked).collect())
        }
    }
}

/// Other terms that the reviewer may set, with those that hold now; `typed` before.
fn other_terms(
    situation: &Situation,
    wait: &Wait,
    product: Option<&Product>,
    typed: Option<(String, String)>,
) -> Option<OtherTerms> {
    let room = review::room(wait)?;
    let (request, facts) = (&situation.request, situation.facts());
    let price = request.vehicle.price;
    let (least, most) = review::down_payment_between(room, price, product);
    let financed = perform::asked_for(facts, request, product, String::new());
    let down = price.minus(financed.amount).unwrap_or(Fen::ZERO);
    let down = facts.number("counter.down_payment_fen").and_then(|fen| Fen::new(fen).ok()).unwrap_or(down);
    let months = facts.number("counter.months").or(financed.months.map(|months| i64::from(months.get())));
    let (open, typed) = (
        typed.is_some(),
        typed.unwrap_or_else(|| {
            (in_yuan(down.get()), months.map_or_else(String::new, |months| months.to_string()))
        }),
    );
    Some(OtherTerms {
        down_payment_now_fen: down.get(),
        months_now: months.and_then(|months| u32::try_from(months).ok()),
        down_payment: typed.0,
        down_payment_between_fen: (least.get(), most.get()),
        months: typed.1,
        months_between: (room.shortest_months, room.longest_months),
        open,
    })
}

/// What a visit has to see; empty where the case waits for something else.
fn visit(wait: &Wait) -> Vec<String> {
    if wait.kind != "field-visit" {
        return Vec::new();
    }
    let asked = FieldVisit::deserialize(&*wait.params).map(|params| params.look_for).unwrap_or_default();
    asked.iter().map(|one| one.code().to_owned()).collect()
}

/// What the checks found besides differing fields.
fn signals(loaded: &Loaded, lang: Lang) -> Vec<&'static str> {
    let facts = loaded.situation.facts();
    let ended = |kind: &str, outcome: &str| {
        loaded.steps.iter().rev().find(|step| step.kind == kind).is_some_and(|step| step.outcome == outcome)
    };
    let mut found = Vec::new();
    if ended("duplicate-check", "other_number") {
        found.push(lang.pick(
            "同一张证件（或同一张照片）在另一件申请里用的是别的身份证号码，可能是冒用。",
            "The same card or photo was handed in under another ID number in another case: a sign of fraud.",
        ));
    }
    if ended("photo-quality", "poor") {
        found.push(lang.pick(
            "几次照片都不够清楚，客户选择由人工查看。",
            "Several photos were poor; the last one is to be looked at as it is.",
        ));
    }
    if ended("ocr", "unclear") || ended("ocr", "no_card") {
        found.push(
            lang.pick(
                "照片上的号码没有读清楚。",
                "The number on the photo could not be read with certainty.",
            ),
        );
    }
    if facts.text("partner.realname.verdict") == Some("mismatch") {
        found.push(lang.pick(
            "实名核验：姓名与号码不属于同一人。",
            "Real-name check: name and number do not belong together.",
        ));
    }
    found
}

/// An answer that was given.
pub(super) fn answer_in_words(answer: &Answer, lang: Lang) -> &'static str {
    match answer {
        Answer::Verdict(verdict) => verdict_in_words(verdict.outcome(), lang),
        Answer::Ask(_) => verdict_in_words(Verdict::RequestMore.outcome(), lang),
        Answer::Change(_) => verdict_in_words(review::CHANGED, lang),
        Answer::Visit(_) => lang.pick("上门核实已登记", "Visit written down"),
    }
}

/// A decision, as it is stored.
pub(super) fn verdict_in_words(decision: &str, lang: Lang) -> &'static str {
    match decision {
        "as_stated" => return lang.pick("上门核实：属实", "Visited: as stated"),
        review::CHANGED => return lang.pick("调整条件后继续", "Terms changed"),
        "not_as_stated" => return lang.pick("上门核实：不符", "Visited: not as stated"),
        _ => {}
    }
    match Verdict::from_form(decision) {
        Some(Verdict::Approve) => lang.pick("通过", "Approved"),
        Some(Verdict::Decline) => lang.pick("不通过", "Declined"),
        Some(Verdict::RequestMore) => lang.pick("请客户补充", "The customer was asked for more"),
        None => "",
    }
}

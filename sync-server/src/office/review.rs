//! The review queue, and the page of one case with its decision where it needs a person.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::{
    domain::{CaseId, IdNumber, Lang, PersonId, Phone},
    flow::{
        Wait, Who,
        params::{FieldVisit, LookFor},
    },
};
use ui::{
    components::facts::Fact,
    office::{
        Decided, Dossier, FieldCheck, Match, OfficePage, Queue, QueueRow, RequestWhat, ReviewCase, Sight,
    },
};

use super::{Reader, View, dossier, inbound::late_row, left, timeline::timeline};
use crate::{
    accounts::{
        FormOf, Staff,
        permission::{CaseReader, Decider, DocumentReader},
    },
    app::App,
    audit,
    cases::{
        CaseRequest, Situation, arrived,
        callbacks::{self, LateAnswer},
        offer, own_words,
        page::{self, moment},
        person::{Column, Person},
        products::Product,
        reading,
        review::{self, Answer, Verdict, Waiting},
    },
    flows::journal::CaseRef,
    http::input::Path,
    photos::{PhotoReading, ReadField},
    problem::Problem,
};

/// Cases that wait for this person.
#[utoipa::path(get, path = "/office/queue", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn queue(State(app): State<App>, staff: Decider, reader: Reader) -> Result<View, Problem> {
    let (decider, now, lang) = (staff.clone(), app.world.clock.now(), reader.lang);
    let (library, products) = (app.driver.library().clone(), app.products.clone());
    let (rows, left, late) = app
        .store
        .read(move |conn| {
            let waiting = review::queue(conn, &decider)?;
            let hashes = waiting.iter().map(|one| one.flow_hash.clone());
            let products = products.of_versions(conn, &library, hashes)?;
            let shown = |one: &Waiting| row(one, products.get(&one.flow_hash), now, lang);
            let rows: Vec<QueueRow> = waiting.iter().filter_map(shown).collect();
            let late = arrived::notices(conn, &library, decider.tenant)?;
            Ok::<_, Problem>((rows, left::left(conn, decider.tenant, lang, now)?, late))
        })
        .await?;
    let late = late.iter().map(|one| late_row(&app, one, lang)).collect();
    let total = rows.len() as u64;
    let page = Queue { total, rows, left, late, more: None, as_of: moment(now, lang) };
    Ok(View::of_staff(reader, &staff, &app, OfficePage::Queue(page)))
}

fn row(waiting: &Waiting, product: Option<&Product>, now: Timestamp, lang: Lang) -> Option<QueueRow> {
    let request: CaseRequest = serde_json::from_str(&waiting.request).ok()?;
    Some(QueueRow {
        case: waiting.of.case.to_string(),
        case_number: format!("MP{:06}", waiting.number),
        reasons: vec![queue_name(&waiting.queue, lang).to_owned()],
        amount_fen: request.finance(product).get(),
        vehicle: request.description,
        since: moment(waiting.since, lang),
        due: moment(waiting.due, lang),
        overdue: waiting.due < now,
        asked_for: waiting.queue == "person",
    })
}

pub(super) fn queue_name(queue: &str, lang: Lang) -> &str {
    match queue {
        "identity" => lang.pick("身份或照片需要核对", "Identity or photo to be compared"),
        "credit" => lang.pick("信用结论需要复核", "Credit decision to be reviewed"),
        "offers" => lang.pick("没有资金方接受", "No funder has accepted"),
        "contracts" => lang.pick("合同制作或签署失败", "The contract or its signature failed"),
        "visits" => lang.pick("需要上门核实", "To be visited"),
        "partners" => lang.pick("外部机构没有答复", "An outside company has not answered"),
        "person" => lang.pick("客户要求人工处理", "The customer asked for a person"),
        "lead" => lang.pick("已升级至主管", "Escalated to the lead"),
        other => other,
    }
}

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
    let page = review_page(&app, &staff, of, reader.lang, String::new(), dossier::sight(&staff)).await?;
    Ok(View::of_staff(reader, &staff, &app, page))
}

/// What the reviewer decided.
#[derive(Debug, Deserialize)]
pub(crate) struct Decision {
    #[serde(default)]
    action: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    revision: String,
    /// What a visit saw: a ticked box for each.
    #[serde(default)]
    address: Option<String>,
    #[serde(default)]
    vehicle: Option<String>,
}

impl Decision {
    fn answer(&self) -> Option<Answer> {
        match self.action.as_str() {
            "request" => Some(Answer::Verdict(Verdict::RequestMore)),
            "visit" => {
                let ticked = [(LookFor::Address, &self.address), (LookFor::Vehicle, &self.vehicle)];
                Some(Answer::Visit(
                    ticked.into_iter().filter_map(|(one, tick)| tick.as_ref().map(|_| one)).collect(),
                ))
            }
            verdict => Verdict::from_form(verdict).map(Answer::Verdict),
        }
    }
}

/// Settles a case.
#[utoipa::path(post, path = "/office/cases/{case}/decide", tag = "page", params(("case" = String, Path)), responses((status = 303)))]
pub(crate) async fn decide(
    State(app): State<App>,
    staff: Decider,
    Path(case): Path<CaseId>,
    mut reader: Reader,
    FormOf { form, .. }: FormOf<Decision>,
) -> Result<Response, Problem> {
    let of = CaseRef { tenant: staff.tenant, case };
    let decided = match form.answer() {
        Some(answer) => review::decide(&app, of, &staff, form.revision, answer, form.reason.clone()).await,
        None => Err(Problem::invalid("action", "action_unknown", "Choose approve, decline or ask for more.")),
    };
    match decided {
        Ok(()) => Ok(Redirect::to("/office/queue").into_response()),
        Err(problem) => {
            reader.here = format!("/office/cases/{case}");
            let sight = dossier::sight(&staff);
            let page = review_page(&app, &staff, of, reader.lang, form.reason, sight).await?;
            Ok(View::of_staff(reader, &staff, &app, page).problem(&problem).into_response())
        }
    }
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
            let person = person_of(conn, of)?;
            let photo = reading::latest_photo(conn, of)?.ok_or_else(Problem::not_found)?;
            let (tenant, case) = (of.tenant.to_string(), of.case.to_string());
            let entry = audit::Entry {
                tenant: &tenant,
                at: now,
                actor: &actor,
                action: "photo.seen",
                subject: &case,
                detail: "{}",
            };
            audit::record(conn, entry)?;
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
    let (actor, now, detail) = (staff.actor(), app.world.clock.now(), detail.to_string());
    app.store
        .write(move |conn| {
            person_of(conn, of)?;
            let (tenant, case) = (of.tenant.to_string(), of.case.to_string());
            let entry = audit::Entry {
                tenant: &tenant,
                at: now,
                actor: &actor,
                action,
                subject: &case,
                detail: &detail,
            };
            Ok::<_, Problem>(audit::record(conn, entry)?)
        })
        .await
}

fn person_of(conn: &Connection, of: CaseRef) -> Result<PersonId, Problem> {
    let id: String = conn
        .prepare_cached("SELECT person FROM cases WHERE tenant = ?1 AND id = ?2")?
        .query_row(params![of.tenant.to_string(), of.case.to_string()], |row| row.get(0))
        .map_err(|error| match error {
            rusqlite::Error::QueryReturnedNoRows => Problem::not_found(),
            other => other.into(),
        })?;
    id.parse().map_err(|_| Problem::not_found())
}

fn late_line(app: &App, late: &LateAnswer, lang: Lang) -> String {
    let funder = app.products.funder_name(&late.funder, lang);
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
struct Loaded {
    number: i64,
    situation: Situation,
    id_number: Option<String>,
    name: Option<String>,
    phone: Option<String>,
    reading: Option<PhotoReading>,
    has_photo: bool,
    steps: Vec<page::Step>,
    comparisons: Vec<Value>,
    late: Vec<LateAnswer>,
    stipulations: Vec<String>,
    asked_for: bool,
    person: PersonId,
    decided: Option<review::Given>,
    dossier: dossier::Loaded,
}

/// The page of a case; `reason` is what was typed before, `sight` how personal values are shown.
///
/// # Errors
/// 404 for an unknown case.
pub(super) async fn review_page(
    app: &App,
    staff: &Staff,
    of: CaseRef,
    lang: Lang,
    reason: String,
    sight: Sight,
) -> Result<OfficePage, Problem> {
    let (library, keys) = (app.driver.library().clone(), app.keys.clone());
    let loaded = app
        .store
        .read(move |conn| {
            let id = person_of(conn, of)?;
            let person = Person::load(conn, &keys, of.tenant, id)?;
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
                late: callbacks::late(conn, of)?,
                stipulations: offer::latest(conn, of)?
                    .map(|offer| offer.offered.stipulations)
                    .unwrap_or_default(),
                asked_for: asked > 0,
                person: id,
                decided: review::last(conn, of, &person)?,
                dossier: dossier::load(conn, of)?,
            })
        })
        .await?;
    let note = if loaded.asked_for { own_words::note(app, of, loaded.person).await } else { None };
    let dossier = dossier::shown(app, of, &loaded.dossier, staff, sight, lang);
    let queue = loaded.situation.queue().map(|wait| wait.who.clone());
    let may_decide = matches!(queue, Some(Who::Queue(queue)) if staff.settles(&queue));
    let page = ReviewCase { may_decide, ..shown(app, of, loaded, dossier, note, lang, reason) };
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

fn shown(
    app: &App,
    of: CaseRef,
    loaded: Loaded,
    dossier: Dossier,
    note: Option<String>,
    lang: Lang,
    reason: String,
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
    let outcomes: Vec<String> = wait
        .and_then(|wait| loaded.situation.flow.block(&wait.at.block))
        .map(|block| block.shape.outcomes.clone())
        .unwrap_or_default();
    let mut reasons: Vec<String> = wait.iter().map(|_| queue_name(&queue, lang).to_owned()).collect();
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
    reasons.extend(loaded.late.iter().map(|late| late_line(app, late, lang)));
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
            Fact::new(lang.pick("手机", "Phone"), shown_phone(loaded.phone.as_deref(), dossier.sight)),
        ],
        amount_fen: request.finance(product).get(),
        photo_url: loaded.has_photo.then(|| format!("/office/cases/{}/photo.jpg", of.case)),
        photo_quality: quality(&loaded, lang),
        checks: checks(&loaded, now, dossier.sight, lang),
        timeline: timeline(&loaded.situation.flow, &loaded.steps, lang),
        due: moment(due, lang),
        overdue: due < now,
        decided: loaded.decided.as_ref().filter(|_| wait.is_none()).map(|given| Decided {
            decision: verdict_in_words(&given.decision, lang).to_owned(),
            who: given.login.clone(),
            reason: given.reason.clone(),
            at: moment(given.at, lang),
        }),
        visit: wait.map(visit).unwrap_or_default(),
        waits_elsewhere: wait.is_none(),
        may_decide: wait.is_some(),
        reason,
        may_request: if outcomes.iter().any(|o| o == "request_more") {
            vec![RequestWhat::Photo]
        } else {
            Vec::new()
        },
        dossier,
    }
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

fn verdict_in_words(decision: &str, lang: Lang) -> &'static str {
    match decision {
        "as_stated" => return lang.pick("上门核实：属实", "Visited: as stated"),
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

fn shown_phone(phone: Option<&str>, sight: Sight) -> String {
    let shown = |phone: Phone| match sight {
        Sight::Revealed => phone.reveal().to_owned(),
        _ => phone.masked(),
    };
    phone.and_then(|phone| Phone::parse(phone).ok()).map(shown).unwrap_or_default()
}

fn quality(loaded: &Loaded, lang: Lang) -> Vec<Fact> {
    let Some(quality) = loaded.reading.as_ref().and_then(|reading| reading.quality.as_ref()) else {
        return Vec::new();
    };
    let flags: Vec<String> = quality
        .flags
        .iter()
        .map(|flag| {
            ui::texts::problem(
                &format!(
                    "photo_{}",
                    serde_json::to_value(flag)
                        .ok()
                        .and_then(|value| value.as_str().map(str::to_owned))
                        .unwrap_or_default()
                ),
                lang,
            )
        })
        .collect();
    let said = if flags.is_empty() { lang.pick("清晰可用", "good").to_owned() } else { flags.join(" ") };
    vec![
        Fact::new(lang.pick("照片质量", "Photo"), said),
        Fact::new(lang.pick("证件宽度", "Card width"), format!("{:.0} px", quality.card_width_px)),
    ]
}

/// Typed × read × partner, masked unless somebody asked to see it.
fn checks(loaded: &Loaded, now: jiff::Timestamp, sight: Sight, lang: Lang) -> Vec<FieldCheck> {
    let card = loaded.reading.as_ref().and_then(|reading| reading.card.as_ref());
    let today = shared::domain::funders::china_date(now);
    let number = |text: &str| IdNumber::parse(text, today).ok();
    let shown_number = |text: &str| match sight {
        Sight::Revealed => text.to_owned(),
        _ => number(text).map(|number| number.masked()).unwrap_or_default(),
    };
    let shown_name = |text: &str| match sight {
        Sight::Revealed => text.to_owned(),
        _ => masked_name(text),
    };
    let shown_birth = |text: &str| match sight {
        Sight::Revealed => text.to_owned(),
        _ => masked_birth(text),
    };
    let percent = |field: Option<&ReadField>| {
        field
            .filter(|f| !f.text.is_empty())
            .map(|f| format!("{:.0} %", f.confidence * 100.0))
            .unwrap_or_default()
    };
    let verdict = |field: &str| {
        let found = loaded.comparisons.iter().find(|comparison| comparison["field"] == field);
        match found.and_then(|comparison| comparison["verdict"].as_str()) {
            Some("agrees") => Match::Same,
            Some("differs") => Match::Differs,
            _ => Match::Unknown,
        }
    };
    let real_name = match loaded.situation.facts().text("partner.realname.verdict") {
        Some("match") => lang.pick("一致", "match"),
        Some("mismatch") => lang.pick("不一致", "mismatch"),
        _ => "–",
    };
    // The real-name check speaks of what was typed: a card that surely shows another name differs all the same.
    let other_name = card.zip(loaded.name.as_deref()).is_some_and(|(card, typed)| {
        card.name.confidence >= crate::photos::NAME_CONFIDENT && card.name.text != typed
    });
    vec![
        FieldCheck {
            label: lang.pick("公民身份号码", "ID number").to_owned(),
            typed: loaded.id_number.as_deref().map(shown_number).unwrap_or_default(),
            read: card.map(|card| shown_number(&card.id_number.text)).unwrap_or_default(),
            confidence: percent(card.map(|card| &card.id_number)),
            partner: real_name.to_owned(),
            crop_url: None,
            agreement: verdict("number"),
        },
        FieldCheck {
            label: lang.pick("姓名", "Name").to_owned(),
            typed: loaded.name.as_deref().map(shown_name).unwrap_or_default(),
            read: card.map(|card| shown_name(&card.name.text)).unwrap_or_default(),
            confidence: percent(card.map(|card| &card.name)),
            partner: real_name.to_owned(),
            crop_url: None,
            agreement: if other_name { Match::Differs } else { verdict("name") },
        },
        FieldCheck {
            label: lang.pick("出生日期", "Birth date").to_owned(),
            typed: loaded
                .id_number
                .as_deref()
                .and_then(number)
                .map(|number| shown_birth(&number.birth().to_string()))
                .unwrap_or_default(),
            read: card.map(|card| shown_birth(&card.birth.text)).unwrap_or_default(),
            confidence: percent(card.map(|card| &card.birth)),
            partner: "–".to_owned(),
            crop_url: None,
            agreement: verdict("birth"),
        },
    ]
}

/// The first character stays: a reviewer sees at a glance whether two names begin alike.
fn masked_name(text: &str) -> String {
    text.chars().enumerate().map(|(at, letter)| if at == 0 { letter } else { '*' }).collect()
}

/// The year stays.
fn masked_birth(text: &str) -> String {
    let digits = |letter: char| if letter.is_ascii_digit() { '*' } else { letter };
    text.chars().enumerate().map(|(at, letter)| if at < 4 { letter } else { digits(letter) }).collect()
}

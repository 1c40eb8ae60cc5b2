//! The review queue: what waits for this person, and the way to the next case.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use serde::Deserialize;
use shared::domain::Lang;
use ui::office::{OfficePage, PendingRow, Queue, QueueRow, QueueTab};

use super::{Reader, View, case::answer_in_words, inbound::late_row, left};
use crate::{
    accounts::{FormOf, NoFields, permission::Decider},
    app::App,
    cases::{
        CaseRequest, arrived,
        page::{case_number, moment, second},
        products::Product,
        review::{
            hold, pending,
            queue::{self, Waiting, Which},
        },
    },
    http::input::Query,
    problem::Problem,
};

/// Which of the waiting cases.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    tab: String,
}

/// Cases that wait for this person.
#[utoipa::path(get, path = "/office/queue", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn queue(
    State(app): State<App>,
    staff: Decider,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> Result<View, Problem> {
    let tab = QueueTab::ALL.into_iter().find(|tab| tab.key() == asked.tab).unwrap_or_default();
    let page = page(&app, &staff, reader.lang, tab).await?;
    Ok(View::of_staff(reader, &staff, &app, page))
}

async fn page(app: &App, staff: &Decider, lang: Lang, tab: QueueTab) -> Result<OfficePage, Problem> {
    let (decider, now) = (staff.clone(), app.world.clock.now());
    let (library, products) = (app.driver.library().clone(), app.products.clone());
    let which = match tab {
        QueueTab::All => Which::All,
        QueueTab::Free => Which::Free,
        QueueTab::Mine => Which::Mine,
    };
    let (rows, load, given, left, late) = app
        .store
        .read(move |conn| {
            let waiting = queue::queue(conn, &decider, which, now)?;
            let hashes = waiting.iter().map(|one| one.flow_hash.clone());
            let products = products.of_versions(conn, &library, hashes)?;
            let shown = |one: &Waiting| row(one, products.get(&one.flow_hash), now, lang);
            let rows: Vec<QueueRow> = waiting.iter().filter_map(shown).collect();
            let late = arrived::notices(conn, &library, decider.tenant)?;
            let load = queue::load(conn, &decider, now)?;
            let given = pending::of_account(conn, decider.tenant, decider.account)?;
            Ok::<_, Problem>((rows, load, given, left::left(conn, decider.tenant, lang, now)?, late))
        })
        .await?;
    Ok(OfficePage::Queue(Queue {
        rows,
        tab,
        counts: [load.all, load.free, load.mine],
        urgent: load.urgent,
        pending: given
            .into_iter()
            .map(|given| PendingRow {
                case: given.case.to_string(),
                case_number: case_number(given.number),
                decision: answer_in_words(&given.answer, lang).to_owned(),
                effect: second(given.effect_at, lang),
            })
            .collect(),
        left,
        late: late.iter().map(|one| late_row(app, one, lang)).collect(),
        as_of: moment(now, lang),
    }))
}

/// Takes the most urgent case that nobody works on, and goes there.
#[utoipa::path(post, path = "/office/queue/next", tag = "page", responses((status = 303), (status = 200, description = "Page")))]
pub(crate) async fn take_next(
    State(app): State<App>,
    staff: Decider,
    mut reader: Reader,
    FormOf { form: NoFields {}, .. }: FormOf<NoFields>,
) -> Result<Response, Problem> {
    let (decider, now) = (staff.clone(), app.world.clock.now());
    let taken = app.store.write(move |conn| hold::take_next(conn, &decider, now)).await?;
    if let Some(case) = taken {
        return Ok(Redirect::to(&format!("/office/cases/{case}")).into_response());
    }
    reader.here = "/office/queue".to_owned();
    let said = reader.lang.pick("现在没有无人办理的申请。", "There is no case that nobody works on.");
    let page = page(&app, &staff, reader.lang, QueueTab::All).await?;
    Ok(View::of_staff(reader, &staff, &app, page).notice(said).into_response())
}

/// Whole minutes until then; negative once it is over.
pub(super) fn minutes_left(due: Timestamp, now: Timestamp) -> i64 {
    (due.as_second() - now.as_second()).div_euclid(60)
}

fn row(waiting: &Waiting, product: Option<&Product>, now: Timestamp, lang: Lang) -> Option<QueueRow> {
    let request: CaseRequest = serde_json::from_str(&waiting.request).ok()?;
    Some(QueueRow {
        case: waiting.of.case.to_string(),
        case_number: case_number(waiting.number),
        reasons: vec![queue_name(&waiting.queue, lang).to_owned()],
        amount_fen: request.finance(product).get(),
        vehicle: request.description,
        since: moment(waiting.since, lang),
        due: moment(waiting.due, lang),
        overdue: waiting.due < now,
        asked_for: waiting.queue == "person",
        minutes_left: minutes_left(waiting.due, now),
        holder: waiting.holder.clone(),
        is_decided: waiting.is_decided,
    })
}

/// The queues that the shipped flows name, for whom an administrator says who serves which.
pub(super) const QUEUES: [&str; 7] =
    ["identity", "credit", "offers", "contracts", "visits", "partners", "person"];

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

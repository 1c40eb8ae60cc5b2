//! The sync dashboard: how every device stands, why something is not here yet, and what can be done about it.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    response::{Response, sse::Event},
};
use futures_util::{Stream, stream};
use jiff::Timestamp;
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::json;
use shared::domain::{DeviceId, DocumentId, Lang, Region, TenantId};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::Instant,
};
use ui::{
    components::moment::Moment,
    office::{
        DEVICE_FILTERS, Device, DeviceRow, DeviceTotals, Devices, HandedOverRow, OfficePage, PlaceRow,
        UnsafeRow, VisitRow, escaped,
    },
};

use super::{Reader, View, left};
use crate::{
    accounts::{FormOf, FormWithFile, NoFields, Staff, permission::DeviceWatcher},
    app::App,
    audit,
    cases::page::{case_number, moment, second},
    devices::{
        self, Revocation,
        overview::{self, Place, Standing, Which},
    },
    http::{
        self,
        input::{Path, Query},
    },
    problem::Problem,
    store::StoreError,
    sync::{Means, News, TakenIn, take_in, take_over},
};

/// Devices on one page.
const PAGE: u32 = 50;
/// Most places listed below the devices.
const PLACES: u32 = 40;
/// Connections of one device that are shown.
const VISITS: u32 = 30;
/// Applications that one device handed over, as many as are shown.
const HANDED_OVER: u32 = 100;
/// Digits of an application's id that two people can compare.
const ID_SHOWN: usize = 8;
/// At least so long between two events.
const PAUSE: Duration = Duration::from_millis(500);

/// Which devices.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    show: String,
    #[serde(default)]
    who: String,
    #[serde(default)]
    page: u32,
}

/// Every device, those with an alarm first.
#[utoipa::path(get, path = "/office/sync", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn devices(
    State(app): State<App>,
    staff: DeviceWatcher,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> Result<View, Problem> {
    let (tenant, lang, now) = (staff.tenant, reader.lang, app.world.clock.now());
    let page = app.store.read(move |conn| listed(conn, tenant, &asked, lang, now)).await?;
    Ok(View::of_staff(reader, &staff, &app, OfficePage::Devices(page)))
}

fn listed(
    conn: &Connection,
    tenant: TenantId,
    asked: &Asked,
    lang: Lang,
    now: Timestamp,
) -> Result<Devices, StoreError> {
    let filter = DEVICE_FILTERS.into_iter().find(|filter| *filter == asked.show).unwrap_or_default();
    let offset = asked.page.saturating_mul(PAGE);
    let mut found = overview::list(conn, tenant, Which::of(filter), &asked.who, (PAGE + 1, offset), now)?;
    let more = found.len() > PAGE as usize;
    found.truncate(PAGE as usize);
    let at = |page: u32| {
        let mut parts = Vec::new();
        if !filter.is_empty() {
            parts.push(format!("show={filter}"));
        }
        if !asked.who.is_empty() {
            parts.push(format!("who={}", escaped(&asked.who)));
        }
        parts.push(format!("page={page}"));
        format!("/office/sync?{}", parts.join("&"))
    };
    let totals = overview::totals(conn, tenant, now)?;
    let whole = filter.is_empty() && asked.who.is_empty() && asked.page == 0;
    let places = if whole { overview::places(conn, tenant, PLACES, now)? } else { Vec::new() };
    Ok(Devices {
        filter: filter.to_owned(),
        who: asked.who.clone(),
        totals: DeviceTotals {
            in_use: totals.in_use,
            connected: totals.connected,
            unsynced: totals.unsynced,
            photo_bytes: totals.photo_bytes,
            late: totals.late,
            aside: totals.aside,
            old_app: totals.old_app,
        },
        rows: found.iter().map(|standing| row(standing, lang, now)).collect(),
        before: (asked.page > 0).then(|| at(asked.page - 1)),
        next: more.then(|| at(asked.page + 1)),
        places: places.into_iter().map(|place| place_row(place, lang)).collect(),
        left: left::count(conn, tenant, now)?,
        as_of: second(now, lang),
    })
}

fn place_row(place: Place, lang: Lang) -> PlaceRow {
    let region = place.region.map(|code| match code.parse::<Region>() {
        Ok(region) => region.text(lang),
        Err(_) => code,
    });
    PlaceRow {
        region,
        dealer: place.dealer.unwrap_or_default(),
        in_use: place.in_use,
        connected: place.connected,
        unsynced: place.unsynced,
        late: place.late,
    }
}

fn row(standing: &Standing, lang: Lang, now: Timestamp) -> DeviceRow {
    let report = standing.report.as_ref();
    let in_use = standing.revoked.is_none();
    DeviceRow {
        device: standing.device.clone(),
        name: standing.name.clone(),
        owner: standing.owner.clone(),
        connected: standing.connected,
        last_seen: standing.last_seen_at.map(|at| at_moment(at, lang)),
        unsynced: standing.unsynced,
        oldest: report
            .and_then(|report| report.oldest)
            .filter(|_| in_use && standing.unsynced > 0)
            .map(|at| at_moment(at, lang)),
        photo_bytes: report.map_or(0, |report| report.photo_bytes),
        behind: report.map_or(0, |report| report.behind),
        alarms: standing.alarms(now).into_iter().map(|alarm| alarm.key().to_owned()).collect(),
        revoked: standing.revoked.as_ref().map(|(how, _)| how.clone()),
    }
}

fn at_moment(ms: i64, lang: Lang) -> Moment {
    moment(Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH), lang)
}

/// One device: what is not yet safe on it, and why.
#[utoipa::path(get, path = "/office/sync/{device}", tag = "page", params(("device" = String, Path)), responses((status = 200, description = "Page")))]
pub(crate) async fn device(
    State(app): State<App>,
    staff: DeviceWatcher,
    reader: Reader,
    Path(device): Path<DeviceId>,
) -> Result<View, Problem> {
    shown(&app, &staff, reader, device).await
}

async fn shown(app: &App, staff: &Staff, mut reader: Reader, device: DeviceId) -> Result<View, Problem> {
    reader.here = format!("/office/sync/{device}");
    let (tenant, lang, now) = (staff.tenant, reader.lang, app.world.clock.now());
    let page = app.store.read(move |conn| one(conn, tenant, device, lang, now)).await?;
    Ok(View::of_staff(reader, staff, app, OfficePage::Device(Box::new(page))))
}

fn one(
    conn: &Connection,
    tenant: TenantId,
    device: DeviceId,
    lang: Lang,
    now: Timestamp,
) -> Result<Device, Problem> {
    let standing = overview::one(conn, tenant, device)?.ok_or_else(Problem::not_found)?;
    let case = |document: &str| -> Result<Option<(String, String)>, StoreError> {
        let found = overview::case_of(conn, tenant, document)?;
        Ok(found.map(|(case, number)| (case, case_number(number))))
    };
    let mut items = Vec::new();
    for item in standing.report.iter().flat_map(|report| &report.items) {
        items.push(UnsafeRow {
            application: short(&item.document),
            case: case(&item.document)?,
            what: item.what.clone(),
            state: item.state.clone(),
            why: item.code.clone(),
            count: item.count,
            bytes: item.bytes,
        });
    }
    if standing.unsynced == 0 {
        items.clear();
    }
    let mut handed_over = Vec::new();
    for found in overview::handed_over(conn, device, HANDED_OVER)? {
        handed_over.push(HandedOverRow {
            application: short(&found.document),
            case: case(&found.document)?,
            document: found.document,
            changes: found.changes,
            received: at_moment(found.received_at, lang),
        });
    }
    let visits = overview::visits(conn, device, VISITS)?.into_iter().map(|visit| VisitRow {
        came: at_moment(visit.came_at, lang),
        left: visit.left_at.map(|at| at_moment(at, lang)),
        pushed: visit.pushed,
        refused: visit.refused,
        pulled: visit.pulled,
        handed_in: visit.handed_in,
    });
    let report = standing.report.as_ref();
    Ok(Device {
        row: row(&standing, lang, now),
        enrolled: at_moment(standing.enrolled_at, lang),
        reported: report.map(|report| at_moment(report.at, lang)),
        app: report.map(|report| report.app.clone()),
        kept: report.and_then(|report| report.kept),
        free: report.and_then(|report| report.free),
        ahead_s: report.map(|report| report.ahead_ms / 1_000),
        lease_until: standing
            .lease_until
            .filter(|_| standing.revoked.is_none())
            .map(|at| at_moment(at, lang)),
        lease_over: standing.lease_until.is_some_and(|until| until < now.as_millisecond())
            && !standing.connected,
        revoked_at: standing.revoked.as_ref().map(|(_, at)| at_moment(*at, lang)),
        lost: standing.lost,
        aside: report.map_or(0, |report| report.aside),
        items,
        handed_over,
        visits: visits.collect(),
        as_of: second(now, lang),
    })
}

fn short(document: &str) -> String {
    document.chars().take(ID_SHOWN).collect::<String>().to_uppercase()
}

/// How a device is taken out of use.
#[derive(Debug, Deserialize)]
pub(crate) struct Revoke {
    how: Revocation,
}

/// Takes a device out of use.
#[utoipa::path(post, path = "/office/sync/{device}/revoke", tag = "page", params(("device" = String, Path)), responses((status = 200, description = "Page")))]
pub(crate) async fn revoke_device(
    State(app): State<App>,
    staff: DeviceWatcher,
    reader: Reader,
    Path(device): Path<DeviceId>,
    FormOf { form, .. }: FormOf<Revoke>,
) -> Result<View, Problem> {
    devices::revoke_one_of(&app, staff.clone().into(), device, form.how).await?;
    shown(&app, &staff, reader, device).await
}

/// Asks a device to offer once more what it set aside.
#[utoipa::path(post, path = "/office/sync/{device}/offer-again", tag = "page", params(("device" = String, Path)), responses((status = 200, description = "Page")))]
pub(crate) async fn offer_again(
    State(app): State<App>,
    staff: DeviceWatcher,
    reader: Reader,
    Path(device): Path<DeviceId>,
    _: FormOf<NoFields>,
) -> Result<View, Problem> {
    let (tenant, actor, now) = (staff.tenant, staff.actor(), app.world.clock.now());
    app.store
        .write(move |conn| {
            overview::one(conn, tenant, device)?.ok_or_else(Problem::not_found)?;
            record(conn, (tenant, now), &actor, "device.asked_again", device, "{}")
        })
        .await?;
    app.news.tell(News::OfferAgain(device));
    let said = reader.lang.pick(
        "已通知设备重新提交隔离项；离线的设备连上后再试一次即可。",
        "The device was asked to offer again what it set aside. Ask once more when one that is away has connected.",
    );
    Ok(shown(&app, &staff, reader, device).await?.notice(said))
}

/// Which application's changes are taken over.
#[derive(Debug, Deserialize)]
pub(crate) struct TakeOver {
    document: DocumentId,
}

/// Takes what a revoked device handed over of one application into that application.
#[utoipa::path(post, path = "/office/sync/{device}/take-over", tag = "page", params(("device" = String, Path)), responses((status = 200, description = "Page")))]
pub(crate) async fn take_over_changes(
    State(app): State<App>,
    staff: DeviceWatcher,
    reader: Reader,
    Path(device): Path<DeviceId>,
    FormOf { form, .. }: FormOf<TakeOver>,
) -> Result<View, Problem> {
    let (tenant, actor, now, document) = (staff.tenant, staff.actor(), app.world.clock.now(), form.document);
    let means = Means { keys: app.keys.clone(), random: app.world.random.clone(), now };
    let (done, news) = app
        .store
        .write(move |conn| {
            overview::one(conn, tenant, device)?.ok_or_else(Problem::not_found)?;
            let (done, news) = take_over(conn, device, Some(document), &means)?;
            let detail =
                json!({"document": document.to_string(), "taken": done.taken, "left": done.left}).to_string();
            record(conn, (tenant, now), &actor, "changes.taken_over", device, &detail)?;
            Ok::<_, Problem>((done, news))
        })
        .await?;
    news.into_iter().for_each(|news| app.news.tell(news));
    app.news.tell_of_devices(tenant);
    let said = match reader.lang {
        Lang::Zh => format!("已接管 {} 处修改，{} 处仍在隔离。", done.taken, done.left),
        Lang::En => format!("{} changes taken over, {} stay in quarantine.", done.taken, done.left),
    };
    Ok(shown(&app, &staff, reader, device).await?.notice(said))
}

/// Takes in what a device could not send, from the file that its advisor exported.
#[utoipa::path(post, path = "/office/sync/rescue", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn take_in_rescue(
    State(app): State<App>,
    staff: DeviceWatcher,
    reader: Reader,
    FormWithFile { file }: FormWithFile,
) -> Result<View, Problem> {
    let (tenant, actor, now) = (staff.tenant, staff.actor(), app.world.clock.now());
    let (device, taken) = take_in(&app, tenant, file).await?;
    let detail = json!(taken).to_string();
    app.store
        .write(move |conn| record(conn, (tenant, now), &actor, "device.rescue_taken_in", device, &detail))
        .await?;
    app.news.tell_of_devices(tenant);
    let TakenIn { changes, submissions, photos, quarantined, refused } = taken;
    let said = match reader.lang {
        Lang::Zh => format!(
            "已导入：修改 {changes} 处，提交 {submissions} 件，照片 {photos} 张；未接受 {refused} 项。"
        ),
        Lang::En => format!(
            "Taken in: {changes} changes, {submissions} submissions, {photos} photos; {refused} not taken."
        ),
    };
    let aside = reader.lang.pick(
        "这台设备已停用，修改放在隔离区，请在下面接管。",
        " The device is out of use: its changes lie in quarantine and can be taken over below.",
    );
    let said = if quarantined > 0 { said + aside } else { said };
    Ok(shown(&app, &staff, reader, device).await?.notice(said))
}

fn record(
    conn: &Connection,
    (tenant, at): (TenantId, Timestamp),
    actor: &str,
    action: &str,
    device: DeviceId,
    detail: &str,
) -> Result<(), Problem> {
    let (tenant, subject) = (tenant.to_string(), device.to_string());
    let entry = audit::Entry { tenant: &tenant, at, actor, action, subject: &subject, detail };
    Ok(audit::record(conn, entry)?)
}

/// Says that a device stands otherwise; the page then loads itself again.
#[utoipa::path(get, path = "/office/sync/events", tag = "page", responses((status = 200, description = "Events")))]
pub(crate) async fn device_events(State(app): State<App>, staff: DeviceWatcher) -> Response {
    http::event_stream(app.stopping.clone(), changes(&app, staff.tenant))
}

fn changes(app: &App, tenant: TenantId) -> impl Stream<Item = Result<Event, Infallible>> + use<> {
    let listening = (app.news.watch_devices(), None::<Instant>);
    stream::unfold(listening, move |(mut news, last)| async move {
        // The page was read before it began to listen: the first event comes at once.
        if let Some(last) = last {
            heard_of(&mut news, tenant).await?;
            tokio::time::sleep_until(last + PAUSE).await;
            // What came meanwhile is the same event.
            news = news.resubscribe();
        }
        Some((Ok(Event::default().event("changed").data("{}")), (news, Some(Instant::now()))))
    })
}

/// Waits for news of this tenant's devices; `None` once there will be none. Whoever was too slow for some is told that
/// there was something.
async fn heard_of(news: &mut Receiver<TenantId>, tenant: TenantId) -> Option<()> {
    loop {
        match news.recv().await {
            Ok(of) if of == tenant => return Some(()),
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return Some(()),
            Err(RecvError::Closed) => return None,
        }
    }
}

//! Pages about what flows do: the live version today, and running cases that go on on it.

use std::collections::BTreeMap;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use rusqlite::Connection;
use serde_json::Value;
use shared::{
    domain::{Lang, TenantId},
    flow::{
        Came, Difference, FlowFile,
        draw::{Canvas, Mark, Marks, Tone},
        kind,
    },
    protocol::flows::{FlowFigures, MoveCases, Moves},
};
use ui::office::{
    FlowLive, FlowMoves, FlowReplay, LiveRow, OfficePage, ReplayedCase, ReplayedTo, flow_picture,
};

use super::{Reader, View};
use crate::{
    accounts::{
        FormOf,
        permission::{FlowApprover, FlowReader},
    },
    app::App,
    cases::page::{moment, partner_name},
    flows::{
        diff::Change,
        drafts::Author,
        figures, live, moving, rules,
        versions::{self, version},
    },
    http::input::{Path, Query},
    problem::Problem,
};

/// Where flows are.
const LIST: &str = "/office/flows";
/// Before the id of a block, in the name of the field that says where it went.
const PLACE: &str = "place-";
/// Replayed cases that are named.
const NAMED: usize = 50;

/// What happened today on the live version.
#[utoipa::path(get, path = "/office/flows/{key}/live", tag = "page", params(("key" = String, Path)), responses((status = 200, description = "Page")))]
pub(crate) async fn live_flow(
    State(app): State<App>,
    staff: FlowReader,
    reader: Reader,
    Path(key): Path<String>,
) -> Result<View, Problem> {
    let (tenant, now, lang) = (staff.tenant, app.world.clock.now(), reader.lang);
    let library = app.driver.library().clone();
    let page = app
        .store
        .read(move |conn| {
            let figures = figures::figures(conn, &library, tenant, &key, now)?;
            let file = versions::definition(conn, tenant, &figures.hash)?;
            let number = version(conn, tenant, &figures.hash)?.row.number;
            today(&key, number, &figures, &file, lang)
        })
        .await?;
    Ok(View::of_staff(reader, &staff, &app, OfficePage::FlowLive(Box::new(page))))
}

fn today(key: &str, number: u32, figures: &FlowFigures, file: &str, lang: Lang) -> Result<FlowLive, Problem> {
    let canvas = drawn(&serde_json::from_str(file).map_err(|error| Problem::internal(&error))?)?;
    let waiting: BTreeMap<&str, u32> =
        figures.waiting.iter().map(|waiting| (waiting.block.as_str(), waiting.cases)).collect();
    let mut marks = Marks::default();
    let mut rows = Vec::new();
    for block in canvas.blocks() {
        let of_block = figures.outcomes.iter().filter(|figure| figure.block == block.id);
        let mut outcomes = Vec::new();
        for figure in of_block {
            let tone = match figure.outcome.as_str() {
                "error" | "timeout" => Tone::Bad,
                _ => Tone::Good,
            };
            let words = format!("{} · {}", figure.count, brief(figure.median_ms));
            marks.outcomes.insert((block.id.clone(), figure.outcome.clone()), Mark { tone, words });
            outcomes.push((figure.outcome.clone(), figure.count, figure.median_ms));
        }
        let here = waiting.get(block.id.as_str()).copied().unwrap_or(0);
        if here > 0 {
            marks.blocks.insert(block.id.clone(), Mark { tone: Tone::Warn, words: format!("{here}") });
        }
        if here > 0 || !outcomes.is_empty() {
            let name =
                kind(&block.kind).map_or_else(|| block.kind.clone(), |kind| kind.name().get(lang).to_owned());
            rows.push(LiveRow { block: block.id.clone(), kind: name, waiting: here, outcomes });
        }
    }
    Ok(FlowLive {
        key: key.to_owned(),
        name: canvas.name.get(lang).to_owned(),
        number,
        picture: flow_picture(&canvas, lang, &marks),
        rows,
        waiting: figures.waiting.iter().map(|waiting| waiting.cases).sum(),
        at: moment(Timestamp::from_millisecond(figures.at).unwrap_or(Timestamp::UNIX_EPOCH), lang),
    })
}

/// A time that fits beside an outcome's name.
fn brief(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => format!("{} min", ms / 60_000),
    }
}

fn drawn(file: &Value) -> Result<Canvas, Problem> {
    Canvas::read(file).map_err(|error| Problem::internal(&error))
}

/// The later of two versions as a picture: what is new, what is otherwise; what is gone stands in the list only.
///
/// # Errors
/// When the version cannot be drawn.
pub(super) fn difference(file: &FlowFile, changes: &[Change], lang: Lang) -> Result<String, Problem> {
    let canvas = drawn(&serde_json::to_value(file).map_err(|error| Problem::internal(&error))?)?;
    let mut marks = Marks::default();
    let mark = |tone, zh: &str, en: &str| Mark { tone, words: lang.pick(zh, en).to_owned() };
    for change in changes {
        match change {
            Change::Added { block, .. } => {
                marks.blocks.insert(block.clone(), mark(Tone::Good, "新增", "new"));
            }
            Change::Kind { block, .. } | Change::Param { block, .. } => {
                marks.blocks.entry(block.clone()).or_insert(mark(Tone::Warn, "有改动", "changed"));
            }
            Change::Connection { block, outcome, now: Some(_), .. } => {
                let place = (block.clone(), outcome.clone());
                marks.outcomes.insert(place, mark(Tone::Warn, "有改动", "changed"));
            }
            Change::Connection { .. }
            | Change::Flow { .. }
            | Change::Removed { .. }
            | Change::OnlyMoved { .. } => {}
        }
    }
    Ok(flow_picture(&canvas, lang, &marks))
}

/// A replay in the reader's words.
pub(super) fn replayed(found: Difference, lang: Lang) -> FlowReplay {
    let partner = |key: &str| partner_name(key, lang).unwrap_or(key).to_owned();
    let to = |came: Came| match came {
        Came::Ended { decision, reason } => ReplayedTo::End(decision, reason),
        Came::Unknown { block } => ReplayedTo::Unknown(block.to_string()),
    };
    FlowReplay {
        cases: found.cases,
        approved: found.approved,
        p95_ms: found.p95_ms,
        asked: found.asked.into_iter().map(|(key, asked)| (partner(&key), asked)).collect(),
        funders: found.funders.into_iter().collect(),
        unknown: found.unknown,
        changed: u32::try_from(found.changed.len()).unwrap_or(u32::MAX),
        named: found
            .changed
            .into_iter()
            .take(NAMED)
            .map(|changed| ReplayedCase {
                case: changed.case,
                before: to(changed.before),
                now: to(changed.now),
            })
            .collect(),
    }
}

/// What would become of the running cases of a version; `from`, and a `place-…` for each block that went elsewhere.
#[utoipa::path(get, path = "/office/flows/{key}/move", tag = "page", params(("key" = String, Path)), responses((status = 200, description = "Page")))]
pub(crate) async fn preview_moves(
    State(app): State<App>,
    staff: FlowReader,
    reader: Reader,
    Path(key): Path<String>,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Result<View, Problem> {
    let (tenant, lang) = (staff.tenant, reader.lang);
    let (library, now, may_move) =
        (app.driver.library().clone(), app.world.clock.now(), FlowApprover::permits(&staff));
    let page = app
        .store
        .read(move |conn| {
            let mut asked = cases_of(&asked);
            asked.to = live(conn, tenant, &key)?.ok_or_else(Problem::not_found)?;
            let moves = moving::preview(conn, &library, tenant, &key, &asked, now)?;
            moves_page(conn, tenant, (&key, lang), asked, moves).map(|page| FlowMoves { may_move, ..page })
        })
        .await?;
    Ok(View::of_staff(reader, &staff, &app, OfficePage::FlowMoves(Box::new(page))))
}

/// Moves them, as the preview showed it, and says what became of each.
#[utoipa::path(post, path = "/office/flows/{key}/move", tag = "page", params(("key" = String, Path)), responses((status = 200, description = "Page")))]
pub(crate) async fn move_cases(
    State(app): State<App>,
    staff: FlowApprover,
    Path(key): Path<String>,
    mut reader: Reader,
    FormOf { form, .. }: FormOf<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let (tenant, lang, asked) = (staff.tenant, reader.lang, cases_of(&form));
    reader.here = format!("{LIST}/{key}");
    let moves = moving::carry_out(&app, Author::from(&*staff), key.clone(), asked.clone()).await?;
    let page = app.store.read(move |conn| moves_page(conn, tenant, (&key, lang), asked, moves)).await?;
    let page = FlowMoves { may_move: true, done: true, ..page };
    let view = View::of_staff(reader, &staff, &app, OfficePage::FlowMoves(Box::new(page)));
    Ok((StatusCode::OK, view).into_response())
}

fn cases_of(fields: &BTreeMap<String, String>) -> MoveCases {
    let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let place = |(name, to): (&String, &String)| Some((name.strip_prefix(PLACE)?.to_owned(), to.clone()));
    MoveCases {
        from: field("from"),
        to: field("to"),
        places: fields.iter().filter_map(place).filter(|(_, to)| !to.is_empty()).collect(),
        seen_at: field("seen_at").parse().ok(),
    }
}

fn moves_page(
    conn: &Connection,
    tenant: TenantId,
    (key, lang): (&str, Lang),
    asked: MoveCases,
    moves: Moves,
) -> Result<FlowMoves, Problem> {
    let number = |hash: &str| version(conn, tenant, hash).map(|version| version.row.number);
    let (from, to) = (number(&asked.from)?, number(&asked.to)?);
    let name = versions::file(conn, tenant, &asked.to)?.name.get(lang).to_owned();
    let rules = rules::of(conn, tenant)?
        .rules
        .into_iter()
        .map(|rule| (rule.code, rule.text.get(lang).to_owned()))
        .collect();
    Ok(FlowMoves {
        key: key.to_owned(),
        name,
        from: (asked.from, from),
        to: (asked.to, to),
        moves,
        rules,
        places: asked.places,
        done: false,
        may_move: false,
    })
}

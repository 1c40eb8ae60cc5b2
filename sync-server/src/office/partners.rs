//! The partner control room: each partner's state and figures, and changing what is set, always with a preview.

use std::collections::BTreeMap;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use shared::domain::{Lang, TenantId, china_date};
use ui::{
    components::amounts::took,
    office::{
        Asked, ChangeBy, ConcernedCases, Health, OfficePage, PartnerChange, PartnerList, PartnerPage,
        PartnerRow,
    },
    texts::Words,
};

use super::{
    Reader, View, own_funders, partner_recording,
    partner_words::{Fields, asked, fields_of, form, name_of, otherwise, set},
};
use crate::{
    accounts::{FormOf, NoFields, Staff, permission::PartnerSteerer},
    app::App,
    cases::page::{moment, second},
    control_room::{
        Standing,
        change::{self, By, Came, Change},
        newest,
        preview::{self, Affected, Looking},
        recording, refresh,
        test_call::{self, Tested},
        usage,
    },
    flows::kind_name,
    http::input::{Path, Query},
    own_funders::keep,
    partners::{BreakerState, Counted, Hold, Partner, TIME_CLASSES_MS},
    problem::Problem,
};

/// Where the partners are.
pub(super) const HERE: &str = "/office/partners";

/// All partners.
#[utoipa::path(get, path = "/office/partners", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn partners(
    State(app): State<App>,
    staff: PartnerSteerer,
    reader: Reader,
) -> Result<View, Problem> {
    let (tenant, lang, looking) = (staff.tenant, reader.lang, Looking::at(&app));
    let all = app.partners.of(tenant).all();
    let names = all.clone();
    let (waiting, proposed) = app
        .store
        .read(move |conn| {
            let mut proposed = Vec::new();
            for partner in &names {
                if change::proposal(conn, tenant, partner)?.is_some() {
                    proposed.push(partner.clone());
                }
            }
            Ok::<_, Problem>((preview::waiting(conn, &looking, tenant, &names)?, proposed))
        })
        .await?;
    let (mut services, mut funders) = (Vec::new(), Vec::new());
    for partner in &all {
        let row = row(&app, tenant, partner, lang);
        let waiting = waiting.get(partner).copied().unwrap_or(0);
        let row = PartnerRow { waiting, proposed: proposed.contains(partner), ..row };
        if matches!(partner, Partner::Funder(_)) { &mut funders } else { &mut services }.push(row);
    }
    // Trouble first; otherwise in the order of the catalogue.
    let trouble = |row: &PartnerRow| {
        let health = match row.health {
            Health::Failing => 0,
            Health::Trying => 1,
            Health::Well => 2,
        };
        (health, row.asked == Asked::Open)
    };
    funders.sort_by_key(trouble);
    services.sort_by_key(trouble);
    let groups = vec![("funders".to_owned(), funders), ("services".to_owned(), services)];
    let page = PartnerList { groups, at: second(app.world.clock.now(), lang) };
    Ok(View::of_staff(reader, &staff, &app, OfficePage::Partners(page)))
}

/// What was just done, in the address after it.
#[derive(Debug, Deserialize)]
pub(crate) struct Done {
    #[serde(default)]
    pub(super) done: String,
}

/// One partner.
#[utoipa::path(get, path = "/office/partners/{partner}", tag = "page", params(("partner" = String, Path)), responses((status = 200, description = "Page")))]
pub(crate) async fn partner(
    State(app): State<App>,
    staff: PartnerSteerer,
    reader: Reader,
    Path(slug): Path<String>,
    Query(Done { done }): Query<Done>,
) -> Result<View, Problem> {
    let partner = known(&app, staff.tenant, &slug)?;
    let lang = reader.lang;
    let page = page(&app, &staff, &partner, lang, None, None).await?;
    let view = View::of_staff(reader, &staff, &app, OfficePage::Partner(Box::new(page)));
    let said = ["set", "proposed", "dropped", "changed", "mapped", "unmapped", "retired"]
        .into_iter()
        .find(|word| *word == done);
    let said = said.map(|word| Words(lang).t(&format!("steer-done-{word}")));
    Ok(match said.or_else(|| partner_recording::said(&done, lang)) {
        Some(said) => view.notice(said),
        None => view,
    })
}

/// What a change would do.
#[utoipa::path(get, path = "/office/partners/{partner}/change", tag = "page", params(("partner" = String, Path)), responses((status = 200, description = "Page")))]
pub(crate) async fn preview_partner(
    State(app): State<App>,
    staff: PartnerSteerer,
    reader: Reader,
    Path(slug): Path<String>,
    Query(fields): Query<Fields>,
) -> Result<Response, Problem> {
    let partner = known(&app, staff.tenant, &slug)?;
    let (tenant, of) = (staff.tenant, partner.clone());
    let standing = app.store.read(move |conn| newest(conn, tenant, &of)).await?;
    let seen = standing.number;
    let change = asked(&fields, &standing.control).map(|control| Change {
        partner: partner.clone(),
        seen,
        control,
        reason: String::new(),
    });
    let shown = match change {
        Ok(change) => show(&app, &staff, &change, reader.lang).await,
        Err(problem) => Err(problem),
    };
    match shown {
        Ok(page) => {
            let view = View::of_staff(reader, &staff, &app, OfficePage::PartnerChange(Box::new(page)));
            Ok(view.into_response())
        }
        Err(problem) => refused_there((&app, &staff, reader), &partner, problem, Some(&fields)).await,
    }
}

/// Makes the change, or proposes it to a second person.
#[utoipa::path(post, path = "/office/partners/{partner}/change", tag = "page", params(("partner" = String, Path)), responses((status = 303)))]
pub(crate) async fn change_partner(
    State(app): State<App>,
    staff: PartnerSteerer,
    mut reader: Reader,
    Path(slug): Path<String>,
    FormOf { form: fields, .. }: FormOf<Fields>,
) -> Result<Response, Problem> {
    let partner = known(&app, staff.tenant, &slug)?;
    let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let (tenant, of) = (staff.tenant, partner.clone());
    let standing = app.store.read(move |conn| newest(conn, tenant, &of)).await?;
    let control = asked(&fields, &standing.control)?;
    let seen = field("number").parse().unwrap_or(u32::MAX);
    let change = Change { partner: partner.clone(), seen, control, reason: field("reason") };
    let (by, wanted) = (by(&app, &staff), change.clone());
    match app.store.write(move |conn| change::set(conn, &by, &wanted)).await {
        Ok(came) => done(&app, &staff, partner, came).await,
        Err(problem) if problem.status >= 500 => Err(problem),
        Err(problem) => {
            reader.here = format!("{HERE}/{slug}");
            let again = Change { seen: standing.number, ..change };
            match show(&app, &staff, &again, reader.lang).await {
                Ok(page) => {
                    let page = OfficePage::PartnerChange(Box::new(page));
                    refused((&app, &staff, reader), problem, page)
                }
                // What is asked for is what somebody else has set by now, say: there is nothing left to preview.
                Err(_) => refused_there((&app, &staff, reader), &partner, problem, None).await,
            }
        }
    }
}

/// Number of the change that was seen.
#[derive(Debug, Deserialize)]
pub(crate) struct Seen {
    number: u32,
}

/// Takes the latest change back.
#[utoipa::path(post, path = "/office/partners/{partner}/reverse", tag = "page", params(("partner" = String, Path)), responses((status = 303)))]
pub(crate) async fn reverse_partner(
    State(app): State<App>,
    staff: PartnerSteerer,
    reader: Reader,
    Path(slug): Path<String>,
    FormOf { form, .. }: FormOf<Seen>,
) -> Result<Response, Problem> {
    let partner = known(&app, staff.tenant, &slug)?;
    let (by, of) = (by(&app, &staff), partner.clone());
    let came = app.store.write(move |conn| change::reverse(conn, &by, &of, form.number)).await;
    settled(&app, &staff, reader, partner, came).await
}

/// What is to become of a proposal.
#[derive(Debug, Deserialize)]
pub(crate) struct Settle {
    #[serde(rename = "do")]
    what: String,
}

/// Confirms a proposal as the second person, or lays it aside.
#[utoipa::path(post, path = "/office/partners/{partner}/proposal", tag = "page", params(("partner" = String, Path)), responses((status = 303)))]
pub(crate) async fn settle_partner(
    State(app): State<App>,
    staff: PartnerSteerer,
    reader: Reader,
    Path(slug): Path<String>,
    FormOf { form, .. }: FormOf<Settle>,
) -> Result<Response, Problem> {
    let partner = known(&app, staff.tenant, &slug)?;
    let (by, of, confirm) = (by(&app, &staff), partner.clone(), form.what == "confirm");
    let came = app.store.write(move |conn| change::settle(conn, &by, &of, confirm)).await;
    if !confirm && came.is_ok() {
        return Ok(Redirect::to(&format!("{HERE}/{slug}?done=dropped")).into_response());
    }
    settled(&app, &staff, reader, partner, came).await
}

/// Asks the partner something that means nothing.
#[utoipa::path(post, path = "/office/partners/{partner}/test", tag = "page", params(("partner" = String, Path)), responses((status = 200, description = "Page")))]
pub(crate) async fn test_partner(
    State(app): State<App>,
    staff: PartnerSteerer,
    mut reader: Reader,
    Path(slug): Path<String>,
    _: FormOf<NoFields>,
) -> Result<Response, Problem> {
    let partner = known(&app, staff.tenant, &slug)?;
    match test_call::test(&app, &by(&app, &staff), &partner).await {
        Ok(tested) => {
            reader.here = format!("{HERE}/{slug}");
            let page = page(&app, &staff, &partner, reader.lang, None, Some(tested)).await?;
            Ok(View::of_staff(reader, &staff, &app, OfficePage::Partner(Box::new(page))).into_response())
        }
        Err(problem) => refused_there((&app, &staff, reader), &partner, problem, None).await,
    }
}

pub(super) fn known(app: &App, tenant: TenantId, slug: &str) -> Result<Partner, Problem> {
    Partner::of_slug(slug)
        .filter(|partner| app.partners.of(tenant).state_of(partner).is_some())
        .ok_or_else(Problem::not_found)
}

pub(super) fn by(app: &App, staff: &Staff) -> By {
    By {
        tenant: staff.tenant,
        account: staff.account,
        at: app.world.clock.now(),
        two_needed: app.config.partner_changes_need_two,
    }
}

/// A page once more, with why what was sent is refused.
///
/// # Errors
/// What the server could not do, which is no fault of what was sent.
pub(super) fn refused(
    (app, staff, reader): (&App, &Staff, Reader),
    problem: Problem,
    page: OfficePage,
) -> Result<Response, Problem> {
    if problem.status >= 500 {
        return Err(problem);
    }
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT);
    Ok((status, View::of_staff(reader, staff, app, page).problem(&problem)).into_response())
}

/// As [`refused`], on the partner's page; `fields` is a form of it that was sent.
///
/// # Errors
/// As [`refused`]; when the page cannot be read.
pub(super) async fn refused_there(
    (app, staff, mut reader): (&App, &Staff, Reader),
    partner: &Partner,
    problem: Problem,
    fields: Option<&Fields>,
) -> Result<Response, Problem> {
    if problem.status >= 500 {
        return Err(problem);
    }
    reader.here = format!("{HERE}/{}", partner.slug());
    let page = page(app, staff, partner, reader.lang, fields, None).await?;
    refused((app, staff, reader), problem, OfficePage::Partner(Box::new(page)))
}

/// What was set holds from now on.
async fn done(app: &App, staff: &Staff, partner: Partner, came: Came) -> Result<Response, Problem> {
    let word = match came {
        Came::Set => "set",
        Came::Proposed => "proposed",
    };
    let to = format!("{HERE}/{}?done={word}", partner.slug());
    refresh(app, staff.tenant, partner).await?;
    Ok(Redirect::to(&to).into_response())
}

async fn settled(
    app: &App,
    staff: &Staff,
    reader: Reader,
    partner: Partner,
    came: Result<Came, Problem>,
) -> Result<Response, Problem> {
    match came {
        Ok(came) => done(app, staff, partner, came).await,
        Err(problem) => refused_there((app, staff, reader), &partner, problem, None).await,
    }
}

fn row(app: &App, tenant: TenantId, partner: &Partner, lang: Lang) -> PartnerRow {
    let now = app.world.clock.now();
    let (counted, _) = app.partners.counted(tenant, partner, china_date(now));
    let state = app.partners.of(tenant).state_of(partner);
    let hold = app.partners.control(tenant, partner).hold(now);
    let opens = if let Some(Hold::Closed(opens)) = hold { opens } else { None };
    PartnerRow {
        slug: partner.slug(),
        name: name_of(app, tenant, partner, lang),
        asked: match hold {
            None => Asked::Open,
            Some(Hold::Draining) => Asked::Draining,
            Some(Hold::Paused) => Asked::Paused,
            Some(Hold::Closed(_)) => Asked::Closed,
        },
        opens: opens.map(|opens| moment(opens, lang)),
        health: match state.as_ref().map(|state| state.breaker) {
            Some(BreakerState::Open) => Health::Failing,
            Some(BreakerState::HalfOpen) => Health::Trying,
            Some(BreakerState::Closed) | None => Health::Well,
        },
        waiting: 0,
        in_flight: state.map_or(0, |state| state.in_flight),
        calls: counted.calls,
        failures: counted.failures,
        p50_ms: counted.p50_ms.round() as u64,
        p99_ms: counted.p99_ms.round() as u64,
        proposed: false,
        own: partner.own_funder().and_then(|key| stage_of(app, tenant, key.as_str())),
    }
}

/// How far one of the company's own funders is.
fn stage_of(app: &App, tenant: TenantId, key: &str) -> Option<String> {
    let funders = app.products.funders_of(tenant);
    let (stage, _) = funders.own().find(|(_, funder)| funder.key.as_str() == key)?;
    Some(stage.code().to_owned())
}

/// `fields`: a form that was sent and refused.
pub(super) async fn page(
    app: &App,
    staff: &Staff,
    partner: &Partner,
    lang: Lang,
    fields: Option<&Fields>,
    tested: Option<Tested>,
) -> Result<PartnerPage, Problem> {
    let (tenant, now, looking, of) = (staff.tenant, app.world.clock.now(), Looking::at(app), partner.clone());
    let (standing, proposal, used, waiting, recorded, own) = app
        .store
        .read(move |conn| {
            let waiting = preview::waiting(conn, &looking, tenant, std::slice::from_ref(&of))?;
            let proposal = change::proposal(conn, tenant, &of)?;
            let standing = newest(conn, tenant, &of)?;
            let recorded = recording::steps::list(conn, tenant, &of, now)?;
            let own = of.own_funder().map(|key| keep::one(conn, tenant, key.as_str())).transpose()?;
            let used = usage(conn, tenant, &of, now)?;
            Ok::<_, Problem>((standing, proposal, used, waiting, recorded, own))
        })
        .await?;
    let Standing { number, control, changed } = standing;
    let (counted, today) = app.partners.counted(tenant, partner, china_date(now));
    let row = row(app, tenant, partner, lang);
    let waiting = waiting.get(partner).copied().unwrap_or(0);
    let cost = control.cost_fen;
    let proposal = proposal.map(|proposal| {
        let own = proposal.account == staff.account.to_string();
        (otherwise(&control, &proposal.control, lang), changed_by(proposal.by, lang), own)
    });
    let present = fields_of(&control);
    Ok(PartnerPage {
        row: PartnerRow { waiting, proposed: proposal.is_some(), ..row },
        times: times(&counted, lang),
        classes: counted.by_class.iter().map(|(class, n)| ((*class).to_owned(), *n)).collect(),
        today,
        quota: control.quota,
        spent: (cost > 0).then(|| (used.today * u64::from(cost), used.per_approved_fen(cost))),
        number,
        changed: changed.map(|changed| changed_by(changed, lang)),
        set: set(&control, lang),
        proposal,
        tested: tested.map(|tested| (tested.class.to_owned(), tested.ms, moment(tested.at, lang))),
        recordings: partner_recording::recordings(recorded, partner, app, staff, lang),
        form: form(partner, fields.unwrap_or(&present), lang),
        own: own.map(|own| own_funders::card(&own, control.state)),
        at: second(now, lang),
    })
}

fn changed_by(changed: crate::control_room::Changed, lang: Lang) -> ChangeBy {
    ChangeBy {
        who: changed.who,
        second: changed.second,
        at: moment(changed.at, lang),
        reason: changed.reason,
        reverses: changed.reverses,
    }
}

fn times(counted: &Counted, lang: Lang) -> Vec<(String, u64)> {
    let words = Words(lang);
    let mut names: Vec<String> = TIME_CLASSES_MS.map(|ms| format!("≤ {}", took(ms.into(), words))).to_vec();
    names.push(lang.pick("更慢", "slower").to_owned());
    names.into_iter().zip(counted.times.iter().copied().chain(std::iter::repeat(0))).collect()
}

/// What a change would do.
///
/// # Errors
/// As [`change::check`].
async fn show(app: &App, staff: &Staff, asked: &Change, lang: Lang) -> Result<PartnerChange, Problem> {
    let (tenant, looking, wanted) = (staff.tenant, Looking::at(app), asked.clone());
    let (standing, affected) = app
        .store
        .read(move |conn| {
            change::check(conn, tenant, &wanted)?;
            let affected = preview::affected(conn, &looking, tenant, &wanted.partner, &wanted.control)?;
            Ok::<_, Problem>((newest(conn, tenant, &wanted.partner)?, affected))
        })
        .await?;
    let Affected { cases, groups, rerouted, named, more } = affected;
    let nobody = Words(lang).t("steer-word-nobody");
    let funder =
        |key: Option<String>| key.map_or(nobody.clone(), |key| app.products.funder_name(tenant, &key, lang));
    let after = asked.control.clone();
    let hours = after.hold(app.world.clock.now());
    Ok(PartnerChange {
        slug: asked.partner.slug(),
        name: name_of(app, tenant, &asked.partner, lang),
        number: standing.number,
        changes: otherwise(&standing.control, &after, lang),
        state: match hours {
            Some(Hold::Closed(_)) => "draining".to_owned(),
            _ => after.state.code().to_owned(),
        },
        cases,
        groups: groups
            .into_iter()
            .map(|group| ConcernedCases {
                concern: group.concern.code().to_owned(),
                block: (group.kind, group.block),
                cases: group.cases,
                due: (moment(group.due.0, lang), moment(group.due.1, lang)),
            })
            .map(|group| ConcernedCases { block: (kind_name(&group.block.0, lang), group.block.1), ..group })
            .collect(),
        rerouted: rerouted.into_iter().map(|r| (funder(r.from), funder(r.to), r.cases)).collect(),
        named: named.into_iter().map(|(number, id, block)| (number.to_string(), id, block)).collect(),
        more,
        fields: fields_of(&after).into_iter().collect::<BTreeMap<_, _>>().into_iter().collect(),
        reason: asked.reason.clone(),
        two_needed: app.config.partner_changes_need_two,
    })
}

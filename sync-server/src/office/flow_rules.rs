//! The page of the rules that flows keep to.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use shared::{
    domain::Lang,
    flow::Baseline,
    protocol::flows::{FlowRules, SetFlowRules},
};
use ui::office::{FlowRuleList, OfficePage};

use super::{Reader, View};
use crate::{
    accounts::{
        FormOf, Staff,
        permission::{FlowApprover, FlowReader},
    },
    app::App,
    cases::page::moment,
    flows::{drafts::Author, rules},
    problem::Problem,
};

/// Where the page is.
const HERE: &str = "/office/flows/rules";

/// What every flow of the company is held against.
#[utoipa::path(get, path = "/office/flows/rules", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn flow_rules(
    State(app): State<App>,
    staff: FlowReader,
    reader: Reader,
) -> Result<View, Problem> {
    let page = page(&app, &staff, reader.lang, None).await?;
    Ok(View::of_staff(reader, &staff, &app, page))
}

/// The company's own rules as they were typed.
#[derive(Debug, Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    number: u32,
    #[serde(default)]
    rules: String,
    #[serde(default)]
    note: String,
}

/// Sets the company's own rules.
#[utoipa::path(post, path = "/office/flows/rules", tag = "page", responses((status = 303)))]
pub(crate) async fn set_flow_rules(
    State(app): State<App>,
    staff: FlowApprover,
    mut reader: Reader,
    FormOf { form, .. }: FormOf<Typed>,
) -> Result<Response, Problem> {
    let (by, now, library) = (Author::from(&*staff), app.world.clock.now(), app.driver.library().clone());
    // What is no JSON is no list of rules either.
    let file = serde_json::from_str(&form.rules).unwrap_or(Value::Null);
    let asked = SetFlowRules { number: form.number, rules: file, note: form.note.clone() };
    match app.store.write(move |conn| rules::set(conn, &library, &by, &asked, now)).await {
        Ok(_) => Ok(Redirect::to(HERE).into_response()),
        Err(problem) if problem.status >= 500 => Err(problem),
        Err(problem) => {
            reader.here = HERE.to_owned();
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT);
            let page = page(&app, &staff, reader.lang, Some(form)).await?;
            Ok((status, View::of_staff(reader, &staff, &app, page).problem(&problem)).into_response())
        }
    }
}

async fn page(app: &App, staff: &Staff, lang: Lang, typed: Option<Typed>) -> Result<OfficePage, Problem> {
    let (tenant, library) = (staff.tenant, app.driver.library().clone());
    let standing: FlowRules = app.store.read(move |conn| rules::read(conn, &library, tenant)).await?;
    let platform = Baseline::platform().map_err(|error| Problem::internal(&error))?;
    let company =
        Baseline::parse(&standing.company.to_string()).map_err(|error| Problem::internal(&error))?;
    let said = |baseline: &Baseline| -> Vec<(String, String)> {
        baseline.rules.iter().map(|rule| (rule.code.clone(), rule.text.get(lang).to_owned())).collect()
    };
    let file = serde_json::to_string_pretty(&standing.company).map_err(|error| Problem::internal(&error))?;
    let set = standing.set_by.zip(standing.set_at).map(|(who, at)| {
        let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
        (who, moment(at, lang), standing.note)
    });
    let (file, note) = typed.map_or((file, String::new()), |typed| (typed.rules, typed.note));
    Ok(OfficePage::FlowRules(Box::new(FlowRuleList {
        platform: said(&platform),
        company: said(&company),
        number: standing.number,
        file,
        note,
        set,
        short: standing.short,
        may_set: FlowApprover::permits(staff),
    })))
}

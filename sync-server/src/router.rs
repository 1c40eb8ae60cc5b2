//! All routes, grouped by who calls them.
//!
//! A route belongs to exactly one group, and the group says which credential reaches it: customer acts hang in
//! [`customer`] alone, so no key and no session can consent, confirm or sign.

mod description;

use axum::{Router, extract::DefaultBodyLimit, middleware};
use shared::protocol::rescued::MAX_RESCUE_BYTES;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    accounts,
    app::App,
    blacklist, captures, cases, devices, flows,
    http::{self, FORM_BYTES, LARGE_FORM_BYTES},
    links, office, ops, outgoing, sync,
};

pub use description::description;

/// Who calls a group of routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Caller {
    /// Anybody.
    Anyone,
    /// A signed-in member of staff.
    Staff,
    /// A program with an API key, or staff.
    Program,
    /// A customer with the token of a link.
    Customer,
    /// A partner that signs what it sends.
    Partner,
    /// A signed-in member of staff who composes or approves flows.
    Designer,
    /// A signed-in member of staff who keeps the company's blacklist.
    ListKeeper,
    /// A device, which proves itself by its key, and the signed-in member of staff who enrols it.
    Device,
}

/// The front door, health, what browsers load.
fn open() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(office::front_door))
        .routes(routes!(office::docs))
        .routes(routes!(ops::healthz))
        .routes(routes!(ops::readyz))
        .routes(routes!(ops::metrics))
        .routes(routes!(ops::openapi))
        .routes(routes!(http::assets::serve))
        .routes(routes!(http::advisor_app::door))
        .routes(routes!(http::advisor_app::shell))
        .routes(routes!(http::advisor_app::file))
        .routes(routes!(http::designer_app::file))
}

/// Staff pages. Everything but the sign-in page takes a type of `accounts::permission`.
fn staff() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(office::home))
        .routes(routes!(office::links, office::make_one))
        .routes(routes!(office::revoke_one))
        .routes(routes!(office::renew_one))
        .routes(routes!(office::queue))
        .routes(routes!(office::take_next))
        .routes(routes!(office::cases))
        .routes(routes!(office::find_cases))
        .routes(routes!(office::keep_filter))
        .routes(routes!(office::change_filter))
        .routes(routes!(office::case))
        .routes(routes!(office::decide))
        .routes(routes!(office::undo_decision))
        .routes(routes!(office::hold_case))
        .routes(routes!(office::holder))
        .routes(routes!(office::record))
        .routes(routes!(office::steer_step))
        .routes(routes!(office::reveal))
        .routes(routes!(office::photo))
        .routes(routes!(office::contract))
        .routes(routes!(office::flows))
        .routes(routes!(office::begin_draft))
        .routes(routes!(office::delete_draft))
        .routes(routes!(office::flow))
        .routes(routes!(office::decide_version))
        .routes(routes!(office::release_version))
        .routes(routes!(office::take_back))
        .routes(routes!(office::live_flow))
        .routes(routes!(office::flow_rules, office::set_flow_rules))
        .routes(routes!(office::preview_moves, office::move_cases))
        .routes(routes!(office::devices))
        .routes(routes!(office::device_events))
        .routes(routes!(office::device))
        .routes(routes!(office::revoke_device))
        .routes(routes!(office::offer_again))
        .routes(routes!(office::take_over_changes))
        .routes(routes!(office::numbers))
        .routes(routes!(office::numbers_csv))
        .routes(routes!(office::numbers_wall))
        .routes(routes!(office::partners))
        .routes(routes!(office::new_funder, office::add_funder))
        .routes(routes!(office::funder_terms, office::change_funder))
        .routes(routes!(office::retire_funder))
        .routes(routes!(office::partner))
        .routes(routes!(office::preview_partner, office::change_partner))
        .routes(routes!(office::reverse_partner))
        .routes(routes!(office::settle_partner))
        .routes(routes!(office::test_partner))
        .routes(routes!(office::record_partner))
        .routes(routes!(office::recording, office::change_recording))
        .routes(routes!(office::take_recording))
        .routes(routes!(office::webhooks, office::add_webhook))
        .routes(routes!(office::inbound))
        .routes(routes!(office::apply_inbound))
        .routes(routes!(office::webhook))
        .routes(routes!(office::remove_webhook))
        .routes(routes!(office::resend_webhook))
        .routes(routes!(office::blacklist, office::list_value))
        .routes(routes!(office::find_listed))
        .routes(routes!(office::unlist))
        .routes(routes!(office::note_late))
        .routes(routes!(office::accounts, office::make_account))
        .routes(routes!(office::change_account))
        .routes(routes!(office::keys, office::make_key))
        .routes(routes!(office::revoke_key))
        .routes(routes!(http::designer_app::page))
        .routes(routes!(accounts::sign_in_page, accounts::sign_in))
        .routes(routes!(accounts::sign_out))
}

/// Staff pages whose forms take whole documents.
fn staff_with_documents() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(office::mapping, office::map_answers))
}

/// Staff pages whose forms take files.
fn staff_with_files() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(office::take_in_rescue))
}

/// Programs with an API key.
fn program() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(links::routes()).merge(cases::follow_routes()).merge(outgoing::routes())
}

/// Customers: pages, acts, uploads. Routes that take a photo raise the bound of bodies for themselves.
fn customer() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(cases::customer_page_routes())
        .merge(cases::customer_api_routes())
        .merge(cases::upload_routes())
        .merge(captures::routes())
}

/// What partners send on their own.
fn partner() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(cases::callback_routes())
}

/// What the designer asks, with its user's session.
fn designer() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(flows::routes())
}

/// The company's blacklist.
fn list_keeper() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(blacklist::routes())
}

/// Devices of advisors.
fn device() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(devices::routes()).merge(sync::routes()).routes(routes!(accounts::end_session))
}

fn groups() -> [(Caller, usize, OpenApiRouter<App>); 10] {
    [
        (Caller::Anyone, FORM_BYTES, open()),
        (Caller::Staff, FORM_BYTES, staff()),
        (Caller::Staff, LARGE_FORM_BYTES, staff_with_documents()),
        (Caller::Staff, MAX_RESCUE_BYTES + FORM_BYTES, staff_with_files()),
        (Caller::Program, FORM_BYTES, program()),
        (Caller::Customer, FORM_BYTES, customer()),
        (Caller::Partner, FORM_BYTES, partner()),
        (Caller::Designer, flows::DRAFT_BYTES, designer()),
        (Caller::ListKeeper, FORM_BYTES, list_keeper()),
        (Caller::Device, FORM_BYTES, device()),
    ]
}

/// The whole server, ready to answer.
pub fn build(app: App) -> Router {
    ops::Figures::collect();
    let routes = groups().into_iter().fold(Router::new(), |all, (caller, bytes, group)| {
        all.merge(dressed(caller, bytes, group.split_for_parts().0, &app))
    });
    http::shell(routes.fallback(nothing_here), app)
}

/// What each group needs around it. A request meets the last one first.
fn dressed(caller: Caller, bytes: usize, group: Router<App>, app: &App) -> Router<App> {
    match caller {
        Caller::Anyone => {
            let group = group.layer(middleware::from_fn(office::remember));
            http::compressed(http::bodies_up_to(group, bytes))
        }
        Caller::Staff => {
            let group = group
                .layer(middleware::from_fn(office::to_sign_in))
                .layer(middleware::from_fn(office::remember));
            http::same_site(http::bodies_up_to(http::personal(group), bytes), app)
        }
        Caller::Program => {
            http::same_site(http::compressed(http::bodies_up_to(http::personal(group), bytes)), app)
        }
        Caller::Customer => {
            let group = group
                .method_not_allowed_fallback(cases::to_the_page)
                .layer(DefaultBodyLimit::max(bytes))
                .layer(middleware::from_fn(office::remember))
                .layer(middleware::from_fn_with_state(app.clone(), http::limits::by_link));
            http::same_site(http::compressed(http::personal(group)), app)
        }
        Caller::Partner => http::bodies_up_to(http::personal(group), bytes),
        Caller::Designer => {
            http::same_site(http::compressed(http::bodies_up_to(http::personal(group), bytes)), app)
        }
        Caller::ListKeeper | Caller::Device => {
            http::same_site(http::bodies_up_to(http::personal(group), bytes), app)
        }
    }
}

async fn nothing_here() -> crate::problem::Problem {
    crate::problem::Problem::not_found()
}

/// One route, for tests that go through all of them.
#[derive(Debug, Clone)]
pub struct Route {
    /// Who calls it.
    pub caller: Caller,
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// Template, e.g. `/c/{token}`.
    pub path: String,
}

/// Every route there is.
pub fn table() -> Vec<Route> {
    let of = |(caller, _, group): (Caller, usize, OpenApiRouter<App>)| {
        let paths = group.split_for_parts().1.paths.paths;
        let route = move |method, path: &str| Route { caller, method, path: path.to_owned() };
        let routes: Vec<Route> = paths
            .iter()
            .flat_map(|(path, item)| operations(item).into_iter().map(move |(method, _)| (method, path)))
            .map(|(method, path)| route(method, path))
            .collect();
        routes
    };
    groups().into_iter().flat_map(of).collect()
}

type Operation = utoipa::openapi::path::Operation;

fn operations(item: &utoipa::openapi::PathItem) -> Vec<(&'static str, &Operation)> {
    [
        ("GET", &item.get),
        ("PUT", &item.put),
        ("POST", &item.post),
        ("DELETE", &item.delete),
        ("OPTIONS", &item.options),
        ("HEAD", &item.head),
        ("PATCH", &item.patch),
    ]
    .into_iter()
    .filter_map(|(method, operation)| operation.as_ref().map(|operation| (method, operation)))
    .collect()
}

fn is_page(operation: &Operation) -> bool {
    operation.tags.as_ref().is_some_and(|tags| tags.iter().any(|tag| tag == "page"))
}

#[cfg(test)]
mod strangers;
#[cfg(test)]
mod tests;

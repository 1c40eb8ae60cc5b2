//! One request of a customer's browser: whose it is, and the page that answers it.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use shared::domain::Lang;
use ui::{
    components::form,
    customer::{CustomerPage, CustomerView},
};

use super::{offer, page, unlock};
use crate::{
    app::App,
    links::{Customer, resolve},
    problem::Problem,
};

/// One request of a customer.
pub(super) struct Visit {
    pub(super) customer: Customer,
    pub(super) base: String,
    large: bool,
    pub(super) unlocked: bool,
    insecure: bool,
    wechat: bool,
}

impl Visit {
    /// A visit that changes something: only an open link may.
    pub(super) async fn to_act(
        app: &App,
        token: &str,
        headers: &HeaderMap,
        jar: &CookieJar,
    ) -> Result<Self, Response> {
        let visit = Self::begin(app, token, headers, jar, None).await?;
        match visit.customer.state.takes_acts() {
            true => Ok(visit),
            false => Err(visit.link_ended(app)),
        }
    }

    /// Whose visit it is; unknown and malformed tokens get the same page, and a link that has ended shows nothing of
    /// its case.
    pub(super) async fn begin(
        app: &App,
        token: &str,
        headers: &HeaderMap,
        jar: &CookieJar,
        large: Option<&str>,
    ) -> Result<Self, Response> {
        let (wanted, now) = (token.to_owned(), app.world.clock.now());
        let found = app.store.read::<_, Problem>(move |conn| Ok(resolve(conn, &wanted, now)?)).await;
        let customer = match found {
            Ok(Some(customer)) => customer,
            Ok(None) => return Err(without_case(CustomerPage::NotFound, StatusCode::NOT_FOUND, headers)),
            Err(_) => return Err(without_case(CustomerPage::Busy, StatusCode::SERVICE_UNAVAILABLE, headers)),
        };
        let unlocked = unlock::is_open(app, &customer, jar).await;
        let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let visit = Self {
            base: format!("/c/{token}"),
            large: large.or_else(|| jar.get("large").map(|cookie| cookie.value())) == Some("1"),
            unlocked,
            insecure: !app.config.is_secure_for(headers),
            wechat: agent.contains("MicroMessenger"),
            customer,
        };
        match visit.customer.state.shows_case() {
            true => Ok(visit),
            false => Err(visit.link_ended(app)),
        }
    }

    fn link_ended(&self, app: &App) -> Response {
        let view = self.view(app, CustomerPage::LinkEnded, None, None, Vec::new());
        html(&view, StatusCode::GONE.as_u16())
    }

    /// Back to the page, wherever the case is now.
    pub(super) fn back(&self) -> Response {
        Redirect::to(&self.base).into_response()
    }

    /// As [`Visit::back`], for whoever just proved the phone: the finished case is open in this browser.
    pub(super) async fn back_unlocked(&self, app: &App, jar: CookieJar) -> Response {
        match unlock::cookie(app, &self.customer).await {
            Ok(cookie) => (jar.add(cookie), Redirect::to(&self.base)).into_response(),
            Err(problem) => problem.into_response(),
        }
    }

    /// The page as it stands, with what was wrong.
    pub(super) async fn page(
        &self,
        app: &App,
        problems: Vec<Problem>,
        refill: impl FnOnce(&mut CustomerPage),
    ) -> Response {
        let shown = match page::page_for(app, &self.customer, &self.base, self.unlocked).await {
            Ok(shown) => shown,
            Err(problem) => {
                let page = if problem.status == 503 { CustomerPage::Busy } else { trouble(&self.customer) };
                return html(&self.view(app, page, None, None, Vec::new()), problem.status);
            }
        };
        if let Some(number) = shown.first_shown
            && let Err(problem) = offer::note_shown(app, self.customer.of, number).await
        {
            return html(&self.view(app, CustomerPage::Busy, None, None, Vec::new()), problem.status);
        }
        let mut page = shown.page;
        if !problems.is_empty() {
            refill(&mut page);
        }
        let status = problems.first().map_or(200, |problem| problem.status);
        let problems = problems.iter().flat_map(|problem| self.said(problem, &page)).collect();
        html(&self.view(app, page, shown.tenant, shown.case_number, problems), status)
    }

    /// A refusal on the page, at the fields that the page has; Chinese from the screens' own texts, English with the
    /// server's numbers.
    fn said(&self, problem: &Problem, page: &CustomerPage) -> Vec<form::Problem> {
        let unticked = unticked(page);
        if problem.code == "consent_missing" && !unticked.is_empty() {
            return unticked.into_iter().map(|field| form::Problem::at(field, problem.code)).collect();
        }
        let has_numbers = matches!(problem.code, "code_wrong" | "code_too_soon" | "disclosure_too_early");
        let text = (has_numbers && self.customer.lang == Lang::En).then(|| problem.detail.clone());
        let field = problem.field.map(|field| if field == "funder" { "funders" } else { field });
        vec![form::Problem { code: problem.code.to_owned(), field: field.map(str::to_owned), text }]
    }

    /// The page in its frame.
    pub(super) fn view(
        &self,
        app: &App,
        page: CustomerPage,
        tenant: Option<String>,
        case_number: Option<String>,
        problems: Vec<form::Problem>,
    ) -> CustomerView {
        CustomerView {
            lang: self.customer.lang,
            base: self.base.clone(),
            step_id: hex::encode(app.world.random.bytes::<12>()),
            large: self.large,
            insecure_context: self.insecure,
            wechat: self.wechat,
            tenant,
            case_number,
            back: None,
            demo_inbox: app.config.demo_inbox(),
            problems,
            page,
        }
    }
}

fn trouble(customer: &Customer) -> CustomerPage {
    CustomerPage::Trouble(ui::customer::Trouble { reference: customer.of.case.to_string() })
}

/// A page that shows nothing of any case.
fn without_case(page: CustomerPage, status: StatusCode, headers: &HeaderMap) -> Response {
    let wanted =
        headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let lang = wanted.split([',', ';']).find_map(Lang::from_tag).unwrap_or_default();
    let view = CustomerView {
        lang,
        base: String::new(),
        step_id: String::new(),
        large: false,
        insecure_context: false,
        wechat: false,
        tenant: None,
        case_number: None,
        back: None,
        demo_inbox: None,
        problems: Vec::new(),
        page,
    };
    html(&view, status.as_u16())
}

/// The page as an answer.
pub(super) fn html(view: &CustomerView, status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    (status, [kind], ui::customer::render(view)).into_response()
}

/// The boxes that have to be ticked on this page and are not.
fn unticked(page: &CustomerPage) -> Vec<&str> {
    let items = match page {
        CustomerPage::ConsentIdentity(page) => &page.items,
        CustomerPage::ConsentPartners(page) => &page.queries,
        _ => return Vec::new(),
    };
    items.iter().filter(|item| !item.ticked && !item.optional).map(|item| item.field.as_str()).collect()
}

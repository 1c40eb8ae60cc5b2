//! The links page: make a customer link, see how far each customer is, take one back, make a fresh one for the same case.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::Deserialize;
use shared::domain::{Action, Condition, Energy, Fen, Lang, LinkId, Region, TenantId};
use ui::{
    components::form::Choice,
    office::{LinkForm, LinkRow, LinkState, Links, MadeLink, OfficePage},
};

use super::{Reader, View};
use crate::{
    accounts::{
        FormOf, NoFields, Staff,
        permission::{LinkGiver, LinkRevoker, LinkWatcher},
    },
    app::App,
    cases::{
        CaseRequest,
        page::{case_number, moment},
    },
    flows::on_offer,
    http::input::{OnceKey, Path},
    links::{LinkMade, OfferBody, VehicleBody, make, renew, revoke},
    problem::Problem,
};

/// Links shown on one page.
const SHOWN: u32 = 100;
/// Terms to choose from, months.
const TERMS: [u32; 5] = [12, 24, 36, 48, 60];

/// The list, with an empty form.
#[utoipa::path(get, path = "/office/links", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn links(
    State(app): State<App>,
    staff: LinkWatcher,
    reader: Reader,
) -> Result<View, Problem> {
    let page = page(&app, &staff, reader.lang, LinkForm::default(), None).await?;
    Ok(View::of_staff(reader, &staff, &app, page))
}

/// What was typed into the form.
#[derive(Debug, Default, Clone, Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    product: String,
    #[serde(default)]
    vehicle: String,
    #[serde(default)]
    vin: String,
    #[serde(default)]
    energy: String,
    #[serde(default)]
    age_months: String,
    #[serde(default)]
    mileage_km: String,
    #[serde(default)]
    condition: String,
    #[serde(default)]
    price: String,
    #[serde(default)]
    down_payment: String,
    #[serde(default)]
    months: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    region: String,
}

/// Makes a link and shows it. The same form sent twice makes one link.
#[utoipa::path(post, path = "/office/links", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn make_one(
    State(app): State<App>,
    staff: LinkGiver,
    reader: Reader,
    FormOf { form, number }: FormOf<Typed>,
) -> Result<View, Problem> {
    let made = match offer(&form, &staff, reader.lang) {
        Ok(body) => make(&app, staff.tenant, &staff.actor(), body, Some(OnceKey::of_form(&number))).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(said) => {
            let shown = shown_once(&app, said.link(), reader.lang);
            let page = page(&app, &staff, reader.lang, LinkForm::default(), Some(shown)).await?;
            Ok(View::of_staff(reader, &staff, &app, page))
        }
        Err(problem) => {
            let problem = at_form_field(problem);
            let page = page(&app, &staff, reader.lang, form.again(), None).await?;
            Ok(View::of_staff(reader, &staff, &app, page).problem(&problem))
        }
    }
}

/// Takes a link back.
#[utoipa::path(post, path = "/office/links/{link}/revoke", tag = "page", params(("link" = String, Path)), responses((status = 303)))]
pub(crate) async fn revoke_one(
    State(app): State<App>,
    staff: LinkWatcher,
    revoker: LinkRevoker,
    Path(link): Path<LinkId>,
    reader: Reader,
    _: FormOf<NoFields>,
) -> Result<Response, Problem> {
    let now = app.world.clock.now();
    match app.store.write(move |conn| revoke(conn, &revoker, link, now)).await {
        Ok(()) => Ok(Redirect::to("/office/links").into_response()),
        Err(problem) => refused(&app, &staff, reader, problem).await,
    }
}

/// Makes a fresh link for the same case and shows it; the older ones end. The same form sent twice makes one link.
#[utoipa::path(post, path = "/office/links/{link}/renew", tag = "page", params(("link" = String, Path)), responses((status = 200, description = "Page")))]
pub(crate) async fn renew_one(
    State(app): State<App>,
    staff: LinkWatcher,
    revoker: LinkRevoker,
    Path(link): Path<LinkId>,
    mut reader: Reader,
    FormOf { number, .. }: FormOf<NoFields>,
) -> Result<Response, Problem> {
    reader.here = "/office/links".to_owned();
    match renew(&app, &revoker, link, Some(OnceKey::of_form(&number))).await {
        Ok(said) => {
            let shown = shown_once(&app, said.link(), reader.lang);
            let page = page(&app, &staff, reader.lang, LinkForm::default(), Some(shown)).await?;
            Ok(View::of_staff(reader, &staff, &app, page).into_response())
        }
        Err(problem) => refused(&app, &staff, reader, problem).await,
    }
}

/// A 409 beside the list, so that whoever pressed the button can go on; what is not theirs is not found.
async fn refused(
    app: &App,
    staff: &LinkWatcher,
    mut reader: Reader,
    problem: Problem,
) -> Result<Response, Problem> {
    if problem.status != StatusCode::CONFLICT.as_u16() {
        return Err(problem);
    }
    reader.here = "/office/links".to_owned();
    let page = page(app, staff, reader.lang, LinkForm::default(), None).await?;
    Ok((StatusCode::CONFLICT, View::of_staff(reader, staff, app, page).problem(&problem)).into_response())
}

fn shown_once(app: &App, made: LinkMade, lang: Lang) -> MadeLink {
    let expires = made.expires_at.parse().unwrap_or(app.world.clock.now());
    MadeLink { url: made.url, case_number: made.number, expires: moment(expires, lang) }
}

impl Typed {
    fn again(&self) -> LinkForm {
        LinkForm {
            product: self.product.clone(),
            vehicle: self.vehicle.clone(),
            vin: self.vin.clone(),
            energy: self.energy.clone(),
            age_months: self.age_months.clone(),
            mileage_km: self.mileage_km.clone(),
            condition: self.condition.clone(),
            price: self.price.clone(),
            down_payment: self.down_payment.clone(),
            months: self.months.clone(),
            phone: self.phone.clone(),
            region: self.region.clone(),
        }
    }
}

fn offer(form: &Typed, staff: &Staff, lang: Lang) -> Result<OfferBody, Problem> {
    let yuan = |field, text: &str| {
        text.parse::<Fen>()
            .map(Fen::get)
            .map_err(|e| Problem::invalid(field, "amount_invalid", e.to_string()))
    };
    let number = |field, text: &str| match text.trim() {
        "" => Ok(0),
        text => {
            text.parse::<u32>().map_err(|_| Problem::invalid(field, "number_invalid", "Give a whole number."))
        }
    };
    let optional = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let age = number("age_months", &form.age_months)?;
    Ok(OfferBody {
        product: form.product.clone(),
        vehicle: VehicleBody {
            condition: if form.condition == "used" { Condition::Used } else { Condition::New },
            energy: match form.energy.as_str() {
                "electric" => Energy::Electric,
                "plug_in" => Energy::PlugIn,
                "hydrogen" => Energy::Hydrogen,
                _ => Energy::Fuel,
            },
            description: form.vehicle.clone(),
            price_fen: yuan("price", &form.price)?,
            vin: form.vin.clone(),
            vin_override: false,
            plate: None,
            age_months: u16::try_from(age).unwrap_or(u16::MAX),
            mileage_km: number("mileage_km", &form.mileage_km)?,
        },
        down_payment_fen: optional(&form.down_payment).map(|text| yuan("down_payment", &text)).transpose()?,
        months: optional(&form.months).and_then(|text| text.parse().ok()),
        max_monthly_fen: None,
        region: form.region.clone(),
        dealer: staff.tenant_name.get(lang).to_owned(),
        phone: optional(&form.phone),
        lang: Some(Lang::Zh.tag().to_owned()),
        days: None,
    })
}

/// The API's field names are paths; the form's are flat.
fn at_form_field(mut problem: Problem) -> Problem {
    problem.field = problem.field.map(|field| match field {
        "vehicle.vin" => "vin",
        "vehicle.price_fen" => "price",
        "vehicle.description" => "vehicle",
        "vehicle.condition" => "condition",
        "vehicle.energy" => "energy",
        "down_payment_fen" => "down_payment",
        other => other,
    });
    problem
}

async fn page(
    app: &App,
    staff: &Staff,
    lang: Lang,
    form: LinkForm,
    made: Option<MadeLink>,
) -> Result<OfficePage, Problem> {
    let (tenant, now) = (staff.tenant, app.world.clock.now());
    let sees_all = staff.may(Action::SeeCases) || staff.may(Action::RevokeAnyLink);
    let own = (!sees_all).then(|| staff.actor());
    let may_touch = staff.may(Action::RevokeLink) || staff.may(Action::RevokeAnyLink);
    let (library, products) = (app.driver.library().clone(), app.products.clone());
    let (rows, versions, on_offer) = app
        .store
        .read(move |conn| {
            let rows = rows(conn, tenant, own.as_deref())?;
            let hashes = rows.iter().map(|row| row.flow_hash.clone());
            let versions = products.of_versions(conn, &library, hashes)?;
            Ok::<_, Problem>((rows, versions, on_offer(conn, &library, tenant)?))
        })
        .await?;
    let named = |hash: &str| versions.get(hash).map(|product| product.name.get(lang).to_owned());
    Ok(OfficePage::Links(Links {
        form,
        products: on_offer
            .iter()
            .map(|product| Choice { value: product.key.clone(), label: product.name.get(lang).to_owned() })
            .collect(),
        regions: Region::provinces()
            .map(|region| Choice {
                value: format!("{}0000", region.code()),
                label: region.text(lang).to_owned(),
            })
            .collect(),
        terms: TERMS.to_vec(),
        made,
        rows: rows.into_iter().filter_map(|row| row.shown(lang, now, may_touch, &named)).collect(),
        older: None,
        as_of: moment(now, lang),
    }))
}

struct Row {
    id: String,
    number: i64,
    flow: String,
    request: String,
    created_at: i64,
    opened_at: Option<i64>,
    expires_at: i64,
    revoked_at: Option<i64>,
    decision: Option<String>,
    kind: Option<String>,
    owner: Option<String>,
    due: Option<i64>,
    is_replaced: bool,
    flow_hash: String,
}

fn rows(conn: &Connection, tenant: TenantId, made_by: Option<&str>) -> Result<Vec<Row>, Problem> {
    let mut statement = conn.prepare_cached(
        "SELECT l.id, c.number, c.flow, c.request, l.created_at, l.opened_at, l.expires_at, l.revoked_at, c.decision,
                t.kind, t.owner, min(t.due_at),
                EXISTS (SELECT 1 FROM links n WHERE n.tenant = l.tenant AND n.case_id = l.case_id AND n.id <> l.id
                        AND n.revoked_at IS NULL),
                c.flow_hash
         FROM (SELECT * FROM links WHERE tenant = ?1 AND (?2 IS NULL OR created_by = ?2)
               ORDER BY created_at DESC LIMIT ?3) l
         JOIN cases c ON c.tenant = l.tenant AND c.id = l.case_id
         LEFT JOIN tasks t ON t.tenant = c.tenant AND t.case_id = c.id
         GROUP BY l.id ORDER BY l.created_at DESC",
    )?;
    let rows = statement.query_map(params![tenant.to_string(), made_by, SHOWN], |row| {
        Ok(Row {
            id: row.get(0)?,
            number: row.get(1)?,
            flow: row.get(2)?,
            request: row.get(3)?,
            created_at: row.get(4)?,
            opened_at: row.get(5)?,
            expires_at: row.get(6)?,
            revoked_at: row.get(7)?,
            decision: row.get(8)?,
            kind: row.get(9)?,
            owner: row.get(10)?,
            due: row.get(11)?,
            is_replaced: row.get(12)?,
            flow_hash: row.get(13)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Row {
    fn shown(
        self,
        lang: Lang,
        now: Timestamp,
        may_touch: bool,
        named: &dyn Fn(&str) -> Option<String>,
    ) -> Option<LinkRow> {
        let request: CaseRequest = serde_json::from_str(&self.request).ok()?;
        let at = |ms: i64| Timestamp::from_millisecond(ms).unwrap_or(now);
        let waits_here = self.owner.as_deref().is_some_and(|owner| owner.starts_with("queue:"));
        // An end by time or failure leaves nothing to look at.
        let shows_something = !matches!(self.decision.as_deref(), Some("expired" | "error"));
        let state = match (&self.decision, self.revoked_at, at(self.expires_at) <= now) {
            (Some(decision), ..) if decision == "approved" => LinkState::Signed,
            (Some(_), ..) => LinkState::Ended,
            (None, Some(_), _) => LinkState::Revoked,
            (None, None, true) => LinkState::Expired,
            _ if waits_here => LinkState::Waiting,
            _ if self.opened_at.is_some() => LinkState::Open,
            _ => LinkState::Unopened,
        };
        let due = self.due.map(at);
        Some(LinkRow {
            id: self.id,
            case_number: case_number(self.number),
            product: named(&self.flow_hash).unwrap_or(self.flow),
            vehicle: request.description,
            price_fen: request.vehicle.price.get(),
            customer: String::new(),
            made: moment(at(self.created_at), lang),
            state,
            progress: progress(self.kind.as_deref(), lang).to_owned(),
            overdue: due.is_some_and(|due| due < now),
            due: due.map(|due| moment(due, lang)),
            may_be_renewed: may_touch && !self.is_replaced && shows_something,
            may_be_revoked: may_touch && state.may_be_revoked(),
        })
    }
}

/// How far the customer is, from the block that is waited in.
fn progress(kind: Option<&str>, lang: Lang) -> &'static str {
    match kind {
        Some("intake") => lang.pick("等待提交证件", "waiting for the ID card"),
        Some("request-more") => {
            lang.pick("客户核对识别结果或补充资料", "confirming the reading, or one thing again")
        }
        Some("consent-check") => lang.pick("等待客户授权", "waiting for consents"),
        Some("disclose") => lang.pick("客户查看方案", "looking at the offer"),
        Some("sign") => lang.pick("等待客户签署", "waiting for the signature"),
        Some("manual-review") => lang.pick("人工审核", "with a reviewer"),
        Some("field-visit") => lang.pick("等待上门核实", "to be visited"),
        Some(_) => lang.pick("系统处理中", "the system is at work"),
        None => "",
    }
}

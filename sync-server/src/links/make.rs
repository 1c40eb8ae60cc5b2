//! Makes a customer link: checks what was asked, picks the funders that may be named, opens the case.

use axum::http::StatusCode;
use jiff::SignedDuration;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use shared::domain::{CaseId, Condition, Energy, Fen, Lang, LinkId, Phone, Plate, TenantId, Vehicle, Vin};
use utoipa::ToSchema;

use super::{
    new_token,
    once::{Asked, Said, said},
};
use crate::{
    app::App,
    cases::{CaseRequest, Opening, open},
    flows::{Chosen, choose, chosen},
    http::input::OnceKey,
    problem::Problem,
};

/// Highest vehicle price taken, yuan.
const MAX_PRICE_YUAN: i64 = 10_000_000;
/// Longest text of a description or dealer, in characters.
const MAX_TEXT: usize = 80;
/// Longest life of a link, days.
const MAX_DAYS: u16 = 90;

/// What a link is for. Amounts in fen (1/100 yuan).
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "product": "new-car-loan",
    "vehicle": {"condition": "new", "energy": "plug_in", "description": "比亚迪 秦PLUS DM-i 2026款 120km 豪华型",
        "price_fen": 12_980_000, "vin": "LSVWY4180KN246094"},
    "down_payment_fen": 3_894_000, "months": 36, "region": "310000", "dealer": "样本汽车上海浦东店", "phone": "13800138000",
    "lang": "zh-CN"
}))]
pub struct OfferBody {
    /// Key of the product (flow), e.g. `new-car-loan`.
    pub product: String,
    /// The vehicle.
    pub vehicle: VehicleBody,
    /// Wished down payment, fen.
    #[serde(default)]
    pub down_payment_fen: Option<i64>,
    /// Wished term, months (1–120).
    #[serde(default)]
    pub months: Option<u16>,
    /// Most the customer can pay a month, fen.
    #[serde(default)]
    pub max_monthly_fen: Option<i64>,
    /// GB/T 2260 code of the region of use, 2–6 digits.
    pub region: String,
    /// The dealer's name as the customer knows it.
    pub dealer: String,
    /// The customer's mobile number; the page asks for it where it is missing.
    #[serde(default)]
    pub phone: Option<String>,
    /// Language of the first page: `zh-CN` (default) or `en`.
    #[serde(default)]
    pub lang: Option<String>,
    /// Days the link is good, 1–90; the tenant's default where it is missing.
    #[serde(default)]
    pub days: Option<u16>,
}

/// The vehicle of an [`OfferBody`].
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VehicleBody {
    /// `new` or `used`.
    #[schema(value_type = String, example = "new")]
    pub condition: Condition,
    /// `fuel`, `electric`, `plug_in` or `hydrogen`.
    #[schema(value_type = String, example = "plug_in")]
    pub energy: Energy,
    /// Make, model and trim.
    pub description: String,
    /// Price, fen.
    #[schema(example = 12_980_000)]
    pub price_fen: i64,
    /// Vehicle identification number, 17 characters.
    #[schema(example = "LSVWY4180KN246094")]
    pub vin: String,
    /// Take a VIN whose check digit does not fit (imports); it is recorded.
    #[serde(default)]
    pub vin_override: bool,
    /// Plate of a used vehicle.
    #[serde(default)]
    pub plate: Option<String>,
    /// Months since first registration.
    #[serde(default)]
    pub age_months: u16,
    /// Kilometres driven.
    #[serde(default)]
    pub mileage_km: u32,
}

/// A fresh link. The token is said this once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "url": "https://pay.example.cn/c/abcdefghijkmnpqrstuvwxyz23456789", "token": "abcdefghijkmnpqrstuvwxyz23456789",
    "link": "5f3k9q0m7t2v8x1y4z6b0c2d4g", "case": "5f3k9q0m7t2v8x1y4z6b0c2d4f", "number": "MP000042",
    "expires_at": "2026-12-04T08:00:00Z"
}))]
pub struct LinkMade {
    /// The page to open; contains the token.
    pub url: String,
    /// The customer's credential.
    pub token: String,
    /// The link's id, for revoking it.
    pub link: String,
    /// The case's id.
    pub case: String,
    /// The case's number, as said on the phone.
    pub number: String,
    /// When the link ends, RFC 3339.
    pub expires_at: String,
}

/// Opens a case and answers with its link. Asked again with the same `once`, it answers the same and opens nothing.
///
/// # Errors
/// 422 naming the field that does not fit; 409 `already_made` when `once` was used for another offer; 507/503 when
/// nothing can be stored.
pub async fn make(
    app: &App,
    tenant: TenantId,
    made_by: &str,
    body: OfferBody,
    once: Option<OnceKey>,
) -> Result<Said, Problem> {
    let (now, public_url) = (app.world.clock.now(), app.config.public_url().to_string());
    let asked = once.map(|key| Asked::new(&app.keys, tenant, made_by, &key, "make", &body)).transpose()?;
    if let Some(asked) = asked.clone() {
        // Before the offer is looked at: what was on offer then may have gone since.
        let public_url = public_url.clone();
        if let Some(made) = app.store.read(move |conn| asked.earlier(conn, &public_url)).await? {
            return Ok(Said::Again(made));
        }
    }
    let (case, link) =
        (CaseId::from_bytes(app.world.random.bytes()), LinkId::from_bytes(app.world.random.bytes()));
    let looked = look_at(app, tenant, case, &body).await?;
    let token = asked.as_ref().map_or_else(|| new_token(&app.world.random), |asked| asked.token(link));
    let (keys, random, made_by) = (app.keys.clone(), app.world.random.clone(), made_by.to_owned());
    let (answer, advanced) = app
        .store
        .write(move |conn| {
            if let Some(asked) = &asked {
                if let Some(made) = asked.earlier(conn, &public_url)? {
                    return Ok((Said::Again(made), None));
                }
                asked.note(conn, link, now)?;
            }
            looked.check_version(conn, tenant, case)?;
            let opening = looked.opening(tenant, case, link, &token, &made_by);
            let advanced = open(conn, &keys, &random, &opening, now)?;
            Ok::<_, Problem>((Said::First(said(conn, tenant, link, token, &public_url)?), Some(advanced)))
        })
        .await?;
    app.driver.carry_out(advanced);
    Ok(answer)
}

/// An offer that a case can be opened for.
pub(crate) struct Looked {
    request: CaseRequest,
    phone: Option<Phone>,
    chosen: Chosen,
    funders: Vec<String>,
    lang: Lang,
    lifetime: SignedDuration,
}

/// Holds an offer against what the company has on offer now, in the version that this case would get.
///
/// # Errors
/// 422 naming the field that does not fit.
pub(crate) async fn look_at(
    app: &App,
    tenant: TenantId,
    case: CaseId,
    body: &OfferBody,
) -> Result<Looked, Problem> {
    let request = request(body)?;
    let phone = body.phone.as_deref().filter(|text| !text.is_empty()).map(Phone::parse).transpose();
    let phone = phone.map_err(|error| Problem::invalid("phone", error.code(), error.to_string()))?;
    let library = app.driver.library().clone();
    let (key, region) = (request.product.clone(), request.region.clone());
    let chosen = app
        .store
        .read(move |conn| choose(conn, &library, tenant, &key, case, &region))
        .await?
        .ok_or_else(|| {
            Problem::invalid("product", "product_unknown", "Choose one of the products that are on offer.")
        })?;
    chosen.product.check(&request)?;
    let now = app.world.clock.now();
    let steering = app.partners.steering(tenant, now);
    let funders = app.products.candidate_funders(
        &app.products.funders_of(tenant),
        &request,
        &chosen.product,
        now,
        &steering,
    );
    if funders.is_empty() {
        return Err(Problem::invalid(
            "vehicle",
            "no_funder",
            "No funder takes such a vehicle in this region. Change price, down payment or region.",
        ));
    }
    let lang = body.lang.as_deref().and_then(Lang::from_tag).unwrap_or_default();
    let lifetime = lifetime(app, body.days)?;
    Ok(Looked { request, phone, chosen, funders, lang, lifetime })
}

impl Looked {
    /// Makes sure, in the commit that opens the case, that its version is still the one that it gets.
    ///
    /// # Errors
    /// 503 `version_changed`: the same works at once.
    pub(crate) fn check_version(
        &self,
        conn: &Connection,
        tenant: TenantId,
        case: CaseId,
    ) -> Result<(), Problem> {
        let now = chosen(conn, tenant, &self.request.product, case, &self.request.region)?;
        match now.is_some_and(|hash| hash == self.chosen.hash) {
            true => Ok(()),
            false => Err(Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "version_changed",
                "The product has changed at this very moment. Nothing was recorded; send the same again.",
            )
            .retry_after(1)),
        }
    }

    /// What opening its case takes.
    pub(crate) fn opening<'a>(
        &'a self,
        tenant: TenantId,
        case: CaseId,
        link: LinkId,
        token: &'a str,
        made_by: &'a str,
    ) -> Opening<'a> {
        Opening {
            tenant,
            case,
            link,
            token,
            made_by,
            request: &self.request,
            flow: &self.chosen.flow,
            product: &self.chosen.product,
            flow_hash: &self.chosen.hash,
            funders: &self.funders,
            phone: self.phone.as_ref(),
            lang: self.lang,
            lifetime: self.lifetime,
        }
    }
}

fn request(body: &OfferBody) -> Result<CaseRequest, Problem> {
    let vehicle = &body.vehicle;
    let price = fen("vehicle.price_fen", vehicle.price_fen, 1_000..=MAX_PRICE_YUAN * 100)?;
    let vin =
        if vehicle.vin_override { Vin::parse_overridden(&vehicle.vin) } else { Vin::parse(&vehicle.vin) };
    let vin = vin.map_err(|error| Problem::invalid("vehicle.vin", error.code(), error.to_string()))?;
    let plate = vehicle.plate.as_deref().filter(|text| !text.is_empty()).map(Plate::parse).transpose();
    let plate = plate.map_err(|error| Problem::invalid("vehicle.plate", error.code(), error.to_string()))?;
    let most = price.get().saturating_sub(1);
    let wish = |field, value: Option<i64>, most| value.map(|value| fen(field, value, 0..=most)).transpose();
    if body.months.is_some_and(|months| !(1..=120).contains(&months)) {
        return Err(Problem::invalid("months", "term_invalid", "Give a term from 1 to 120 months."));
    }
    let is_region = (2..=6).contains(&body.region.len()) && body.region.bytes().all(|b| b.is_ascii_digit());
    if !is_region {
        return Err(Problem::invalid("region", "region_invalid", "Give the region's code of 2 to 6 digits."));
    }
    Ok(CaseRequest {
        product: body.product.clone(),
        vehicle: vehicle_of(vehicle, price),
        description: text("vehicle.description", &vehicle.description)?,
        vin,
        plate: plate.map(|plate| plate.to_string()),
        region: body.region.clone(),
        dealer: text("dealer", &body.dealer)?,
        down_payment: wish("down_payment_fen", body.down_payment_fen, most)?,
        months: body.months,
        max_monthly: wish("max_monthly_fen", body.max_monthly_fen, MAX_PRICE_YUAN * 100)?,
    })
}

fn vehicle_of(body: &VehicleBody, price: Fen) -> Vehicle {
    match body.condition {
        Condition::New => Vehicle::new_car(body.energy, price),
        Condition::Used => Vehicle::used_car(body.energy, price, body.age_months, body.mileage_km),
    }
}

fn fen(field: &'static str, value: i64, range: std::ops::RangeInclusive<i64>) -> Result<Fen, Problem> {
    let wrong =
        || Problem::invalid(field, "amount_invalid", "Give an amount in fen within the product's range.");
    if range.contains(&value) { Fen::new(value).map_err(|_| wrong()) } else { Err(wrong()) }
}

fn text(field: &'static str, value: &str) -> Result<String, Problem> {
    let value = value.trim();
    if value.is_empty() || value.chars().count() > MAX_TEXT || value.chars().any(char::is_control) {
        return Err(Problem::invalid(field, "text_invalid", "Give 1 to 80 characters without line breaks."));
    }
    Ok(value.to_owned())
}

fn lifetime(app: &App, days: Option<u16>) -> Result<SignedDuration, Problem> {
    let days = days.unwrap_or(app.config.link_days);
    if !(1..=MAX_DAYS).contains(&days) {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "days_invalid", "Give 1 to 90 days.")
            .field("days"));
    }
    Ok(SignedDuration::from_hours(i64::from(days) * 24))
}

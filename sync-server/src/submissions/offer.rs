//! What was handed in, as the offer that a link would be made for: the same rules and the same codes hold for both.

use jiff::{Unit, civil::Date};
use serde::de::DeserializeOwned;
use shared::{
    document::Field,
    domain::{Condition, PlanKind},
};

use crate::{
    cases::products::Products,
    links::{OfferBody, VehicleBody},
    problem::Problem,
    sync::HandedIn,
};

/// Longest description of a vehicle, in characters: brand and model together may be longer.
const LONGEST_DESCRIPTION: usize = 80;

/// The offer behind a document. `company` stands for a dealer that nobody named.
///
/// # Errors
/// 422 naming the field that is missing or does not fit.
pub(super) fn offer_of(
    handed_in: &HandedIn,
    products: &Products,
    company: &str,
    today: Date,
) -> Result<OfferBody, Problem> {
    let said = |field| handed_in.said(field);
    let condition: Condition = word(handed_in, Field::Condition)?;
    let kind: PlanKind = word(handed_in, Field::ProductKind)?;
    let product = products
        .all()
        .iter()
        .find(|product| product.condition == condition && product.kinds.contains(&kind))
        .filter(|_| said(Field::Class).is_none_or(|class| class == "passenger"))
        .ok_or_else(|| wrong("product_kind", "product_unknown"))?;
    let whole_name = format!("{} {}", needed(handed_in, Field::Brand)?, needed(handed_in, Field::Model)?);
    Ok(OfferBody {
        product: product.key.clone(),
        vehicle: VehicleBody {
            condition,
            energy: word(handed_in, Field::Energy)?,
            description: whole_name.chars().take(LONGEST_DESCRIPTION).collect(),
            price_fen: number(handed_in, Field::Price)?,
            vin: needed(handed_in, Field::Vin)?.to_owned(),
            vin_override: said(Field::VinOverride).is_some(),
            plate: said(Field::Plate).map(str::to_owned),
            age_months: age(handed_in, condition, today)?,
            mileage_km: number(handed_in, Field::Mileage)?,
        },
        down_payment_fen: Some(number(handed_in, Field::DownPayment)?),
        months: Some(number(handed_in, Field::Term)?),
        max_monthly_fen: None,
        region: needed(handed_in, Field::SaleRegion)?.to_owned(),
        dealer: said(Field::Dealer).unwrap_or(company).to_owned(),
        phone: Some(needed(handed_in, Field::Phone)?.to_owned()),
        lang: None,
        days: None,
    })
}

/// Full months since the first registration; where nobody knows that, since the vehicle was made.
fn age(handed_in: &HandedIn, condition: Condition, today: Date) -> Result<u16, Problem> {
    if condition == Condition::New {
        return Ok(0);
    }
    let field = Field::RegisteredOn;
    let since = handed_in.said(field).or_else(|| handed_in.said(Field::MadeOn));
    let since: Date = since.ok_or_else(|| missing(field))?.parse().map_err(|_| unfit(field))?;
    if since > today {
        return Err(unfit(field));
    }
    let months = since.until((Unit::Month, today)).map_or(-1, |span| span.get_months());
    u16::try_from(months).map_err(|_| unfit(field))
}

fn needed(handed_in: &HandedIn, field: Field) -> Result<&str, Problem> {
    handed_in.said(field).ok_or_else(|| missing(field))
}

fn number<T: std::str::FromStr>(handed_in: &HandedIn, field: Field) -> Result<T, Problem> {
    needed(handed_in, field)?.parse().map_err(|_| unfit(field))
}

/// One of a few words, spelled in documents as in JSON.
fn word<T: DeserializeOwned>(handed_in: &HandedIn, field: Field) -> Result<T, Problem> {
    let text = serde_json::Value::from(needed(handed_in, field)?);
    serde_json::from_value(text).map_err(|_| unfit(field))
}

fn missing(field: Field) -> Problem {
    wrong(field.key(), "missing_field")
}

fn unfit(field: Field) -> Problem {
    wrong(field.key(), "value_format")
}

fn wrong(field: &'static str, code: &'static str) -> Problem {
    Problem::invalid(field, code, "The application cannot become a case as it was handed in.")
}

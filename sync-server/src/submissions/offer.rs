//! What was handed in, as the offer that a link would be made for: the same rules and the same codes hold for both.

use jiff::{Unit, civil::Date};
use serde::de::DeserializeOwned;
use shared::{
    document::Field,
    domain::{Condition, Energy, PlanKind},
};

use crate::{
    cases::products::Product,
    links::{OfferBody, VehicleBody},
    problem::Problem,
    sync::HandedIn,
};

/// Longest description of a vehicle, in characters: brand and model together may be longer.
const LONGEST_DESCRIPTION: usize = 80;

/// The offer behind a document, for one of the company's products. `company` stands for a dealer that nobody named.
///
/// # Errors
/// 422 naming the field that is missing or does not fit.
pub(super) fn offer_of(
    handed_in: &HandedIn,
    products: &[Product],
    company: &str,
    today: Date,
) -> Result<OfferBody, Problem> {
    let said = |field| handed_in.said(field);
    let condition: Condition = word(handed_in, Field::Condition)?;
    let kind: PlanKind = word(handed_in, Field::ProductKind)?;
    let energy: Energy = word(handed_in, Field::Energy)?;
    // One that is made for this drive before one for any.
    let product = products
        .iter()
        .filter(|product| product.fits(condition, energy) && product.terms.kinds.contains(&kind))
        .min_by_key(|product| product.terms.new_energy.is_none())
        .filter(|_| said(Field::Class).is_none_or(|class| class == "passenger"))
        .ok_or_else(|| wrong("product_kind", "product_unknown"))?;
    let whole_name = format!("{} {}", needed(handed_in, Field::Brand)?, needed(handed_in, Field::Model)?);
    Ok(OfferBody {
        product: product.key.clone(),
        vehicle: VehicleBody {
            condition,
            energy,
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

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;
    use shared::flow::Flow;

    use super::*;

    fn offer(changes: &[(&str, &str)]) -> Result<OfferBody, Problem> {
        let mut fields = json!({
            "condition": "used", "price": "8529900", "down_payment": "3500000", "term": "24",
            "product_kind": "leaseback", "sale_region": "44", "vin": "LSVWY4180KN246094", "plate": "粤B12345",
            "brand": "大众", "model": "朗逸", "energy": "fuel", "class": "passenger", "mileage": "42000",
            "phone": "13800138000", "registered_on": "2023-01-31",
        });
        for (field, text) in changes {
            match *text {
                "" => drop(fields.as_object_mut().unwrap().remove(*field)),
                text => fields[*field] = json!(text),
            }
        }
        let handed_in = json!({"fields": fields, "photos": [], "captured": [], "amends": null});
        let handed_in: HandedIn = serde_json::from_value(handed_in).unwrap();
        let flows = crate::flows::SHIPPED.map(|(_, definition)| Flow::parse(definition).unwrap());
        let products: Vec<Product> = flows.iter().filter_map(Product::of).collect();
        offer_of(&handed_in, &products, "样本公司", date(2026, 11, 26))
    }

    #[test]
    fn a_used_car_is_as_old_as_its_registration_or_else_its_making() {
        let made = offer(&[]).unwrap();
        assert_eq!((made.product.as_str(), made.vehicle.age_months), ("used-car-leaseback", 45));
        assert_eq!((made.vehicle.description.as_str(), made.dealer.as_str()), ("大众 朗逸", "样本公司"));
        assert_eq!((made.down_payment_fen, made.months), (Some(3_500_000), Some(24)));
        let age = |changes: &[(&str, &str)]| offer(changes).map(|offer| offer.vehicle.age_months);
        assert_eq!(age(&[("registered_on", "2026-11-26")]).unwrap(), 0);
        assert_eq!(age(&[("registered_on", ""), ("made_on", "2025-10-01")]).unwrap(), 13);
        let new = [("condition", "new"), ("product_kind", "loan"), ("registered_on", "")];
        assert_eq!(age(&new).unwrap(), 0);
    }

    #[test]
    fn what_does_not_fit_names_its_field() {
        for (field, text, code) in [
            ("registered_on", "2026-11-27", "value_format"),
            ("registered_on", "", "missing_field"),
            ("price", "", "missing_field"),
            ("term", "many", "value_format"),
            ("energy", "steam", "value_format"),
            ("phone", "", "missing_field"),
        ] {
            let problem = offer(&[(field, text)]).unwrap_err();
            assert_eq!((problem.field, problem.code), (Some(field), code));
        }
        // There is no product for it: nobody takes a lorry for a car.
        for (field, text) in [("product_kind", "direct_lease"), ("class", "heavy_truck")] {
            let problem = offer(&[(field, text)]).unwrap_err();
            assert_eq!((problem.field, problem.code), (Some("product_kind"), "product_unknown"));
        }
    }

    #[test]
    fn a_long_description_is_cut_and_a_reason_makes_an_odd_vin_count() {
        let long = "长".repeat(60);
        let made = offer(&[("model", &long), ("brand", &long), ("vin_override", "进口")]).unwrap();
        assert_eq!(made.vehicle.description.chars().count(), LONGEST_DESCRIPTION);
        assert!(made.vehicle.vin_override);
    }
}

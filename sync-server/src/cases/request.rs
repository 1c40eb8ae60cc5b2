//! What a case is about: product, vehicle, wishes. No personal data.

use serde::{Deserialize, Serialize};
use shared::{
    domain::{Fen, Months, Vehicle, Vin, Wish},
    flow::Facts,
};

use super::products::Product;

/// What the link's maker said of the deal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaseRequest {
    /// Key of the flow that handles it, e.g. `new-car-loan`.
    pub product: String,
    /// Price, age and kind of the vehicle.
    pub vehicle: Vehicle,
    /// Make, model and trim, as people say it.
    pub description: String,
    /// Vehicle identification number.
    #[serde(with = "vin_text")]
    pub vin: Vin,
    /// Plate of a used vehicle.
    pub plate: Option<String>,
    /// GB/T 2260 code of the region of use, 2–6 digits.
    pub region: String,
    /// Who asks: the dealer's name as the customer knows it.
    pub dealer: String,
    /// Wished down payment.
    pub down_payment: Option<Fen>,
    /// Wished number of months.
    pub months: Option<u16>,
    /// Most the customer can pay a month.
    pub max_monthly: Option<Fen>,
}

impl CaseRequest {
    /// What is to be financed: the price less the wished down payment, or the product's usual one.
    pub fn finance(&self, product: Option<&Product>) -> Fen {
        let price = self.vehicle.price.get();
        let usual =
            product.map_or(0, |product| price * i64::from(product.terms.usual_down_payment_percent) / 100);
        let down = self.down_payment.map_or(usual, |amount| amount.get());
        Fen::new(price.saturating_sub(down)).unwrap_or(Fen::ZERO)
    }

    /// What the flow's rules may look at.
    pub fn facts(&self, product: Option<&Product>, funders: &[String]) -> Facts {
        let vehicle = &self.vehicle;
        Facts::new()
            .with("product", self.product.as_str())
            .with("vehicle", serde_json::to_value(vehicle).unwrap_or_default())
            .with("vin.warning", self.vin.warning().is_some())
            .with("region", self.region.as_str())
            .with("request.wish", serde_json::to_value(self.wish()).unwrap_or_default())
            .with("request.finance_fen", self.finance(product).get())
            .with("request.down_payment_bp", self.down_payment_bp(product))
            .with("funder.wanted", funders.to_vec())
    }

    /// What the customer wants, as plans are ranked by it.
    pub fn wish(&self) -> Wish {
        Wish {
            months: self.months.and_then(|months| Months::new(months).ok()),
            down_payment: self.down_payment,
            max_monthly: self.max_monthly,
            ..Wish::default()
        }
    }

    /// Down payment as a share of the price, in basis points (1/100 percent).
    fn down_payment_bp(&self, product: Option<&Product>) -> i64 {
        let price = self.vehicle.price.get().max(1);
        (price - self.finance(product).get()) * 10_000 / price
    }
}

/// A VIN in a stored request: its plain text, checked again when it is read.
mod vin_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use shared::domain::Vin;

    pub(super) fn serialize<S: Serializer>(vin: &Vin, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(vin.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vin, D::Error> {
        Vin::parse_overridden(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

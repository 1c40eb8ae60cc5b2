//! What a funder finances.

use super::opening::OpeningHours;
use crate::domain::{
    lang::Texts,
    money::{Fen, MoneyError, Months, Rate},
    plans::{AmountRange, Grade, PlanKind, VehicleLimits},
    region::Region,
    vehicles::{Condition, Energy, VehicleClass},
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest key, in characters.
const MAX_KEY_CHARS: usize = 48;

/// A funder's stable name: lower-case letters, digits and hyphens. Also its part of the path at the partner.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct FunderKey(String);

/// How a funder usually answers; the partner lab plays these three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Personality {
    /// Quick, best customers only, says yes or no.
    Prime,
    /// Broad, asks for conditions.
    Standard,
    /// Takes what others decline, with counter-offers.
    Flexible,
}

/// One funder. Empty lists of regions, classes and energies mean "all".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Funder {
    /// Its stable name.
    pub key: FunderKey,
    /// What it is called on screen.
    pub name: Texts,
    /// Its full registered name: who a consent names and who stands in the contract.
    pub legal_name: String,
    /// Its unified social credit code (统一社会信用代码), 18 characters.
    pub credit_code: String,
    /// Its registered address.
    pub address: String,
    /// Where customers ask and complain.
    pub phone: String,
    /// How it usually answers.
    pub personality: Personality,
    /// Which kinds of plan it finances.
    pub products: Vec<PlanKind>,
    /// Where it finances.
    #[serde(default)]
    pub regions: Vec<Region>,
    /// The financed amount, in fen.
    pub amount: AmountRange,
    /// The terms, ascending.
    pub months: Vec<Months>,
    /// The least down payment, as a share of the price.
    pub min_down_payment: Rate,
    /// New vehicles, used ones or both.
    pub conditions: Vec<Condition>,
    /// Which classes of vehicle.
    #[serde(default)]
    pub classes: Vec<VehicleClass>,
    /// Which energies.
    #[serde(default)]
    pub energies: Vec<Energy>,
    /// How old and used the vehicle may be.
    #[serde(default)]
    pub vehicle: VehicleLimits,
    /// How old the customer may be with the last instalment, in full years.
    pub max_age_at_end: u8,
    /// Which grades.
    pub grades: Vec<Grade>,
    /// The least yearly rate that it works for.
    pub min_rate: Rate,
    /// The most yearly rate that it lends its name to.
    pub max_rate: Rate,
    /// How many applications it takes a day (China's calendar day).
    pub daily_quota: u32,
    /// When it decides.
    pub opening: OpeningHours,
}

impl Funder {
    /// The least down payment on this price, rounded up to the fen.
    ///
    /// # Errors
    /// `money_out_of_range`.
    pub fn least_down_payment(&self, price: Fen) -> Result<Fen, MoneyError> {
        Fen::round_up(price.to_decimal() * self.min_down_payment.fraction())
    }
}

impl FunderKey {
    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FunderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for FunderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FunderKey({})", self.0)
    }
}

impl TryFrom<String> for FunderKey {
    type Error = &'static str;

    fn try_from(text: String) -> Result<FunderKey, Self::Error> {
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if text.is_empty() || text.len() > MAX_KEY_CHARS || !text.bytes().all(known) {
            return Err("Write a key in up to 48 lower-case letters, digits and hyphens.");
        }
        Ok(FunderKey(text))
    }
}

impl From<FunderKey> for String {
    fn from(key: FunderKey) -> String {
        key.0
    }
}

//! Real-name check, credit bureau and vehicle valuation.

use serde::{Deserialize, Serialize};

use super::{Masked, PartnerToken};

/// Is this the name that belongs to this ID number?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RealNameCheck {
    /// Resident identity number, 18 characters.
    pub id_number: Masked<String>,
    /// Full name as on the card.
    pub name: Masked<String>,
    /// Whether the customer confirmed this spelling, rather than a reader having proposed it.
    pub name_confirmed_by_customer: bool,
    /// The customer's consent that covers this call.
    pub consent: PartnerToken,
}

/// What the real-name partner knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RealNameOutcome {
    /// Name and number belong together.
    Match,
    /// The number is known under another name, or the name was not confirmed by anybody.
    Mismatch,
    /// Nobody with this number is known.
    NotFound,
}

/// Answer to [`RealNameCheck`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RealNameAnswer {
    /// The partner's reference, kept as evidence.
    pub reference: PartnerToken,
    /// The finding.
    pub outcome: RealNameOutcome,
}

/// Asks for a person's credit report; needs written consent (征信业管理条例 Art. 18).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditQuery {
    /// Resident identity number, 18 characters.
    pub id_number: Masked<String>,
    /// Full name, confirmed.
    pub name: Masked<String>,
    /// The customer's consent that covers this query.
    pub consent: PartnerToken,
}

/// The bureau's summary of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditStanding {
    /// Nothing that speaks against a contract.
    Clear,
    /// Late payments that a person should look at.
    Attention,
    /// Defaults or an enforcement entry.
    Bad,
    /// The bureau has never heard of the person; there is no score.
    NoRecord,
}

/// Answer to [`CreditQuery`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditReport {
    /// The bureau's reference, kept as evidence.
    pub reference: PartnerToken,
    /// The summary.
    pub standing: CreditStanding,
    /// 300–950, higher is better; none exactly when the standing is `no_record`.
    pub score: Option<u16>,
    /// Months in the last 24 with a late payment, 0–24.
    pub overdue_24m: u8,
    /// Whether a payment is late now; never with a clear standing.
    pub overdue_now: bool,
    /// Present monthly repayments elsewhere, fen, ≥ 0.
    pub monthly_debt_fen: i64,
    /// Other institutions' queries in the last 3 months.
    pub queries_3m: u16,
}

impl CreditReport {
    /// Lowest and highest score.
    pub const SCORES: std::ops::RangeInclusive<u16> = 300..=950;
}

/// What is this vehicle worth?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValuationRequest {
    /// Vehicle identification number, 17 characters.
    pub vin: String,
    /// What the seller asks, fen.
    pub asking_price_fen: i64,
    /// Months since first registration; 0 for a new vehicle.
    pub age_months: u16,
    /// Kilometres driven, where known.
    pub mileage_km: Option<u32>,
}

/// What the valuation partner found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Valuation {
    /// A value in [`CNY`](super::CNY).
    Valued {
        /// The partner's reference.
        reference: PartnerToken,
        /// The vehicle that was valued; must be the one asked about.
        vin: String,
        /// ISO 4217.
        currency: String,
        /// Most likely value, fen.
        value_fen: i64,
        /// Lower end, fen.
        low_fen: i64,
        /// Upper end, fen.
        high_fen: i64,
        /// A repaired accident, flood or fire is on record.
        damage_on_record: bool,
    },
    /// This VIN is not known.
    NotFound {
        /// The partner's reference.
        reference: PartnerToken,
    },
}

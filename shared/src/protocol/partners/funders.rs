//! Asking a funder, its seven answers, and the callback that settles a pending one.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{CNY, MAX_SUM_FEN, MAX_TERM_MONTHS, Masked, PartnerText, PartnerToken};

/// The terms a customer accepted or a funder offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunderTerms {
    /// ISO 4217, always [`CNY`].
    pub currency: String,
    /// Financed amount, fen, ≥ 1.
    pub amount_fen: i64,
    /// Down payment, fen, ≥ 0.
    pub down_payment_fen: i64,
    /// Months, ≥ 1.
    pub term_months: u16,
    /// Nominal annual rate as a fraction: 0.0699 is 6.99 %.
    pub annual_rate: Decimal,
}

/// Why terms cannot be meant seriously.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTerms {
    /// Not [`CNY`].
    #[error("the terms are in another currency")]
    Currency,
    /// Amount or down payment out of range.
    #[error("the terms name an impossible amount")]
    Amount,
    /// Term or rate out of range.
    #[error("the terms name an impossible term or rate")]
    TermOrRate,
}

impl FunderTerms {
    /// # Errors
    /// [`BadTerms`] for another currency, an amount outside 1 ..= [`MAX_SUM_FEN`], a negative down payment, a term
    /// outside 1 ..= [`MAX_TERM_MONTHS`] or a rate outside 0 ..= 1.
    pub fn check(&self) -> Result<(), BadTerms> {
        if self.currency != CNY {
            return Err(BadTerms::Currency);
        }
        if !(1..=MAX_SUM_FEN).contains(&self.amount_fen)
            || !(0..=MAX_SUM_FEN).contains(&self.down_payment_fen)
        {
            return Err(BadTerms::Amount);
        }
        let rate_fits = self.annual_rate >= Decimal::ZERO && self.annual_rate <= Decimal::ONE;
        if !(1..=MAX_TERM_MONTHS).contains(&self.term_months) || !rate_fits {
            return Err(BadTerms::TermOrRate);
        }
        Ok(())
    }
}

/// One application to one funder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunderApplication {
    /// Our case; the same for every funder asked about it.
    pub application: PartnerToken,
    /// Full name, confirmed.
    pub name: Masked<String>,
    /// Resident identity number, 18 characters.
    pub id_number: Masked<String>,
    /// Mobile number.
    pub phone: Masked<String>,
    /// GB/T 2260 code of the region of use, 2–6 digits.
    pub region: String,
    /// Vehicle identification number.
    pub vin: String,
    /// Whether the vehicle had an owner before.
    pub used: bool,
    /// Vehicle price, fen.
    pub price_fen: i64,
    /// Our plan's key.
    pub plan: PartnerToken,
    /// The terms that the customer accepted.
    pub terms: FunderTerms,
    /// The bureau's reference, where a report was drawn.
    pub credit_reference: Option<PartnerToken>,
    /// The counter-offer that the customer accepted with these terms.
    pub accepts_offer: Option<PartnerToken>,
    /// The customer's consent that names this funder.
    pub consent: PartnerToken,
    /// Where a pending decision is called back to (Standard Webhooks).
    pub callback_url: Option<String>,
}

/// What a funder says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum FunderDecision {
    /// Yes, on exactly the terms asked for.
    Approved {
        /// The funder's reference.
        reference: PartnerToken,
        /// The terms, repeated by the funder.
        terms: FunderTerms,
    },
    /// Yes, on the terms asked for, once the stipulations are met.
    Conditional {
        /// The funder's reference.
        reference: PartnerToken,
        /// The terms, repeated by the funder.
        terms: FunderTerms,
        /// What must be handed in first; 1–20.
        stipulations: Vec<PartnerText>,
    },
    /// Other terms; binding only after the customer accepts them and sees them disclosed.
    CounterOffer {
        /// Names the offer when the customer accepts it.
        reference: PartnerToken,
        /// The terms offered; they differ from those asked for.
        terms: FunderTerms,
    },
    /// The funder's quota is used up; another funder may be asked.
    LimitReached {
        /// The funder's reference.
        reference: PartnerToken,
    },
    /// No.
    Declined {
        /// The funder's reference.
        reference: PartnerToken,
        /// Stable reason code, e.g. `ltv_too_high`.
        reason: PartnerToken,
    },
    /// Undecided; the answer comes by callback or by asking for the reference.
    Pending {
        /// The funder's reference.
        reference: PartnerToken,
        /// Whether a callback will come.
        callback: bool,
        /// Seconds within which the funder means to decide.
        expected_within_s: u32,
    },
    /// The funder could not process the application.
    Error {
        /// The funder's code.
        code: PartnerToken,
    },
}

impl FunderDecision {
    /// Most stipulations a conditional approval may carry.
    pub const MAX_STIPULATIONS: usize = 20;
}

/// The event type of [`FunderCallback`].
pub const FUNDER_DECISION_EVENT: &str = "funder.decision";

/// Body of the callback that settles a pending application (the envelope of Standard Webhooks).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunderCallback {
    /// Always [`FUNDER_DECISION_EVENT`].
    #[serde(rename = "type")]
    pub event: String,
    /// When the funder decided, RFC 3339, UTC.
    pub timestamp: jiff::Timestamp,
    /// The decision.
    pub data: FunderCallbackData,
}

/// What [`FunderCallback`] says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunderCallbackData {
    /// The funder's key.
    pub funder: PartnerToken,
    /// Our case, as in [`FunderApplication::application`].
    pub application: PartnerToken,
    /// The reference of the pending answer.
    pub reference: PartnerToken,
    /// The decision; never `pending`.
    pub decision: FunderDecision,
}

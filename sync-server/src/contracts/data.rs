//! What a contract says, as data: parties, vehicle, terms, schedule, consents. The template gets nothing else.

use std::fmt;

use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::ContractError;

/// Most instalments a contract may have (10 years of months).
pub const MAX_INSTALMENTS: usize = 120;
/// Most charges, consents or reasons in one list.
pub const MAX_LIST: usize = 40;
/// Longest single text, in characters.
pub const MAX_TEXT: usize = 200;

/// Everything a contract prints. Money is in fen (1/100 yuan), rates are fractions a year (`0.214` = 21.4 %).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContractData {
    /// Contract number: ASCII letters, digits and `-`, at most 40.
    pub number: String,
    /// What is sold.
    pub product: Product,
    /// When it was composed; printed as a date in China's time (UTC+8) and the PDF's own date.
    pub composed_at: Timestamp,
    /// Lender or lessor.
    pub funder: Organisation,
    /// Who runs the platform and seals the contract.
    pub platform: Organisation,
    /// The customer.
    pub customer: Person,
    /// What is financed.
    pub vehicle: Vehicle,
    /// The accepted terms.
    pub terms: Terms,
    /// What the customer pays besides principal and interest (or rent).
    pub charges: Vec<Charge>,
    /// The payments in order.
    pub schedule: Vec<Instalment>,
    /// Consents the customer gave before this contract.
    pub consents: Vec<ConsentGiven>,
    /// The cost disclosure the customer confirmed.
    pub disclosure: DisclosureConfirmed,
    /// SHA-256 of the accepted terms, 64 lower-case hex digits: equal to that of the confirmed disclosure.
    pub terms_sha256: String,
}

/// What kind of finance. A lease is never worded as a loan on the vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Product {
    /// Loan with a mortgage on the vehicle.
    Loan,
    /// Direct lease: the lessor buys the vehicle for the customer.
    DirectLease,
    /// Sale and leaseback: the lessor buys the customer's vehicle and leases it back.
    Leaseback,
}

/// A company that is a party.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Organisation {
    /// Registered name.
    pub name: String,
    /// Unified social credit code (统一社会信用代码), where known.
    pub credit_code: Option<String>,
    /// Registered address.
    pub address: String,
    /// For questions and complaints.
    pub phone: String,
}

/// The customer as printed: pass the ID number and phone masked or in full, as the contract needs.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// Name as confirmed.
    pub name: String,
    /// Resident identity number.
    pub id_number: String,
    /// Mobile number.
    pub phone: String,
    /// Address on the card.
    pub address: String,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person(***)")
    }
}

/// The vehicle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vehicle {
    /// Make, model and trim.
    pub description: String,
    /// Vehicle identification number.
    pub vin: String,
    /// Plate, once registered.
    pub plate: Option<String>,
    /// First registration of a used vehicle.
    pub first_registered: Option<Date>,
    /// Odometer of a used vehicle, km.
    pub mileage_km: Option<u32>,
    /// Price, fen.
    pub price_fen: i64,
}

/// How the money is paid back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repayment {
    /// 等额本息: equal payments.
    EqualPayment,
    /// 等额本金: equal principal.
    EqualPrincipal,
    /// 先息后本: interest first, principal at the end.
    InterestFirst,
    /// 尾款: a balloon at the end.
    Balloon,
}

/// The accepted terms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// Financed amount, fen; the schedule's principal sums to it exactly.
    pub amount_fen: i64,
    /// Down payment, fen.
    pub down_payment_fen: i64,
    /// Number of instalments (months), 1..=120; equals the schedule's length.
    pub months: u32,
    /// How it is paid back.
    pub repayment: Repayment,
    /// Nominal rate a year, fraction.
    pub nominal_rate: Decimal,
    /// Annualised cost: internal rate of return over all charges, nominal a year (monthly × 12), fraction.
    pub annualised_cost: Decimal,
    /// Everything the customer pays over the term for the finance: instalments and charges up front, fen.
    pub total_paid_fen: i64,
    /// `total_paid_fen` less the financed amount, fen.
    pub total_cost_fen: i64,
    /// Deposit, fen; 0 = none.
    pub deposit_fen: i64,
    /// What the lessee pays to own the vehicle at the end of a lease, fen; `None` for a loan.
    pub buyout_fen: Option<i64>,
    /// Late-payment charge a day, fraction of the overdue amount.
    pub late_rate_per_day: Decimal,
    /// Settling early: charge as a fraction of the outstanding principal.
    pub early_settlement_rate: Decimal,
}

/// One charge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Charge {
    /// What for.
    pub name: String,
    /// How much, fen.
    pub amount_fen: i64,
    /// Who receives it.
    pub payee: String,
    /// When it is paid.
    pub paid: ChargePaid,
}

/// When a charge is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargePaid {
    /// Part of the financed amount.
    Financed,
    /// By the customer at the start.
    UpFront,
}

/// One payment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instalment {
    /// Due date.
    pub due_on: Date,
    /// Principal part, fen.
    pub principal_fen: i64,
    /// Interest (or lease charge) part, fen.
    pub interest_fen: i64,
    /// Other charges in this payment, fen.
    pub charges_fen: i64,
}

impl Instalment {
    /// What is due, fen.
    pub fn payment_fen(&self) -> i64 {
        self.principal_fen.saturating_add(self.interest_fen).saturating_add(self.charges_fen)
    }
}

/// One consent as recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConsentGiven {
    /// What was consented to.
    pub what: String,
    /// Who may act on it.
    pub recipient: String,
    /// For which purpose.
    pub purpose: String,
    /// When it was given.
    pub given_at: Timestamp,
    /// Last day it holds.
    pub expires_on: Date,
}

/// How the customer confirmed the cost disclosure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DisclosureConfirmed {
    /// When it was first shown.
    pub shown_at: Timestamp,
    /// When it was confirmed.
    pub confirmed_at: Timestamp,
    /// The least reading time the server enforced, seconds.
    pub reading_seconds: u32,
}

impl ContractData {
    /// Refuses data that would print a contract whose numbers do not add up, or that is out of bounds.
    ///
    /// # Errors
    /// [`ContractError::Inconsistent`].
    pub fn check(&self) -> Result<(), ContractError> {
        let wrong = |what, why: &str| Err(ContractError::Inconsistent { what, why: why.to_owned() });
        if self.number.is_empty()
            || self.number.len() > 40
            || !self.number.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        {
            return wrong("number", "use at most 40 letters, digits and hyphens");
        }
        if self.terms_sha256.len() != 64
            || !self.terms_sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        {
            return wrong("terms_sha256", "it is not 64 lower-case hex digits");
        }
        if self.schedule.is_empty() || self.schedule.len() > MAX_INSTALMENTS {
            return wrong("schedule", "it needs 1 to 120 instalments");
        }
        if self.schedule.len() != self.terms.months as usize {
            return wrong("schedule", "its length is not the term");
        }
        if self.charges.len() > MAX_LIST || self.consents.len() > MAX_LIST {
            return wrong("lists", "a list is longer than 40");
        }
        if (self.product == Product::Loan) != self.terms.buyout_fen.is_none() {
            return wrong("buyout", "a lease names its end-of-lease price, a loan has none");
        }
        if self.disclosure.confirmed_at < self.disclosure.shown_at {
            return wrong("disclosure", "it was confirmed before it was shown");
        }
        self.check_sums()?;
        if self.texts().iter().any(|t| t.chars().count() > MAX_TEXT || t.chars().any(char::is_control)) {
            return wrong("texts", "a text is longer than 200 characters or has control characters");
        }
        Ok(())
    }

    fn check_sums(&self) -> Result<(), ContractError> {
        let wrong = |what, why: &str| Err(ContractError::Inconsistent { what, why: why.to_owned() });
        let sum = |values: &mut dyn Iterator<Item = i64>| {
            let mut total = 0_i64;
            for value in values {
                total = total.checked_add(value)?;
            }
            Some(total)
        };
        let principal = sum(&mut self.schedule.iter().map(|row| row.principal_fen));
        if principal != Some(self.terms.amount_fen) {
            return wrong("schedule", "its principal does not sum to the financed amount");
        }
        let mut up_front =
            self.charges.iter().filter(|c| c.paid == ChargePaid::UpFront).map(|c| c.amount_fen);
        let paid = sum(&mut self.schedule.iter().map(Instalment::payment_fen))
            .and_then(|instalments| instalments.checked_add(sum(&mut up_front)?));
        if paid != Some(self.terms.total_paid_fen) {
            return wrong("total paid", "it is not the instalments and the charges up front");
        }
        if self.terms.total_paid_fen.checked_sub(self.terms.amount_fen) != Some(self.terms.total_cost_fen) {
            return wrong("total cost", "it is not the total paid less the financed amount");
        }
        Ok(())
    }

    fn texts(&self) -> Vec<&str> {
        let mut all = vec![
            self.vehicle.description.as_str(),
            &self.vehicle.vin,
            &self.customer.name,
            &self.customer.id_number,
            &self.customer.phone,
            &self.customer.address,
        ];
        all.extend(self.vehicle.plate.as_deref());
        for party in [&self.funder, &self.platform] {
            all.extend([party.name.as_str(), &party.address, &party.phone]);
            all.extend(party.credit_code.as_deref());
        }
        for charge in &self.charges {
            all.extend([charge.name.as_str(), &charge.payee]);
        }
        for consent in &self.consents {
            all.extend([consent.what.as_str(), &consent.recipient, &consent.purpose]);
        }
        all
    }
}

//! What a plan is. Advisors' commission is not part of it: see [`super::Commissions`].

use super::{Grade, Repayment};
use crate::domain::{
    lang::{Lang, Texts},
    money::{Fen, MoneyError, Months, Rate},
    region::Region,
    vehicles::{Condition, Energy, VehicleClass},
};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest key, in characters.
const MAX_KEY_CHARS: usize = 48;

/// A plan's stable name: lower-case letters, digits and hyphens.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct PlanKey(String);

/// What the customer enters into.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PlanKind {
    /// A loan with the vehicle mortgaged (贷款).
    Loan,
    /// The lessor buys the vehicle and leases it (直租).
    DirectLease,
    /// The customer sells the vehicle to the lessor and leases it back (回租).
    Leaseback,
}

/// One plan of the catalogue. Empty lists of vehicles, energies, regions mean "all".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Its stable name.
    pub key: PlanKey,
    /// Its name on screen and in the contract.
    pub name: Texts,
    /// What the customer enters into.
    pub kind: PlanKind,
    /// For new vehicles, used ones or both.
    pub conditions: Vec<Condition>,
    /// For which classes of vehicle.
    #[serde(default)]
    pub classes: Vec<VehicleClass>,
    /// For which energies.
    #[serde(default)]
    pub energies: Vec<Energy>,
    /// How it is paid back.
    pub repayment: Repayment,
    /// The terms offered, ascending.
    pub months: Vec<Months>,
    /// The down payment as a share of the price.
    pub down_payment: ShareRange,
    /// The yearly nominal rate before any subsidy.
    pub rate: Rate,
    /// What somebody else pays of the rate.
    #[serde(default)]
    pub subsidy: Option<Subsidy>,
    /// Charges besides interest.
    #[serde(default)]
    pub fees: Vec<Fee>,
    /// A deposit as a share of the price, due at signing and given back with the last instalment.
    #[serde(default)]
    pub deposit: Rate,
    /// What the customer pays to own the vehicle at the end of a lease, due with the last instalment.
    #[serde(default)]
    pub buyout: Fen,
    /// What an overdue amount costs a day, as a share of it; no compound interest.
    #[serde(default)]
    pub late_rate_per_day: Rate,
    /// What settling early costs, as a share of the principal still outstanding.
    #[serde(default)]
    pub early_settlement_fee: Rate,
    /// Where it is offered.
    #[serde(default)]
    pub regions: Vec<Region>,
    /// The financed amount, financed fees included.
    pub amount: AmountRange,
    /// How old and used the vehicle may be.
    #[serde(default)]
    pub vehicle: VehicleLimits,
    /// How old the customer may be.
    pub applicant_age: ApplicantAge,
    /// Which grades it is offered to.
    pub grades: Vec<Grade>,
    /// The first day on which it is offered.
    pub from: Date,
    /// The last day on which it is offered.
    #[serde(default)]
    pub until: Option<Date>,
}

/// A range of shares, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShareRange {
    /// The least.
    pub min: Rate,
    /// The most.
    pub max: Rate,
}

/// A range of amounts in fen, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmountRange {
    /// The least.
    pub min: Fen,
    /// The most.
    pub max: Fen,
}

/// Interest that somebody else pays (贴息).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subsidy {
    /// By how much it lowers the customer's yearly rate.
    pub rate: Rate,
    /// Who pays it.
    pub paid_by: SubsidyPayer,
}

/// Who pays a subsidy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubsidyPayer {
    /// The vehicle's maker (厂家).
    Maker,
    /// The dealer (经销商).
    Dealer,
    /// The platform (平台).
    Platform,
}

/// A charge besides interest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// Its stable name, such as `gps`.
    pub key: String,
    /// Its name on screen and in the contract.
    pub name: Texts,
    /// How much.
    pub charge: Charge,
    /// When it is paid.
    pub paid: FeePaid,
}

/// How much a fee is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Charge {
    /// A fixed amount.
    Amount {
        /// In fen.
        amount: Fen,
    },
    /// A share.
    Share {
        /// How large a share.
        share: Rate,
        /// Of what.
        of: ShareOf,
    },
}

/// What a fee is a share of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShareOf {
    /// The vehicle's price.
    Price,
    /// The price less the down payment.
    Net,
}

/// When a fee is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeePaid {
    /// At signing.
    UpFront,
    /// As part of the financed amount.
    Financed,
}

/// How old and used a vehicle may be; an absent limit does not limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VehicleLimits {
    /// Months since registration, today.
    #[serde(default)]
    pub max_age_months: Option<u16>,
    /// Months since registration, when the last instalment is due.
    #[serde(default)]
    pub max_age_months_at_end: Option<u16>,
    /// Kilometres driven.
    #[serde(default)]
    pub max_mileage_km: Option<u32>,
}

/// How old a customer may be, in full years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicantAge {
    /// At least, today.
    pub min: u8,
    /// At most, when the last instalment is due.
    pub max_at_end: u8,
}

impl Plan {
    /// The yearly rate that the customer pays.
    pub fn customer_rate(&self) -> Rate {
        self.subsidy.map_or(self.rate, |subsidy| self.rate.less(subsidy.rate))
    }

    /// Whether the plan is offered on this day.
    pub fn offered_on(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }

    /// The least down payment on this price, rounded up to the fen.
    ///
    /// # Errors
    /// `money_out_of_range`.
    pub fn least_down_payment(&self, price: Fen) -> Result<Fen, MoneyError> {
        share_rounded_up(price, self.down_payment.min)
    }

    /// The most down payment on this price, rounded down to the fen.
    ///
    /// # Errors
    /// `money_out_of_range`.
    pub fn most_down_payment(&self, price: Fen) -> Result<Fen, MoneyError> {
        share_rounded_down(price, self.down_payment.max)
    }

    /// The fees of this kind for this price and this net amount (price less down payment).
    ///
    /// # Errors
    /// `money_out_of_range`.
    pub(super) fn fees_paid(&self, paid: FeePaid, price: Fen, net: Fen) -> Result<Fen, MoneyError> {
        let mut sum = Fen::ZERO;
        for fee in self.fees.iter().filter(|fee| fee.paid == paid) {
            sum = sum.plus(fee.charge.amount(price, net)?)?;
        }
        Ok(sum)
    }
}

impl Charge {
    /// The fee in fen.
    pub(super) fn amount(self, price: Fen, net: Fen) -> Result<Fen, MoneyError> {
        match self {
            Charge::Amount { amount } => Ok(amount),
            Charge::Share { share, of: ShareOf::Price } => share_of(price, share),
            Charge::Share { share, of: ShareOf::Net } => share_of(net, share),
        }
    }
}

impl PlanKind {
    /// All kinds.
    pub const ALL: [PlanKind; 3] = [PlanKind::Loan, PlanKind::DirectLease, PlanKind::Leaseback];

    /// The stable name, as stored and in flow files.
    pub fn code(self) -> &'static str {
        match self {
            PlanKind::Loan => "loan",
            PlanKind::DirectLease => "direct_lease",
            PlanKind::Leaseback => "leaseback",
        }
    }

    /// The kind with this stable name.
    pub fn from_code(code: &str) -> Option<PlanKind> {
        PlanKind::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The word on screen. A leaseback is called so and never a loan (金规〔2025〕25号).
    pub fn text(self, lang: Lang) -> &'static str {
        match self {
            PlanKind::Loan => lang.pick("汽车抵押贷款", "vehicle loan"),
            PlanKind::DirectLease => lang.pick("直接租赁", "direct lease"),
            PlanKind::Leaseback => lang.pick("售后回租", "sale and leaseback"),
        }
    }
}

impl SubsidyPayer {
    /// The word on screen.
    pub fn text(self, lang: Lang) -> &'static str {
        match self {
            SubsidyPayer::Maker => lang.pick("厂家", "the maker"),
            SubsidyPayer::Dealer => lang.pick("经销商", "the dealer"),
            SubsidyPayer::Platform => lang.pick("平台", "the platform"),
        }
    }
}

impl PlanKey {
    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PlanKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PlanKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlanKey({})", self.0)
    }
}

impl TryFrom<String> for PlanKey {
    type Error = &'static str;

    fn try_from(text: String) -> Result<PlanKey, Self::Error> {
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if text.is_empty() || text.len() > MAX_KEY_CHARS || !text.bytes().all(known) {
            return Err("Write a key in up to 48 lower-case letters, digits and hyphens.");
        }
        Ok(PlanKey(text))
    }
}

impl From<PlanKey> for String {
    fn from(key: PlanKey) -> String {
        key.0
    }
}

/// A share of an amount, rounded to the fen.
pub(super) fn share_of(amount: Fen, share: Rate) -> Result<Fen, MoneyError> {
    Fen::round(amount.to_decimal() * share.fraction())
}

/// The least whole fen that are at least this share of an amount.
fn share_rounded_up(amount: Fen, share: Rate) -> Result<Fen, MoneyError> {
    Fen::round_up(amount.to_decimal() * share.fraction())
}

/// The most whole fen that are at most this share of an amount.
pub(super) fn share_rounded_down(amount: Fen, share: Rate) -> Result<Fen, MoneyError> {
    let exact: Decimal = amount.to_decimal() * share.fraction();
    Fen::round(exact.floor())
}

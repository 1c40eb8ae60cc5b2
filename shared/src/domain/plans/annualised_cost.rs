//! What financing really costs a year: the internal rate of return over all charges against the principal actually
//! outstanding (People's Bank of China, announcement No. 3 of 2021), as the nominal yearly rate, monthly × 12.

use crate::domain::money::{Fen, MoneyError, Months, Rate, RateError};
use rust_decimal::Decimal;

/// Decimals to which the annualised cost is given.
const COST_DECIMALS: u32 = 8;

/// Most steps of the search. Newton needs about five; halving alone would need 80 for full precision.
const MAX_STEPS: u32 = 200;

/// Decimals of the monthly discount factor. Sixteen leave the yearly rate exact to twelve.
const FACTOR_DECIMALS: u32 = 16;

/// The yearly cost of receiving `received` now and paying these amounts after 1, 2, 3 … months. Payments may be
/// negative at the end (a deposit given back).
///
/// # Errors
/// `cost_nothing_received`, `cost_below_principal` where less is paid than was received (no cost to state),
/// `cost_out_of_range` above 1,000 % a year.
pub fn annualised_cost(received: Fen, payments: &[Fen]) -> Result<Rate, CostError> {
    if !received.is_positive() {
        return Err(CostError::NothingReceived);
    }
    let paid = Fen::sum(payments.iter().copied())?;
    if paid < received {
        return Err(CostError::BelowPrincipal);
    }
    if paid == received {
        return Ok(Rate::ZERO);
    }
    let flows: Vec<Decimal> = payments.iter().map(|payment| payment.to_decimal()).collect();
    let factor = discount_factor(received.to_decimal(), &flows, first_guess(received, paid, payments.len()))?;
    let monthly = Decimal::ONE / factor - Decimal::ONE;
    let yearly = (monthly * Decimal::from(12)).round_dp(COST_DECIMALS);
    Ok(Rate::new(yearly.max(Decimal::ZERO))?)
}

/// The flat yearly rate: all cost over the whole amount and the whole term. It flatters, and is only ever shown beside
/// the annualised cost.
///
/// # Errors
/// `cost_nothing_received`, `cost_below_principal`, `cost_out_of_range`.
pub fn flat_rate(received: Fen, paid: Fen, months: Months) -> Result<Rate, CostError> {
    if !received.is_positive() {
        return Err(CostError::NothingReceived);
    }
    let cost = paid.minus(received)?;
    if cost.is_negative() {
        return Err(CostError::BelowPrincipal);
    }
    let yearly = cost.to_decimal() * Decimal::from(12) / received.to_decimal() / Decimal::from(months.get());
    Ok(Rate::new(yearly.round_dp(COST_DECIMALS))?)
}

/// Why no yearly cost can be stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum CostError {
    /// The customer receives nothing.
    #[error("The customer receives nothing: check the down payment and the charges due at signing.")]
    NothingReceived,
    /// The customer pays back less than was received.
    #[error("Less is paid back than was received: check the instalments.")]
    BelowPrincipal,
    /// Above 1,000 % a year, or not to be found.
    #[error("The yearly cost is above 1,000 %: check the charges.")]
    OutOfRange,
    /// Beyond any amount of money.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl CostError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            CostError::NothingReceived => "cost_nothing_received",
            CostError::BelowPrincipal => "cost_below_principal",
            CostError::OutOfRange => "cost_out_of_range",
            CostError::Money(error) => error.code(),
        }
    }
}

impl From<RateError> for CostError {
    fn from(_: RateError) -> CostError {
        CostError::OutOfRange
    }
}

/// The root in v of `Σ payment_k · v^k = received`, with v = 1/(1 + monthly rate), to sixteen decimals.
///
/// The function is below zero at the smallest v allowed (1,000 % a year) and above at 1, so a root lies between. There
/// is only one: payments change sign at most once (a deposit given back at the end), so Descartes' rule allows at most
/// two positive roots, and between a negative and a positive end lies an odd number. Newton's step is taken where it
/// stays in the bracket and halves it in time; otherwise the bracket is halved.
fn discount_factor(received: Decimal, flows: &[Decimal], guess: Decimal) -> Result<Decimal, CostError> {
    let mut low = Decimal::new(54, 2); // 1 / (1 + 10/12) = 0.545…
    let mut high = Decimal::ONE;
    if present_value(flows, low).0 >= received {
        return Err(CostError::OutOfRange);
    }
    let unit = Decimal::new(1, FACTOR_DECIMALS);
    let mut factor = guess.clamp(low, high);
    for step in 0..MAX_STEPS {
        let (value, slope) = present_value(flows, factor);
        let gap = value - received;
        if gap.is_zero() {
            return Ok(factor);
        }
        if gap > Decimal::ZERO {
            high = factor;
        } else {
            low = factor;
        }
        if high - low <= unit {
            return Ok(high);
        }
        let half = ((low + high) / Decimal::TWO).round_dp(FACTOR_DECIMALS);
        let newton = if slope > Decimal::ZERO && step < MAX_STEPS / 2 { factor - gap / slope } else { half };
        let next = newton.round_dp(FACTOR_DECIMALS);
        if (next - factor).abs() <= unit {
            return Ok(next);
        }
        factor = if next > low && next < high { next } else { half };
    }
    Err(CostError::OutOfRange)
}

/// The payments' value at payout, and how it changes with the discount factor (Horner's scheme for both).
fn present_value(flows: &[Decimal], factor: Decimal) -> (Decimal, Decimal) {
    let (mut value, mut slope) = (Decimal::ZERO, Decimal::ZERO);
    for &flow in flows.iter().rev() {
        let next = value + flow;
        slope = (slope * factor + next).round_dp(8);
        value = (next * factor).round_dp(10);
    }
    (value, slope)
}

/// Near the root for level instalments: the cost spread over the mean time that the principal is out.
fn first_guess(received: Fen, paid: Fen, months: usize) -> Decimal {
    let cost = (paid.to_decimal() - received.to_decimal()) * Decimal::TWO;
    let monthly = cost / (received.to_decimal() * Decimal::from(months + 1));
    (Decimal::ONE / (Decimal::ONE + monthly)).round_dp(FACTOR_DECIMALS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plans::{Repayment, Schedule};
    use proptest::prelude::*;

    fn fen(text: &str) -> Fen {
        text.parse().unwrap()
    }

    /// The two real cases of the field.
    #[test]
    fn flat_rates_that_hide_the_real_cost() {
        for (received, payment, count, flat, real) in
            [("85,299.00", "3,229.87", 36, "12.1%", "21.4%"), ("75,000.00", "4,311.67", 24, "19.0%", "33.0%")]
        {
            let payments = vec![fen(payment); count];
            let paid = Fen::sum(payments.iter().copied()).unwrap();
            let months = Months::new(count as u16).unwrap();
            assert_eq!(flat_rate(fen(received), paid, months).unwrap().percent(1), flat);
            assert_eq!(annualised_cost(fen(received), &payments).unwrap().percent(1), real);
        }
    }

    #[test]
    fn edges() {
        let cost = |received: &str, payments: &[&str]| {
            let payments: Vec<Fen> = payments.iter().map(|text| fen(text)).collect();
            annualised_cost(fen(received), &payments)
                .map(|rate| rate.to_string())
                .map_err(|error| error.code())
        };
        assert_eq!(cost("100", &["50", "50"]), Ok("0%".into()));
        assert_eq!(cost("100", &["101"]), Ok("12%".into()));
        assert_eq!(cost("100", &["0", "0", "0", "104.06"]), Ok("11.998832%".into()));
        assert_eq!(cost("100", &["50", "49.99"]), Err("cost_below_principal"));
        assert_eq!(cost("100", &[]), Err("cost_below_principal"));
        assert_eq!(cost("0", &["50"]), Err("cost_nothing_received"));
        assert_eq!(cost("1", &["2"]), Err("cost_out_of_range"));
        assert_eq!(cost("1", &["1.8"]), Ok("960%".into()));
        // A deposit of 10 is kept for three months and given back with the last instalment.
        assert_eq!(cost("90", &["34", "34", "24"]), Ok("14.053481%".into()));
        assert_eq!(cost("90", &["50", "50", "-9"]), Ok("9.851236%".into()));
    }

    proptest! {
        #![proptest_config(crate::domain::fixed_seed(100))]

        /// Without fees the annualised cost is the contract's own rate, up to the rounding of instalments to fen.
        #[test]
        fn without_fees_it_is_the_contract_rate(yuan in 10_000..1_000_000i32, points in 1..=3600u16, count in 1..=60u16, how in 0..4u8) {
            let repayment = match how {
                0 => Repayment::EqualInstalments,
                1 => Repayment::EqualPrincipal,
                2 => Repayment::InterestOnly,
                _ => Repayment::Balloon { share: Rate::basis_points(3500) },
            };
            let rate = Rate::basis_points(points);
            let schedule = Schedule::of(Fen::yuan(yuan), rate, Months::new(count).unwrap(), repayment).unwrap();
            let payments: Vec<Fen> = schedule.instalments.iter().map(|row| row.payment).collect();
            let found = annualised_cost(Fen::yuan(yuan), &payments).unwrap();
            let gap = (found.fraction() - rate.fraction()).abs();
            // Half a fen of rounding in interest, on 10,000 yuan over one month, is 12 × 0.005 / 10,000.
            prop_assert!(gap <= Decimal::new(7, 6), "{} for {}", found, rate);
        }

        /// What was found discounts the payments to what was received; more charges cost more.
        #[test]
        fn the_root_is_a_root(received in 1_000_000..100_000_000i64, over in 1..100i64, count in 1..=120usize, charge in 1..50_000i64) {
            let payment = Fen::new((received + received * over / 100) / count as i64 + 1).unwrap();
            let payments = vec![payment; count];
            let (now, less) = (Fen::new(received).unwrap(), Fen::new(received - charge).unwrap());
            if let (Ok(cost), Ok(dearer)) = (annualised_cost(now, &payments), annualised_cost(less, &payments)) {
                let factor = Decimal::ONE / (Decimal::ONE + cost.monthly());
                let flows: Vec<Decimal> = payments.iter().map(|p| p.to_decimal()).collect();
                let (value, slope) = present_value(&flows, factor);
                let tolerance = slope * Decimal::new(2, 9) + Decimal::ONE;
                prop_assert!((value - Decimal::from(received)).abs() <= tolerance);
                prop_assert!(dearer > cost);
            }
        }
    }
}

//! Repayment schedules, exact to the fen.

use crate::domain::money::{Fen, MoneyError, Months, Rate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// How a debt is paid back. Interest is due monthly at a twelfth of the yearly rate on what is still owed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(tag = "method", rename_all = "snake_case", deny_unknown_fields)]
pub enum Repayment {
    /// 等额本息: the same instalment every month.
    EqualInstalments,
    /// 等额本金: the same principal every month, so instalments fall.
    EqualPrincipal,
    /// 先息后本: interest every month, the whole principal with the last instalment.
    InterestOnly,
    /// 尾款: equal instalments down to a balance that is due with the last one.
    Balloon {
        /// The last balance as a share of the financed amount.
        share: Rate,
    },
}

impl Repayment {
    /// The word on screen.
    pub fn text(self, lang: crate::domain::Lang) -> &'static str {
        match self {
            Repayment::EqualInstalments => lang.pick("等额本息", "equal instalments"),
            Repayment::EqualPrincipal => lang.pick("等额本金", "equal principal"),
            Repayment::InterestOnly => lang.pick("先息后本", "interest first, principal last"),
            Repayment::Balloon { .. } => lang.pick("等额本息含尾款", "equal instalments with a balloon"),
        }
    }
}

/// One instalment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instalment {
    /// Its number, from 1; due so many months after payout.
    pub no: u16,
    /// What is paid.
    pub payment: Fen,
    /// How much of it pays the debt back.
    pub principal: Fen,
    /// How much of it is interest.
    pub interest: Fen,
    /// What is still owed afterwards.
    pub balance: Fen,
}

/// All instalments of one debt. Their principal sums to the debt to the fen; the last carries the rounding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// The instalments in order; never empty.
    pub instalments: Vec<Instalment>,
    /// What the debt costs a month: the first instalment, which no other exceeds but for rounding and for the last one
    /// of an interest-only or balloon plan.
    pub regular_payment: Fen,
}

impl Schedule {
    /// The schedule of a debt.
    ///
    /// # Errors
    /// `schedule_principal` for a debt that is not positive, `schedule_balloon` for a balloon above the debt,
    /// `money_out_of_range` for sums beyond any loan.
    pub fn of(
        principal: Fen,
        yearly: Rate,
        months: Months,
        repayment: Repayment,
    ) -> Result<Schedule, ScheduleError> {
        let pace = Pace::of(yearly, months, repayment);
        let regular_payment = pace.regular_payment(principal)?;
        let count = months.get();
        let share = floor_share(principal, count)?;
        let mut instalments = Vec::with_capacity(usize::from(count));
        let mut balance = principal;
        for no in 1..=count {
            let interest = Fen::round(balance.to_decimal() * pace.monthly)?;
            let due = match repayment {
                _ if no == count => balance,
                Repayment::EqualInstalments | Repayment::Balloon { .. } => regular_payment.minus(interest)?,
                Repayment::EqualPrincipal => share,
                Repayment::InterestOnly => Fen::ZERO,
            };
            let paid_back = due.clamp(Fen::ZERO, balance); // rounding may overshoot on debts of a few fen
            balance = balance.minus(paid_back)?;
            let payment = paid_back.plus(interest)?;
            instalments.push(Instalment { no, payment, principal: paid_back, interest, balance });
        }
        Ok(Schedule { instalments, regular_payment })
    }

    /// All instalments together.
    ///
    /// # Errors
    /// `money_out_of_range`.
    pub fn total(&self) -> Result<Fen, MoneyError> {
        Fen::sum(self.instalments.iter().map(|instalment| instalment.payment))
    }

    /// All interest together.
    ///
    /// # Errors
    /// `money_out_of_range`.
    pub fn interest(&self) -> Result<Fen, MoneyError> {
        Fen::sum(self.instalments.iter().map(|instalment| instalment.interest))
    }

    /// The last instalment's payment.
    pub fn last_payment(&self) -> Fen {
        self.instalments.last().map_or(Fen::ZERO, |last| last.payment)
    }
}

/// What a rate, a term and a way of repayment make of any principal: worked out once and used for many amounts.
pub(super) struct Pace {
    monthly: Decimal,
    months: Months,
    repayment: Repayment,
    /// `v^n`: what one fen due with the last instalment is worth at payout.
    discount: Decimal,
}

impl Pace {
    pub(super) fn of(yearly: Rate, months: Months, repayment: Repayment) -> Pace {
        let monthly = yearly.monthly();
        let per_month = Decimal::ONE / (Decimal::ONE + monthly);
        let discount = (0..months.get()).fold(Decimal::ONE, |value, _| value * per_month);
        Pace { monthly, months, repayment, discount }
    }

    /// The first instalment for this principal, in fen. It never falls when the principal rises.
    pub(super) fn regular_payment(&self, principal: Fen) -> Result<Fen, ScheduleError> {
        if !principal.is_positive() {
            return Err(ScheduleError::Principal);
        }
        let owed = principal.to_decimal();
        match self.repayment {
            Repayment::EqualInstalments => Ok(Fen::round(self.annuity(owed, Decimal::ZERO))?),
            Repayment::Balloon { .. } => {
                Ok(Fen::round(self.annuity(owed, self.balloon(principal)?.to_decimal()))?)
            }
            Repayment::EqualPrincipal => {
                let interest = Fen::round(owed * self.monthly)?;
                Ok(floor_share(principal, self.months.get())?.plus(interest)?)
            }
            Repayment::InterestOnly => Ok(Fen::round(owed * self.monthly)?),
        }
    }

    /// What is due beyond a regular payment with the last instalment.
    pub(super) fn balloon(&self, principal: Fen) -> Result<Fen, ScheduleError> {
        match self.repayment {
            Repayment::EqualInstalments | Repayment::EqualPrincipal => Ok(Fen::ZERO),
            Repayment::InterestOnly => Ok(principal),
            Repayment::Balloon { share } if share > Rate::ONE => Err(ScheduleError::Balloon),
            Repayment::Balloon { share } => Ok(Fen::round(principal.to_decimal() * share.fraction())?),
        }
    }

    /// The level payment that leaves `rest` owed after the last one.
    fn annuity(&self, owed: Decimal, rest: Decimal) -> Decimal {
        let count = Decimal::from(self.months.get());
        if self.monthly.is_zero() {
            return ((owed - rest) / count).floor(); // the last instalment carries what does not divide
        }
        (owed - rest * self.discount) * self.monthly / (Decimal::ONE - self.discount)
    }
}

/// Why there is no such schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ScheduleError {
    /// Nothing is owed.
    #[error("Finance an amount above zero.")]
    Principal,
    /// The last balance exceeds the debt.
    #[error("Make the balloon no larger than the financed amount.")]
    Balloon,
    /// Beyond any amount of money.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl ScheduleError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            ScheduleError::Principal => "schedule_principal",
            ScheduleError::Balloon => "schedule_balloon",
            ScheduleError::Money(error) => error.code(),
        }
    }
}

fn floor_share(principal: Fen, count: u16) -> Result<Fen, MoneyError> {
    Fen::new(principal.get() / i64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn months(count: u16) -> Months {
        Months::new(count).unwrap()
    }

    fn schedule(yuan: i32, points: u16, count: u16, repayment: Repayment) -> Schedule {
        Schedule::of(Fen::yuan(yuan), Rate::basis_points(points), months(count), repayment).unwrap()
    }

    /// Figures worked out apart from this code, with fifty digits.
    #[test]
    fn known_schedules() {
        let level = schedule(100_000, 600, 12, Repayment::EqualInstalments);
        assert_eq!(level.regular_payment.to_string(), "8,606.64");
        assert_eq!(level.interest().unwrap().to_string(), "3,279.73");
        assert_eq!(level.instalments[0].interest.to_string(), "500.00");

        let falling = schedule(120_000, 600, 12, Repayment::EqualPrincipal);
        assert_eq!(falling.instalments[0].payment.to_string(), "10,600.00");
        assert_eq!(falling.instalments[11].payment.to_string(), "10,050.00");
        assert_eq!(falling.interest().unwrap().to_string(), "3,900.00");

        let late = schedule(100_000, 600, 12, Repayment::InterestOnly);
        assert_eq!(late.regular_payment.to_string(), "500.00");
        assert_eq!(late.last_payment().to_string(), "100,500.00");

        let balloon = schedule(100_000, 600, 12, Repayment::Balloon { share: Rate::basis_points(3000) });
        // (100,000 − 30,000·v^12)·i/(1 − v^12)
        assert_eq!(balloon.regular_payment.to_string(), "6,174.65");
        assert_eq!(balloon.instalments[10].balance.to_string(), "35,994.67");
        assert_eq!(balloon.last_payment().to_string(), "36,174.64");
    }

    #[test]
    fn without_interest_the_last_instalment_carries_the_rest() {
        let free =
            Schedule::of(Fen::new(10_000_01).unwrap(), Rate::ZERO, months(36), Repayment::EqualInstalments)
                .unwrap();
        assert_eq!(free.regular_payment.get(), 27_777);
        assert_eq!(free.last_payment().get(), 10_000_01 - 35 * 27_777);
        assert_eq!(free.total().unwrap().get(), 10_000_01);
    }

    #[test]
    fn impossible_schedules() {
        let of = |fen, repayment| {
            Schedule::of(Fen::new(fen).unwrap(), Rate::basis_points(600), months(12), repayment)
                .unwrap_err()
                .code()
        };
        assert_eq!(of(0, Repayment::EqualInstalments), "schedule_principal");
        assert_eq!(of(-1, Repayment::InterestOnly), "schedule_principal");
        assert_eq!(of(100, Repayment::Balloon { share: Rate::basis_points(10_001) }), "schedule_balloon");
    }

    fn any_repayment() -> impl Strategy<Value = Repayment> {
        prop_oneof![
            Just(Repayment::EqualInstalments),
            Just(Repayment::EqualPrincipal),
            Just(Repayment::InterestOnly),
            (0..=10_000u16).prop_map(|points| Repayment::Balloon { share: Rate::basis_points(points) }),
        ]
    }

    proptest! {
        #![proptest_config(crate::domain::fixed_seed(200))]

        #[test]
        fn principal_sums_to_the_debt(fen in 1..10_000_000_000i64, points in 0..=5000u16, count in 1..=120u16, repayment in any_repayment()) {
            let principal = Fen::new(fen).unwrap();
            let schedule = Schedule::of(principal, Rate::basis_points(points), months(count), repayment).unwrap();
            let rows = &schedule.instalments;
            prop_assert_eq!(rows.len(), usize::from(count));
            prop_assert_eq!(Fen::sum(rows.iter().map(|row| row.principal)).unwrap(), principal);
            prop_assert_eq!(rows.last().unwrap().balance, Fen::ZERO);
            let mut owed = fen;
            for row in rows {
                prop_assert!(!row.principal.is_negative() && !row.interest.is_negative());
                prop_assert_eq!(row.payment.get(), row.principal.get() + row.interest.get());
                // Interest by integer arithmetic of its own: owed · points / 120,000, halves up.
                let exact = i128::from(owed) * i128::from(points);
                prop_assert_eq!(i128::from(row.interest.get()), (2 * exact + 120_000) / 240_000);
                owed -= row.principal.get();
                prop_assert_eq!(row.balance.get(), owed);
            }
        }

        #[test]
        fn the_last_level_instalment_differs_by_little(fen in 1_000_000..10_000_000_000i64, points in 0..=3600u16, count in 2..=60u16) {
            let schedule = Schedule::of(Fen::new(fen).unwrap(), Rate::basis_points(points), months(count), Repayment::EqualInstalments).unwrap();
            let gap = (schedule.last_payment().get() - schedule.regular_payment.get()).abs();
            // Half a fen of rounding a month, compounded over five years at 36 %, is below two yuan.
            prop_assert!(gap <= 200, "{} fen", gap);
        }

        #[test]
        fn a_larger_debt_never_costs_less_a_month(fen in 1..1_000_000_000i64, more in 0..1_000_000i64, points in 0..=3600u16, count in 1..=60u16, repayment in any_repayment()) {
            let pace = Pace::of(Rate::basis_points(points), months(count), repayment);
            let payment = |fen| pace.regular_payment(Fen::new(fen).unwrap()).unwrap();
            prop_assert!(payment(fen) <= payment(fen + more));
        }
    }
}

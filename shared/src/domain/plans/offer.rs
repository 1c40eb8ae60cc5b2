//! One plan worked out for one customer: what is paid when, and what it costs altogether.

use super::annualised_cost::{CostError, annualised_cost};
use super::net_amount::financed;
use super::plan::{FeePaid, Plan, PlanKey, PlanKind, share_of};
use super::schedule::{Instalment, Repayment, Schedule, ScheduleError};
use crate::domain::{
    lang::Texts,
    money::{Fen, MoneyError, Months, Rate},
};
use serde::{Deserialize, Serialize};

/// A plan worked out: everything the customer is shown and later signs, except who finances it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedOffer {
    /// The plan.
    pub plan: PlanKey,
    /// The plan's name.
    pub plan_name: Texts,
    /// What the customer enters into.
    pub kind: PlanKind,
    /// How it is paid back.
    pub repayment: Repayment,
    /// The vehicle's price; of a leaseback its value.
    pub price: Fen,
    /// What the customer pays of the price.
    pub down_payment: Fen,
    /// The financed amount, financed fees included: the principal of the schedule.
    pub financed: Fen,
    /// The term.
    pub months: Months,
    /// The yearly nominal rate that the customer pays, any subsidy taken off.
    pub yearly_rate: Rate,
    /// All fees.
    pub fees: Vec<OfferFee>,
    /// The fees due at signing, together.
    pub up_front_fees: Fen,
    /// The deposit, due at signing and given back with the last instalment.
    pub deposit: Fen,
    /// What the customer pays to own the vehicle at the end, due with the last instalment.
    pub buyout: Fen,
    /// What an overdue amount costs a day, as a share of it.
    #[serde(default)]
    pub late_rate_per_day: Rate,
    /// What settling early costs, as a share of the principal still outstanding.
    #[serde(default)]
    pub early_settlement_fee: Rate,
    /// Down payment, up-front fees and deposit: what the customer needs at signing.
    pub due_at_signing: Fen,
    /// What a month costs (the highest instalment but for a larger last one).
    pub monthly: Fen,
    /// What the last instalment is, without buyout and without the deposit given back.
    pub last_payment: Fen,
    /// The instalments.
    pub instalments: Vec<Instalment>,
    /// Everything the customer pays less the deposit that comes back: down payment, fees, instalments,
    /// buyout.
    pub total_cost: Fen,
    /// The total cost less the price: what the financing costs.
    pub finance_cost: Fen,
    /// What it costs a year, over all charges.
    pub annualised_cost: Rate,
    /// The most that it may cost a year, where something limits it.
    pub ceiling: Option<Rate>,
    /// What speaks for it and what to know about it, in both languages.
    pub reasons: Vec<Texts>,
}

/// One fee of an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferFee {
    /// Its stable name.
    pub key: String,
    /// Its name on screen.
    pub name: Texts,
    /// How much.
    pub amount: Fen,
    /// When it is paid.
    pub paid: FeePaid,
}

impl PlannedOffer {
    /// All payments after payout as the customer makes them: the instalments, with the buyout added to the
    /// last one and the deposit taken off it.
    ///
    /// # Errors
    /// `money_out_of_range`.
    pub fn payments(&self) -> Result<Vec<Fen>, MoneyError> {
        payments(&self.instalments, self.buyout, self.deposit)
    }
}

/// An offer whose annualised cost is still to be found: ranking compares many of these by their total cost
/// and finishes the best.
pub(super) struct Draft<'a> {
    pub(super) plan: &'a Plan,
    pub(super) price: Fen,
    /// Price less down payment.
    pub(super) net: Fen,
    pub(super) months: Months,
    pub(super) total_cost: Fen,
    yearly_rate: Rate,
    financed: Fen,
    up_front_fees: Fen,
    deposit: Fen,
    schedule: Schedule,
}

/// Why a plan cannot be worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum FiguresError {
    #[error(transparent)]
    Money(#[from] MoneyError),
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    #[error(transparent)]
    Cost(#[from] CostError),
}

impl FiguresError {
    pub(super) fn code(&self) -> &'static str {
        match self {
            FiguresError::Money(error) => error.code(),
            FiguresError::Schedule(error) => error.code(),
            FiguresError::Cost(error) => error.code(),
        }
    }
}

impl<'a> Draft<'a> {
    /// Works a plan out for a price, what is left of it after the down payment, a term and a customer's rate.
    pub(super) fn of(
        plan: &'a Plan,
        price: Fen,
        net: Fen,
        months: Months,
        yearly_rate: Rate,
    ) -> Result<Draft<'a>, FiguresError> {
        let financed = financed(plan, price, net)?;
        let schedule = Schedule::of(financed, yearly_rate, months, plan.repayment)?;
        let up_front_fees = plan.fees_paid(FeePaid::UpFront, price, net)?;
        let deposit = share_of(price, plan.deposit)?;
        let down_payment = price.minus(net)?;
        let total_cost = Fen::sum([down_payment, up_front_fees, schedule.total()?, plan.buyout])?;
        Ok(Draft {
            plan,
            price,
            net,
            months,
            total_cost,
            yearly_rate,
            financed,
            up_front_fees,
            deposit,
            schedule,
        })
    }

    /// The offer, with its annualised cost.
    pub(super) fn finish(self, ceiling: Option<Rate>) -> Result<PlannedOffer, FiguresError> {
        let Draft {
            plan,
            price,
            net,
            months,
            total_cost,
            yearly_rate,
            financed,
            up_front_fees,
            deposit,
            schedule,
        } = self;
        let received = net.minus(up_front_fees)?.minus(deposit)?;
        let cost = annualised_cost(received, &payments(&schedule.instalments, plan.buyout, deposit)?)?;
        let down_payment = price.minus(net)?;
        let mut fees = Vec::with_capacity(plan.fees.len());
        for fee in &plan.fees {
            let amount = fee.charge.amount(price, net)?;
            fees.push(OfferFee { key: fee.key.clone(), name: fee.name.clone(), amount, paid: fee.paid });
        }
        let mut offer = PlannedOffer {
            plan: plan.key.clone(),
            plan_name: plan.name.clone(),
            kind: plan.kind,
            repayment: plan.repayment,
            price,
            down_payment,
            financed,
            months,
            yearly_rate,
            fees,
            up_front_fees,
            deposit,
            buyout: plan.buyout,
            late_rate_per_day: plan.late_rate_per_day,
            early_settlement_fee: plan.early_settlement_fee,
            due_at_signing: Fen::sum([down_payment, up_front_fees, deposit])?,
            monthly: schedule.regular_payment,
            last_payment: schedule.last_payment(),
            instalments: schedule.instalments,
            total_cost,
            finance_cost: total_cost.minus(price)?,
            annualised_cost: cost,
            ceiling,
            reasons: Vec::new(),
        };
        offer.reasons = what_to_know(plan, &offer);
        Ok(offer)
    }
}

/// What a customer should know about an offer whatever else is offered.
fn what_to_know(plan: &Plan, offer: &PlannedOffer) -> Vec<Texts> {
    let mut reasons = Vec::new();
    if let Some(subsidy) = plan.subsidy.filter(|_| offer.yearly_rate < plan.rate) {
        let saved = plan.rate.less(offer.yearly_rate);
        let (payer_zh, payer_en) =
            (subsidy.paid_by.text(crate::domain::Lang::Zh), subsidy.paid_by.text(crate::domain::Lang::En));
        reasons.push(Texts::new(
            format!("由{payer_zh}贴息{saved}，年利率从{}降至{}", plan.rate, offer.yearly_rate),
            format!(
                "{saved} of the rate is paid by {payer_en}: {} instead of {} a year",
                offer.yearly_rate, plan.rate
            ),
        ));
    }
    if offer.due_at_signing == offer.down_payment {
        reasons.push(Texts::new(
            "签约时除首付外无需支付其他费用",
            "Nothing but the down payment is due at signing",
        ));
    }
    if matches!(offer.repayment, Repayment::InterestOnly | Repayment::Balloon { .. }) {
        let (no, last) = (offer.months, offer.last_payment);
        reasons.push(Texts::new(
            format!("第{no}期需一次性支付{last}元"),
            format!("With instalment {no}, {last} yuan are due at once"),
        ));
    }
    if offer.deposit.is_positive() {
        let deposit = offer.deposit;
        reasons.push(Texts::new(
            format!("保证金{deposit}元到期退还"),
            format!("The deposit of {deposit} yuan is given back at the end"),
        ));
    }
    if offer.kind != PlanKind::Loan {
        let buyout = offer.buyout;
        reasons.push(Texts::new(
            format!("租赁期满支付{buyout}元后车辆归您所有"),
            format!("The vehicle is yours for {buyout} yuan at the end of the lease"),
        ));
    }
    reasons
}

fn payments(instalments: &[Instalment], buyout: Fen, deposit: Fen) -> Result<Vec<Fen>, MoneyError> {
    let mut payments: Vec<Fen> = instalments.iter().map(|instalment| instalment.payment).collect();
    if let Some(last) = payments.last_mut() {
        *last = last.plus(buyout)?.minus(deposit)?;
    }
    Ok(payments)
}

//! Why a plan is not offered, in words.

use super::grade::{self, Grade};
use super::plan::PlanKind;
use crate::domain::{
    lang::Lang,
    money::{Fen, Months, Rate},
    vehicles::{Condition, Energy, VehicleClass},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Why a plan is not offered to this customer for this vehicle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum PlanReason {
    /// Not offered today.
    NotOffered {
        /// The first day.
        from: Date,
        /// The last day.
        until: Option<Date>,
    },
    /// Another kind was wished.
    Kind {
        /// The plan's kind.
        kind: PlanKind,
    },
    /// Not for new, or not for used vehicles.
    Condition {
        /// The vehicle's condition.
        condition: Condition,
    },
    /// Not for this class of vehicle.
    VehicleClass {
        /// The vehicle's class.
        class: VehicleClass,
    },
    /// Not for this energy.
    Energy {
        /// The vehicle's energy.
        energy: Energy,
    },
    /// Not offered where the customer is.
    Region,
    /// Not for this grade.
    Grade {
        /// The grades that it is for.
        allowed: Vec<Grade>,
    },
    /// The customer is too young.
    TooYoung {
        /// From which age on.
        min: u8,
    },
    /// The customer would be too old with the last instalment of every term in question.
    TooOldAtEnd {
        /// Up to which age.
        max: u8,
    },
    /// The vehicle is too old.
    VehicleAge {
        /// Up to how many months.
        max_months: u16,
    },
    /// The vehicle would be too old with the last instalment of every term in question.
    VehicleAgeAtEnd {
        /// Up to how many months.
        max_months: u16,
    },
    /// The vehicle has been driven too far.
    Mileage {
        /// Up to how many kilometres.
        max_km: u32,
    },
    /// The wished term is not offered.
    Term {
        /// The terms offered.
        offered: Vec<Months>,
    },
    /// Less is financed than the plan asks for, even with the smallest down payment allowed.
    AmountTooSmall {
        /// The least financed amount.
        min: Fen,
    },
    /// More is financed than the plan allows.
    AmountTooLarge {
        /// The most that may be financed.
        max: Fen,
    },
    /// The plan asks for more down payment than the customer can make.
    DownPayment {
        /// The least down payment.
        needed: Fen,
    },
    /// The plan allows less down payment than the customer would make.
    DownPaymentTooLarge {
        /// The most down payment.
        max: Fen,
    },
    /// A month costs more than the customer can pay.
    Monthly {
        /// The least a month can cost.
        lowest: Fen,
    },
    /// The last instalment is more than the customer can pay.
    LastPayment {
        /// The least the last instalment can be.
        lowest: Fen,
    },
    /// It would cost more a year than is allowed.
    Ceiling {
        /// The annualised cost.
        cost: Rate,
        /// The most allowed.
        ceiling: Rate,
    },
    /// The figures cannot be worked out.
    Figures {
        /// The stable code of the error.
        error: String,
    },
}

impl PlanReason {
    /// Stable code for programs; also the `code` of the serialised form.
    pub fn code(&self) -> &'static str {
        match self {
            PlanReason::NotOffered { .. } => "not_offered",
            PlanReason::Kind { .. } => "kind",
            PlanReason::Condition { .. } => "condition",
            PlanReason::VehicleClass { .. } => "vehicle_class",
            PlanReason::Energy { .. } => "energy",
            PlanReason::Region => "region",
            PlanReason::Grade { .. } => "grade",
            PlanReason::TooYoung { .. } => "too_young",
            PlanReason::TooOldAtEnd { .. } => "too_old_at_end",
            PlanReason::VehicleAge { .. } => "vehicle_age",
            PlanReason::VehicleAgeAtEnd { .. } => "vehicle_age_at_end",
            PlanReason::Mileage { .. } => "mileage",
            PlanReason::Term { .. } => "term",
            PlanReason::AmountTooSmall { .. } => "amount_too_small",
            PlanReason::AmountTooLarge { .. } => "amount_too_large",
            PlanReason::DownPayment { .. } => "down_payment",
            PlanReason::DownPaymentTooLarge { .. } => "down_payment_too_large",
            PlanReason::Monthly { .. } => "monthly",
            PlanReason::LastPayment { .. } => "last_payment",
            PlanReason::Ceiling { .. } => "ceiling",
            PlanReason::Figures { .. } => "figures",
        }
    }

    /// The reason as one sentence.
    pub fn text(&self, lang: Lang) -> String {
        match lang {
            Lang::Zh => self.zh(),
            Lang::En => self.en(),
        }
    }

    fn zh(&self) -> String {
        let zh = Lang::Zh;
        match self {
            PlanReason::NotOffered { from, until: None } => format!("该方案自{from}起提供"),
            PlanReason::NotOffered { from, until: Some(until) } => format!("该方案仅在{from}至{until}提供"),
            PlanReason::Kind { kind } => format!("该方案为{}，不是所选产品", kind.text(zh)),
            PlanReason::Condition { condition } => format!("该方案不适用于{}", condition.text(zh)),
            PlanReason::VehicleClass { class } => format!("该方案不适用于{}", class.text(zh)),
            PlanReason::Energy { energy } => format!("该方案不适用于{}车", energy.text(zh)),
            PlanReason::Region => "该方案在您所在地区不提供".into(),
            PlanReason::Grade { allowed } => format!("该方案适用于{}级客户", grade::list(allowed)),
            PlanReason::TooYoung { min } => format!("申请人须年满{min}周岁"),
            PlanReason::TooOldAtEnd { max } => format!("到期时申请人不得超过{max}周岁"),
            PlanReason::VehicleAge { max_months } => format!("车龄不得超过{max_months}个月"),
            PlanReason::VehicleAgeAtEnd { max_months } => format!("到期时车龄不得超过{max_months}个月"),
            PlanReason::Mileage { max_km } => format!("行驶里程不得超过{max_km}公里"),
            PlanReason::Term { offered } => format!("可选期限为{}个月", list(offered, "、")),
            PlanReason::AmountTooSmall { min } => format!("融资金额不得低于{min}元"),
            PlanReason::AmountTooLarge { max } => format!("融资金额不得超过{max}元"),
            PlanReason::DownPayment { needed } => format!("首付至少需要{needed}元"),
            PlanReason::DownPaymentTooLarge { max } => format!("首付最多为{max}元"),
            PlanReason::Monthly { lowest } => format!("月供最低为{lowest}元"),
            PlanReason::LastPayment { lowest } => format!("最后一期最低为{lowest}元"),
            PlanReason::Ceiling { cost, ceiling } => {
                format!("年化综合成本{}高于上限{ceiling}", cost.percent(2))
            }
            PlanReason::Figures { .. } => "该方案无法按所填金额计算".into(),
        }
    }

    fn en(&self) -> String {
        let en = Lang::En;
        match self {
            PlanReason::NotOffered { from, until: None } => format!("Offered from {from} on"),
            PlanReason::NotOffered { from, until: Some(until) } => {
                format!("Offered from {from} to {until} only")
            }
            PlanReason::Kind { kind } => format!("It is a {}, which was not chosen", kind.text(en)),
            PlanReason::Condition { condition } => format!("Not for {} vehicles", condition.text(en)),
            PlanReason::VehicleClass { class } => format!("Not for a {}", class.text(en)),
            PlanReason::Energy { energy } => format!("Not for {} vehicles", energy.text(en)),
            PlanReason::Region => "Not offered in your region".into(),
            PlanReason::Grade { allowed } => format!("For customers graded {}", grade::list(allowed)),
            PlanReason::TooYoung { min } => format!("The applicant must be {min} or older"),
            PlanReason::TooOldAtEnd { max } => {
                format!("The applicant may be {max} at most when the last instalment is due")
            }
            PlanReason::VehicleAge { max_months } => {
                format!("The vehicle may be {max_months} months old at most")
            }
            PlanReason::VehicleAgeAtEnd { max_months } => {
                format!("The vehicle may be {max_months} months old at most when the last instalment is due")
            }
            PlanReason::Mileage { max_km } => format!("The vehicle may have been driven {max_km} km at most"),
            PlanReason::Term { offered } => format!("Offered over {} months", list(offered, ", ")),
            PlanReason::AmountTooSmall { min } => format!("At least {min} yuan must be financed"),
            PlanReason::AmountTooLarge { max } => format!("At most {max} yuan may be financed"),
            PlanReason::DownPayment { needed } => {
                format!("A down payment of at least {needed} yuan is needed")
            }
            PlanReason::DownPaymentTooLarge { max } => format!("The down payment may be {max} yuan at most"),
            PlanReason::Monthly { lowest } => format!("A month costs at least {lowest} yuan"),
            PlanReason::LastPayment { lowest } => format!("The last instalment is at least {lowest} yuan"),
            PlanReason::Ceiling { cost, ceiling } => {
                format!("The annualised cost of {} is above the ceiling of {ceiling}", cost.percent(2))
            }
            PlanReason::Figures { .. } => "The plan cannot be worked out for these amounts".into(),
        }
    }
}

fn list(months: &[Months], between: &str) -> String {
    months.iter().map(Months::to_string).collect::<Vec<_>>().join(between)
}

//! Why an application cannot go to a funder, in words.

use super::opening::china_clock;
use crate::domain::{
    lang::Lang,
    money::{Fen, Months, Rate},
    plans::{Grade, PlanKind},
    vehicles::{Condition, Energy, VehicleClass},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Why an application cannot go to a funder now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Reason {
    /// It does not finance this kind of plan.
    Product {
        /// The kind.
        kind: PlanKind,
    },
    /// It does not finance here.
    Region,
    /// Not new, or not used vehicles.
    Condition {
        /// The vehicle's condition.
        condition: Condition,
    },
    /// Not this class of vehicle.
    VehicleClass {
        /// The vehicle's class.
        class: VehicleClass,
    },
    /// Not this energy.
    Energy {
        /// The vehicle's energy.
        energy: Energy,
    },
    /// The vehicle is too old.
    VehicleAge {
        /// Up to how many months.
        max_months: u16,
    },
    /// The vehicle would be too old at the end.
    VehicleAgeAtEnd {
        /// Up to how many months.
        max_months: u16,
    },
    /// The vehicle has been driven too far.
    Mileage {
        /// Up to how many kilometres.
        max_km: u32,
    },
    /// The customer would be too old at the end.
    TooOldAtEnd {
        /// Up to which age.
        max: u8,
    },
    /// Not this grade.
    Grade {
        /// The grades it finances.
        allowed: Vec<Grade>,
    },
    /// Too little is financed.
    AmountTooSmall {
        /// From which amount on.
        min: Fen,
    },
    /// Too much is financed.
    AmountTooLarge {
        /// Up to which amount.
        max: Fen,
    },
    /// The down payment is too small.
    DownPayment {
        /// The least share of the price.
        min: Rate,
    },
    /// Not this term.
    Term {
        /// The terms it finances.
        offered: Vec<Months>,
    },
    /// The rate is below what it works for.
    RateTooLow {
        /// From which rate on.
        min: Rate,
    },
    /// The rate is above what it lends its name to.
    RateTooHigh {
        /// Up to which rate.
        max: Rate,
    },
    /// It has taken all it takes today.
    Quota {
        /// How many it takes a day.
        daily: u32,
    },
    /// It is closed.
    Closed {
        /// When it opens; absent where it never does.
        opens: Option<Timestamp>,
    },
    /// The company gives it no new applications now.
    Held,
}

impl Reason {
    /// Stable code for programs; also the `code` of the serialised form.
    pub fn code(&self) -> &'static str {
        match self {
            Reason::Product { .. } => "product",
            Reason::Region => "region",
            Reason::Condition { .. } => "condition",
            Reason::VehicleClass { .. } => "vehicle_class",
            Reason::Energy { .. } => "energy",
            Reason::VehicleAge { .. } => "vehicle_age",
            Reason::VehicleAgeAtEnd { .. } => "vehicle_age_at_end",
            Reason::Mileage { .. } => "mileage",
            Reason::TooOldAtEnd { .. } => "too_old_at_end",
            Reason::Grade { .. } => "grade",
            Reason::AmountTooSmall { .. } => "amount_too_small",
            Reason::AmountTooLarge { .. } => "amount_too_large",
            Reason::DownPayment { .. } => "down_payment",
            Reason::Term { .. } => "term",
            Reason::RateTooLow { .. } => "rate_too_low",
            Reason::RateTooHigh { .. } => "rate_too_high",
            Reason::Quota { .. } => "quota",
            Reason::Closed { .. } => "closed",
            Reason::Held => "held",
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
            Reason::Product { kind } => format!("不承做{}", kind.text(zh)),
            Reason::Region => "不在其业务地区内".into(),
            Reason::Condition { condition } => format!("不承做{}", condition.text(zh)),
            Reason::VehicleClass { class } => format!("不承做{}", class.text(zh)),
            Reason::Energy { energy } => format!("不承做{}车", energy.text(zh)),
            Reason::VehicleAge { max_months } => format!("车龄不得超过{max_months}个月"),
            Reason::VehicleAgeAtEnd { max_months } => format!("到期时车龄不得超过{max_months}个月"),
            Reason::Mileage { max_km } => format!("行驶里程不得超过{max_km}公里"),
            Reason::TooOldAtEnd { max } => format!("到期时申请人不得超过{max}周岁"),
            Reason::Grade { allowed } => format!("仅接受{}级客户", letters(allowed)),
            Reason::AmountTooSmall { min } => format!("融资金额不得低于{min}元"),
            Reason::AmountTooLarge { max } => format!("融资金额不得超过{max}元"),
            Reason::DownPayment { min } => format!("首付不得低于{min}"),
            Reason::Term { offered } => format!("仅提供{}个月期限", list(offered, "、")),
            Reason::RateTooLow { min } => format!("年利率不得低于{min}"),
            Reason::RateTooHigh { max } => format!("年利率不得高于{max}"),
            Reason::Quota { daily } => format!("今日{daily}笔额度已用完"),
            Reason::Closed { opens: Some(opens) } => {
                format!("当前不在营业时间，{}开始受理", china_clock(*opens))
            }
            Reason::Closed { opens: None } => "当前不受理".into(),
            Reason::Held => "本公司目前不向其派单".into(),
        }
    }

    fn en(&self) -> String {
        let en = Lang::En;
        match self {
            Reason::Product { kind } => format!("does not finance a {}", kind.text(en)),
            Reason::Region => "does not finance in this region".into(),
            Reason::Condition { condition } => format!("does not finance {} vehicles", condition.text(en)),
            Reason::VehicleClass { class } => format!("does not finance a {}", class.text(en)),
            Reason::Energy { energy } => format!("does not finance {} vehicles", energy.text(en)),
            Reason::VehicleAge { max_months } => format!("vehicle up to {max_months} months old"),
            Reason::VehicleAgeAtEnd { max_months } => {
                format!("vehicle up to {max_months} months old at the end")
            }
            Reason::Mileage { max_km } => format!("vehicle driven up to {max_km} km"),
            Reason::TooOldAtEnd { max } => format!("applicant up to {max} years old at the end"),
            Reason::Grade { allowed } => format!("grades {} only", letters(allowed)),
            Reason::AmountTooSmall { min } => format!("finances {min} yuan or more"),
            Reason::AmountTooLarge { max } => format!("finances up to {max} yuan"),
            Reason::DownPayment { min } => format!("down payment of at least {min}"),
            Reason::Term { offered } => format!("terms of {} months only", list(offered, ", ")),
            Reason::RateTooLow { min } => format!("yearly rate of at least {min}"),
            Reason::RateTooHigh { max } => format!("yearly rate of at most {max}"),
            Reason::Quota { daily } => format!("today's {daily} applications are taken"),
            Reason::Closed { opens: Some(opens) } => {
                format!("closed until {} (China time)", china_clock(*opens))
            }
            Reason::Closed { opens: None } => "closed".into(),
            Reason::Held => "gets no new applications from this company now".into(),
        }
    }
}

fn letters(grades: &[Grade]) -> String {
    grades.iter().map(Grade::to_string).collect::<Vec<_>>().join("/")
}

fn list(months: &[Months], between: &str) -> String {
    months.iter().map(Months::to_string).collect::<Vec<_>>().join(between)
}

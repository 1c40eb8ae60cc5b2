//! Pages about money: the offer, its disclosure, the code that signs, and the contract as text.

use shared::{
    domain::{FeePaid, Fen, Lang, Months, PlannedOffer, Rate},
    flow::Wait,
};
use ui::{
    components::{facts::Fact, schedule::Instalment},
    customer::{Change, Code, CostGroup, CostRow, CustomerPage, Disclosure, Offer},
};

use super::{
    Facts, moment,
    words::{self, yuan},
};
use crate::cases::{
    code::{CodeRules, seconds_until},
    offer::{OfferRow, Offered, reading_seconds, seconds_left},
    sign::ContractRow,
};

pub(super) fn offer(facts: &Facts, row: &OfferRow, wait: &Wait) -> CustomerPage {
    let lang = facts.lang();
    let plan = &row.offered.plan;
    let last = (plan.last_payment != plan.monthly && differs_much(plan)).then(|| plan.last_payment.get());
    CustomerPage::Offer(Offer {
        terms: row.terms_sha256.clone(),
        plan: plan.plan_name.get(lang).to_owned(),
        kind: plan.kind.text(lang).to_owned(),
        funder: facts.funders.name(&row.funder, lang),
        financed_fen: plan.financed.get(),
        down_payment_fen: plan.down_payment.get(),
        months: u32::from(plan.months.get()),
        monthly_fen: plan.monthly.get(),
        last_fen: last,
        total_fen: paid_over_term(plan),
        cost_fen: plan.finance_cost.get(),
        annual_percent: percent(plan),
        more: more(plan, &row.offered.stipulations, lang),
        reasons: plan.reasons.iter().map(|reason| reason.get(lang).to_owned()).collect(),
        would_change: would_change(plan, lang),
        schedule: schedule(plan),
        valid_until: moment(wait.due, lang).shown,
        changes_of_terms: changes(&row.offered, lang),
        counter: row.offered.asked.as_ref().map(|asked| why_other_terms(&asked.why, lang).to_owned()),
    })
}

/// Rounding moves the last instalment by a few fen; only a real balloon is worth a line.
fn differs_much(plan: &PlannedOffer) -> bool {
    (plan.last_payment.get() - plan.monthly.get()).abs() > 10_000
}

fn paid_over_term(plan: &PlannedOffer) -> i64 {
    let instalments: i64 = plan.instalments.iter().map(|instalment| instalment.payment.get()).sum();
    instalments + plan.up_front_fees.get() + plan.buyout.get()
}

/// Annualised cost in percent with two decimals, without the sign.
pub(super) fn percent(plan: &PlannedOffer) -> String {
    plan.annualised_cost.percent(2).trim_end_matches('%').trim().to_owned()
}

fn more(plan: &PlannedOffer, stipulations: &[String], lang: Lang) -> Vec<Fact> {
    let mut facts = vec![
        Fact::new(lang.pick("还款方式", "Repayment"), plan.repayment.text(lang)),
        Fact::new(lang.pick("签约时支付", "Due at signing"), yuan(plan.due_at_signing)),
    ];
    facts.extend(plan.fees.iter().map(|fee| {
        let when = match fee.paid {
            FeePaid::UpFront => lang.pick("签约时支付", "due at signing"),
            FeePaid::Financed => lang.pick("计入融资额", "financed"),
        };
        Fact::new(fee.name.get(lang), format!("{} · {when}", yuan(fee.amount)))
    }));
    if plan.deposit.is_positive() {
        facts.push(Fact::new(lang.pick("保证金（到期退还）", "Deposit (given back)"), yuan(plan.deposit)));
    }
    if plan.buyout.is_positive() {
        facts.push(Fact::new(lang.pick("期满留购价", "Price to own at the end"), yuan(plan.buyout)));
    }
    facts.extend(
        stipulations
            .iter()
            .map(|text| Fact::new(lang.pick("资金方要求", "The funder asks for"), text.as_str())),
    );
    facts
}

fn would_change(plan: &PlannedOffer, lang: Lang) -> Vec<String> {
    let step = Fen::new(plan.price.get() / 20).unwrap_or(Fen::ZERO);
    let less = monthly_with(plan, step);
    let mut lines = Vec::new();
    if let Some(less) = less.filter(|less| *less < plan.monthly) {
        lines.push(match lang {
            Lang::Zh => format!("首付再加 5%（{}），月供约降至 {}", yuan(step), yuan(less)),
            Lang::En => format!("Down payment +5 % ({}): about {} a month", yuan(step), yuan(less)),
        });
    }
    lines.push(
        lang.pick(
            "延长期限可降低月供，但总成本会增加。",
            "A longer term lowers the monthly amount and raises the total cost.",
        )
        .to_owned(),
    );
    lines
}

/// The monthly amount if the down payment were larger by `step`, in proportion to the financed amount.
fn monthly_with(plan: &PlannedOffer, step: Fen) -> Option<Fen> {
    let financed = i128::from(plan.financed.get());
    let rest = financed - i128::from(step.get());
    if financed <= 0 || rest <= 0 {
        return None;
    }
    let monthly = i128::from(plan.monthly.get()) * rest / financed;
    Fen::new(i64::try_from(monthly / 100 * 100).ok()?).ok()
}

/// The terms as they were before, as far as they are known.
struct Before {
    financed: Fen,
    down_payment: Fen,
    months: Option<Months>,
    monthly: Option<Fen>,
    annualised_cost: Option<Rate>,
}

impl Before {
    /// What the customer asked for counts before what a funder was asked for.
    fn of(offered: &Offered) -> Option<Self> {
        if let Some(asked) = &offered.asked {
            let rate = asked.annualised_cost.as_deref().and_then(|share| share.parse().ok());
            return Some(Self {
                financed: asked.financed.unwrap_or(asked.amount),
                down_payment: offered.plan.price.minus(asked.amount).ok()?,
                months: asked.months,
                monthly: asked.monthly,
                annualised_cost: rate.and_then(|rate| Rate::new(rate).ok()),
            });
        }
        let plan = offered.before.as_ref()?;
        Some(Self {
            financed: plan.financed,
            down_payment: plan.down_payment,
            months: Some(plan.months),
            monthly: Some(plan.monthly),
            annualised_cost: Some(plan.annualised_cost),
        })
    }
}

/// The old terms beside the new ones, those that differ.
fn changes(offered: &Offered, lang: Lang) -> Vec<Change> {
    let Some(before) = Before::of(offered) else { return Vec::new() };
    let after = &offered.plan;
    let months = |months: Months| match lang {
        Lang::Zh => format!("{} 个月", months.get()),
        Lang::En => format!("{} months", months.get()),
    };
    let rows = [
        (lang.pick("融资额", "Amount financed"), Some(yuan(before.financed)), yuan(after.financed)),
        (lang.pick("首付", "Down payment"), Some(yuan(before.down_payment)), yuan(after.down_payment)),
        (lang.pick("期限", "Term"), before.months.map(months), months(after.months)),
        (lang.pick("月供", "Monthly"), before.monthly.map(yuan), yuan(after.monthly)),
        (
            lang.pick("年化综合成本", "Annualised cost"),
            before.annualised_cost.map(|cost| cost.percent(2)),
            after.annualised_cost.percent(2),
        ),
    ];
    rows.into_iter()
        .filter_map(|(label, before, after)| Some((label, before?, after)))
        .filter(|(_, before, after)| before != after)
        .map(|(label, before, after)| Change { label: label.to_owned(), before, after })
        .collect()
}

/// Why other terms are proposed than those asked for.
fn why_other_terms(code: &str, lang: Lang) -> &'static str {
    match code {
        "no_plan" => lang.pick(
            "按您要求的金额、期限和月供上限，没有一个方案能够成立。",
            "No plan of ours fits the amount, the term and the monthly limit that you asked for.",
        ),
        "no_funder" => lang.pick(
            "按您要求的条件，没有资金方愿意提供融资。",
            "No funder takes the terms that you asked for.",
        ),
        "reviewer" => lang.pick(
            "审核人员看过您的申请后调整了条件。请对比后决定是否接受。",
            "After looking at your case, a reviewer changed the terms. Compare them, then accept or refuse.",
        ),
        _ => lang.pick(
            "按审核结果，我们不能完全按您要求的条件提供融资。",
            "After looking at your case we cannot finance it on quite the terms that you asked for.",
        ),
    }
}

/// The schedule as a table.
pub(super) fn schedule(plan: &PlannedOffer) -> Vec<Instalment> {
    plan.instalments
        .iter()
        .map(|row| Instalment {
            number: u32::from(row.no),
            due: String::new(),
            principal_fen: row.principal.get(),
            interest_fen: row.interest.get(),
            fees_fen: 0,
            total_fen: row.payment.get(),
            rest_fen: row.balance.get(),
        })
        .collect()
}

pub(super) fn disclosure(facts: &Facts, row: &OfferRow, wait: &Wait) -> CustomerPage {
    let lang = facts.lang();
    let plan = &row.offered.plan;
    let least = reading_seconds(&facts.config, wait);
    let seconds = |s: i64| u32::try_from(s).unwrap_or(0);
    CustomerPage::Disclosure(Disclosure {
        terms: row.terms_sha256.clone(),
        funder: facts.funders.name(&row.funder, lang),
        annual_percent: percent(plan),
        total_cost: yuan(plan.finance_cost),
        groups: cost_groups(facts, row),
        method: lang
            .pick(
                "年化综合成本按内部收益率计算：把您支付的全部款项（本金、利息或租金、各项费用）与实际占用的本金对应，得出月利率后乘以 12。",
                "The annualised cost is the internal rate of return over everything you pay (principal, interest or rent, all fees) against the principal actually outstanding: the monthly rate times 12.",
            )
            .to_owned(),
        seconds_left: seconds(seconds_left(row, least, facts.now)),
        seconds_total: seconds(least),
        ticked: false,
    })
}

fn cost_groups(facts: &Facts, offer: &OfferRow) -> Vec<CostGroup> {
    let lang = facts.lang();
    let plan = &offer.offered.plan;
    let funder = facts.funders.name(&offer.funder, lang);
    let row = |label: &str, value: String, note: String| CostRow { label: label.to_owned(), value, note };
    let interest: i64 = plan.instalments.iter().map(|instalment| instalment.interest.get()).sum();
    let interest = Fen::new(interest).unwrap_or(Fen::ZERO);
    let mut fees: Vec<CostRow> = plan
        .fees
        .iter()
        .map(|fee| {
            let when = match fee.paid {
                FeePaid::UpFront => lang.pick("签约时一次收取", "once, at signing"),
                FeePaid::Financed => lang.pick("计入融资额分期偿还", "financed, paid with the instalments"),
            };
            row(fee.name.get(lang), yuan(fee.amount), when.to_owned())
        })
        .collect();
    if fees.is_empty() {
        fees.push(row(
            lang.pick("其他费用", "Other fees"),
            lang.pick("无", "none").to_owned(),
            String::new(),
        ));
    }
    let mut at_end = Vec::new();
    if plan.deposit.is_positive() {
        at_end.push(row(
            lang.pick("保证金", "Deposit"),
            yuan(plan.deposit),
            lang.pick("最后一期退还，不计入成本", "given back with the last instalment").to_owned(),
        ));
    }
    at_end.push(row(
        lang.pick("期满留购价", "Price to own at the end"),
        if plan.buyout.is_positive() { yuan(plan.buyout) } else { lang.pick("无", "none").to_owned() },
        String::new(),
    ));
    vec![
        CostGroup {
            title: lang.pick("融资", "Finance").to_owned(),
            rows: vec![
                row(lang.pick("融资额", "Amount financed"), yuan(plan.financed), String::new()),
                row(
                    lang.pick("期数与月供", "Instalments"),
                    format!("{} × {}", plan.months.get(), yuan(plan.monthly)),
                    plan.repayment.text(lang).to_owned(),
                ),
            ],
        },
        CostGroup {
            title: lang.pick("利息或租金", "Interest or rent charge").to_owned(),
            rows: vec![row(
                lang.pick("合计", "Sum"),
                yuan(interest),
                match lang {
                    Lang::Zh => format!("由{funder}收取，年利率 {}", plan.yearly_rate),
                    Lang::En => format!("to {funder}, {} a year", plan.yearly_rate),
                },
            )],
        },
        CostGroup { title: lang.pick("费用", "Fees").to_owned(), rows: fees },
        CostGroup { title: lang.pick("期满", "At the end").to_owned(), rows: at_end },
        CostGroup {
            title: lang.pick("逾期或提前还款", "If you pay late or early").to_owned(),
            rows: vec![
                row(
                    lang.pick("逾期", "Late"),
                    match lang {
                        Lang::Zh => format!("每日 {}", plan.late_rate_per_day),
                        Lang::En => format!("{} a day", plan.late_rate_per_day),
                    },
                    lang.pick("按逾期金额计算，不计复利", "of the overdue amount, not compounded").to_owned(),
                ),
                row(
                    lang.pick("提前还清", "Settling early"),
                    plan.early_settlement_fee.to_string(),
                    lang.pick(
                        "按剩余本金计算；未到期的利息不再收取",
                        "of the principal left; interest not yet due is not charged",
                    )
                    .to_owned(),
                ),
            ],
        },
    ]
}

pub(super) fn code(facts: &Facts, contract: &ContractRow, row: &OfferRow) -> CustomerPage {
    let lang = facts.lang();
    let plan = &row.offered.plan;
    let (left, resend, attempts) = match &facts.sign_code {
        Some(code) => (
            seconds_until(code.expires_at, facts.now),
            seconds_until(code.resend_at, facts.now),
            code.attempts_left,
        ),
        None => (0, 0, CodeRules::of(&facts.config).attempts),
    };
    CustomerPage::Code(Code {
        phone_masked: facts.phone_masked(),
        attempts_left: u32::try_from(attempts).unwrap_or(0),
        seconds_left: left,
        resend_s: resend,
        contract_url: facts.address("contract"),
        pdf_url: facts.address("contract.pdf"),
        summary: format!(
            "{} × {} · {}",
            yuan(plan.monthly),
            plan.months.get(),
            facts.funders.name(&row.funder, lang)
        ),
        terms: contract.terms_sha256.clone(),
    })
}

/// The contract's number as printed.
pub(super) fn contract_number(facts: &Facts) -> String {
    words::case_number(facts.customer.number)
}

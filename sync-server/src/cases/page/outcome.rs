//! Pages of an end: signed, declined, withdrawn, locked.

use jiff::ToSpan;
use shared::domain::Lang;
use ui::{
    components::facts::Fact,
    customer::{CustomerPage, Declined, Done, FinishedLocked, Withdrawn},
};

use super::{Facts, intake, moment, offer, words::yuan};
use crate::cases::{
    code::{CodeRules, seconds_until},
    hand_in::today,
};

pub(super) fn done(facts: &Facts) -> CustomerPage {
    let lang = facts.lang();
    let (Some(row), Some(contract)) = (&facts.offer, &facts.contract) else { return CustomerPage::LinkEnded };
    let plan = &row.offered.plan;
    let written = today(contract.made_at);
    let first_due = written.checked_add(1.month()).unwrap_or(written);
    let months = match lang {
        Lang::Zh => format!("{} 个月", plan.months.get()),
        Lang::En => format!("{} months", plan.months.get()),
    };
    let next = [
        lang.pick(
            "我们会把已签署的合同发给资金方办理放款。",
            "The funder receives the signed contract and pays out.",
        ),
        lang.pick("经销商会与您约定提车时间。", "The dealer agrees a day with you to hand over the vehicle."),
        lang.pick(
            "请保存合同文件，随时可通过本链接再次查看。",
            "Keep the contract; this link shows it again at any time.",
        ),
    ];
    CustomerPage::Done(Done {
        contract_number: offer::contract_number(facts),
        monthly_fen: plan.monthly.get(),
        first_due: first_due.to_string(),
        summary: vec![
            Fact::new(lang.pick("方案", "Plan"), plan.plan_name.get(lang)),
            Fact::new(lang.pick("资金方", "Funder"), facts.funders.name(&row.funder, lang)),
            Fact::new(lang.pick("融资额", "Amount financed"), yuan(plan.financed)),
            Fact::new(lang.pick("期限", "Term"), months),
            Fact::new(lang.pick("年化综合成本", "Annualised cost"), plan.annualised_cost.percent(2)),
        ],
        next_steps: next.map(str::to_owned).to_vec(),
        contract_url: facts.address("contract"),
        pdf_url: facts.address("contract.pdf"),
        sha256: contract.sha256.clone().unwrap_or_default(),
        system_ms: Some(system_ms(facts)),
    })
}

/// Time in machine blocks: what the customer waited for, not what they thought about. Parallel blocks count once
/// where they overlap.
fn system_ms(facts: &Facts) -> u64 {
    let mut spans: Vec<(i64, i64)> = facts
        .steps
        .iter()
        .filter(|step| !step.waits_for_a_person())
        .map(|step| (step.since.as_millisecond(), step.at.as_millisecond()))
        .collect();
    spans.sort_unstable();
    let (mut total, mut reached) = (0, i64::MIN);
    for (from, to) in spans {
        let from = from.max(reached);
        if to > from {
            total += to - from;
            reached = to;
        }
    }
    u64::try_from(total).unwrap_or(0)
}

pub(super) fn locked(facts: &Facts) -> CustomerPage {
    let code = facts.reopen_code.as_ref();
    let attempts = code.map_or(CodeRules::of(&facts.config).attempts, |code| code.attempts_left);
    CustomerPage::FinishedLocked(FinishedLocked {
        phone_masked: facts.phone_masked(),
        code_sent: code.is_some_and(|code| code.expires_at > facts.now),
        attempts_left: attempts.try_into().unwrap_or(0),
        seconds_left: code.map_or(0, |code| seconds_until(code.expires_at, facts.now)),
        resend_s: code.map_or(0, |code| seconds_until(code.resend_at, facts.now)),
    })
}

pub(super) fn withdrawn(facts: &Facts) -> CustomerPage {
    let lang = facts.lang();
    CustomerPage::Withdrawn(Withdrawn {
        at: moment(facts.ended_at.unwrap_or(facts.now), lang),
        data: lang
            .pick(
                "我们不再向任何机构提交您的信息。已有记录按法律规定的期限保存，您可以联系顾问要求删除。",
                "Nothing more is sent to anybody. Records are kept as long as the law asks; your advisor takes a request for deletion.",
            )
            .to_owned(),
    })
}

pub(super) fn declined(facts: &Facts, reason: &str) -> CustomerPage {
    let lang = facts.lang();
    let refused = facts.steps.iter().rev().find(|step| step.outcome == "refused");
    let reason = match (reason, refused) {
        ("customer_refused", Some(step)) if step.kind == "disclose" => "plan_refused",
        (reason, _) => reason,
    };
    let by_person =
        reason == "declined_by_reviewer" || facts.situation.facts().text("review.reason") == Some(reason);
    CustomerPage::Declined(Declined {
        refused: reason == "plan_refused",
        reasons: if reason == "plan_refused" { Vec::new() } else { vec![why(reason, lang, by_person)] },
        would_change: change(reason, lang).into_iter().map(str::to_owned).collect(),
        by_person,
        from_person: facts.reviewers_words("decline").filter(|_| by_person),
        request: intake::request(facts),
    })
}

fn why(reason: &str, lang: Lang, by_person: bool) -> String {
    match reason {
        "id_number_invalid" => lang.pick("身份证号码无效。", "The ID number is not valid."),
        "under_age" => lang.pick("未达到本产品的年龄要求。", "Younger than this product allows."),
        "over_age" => lang.pick("超过本产品的年龄上限。", "Older than this product allows."),
        "overdue_now" => lang.pick("征信记录显示目前有逾期。", "The credit record shows an overdue payment."),
        "grade_too_low" => {
            lang.pick("综合评分未达到本产品的要求。", "The score does not reach what this product asks for.")
        }
        "no_plan_fits" => lang.pick("目前没有符合您条件的方案。", "No plan fits your wishes at the moment."),
        "customer_refused" => {
            lang.pick("您没有给出所需的授权。", "You did not give the consent that is needed.")
        }
        "identity_unconfirmed" => lang.pick(
            "多次核对后，证件信息仍未得到确认。",
            "After several tries, what the card says was not confirmed.",
        ),
        _ if by_person => {
            lang.pick("审核人员没有批准本次申请。", "The reviewer did not approve this application.")
        }
        _ => lang.pick("未满足本产品的要求。", "This product's conditions are not met."),
    }
    .to_owned()
}

fn change(reason: &str, lang: Lang) -> Vec<&'static str> {
    match reason {
        "overdue_now" => {
            vec![lang.pick("结清逾期后可重新申请。", "Apply again once the overdue payment is settled.")]
        }
        "grade_too_low" => {
            vec![lang.pick(
                "提高首付比例，或由共同借款人一起申请。",
                "A larger down payment, or a second obligor.",
            )]
        }
        "no_plan_fits" => vec![lang.pick("调整首付或期限。", "Another down payment or term.")],
        "customer_refused" => vec![lang.pick("同意所需授权后可继续办理。", "Give the consent to go on.")],
        _ => vec![lang.pick("您可以请人工再看一次。", "You can ask a person to look at it again.")],
    }
}

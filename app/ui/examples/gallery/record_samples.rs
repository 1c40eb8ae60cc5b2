//! Everything on record of a case.

use crate::office_samples::moment;
use shared::domain::lang::Lang;
use ui::office::*;

pub fn record(lang: Lang) -> CaseRecord {
    let z = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let step = |block: &str, name: String, outcome: String, partner: String, ms, rules| RecordStep {
        block: block.into(),
        name,
        outcome,
        partner,
        since: moment(lang),
        ms,
        rules,
    };
    let rule = FiredRule {
        rule: 3,
        note: z("评级 B 且首付不足三成", "grade B with less than 30 % down"),
        saw: vec![pair("score.grade", "B"), pair("request.down_payment_bp", "2000")],
        gave: vec![pair("decision", "review")],
    };
    CaseRecord {
        case: "k1".into(),
        case_number: "MP-2026-004217".into(),
        now: vec![
            CurrentStep {
                revision: "funder#1".into(),
                name: z("匹配资金方", "Funder matching"),
                waits_for: z("华兴银行", "Huaxing Bank"),
                due: moment(lang),
                may: Some("hurry".into()),
            },
            CurrentStep {
                revision: "review#1".into(),
                name: z("人工审核", "Review"),
                waits_for: z("信用结论需要复核", "Credit decision to be reviewed"),
                due: moment(lang),
                may: Some("more_time".into()),
            },
        ],
        steps: vec![
            step(
                "intake",
                z("资料提交", "Intake"),
                z("客户已确认", "given by the customer"),
                String::new(),
                81_000,
                vec![],
            ),
            step(
                "bureau",
                z("查询合作机构", "Partner query"),
                z("有结果", "found"),
                z("征信机构", "the credit bureau"),
                154,
                vec![],
            ),
            step(
                "policy#2",
                z("规则表", "Rule table"),
                z("转人工", "to a person"),
                String::new(),
                1,
                vec![rule],
            ),
        ],
        deeds: vec![RecordDeed {
            what: z("不再等待", "Wait no longer"),
            block: z("查询合作机构", "Partner query"),
            reason: z("机构通知今晚停机维护。", "They told us that they are down tonight."),
            who: "wang.lead".into(),
            at: moment(lang),
        }],
        consents: vec![RecordConsent {
            purpose: z("查询个人征信", "Credit query"),
            recipient: z("征信机构", "the credit bureau"),
            version: "2026-03".into(),
            given: moment(lang),
            until: moment(lang),
            is_over: true,
        }],
        documents: vec![RecordDocument {
            name: z("证件照片", "Photo of the card"),
            about: "1600 × 1200 · 412 KB".into(),
            at: moment(lang),
            href: Some("photo.svg".into()),
        }],
        audit: Some(vec![RecordAudit {
            at: moment(lang),
            who: "wang.lead".into(),
            action: z("调整当前步骤", "step steered"),
            detail: vec![pair("block", "bureau"), pair("deed", "hurry")],
        }]),
        older: Some("/office/cases/k1/record?before=1#trail".into()),
        why: String::new(),
    }
}

//! Cases that wait for a person, and the page of one.

use crate::office_samples::moment;
use shared::domain::lang::Lang;
use ui::components::{cutout::Cutout, facts::Fact, form::Choice};
use ui::office::*;

pub fn queue(lang: Lang, full: bool) -> Queue {
    let z = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
    let row = |case: &str, number: &str, reasons: Vec<String>, overdue, asked_for| QueueRow {
        case: case.into(),
        case_number: number.into(),
        reasons,
        vehicle: "2022 款 长安 UNI-V 1.5T 尊贵型".into(),
        amount_fen: 8_544_000,
        since: moment(lang),
        due: moment(lang),
        overdue,
        asked_for,
        minutes_left: if overdue { -20 } else { 12 },
        holder: asked_for.then(|| ("zhao.min".to_owned(), false)),
        is_decided: false,
    };
    let rows = vec![
        row(
            "k1",
            "MP-2026-004217",
            vec![z("照片姓名“张玮”，核实机构登记“张伟”。", "Photo says 张玮, the agency 张伟.")],
            true,
            false,
        ),
        row(
            "k2",
            "MP-2026-004209",
            vec![
                z(
                    "同一张证件照片出现在申请 MP-2026-003998，号码不同。",
                    "The same card photo appears in MP-2026-003998 under another number.",
                ),
                z("评分低于自动通过线。", "The score is below the line for automatic approval."),
            ],
            false,
            true,
        ),
    ];
    let left = LeftRow {
        submission: "2c7tq0n8x4k1".into(),
        advisor: "advisor".into(),
        reason: z("没有资金方接受此车辆。", "No funder takes such a vehicle in this region."),
        about: Some("vehicle".into()),
        since: moment(lang),
    };
    let (rows, left) = if full { (rows, vec![left]) } else { (Vec::new(), Vec::new()) };
    let pending = PendingRow {
        case: "k3".into(),
        case_number: "MP-2026-004201".into(),
        decision: z("通过", "Approved"),
        effect: moment(lang),
    };
    Queue {
        tab: QueueTab::All,
        counts: if full { [2, 1, 0] } else { [0; 3] },
        urgent: u64::from(full),
        pending: if full { vec![pending] } else { Vec::new() },
        rows,
        left,
        late: Vec::new(),
        as_of: moment(lang),
    }
}

pub fn case(lang: Lang) -> ReviewCase {
    let z = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
    let check =
        |label: String, typed: &str, read: &str, confidence: &str, partner: &str, crop: bool, agreement| {
            FieldCheck {
                label,
                typed: typed.into(),
                read: read.into(),
                confidence: confidence.into(),
                partner: partner.into(),
                crop: crop.then(|| Cutout {
                    url: "card.svg".to_owned(),
                    width: 1000,
                    height: 631,
                    window: "160 60 300 70".to_owned(),
                    turn: "rotate(0 500 315)".to_owned(),
                }),
                agreement,
            }
        };
    let block = |name: String, outcome: String, remark: &str, ms, notable| TimelineBlock {
        name,
        outcome,
        remark: remark.into(),
        ms,
        at: moment(lang),
        notable,
    };
    ReviewCase {
        case: "k1".into(),
        case_number: "MP-2026-004217".into(),
        revision: "14".into(),
        reasons: vec![z(
            "姓名：照片上是“张玮”（把握 61%），核实机构登记“张伟”。",
            "Name: the photo says 张玮 (61 % sure), the agency 张伟.",
        )],
        customer_note: Some(z(
            "我的名字一直是玮，银行那边以前登记错过。",
            "It has always been 玮; my bank once had it wrong.",
        )),
        request: vec![
            Fact::new(z("产品", "Product"), z("二手车售后回租", "Used-car leaseback")),
            Fact::new(z("车价", "Price"), "¥106,800"),
        ],
        amount_fen: 8_544_000,
        photo_url: Some("card.svg".into()),
        photo_size: Some((1000, 631)),
        photo_quality: vec![
            Fact::new(z("清晰度", "Sharpness"), z("良好", "good")),
            Fact::new(z("反光", "Glare"), z("无", "none")),
        ],
        checks: vec![
            check(z("姓名", "Name"), "张玮", "张玮", "61 %", "张伟", true, Match::Differs),
            check(
                z("身份证号码", "ID number"),
                "650***********000X",
                "650***********000X",
                "99 %",
                "650***********000X",
                true,
                Match::Same,
            ),
            check(z("住址", "Address"), "", "样本省样本市样本路 1 号", "84 %", "", false, Match::Unknown),
        ],
        timeline: vec![
            block(z("收件", "Intake"), z("齐全", "complete"), "", Some(2), false),
            block(z("识别证件照片", "Read the card"), z("已读出", "read"), "", Some(412), false),
            block(
                z("核实实名信息", "Real-name check"),
                z("不一致", "mismatch"),
                "realname_mismatch",
                Some(1_240),
                true,
            ),
            block(z("人工审核", "Review"), z("等待中", "waiting"), "", None, false),
        ],
        due: moment(lang),
        overdue: true,
        minutes_left: -20,
        hold: CaseHold {
            case: "k1".into(),
            case_number: "MP-2026-004217".into(),
            waits_here: true,
            holding: Holding { may_take: true, ..Holding::default() },
            pending: None,
        },
        decided: None,
        visit: Vec::new(),
        waits_elsewhere: false,
        may_decide: true,
        reason: String::new(),
        code: String::new(),
        may_request: MayRequest::Chosen(
            [("photo", true), ("confirm_name", false), ("phone", false)]
                .map(|(what, ticked)| (what.to_owned(), ticked))
                .to_vec(),
        ),
        other_terms: Some(OtherTerms {
            down_payment_now_fen: 3_204_000,
            months_now: Some(36),
            down_payment: "42720".into(),
            down_payment_between_fen: (3_204_000, 8_544_000),
            months: "24".into(),
            months_between: (12, 48),
            open: true,
        }),
        dossier: dossier(lang, Sight::MayReveal),
    }
}

fn dossier(lang: Lang, sight: Sight) -> Dossier {
    let z = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
    Dossier {
        standing: vec![
            Fact::new(z("状态", "State"), z("审核中", "in review")),
            Fact::new(z("资金方", "Funder"), z("样本银行", "Sample Bank")),
        ],
        contract_url: None,
        matching: Some(Matching {
            eligible: vec![z("样本银行", "Sample Bank")],
            asked: vec![
                (z("样本银行", "Sample Bank"), "counter_offer".into()),
                (z("样本租赁", "Sample Leasing"), "timeout".into()),
            ],
            excluded: vec![
                Excluded {
                    name: z("远方租赁", "Far Leasing"),
                    reasons: vec![z("首付不得低于30%", "a down payment of at least 30 %")],
                    change: Some(z("首付再加 5%（6,490 元）", "5 % more down payment (6,490 yuan)")),
                },
                Excluded {
                    name: z("北方银行", "North Bank"),
                    reasons: vec![z("不在其业务地区内", "does not finance in this region")],
                    change: None,
                },
            ],
        }),
        plans: vec![Excluded {
            name: z("尾款方案", "Balloon plan"),
            reasons: vec![z("该方案适用于A级客户", "For customers graded A")],
            change: None,
        }],
        sight,
    }
}

pub fn revealed(lang: Lang) -> ReviewCase {
    ReviewCase { dossier: dossier(lang, Sight::Revealed), ..case(lang) }
}

pub fn signed(lang: Lang) -> ReviewCase {
    let dossier = Dossier {
        standing: vec![
            Fact::new(lang.pick("状态", "State"), lang.pick("已签署", "signed")),
            Fact::new(
                lang.pick("合同 SHA-256", "Contract SHA-256"),
                "9f86d081884c7d659a2feaa0c55ad015".repeat(2),
            ),
        ],
        contract_url: Some("/office/cases/k1/contract.pdf".into()),
        ..dossier(lang, Sight::MayReveal)
    };
    ReviewCase { waits_elsewhere: true, may_decide: false, overdue: false, dossier, ..case(lang) }
}

/// Somebody else works on it; the reader leads and may give it to others.
pub fn case_held(lang: Lang) -> ReviewCase {
    let mut held = case(lang);
    held.hold.holding = Holding {
        holder: Some("zhao.min".to_owned()),
        since: Some(moment(lang)),
        mine: false,
        may_take: true,
        assignees: vec![Choice { value: "li.lei".to_owned(), label: "li.lei".to_owned() }],
    };
    held
}

/// Decided a moment ago.
pub fn case_pending(lang: Lang) -> ReviewCase {
    let z = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
    let mut pending = case(lang);
    pending.hold.pending = Some(PendingDecision {
        decision: z("不通过", "Declined"),
        who: "zhou".to_owned(),
        code: decline_text("identity_mismatch", lang),
        reason: z("照片上的人与证件不是同一人。", "The person in the photo is not the one on the card."),
        effect: moment(lang),
        mine: true,
    });
    pending
}

pub fn decided(lang: Lang) -> ReviewCase {
    let z = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
    ReviewCase {
        decided: Some(Decided {
            decision: z("通过", "Approved"),
            code: String::new(),
            who: z("周晓岚", "Zhou Xiaolan"),
            reason: z("证件照片清楚，姓名以证件为准。", "The card is clear; its spelling counts."),
            at: moment(lang),
        }),
        overdue: false,
        ..case(lang)
    }
}

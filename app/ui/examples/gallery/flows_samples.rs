//! The flows pages with invented versions.

use crate::office_samples::moment;
use shared::domain::lang::Lang;
use shared::flow::{
    Decision,
    draw::{Marks, long_flow},
};
use shared::protocol::flows::{Band, VersionState};
use ui::office::{
    Compared, DraftLine, FlowLine, FlowList, FlowReplay, FlowVersions, NewFlow, ReplayedCase, ReplayedTo,
    VersionLine, flow_picture,
};

/// The list of flows.
pub fn list(lang: Lang) -> FlowList {
    let flow = |key: &str, zh: &str, en: &str, versions| FlowLine {
        key: key.into(),
        name: lang.pick(zh, en).into(),
        versions,
    };
    FlowList {
        flows: vec![
            flow("new-car-loan", "新车贷款", "New-car loan", all(lang).into_iter().take(3).collect()),
            flow("night-market", "夜市车贷", "Night-market loan", Vec::new()),
        ],
        drafts: vec![DraftLine {
            id: "7zzzzzzzzzzzzzzzzzzzzzzzzz".into(),
            key: "new-car-loan".into(),
            name: lang.pick("新车贷款", "New-car loan").into(),
            saved: moment(lang),
        }],
        may_compose: true,
        form: NewFlow::default(),
    }
}

/// One flow; `sure`: asked once more before it is taken back.
pub fn versions(lang: Lang, sure: bool) -> FlowVersions {
    FlowVersions {
        key: "new-car-loan".into(),
        name: lang.pick("新车贷款", "New-car loan").into(),
        versions: all(lang),
        may_compose: true,
        may_approve: true,
        may_take_back: true,
        sure,
        acted: None,
        compared: Some(Compared {
            from: hash(4),
            to: hash(6),
            lines: vec![
                ("changed".into(), "id_rules: max_age 65 → 60".into()),
                (
                    "added".into(),
                    lang.pick("新增 valuation (partner-query)", "added valuation (partner-query)").into(),
                ),
                ("removed".into(), lang.pick("移除 notify (notify)", "removed notify (notify)").into()),
                ("moved".into(), lang.pick("sign: 仅移动位置", "sign: only moved").into()),
            ],
            picture: flow_picture(&long_flow(5), lang, &Marks::default()),
            replay: Some(FlowReplay {
                cases: 500,
                approved: [341, 318],
                p95_ms: [4_200, 4_350],
                asked: vec![(lang.pick("征信机构", "the credit bureau").into(), [512, 512])],
                funders: vec![("f1".into(), [300, 290]), ("f2".into(), [41, 28])],
                unknown: 3,
                changed: 23,
                named: vec![ReplayedCase {
                    case: "7zzzzzzzzzzzzzzzzzzzzzzzzz".into(),
                    before: ReplayedTo::End(Decision::Approved, "signed".into()),
                    now: ReplayedTo::End(Decision::Declined, "score_low".into()),
                }],
            }),
        }),
        usual_band: Band {
            least_cases: 20,
            most_errors_percent: 20,
            most_approval_drift_points: 25,
            most_p95_ms: 10_000,
        },
        elsewhere: vec![(hash(3), 3, 14), (hash(1), 1, 1)],
    }
}

fn hash(number: u32) -> String {
    format!("{number:x}7c1e0b4").repeat(8)
}

fn all(lang: Lang) -> Vec<VersionLine> {
    use VersionState::{Approved, Canary, Live, Refused, TakenBack, Waiting};
    [Waiting, Canary, Live, Approved, Refused, TakenBack]
        .into_iter()
        .zip([6, 5, 4, 3, 2, 1])
        .map(|(state, number)| VersionLine {
            hash: hash(number),
            number,
            state,
            share: match state {
                Live => 100,
                Canary => 20,
                _ => 0,
            },
            regions: if state == Canary {
                lang.pick("上海、广东", "Shanghai, Guangdong").into()
            } else {
                String::new()
            },
            note: lang
                .pick(
                    "把年龄上限改为 60 岁，总部要求。",
                    "Lowers the highest age to 60, as head office asks.",
                )
                .into(),
            author: "lin.designer".into(),
            own: false,
            submitted: moment(lang),
            decided: (state != Waiting).then(|| ("qi.approver".into(), moment(lang), String::new())),
            ended_why: (state == TakenBack).then(|| "errors".into()),
        })
        .collect()
}

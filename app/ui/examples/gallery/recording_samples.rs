//! A recording of a partner's answers, with one that today's code reads otherwise.

use crate::office_samples::moment;
use shared::domain::lang::Lang;
use ui::office::*;

pub fn recording(lang: Lang) -> PartnerRecording {
    let read = |says: &str, what: Option<&str>| AnswerRead {
        says: says.into(),
        failed: what.is_some(),
        what: what.map(Into::into),
    };
    let answer = |number, ms, then: AnswerRead, now: Option<AnswerRead>, differs: &[&str]| ReplayedAnswer {
        number,
        at: moment(lang),
        kind: if number == 4 { "application_later" } else { "application" }.into(),
        ms,
        then,
        now,
        differs: differs.iter().map(|part| (*part).to_owned()).collect(),
    };
    let other_terms = read("counter_offer", None);
    PartnerRecording {
        slug: "funders.huaxing-bank".into(),
        name: lang.pick("华兴样例银行", "Huaxing Sample Bank").into(),
        row: RecordingRow {
            id: "5f0c".repeat(8),
            state: "running".into(),
            most: (100, 24),
            reason: lang
                .pick("对方下周升级接口，先录下现在的答复。", "They change their API next week.")
                .into(),
            by: "controller@demo".into(),
            second: Some("lead@demo".into()),
            own: true,
            at: moment(lang),
            until: Some(moment(lang)),
            goes: moment(lang),
            kept: 5,
            dropped: 1,
        },
        totals: (2, 2, 1),
        answers: vec![
            answer(
                2,
                640,
                read("approved", None),
                Some(read("wrong_amount", Some("annual_rate"))),
                &["outcome"],
            ),
            answer(3, 702, other_terms.clone(), Some(other_terms), &["terms.down_payment_fen"]),
            answer(1, 128, read("approved", None), Some(read("approved", None)), &[]),
            answer(
                4,
                96,
                read("malformed", Some("not_json")),
                Some(read("malformed", Some("not_json"))),
                &[],
            ),
            answer(5, 3_012, read("server_error", Some("503")), None, &[]),
        ],
        at: moment(lang),
    }
}

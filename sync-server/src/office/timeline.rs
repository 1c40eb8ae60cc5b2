//! The path of a case in words: which block, how it ended, how long it took.

use shared::{
    domain::Lang,
    flow::{Block, BlockId, Flow, kind},
};
use ui::office::TimelineBlock;

use crate::cases::page::{self, moment};

/// Outcomes that deserve a look.
const NOTABLE: [&str; 14] = [
    "not_as_stated",
    "above",
    "listed",
    "error",
    "timeout",
    "mismatch",
    "poor",
    "unclear",
    "no_card",
    "other_number",
    "review",
    "declined",
    "failed",
    "retake",
];

/// The steps taken, oldest first.
pub(super) fn timeline(flow: &Flow, steps: &[page::Step], lang: Lang) -> Vec<TimelineBlock> {
    steps
        .iter()
        .filter(|step| !matches!(step.kind.as_str(), "parallel" | "join"))
        .map(|step| TimelineBlock {
            name: kind(&step.kind).map_or_else(|| step.kind.clone(), |kind| kind.name().get(lang).to_owned()),
            outcome: outcome_in_words(&step.kind, &step.outcome, lang).to_owned(),
            remark: partner(flow, &step.block, lang).to_owned(),
            ms: Some(step.ms()),
            at: moment(step.at, lang),
            notable: NOTABLE.contains(&step.outcome.as_str()),
        })
        .collect()
}

/// Whom a block asked; empty where it asked nobody.
pub(super) fn partner(flow: &Flow, block: &str, lang: Lang) -> &'static str {
    let Some(id) = BlockId::parse(block) else { return "" };
    let asked = flow.block(&id).and_then(Block::partner);
    asked.and_then(|key| page::partner_name(key, lang)).unwrap_or_default()
}

/// How a block of this kind ended.
pub(super) fn outcome_in_words<'a>(kind: &str, outcome: &'a str, lang: Lang) -> &'a str {
    let (zh, en) = match (kind, outcome) {
        (_, "as_stated") => ("属实", "as stated"),
        ("duplicate-check", "none") => ("没有重复", "seen nowhere else"),
        (_, "none") => ("没有合适的", "none fits"),
        ("manual-review", "approve") => ("人工通过", "approved by a person"),
        ("manual-review", "decline") => ("人工不通过", "declined by a person"),
        ("manual-review", "changed") => ("人工调整条件", "terms changed by a person"),
        (_, "approve" | "approved" | "matched") => ("通过", "approved"),
        (_, "decline" | "declined") => ("不通过", "declined"),
        (_, "ask_photo") => ("需要重拍", "another photo is needed"),
        (_, "request_more") => ("请客户补充", "the customer was asked for more"),
        (_, "review") => ("转人工", "to a person"),
        (_, "clear" | "good" | "enough" | "valid" | "valued" | "complete" | "scored" | "generated") => {
            ("正常", "fine")
        }
        (_, "found") => ("有结果", "found"),
        (_, "no_record") => ("没有记录", "no record"),
        (_, "match") => ("一致", "match"),
        (_, "mismatch") => ("不一致", "mismatch"),
        (_, "unclear") => ("看不清", "unclear"),
        (_, "no_card") => ("没有找到证件", "no card found"),
        (_, "poor") => ("照片不可用", "cannot be used"),
        (_, "seen") => ("同一人用过", "seen before, same number"),
        (_, "other_number") => ("别的号码用过", "seen under another number"),
        (_, "given" | "confirmed") => ("客户已确认", "given by the customer"),
        (_, "photo_given") => ("客户已补充", "given by the customer"),
        (_, "retake") => ("客户说不是本人证件", "not their card"),
        (_, "refused") => ("客户拒绝", "refused by the customer"),
        (_, "expired") => ("逾期未办", "ran out of time"),
        (_, "exhausted") => ("次数用尽", "tried too often"),
        (_, "timeout") => ("没有答复", "no answer"),
        (_, "error" | "failed") => ("出错", "failed"),
        (_, "no_consent" | "needs_consent") => ("缺少授权", "consent is missing"),
        (_, "offered") => ("提出还价方案", "other terms proposed"),
        (_, "countered") => ("资金方还价", "counter-offer"),
        (_, "pending") => ("等待资金方", "waiting for the funder"),
        (_, "changed" | "terms_changed") => ("条件有变", "terms changed"),
        (_, "needs_person") => ("需要人工", "needs a person"),
        (_, "signed") => ("已签署", "signed"),
        (_, "sent") => ("已发送", "sent"),
        (_, "invalid") => ("无效", "not valid"),
        (_, "under_age") => ("未满年龄", "too young"),
        (_, "over_age") => ("超过年龄", "too old"),
        (_, "not_as_stated") => ("不符", "not as stated"),
        (_, "arrived") => ("已到", "arrived"),
        (_, "within") => ("与估值相符", "in line with its value"),
        (_, "above") => ("高于估值", "above its value"),
        (_, "listed") => ("在黑名单中", "on the blacklist"),
        ("income-estimate", "too_low") => ("收入可能不足", "may be too little"),
        (_, "unknown") => ("查不到", "not known"),
        _ => return outcome,
    };
    lang.pick(zh, en)
}

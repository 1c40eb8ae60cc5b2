//! Pages on which somebody else is at work: the machine, or a person.

use shared::flow::{Wait, Who};
use ui::customer::{CustomerPage, InReview, PersonAsked, Progress, Stage, StageState};

use super::{Facts, moment};

/// Seconds from handing in to the result, usually.
const USUAL_SECONDS: u32 = 5;

/// The stages shown, with the block kinds (and partners) that make each.
const STAGES: [(&str, &[&str]); 9] = [
    ("identity", &["id-rules"]),
    ("photo", &["photo-quality", "ocr", "duplicate-check"]),
    ("registry", &["partner-query:realname", "match-matrix"]),
    ("credit", &["partner-query:bureau"]),
    ("valuation", &["partner-query:valuation", "vehicle-valuation"]),
    ("score", &["score-card"]),
    ("plan", &["recommend-plan", "counter-offer"]),
    ("funder", &["match-funder", "partner-query:funder"]),
    ("contract", &["generate-contract"]),
];

pub(super) fn progress(facts: &Facts) -> CustomerPage {
    // The intake has waited for the customer, not the customer for us.
    let since = facts.waited_since.filter(|_| facts.situation.customer_in("intake").is_none());
    let waited = since.map_or(0, |since| facts.now.duration_since(since).as_secs());
    CustomerPage::Progress(Progress {
        stages: stages(facts),
        usual_s: USUAL_SECONDS,
        slow: waited > i64::from(USUAL_SECONDS) * 4,
        signing_until: signing_until(facts),
    })
}

/// Until when the system tries to sign, once the code was right and the authority has not answered at once.
fn signing_until(facts: &Facts) -> Option<String> {
    let wait = facts.situation.customer_in("sign")?;
    let intent_at = facts.contract.as_ref()?.intent_at?;
    let is_slow = facts.now.duration_since(intent_at).as_secs() >= i64::from(USUAL_SECONDS);
    is_slow.then(|| moment((intent_at + facts.sign_limit).min(wait.due), facts.lang()).shown)
}

/// The stages this case's flow has, as they stand.
fn stages(facts: &Facts) -> Vec<Stage> {
    let block_stage = |block: &shared::flow::Block| {
        let partner = block.partner().unwrap_or_default();
        let key = block.kind.key();
        STAGES.iter().position(|(_, kinds)| {
            kinds.iter().any(|kind| *kind == key || kind.split_once(':') == Some((key, partner)))
        })
    };
    let mut states = [None::<(StageState, u64)>; STAGES.len()];
    for block in facts.situation.flow.blocks() {
        let Some(stage) = block_stage(block) else { continue };
        let active = facts.situation.run.active().iter().any(|active| active.at.block == block.id);
        let done = facts.steps.iter().rev().find(|step| step.block == block.id.as_str());
        let state = match (active, done) {
            (true, _) => StageState::Running,
            (false, Some(_)) => StageState::Done,
            (false, None) => StageState::Waiting,
        };
        let ms = done.map_or(0, super::Step::ms);
        states[stage] = Some(match states[stage] {
            None => (state, ms),
            Some((before, total)) => (merged(before, state), total.max(ms)),
        });
    }
    STAGES
        .iter()
        .zip(states)
        .filter_map(|((key, _), state)| {
            let (state, ms) = state?;
            let ms = (state == StageState::Done).then_some(ms);
            Some(Stage { key: (*key).to_owned(), label: None, state, ms })
        })
        .collect()
}

/// A stage of several blocks runs as long as one of them does, and is done when each that was reached is.
fn merged(one: StageState, other: StageState) -> StageState {
    use StageState::{Done, Running, Waiting};
    match (one, other) {
        (Running, _) | (_, Running) => Running,
        (Done, _) | (_, Done) => Done,
        _ => Waiting,
    }
}

pub(super) fn in_review(facts: &Facts, wait: &Wait) -> CustomerPage {
    CustomerPage::InReview(InReview {
        reasons: vec![if wait.kind == "field-visit" { to_be_visited(facts) } else { reason(facts) }],
        until: moment(wait.due, facts.lang()),
        team: team(facts, wait),
        phone_masked: facts.phone.as_ref().map(|_| facts.phone_masked()),
        asked_for: false,
    })
}

pub(super) fn person_asked(facts: &Facts, wait: &Wait) -> CustomerPage {
    CustomerPage::PersonAsked(PersonAsked { until: moment(wait.due, facts.lang()), team: team(facts, wait) })
}

fn team(facts: &Facts, wait: &Wait) -> String {
    let lang = facts.lang();
    let Who::Queue(queue) = &wait.who else { return String::new() };
    match queue.as_str() {
        "identity" => lang.pick("身份核验组", "the identity team"),
        "credit" => lang.pick("信用审核组", "the credit team"),
        "offers" => lang.pick("方案组", "the offers team"),
        "contracts" => lang.pick("合同组", "the contracts team"),
        "partners" => lang.pick("外部查询组", "the partner desk"),
        "visits" => lang.pick("上门核实组", "the visiting team"),
        "person" => lang.pick("客户服务组", "customer service"),
        _ => lang.pick("审核主管", "the lead reviewer"),
    }
    .to_owned()
}

fn to_be_visited(facts: &Facts) -> String {
    let said = facts.lang().pick(
        "工作人员会与您联系，上门核实住址或车辆。",
        "Somebody will contact you and come to see the address or the vehicle.",
    );
    said.to_owned()
}

/// Why a person looks, in plain words, from the last step that led there.
fn reason(facts: &Facts) -> String {
    let lang = facts.lang();
    let known = facts.situation.facts();
    let last = facts.steps.last();
    let reason = known
        .text("triage.reason")
        .filter(|_| last.is_some_and(|step| step.block == "triage"))
        .or_else(|| last.map(|step| step.kind.as_str()))
        .unwrap_or_default();
    match reason {
        "card_under_other_number" => {
            lang.pick("这张证件的照片需要人工核对。", "A person has to compare the photo of the card.")
        }
        "match-matrix" => lang.pick(
            "填写的内容与证件或实名信息不完全一致，需要人工核对。",
            "What was entered does not fully agree with the card or the register; a person compares it.",
        ),
        "partner-query" | "vehicle-valuation" => lang.pick(
            "外部机构暂时没有给出结果，由人工跟进。",
            "An outside service gave no result; a person follows up.",
        ),
        "rule-table" | "score-card" => {
            lang.pick("您的申请需要人工复核后给出结果。", "Your application is decided by a person.")
        }
        "match-funder" => {
            lang.pick("正在由人工为您寻找合适的资金方。", "A person is looking for a funder that fits.")
        }
        "generate-contract" | "sign" => {
            lang.pick("合同制作遇到问题，由人工处理。", "A person takes care of a problem with the contract.")
        }
        _ => lang.pick("照片或信息需要人工核对。", "The photo or the details are checked by a person."),
    }
    .to_owned()
}

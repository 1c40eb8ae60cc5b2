//! What the designer and the server say to each other about flows: drafts, versions, releases. Moments are UTC
//! milliseconds since 1970. Flow files travel as JSON values: a draft need not be a sound flow yet.

use std::collections::BTreeMap;

use crate::domain::Texts;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Everything that `GET /api/v1/flows` answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Flows {
    /// The tenant's flows, by key.
    pub flows: Vec<FlowRow>,
    /// The asker's own drafts, newest first.
    pub drafts: Vec<DraftRow>,
}

/// One flow of the tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FlowRow {
    /// Its key, which is its product's.
    pub key: String,
    /// Its name.
    pub name: Texts,
    /// The version that new cases get.
    pub live: Option<VersionRow>,
    /// The version that a share of new cases gets.
    pub canary: Option<VersionRow>,
    /// Versions that wait for somebody's approval, newest first.
    pub waiting: Vec<VersionRow>,
}

/// One version of a flow. It never changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VersionRow {
    /// SHA-256 of its definition, 64 hexadecimal digits.
    pub hash: String,
    /// Counted up per flow, from 1.
    pub number: u32,
    /// Where it stands.
    pub state: VersionState,
    /// What its author wrote about it.
    pub note: String,
    /// Login of whoever composed it.
    pub author: String,
    /// Login of whoever approved or refused it.
    pub decided_by: Option<String>,
    /// When it was handed in.
    pub submitted_at: i64,
    /// Of new cases, in percent; 100 for a live version.
    pub share_percent: u8,
}

/// Where a version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VersionState {
    /// Handed in; waits for a second person.
    Waiting,
    /// A second person refused it.
    Refused,
    /// Approved; no case gets it yet, or none any more.
    Approved,
    /// A share of new cases gets it.
    Canary,
    /// New cases get it.
    Live,
    /// It was live or a canary, and was taken back.
    TakenBack,
}

/// One draft of one's own, in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DraftRow {
    /// Its id.
    pub id: String,
    /// Key of the flow.
    pub key: String,
    /// Its name.
    pub name: Texts,
    /// When it was last kept.
    pub saved_at: i64,
}

/// `POST /api/v1/flows/drafts`: begins a draft.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginDraft {
    /// Hash of the version to begin from; absent for an empty canvas.
    #[serde(default)]
    pub from: Option<String>,
    /// Name of the flow in both languages; absent to keep that of `from`.
    #[serde(default)]
    pub name: Option<Texts>,
    /// Key of the flow; absent to keep that of `from`.
    #[serde(default)]
    pub key: Option<String>,
}

/// A draft as it is kept: the answer to `GET /api/v1/flows/drafts/{id}`, to beginning and to submitting one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Draft {
    /// Its id.
    pub id: String,
    /// Counted up with each time it is kept, from 1.
    pub revision: u32,
    /// When it was last kept.
    pub saved_at: i64,
    /// Hash of the version that it was begun from.
    pub base: Option<String>,
    /// The flow file, sound or not.
    #[schemars(with = "Map<String, Value>")]
    pub file: Value,
}

/// `PUT /api/v1/flows/drafts/{id}`: keeps a draft. 409 `draft_changed` when `revision` is not the kept one's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeepDraft {
    /// The revision that was edited.
    pub revision: u32,
    /// The flow file, sound or not.
    #[schemars(with = "Map<String, Value>")]
    pub file: Value,
}

/// The answer to keeping a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeptDraft {
    /// Its revision now.
    pub revision: u32,
    /// When.
    pub saved_at: i64,
}

/// `POST /api/v1/flows/drafts/{id}/submit`: hands a draft in as a version. 422 `flow_falls_short` with `findings` when the
/// gate does not pass it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmitDraft {
    /// The revision that is meant.
    pub revision: u32,
    /// What was changed and why, for whoever approves.
    pub note: String,
}

/// `POST /api/v1/flows/versions/{hash}/decide`: somebody other than the author approves or refuses a version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideVersion {
    /// Approved, or refused.
    pub approve: bool,
    /// Why; needed to refuse.
    #[serde(default)]
    pub reason: String,
}

/// `POST /api/v1/flows/versions/{hash}/release`: gives an approved version to new cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseVersion {
    /// Share of new cases, percent, 1 to 100; 100 makes it live at once.
    pub share_percent: u8,
    /// Only cases of these regions (two digits); empty for all.
    #[serde(default)]
    pub regions: Vec<String>,
    /// When a canary is taken back by itself; absent for the house's own band.
    #[serde(default)]
    pub band: Option<Band>,
}

/// How far a canary may fall behind the live version before it is taken back by itself.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Cases of the canary that must have been worked on, or have ended, before its rates count.
    pub least_cases: u32,
    /// Most percent of its cases that may end in an error.
    pub most_errors_percent: u8,
    /// Most percentage points that its rate of approvals may differ from the live version's.
    pub most_approval_drift_points: u8,
    /// Most milliseconds of machine time at the 95th percentile.
    pub most_p95_ms: u32,
}

/// `GET /api/v1/flows/{key}/figures`: what happened today on each block and connection of the live version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FlowFigures {
    /// Hash of the version.
    pub hash: String,
    /// Since when, and until when it was counted.
    pub since: i64,
    /// When it was counted.
    pub at: i64,
    /// Per block and outcome.
    pub outcomes: Vec<OutcomeFigure>,
    /// Cases in each block now.
    pub waiting: Vec<WaitingFigure>,
}

/// How often a block was left by an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutcomeFigure {
    /// Id of the block.
    pub block: String,
    /// Its outcome.
    pub outcome: String,
    /// How often.
    pub count: u32,
    /// Median time in the block, milliseconds.
    pub median_ms: u64,
}

/// How many cases are in a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WaitingFigure {
    /// Id of the block.
    pub block: String,
    /// How many.
    pub cases: u32,
}

/// `POST /api/v1/flows/{key}/moves/preview` and `POST /api/v1/flows/{key}/moves`: running cases of one version go on on
/// the live one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveCases {
    /// Hash of the version that they are on.
    pub from: String,
    /// Hash of the live version, as it was shown: nothing moves when another one is live by now.
    pub to: String,
    /// Where blocks went that have another id now, by the id they had.
    #[serde(default)]
    pub places: BTreeMap<String, String>,
    /// When the preview was made, UTC milliseconds: a case that has gone on since then stays. Left out: none does.
    #[serde(default)]
    pub seen_at: Option<i64>,
}

/// What becomes of each running case of a version.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Moves {
    /// When it was looked at, UTC milliseconds.
    pub at: i64,
    /// Cases that go on on the live version.
    pub moves: u32,
    /// Cases that wait in a block that the live version has not: somebody has to say where they go on.
    pub need_choice: u32,
    /// Cases that stay for another reason.
    pub stay: u32,
    /// Blocks that need a choice, with those of the live version that come into question.
    pub choices: Vec<PlaceChoice>,
    /// The cases themselves, the newest first, at most 500.
    pub cases: Vec<MovingCase>,
}

/// A block that the live version has not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlaceChoice {
    /// Its id.
    pub block: String,
    /// Cases that wait in it.
    pub cases: u32,
    /// Ids of the live version's blocks of the same kind first, then all others that somebody waits in.
    pub options: Vec<String>,
}

/// What becomes of one running case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MovingCase {
    /// Its id.
    pub case: String,
    /// Its number as people say it, such as `MP000004`.
    pub number: String,
    /// Ids of the blocks that it is in.
    pub blocks: Vec<String>,
    /// Ids of the live version's blocks that it goes on in; empty where it stays.
    pub to: Vec<String>,
    /// Why it stays: `needs_choice`, `branches_differ`, `signed`, `busy` (the machine or a partner is at it), `went_on`
    /// (since the preview), `unreadable`, or the code of a rule of the gate.
    pub stays: Option<String>,
}

/// `GET /api/v1/flows/drafts/{id}/estimate`: what a case would take, by playing cases with the times and answers
/// of the company's own past ones. An estimate, never a promise; waits for people are left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FlowEstimate {
    /// The draft's revision that it is about.
    pub revision: u32,
    /// Half of all cases take less time of machines and partners, milliseconds.
    pub p50_ms: u64,
    /// 95 of 100 cases take less, milliseconds.
    pub p95_ms: u64,
    /// Questions to partners that 100 cases lead to.
    pub questions_per_100: u64,
    /// Of 100 cases, how many pass each block, by its id.
    pub passes: BTreeMap<String, u8>,
    /// Past cases whose times and answers were taken; what they say nothing about is taken from each block's own budget.
    pub past_cases: u32,
}

/// `GET /api/v1/flows/rules`: a company's own rules, which its flows keep to besides the platform's. They can only be
/// stricter: the platform's always hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FlowRules {
    /// Counted up with each change; 0 where there was none.
    pub number: u32,
    /// The company's own rules: a baseline file.
    #[schemars(with = "Map<String, Value>")]
    pub company: Value,
    /// Login of whoever set them.
    pub set_by: Option<String>,
    /// When, UTC milliseconds.
    pub set_at: Option<i64>,
    /// What they wrote about it.
    pub note: String,
    /// Keys of live flows that do not keep to them: their versions stay live, and none is released again as it is.
    pub short: Vec<String>,
}

/// `PUT /api/v1/flows/rules`: sets the company's own rules. 409 `rules_changed` when `number` is not that of the present ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetFlowRules {
    /// The number that was read.
    pub number: u32,
    /// A baseline file, as `miaopi check-flow --baseline` reads it; the codes of its rules begin with `company_`.
    #[schemars(with = "Map<String, Value>")]
    pub rules: Value,
    /// What was changed and why.
    pub note: String,
}

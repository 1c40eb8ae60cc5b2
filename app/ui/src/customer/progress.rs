//! The system at work, stage by stage. The script follows `{base}/events`; without it the page asks again by itself, and a
//! link stands beside.

use super::Cx;
use crate::components::{
    amounts::took,
    icons::{Icon, icon},
};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// Where one stage stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageState {
    /// Not begun.
    Waiting,
    /// At work.
    Running,
    /// Finished.
    Done,
    /// Needs another look; somebody or something else takes over.
    Attention,
    /// Not needed in this case.
    Skipped,
}

impl StageState {
    /// All states, in the order of a stage's life.
    pub const ALL: [StageState; 5] = [
        StageState::Waiting,
        StageState::Running,
        StageState::Done,
        StageState::Attention,
        StageState::Skipped,
    ];

    /// The state's name in class names and in progress events.
    pub fn key(self) -> &'static str {
        match self {
            StageState::Waiting => "waiting",
            StageState::Running => "running",
            StageState::Done => "done",
            StageState::Attention => "attention",
            StageState::Skipped => "skipped",
        }
    }
}

/// One stage of the work, in the customer's words. Several blocks of the flow may be one stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Stable key: `identity`, `photo`, `registry`, `credit`, `valuation`, `score`, `plan`, `funder`, `contract`, `sign`
    /// have texts of their own.
    pub key: String,
    /// Text in the reader's language where the key has none of its own.
    pub label: Option<String>,
    /// Where it stands.
    pub state: StageState,
    /// How long it took, in milliseconds, once finished.
    pub ms: Option<u64>,
}

/// What the waiting page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The stages in order.
    pub stages: Vec<Stage>,
    /// The usual time to the result, in seconds.
    pub usual_s: u32,
    /// It takes longer than usual: say so, and that nobody has to wait here.
    pub slow: bool,
    /// The customer has signed with the right code, and the authority that makes the signature does not answer: until
    /// then it is tried again, then a person takes it. In the reader's words.
    #[serde(default)]
    pub signing_until: Option<String>,
}

pub(super) fn page(cx: Cx, progress: &Progress) -> Element {
    let usual = cx.w.with("progress-usual", &[("n", progress.usual_s.into())]);
    rsx! {
        p { class: "lead", "{usual}" }
        if let Some(until) = &progress.signing_until {
            p { class: "note", {cx.w.with("progress-signing", &[("until", until.as_str().into())])} }
        } else if progress.slow {
            p { class: "note", {cx.t("progress-slow")} }
        }
        ol {
            class: "stages",
            id: "stages",
            aria_live: "polite",
            "data-ms": cx.w.with("took-ms", &[("n", "%".into())]),
            "data-s": cx.w.with("took-s", &[("n", "%".into())]),
            "data-word-waiting": cx.t("stage-waiting"),
            "data-word-running": cx.t("stage-running"),
            "data-word-done": cx.t("stage-done"),
            "data-word-attention": cx.t("stage-attention"),
            "data-word-skipped": cx.t("stage-skipped"),
            for stage in &progress.stages {
                {line(cx, stage)}
            }
        }
        p { class: "leave",
            {icon(Icon::Info)}
            span { {cx.t("progress-leave")} }
        }
        p { class: "center",
            a { class: "button plain", href: "{cx.view.base}", {cx.t("progress-look")} }
        }
    }
}

fn line(cx: Cx, stage: &Stage) -> Element {
    let label =
        cx.w.find(&format!("stage-label-{}", stage.key))
            .or_else(|| stage.label.clone())
            .unwrap_or_else(|| cx.t("stage-label-other"));
    let word = cx.t(&format!("stage-{}", stage.state.key()));
    rsx! {
        li { class: "stage {stage.state.key()}", "data-stage": "{stage.key}",
            span { class: "stage-sign", "aria-hidden": "true" }
            span { class: "stage-name", "{label}" }
            span { class: "stage-state", "{word}" }
            span { class: "stage-ms",
                if let Some(ms) = stage.ms {
                    {took(ms, cx.w)}
                }
            }
        }
    }
}

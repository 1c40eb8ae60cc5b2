//! What the page of a case shows beside the review: how it ended, the contract, why each funder and plan was excluded,
//! and the deliberate way to see what is masked. Revealing posts `why` to `/office/cases/{id}/reveal`.

use super::Cx;
use crate::components::{
    facts::{Fact, facts},
    form::{Choice, TextField, select_field},
    icons::{Icon, icon},
};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// Reasons for which masked values may be looked at.
pub const REVEAL_REASONS: [&str; 5] = ["compare", "call", "correct", "complaint", "authority"];

/// How the page shows personal values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sight {
    /// Masked, and this person may not reveal them.
    #[default]
    Masked,
    /// Masked; this person may reveal them.
    MayReveal,
    /// In full, on this page only.
    Revealed,
}

/// Something that was excluded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// The funder's or plan's name.
    pub name: String,
    /// Why, one sentence each.
    pub reasons: Vec<String>,
    /// The smallest change after which it would fit, where one change is enough.
    pub change: Option<String>,
}

/// How funders were chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matching {
    /// Funders that fit, by name.
    pub eligible: Vec<String>,
    /// Funders that were asked: name, and code of the answer.
    pub asked: Vec<(String, String)>,
    /// The others.
    pub excluded: Vec<Excluded>,
}

/// The parts of the page that do not depend on anything being decided.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dossier {
    /// Where the case stands or how it ended.
    pub standing: Vec<Fact>,
    /// Address of the signed contract, for whoever may read it.
    pub contract_url: Option<String>,
    /// How funders were chosen, once that happened.
    pub matching: Option<Matching>,
    /// Plans that do not fit.
    pub plans: Vec<Excluded>,
    /// How personal values are shown.
    pub sight: Sight,
}

/// Where it stands, and the contract.
pub(super) fn standing(cx: Cx, dossier: &Dossier) -> Element {
    rsx! {
        section { class: "card",
            h2 { {cx.t("case-standing")} }
            {facts(&dossier.standing)}
            if let Some(url) = &dossier.contract_url {
                a { class: "button second", href: "{url}",
                    {icon(Icon::Download)}
                    {cx.t("case-contract")}
                }
            }
        }
    }
}

/// The way to see what is masked, or the word that it is shown.
pub(super) fn reveal(cx: Cx, case: &str, sight: Sight) -> Element {
    match sight {
        Sight::Masked => rsx! {},
        Sight::Revealed => rsx! {
            p { class: "note", role: "status", {cx.t("reveal-done")} }
        },
        Sight::MayReveal => {
            let (label, choose) = (cx.t("reveal-why"), cx.t("choose"));
            let reasons: Vec<Choice> = REVEAL_REASONS
                .iter()
                .map(|why| Choice { value: (*why).to_owned(), label: cx.t(&format!("reveal-{why}")) })
                .collect();
            let field = TextField { name: "why", label: &label, required: true, ..TextField::default() };
            let is_wrong = cx.problems().of("why").is_some();
            rsx! {
                details { class: "reveal", open: is_wrong,
                    summary { {cx.t("reveal")} }
                    form { method: "post", action: "/office/cases/{case}/reveal", novalidate: true,
                        {cx.form_id()}
                        p { class: "hint", {cx.t("reveal-hint")} }
                        {select_field(cx.problems(), field, &reasons, Some(&choose))}
                        button { class: "button second", r#type: "submit", {cx.t("reveal-go")} }
                    }
                }
            }
        }
    }
}

/// Why funders and plans were excluded, folded.
pub(super) fn exclusions(cx: Cx, dossier: &Dossier) -> Element {
    let Some(matching) = &dossier.matching else {
        return plans(cx, &dossier.plans);
    };
    rsx! {
        section { class: "card",
            h2 { {cx.t("match-heading")} }
            if !matching.asked.is_empty() {
                ul { class: "asked",
                    for (name , answer) in &matching.asked {
                        li { "{name}: " {cx.t(&answer_key(answer))} }
                    }
                }
            }
            p { class: "muted",
                {cx.t("match-eligible")}
                " "
                if matching.eligible.is_empty() {
                    {cx.t("match-none")}
                } else {
                    {matching.eligible.join(cx.w.0.pick("、", ", "))}
                }
            }
            if !matching.excluded.is_empty() {
                {folded(cx.w.with("match-excluded", &[("n", matching.excluded.len().into())]), cx, &matching.excluded)}
            }
        }
        {plans(cx, &dossier.plans)}
    }
}

fn plans(cx: Cx, plans: &[Excluded]) -> Element {
    if plans.is_empty() {
        return rsx! {};
    }
    rsx! {
        section { class: "card",
            h2 { {cx.t("plans-heading")} }
            {folded(cx.w.with("plans-excluded", &[("n", plans.len().into())]), cx, plans)}
        }
    }
}

fn folded(summary: String, cx: Cx, list: &[Excluded]) -> Element {
    rsx! {
        details { class: "excluded",
            summary { "{summary}" }
            dl {
                for one in list {
                    div {
                        dt { "{one.name}" }
                        for reason in &one.reasons {
                            dd { "{reason}" }
                        }
                        if let Some(change) = &one.change {
                            dd { class: "change",
                                strong { {cx.t("match-change")} }
                                " {change}"
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Answers without a text of their own are failures of the line.
fn answer_key(answer: &str) -> String {
    const KNOWN: [&str; 6] =
        ["approved", "conditional", "counter_offer", "limit_reached", "declined", "pending"];
    let known = KNOWN.contains(&answer);
    format!("answer-{}", if known { answer.replace('_', "-") } else { "failed".to_owned() })
}

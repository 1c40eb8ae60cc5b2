//! The customer reads each consent on this screen, ticks it, and signs with a finger. It takes effect once the customer
//! confirms it by a code on their own phone.

use super::errand::{errand, note};
use super::{
    desk::{Desk, use_desk},
    moment::when,
    pad::{self, FEWEST_POINTS, Pad},
};
use crate::components::icons::{Icon, icon};
use crate::texts::Words;
use dioxus::prelude::*;
use shared::app::{Ask, CaseView, ConsentShown};
use shared::domain::Purpose;
use shared::protocol::on_offer::ConsentOnOffer;
use std::collections::BTreeSet;

/// How a recipient is written that is a funder.
const A_FUNDER: &str = "funder:";

/// The consents of the open case.
#[component]
pub fn Consents() -> Element {
    let desk = use_desk();
    let w = desk.words();
    let ticked = use_signal(BTreeSet::<String>::new);
    let strokes = use_signal(pad::Strokes::new);
    let mut said = use_signal(|| None::<&'static str>);
    let case = desk.case.read();
    let Some(case) = case.as_ref() else { return rsx! {} };
    let on_offer = desk.on_offer.read().clone();
    let Some(on_offer) = on_offer else {
        return rsx! { p { class: "empty", {w.t("offer-not-here")} } };
    };
    let open: Vec<ConsentOnOffer> =
        on_offer.consents.iter().filter(|consent| is_open(case, consent)).cloned().collect();
    let document = case.row.document;
    let version = on_offer.consents_version.clone();
    let sign = move |_| {
        let version = version.clone();
        let purposes: Vec<Purpose> =
            ticked.peek().iter().filter_map(|code| Purpose::from_code(code)).collect();
        let problem = match () {
            () if purposes.is_empty() => Some("consents-tick-first"),
            () if pad::points(&strokes.peek()) < FEWEST_POINTS => Some("consents-sign-first"),
            () => None,
        };
        said.set(problem);
        if problem.is_none() {
            errand(async move { hand_in(desk, document, purposes, version, ticked, strokes).await });
        }
    };
    rsx! {
        if !case.consents.is_empty() {
            {given(desk, w, &case.consents)}
        }
        if open.is_empty() {
            p { class: "banner good", {icon(Icon::Check)} {w.t("consents-all-given")} }
        } else if case.is_draft() {
            p { class: "lead", {w.t("consents-lead")} }
            for consent in open {
                {one(w, &consent, ticked, case)}
            }
            section { class: "card",
                h2 { {w.t("pad-title")} }
                p { class: "hint", {w.t("pad-hint")} }
                Pad { w, strokes }
                if let Some(said) = said.read().as_ref() {
                    p { class: "error", role: "alert", {w.t(said)} }
                }
                button { class: "button main", r#type: "button", onclick: sign, {w.t("consents-go")} }
            }
        }
    }
}

async fn hand_in(
    desk: Desk,
    document: shared::document::DocumentId,
    purposes: Vec<Purpose>,
    text_version: String,
    ticked: Signal<BTreeSet<String>>,
    strokes: Signal<pad::Strokes>,
) {
    let drawn = strokes.peek().clone();
    let Some(picture) = pad::picture(&drawn).await else { return desk.tell_problem("photo_decode_failed") };
    let ask = Ask::Consent { document, purposes, text_version };
    if desk.change(ask, Some(picture)).await.is_ok() {
        note(ticked, BTreeSet::new());
        note(strokes, pad::Strokes::new());
    }
}

/// Not given yet, and to be asked here: the one towards a funder needs the funder's name, which comes with the plan.
fn is_open(case: &CaseView, consent: &ConsentOnOffer) -> bool {
    let given = case.consents.iter().any(|given| given.purpose.code() == consent.purpose);
    !given && Purpose::from_code(&consent.purpose).is_some() && !consent.recipient.starts_with(A_FUNDER)
}

fn one(w: Words, consent: &ConsentOnOffer, mut ticked: Signal<BTreeSet<String>>, case: &CaseView) -> Element {
    let code = consent.purpose.clone();
    let needed =
        case.missing.iter().any(|missing| missing.consent.is_some_and(|purpose| purpose.code() == code));
    let is_ticked = ticked.read().contains(&code);
    rsx! {
        div { class: "consent", key: "{consent.purpose}",
            label { class: "tick",
                input {
                    r#type: "checkbox",
                    checked: is_ticked,
                    onchange: move |event| {
                        let mut ticked = ticked.write();
                        if event.checked() {
                            ticked.insert(code.clone());
                        } else {
                            ticked.remove(&code);
                        }
                    },
                }
                span {
                    "{consent.title.get(w.0)}"
                    if !needed {
                        span { class: "tag", {w.t("consents-optional")} }
                    }
                }
            }
            dl { class: "facts small",
                div {
                    dt { {w.t("consents-aim")} }
                    dd { "{consent.aim.get(w.0)}" }
                }
                div {
                    dt { {w.t("consents-data")} }
                    dd { "{consent.data.get(w.0)}" }
                }
                div {
                    dt { {w.t("consents-days")} }
                    dd { {w.with("days", &[("n", consent.days.into())])} }
                }
            }
            details {
                summary { {w.t("consents-text")} }
                p { class: "prose", "{consent.text.get(w.0)}" }
            }
        }
    }
}

fn given(desk: Desk, w: Words, consents: &[ConsentShown]) -> Element {
    rsx! {
        section { class: "card",
            h2 { {w.t("consents-given")} }
            ul { class: "given",
                for consent in consents {
                    li { key: "{consent.purpose.code()}",
                        {icon(Icon::Check)}
                        span { "{consent.purpose.text(w.0)}" }
                        small { class: "muted", {when(desk, consent.at)} }
                    }
                }
            }
            p { class: "hint", {w.t("consents-take-effect")} }
        }
    }
}

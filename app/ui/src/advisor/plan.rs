//! Price, down payment and term with every plan's figures beside them, worked out on the device while the advisor slides.

use super::errand::errand;
use super::{
    calculate::{self, Offered},
    desk::{Desk, use_desk},
    field::FieldBox,
};
use crate::components::{
    amounts::{yuan, yuan_short},
    icons::{Icon, icon},
};
use crate::texts::Words;
use dioxus::prelude::*;
use shared::app::{Ask, CaseView};
use shared::document::{DocumentId, Field, PlanChosen};
use shared::domain::{Fen, Inquiry, Months, PlannedOffer, Ranking};

/// Plans shown at once; the rest stands behind "more".
const SHOWN: usize = 3;

/// The calculator of the open case.
#[component]
pub fn Plan() -> Element {
    let desk = use_desk();
    let w = desk.words();
    let down = use_signal(|| None::<Fen>);
    let months = use_signal(|| first_months(desk));
    let case = desk.case.read();
    let Some(case) = case.as_ref() else { return rsx! {} };
    let offered = desk.offered.read().clone();
    let price =
        case.text(Field::Price).parse::<i64>().ok().and_then(|fen| Fen::new(fen).ok()).unwrap_or(Fen::ZERO);
    let asked = calculate::inquiry(case, price, *desk.today.read());
    rsx! {
        if let Some(plan) = PlanChosen::parse(case.text(Field::Plan)) {
            {chosen(w, case, &plan, offered.as_deref())}
        }
        section { class: "card fields", aria_label: w.t("part-plan"),
            FieldBox { field: Field::Price }
            FieldBox { field: Field::ProductKind }
            FieldBox { field: Field::SaleRegion }
            details { open: !case.text(Field::Dealer).is_empty(),
                summary { {w.t("fields-more")} }
                div { class: "fields",
                    FieldBox { field: Field::Dealer }
                    FieldBox { field: Field::Purpose }
                }
            }
        }
        if case.is_draft() {
            match (offered, asked) {
                (None, _) => rsx! { p { class: "empty", {w.t("offer-not-here")} } },
                (_, None) => rsx! { p { class: "empty", {w.t("plan-price-first")} } },
                (Some(offered), Some((inquiry, assumed))) => rsx! {
                    {sliders(Sliders { desk, w, case, offered: &offered, inquiry: &inquiry, price, down, months })}
                    {results(desk, w, case, &ranking(&offered, &inquiry, case, price, down, months))}
                    p { class: "hint",
                        {w.t("plan-preview")}
                        if !assumed.is_empty() {
                            {assumptions(w, &assumed)}
                        }
                    }
                },
            }
        }
    }
}

fn first_months(desk: Desk) -> Option<Months> {
    let case = desk.case.peek();
    case.as_ref()?.text(Field::Term).parse::<u16>().ok().and_then(|months| Months::new(months).ok())
}

fn ranking(
    offered: &Offered,
    inquiry: &Inquiry,
    case: &CaseView,
    price: Fen,
    down: Signal<Option<Fen>>,
    months: Signal<Option<Months>>,
) -> Ranking {
    let down = (*down.read()).unwrap_or_else(|| calculate::first_down_payment(case, price));
    calculate::preview(offered, inquiry.clone(), down, *months.read())
}

fn assumptions(w: Words, assumed: &[calculate::Assumed]) -> String {
    let list: Vec<String> = assumed.iter().map(|assumed| w.t(assumed.key())).collect();
    w.with("plan-assumed", &[("what", list.join(&w.t("list-comma")).into())])
}

struct Sliders<'a> {
    desk: Desk,
    w: Words,
    case: &'a CaseView,
    offered: &'a Offered,
    inquiry: &'a Inquiry,
    price: Fen,
    down: Signal<Option<Fen>>,
    months: Signal<Option<Months>>,
}

fn sliders(s: Sliders) -> Element {
    let Sliders { desk, w, case, offered, inquiry, price, mut down, mut months } = s;
    let document = case.row.document;
    let most = calculate::most_down_payment(price);
    let now = (*down.read()).unwrap_or_else(|| calculate::first_down_payment(case, price)).min(most);
    let percent = now.get() * 100 / price.get().max(1);
    let terms = calculate::terms(offered, inquiry);
    let down_name = w.t("field-down-payment");
    let chosen = *months.read();
    let keep_down = move || {
        let Some(fen) = *down.peek() else { return };
        keep(desk, document, Field::DownPayment, fen.get().to_string());
    };
    rsx! {
        section { class: "card", aria_label: w.t("plan-adjust"),
            div { class: "slider",
                div { class: "slider-head",
                    label { r#for: "f-down_payment", {w.t("field-down-payment")} }
                    output { class: "slider-value", "{yuan_short(now.get())} · {percent}%" }
                }
                input {
                    id: "f-down_payment",
                    r#type: "range",
                    min: "0",
                    max: "{most.get() / calculate::STEP_FEN}",
                    step: "1",
                    value: "{now.get() / calculate::STEP_FEN}",
                    aria_valuetext: "{yuan_short(now.get())}",
                    oninput: move |event| {
                        let steps = event.value().parse::<i64>().unwrap_or(0);
                        down.set(Fen::new(steps * calculate::STEP_FEN).ok());
                    },
                    onchange: move |_| keep_down(),
                }
                div { class: "pair",
                    for (delta , sign) in [(-calculate::STEP_FEN, "−"), (calculate::STEP_FEN, "+")] {
                        button {
                            class: "button small",
                            r#type: "button",
                            aria_label: "{down_name} {sign} ¥1,000",
                            onclick: move |_| {
                                let next = (now.get() + delta).clamp(0, most.get());
                                down.set(Fen::new(next).ok());
                                keep_down();
                            },
                            "{sign} ¥1,000"
                        }
                    }
                }
            }
            fieldset { class: "terms", id: "f-term", tabindex: "-1",
                legend { {w.t("field-term")} }
                div { class: "chips",
                    for term in terms {
                        label { class: "chip-choice", key: "{term}",
                            input {
                                r#type: "radio",
                                name: "term",
                                value: "{term}",
                                checked: chosen == Some(term),
                                onchange: move |_| {
                                    months.set(Some(term));
                                    keep(desk, document, Field::Term, term.to_string());
                                },
                            }
                            span { {w.with("months", &[("n", term.get().into())])} }
                        }
                    }
                }
            }
        }
    }
}

fn keep(desk: Desk, document: DocumentId, field: Field, text: String) {
    errand(async move {
        let _ = desk.fill(document, vec![(field.key().to_owned(), text)]).await;
    });
}

fn results(desk: Desk, w: Words, case: &CaseView, ranking: &Ranking) -> Element {
    let kept = PlanChosen::parse(case.text(Field::Plan));
    let (first, rest) = ranking.offers.split_at(ranking.offers.len().min(SHOWN));
    rsx! {
        section { class: "results", aria_label: w.t("plan-results"), aria_live: "polite",
            if first.is_empty() {
                {none(desk, w, ranking)}
            }
            for offer in first {
                {plan_card(desk, w, case, offer, kept.as_ref())}
            }
            if !rest.is_empty() {
                details {
                    summary { {w.with("plan-more", &[("n", rest.len().into())])} }
                    div { class: "results",
                        for offer in rest {
                            {plan_card(desk, w, case, offer, kept.as_ref())}
                        }
                    }
                }
            }
        }
    }
}

/// No plan fits: the reasons that can still be changed come first.
fn none(desk: Desk, w: Words, ranking: &Ranking) -> Element {
    let lang = *desk.lang.read();
    let fixed = ["kind", "condition", "vehicle_class", "energy", "not_offered", "region", "grade"];
    let mut reasons: Vec<String> = ranking
        .excluded
        .iter()
        .flat_map(|excluded| &excluded.reasons)
        .filter(|reason| !fixed.contains(&reason.code()))
        .map(|reason| reason.text(lang))
        .collect();
    reasons.sort();
    reasons.dedup();
    rsx! {
        div { class: "card",
            h2 { {w.t("plan-none")} }
            p { class: "hint", {w.t("plan-none-hint")} }
            ul { class: "reasons",
                for reason in reasons.iter().take(5) {
                    li { "{reason}" }
                }
            }
        }
    }
}

fn plan_card(
    desk: Desk,
    w: Words,
    case: &CaseView,
    offer: &PlannedOffer,
    kept: Option<&PlanChosen>,
) -> Element {
    let document = case.row.document;
    let plan = calculate::chosen(offer);
    let is_kept = kept == Some(&plan);
    let fields = calculate::settles(case, offer);
    let choose = move |_| {
        let (plan, fields) = (plan.clone(), fields.clone());
        errand(async move {
            if fields.is_empty() || desk.fill(document, fields).await.is_ok() {
                let _ = desk.change(Ask::ChoosePlan { document, plan }, None).await;
            }
        });
    };
    rsx! {
        article { class: if is_kept { "card offer agreed-on" } else { "card offer" }, key: "{offer.plan.as_str()}",
            h2 { "{offer.plan_name.get(w.0)}" }
            dl { class: "figures three",
                {figure(w.t("plan-monthly"), yuan(offer.monthly.get()), true)}
                {figure(w.t("plan-total"), yuan(offer.total_cost.get()), false)}
                {figure(w.t("plan-annual"), offer.annualised_cost.percent(2), false)}
                {figure(w.t("plan-down"), yuan_short(offer.down_payment.get()), false)}
                {figure(w.t("plan-financed"), yuan_short(offer.financed.get()), false)}
                {figure(w.t("plan-term"), w.with("months", &[("n", offer.months.get().into())]), false)}
            }
            if is_kept {
                p { class: "chosen", {icon(Icon::Check)} {w.t("plan-chosen")} }
            } else {
                button { class: "button second", r#type: "button", onclick: choose, {w.t("plan-choose")} }
            }
        }
    }
}

fn figure(name: String, value: String, large: bool) -> Element {
    rsx! {
        div { class: if large { "figure large" } else { "figure" },
            dt { "{name}" }
            dd { "{value}" }
        }
    }
}

/// The plan that was agreed on, and whether the case has moved on since.
fn chosen(w: Words, case: &CaseView, plan: &PlanChosen, offered: Option<&Offered>) -> Element {
    let name = offered
        .and_then(|offered| offered.catalogue.get(&plan.plan))
        .map(|plan| plan.name.get(w.0).to_owned());
    let stale = case.is_draft() && !calculate::still_fits(case, plan);
    rsx! {
        section { class: "card agreed", id: "f-plan", tabindex: "-1",
            h2 { {w.t("plan-agreed")} }
            p { class: "strong", {name.unwrap_or_else(|| plan.plan.as_str().to_owned())} }
            dl { class: "figures three",
                {figure(w.t("plan-monthly"), yuan(plan.monthly.get()), false)}
                {figure(w.t("plan-annual"), plan.annualised_cost.percent(2), false)}
                {figure(w.t("plan-term"), w.with("months", &[("n", plan.months.get().into())]), false)}
            }
            if stale {
                p { class: "warning", role: "status", {icon(Icon::Alert)} {w.t("plan-stale")} }
            }
        }
    }
}

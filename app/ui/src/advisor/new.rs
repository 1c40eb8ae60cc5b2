//! Begin a case: one tap on a product, and it is kept on the device before the next screen opens.

use super::errand::{errand, note};
use super::{
    desk::{Desk, use_desk},
    engine,
    parts::Part,
    route::Route,
};
use crate::components::icons::{Icon, icon};
use dioxus::prelude::*;
use shared::app::{Answer, Ask};
use shared::document::Field;
use shared::protocol::on_offer::ProductOnOffer;

/// Which product the case is begun for.
#[component]
pub fn New() -> Element {
    let desk = use_desk();
    let w = desk.words();
    let mut busy = use_signal(|| false);
    let on_offer = desk.on_offer.read().clone();
    let products: Vec<ProductOnOffer> =
        on_offer.map(|on_offer| on_offer.products.clone()).unwrap_or_default();
    let mut start = move |product: Option<ProductOnOffer>| {
        if *busy.peek() {
            return;
        }
        busy.set(true);
        errand(async move {
            begin(desk, product).await;
            note(busy, false);
        });
    };
    rsx! {
        h1 { id: "heading", tabindex: "-1", {w.t("title-new")} }
        p { class: "lead", {w.t("new-lead")} }
        ul { class: "products",
            for product in products {
                li { key: "{product.key}",
                    button {
                        class: "product",
                        r#type: "button",
                        disabled: *busy.read(),
                        onclick: {
                            let product = product.clone();
                            move |_| start(Some(product.clone()))
                        },
                        span { class: "product-name", "{product.name.get(w.0)}" }
                        span { class: "muted", "{product.condition.text(w.0)}" }
                        {icon(Icon::Forward)}
                    }
                }
            }
        }
        if desk.on_offer.read().is_none() {
            p { class: "banner note", {icon(Icon::Info)} {w.t("offer-not-here")} }
            button { class: "button second", r#type: "button", disabled: *busy.read(), onclick: move |_| start(None), {w.t("new-without-product")} }
        }
        p { class: "hint", {w.t("new-kept")} }
    }
}

async fn begin(desk: Desk, product: Option<ProductOnOffer>) {
    let case = match engine::ask(Ask::Begin, None).await.0 {
        Answer::Case(case) => case,
        Answer::Refused { code } => return desk.tell_problem(&code),
        _ => return,
    };
    let document = case.row.document;
    desk.show(Route::Case(document, Part::Overview), true);
    desk.take_case(*case);
    let Some(product) = product else { return };
    let word = |value: serde_json::Result<serde_json::Value>| value.ok()?.as_str().map(str::to_owned);
    let mut fields = Vec::new();
    if let Some(condition) = word(serde_json::to_value(product.condition)) {
        fields.push((Field::Condition.key().to_owned(), condition));
    }
    if let [kind] = product.kinds.as_slice() {
        fields
            .extend(word(serde_json::to_value(kind)).map(|kind| (Field::ProductKind.key().to_owned(), kind)));
    }
    let _ = desk.fill(document, fields).await;
}

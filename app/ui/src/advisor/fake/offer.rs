//! What is on offer: the catalogues that the server ships with.

use serde_json::{Value, json};
use shared::domain::AccountId;
use shared::protocol::on_offer::{ConsentOnOffer, OnOffer};

pub(super) fn on_offer() -> OnOffer {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let consents = read(include_str!("../../../../../assets/consents/texts.json"));
    let flows = [
        include_str!("../../../../../assets/flows/new-car-loan.json"),
        include_str!("../../../../../assets/flows/used-car-leaseback.json"),
    ];
    let products = flows.into_iter().map(read).filter_map(|flow| {
        let (key, name, terms) = (&flow["key"], &flow["name"], &flow["product"]);
        let (condition, kinds) = (&terms["condition"], &terms["kinds"]);
        serde_json::from_value(json!({"key": key, "condition": condition, "kinds": kinds, "name": name})).ok()
    });
    let asked = ["process_identity", "real_name_check", "credit_query", "vehicle_valuation"];
    let words = asked.into_iter().filter_map(|purpose| {
        serde_json::from_value::<ConsentOnOffer>(consents["consents"][purpose].clone()).ok()
    });
    OnOffer {
        account: AccountId::from_bytes([1; 16]),
        name: "陈顾问".into(),
        photo_key: "00".repeat(32),
        products: products.collect(),
        plans: read(include_str!("../../../../../assets/plans/catalogue.json")),
        limits: read(include_str!("../../../../../assets/plans/limits.json")),
        consents: words.collect(),
        consents_version: consents["version"].as_str().unwrap_or_default().to_owned(),
    }
}

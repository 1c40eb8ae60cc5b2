//! What a customer's program sends and gets that no type of ours stands for: forms with a photo, and the sheet of costs,
//! which belongs to the screens. Only the API's description is made from these.

use utoipa::ToSchema;

/// The ID number with a photo of the card.
#[derive(ToSchema)]
#[schema(example = json!({"act_id": "identity-1", "id_number": "110105198004197592", "phone": "13800138000",
    "photo": "(the file)"}))]
#[allow(dead_code, reason = "only described")]
pub(super) struct IdentityForm {
    /// Minted by the caller; the same id is the same act.
    #[schema(pattern = "^[A-Za-z0-9_:#.-]{1,64}$")]
    act_id: String,
    /// 18 characters.
    id_number: String,
    /// The mobile number, where the link did not bring it.
    phone: Option<String>,
    /// The portrait side of the card, up to 20 MB.
    #[schema(value_type = String, format = Binary)]
    photo: Vec<u8>,
}

/// A better photo of the card.
#[derive(ToSchema)]
#[schema(example = json!({"act_id": "photo-1", "photo": "(the file)"}))]
#[allow(dead_code, reason = "only described")]
pub(super) struct PhotoOnlyForm {
    /// Minted by the caller; the same id is the same act.
    #[schema(pattern = "^[A-Za-z0-9_:#.-]{1,64}$")]
    act_id: String,
    /// The portrait side of the card, up to 20 MB.
    #[schema(value_type = String, format = Binary)]
    photo: Vec<u8>,
}

/// The sheet of all costs.
#[derive(ToSchema)]
#[schema(example = json!({
    "terms": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", "funder": "样本银行",
    "annual_percent": "8.64", "total_cost": "¥12,345.00",
    "groups": [{"title": "融资", "rows": [{"label": "融资金额", "value": "¥90,860.00", "note": ""}]}],
    "method": "按内部收益率计算。", "seconds_left": 10, "seconds_total": 10, "ticked": false
}))]
#[allow(dead_code, reason = "only described")]
pub(super) struct DisclosureSheet {
    /// SHA-256 (hex) of the disclosed terms.
    terms: String,
    /// Who states the costs: the funder.
    funder: String,
    /// Annualised cost in percent as a decimal number, such as `8.64`.
    annual_percent: String,
    /// Sum of all costs, as shown.
    total_cost: String,
    /// The parts of the sheet.
    groups: Vec<CostGroup>,
    /// How the annualised cost is calculated.
    method: String,
    /// Seconds until the confirmation counts; 0 when it does.
    seconds_left: u32,
    /// The whole reading time in seconds.
    seconds_total: u32,
    /// Always false here.
    ticked: bool,
}

/// A part of the sheet.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only described")]
pub(super) struct CostGroup {
    /// Its heading.
    title: String,
    /// Its lines.
    rows: Vec<CostRow>,
}

/// A line of the sheet.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only described")]
pub(super) struct CostRow {
    /// What is charged.
    label: String,
    /// How much, as shown.
    value: String,
    /// Who collects it, how and when; empty where there is nothing to add.
    note: String,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};
    use ui::customer::{CostGroup, CostRow, Disclosure};

    #[test]
    fn the_sheet_is_described_as_it_is_sent() {
        let row = CostRow { label: String::new(), value: String::new(), note: String::new() };
        let sent = json!(Disclosure {
            terms: String::new(),
            funder: String::new(),
            annual_percent: String::new(),
            total_cost: String::new(),
            groups: vec![CostGroup { title: String::new(), rows: vec![row] }],
            method: String::new(),
            seconds_left: 0,
            seconds_total: 0,
            ticked: false,
        });
        let document = crate::router::description();
        let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<String>>();
        for (name, sent) in [
            ("DisclosureSheet", &sent),
            ("CostGroup", &sent["groups"][0]),
            ("CostRow", &sent["groups"][0]["rows"][0]),
        ] {
            let described = &document["components"]["schemas"][name]["properties"];
            assert_eq!(names(described), names(sent), "{name}");
        }
    }
}

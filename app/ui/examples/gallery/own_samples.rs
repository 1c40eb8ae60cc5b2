//! A funder of the company's own, with what is wrong with it.

use shared::domain::lang::Lang;
use ui::office::{OwnFunder, OwnMapping, TriedSample};

/// The form, filled in as far as is usual.
pub fn form() -> OwnFunder {
    let values = [
        ("name_zh", "湖畔银行"),
        ("name_en", "Lakeside Bank"),
        ("product-loan", "1"),
        ("amount_min", "10000"),
        ("amount_max", "500000"),
        ("months", "12, 24, 36"),
        ("grade-A", "1"),
        ("day1", "1"),
        ("from", "08:00"),
        ("to", "20:00"),
    ];
    OwnFunder {
        values: values.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        like: vec![("huaxing-bank".into(), "华兴样例银行".into())],
        ..OwnFunder::default()
    }
}

/// A mapping whose yes is not read yet.
pub fn mapping(lang: Lang) -> OwnMapping {
    let values = [
        ("speaks", "its"),
        ("at-outcome", "/data/result"),
        ("at-amount", "/data/sum"),
        ("at-reason", "/data/refuse"),
        ("words-approved", "PASS"),
        ("money", "yuan"),
        ("sample-1", r#"{"data": {"result": "PASS", "amt": "99800.50"}}"#),
    ];
    let part = |part: &str, found: Option<&str>, why: Option<&str>| {
        (part.to_owned(), found.map(str::to_owned), why.map(str::to_owned))
    };
    let parts = vec![
        part("outcome", Some("approved"), None),
        part("amount", None, Some("missing")),
        part("rate", Some("6.99%"), None),
    ];
    OwnMapping {
        slug: "funders.own-lakeside-bank-0a1b2c3d4e".into(),
        name: lang.pick("湖畔银行", "Lakeside Bank").into(),
        number: 3,
        values: values.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        tried: vec![(1, TriedSample { says: "approved".into(), fits: false, parts })],
        passes: false,
    }
}

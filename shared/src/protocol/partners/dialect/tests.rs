use super::*;
use proptest::prelude::*;
use serde_json::json;

/// A funder that counts in yuan and percent, under names of its own.
fn lakeside() -> Dialect {
    serde_json::from_value(json!({
        "at": {"outcome": "/data/result", "reference": "/data/orderNo", "amount": "/data/loan/amt",
            "months": "/data/loan/periods", "rate": "/data/loan/yearRate", "reason": "/data/refuseCode",
            "stipulations": "/data/supplements"},
        "words": {"approved": ["PASS", "0"], "declined": ["REJECT"], "pending": ["WAIT"], "conditional": ["SUPPLEMENT"]},
        "money": "yuan", "rate": "percent",
    }))
    .unwrap()
}

fn asked() -> FunderTerms {
    FunderTerms {
        currency: CNY.into(),
        amount_fen: 8_000_050,
        down_payment_fen: 2_000_000,
        term_months: 36,
        annual_rate: Decimal::new(699, 4),
    }
}

fn yes() -> Value {
    json!({"data": {"result": "PASS", "orderNo": 778_899, "loan": {"amt": "80000.50", "periods": 36, "yearRate": 6.99}}})
}

fn read(answer: &Value) -> Result<FunderDecision, Misread> {
    lakeside().read(answer.to_string().as_bytes(), Some(&asked()))
}

#[test]
fn a_yes_in_its_words_and_units_is_our_yes() {
    let reference = PartnerToken::parse("778899").unwrap();
    assert_eq!(read(&yes()), Ok(FunderDecision::Approved { reference, terms: asked() }));
    let mut with_number = yes();
    with_number["data"]["result"] = json!(0);
    assert!(matches!(read(&with_number), Ok(FunderDecision::Approved { .. })));
}

#[test]
fn a_no_a_wait_and_conditions() {
    let no = json!({"data": {"result": "REJECT", "orderNo": "a-1", "refuseCode": "R07"}});
    let Ok(FunderDecision::Declined { reason, .. }) = read(&no) else { panic!("no no") };
    assert_eq!(reason.as_str(), "R07");
    let silent = json!({"data": {"result": "REJECT", "orderNo": "a-1", "refuseCode": null}});
    let Ok(FunderDecision::Declined { reason, .. }) = read(&silent) else { panic!("no no") };
    assert_eq!(reason.as_str(), NO_REASON);
    let wait = json!({"data": {"result": "WAIT", "orderNo": "a-1"}});
    let Ok(FunderDecision::Pending { callback, expected_within_s, .. }) = read(&wait) else {
        panic!("no wait")
    };
    assert_eq!((callback, expected_within_s), (false, USUAL_WAIT_S));
    let mut maybe = yes();
    maybe["data"]["result"] = json!("SUPPLEMENT");
    for (texts, many) in [(json!("收入证明"), 1), (json!(["收入证明", "银行流水"]), 2)] {
        maybe["data"]["supplements"] = texts;
        let Ok(FunderDecision::Conditional { stipulations, .. }) = read(&maybe) else {
            panic!("no condition")
        };
        assert_eq!(stipulations.len(), many);
    }
}

#[test]
fn what_cannot_be_read_is_named_with_its_part() {
    let rows: [(&str, Value, Part, Why); 14] = [
        ("/data/result", json!("OK"), Part::Outcome, Why::UnknownWord),
        ("/data/result", Value::Null, Part::Outcome, Why::Missing),
        ("/data/result", json!({}), Part::Outcome, Why::NotText),
        ("/data/orderNo", json!("../x"), Part::Reference, Why::NotACode),
        ("/data/orderNo", Value::Null, Part::Reference, Why::Missing),
        ("/data/loan/amt", json!("80,000"), Part::Amount, Why::NotNumber),
        ("/data/loan/amt", json!("80000.505"), Part::Amount, Why::NotWhole),
        ("/data/loan/amt", json!(0), Part::Amount, Why::OutOfRange),
        ("/data/loan/amt", json!(-5), Part::Amount, Why::OutOfRange),
        ("/data/loan/amt", json!(1e20), Part::Amount, Why::OutOfRange),
        ("/data/loan/periods", json!(36.5), Part::Months, Why::NotWhole),
        ("/data/loan/periods", json!(121), Part::Months, Why::OutOfRange),
        ("/data/loan/yearRate", json!(699), Part::Rate, Why::OutOfRange),
        ("/data/loan", json!([]), Part::Amount, Why::Missing),
    ];
    for (pointer, value, part, why) in rows {
        let mut answer = yes();
        *answer.pointer_mut(pointer).unwrap() = value;
        assert_eq!(read(&answer), Err(Misread { part, why }), "{answer}");
        let seen = lakeside().look(answer.to_string().as_bytes());
        assert!(seen.contains(&(part, Err(Misread { part, why }))), "{answer}");
    }
    let not_json = Err(Misread { part: Part::Outcome, why: Why::NotJson });
    assert_eq!(lakeside().read(b"<xml/>", None), not_json);
}

#[test]
fn nothing_said_about_the_down_payment_leaves_it_as_asked_and_a_place_for_it_is_read() {
    let mut dialect = lakeside();
    dialect.at.insert(Part::DownPayment, "/data/loan/first".into());
    let mut answer = yes();
    let text = answer.to_string();
    let missing = Err(Misread { part: Part::DownPayment, why: Why::Missing });
    assert_eq!(dialect.read(text.as_bytes(), Some(&asked())), missing);
    answer["data"]["loan"]["first"] = json!(20_001);
    let text = answer.to_string();
    let Ok(FunderDecision::Approved { terms, .. }) = dialect.read(text.as_bytes(), Some(&asked())) else {
        panic!("no yes")
    };
    assert_eq!(terms.down_payment_fen, 2_000_100);
}

/// The empty mapping says the same as the protocol's own types.
#[test]
fn our_own_protocol_reads_as_its_types_do() {
    let ours = Dialect::default();
    assert!(ours.is_ours() && ours.faults().is_empty());
    let token = || PartnerToken::parse("f-1").unwrap();
    let said = [
        FunderDecision::Approved { reference: token(), terms: asked() },
        FunderDecision::Conditional {
            reference: token(),
            terms: asked(),
            stipulations: vec![PartnerText::parse("收入证明").unwrap()],
        },
        FunderDecision::CounterOffer { reference: token(), terms: asked() },
        FunderDecision::LimitReached { reference: token() },
        FunderDecision::Declined { reference: token(), reason: token() },
        FunderDecision::Pending { reference: token(), callback: true, expected_within_s: 60 },
        FunderDecision::Error { code: token() },
    ];
    for decision in said {
        let text = serde_json::to_vec(&decision).unwrap();
        assert_eq!(ours.read(&text, None), Ok(decision.clone()), "{decision:?}");
        assert!(ours.look(&text).iter().all(|(_, found)| found.is_ok()), "{decision:?}");
    }
}

#[test]
fn a_mapping_is_whole_or_says_what_is_missing() {
    assert!(lakeside().faults().is_empty());
    let change = |change: &dyn Fn(&mut Dialect)| {
        let mut dialect = lakeside();
        change(&mut dialect);
        dialect.faults()
    };
    let at = |part: Part, pointer: String| {
        move |dialect: &mut Dialect| {
            dialect.at.insert(part, pointer.clone());
        }
    };
    assert_eq!(change(&|d| drop(d.at.remove(&Part::Rate))), [Unmapped::Missing(Part::Rate)]);
    for bad in ["data", "/a~2b", &format!("/{}", "x".repeat(MAX_POINTER))] {
        assert_eq!(change(&at(Part::Reason, bad.to_owned())), [Unmapped::Pointer(Part::Reason)], "{bad}");
    }
    assert!(change(&at(Part::Reason, "/a~1b/~0/0".to_owned())).is_empty());
    assert_eq!(
        change(&|d| drop(d.words.remove(&FunderOutcome::Declined))),
        [Unmapped::NoWord(FunderOutcome::Declined)]
    );
    let twice = |d: &mut Dialect| drop(d.words.insert(FunderOutcome::Error, vec!["PASS".into()]));
    assert_eq!(change(&twice), [Unmapped::Twice(FunderOutcome::Error)]);
    let many = |d: &mut Dialect| {
        let words = (0..=MAX_WORDS).map(|n| n.to_string()).skip(1).chain(["x".into()]).collect();
        d.words.insert(FunderOutcome::Error, words);
    };
    assert_eq!(change(&many), [Unmapped::Word(FunderOutcome::Error)]);
    assert!(serde_json::from_value::<Dialect>(json!({"script": "x"})).is_err());
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "(PASS|REJECT|WAIT|SUPPLEMENT|[-0-9.eE]{0,40}|\\PC{0,12})".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        let name = "(data|result|orderNo|loan|amt|periods|yearRate|supplements|outcome|terms|\\PC{0,4})";
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(name, inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(crate::domain::fixed_seed(512))]

    /// Whatever comes: no panic, and what is read is exactly what is shown.
    #[test]
    fn any_json_is_read_or_refused(answer in any_json(), loan in any_json(), ours in any::<bool>()) {
        let dialect = if ours { Dialect::default() } else { lakeside() };
        for answer in [&answer, &json!({"data": {"result": "PASS", "orderNo": "a", "loan": loan}})] {
            let text = answer.to_string();
            let read = dialect.read(text.as_bytes(), Some(&asked()));
            let seen = dialect.look(text.as_bytes());
            prop_assert_eq!(read.is_ok(), seen.iter().all(|(_, found)| found.is_ok()));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let read = lakeside().read(&bytes, None);
        prop_assert!(read.is_err() || serde_json::from_slice::<Value>(&bytes).is_ok());
    }
}

//! Two devices with one application, for tests of the document.

use super::*;
use crate::domain::{AccountId, Fen, Months, PhotoId, Purpose, Recipient};
use jiff::Timestamp;

/// Noon of the day on which all this happens.
const NOON: i64 = 1_795_600_000;

pub(crate) fn actor(number: u8) -> Actor {
    Actor::fresh([number; 16])
}

pub(crate) fn device(number: u8) -> Application {
    Application::begin(DocumentId::from_bytes([7; 16]), actor(number)).unwrap()
}

pub(crate) fn pair() -> (Application, Application) {
    (device(1), device(2))
}

pub(crate) fn advisor(number: u8, second: i64) -> Stamp {
    let at = Timestamp::from_second(NOON + second).unwrap();
    Stamp { source: Source::advisor(AccountId::from_bytes([number; 16])), at }
}

/// Each gets what it lacks of the other; afterwards both say the same.
pub(crate) fn meet(a: &mut Application, b: &mut Application) {
    let (from_a, from_b) = (a.changes_since(&b.heads()), b.changes_since(&a.heads()));
    a.take(&from_b).unwrap();
    b.take(&from_a).unwrap();
    assert_eq!(a.heads(), b.heads());
    assert_eq!(a.view(), b.view());
}

pub(crate) fn shown(application: &Application, field: Field) -> Option<String> {
    application.field(field).shown().map(|entry| entry.text.clone())
}

pub(crate) fn photo(number: u8, slot: Slot) -> Photo {
    Photo {
        id: PhotoId::from_bytes([number; 16]),
        slot,
        plain: PhotoHash::of(&[number]),
        cipher: PhotoHash::of(&[number, 1]),
        cipher_bytes: 300_000,
        source: advisor(1, 0).source,
        at: advisor(1, i64::from(number)).at,
    }
}

pub(crate) fn plan(key: &str, months: u16) -> PlanChosen {
    PlanChosen {
        plan: serde_json::from_str(&format!("{key:?}")).unwrap(),
        down_payment: Fen::yuan(20_000),
        financed: Fen::yuan(80_000),
        months: Months::new(months).unwrap(),
        monthly: Fen::yuan(2_500),
        annualised_cost: serde_json::from_str("\"0.0799\"").unwrap(),
    }
}

pub(crate) fn consent(purpose: Purpose, recipient: Recipient, stamp: &Stamp) -> CapturedConsent {
    CapturedConsent {
        purpose,
        recipient,
        text_version: "2026-05".into(),
        signature: None,
        source: stamp.source.clone(),
        at: stamp.at,
    }
}

/// Everything that handing in needs.
pub(crate) fn complete() -> Application {
    let mut a = device(1);
    let stamp = advisor(1, 0);
    for section in Section::ALL {
        let typed: Vec<_> = Field::of(*section).filter_map(|field| Some((field, sample(field)?))).collect();
        if !typed.is_empty() {
            a.fill_section(&typed, &stamp).unwrap();
        }
    }
    a.choose_plan(&plan("easy-36", 36), &stamp).unwrap();
    for (number, slot) in
        [Slot::IdFront, Slot::IdBack, Slot::Vehicle, Slot::Vehicle, Slot::Vehicle, Slot::Vehicle]
            .into_iter()
            .enumerate()
    {
        a.attach_photo(&photo(number as u8 + 1, slot)).unwrap();
    }
    for purpose in Needs::standard().consents {
        a.capture_consent(&consent(purpose, Recipient::Platform, &stamp)).unwrap();
    }
    a.write_note("试驾过。").unwrap();
    a
}

/// Two devices after a long day: every kind of change, on both, met once and apart again.
pub(crate) fn busy() -> (Application, Application) {
    let mut a = complete();
    let mut b = device(2);
    meet(&mut a, &mut b);
    let (one, two) = (advisor(1, 60), advisor(2, 61));
    let reader = Source::reader(91, PhotoId::from_bytes([1; 16]), [1, 2, 3, 4]);
    b.propose_reading(&[(Field::IdNumber, "11010519491231002X", reader)], two.at).unwrap();
    a.confirm_by_partner(&[(Field::Name, "王小明")], "realname", one.at).unwrap();
    a.enter_field(Field::Price, "8500000", &one).unwrap();
    b.enter_field(Field::Price, "8400000", &two).unwrap();
    b.clear_field(Field::Dealer, &two).unwrap();
    b.remove_photo(PhotoId::from_bytes([3; 16])).unwrap();
    b.attach_photo(&photo(30, Slot::Licence)).unwrap();
    a.write_note("已看车。试驾过。").unwrap();
    meet(&mut a, &mut b);
    a.settle(Field::Price, "8500000", &one).unwrap();
    b.withdraw(&two).unwrap();
    meet(&mut a, &mut b);
    (a, b)
}

fn sample(field: Field) -> Option<&'static str> {
    Some(match field {
        Field::Condition => "used",
        Field::Price => "8529900",
        Field::DownPayment => "2000000",
        Field::Term => "36",
        Field::ProductKind => "leaseback",
        Field::SaleRegion => "44",
        Field::Dealer => "南山车行",
        Field::Vin => "LSVWY4180KN246094",
        Field::Plate => "粤B12345",
        Field::Brand => "大众",
        Field::Model => "朗逸",
        Field::Energy => "fuel",
        Field::Class => "passenger",
        Field::Mileage => "42000",
        Field::Name => "王小明",
        Field::IdNumber => "11010519491231002X",
        Field::Phone => "13800138000",
        Field::HomeAddress => "深圳市南山区样本路1号",
        _ => return None,
    })
}

/// A change with this content: magic, checksum and length as they should be.
pub(crate) fn sealed_change(body: &[u8]) -> Vec<u8> {
    let mut tail = vec![1];
    let mut length = body.len();
    loop {
        let more = length > 0x7f;
        tail.push((length & 0x7f) as u8 | if more { 0x80 } else { 0 });
        length >>= 7;
        if !more {
            break;
        }
    }
    tail.extend_from_slice(body);
    let hash = ChangeHash::of(&tail).to_bytes();
    [&[0x85, 0x6f, 0x4a, 0x83], &hash[..4], &tail].concat()
}

/// What [`sealed_change`] makes that change of.
pub(crate) fn body_of(change: &[u8]) -> &[u8] {
    let length = change[9..].iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
    &change[9 + length..]
}

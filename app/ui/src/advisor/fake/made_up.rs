//! Made-up cases: the first few are full of what screens have to show, the others fill the list.

use jiff::{SignedDuration, Timestamp};
use shared::app::{
    By, CaseRow, CaseView, ChoiceShown, ConsentShown, FieldShown, FieldStanding, PhotoShown, PhotoState,
    Safety, Stage, StepShown,
};
use shared::document::{DocumentId, Field, Slot};
use shared::domain::{AccountId, PhotoId, Purpose};

const FAMILY: [&str; 12] =
    ["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "欧阳", "阿卜杜热合曼·"];
const GIVEN: [&str; 10] = ["小明", "丽华", "建国", "婷", "志强", "雨欣", "浩然", "秀英", "俊杰", "买买提"];
const CARS: [(&str, &str, &str); 6] = [
    ("沪A", "大众", "帕萨特 2021款 330TSI 豪华版"),
    ("苏E", "比亚迪", "汉 EV"),
    ("浙B", "丰田", "凯美瑞 2.5HQ"),
    ("粤B", "特斯拉", "Model Y 长续航全轮驱动版"),
    ("川A", "奥迪", "A6L 45 TFSI 臻选动感型"),
    ("鲁R", "重汽", "豪沃 TX7 牵引车"),
];

pub(super) fn empty(document: DocumentId, now: Timestamp) -> CaseView {
    CaseView {
        row: CaseRow {
            document,
            name: String::new(),
            vehicle: String::new(),
            financed: None,
            number: None,
            stage: Stage::Draft,
            safety: Safety::Saved,
            missing: 0,
            changed_at: now,
        },
        fields: Vec::new(),
        photos: Vec::new(),
        consents: Vec::new(),
        missing: Vec::new(),
        notes: String::new(),
        late: Vec::new(),
        handover: None,
        steps: Vec::new(),
    }
}

pub(super) fn cases(count: usize, now: Timestamp) -> Vec<CaseView> {
    let mut cases: Vec<CaseView> = (0..count).map(|at| one(at, now)).collect();
    if let [half, conflict, full, customer, signed, aside, ..] = cases.as_mut_slice() {
        half_filled(half);
        differing(conflict, now);
        complete(full, now);
        complete(customer, now);
        going_on(customer, Stage::Customer);
        complete(signed, now);
        going_on(signed, Stage::Signed);
        complete(aside, now);
        aside.row.stage = Stage::Draft;
        aside.row.safety = Safety::Aside;
    }
    cases
}

fn one(at: usize, now: Timestamp) -> CaseView {
    let document = DocumentId::from_bytes((0x0196_0000_0000_0000_u128 << 64 | at as u128).to_be_bytes());
    let ago = SignedDuration::from_mins(11 * at as i64 + 2);
    let mut case = empty(document, now.checked_sub(ago).unwrap_or(now));
    let (sign, brand, model) = CARS[at * 7 % CARS.len()];
    let name = format!("{}{}", FAMILY[at * 5 % FAMILY.len()], GIVEN[at * 3 % GIVEN.len()]);
    let price = 6_000_000 + (at as i64 * 7_919 % 300) * 100_000;
    put(&mut case, Field::Name, &name);
    put(&mut case, Field::Plate, &format!("{sign}{:05}", at * 137 % 100_000));
    put(&mut case, Field::Brand, brand);
    put(&mut case, Field::Model, model);
    put(&mut case, Field::Price, &price.to_string());
    put(&mut case, Field::DownPayment, &(price / 10 * 4).to_string());
    let stages = [
        Stage::Signed,
        Stage::Customer,
        Stage::Signed,
        Stage::Office,
        Stage::Declined,
        Stage::Machine,
        Stage::Ended,
    ];
    case.row.stage = if at < 12 { Stage::Draft } else { stages[at % stages.len()] };
    case.row.safety = if at < 4 { Safety::Saved } else { Safety::Safe };
    case.row.number = (at >= 12).then(|| format!("MP{:08}", 26_110_000 + at));
    case
}

fn put(case: &mut CaseView, field: Field, text: &str) {
    super::fill(case, field.key(), text.to_owned());
}

fn half_filled(case: &mut CaseView) {
    for (field, text) in [
        (Field::Condition, "used"),
        (Field::ProductKind, "leaseback"),
        (Field::IdNumber, "310101199003071265"),
        (Field::Sex, "女"),
        (Field::Birth, "1990-03-07"),
        (Field::Phone, "1380013800"),
        (Field::Vin, "LSVWY4181KN246094"),
        (Field::Energy, "fuel"),
    ] {
        put(case, field, text);
    }
    case.row.safety = Safety::Sending;
    if let Some(shown) = case.fields.iter_mut().find(|shown| shown.key == Field::Birth.key()) {
        shown.standing = FieldStanding::Proposed;
    }
    case.photos.push(photo(1, Slot::IdFront, case.row.changed_at, PhotoState::Sending(62)));
    case.photos.push(photo(2, Slot::Vehicle, case.row.changed_at, PhotoState::Kept));
}

fn differing(case: &mut CaseView, now: Timestamp) {
    let colleague = By::Colleague(AccountId::from_bytes([9; 16]));
    let at = |minutes: i64| now.checked_sub(SignedDuration::from_mins(minutes)).unwrap_or(now);
    let choice = |text: &str, by: By, minutes: i64| ChoiceShown { text: text.into(), by, at: at(minutes) };
    for (field, standing, choices) in [
        (
            Field::Price,
            FieldStanding::Conflict,
            vec![choice("12880000", By::Me, 12), choice("12580000", colleague.clone(), 9)],
        ),
        (
            Field::Mileage,
            FieldStanding::Conflict,
            vec![
                choice("45200", By::Me, 2_000),
                choice("54200", colleague, 31),
                choice("45000", By::Customer, 5),
            ],
        ),
        (
            Field::Name,
            FieldStanding::Discrepancy,
            vec![choice("王小明", By::Me, 40), choice("王晓明", By::Partner("realname".into()), 3)],
        ),
    ] {
        let text = choices[0].text.clone();
        case.fields.retain(|shown| shown.key != field.key());
        case.fields.push(FieldShown { key: field.key().into(), text, standing, choices, read: None });
    }
    case.row.stage = Stage::Conflict;
}

fn complete(case: &mut CaseView, now: Timestamp) {
    for (field, text) in [
        (Field::Name, "欧阳婷"),
        (Field::Condition, "used"),
        (Field::ProductKind, "leaseback"),
        (Field::Price, "12880000"),
        (Field::DownPayment, "5000000"),
        (Field::Term, "36"),
        (Field::SaleRegion, "31"),
        (Field::Vin, "LSVWY4180KN246094"),
        (Field::Plate, "沪A12345"),
        (Field::Energy, "fuel"),
        (Field::Class, "passenger"),
        (Field::Mileage, "45200"),
        (Field::IdNumber, "310101199003071265"),
        (Field::Sex, "女"),
        (Field::Birth, "1990-03-07"),
        (Field::Phone, "13800138000"),
        (Field::HomeAddress, "上海市浦东新区世纪大道 100 号 12 幢 1203 室"),
        (Field::Owner, "欧阳婷"),
        (Field::RegisteredOn, "2023-05-18"),
    ] {
        put(case, field, text);
    }
    let plan = r#"{"plan":"used-car-leaseback","down_payment":5000000,"financed":7880000,"months":36,"monthly":253187,"annualised_cost":"0.1099"}"#;
    put(case, Field::Plan, plan);
    let slots = [Slot::IdFront, Slot::IdBack, Slot::Vehicle, Slot::Vehicle, Slot::Vehicle, Slot::Vehicle];
    case.photos = (10..).zip(slots).map(|(id, slot)| photo(id, slot, now, PhotoState::Safe)).collect();
    let purposes = [Purpose::ProcessIdentity, Purpose::RealNameCheck, Purpose::CreditQuery];
    case.consents = purposes.map(|purpose| ConsentShown { purpose, at: now }).into();
}

fn going_on(case: &mut CaseView, stage: Stage) {
    case.row.stage = stage;
    case.row.safety = Safety::Safe;
    case.row.number = Some("MP26110007".into());
    case.handover = Some("/c/9f2k7m4q8w1x5z3b6d0h".into());
    let steps = [
        ("intake", Some("complete"), 2),
        ("photo-quality", Some("good"), 48),
        ("ocr", Some("clear"), 1_180),
        ("id-rules", Some("valid"), 1),
        ("consent-check", Some("given"), 1),
        ("partner-query", Some("match"), 240),
        ("duplicate-check", Some("none"), 6),
        ("score-card", Some("scored"), 3),
        ("recommend-plan", Some("found"), 4),
        ("manual-review", Some("approve"), 84_000),
        ("disclose", None, 0),
    ];
    case.steps = steps
        .map(|(kind, outcome, ms)| StepShown { kind: kind.into(), outcome: outcome.map(str::to_owned), ms })
        .into();
    if stage == Stage::Signed {
        case.steps.retain(|step| step.outcome.is_some());
    }
}

fn photo(id: u8, slot: Slot, at: Timestamp, state: PhotoState) -> PhotoShown {
    PhotoShown { id: PhotoId::from_bytes([id; 16]), slot, at, state }
}

//! What photos say.

use super::*;

/// What the server read, as it answers.
fn read_aloud() -> Vec<u8> {
    let field = |field: &str, text: &str| json!({"field": field, "text": text, "confidence": 97, "region": [100, 800, 900, 880]});
    let long = "长".repeat(3_000);
    let fields = [
        field("what_a_newer_server_reads", "x"),
        field("card_address", &long),
        field("id_number", "11010519491231002X"),
        field("name", "王小明"),
    ];
    serde_json::to_vec(&json!({ "fields": fields })).unwrap()
}

#[test]
fn what_a_photo_says_is_asked_once_it_is_safe_and_proposed_to_a_person() {
    let (_folder, file) = file();
    let mut bench = Bench::new(&file, 1);
    bench.come_in();
    let document = bench.case(Ask::Begin).row.document;
    bench.fill(document, &[("name", "王晓明")]);
    let Answer::Case(case) = bench.ask_with(Ask::TakePhoto { document, slot: Slot::IdFront }, PICTURE) else {
        panic!("not taken")
    };
    let photo = case.photos[0].id;
    bench.acknowledge();
    bench.later(250);
    assert!(bench.reads.is_empty(), "the photo is not there yet");
    let whole = bench.upload(photo);
    assert!(whole > 0);
    bench.later(250);
    let asked = bench.reads.pop().expect("what the photo says is asked");
    assert_eq!((asked.photo, asked.path), (photo, format!("/files/{photo}/reading")));

    // Nobody answers: it is asked again, later.
    bench.engine.handle_read(photo, 0, &[]);
    bench.later(250);
    assert!(bench.reads.is_empty());
    bench.later(10_000);
    bench.reads.pop().expect("asked again");
    bench.engine.handle_read(photo, 200, &read_aloud());
    bench.do_deeds();

    let case = bench.case(Ask::Case { document });
    let number = case.field(Field::IdNumber).unwrap();
    assert_eq!(
        (number.text.as_str(), number.standing),
        ("11010519491231002X", FieldStanding::Proposed),
        "nobody took it over yet"
    );
    assert!(case.missing.iter().any(|missing| missing.field.as_deref() == Some("id_number")));
    let name = case.field(Field::Name).unwrap();
    assert_eq!(
        (name.text.as_str(), name.standing),
        ("王晓明", FieldStanding::Clear),
        "what was typed stands"
    );
    let read = name.read.as_ref().unwrap();
    assert_eq!((read.text.as_str(), read.photo, read.region), ("王小明", photo, [100, 800, 900, 880]));

    // Answered once: neither a late answer nor the next start asks or proposes again.
    bench.engine.handle_read(photo, 200, &read_aloud());
    let unsynced = bench.engine.standing().unsynced;
    drop(bench);
    let mut bench = Bench::new(&file, 2);
    bench.come_in();
    bench.acknowledge();
    bench.later(10_000);
    assert!(bench.reads.is_empty() && unsynced > 0);
}

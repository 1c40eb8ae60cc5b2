//! Documents that end the program when they are read.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
use crate::engine::trial::MOST_ENDS;

const DEADLY: u8 = 3;

fn id(number: u8) -> DocumentId {
    DocumentId::from_bytes([number; 16])
}

/// What others entered into five documents.
fn from_others() -> Frame {
    let sent =
        |number| Sent { document: id(number), changes: vec![Bytes(change_of(id(number), "王小明"))] };
    let documents = (1..=5).map(sent).collect();
    Frame::Changes(Changes { scope: scope(), from: 0, to: 5, more: false, documents })
}

/// Does the program survive that?
fn survives(bench: &mut Bench, act: impl FnOnce(&mut Bench)) -> bool {
    catch_unwind(AssertUnwindSafe(|| act(bench))).is_ok()
}

fn listed(bench: &mut Bench) -> Vec<(DocumentId, String, Stage)> {
    let ask = Ask::Cases { search: String::new(), filter: CaseFilter::All, offset: 0, limit: 50 };
    let Answer::Cases(list) = bench.ask(ask) else { panic!() };
    let mut rows: Vec<_> = list.rows.into_iter().map(|row| (row.document, row.name, row.stage)).collect();
    rows.sort_by_key(|(document, ..)| *document);
    rows
}

fn noted(bench: &Bench) -> Vec<(DocumentId, u8)> {
    bench.engine.store.trials().unwrap()
}

fn told_damaged(bench: &Bench) -> usize {
    let damaged = |news: &&News| matches!(news, News::Told { code } if code == "case_damaged");
    bench.told.iter().filter(damaged).count()
}

#[test]
fn what_comes_and_ends_the_program_is_set_aside_and_everything_else_goes_on() {
    let (_folder, file) = file();
    drop(Bench::new(&file, 1));
    for start in 0..MOST_ENDS {
        let mut bench = Bench::planted(&file, u64::from(start), Some(id(DEADLY)));
        bench.come_in();
        assert!(!survives(&mut bench, |bench| bench.hear(&from_others())), "start {start}");
    }
    let mut bench = Bench::planted(&file, 10, Some(id(DEADLY)));
    bench.come_in();
    assert_eq!(told_damaged(&bench), 1, "a person is told");
    assert!(survives(&mut bench, |bench| bench.hear(&from_others())));
    assert_eq!(bench.engine.store.boot().unwrap().cursors, [(scope(), 5)], "it is not sent again");
    for (document, name, stage) in listed(&mut bench) {
        let expected =
            if document == id(DEADLY) { ("", Stage::Damaged) } else { ("王小明", Stage::Draft) };
        assert_eq!((name.as_str(), stage), expected);
    }
    assert_eq!(listed(&mut bench).len(), 5);
    assert_eq!(bench.ask(Ask::Case { document: id(DEADLY) }), Answer::refused("case_damaged"));
    let fields = vec![("name".to_owned(), "李雷".to_owned())];
    assert_eq!(bench.ask(Ask::Fill { document: id(DEADLY), fields }), Answer::refused("case_damaged"));
    let kept = Connection::open(&file).unwrap();
    let kept: Vec<u8> = kept.query_row("SELECT bytes FROM refused_changes", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, change_of(id(DEADLY), "王小明"), "byte for byte");
    assert_eq!(noted(&bench), [(id(DEADLY), MOST_ENDS)], "and nothing else is under suspicion");
    drop(bench);
    let mut bench = Bench::planted(&file, 11, Some(id(DEADLY)));
    bench.come_in();
    assert_eq!(told_damaged(&bench), 0, "once");
    assert_eq!(bench.case(Ask::Case { document: id(2) }).row.name, "王小明");
}

#[test]
fn what_is_kept_and_cannot_be_read_any_more_stays_as_it_is_and_still_goes_to_the_server() {
    let (_folder, file) = file();
    let mut bench = Bench::new(&file, 1);
    bench.come_in();
    let document = bench.case(Ask::Begin).row.document;
    bench.fill(document, &[("name", "王小明")]);
    let kept = bench.engine.store.document(document).unwrap().unwrap().changes;
    drop(bench);
    for start in 0..MOST_ENDS {
        let mut bench = Bench::planted(&file, u64::from(start), Some(document));
        let opened = survives(&mut bench, |bench| {
            bench.ask(Ask::Case { document });
        });
        assert!(!opened, "start {start}");
    }
    let mut bench = Bench::planted(&file, 10, Some(document));
    assert_eq!(bench.ask(Ask::Case { document }), Answer::refused("case_damaged"));
    assert_eq!(listed(&mut bench), [(document, "王小明".to_owned(), Stage::Damaged)]);
    assert_eq!(bench.engine.store.document(document).unwrap().unwrap().changes, kept);
    bench.come_in();
    let news = |document| {
        let (number, link) = ("MP000042".to_owned(), String::new());
        let standing = CaseStanding::Customer;
        Frame::Case(CaseNews { document, number, link, standing, at_ms: 1, steps: Vec::new() })
    };
    bench.hear(&news(document));
    bench.hear(&Frame::Differ(wire::Differ { documents: vec![document.to_bytes()] }));
    let pushed = bench.sent.iter().any(|frame| match frame {
        Frame::Push(push) => push.documents.iter().any(|sent| sent.document == document),
        _ => false,
    });
    assert!(pushed, "what was entered goes to the server all the same");
    let other = bench.case(Ask::Begin).row.document;
    assert_eq!(bench.fill(other, &[("name", "李雷")]).row.name, "李雷");
}

#[test]
fn a_program_that_was_only_closed_at_a_bad_moment_puts_nothing_under_suspicion_for_long() {
    let (_folder, file) = file();
    drop(Bench::new(&file, 1));
    let mut bench = Bench::planted(&file, 1, Some(id(DEADLY)));
    bench.come_in();
    assert!(!survives(&mut bench, |bench| bench.hear(&from_others())));
    assert_eq!(noted(&bench).len(), 5, "all that were read together");
    drop(bench);
    let mut bench = Bench::new(&file, 2);
    bench.come_in();
    bench.hear(&from_others());
    assert_eq!(noted(&bench), []);
    assert!(listed(&mut bench).iter().all(|(_, name, stage)| name == "王小明" && *stage == Stage::Draft));
}

#[test]
fn a_repair_that_ends_the_program_is_noted_as_well() {
    let (_folder, file) = file();
    let mut bench = Bench::new(&file, 1);
    bench.come_in();
    let document = bench.case(Ask::Begin).row.document;
    bench.fill(document, &[("name", "王小明")]);
    drop(bench);
    let mut bench = Bench::planted(&file, 2, Some(document));
    bench.come_in();
    let differ = Frame::Differ(wire::Differ { documents: vec![document.to_bytes()] });
    assert!(!survives(&mut bench, |bench| bench.hear(&differ)));
    assert_eq!(noted(&bench), [(document, 1)]);
}

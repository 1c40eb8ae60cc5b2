//! Asks that come again, because whoever asked does not know whether they were heard.

use super::*;

impl Bench {
    fn named(&mut self, name: &str, ask: Ask, bytes: &[u8]) -> Answer {
        let (answer, _) = self.engine.handle_named_ask(name, ask, bytes);
        self.do_deeds();
        answer
    }

    fn named_case(&mut self, name: &str, ask: Ask, bytes: &[u8]) -> CaseView {
        match self.named(name, ask, bytes) {
            Answer::Case(case) => *case,
            other => panic!("no case but {other:?}"),
        }
    }

    fn cases(&mut self) -> usize {
        let ask = Ask::Cases { search: String::new(), filter: CaseFilter::All, offset: 0, limit: 50 };
        let Answer::Cases(list) = self.ask(ask) else { panic!() };
        list.total
    }
}

#[test]
fn what_is_asked_again_after_the_leading_tab_was_closed_is_done_once() {
    let (_folder, file) = file();
    let mut bench = Bench::new(&file, 1);
    bench.come_in();
    let begun = bench.named_case("page-1", Ask::Begin, &[]);
    let document = begun.row.document;
    let take = Ask::TakePhoto { document, slot: Slot::Vehicle };
    let taken = bench.named_case("page-2", take.clone(), PICTURE);
    let photo = taken.photos[0].id;
    drop(bench);
    let mut bench = Bench::new(&file, 2);
    assert_eq!(bench.named_case("page-1", Ask::Begin, &[]).row.document, document);
    assert_eq!(bench.cases(), 1);
    assert_eq!(bench.named_case("page-2", take.clone(), PICTURE).photos, taken.photos);
    let removed = bench.named_case("page-3", Ask::RemovePhoto { document, photo }, &[]);
    assert_eq!(bench.named_case("page-3", Ask::RemovePhoto { document, photo }, &[]), removed);
    assert_eq!(bench.named_case("page-4", take, PICTURE).photos.len(), 1, "another name is another photo");
    assert_ne!(bench.named_case("other-1", Ask::Begin, &[]).row.document, document);
}

#[test]
fn what_was_refused_is_looked_at_anew_and_what_only_looks_is_not_remembered() {
    let (_folder, file) = file();
    let mut bench = Bench::new(&file, 1);
    bench.come_in();
    let document = bench.named_case("page-1", Ask::Begin, &[]).row.document;
    let take = Ask::TakePhoto { document, slot: Slot::Vehicle };
    assert_eq!(bench.named("page-2", take.clone(), b"GIF89a"), Answer::refused("photo_form"));
    assert_eq!(bench.named_case("page-2", take, PICTURE).photos.len(), 1);
    bench.named("page-3", Ask::Case { document }, &[]);
    let fields = vec![("name".to_owned(), "王小明".to_owned())];
    assert_eq!(bench.named_case("page-3", Ask::Fill { document, fields }, &[]).row.name, "王小明");
    let long = "x".repeat(1_000);
    assert_eq!(bench.named(&long, Ask::Begin, &[]), Answer::refused("ask_unknown"));
}

#[test]
fn an_edit_that_could_not_be_stored_leaves_neither_photo_nor_memory() {
    let (_folder, file) = file();
    let mut bench = Bench::new(&file, 1);
    bench.come_in();
    let document = bench.named_case("page-1", Ask::Begin, &[]).row.document;
    Connection::open(&file).unwrap().execute_batch("ALTER TABLE asks RENAME TO gone").unwrap();
    let take = Ask::TakePhoto { document, slot: Slot::Vehicle };
    assert_eq!(bench.ask_with(take.clone(), b"GIF89a"), Answer::refused("photo_form"));
    assert_eq!(bench.named("page-2", take.clone(), PICTURE), Answer::refused("storage_failed"));
    Connection::open(&file).unwrap().execute_batch("ALTER TABLE gone RENAME TO asks").unwrap();
    assert_eq!(bench.engine.store.photos().unwrap(), []);
    assert_eq!(bench.named_case("page-2", take, PICTURE).photos.len(), 1);
}

#[test]
fn only_the_newest_asks_are_remembered() {
    let (_folder, file) = file();
    let mut bench = Bench::new(&file, 1);
    bench.come_in();
    for number in 0..=crate::store::MOST_ASKS {
        bench.engine.handle_named_ask(&format!("page-{number}"), Ask::Begin, &[]);
    }
    let asked = |bench: &Bench, number: i64| bench.engine.store.asked(&format!("page-{number}")).unwrap();
    assert_eq!(asked(&bench, 0), None);
    assert!(asked(&bench, 1).is_some() && asked(&bench, crate::store::MOST_ASKS).is_some());
}

//! The engine against a server that is played by hand: what survives, what is said, what goes out.

mod asked_again;
mod readings;
mod rescued;
mod trials;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

use jiff::Timestamp;
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rusqlite::Connection;
use serde_json::json;
use shared::app::{
    Answer, Ask, CaseFilter, CaseView, FieldStanding, Gate, LinkState, News, PhotoState, Safety, Stage,
    UnsafeWhat,
};
use shared::document::{Actor, Application, Field, Slot, Source, Stamp};
use shared::domain::{AccountId, DeviceId, DocumentId, PhotoId, ScopeId, SubmissionId, TenantId};
use shared::protocol::on_offer::OnOffer;
use shared::protocol::sealed_photo;
use shared::protocol::sync::{
    self as wire, Bytes, CaseNews, CaseStanding, Challenge, Changes, Frame, PushAck, Receipt, ReceiptState,
    Scope, ScopeStep, Sent, Welcome,
};
use shared::sync::Write;

use super::{Deed, Engine, Me};
use crate::store::{Act, Batch};
use crate::{Store, World};

const PHOTO_SECRET: [u8; 32] = [5; 32];
/// The smallest thing that passes for a JPEG.
const PICTURE: &[u8] = &[0xff, 0xd8, 0xff, 1, 2, 3];

fn scope() -> ScopeId {
    ScopeId::from_bytes([4; 16])
}

fn tenant() -> TenantId {
    TenantId::from_bytes([1; 16])
}

/// A device, its file and its clock.
struct Bench {
    engine: Engine,
    ticks: Rc<Cell<u64>>,
    sent: Vec<Frame>,
    uploads: Vec<super::Upload>,
    reads: Vec<super::Upload>,
    told: Vec<News>,
}

/// To read this document ends the program.
type Deadly = Option<DocumentId>;

fn world(seed: u64, ticks: &Rc<Cell<u64>>, deadly: Deadly) -> World {
    let (ticks, rng) = (ticks.clone(), std::cell::RefCell::new(ChaCha8Rng::seed_from_u64(seed)));
    let start = Timestamp::from_second(1_790_000_000).unwrap();
    let clock = ticks.clone();
    World {
        wall: Box::new(move || {
            start + jiff::SignedDuration::from_millis(i64::try_from(clock.get()).unwrap())
        }),
        ticks: Box::new(move || ticks.get()),
        draw: Box::new(move |bytes| rng.borrow_mut().fill_bytes(bytes)),
        reading: Box::new(move |document| assert_ne!(Some(document), deadly, "planted")),
    }
}

impl Bench {
    fn new(file: &Path, seed: u64) -> Bench {
        Bench::planted(file, seed, None)
    }

    fn planted(file: &Path, seed: u64, deadly: Deadly) -> Bench {
        let ticks = Rc::new(Cell::new(0));
        let store = Store::open(Connection::open(file).unwrap()).unwrap();
        let engine = match Engine::open(store, world(seed, &ticks, deadly)).unwrap() {
            Ok(engine) => engine,
            Err((store, world)) => {
                let me = Me {
                    device: DeviceId::from_bytes([2; 16]),
                    tenant: tenant(),
                    scope: scope(),
                    name: "phone".into(),
                    secret: [9; 32],
                };
                Engine::enrol(store, world, me).unwrap()
            }
        };
        let (sent, uploads, reads, told) = Default::default();
        Bench { engine, ticks, sent, uploads, reads, told }
    }

    fn later(&mut self, ms: u64) {
        self.ticks.set(self.ticks.get() + ms);
        self.engine.handle_tick();
        self.do_deeds();
    }

    fn do_deeds(&mut self) {
        for deed in self.engine.take_deeds() {
            match deed {
                Deed::Connect => self.engine.handle_connected(),
                Deed::Send(message) => {
                    self.sent.push(wire::decode(&wire::unpack(&message).unwrap()).unwrap())
                }
                Deed::Upload(upload) => self.uploads.push(upload),
                Deed::Read(question) => self.reads.push(question),
                Deed::Tell(news) => self.told.push(news),
                _ => continue,
            }
        }
        let more = self.engine.take_deeds();
        for deed in more {
            if let Deed::Send(message) = deed {
                self.sent.push(wire::decode(&wire::unpack(&message).unwrap()).unwrap());
            }
        }
        let fresh = self.engine.count();
        assert_eq!(*self.engine.counted(), fresh, "what is remembered is what is there, after every step");
    }

    fn hear(&mut self, frame: &Frame) {
        self.engine.handle_message(&wire::pack(&wire::encode(frame)));
        self.do_deeds();
    }

    /// Connects as a server lets it in.
    fn come_in(&mut self) {
        self.later(60_000);
        self.hear(&Frame::Challenge(Challenge { nonce: [7; 32] }));
        let scopes = vec![Scope { scope: scope(), head: 0 }];
        self.hear(&Frame::Welcome(Welcome { tenant: tenant(), scopes, lease_seconds: 86_400 }));
        self.hear(&Frame::OnOffer(Bytes(offer().to_bytes())));
    }

    fn ask(&mut self, ask: Ask) -> Answer {
        self.ask_with(ask, &[])
    }

    fn ask_with(&mut self, ask: Ask, bytes: &[u8]) -> Answer {
        let (answer, _) = self.engine.handle_ask(ask, bytes);
        self.do_deeds();
        answer
    }

    /// The server has everything that was pushed last.
    fn acknowledge(&mut self) {
        loop {
            let number = self.sent.drain(..).rev().find_map(|frame| match frame {
                Frame::Push(push) => Some(push.number),
                _ => None,
            });
            let Some(number) = number else { return };
            let steps = vec![ScopeStep { scope: scope(), before: 0, after: 1 }];
            self.hear(&Frame::PushAck(PushAck { number, steps, refused: vec![], quarantined: false }));
            self.later(250);
        }
    }

    /// The server takes the whole photo; its length.
    fn upload(&mut self, photo: PhotoId) -> u32 {
        for (method, status, offset) in [("HEAD", 404, None), ("POST", 201, Some(0))] {
            let upload = self.uploads.pop().unwrap_or_else(|| panic!("no {method}"));
            assert_eq!(upload.method, method);
            self.engine.handle_uploaded(photo, status, offset);
            self.do_deeds();
        }
        let slice = self.uploads.pop().expect("a slice");
        assert_eq!(slice.method, "PATCH");
        let whole = u32::try_from(slice.body.len()).unwrap();
        self.engine.handle_uploaded(photo, 204, Some(whole));
        self.do_deeds();
        whole
    }

    fn case(&mut self, ask: Ask) -> CaseView {
        match self.ask(ask) {
            Answer::Case(case) => *case,
            other => panic!("no case but {other:?}"),
        }
    }

    fn fill(&mut self, document: DocumentId, fields: &[(&str, &str)]) -> CaseView {
        let fields = fields.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
        self.case(Ask::Fill { document, fields })
    }
}

fn offer() -> OnOffer {
    let key = sealed_photo::public_key(&PHOTO_SECRET);
    OnOffer {
        account: AccountId::from_bytes([3; 16]),
        name: "Li Lei".into(),
        photo_key: key.iter().map(|byte| format!("{byte:02x}")).collect(),
        products: Vec::new(),
        plans: json!({}),
        limits: json!({}),
        consents: Vec::new(),
        consents_version: "1".into(),
    }
}

fn file() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("device.db");
    (folder, file)
}

#[test]
fn nothing_is_taken_before_the_server_was_heard_and_then_it_is_without_a_network() {
    let (_folder, file) = file();
    let mut bench = Bench::new(&file, 1);
    assert_eq!(bench.engine.gate(), Gate::LeaseOver);
    assert_eq!(bench.ask(Ask::Begin), Answer::refused("device_locked"));
    bench.come_in();
    assert_eq!(bench.engine.gate(), Gate::Open);
    bench.engine.handle_disconnected();
    bench.do_deeds();
    let begun = bench.case(Ask::Begin);
    let filled = bench.fill(begun.row.document, &[("name", "王小明"), ("brand", "红旗")]);
    assert_eq!((filled.row.name.as_str(), filled.row.vehicle.as_str()), ("王小明", "红旗"));
    assert_eq!((filled.row.stage, filled.row.safety), (Stage::Draft, Safety::Saved));
    assert_eq!(bench.engine.standing().unsynced, 1);
}

#[test]
fn what_was_answered_is_there_after_a_restart_and_only_an_acknowledgement_makes_it_safe() {
    let (_folder, file) = file();
    let mut bench = Bench::new(&file, 1);
    bench.come_in();
    let document = bench.case(Ask::Begin).row.document;
    bench.fill(document, &[("name", "王小明")]);
    drop(bench);
    let mut bench = Bench::new(&file, 2);
    assert_eq!(bench.case(Ask::Case { document }).row.name, "王小明");
    assert_eq!(bench.engine.standing().unsynced, 1);
    bench.come_in();
    let push = bench.sent.iter().rev().find_map(|frame| match frame {
        Frame::Push(push) => Some(push.clone()),
        _ => None,
    });
    let push = push.expect("what waited goes out");
    assert_eq!(bench.case(Ask::Case { document }).row.safety, Safety::Sending);
    let steps = vec![ScopeStep { scope: scope(), before: 0, after: 1 }];
    bench.hear(&Frame::PushAck(PushAck { number: push.number, steps, refused: vec![], quarantined: false }));
    assert_eq!(bench.case(Ask::Case { document }).row.safety, Safety::Safe);
    assert_eq!(bench.engine.standing().unsynced, 0);
    assert_eq!(bench.engine.standing().link, LinkState::Online);
}

#[test]
fn a_photo_is_sealed_and_kept_and_one_that_is_taken_out_is_not_sent() {
    let (_folder, file) = file();
    let mut bench = Bench::new(&file, 1);
    bench.come_in();
    let document = bench.case(Ask::Begin).row.document;
    bench.ask(Ask::Capturing { document, slot: Some(Slot::IdFront) });
    assert_eq!(bench.engine.standing().capturing, Some((document, Slot::IdFront)));
    let take = Ask::TakePhoto { document, slot: Slot::IdFront };
    assert_eq!(bench.ask_with(take.clone(), b"GIF89a"), Answer::refused("photo_form"));
    let Answer::Case(case) = bench.ask_with(take, PICTURE) else { panic!("not taken") };
    assert_eq!(
        bench.engine.standing().capturing,
        None,
        "the photo is there: nothing has to be taken up again"
    );
    let photo = case.photos[0].id;
    let sealed = bench.engine.store.sealed(photo).unwrap().unwrap();
    assert_eq!(sealed_photo::open(&sealed, tenant(), photo, &PHOTO_SECRET).unwrap(), PICTURE);
    let (answer, picture) = bench.engine.handle_ask(Ask::Picture { photo }, &[]);
    assert_eq!((answer, picture.as_deref()), (Answer::Picture, Some(PICTURE)));
    let Answer::Unsafe { items, total } = bench.ask(Ask::Unsafe) else { panic!() };
    assert_eq!(total, 2);
    assert!(items.iter().any(|item| item.what == UnsafeWhat::Photo(Slot::IdFront)));
    let case = bench.case(Ask::RemovePhoto { document, photo });
    assert!(case.photos.is_empty());
    assert!(bench.engine.store.sealed(photo).unwrap().is_some(), "another device may have handed it in");
    assert_eq!(bench.engine.standing().photo_bytes, 0);
}

#[test]
fn a_photo_goes_up_behind_everything_else_and_the_server_says_when_it_is_safe() {
    let (_folder, file) = file();
    let mut bench = Bench::new(&file, 1);
    bench.come_in();
    let document = bench.case(Ask::Begin).row.document;
    let Answer::Case(case) = bench.ask_with(Ask::TakePhoto { document, slot: Slot::Vehicle }, PICTURE) else {
        panic!("not taken")
    };
    let photo = case.photos[0].id;
    assert!(bench.uploads.is_empty(), "the change goes first");
    bench.acknowledge();
    bench.later(250);
    let whole = bench.upload(photo) as usize;
    assert_eq!(whole, PICTURE.len() + sealed_photo::OVERHEAD_BYTES);
    let case = bench.case(Ask::Case { document });
    assert_eq!((case.photos[0].state, case.row.safety), (PhotoState::Safe, Safety::Safe));
    assert!(
        bench.engine.store.picture(photo).unwrap().is_some(),
        "kept until the whole submission is complete"
    );
}

#[test]
fn cases_are_found_by_what_an_advisor_remembers_of_them() {
    let (_folder, file) = file();
    let mut bench = Bench::new(&file, 1);
    bench.come_in();
    for (name, plate, phone) in
        [("王小明", "沪A12345", "13800138000"), ("李雷", "京B67890", "13900139001"), ("100%_", "", "")]
    {
        let document = bench.case(Ask::Begin).row.document;
        bench.fill(document, &[("name", name), ("plate", plate), ("phone", phone)]);
        bench.later(2_000);
    }
    let mut found = |search: &str| {
        let ask = Ask::Cases { search: search.into(), filter: CaseFilter::All, offset: 0, limit: 50 };
        let Answer::Cases(list) = bench.ask(ask) else { panic!() };
        list.rows.into_iter().map(|row| row.name).collect::<Vec<_>>()
    };
    assert_eq!(found(""), ["100%_", "李雷", "王小明"], "the newest first");
    assert_eq!(found("小明"), ["王小明"]);
    assert_eq!(found("b678"), ["李雷"]);
    assert_eq!(found("9001"), ["李雷"]);
    assert_eq!(found("138001"), [""; 0], "only the end of a number is searched");
    assert_eq!(found("%"), ["100%_"], "nothing in a search is a pattern");
}

#[test]
fn the_newest_news_of_a_case_stands_and_an_older_one_changes_nothing() {
    let (_folder, file) = file();
    let mut bench = Bench::new(&file, 1);
    bench.come_in();
    let document = bench.case(Ask::Begin).row.document;
    let news = |at_ms, number: &str, link: &str| {
        Frame::Case(CaseNews {
            document,
            number: number.into(),
            link: link.into(),
            standing: CaseStanding::Customer,
            at_ms,
            steps: Vec::new(),
        })
    };
    bench.hear(&news(2_000, "MP000042", "https://miaopi.example/c/new"));
    bench.hear(&news(1_000, "MP000041", "https://miaopi.example/c/old"));
    let case = bench.case(Ask::Case { document });
    assert_eq!(case.handover.as_deref(), Some("https://miaopi.example/c/new"));
    assert_eq!(case.row.number.as_deref(), Some("MP000042"));
}

#[test]
fn people_hear_once_that_a_case_has_moved_and_nothing_while_the_machine_is_at_it() {
    let (_folder, file) = file();
    let mut bench = Bench::new(&file, 1);
    bench.come_in();
    let document = bench.case(Ask::Begin).row.document;
    for (at_ms, standing) in [
        (1_000, CaseStanding::Machine),
        (2_000, CaseStanding::Customer),
        (3_000, CaseStanding::Customer),
        (2_500, CaseStanding::Office),
        (4_000, CaseStanding::Machine),
        (5_000, CaseStanding::Signed),
        (5_000, CaseStanding::Signed),
    ] {
        let (number, link) = ("MP000042".into(), "https://miaopi.example/c/a".into());
        bench.hear(&Frame::Case(CaseNews { document, number, link, standing, at_ms, steps: Vec::new() }));
    }
    let heard = bench.told.iter().filter_map(|news| match news {
        News::Moved { number, stage } => Some((number.as_str(), *stage)),
        _ => None,
    });
    assert_eq!(heard.collect::<Vec<_>>(), [("MP000042", Stage::Customer), ("MP000042", Stage::Signed)]);
}

#[test]
fn a_database_of_a_newer_app_is_left_alone() {
    let (_folder, file) = file();
    drop(Bench::new(&file, 1));
    let conn = Connection::open(&file).unwrap();
    conn.pragma_update(None, "user_version", 99).unwrap();
    let error = Store::open(conn).err().unwrap();
    assert_eq!(error.code(), "storage_newer");
}

#[test]
fn unknown_fields_and_cases_are_refused_with_a_code() {
    let (_folder, file) = file();
    let mut bench = Bench::new(&file, 1);
    bench.come_in();
    let document = bench.case(Ask::Begin).row.document;
    let fields = vec![("shoe_size".to_owned(), "42".to_owned())];
    assert_eq!(bench.ask(Ask::Fill { document, fields }), Answer::refused("field_unknown"));
    let other = DocumentId::from_bytes([8; 16]);
    assert_eq!(bench.ask(Ask::Case { document: other }), Answer::refused("case_unknown"));
    assert_eq!(bench.ask(Ask::HandIn { document }), Answer::refused("document_incomplete"));
}

/// A change of a document that somebody else fills in.
fn change_of(document: DocumentId, name: &str) -> Vec<u8> {
    let mut application = Application::begin(document, Actor::fresh([document.to_bytes()[0]; 16])).unwrap();
    let source = Source::advisor(AccountId::from_bytes([6; 16]));
    let stamp = Stamp { source, at: Timestamp::from_second(1_790_000_000).unwrap() };
    application.enter_field(Field::Name, name, &stamp).unwrap().bytes
}

#[test]
fn more_documents_than_are_held_open_come_in_at_once_and_all_are_there() {
    let (_folder, file) = file();
    let mut bench = Bench::new(&file, 1);
    bench.come_in();
    let ids: Vec<DocumentId> = (1..=200).map(|number| DocumentId::from_bytes([number; 16])).collect();
    for (round, name) in ["王小明", "王小茗"].iter().enumerate() {
        let sent = |id: &DocumentId| Sent { document: *id, changes: vec![Bytes(change_of(*id, name))] };
        let (from, to) = (round as u64 * 200, (round as u64 + 1) * 200);
        let documents = ids.iter().map(sent).collect();
        bench.hear(&Frame::Changes(Changes { scope: scope(), from, to, more: false, documents }));
        assert!(bench.engine.open.len() <= super::MOST_OPEN);
        if round == 0 {
            let ask =
                Ask::Cases { search: "王小明".into(), filter: CaseFilter::All, offset: 0, limit: 200 };
            let Answer::Cases(list) = bench.ask(ask) else { panic!() };
            assert_eq!(list.total, 200);
        }
        for id in &ids {
            bench.case(Ask::Case { document: *id });
        }
    }
}

#[test]
fn another_devices_complete_submission_deletes_no_photo_that_the_server_does_not_have() {
    let (_folder, file) = file();
    let mut bench = Bench::new(&file, 1);
    bench.come_in();
    let document = bench.case(Ask::Begin).row.document;
    let mut photos = Vec::new();
    for slot in [Slot::IdFront, Slot::Vehicle] {
        let Answer::Case(case) = bench.ask_with(Ask::TakePhoto { document, slot }, PICTURE) else { panic!() };
        photos.push(case.photos.iter().find(|photo| photo.slot == slot).unwrap().id);
    }
    let store = &bench.engine.store;
    store.photo_answered(photos[0], Some(true)).unwrap();
    let receipt = Write::Receipt(Receipt {
        document,
        submission: SubmissionId::from_bytes([8; 16]),
        state: ReceiptState::Complete,
        awaited: Vec::new(),
    });
    let (tried, act, writes) = (BTreeSet::new(), Act::default(), [receipt]);
    let batch = Batch {
        writes: &writes,
        incoming: &[],
        rows: &[],
        act: &act,
        tried: &tried,
        own_scope: scope(),
        now_ms: 0,
    };
    store.commit(&batch).unwrap();
    assert!(store.sealed(photos[0]).unwrap().is_none(), "the server has it");
    assert!(store.sealed(photos[1]).unwrap().is_some(), "only this device has it");
}

#[test]
fn what_is_on_offer_stays_when_the_server_names_something_unknown() {
    let (_folder, file) = file();
    let mut bench = Bench::new(&file, 1);
    bench.come_in();
    bench.hear(&Frame::OnOffer(Bytes(b"{\"of\": \"a newer kind\"}".to_vec())));
    assert!(bench.engine.on_offer.is_some());
    drop(bench);
    assert!(Bench::new(&file, 2).engine.on_offer.is_some());
}

#[test]
fn a_tick_in_which_nothing_happens_counts_nothing() {
    let (_folder, file) = file();
    let mut bench = Bench::new(&file, 1);
    bench.come_in();
    let document = bench.case(Ask::Begin).row.document;
    bench.fill(document, &[("name", "王小明")]);
    assert!(bench.engine.counted.is_some());
    bench.ticks.set(bench.ticks.get() + 250);
    bench.engine.handle_tick();
    assert!(bench.engine.counted.is_some(), "nothing happened");
    bench.engine.handle_disconnected();
    assert!(bench.engine.counted.is_none(), "what was on its way is not any more");
}

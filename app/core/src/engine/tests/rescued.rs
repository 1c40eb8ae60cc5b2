//! What is not yet safe, from a device that cannot send it: whole, and also from a file that does not open otherwise.

use rusqlite::Connection;
use shared::domain::PhotoHash;
use shared::protocol::rescued::{self, Rescued};
use shared::protocol::sync::{
    Push,
    signed::{self, Signatory},
};

use super::*;
use crate::{RescueFile, StoreError, rescue};

const CASES: usize = 30;
const PHOTO_BYTES: usize = 900_000;

/// A device with cases that nobody took, and their documents.
fn device_of_a_long_day(file: &Path) -> Vec<DocumentId> {
    let mut bench = Bench::new(file, 1);
    bench.come_in();
    bench.engine.handle_disconnected();
    let mut documents = Vec::new();
    for n in 0..CASES {
        let Answer::Case(case) = bench.ask(Ask::Begin) else { panic!() };
        let document = case.row.document;
        let fields = vec![(Field::Name.key().to_owned(), format!("王小明{n}"))];
        assert!(matches!(bench.ask(Ask::Fill { document, fields }), Answer::Case(_)));
        let picture: Vec<u8> =
            PICTURE.iter().copied().chain((0..PHOTO_BYTES).map(|k| (k * 7 + n) as u8)).collect();
        let taken = bench.ask_with(Ask::TakePhoto { document, slot: Slot::IdFront }, &picture);
        assert!(matches!(taken, Answer::Case(_)), "{taken:?}");
        documents.push(document);
    }
    documents
}

/// All files, opened as the server opens them.
fn all(mut next_file: impl FnMut(&str) -> RescueFile) -> (Vec<Rescued>, usize) {
    let (mut files, mut unreadable, mut after) = (Vec::new(), 0, String::new());
    loop {
        let file = next_file(&after);
        assert!(file.bytes.len() <= rescued::MAX_RESCUE_BYTES, "{} bytes", file.bytes.len());
        unreadable += file.unreadable;
        files.push(rescued::open(&file.bytes, tenant(), &PHOTO_SECRET).unwrap());
        match file.next {
            Some(next) => after = next,
            None => return (files, unreadable),
        }
    }
}

fn pushes(files: &[Rescued]) -> Vec<Push> {
    let frames = files.iter().flat_map(|file| &file.frames).map(|frame| wire::decode(&frame.0).unwrap());
    frames.filter_map(|frame| if let Frame::Push(push) = frame { Some(push) } else { None }).collect()
}

#[test]
fn files_hold_all_of_it_once_and_signed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("device.db");
    let documents = device_of_a_long_day(&path);
    let mut bench = Bench::new(&path, 2);
    let (files, unreadable) = all(|after| {
        let ask = Ask::Rescue { after: after.to_owned(), pin: String::new() };
        match bench.engine.handle_ask(ask, &[]) {
            (Answer::Rescued { things, unreadable, next }, Some(bytes)) => {
                RescueFile { bytes, things, unreadable, next }
            }
            (answer, _) => panic!("{answer:?}"),
        }
    });
    assert_eq!(unreadable, 0);
    assert!(files.len() > 1, "so much does not fit into one file");
    let pushed: BTreeSet<DocumentId> =
        pushes(&files).iter().flat_map(|push| &push.documents).map(|pushed| pushed.document).collect();
    assert_eq!(pushed, documents.into_iter().collect());
    let photos: Vec<_> = files.iter().flat_map(|file| &file.photos).collect();
    assert_eq!(photos.iter().map(|photo| photo.photo).collect::<BTreeSet<_>>().len(), CASES);
    assert_eq!(photos.len(), CASES);
    let who = Signatory { tenant: tenant(), device: DeviceId::from_bytes([2; 16]) };
    let key = ed25519_dalek::SigningKey::from_bytes(&[9; 32]).verifying_key().to_bytes();
    for photo in photos {
        let cipher = PhotoHash::of(&photo.sealed.0);
        let said = signed::upload_bytes(who, photo.photo, cipher, photo.sealed.0.len() as u32);
        assert!(signed::holds(&key, &said, &photo.signature));
        let picture = sealed_photo::open(&photo.sealed.0, tenant(), photo.photo, &PHOTO_SECRET).unwrap();
        assert_eq!(picture.len(), PHOTO_BYTES + PICTURE.len());
    }
    // Nothing was changed by it.
    bench.come_in();
    assert!(bench.sent.iter().any(|frame| matches!(frame, Frame::Push(_))), "it is still to be sent");
}

#[test]
fn what_a_newer_app_wrote_can_be_taken_to_the_office() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("device.db");
    let documents = device_of_a_long_day(&path);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 9_999).unwrap();
    assert!(matches!(Store::open(Connection::open(&path).unwrap()), Err(StoreError::Newer)));
    let world = world(3, &Rc::default(), None);
    let (files, unreadable) = all(|after| rescue(Connection::open(&path).unwrap(), &world, after).unwrap());
    let changed: BTreeSet<DocumentId> =
        pushes(&files).iter().flat_map(|push| &push.documents).map(|pushed| pushed.document).collect();
    assert_eq!((changed.len(), unreadable), (documents.len(), 0));
}

#[test]
fn of_a_file_that_was_cut_off_all_that_is_left_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("device.db");
    device_of_a_long_day(&path);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() * 3 / 4]).unwrap();
    let before = std::fs::read(&path).unwrap();
    let world = world(3, &Rc::default(), None);
    let (files, unreadable) = all(|after| rescue(Connection::open(&path).unwrap(), &world, after).unwrap());
    let photos = files.iter().map(|file| file.photos.len()).sum::<usize>();
    assert!((CASES / 2..CASES).contains(&photos) && unreadable > 0, "{photos} photos, {unreadable} lost");
    assert!(!pushes(&files).is_empty());
    assert!(std::fs::read(&path).unwrap() == before, "the file was touched");
}

#[test]
fn nothing_is_nothing_and_a_device_out_of_use_gives_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(&folder.path().join("device.db"), 1);
    let ask = |after: &str| Ask::Rescue { after: after.to_owned(), pin: String::new() };
    assert_eq!(
        bench.ask(ask("")),
        Answer::refused("on_offer_unknown"),
        "it has not heard whom to seal it for"
    );
    bench.come_in();
    assert_eq!(bench.ask(ask("")), Answer::refused("nothing_unsynced"));
    for odd in ["x", "r", "r-1", "p", "pnobody", "€"] {
        assert_eq!(bench.ask(ask(odd)), Answer::refused("ask_unknown"), "{odd}");
    }
    let Answer::Case(_) = bench.ask(Ask::Begin) else { panic!() };
    bench.hear(&Frame::Revoked(shared::protocol::sync::Revoked::HandOver));
    assert_eq!(bench.ask(ask("")), Answer::refused("device_revoked"));
}

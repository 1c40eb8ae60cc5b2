//! Applications to take changes in, and changes that Automerge's checksum does not turn away at the door.

use jiff::Timestamp;
use shared::document::{
    Actor, Application, ChangeHash, DocumentError, Edit, Field, Photo, PhotoHash, Slot, Source, Stamp,
};
use shared::domain::{AccountId, DocumentId, PhotoId};

/// Noon of the day on which all this happens, seconds.
const NOON: i64 = 1_795_600_000;
/// What stands before a change's checksum.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
/// The plain form of a change, the one that travels.
const PLAIN_CHANGE: u8 = 1;
/// Most changes in one input.
const MOST_CHANGES: usize = 16;

/// An application in which nothing happened yet.
pub fn fresh(actor: u8) -> Application {
    must(Application::begin(DocumentId::from_bytes([7; 16]), Actor::fresh([actor; 16])))
}

/// An application that two people worked on at once: fields, readings, a conflict, notes, photos.
pub fn busy() -> Application {
    let (mut a, mut b) = (fresh(1), fresh(2));
    let (one, two) = (stamp(1), stamp(2));
    must(a.enter_field(Field::Brand, "大众", &one));
    must(a.fill_section(&[(Field::Vin, "LSVWY4180KN246094"), (Field::Plate, "粤B12345")], &one));
    must(a.attach_photo(&photo(1)));
    must(a.write_note("试驾过。"));
    meet(&mut a, &mut b);
    let reader = Source::reader(91, PhotoId::from_bytes([1; 16]), [1, 2, 3, 4]);
    must(b.propose_reading(&[(Field::IdNumber, "11010519491231002X", reader)], two.at));
    must(a.confirm_by_partner(&[(Field::Name, "王小明")], "realname", one.at));
    must(a.enter_field(Field::Price, "8500000", &one));
    must(b.enter_field(Field::Price, "8400000", &two));
    must(b.clear_field(Field::Brand, &two));
    must(b.remove_photo(PhotoId::from_bytes([1; 16])));
    must(a.write_note("已看车。试驾过。"));
    meet(&mut a, &mut b);
    must(a.settle(Field::Price, "8500000", &one));
    a
}

/// Each gets what it lacks of the other.
fn meet(a: &mut Application, b: &mut Application) {
    let (from_a, from_b) = (a.changes_since(&b.heads()), b.changes_since(&a.heads()));
    must(a.take(&from_b));
    must(b.take(&from_a));
}

fn stamp(person: u8) -> Stamp {
    let at = Timestamp::from_second(NOON + i64::from(person)).unwrap_or_default();
    Stamp { source: Source::advisor(AccountId::from_bytes([person; 16])), at }
}

fn photo(number: u8) -> Photo {
    Photo {
        id: PhotoId::from_bytes([number; 16]),
        slot: Slot::IdFront,
        plain: PhotoHash::of(&[number]),
        cipher: PhotoHash::of(&[number, 1]),
        cipher_bytes: 300_000,
        source: stamp(1).source,
        at: stamp(1).at,
    }
}

/// The changes of an input: each a length (two bytes, little end first) and what a change holds behind its own length.
/// Magic, checksum and length are set right here, because no random change of bytes ever would.
pub fn changes(mut input: &[u8]) -> Vec<Vec<u8>> {
    let mut changes = Vec::new();
    while let (Some((length, rest)), true) = (input.split_first_chunk::<2>(), changes.len() < MOST_CHANGES) {
        let (body, rest) = rest.split_at(usize::from(u16::from_le_bytes(*length)).min(rest.len()));
        changes.push(change(body));
        input = rest;
    }
    changes
}

/// The input that [`changes`] makes these changes of.
pub fn input(changes: &[Vec<u8>]) -> Vec<u8> {
    let mut input = Vec::new();
    for change in changes {
        // Magic, checksum and kind are nine bytes; the length ends with its first byte below 128.
        let length = change[9..].iter().position(|byte| byte & 0x80 == 0).map_or(0, |last| last + 1);
        let body = &change[9 + length..];
        input.extend(u16::try_from(body.len()).unwrap_or(u16::MAX).to_le_bytes());
        input.extend(body);
    }
    input
}

fn change(body: &[u8]) -> Vec<u8> {
    let mut named = vec![PLAIN_CHANGE];
    let mut length = body.len();
    while length > 0x7f {
        named.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    named.push(length as u8);
    named.extend(body);
    let checksum = ChangeHash::of(&named).to_bytes();
    [&MAGIC[..], &checksum[..4], &named].concat()
}

/// Makes an edit with what it gave; the seeds are ours, so that each must be possible.
fn must<T>(done: Result<T, DocumentError>) -> T {
    done.unwrap_or_else(|why| panic!("a seed cannot be made: {why}"))
}

/// The changes of an application, in inputs of a few changes each.
pub fn seeds() -> Vec<Vec<u8>> {
    let all = busy().changes_since(&[]);
    all.chunks(1).chain(all.chunks(4)).chain([&all[..]]).map(input).collect()
}

/// An edit that the fuzzed application must still take: whatever came, a person can go on.
pub fn go_on(application: &mut Application) -> Result<Edit, DocumentError> {
    application.write_note("Weiter. 继续。")
}

//! What is not yet safe, as files that a person carries to the office: from any database that can be read at all, also one
//! that a newer app wrote, that is damaged, or that has no room. Nothing is changed by it.

use ed25519_dalek::SigningKey;
use rusqlite::Connection;
use shared::app::Answer;
use shared::domain::{PhotoHash, PhotoId};
use shared::protocol::on_offer::OnOffer;
use shared::protocol::rescued::{self, Rescued, RescuedPhoto};
use shared::protocol::sync::{
    self as wire, AIM_FRAME_BYTES, Bytes, Frame, MAX_PUSH_CHANGES,
    signed::{self, Signatory},
};
use shared::sync::{Item, OutboxRow, push_of};

use crate::{Me, Store, World, engine::ME};

/// A file takes no more once it has so many bytes: the last thing may be a push or a photo, and it stays below
/// [`rescued::MAX_RESCUE_BYTES`].
const ENOUGH_BYTES: usize = 12 * 1024 * 1024;

/// One file.
pub struct RescueFile {
    /// It.
    pub bytes: Vec<u8>,
    /// How many things are in it.
    pub things: usize,
    /// How many were found and could not be read.
    pub unreadable: usize,
    /// Where the next one goes on.
    pub next: Option<String>,
}

impl RescueFile {
    /// As a screen is answered, with the file beside that.
    pub fn answer(self) -> (Answer, Vec<u8>) {
        let RescueFile { bytes, things, unreadable, next } = self;
        (Answer::Rescued { things, unreadable, next }, bytes)
    }
}

/// Makes the file that comes after this place, of a database whose key is set and that was not opened otherwise.
///
/// # Errors
/// As [`of_store`].
pub fn rescue(conn: Connection, world: &World, after: &str) -> Result<RescueFile, &'static str> {
    of_store(&Store::as_it_is(conn), world, after)
}

/// Makes the file that comes after this place.
///
/// # Errors
/// `nothing_unsynced`; `device_revoked`; `on_offer_unknown` for a device that never heard from its server; `device_new` for
/// a database that is nobody's; `storage_unreadable`.
pub(crate) fn of_store(store: &Store, world: &World, after: &str) -> Result<RescueFile, &'static str> {
    let unreadable = |_| "storage_unreadable";
    let me: Me = store.meta(ME).map_err(unreadable)?.ok_or("device_new")?;
    if store.is_revoked().map_err(unreadable)? {
        return Err("device_revoked");
    }
    let offer = store.on_offer().map_err(unreadable)?.and_then(|bytes| OnOffer::read(&bytes));
    let server_key = offer.and_then(|offer| offer.photo_key_bytes()).ok_or("on_offer_unknown")?;
    let mut file = Filling::new(&me);
    let place = Place::read(after).ok_or("ask_unknown")?;
    if let Place::Row(from) = place {
        file.take_rows(store, from);
    }
    if file.next.is_none() {
        file.take_photos(store, if let Place::Photo(from) = place { Some(from) } else { None });
    }
    let Filling { rescued, things, unreadable, next, .. } = file;
    if things == 0 {
        return Err(if unreadable > 0 { "storage_unreadable" } else { "nothing_unsynced" });
    }
    let (name, fresh) = (world.bytes(), world.bytes());
    let bytes = rescued::seal(&rescued, (me.tenant, me.device), &server_key, name, fresh);
    Ok(RescueFile { bytes, things, unreadable, next: next.map(|place| place.to_string()) })
}

/// How far the files before have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Up to this row of the outbox.
    Row(Option<u64>),
    /// Up to this photo.
    Photo(PhotoId),
}

impl Place {
    fn read(text: &str) -> Option<Place> {
        if text.is_empty() {
            return Some(Place::Row(None));
        }
        match text.split_at_checked(1)? {
            ("r", row) => Some(Place::Row(Some(row.parse().ok()?))),
            ("p", photo) => Some(Place::Photo(photo.parse().ok()?)),
            _ => None,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Row(row) => write!(f, "r{}", row.unwrap_or_default()),
            Place::Photo(photo) => write!(f, "p{photo}"),
        }
    }
}

/// A file as it fills.
struct Filling {
    who: Signatory,
    key: SigningKey,
    rescued: Rescued,
    bytes: usize,
    things: usize,
    unreadable: usize,
    next: Option<Place>,
}

impl Filling {
    fn new(me: &Me) -> Filling {
        Filling {
            who: Signatory { tenant: me.tenant, device: me.device },
            key: SigningKey::from_bytes(&me.secret),
            rescued: Rescued::default(),
            bytes: 0,
            things: 0,
            unreadable: 0,
            next: None,
        }
    }

    fn take_rows(&mut self, store: &Store, from: Option<u64>) {
        let (numbers, whole) = store.outbox_numbers(from);
        self.unreadable += usize::from(!whole);
        let mut waiting: Vec<OutboxRow> = Vec::new();
        let mut waiting_bytes = 0;
        for (place, number) in numbers.iter().enumerate() {
            let Some(row) = store.outbox_row(*number) else {
                self.unreadable += 1;
                continue;
            };
            self.things += 1;
            match &row.item {
                Item::Change { bytes, .. } => {
                    if waiting.len() >= MAX_PUSH_CHANGES || waiting_bytes + bytes.0.len() > AIM_FRAME_BYTES {
                        self.push(&mut waiting);
                        waiting_bytes = 0;
                    }
                    waiting_bytes += bytes.0.len();
                    waiting.push(row);
                }
                Item::Manifest(manifest) => {
                    let manifest = Frame::PhotoManifest(manifest.clone());
                    self.push(&mut waiting);
                    waiting_bytes = 0;
                    self.frame(&manifest);
                }
            }
            if self.bytes >= ENOUGH_BYTES && place + 1 < numbers.len() {
                self.next = Some(Place::Row(Some(*number)));
                break;
            }
        }
        self.push(&mut waiting);
    }

    fn push(&mut self, rows: &mut Vec<OutboxRow>) {
        let rows = std::mem::take(rows);
        if !rows.is_empty() {
            let number = u32::try_from(self.rescued.frames.len()).unwrap_or_default();
            let rows: Vec<&OutboxRow> = rows.iter().collect();
            self.frame(&Frame::Push(push_of(number, &rows, self.who, &self.key)));
        }
    }

    fn frame(&mut self, frame: &Frame) {
        let bytes = wire::encode(frame);
        self.bytes += bytes.len();
        self.rescued.frames.push(Bytes(bytes));
    }

    fn take_photos(&mut self, store: &Store, from: Option<PhotoId>) {
        let (photos, whole) = store.unsafe_photos(from);
        self.unreadable += usize::from(!whole);
        let mut last = from;
        for photo in photos {
            if self.bytes >= ENOUGH_BYTES {
                self.next = Some(last.map_or(Place::Row(Some(u64::MAX >> 1)), Place::Photo));
                return;
            }
            last = Some(photo);
            let Ok(Some(sealed)) = store.sealed(photo) else {
                self.unreadable += 1;
                continue;
            };
            let length = u32::try_from(sealed.len()).unwrap_or(u32::MAX);
            let promised = signed::upload_bytes(self.who, photo, PhotoHash::of(&sealed), length);
            let signature = signed::sign(&self.key, &promised);
            self.things += 1;
            self.bytes += sealed.len();
            self.rescued.photos.push(RescuedPhoto { photo, signature, sealed: Bytes(sealed) });
        }
    }
}

//! Sending photos: tus 1.0 in slices, resumed where they stopped, behind everything else.

use super::{Backoff, Moment};
use crate::domain::PhotoId;
use std::collections::BTreeMap;

/// Smallest slice, in bytes (256 KiB); the last one may be shorter.
pub const MIN_SLICE_BYTES: u32 = 256 * 1024;
/// Largest slice, in bytes (1 MiB).
pub const MAX_SLICE_BYTES: u32 = 1024 * 1024;
/// Most photos that wait at once.
const MAX_UPLOADS: usize = 2_000;
/// How long an answer may take, milliseconds.
const ANSWER_MS: u64 = 60_000;
/// How often a photo may arrive other than it left before a person is asked.
const MAX_MISMATCHES: u8 = 3;

/// Where a photo is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upload {
    /// Waits; not known how much of it the server has.
    Queued,
    /// The server has so many bytes.
    Uploading(u32),
    /// The server verified it and holds it durably.
    Stored,
    /// The server will not take it: too large, refused, or it arrives changed again and again.
    Rejected,
}

/// What to ask the server, over tus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TusRequest {
    /// `HEAD`: how much do you have?
    Offset(PhotoId),
    /// `POST`: make it, so long.
    Create(PhotoId, u32),
    /// `PATCH`: these bytes, from this offset.
    Slice {
        /// Which photo.
        photo: PhotoId,
        /// From where.
        offset: u32,
        /// How many.
        length: u32,
    },
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TusAnswer {
    /// It has so many bytes, durably (201, 200, 204).
    Offset(u32),
    /// It has all, and their digest is the right one.
    Verified,
    /// It has all, and their digest is another one: they were thrown away.
    Mismatch,
    /// There is no such upload (404, 410).
    NotFound,
    /// The offset is another one (409): ask.
    Conflict,
    /// Somebody else is writing (423), or there is no room (507).
    Later,
    /// Too large (413), or not for this device (403).
    Refused,
    /// No answer.
    Lost,
}

impl TusAnswer {
    /// What an HTTP answer means: its status and, where it has one, its `Upload-Offset`, for a photo that is `whole`
    /// bytes long.
    pub fn of(status: u16, offset: Option<u32>, whole: u32) -> TusAnswer {
        match (status, offset) {
            (200..=299, Some(offset)) if offset == whole => TusAnswer::Verified,
            (200..=299, Some(offset)) => TusAnswer::Offset(offset),
            (404 | 410, _) => TusAnswer::NotFound,
            (409, _) => TusAnswer::Conflict,
            (423 | 429 | 507, _) => TusAnswer::Later,
            (460, _) => TusAnswer::Mismatch,
            (400..=499, _) => TusAnswer::Refused,
            _ => TusAnswer::Lost,
        }
    }
}

struct One {
    length: u32,
    state: Upload,
    create: bool,
    retry_at: u64,
    backoff: Backoff,
    mismatches: u8,
}

/// All photos of a device that the server does not have yet.
pub struct Uploads {
    slice: u32,
    photos: BTreeMap<PhotoId, One>,
    in_flight: Option<(PhotoId, u64)>,
}

impl Uploads {
    /// None yet; slices of this many bytes.
    pub fn new(slice: u32) -> Uploads {
        Uploads { slice: slice.max(1), photos: BTreeMap::new(), in_flight: None }
    }

    /// A photo that storage holds, encrypted to so many bytes. False when too many wait already; offer it again later.
    pub fn add(&mut self, photo: PhotoId, length: u32) -> bool {
        let waiting = self.photos.values().filter(|one| one.state != Upload::Stored).count();
        if waiting >= MAX_UPLOADS && !self.photos.contains_key(&photo) {
            return false;
        }
        self.photos.entry(photo).or_insert(One {
            length,
            state: Upload::Queued,
            create: false,
            retry_at: 0,
            backoff: Backoff::default(),
            mismatches: 0,
        });
        true
    }

    /// The photo is not needed any more, or its copy was deleted after a `complete` receipt.
    pub fn forget(&mut self, photo: PhotoId) {
        self.photos.remove(&photo);
        self.in_flight = self.in_flight.filter(|(other, _)| *other != photo);
    }

    /// Where a photo is.
    pub fn state(&self, photo: PhotoId) -> Option<Upload> {
        self.photos.get(&photo).map(|one| one.state)
    }

    /// Photos that the server does not hold yet.
    pub fn waiting(&self) -> usize {
        self.photos.values().filter(|one| !matches!(one.state, Upload::Stored | Upload::Rejected)).count()
    }

    /// The next thing to ask, one at a time; nothing while something more important is under way.
    pub fn next(&mut self, quiet: bool, moment: Moment) -> Option<TusRequest> {
        if let Some((photo, since)) = self.in_flight {
            if moment.ticks < since + ANSWER_MS {
                return None;
            }
            self.handle_answer(photo, TusAnswer::Lost, moment);
        }
        if !quiet {
            return None;
        }
        let due = |one: &&mut One| {
            matches!(one.state, Upload::Queued | Upload::Uploading(_)) && moment.ticks >= one.retry_at
        };
        // One that has begun goes on before another begins.
        let begun = self
            .photos
            .iter()
            .find(|(_, one)| matches!(one.state, Upload::Uploading(_)) && moment.ticks >= one.retry_at);
        let photo = match begun {
            Some((photo, _)) => *photo,
            None => self.photos.iter_mut().find_map(|(photo, one)| due(&one).then_some(*photo))?,
        };
        let one = self.photos.get(&photo)?;
        let request = match one.state {
            Upload::Uploading(offset) if offset < one.length => {
                TusRequest::Slice { photo, offset, length: self.slice.min(one.length - offset) }
            }
            _ if one.create => TusRequest::Create(photo, one.length),
            _ => TusRequest::Offset(photo),
        };
        self.in_flight = Some((photo, moment.ticks));
        Some(request)
    }

    /// The server answered, or did not.
    pub fn handle_answer(&mut self, photo: PhotoId, answer: TusAnswer, moment: Moment) {
        if self.in_flight.is_none_or(|(other, _)| other != photo) {
            return; // an answer to a question that was given up
        }
        self.in_flight = None;
        let Some(one) = self.photos.get_mut(&photo) else { return };
        let later = |one: &mut One| one.retry_at = moment.ticks + one.backoff.wait(moment.dice);
        match answer {
            TusAnswer::Offset(offset) if offset <= one.length => {
                one.create = false;
                one.backoff.reset();
                // All bytes are there but not verified yet: ask again in a while.
                if offset == one.length {
                    later(one);
                }
                one.state = Upload::Uploading(offset);
            }
            TusAnswer::Verified => one.state = Upload::Stored,
            TusAnswer::NotFound => {
                one.state = Upload::Queued;
                one.create = true;
            }
            TusAnswer::Mismatch => {
                one.mismatches += 1;
                one.create = true;
                one.state = if one.mismatches >= MAX_MISMATCHES { Upload::Rejected } else { Upload::Queued };
                later(one);
            }
            TusAnswer::Refused => one.state = Upload::Rejected,
            TusAnswer::Offset(_) | TusAnswer::Conflict | TusAnswer::Later | TusAnswer::Lost => {
                one.state = Upload::Queued;
                one.create = false;
                later(one);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ticks: u64) -> Moment {
        Moment { wall: jiff::Timestamp::UNIX_EPOCH, ticks, dice: 0 }
    }

    fn photo(number: u8) -> PhotoId {
        PhotoId::from_bytes([number; 16])
    }

    #[test]
    fn a_photo_goes_in_slices_and_is_stored_when_the_server_says_so() {
        let mut uploads = Uploads::new(100);
        assert!(uploads.add(photo(1), 250));
        assert_eq!(uploads.next(false, at(0)), None, "behind everything else");
        assert_eq!(uploads.next(true, at(0)), Some(TusRequest::Offset(photo(1))));
        assert_eq!(uploads.next(true, at(1)), None, "one at a time");
        uploads.handle_answer(photo(1), TusAnswer::NotFound, at(2));
        assert_eq!(uploads.next(true, at(3)), Some(TusRequest::Create(photo(1), 250)));
        uploads.handle_answer(photo(1), TusAnswer::Offset(0), at(4));
        for (offset, length) in [(0, 100), (100, 100), (200, 50)] {
            let slice = TusRequest::Slice { photo: photo(1), offset, length };
            assert_eq!(uploads.next(true, at(5)), Some(slice));
            let answer = if offset == 200 { TusAnswer::Verified } else { TusAnswer::Offset(offset + length) };
            uploads.handle_answer(photo(1), answer, at(6));
        }
        assert_eq!(uploads.state(photo(1)), Some(Upload::Stored));
        assert_eq!((uploads.next(true, at(7)), uploads.waiting()), (None, 0));
    }

    #[test]
    fn after_a_cut_it_asks_and_goes_on_where_the_server_is() {
        let mut uploads = Uploads::new(100);
        uploads.add(photo(1), 250);
        uploads.next(true, at(0));
        uploads.handle_answer(photo(1), TusAnswer::Offset(100), at(1));
        assert!(matches!(uploads.next(true, at(2)), Some(TusRequest::Slice { offset: 100, .. })));
        assert_eq!(uploads.next(true, at(2 + ANSWER_MS)), None, "given up, waits a moment");
        assert_eq!(uploads.next(true, at(3 + ANSWER_MS * 2)), Some(TusRequest::Offset(photo(1))));
        uploads.handle_answer(photo(1), TusAnswer::Offset(200), at(200_000));
        assert!(matches!(
            uploads.next(true, at(200_001)),
            Some(TusRequest::Slice { offset: 200, length: 50, .. })
        ));
        uploads.handle_answer(photo(1), TusAnswer::Conflict, at(200_002));
        assert_eq!(uploads.next(true, at(300_000)), Some(TusRequest::Offset(photo(1))));
    }

    #[test]
    fn a_poisoned_photo_does_not_hold_up_the_others() {
        let mut uploads = Uploads::new(100);
        uploads.add(photo(1), 50);
        uploads.add(photo(2), 50);
        uploads.next(true, at(0));
        uploads.handle_answer(photo(1), TusAnswer::Refused, at(1));
        assert_eq!(uploads.state(photo(1)), Some(Upload::Rejected));
        assert_eq!(uploads.next(true, at(2)), Some(TusRequest::Offset(photo(2))));
        for round in 0..3 {
            uploads.handle_answer(photo(2), TusAnswer::Mismatch, at(3));
            uploads.next(true, at((round + 1) * 10_000));
        }
        assert_eq!(uploads.state(photo(2)), Some(Upload::Rejected));
    }
}

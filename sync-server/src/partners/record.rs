//! Taking down what a partner answers while a company records it: beside the call and never in its way. What does not
//! go into the bounded queue at once is dropped and counted; `control_room/recording` keeps the rest.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use bytes::Bytes;
use jiff::Timestamp;
use shared::domain::TenantId;
use tokio::sync::mpsc;

use super::{
    Partner, PartnerFailure, Partners, Unavailable,
    line::held,
    read::{Question, ReadAs},
};

/// Answers that wait to be kept, of all companies.
const MOST_WAITING: usize = 256;
/// Longest body that is kept, in bytes: far more than any answer has.
pub const LONGEST_KEPT: usize = 64 * 1024;

/// A recording that runs.
pub struct Recording {
    /// Whose.
    pub tenant: TenantId,
    /// Of whom.
    pub partner: Partner,
    /// Its id.
    pub id: String,
    until: Timestamp,
    left: AtomicU32,
    dropped: AtomicU32,
    queue: mpsc::Sender<Heard>,
}

impl Recording {
    /// Answers that were dropped since this was asked last.
    pub fn take_dropped(&self) -> u32 {
        self.dropped.swap(0, Relaxed)
    }

    /// Counts answers that could not be kept.
    pub fn drop_answers(&self, n: u32) {
        self.dropped.fetch_add(n, Relaxed);
    }

    fn take_place(&self) -> bool {
        self.left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok()
    }

    fn put(self: &Arc<Self>, heard: Heard) {
        if self.take_place() && self.queue.try_send(heard).is_err() {
            self.left.fetch_add(1, Relaxed);
            self.drop_answers(1);
        }
    }
}

/// One answer as it came.
pub struct Heard {
    /// Which recording it is for.
    pub recording: Arc<Recording>,
    /// When the question was put.
    pub at: Timestamp,
    /// How long the call took.
    pub took: Duration,
    /// What was asked, as far as reading needs it.
    pub question: Question,
    /// What came.
    pub said: Said,
}

/// What came.
pub enum Said {
    /// This body, with a status of success.
    Body(Bytes),
    /// A body that is too long to be kept, and what it was read as.
    TooLong(ReadAs),
    /// Nothing that could be read.
    Nothing(ReadAs),
}

/// The recording of one company's use of one partner, where there is one.
#[derive(Default)]
pub(super) struct Recorder(Mutex<Option<Arc<Recording>>>);

impl Recorder {
    /// Listens to a call, where one is recorded now. A test call says nothing worth keeping.
    pub(super) fn listen(&self, question: Question, now: Timestamp) -> Option<Listener> {
        let recording = held(&self.0).clone().filter(|recording| now < recording.until)?;
        (question != Question::Test).then(|| Listener {
            recording,
            at: now,
            question,
            body: Mutex::new(None),
        })
    }
}

/// Listens to one call.
pub(super) struct Listener {
    recording: Arc<Recording>,
    at: Timestamp,
    question: Question,
    body: Mutex<Option<Result<Bytes, usize>>>,
}

impl Listener {
    /// This is what is about to be read.
    pub(super) fn hears(&self, body: &[u8]) {
        let fits = body.len() <= LONGEST_KEPT;
        *held(&self.body) = Some(if fits { Ok(Bytes::copy_from_slice(body)) } else { Err(body.len()) });
    }

    /// And this became of the call.
    pub(super) fn ends<A>(self, result: &Result<A, PartnerFailure>, took: Duration) {
        let body = held(&self.body).take();
        let said = match (body, result) {
            (Some(Ok(body)), _) => Said::Body(body),
            (Some(Err(_)), Ok(_)) => {
                Said::TooLong(ReadAs::Failure { class: "answered".to_owned(), what: None, status: None })
            }
            (Some(Err(_)), Err(failure)) => Said::TooLong(failure.into()),
            (None, Err(failure)) if was_asked(failure) => Said::Nothing(failure.into()),
            (None, _) => return,
        };
        let Self { recording, at, question, .. } = self;
        recording.put(Heard { recording: recording.clone(), at, took, question, said });
    }
}

/// Whether the question went out at all.
fn was_asked(failure: &PartnerFailure) -> bool {
    match failure {
        PartnerFailure::Unavailable(why) => {
            matches!(why, Unavailable::Connect | Unavailable::Broken | Unavailable::Status(_))
        }
        PartnerFailure::Busy | PartnerFailure::NotConfigured => false,
        _ => true,
    }
}

/// The queue of all recordings.
pub(super) struct Tape {
    queue: mpsc::Sender<Heard>,
    end: Mutex<Option<mpsc::Receiver<Heard>>>,
}

impl Default for Tape {
    fn default() -> Self {
        let (queue, end) = mpsc::channel(MOST_WAITING);
        Self { queue, end: Mutex::new(Some(end)) }
    }
}

impl Partners {
    /// Takes the company's answers of `partner` down from now on: so many more, until then.
    pub fn record(&self, tenant: TenantId, partner: &Partner, id: String, until: Timestamp, left: u32) {
        let lane = self.lanes.of(tenant, partner);
        let mut recorder = held(&lane.recorder().0);
        if recorder.as_ref().is_some_and(|running| running.id == id) {
            return;
        }
        *recorder = Some(Arc::new(Recording {
            tenant,
            partner: partner.clone(),
            id,
            until,
            left: AtomicU32::new(left),
            dropped: AtomicU32::new(0),
            queue: self.lanes.tape.queue.clone(),
        }));
    }

    /// Takes nothing down any more, where it is this recording that runs.
    pub fn stop_recording(&self, tenant: TenantId, partner: &Partner, id: &str) {
        let lane = self.lanes.of(tenant, partner);
        held(&lane.recorder().0).take_if(|running| running.id == id);
    }

    /// What is heard, for the one who keeps it; none for whoever asks a second time.
    pub fn heard(&self) -> Option<mpsc::Receiver<Heard>> {
        held(&self.lanes.tape.end).take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::protocol::partners::PartnerToken;

    fn partners() -> Partners {
        Partners::none(crate::world::World::system().unwrap())
    }

    fn call(partners: &Partners, partner: &Partner, now: Timestamp, body: Option<&[u8]>) {
        let lane = partners.lanes.of(TenantId::from_bytes([1; 16]), partner);
        let Some(listener) = lane.recorder().listen(Question::RealName, now) else { return };
        if let Some(body) = body {
            listener.hears(body);
        }
        let result: Result<(), _> = if body.is_some() { Ok(()) } else { Err(PartnerFailure::Busy) };
        listener.ends(&result, Duration::from_millis(5));
    }

    #[test]
    fn so_many_answers_are_taken_down_and_no_more_nor_later() {
        let (partners, tenant) = (partners(), TenantId::from_bytes([1; 16]));
        let until = Timestamp::from_second(1_000).unwrap();
        let mut heard = partners.heard().unwrap();
        assert!(partners.heard().is_none());
        call(&partners, &Partner::RealName, Timestamp::UNIX_EPOCH, Some(b"before"));
        partners.record(tenant, &Partner::RealName, "r".to_owned(), until, 2);
        call(&partners, &Partner::RealName, until, Some(b"too late"));
        call(&partners, &Partner::RealName, Timestamp::UNIX_EPOCH, None);
        call(&partners, &Partner::Bureau, Timestamp::UNIX_EPOCH, Some(b"another partner's"));
        for body in [&b"1"[..], &vec![b'x'; LONGEST_KEPT + 1], b"one too many"] {
            call(&partners, &Partner::RealName, Timestamp::UNIX_EPOCH, Some(body));
        }
        assert!(matches!(heard.try_recv().unwrap().said, Said::Body(body) if &body[..] == b"1"));
        assert!(matches!(heard.try_recv().unwrap().said, Said::TooLong(_)));
        assert!(heard.try_recv().is_err());
    }

    #[test]
    fn what_finds_the_queue_full_is_dropped_and_counted_and_the_call_does_not_wait() {
        let (partners, tenant) = (partners(), TenantId::from_bytes([1; 16]));
        let until = Timestamp::from_second(1_000).unwrap();
        let funder = Partner::Funder(PartnerToken::parse("quick").unwrap());
        let mut heard = partners.heard().unwrap();
        partners.record(tenant, &funder, "r".to_owned(), until, 1_000);
        for _ in 0..MOST_WAITING + 7 {
            call(&partners, &funder, Timestamp::UNIX_EPOCH, Some(b"{}"));
        }
        let first = heard.try_recv().unwrap();
        assert_eq!((first.recording.take_dropped(), first.recording.take_dropped()), (7, 0));
        assert_eq!(first.recording.left.load(Relaxed), 1_000 - u32::try_from(MOST_WAITING).unwrap());
        partners.stop_recording(tenant, &funder, "another");
        call(&partners, &funder, Timestamp::UNIX_EPOCH, Some(b"{}"));
        partners.stop_recording(tenant, &funder, "r");
        call(&partners, &funder, Timestamp::UNIX_EPOCH, Some(b"{}"));
        assert_eq!(std::iter::from_fn(|| heard.try_recv().ok()).count(), MOST_WAITING);
    }
}

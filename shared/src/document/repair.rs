//! Finding out what two sides of a document lack of each other when their digests differ, with Automerge's own sync.
//!
//! The server's side only ever gives: what the server lacks comes to it as a signed push like everything else, so the
//! device learns here which changes those are. Each of the server's answers starts from nothing: it keeps no state.

use super::{
    Application, DocumentError,
    application::{caught, own},
};
use automerge::sync::{Message, State, SyncDoc};

/// Longest message of a repair, in bytes (512 KiB).
pub const MAX_REPAIR_MESSAGE_BYTES: usize = 512 * 1024;

/// A repair in progress on a device.
#[derive(Debug)]
pub struct Repairing {
    state: State,
}

/// What one message brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// Changes that were not here, to be stored.
    pub gained: Vec<Vec<u8>>,
    /// Changes that the server lacks, to be pushed.
    pub lacking: Vec<Vec<u8>>,
    /// What to send next; `None` when both sides know all they need.
    pub next: Option<Vec<u8>>,
}

impl Repairing {
    /// Starts a repair and gives its first message.
    pub fn begin(application: &Application) -> (Repairing, Vec<u8>) {
        let mut repairing = Repairing { state: State::new() };
        let first = repairing.say(application).unwrap_or_default();
        (repairing, first)
    }

    /// Takes the server's answer into the document.
    ///
    /// # Errors
    /// When the answer is too large, damaged, or holds changes that the document refuses.
    pub fn hear(&mut self, application: &mut Application, answer: &[u8]) -> Result<Repaired, DocumentError> {
        let message = decoded(answer)?;
        let server_heads = own(message.heads.clone());
        let before = application.heads();
        let mut copy = application.clone();
        let state = &mut self.state;
        caught(|| Ok(copy.doc.receive_sync_message(state, message)?))?;
        // What came is read by the same rules as any other change.
        let gained = copy.changes_since(&before);
        application.take(&gained)?;
        let lacking = application.changes_since(&server_heads);
        let complete = server_heads.iter().all(|head| application.has(*head));
        let next = if complete { None } else { self.say(application) };
        Ok(Repaired { gained, lacking: if complete { lacking } else { Vec::new() }, next })
    }

    fn say(&mut self, application: &Application) -> Option<Vec<u8>> {
        application.doc.generate_sync_message(&mut self.state).map(Message::encode)
    }
}

impl Application {
    /// The server's answer to a device's message: what the device lacks. Call it where a crash is affordable.
    ///
    /// # Errors
    /// When the message is too large or damaged.
    pub fn answer_repair(&self, message: &[u8]) -> Result<Vec<u8>, DocumentError> {
        let message = decoded(message)?;
        caught(|| {
            let mut state = State::new_read_only();
            let mut copy = self.doc.clone();
            copy.receive_sync_message(&mut state, message)?;
            Ok(copy.generate_sync_message(&mut state).map(Message::encode).unwrap_or_default())
        })
    }
}

fn decoded(message: &[u8]) -> Result<Message, DocumentError> {
    if message.len() > MAX_REPAIR_MESSAGE_BYTES {
        return Err(DocumentError::TooLarge);
    }
    caught(|| Message::decode(message).map_err(|_| DocumentError::Malformed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::two_devices;
    use proptest::prelude::*;

    #[test]
    fn each_side_comes_to_hold_what_only_the_other_had() {
        let (mut device, mut server) = two_devices::busy();
        let stamp = two_devices::advisor(1, 90);
        let only_here = device.enter_field(crate::document::Field::Keys, "2", &stamp).unwrap();
        let only_there = server.enter_field(crate::document::Field::Colour, "红", &stamp).unwrap();
        let (mut repairing, mut message) = Repairing::begin(&device);
        let (mut gained, mut pushed) = (Vec::new(), Vec::new());
        for _ in 0..6 {
            let answer = server.answer_repair(&message).unwrap();
            let repaired = repairing.hear(&mut device, &answer).unwrap();
            gained.extend(repaired.gained);
            pushed.extend(repaired.lacking);
            match repaired.next {
                Some(next) => message = next,
                None => break,
            }
        }
        assert!(gained.contains(&only_there.bytes));
        assert!(pushed.contains(&only_here.bytes));
        server.take(&pushed).unwrap();
        assert_eq!(server.heads(), device.heads());
    }

    #[test]
    fn an_empty_server_learns_that_it_lacks_everything() {
        let (mut device, _) = two_devices::busy();
        let server = two_devices::device(9);
        let (mut repairing, first) = Repairing::begin(&device);
        let repaired = repairing.hear(&mut device, &server.answer_repair(&first).unwrap()).unwrap();
        // All but the first change, which everybody has.
        assert_eq!(repaired.lacking.len(), device.changes_since(&[]).len() - 1);
        assert_eq!(repaired.next, None);
    }

    proptest! {
        #![proptest_config(crate::domain::fixed_seed(64))]

        #[test]
        fn no_message_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), place in any::<proptest::sample::Index>()) {
            let (device, mut server) = two_devices::busy();
            let _ = server.answer_repair(&bytes);
            let (mut repairing, mut message) = Repairing::begin(&device);
            let place = place.index(message.len());
            message[place] ^= bytes.first().copied().unwrap_or(1);
            if let Ok(answer) = server.answer_repair(&message) {
                let before = server.heads();
                let _ = repairing.hear(&mut server, &answer);
                prop_assert!(before.iter().all(|head| server.has(*head)));
            }
        }
    }
}

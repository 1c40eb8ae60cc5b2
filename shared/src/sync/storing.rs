//! The device's storage answers: only what is durable counts, and what could not be stored is asked for again.

use super::Moment;
use super::device::{Device, Link};
use super::effects::{Effect, Stored, Transaction, Write};
use crate::domain::{DocumentId, ScopeId};
use crate::protocol::sync::{Bytes, Frame, Repair, SyncCode};

/// Longest wait between two connections while the storage takes nothing, milliseconds.
const STORAGE_LONGEST_MS: u64 = 60_000;

/// What a transaction was for, until storage answers.
pub(super) enum Pending {
    Edit(Vec<u64>),
    Acked { done: Vec<u64>, aside: Vec<(u64, SyncCode)>, steps: Vec<(ScopeId, u64)> },
    Incoming { scope: ScopeId, to: u64 },
    Complete(u64),
    Aside(Vec<(u64, SyncCode)>),
    Again(Vec<u64>),
    Repaired { document: DocumentId, rows: Vec<u64>, next: Option<Vec<u8>> },
    Note,
}

impl Device {
    /// Storage answered.
    pub fn handle_stored(&mut self, id: u64, stored: Stored, moment: Moment) -> Vec<Effect> {
        let Some(pending) = self.pending.remove(&id) else { return Vec::new() };
        let mut effects = match stored {
            Stored::Done => self.confirmed(pending),
            Stored::Full | Stored::Failed => {
                let code =
                    if stored == Stored::Full { SyncCode::StorageFull } else { SyncCode::StorageFailed };
                let mut effects = self.not_stored(pending, moment);
                effects.push(Effect::Tell(code));
                effects
            }
        };
        effects.extend(self.go_on(moment));
        effects
    }

    fn confirmed(&mut self, pending: Pending) -> Vec<Effect> {
        match pending {
            Pending::Edit(rows) => rows.into_iter().for_each(|row| self.outbox.confirm(row)),
            Pending::Acked { done, aside, steps } => {
                self.storage_backoff.reset();
                done.into_iter().for_each(|row| self.outbox.remove(row));
                aside.into_iter().for_each(|(row, code)| self.outbox.set_aside(row, code));
                for (scope, after) in steps {
                    if let Some(pulling) = self.scopes.get_mut(&scope) {
                        pulling.durable = pulling.durable.max(after);
                        pulling.applied = pulling.applied.max(after);
                    }
                }
                self.in_flight = None;
                self.receipts_asked_at = None; // a submission may be ready to be announced
            }
            Pending::Incoming { scope, to } => {
                self.storage_backoff.reset();
                if let Some(pulling) = self.scopes.get_mut(&scope) {
                    pulling.durable = pulling.durable.max(to);
                    pulling.applied = pulling.applied.max(pulling.durable);
                }
            }
            Pending::Complete(row) => self.outbox.remove(row),
            Pending::Aside(rows) => rows.into_iter().for_each(|(row, code)| self.outbox.set_aside(row, code)),
            Pending::Again(rows) => {
                self.outbox.offer_again(&rows);
                self.receipts_asked_at = None; // a submission may be among them
            }
            Pending::Repaired { document, rows, next } => {
                rows.into_iter().for_each(|row| self.outbox.confirm(row));
                match next {
                    Some(message) if self.repairs.contains_key(&document) && self.link == Link::Online => {
                        return vec![Effect::Send(Frame::Repair(Repair {
                            document,
                            message: Bytes(message),
                        }))];
                    }
                    _ => {
                        self.repairs.remove(&document);
                    }
                }
            }
            Pending::Note => {}
        }
        Vec::new()
    }

    /// Nothing was written: what was entered is refused to the person, everything else is asked for again later.
    fn not_stored(&mut self, pending: Pending, moment: Moment) -> Vec<Effect> {
        match pending {
            Pending::Edit(rows) => {
                rows.into_iter().for_each(|row| self.outbox.remove(row));
                Vec::new()
            }
            Pending::Repaired { document, rows, .. } => {
                rows.into_iter().for_each(|row| self.outbox.remove(row));
                self.repairs.remove(&document);
                Vec::new()
            }
            Pending::Acked { .. } => {
                self.in_flight = None; // the rows are still there: they are sent again, and the server knows them
                self.hang_up_until_there_is_room(moment)
            }
            Pending::Incoming { .. } | Pending::Complete(_) => self.hang_up_until_there_is_room(moment),
            Pending::Aside(_) | Pending::Again(_) | Pending::Note => Vec::new(),
        }
    }

    pub(super) fn store(&mut self, writes: Vec<Write>, pending: Pending) -> Effect {
        let id = self.next_transaction;
        self.next_transaction += 1;
        self.pending.insert(id, pending);
        Effect::Store(Transaction { id, writes })
    }

    /// As [`Device::hang_up`], for longer: connecting again at once would bring the same that could not be stored.
    fn hang_up_until_there_is_room(&mut self, moment: Moment) -> Vec<Effect> {
        let effects = self.hang_up(moment);
        let wait = self.storage_backoff.wait_up_to(STORAGE_LONGEST_MS, moment.dice);
        if let Link::Offline { retry_at } = &mut self.link {
            *retry_at = moment.ticks + wait;
        }
        effects
    }
}

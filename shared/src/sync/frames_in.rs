//! What the server says, as the device takes it.

use super::{
    Device, Effect, Item, Lease, Link, Moment, Write,
    device::{MAX_REPAIRS, Pulling},
    storing::Pending,
};
use crate::domain::DocumentId;
use crate::protocol::sync::{
    Auth, Changes, Frame, PushAck, Receipt, ReceiptState, Refusal, Revoked, SyncCode, Welcome, WhatToDo,
    signed,
};

/// Most documents that wait for a repair.
const MAX_TO_REPAIR: usize = 10_000;

impl Device {
    /// A frame came, or bytes that are none.
    pub fn handle_frame(&mut self, frame: Result<Frame, SyncCode>, moment: Moment) -> Vec<Effect> {
        let mut effects = match (frame, self.link) {
            (_, Link::Offline { .. } | Link::Connecting | Link::Stopped) => return Vec::new(),
            (Err(_), _) => self.hang_up(moment),
            (Ok(Frame::Challenge(challenge)), Link::Greeting { .. }) => {
                let signature = self.signed(&signed::auth_bytes(self.me.device, &challenge.nonce));
                vec![Effect::Send(Frame::Auth(Auth { signature }))]
            }
            (Ok(Frame::Welcome(welcome)), Link::Greeting { .. }) => self.welcome(&welcome, moment),
            (Ok(Frame::Revoked(how)), _) => self.revoke(how),
            (Ok(Frame::Error(refusal)), _) => self.refusal(&refusal, moment),
            (Ok(Frame::PushAck(ack)), Link::Online) => self.acknowledged(&ack, moment),
            (Ok(Frame::Changes(changes)), Link::Online) => self.changes(changes, moment),
            (Ok(Frame::Receipt(receipt)), Link::Online) => self.receipt(receipt),
            (Ok(Frame::OnOffer(bytes)), Link::Online) => {
                vec![self.store(vec![Write::OnOffer(bytes)], Pending::Note)]
            }
            (Ok(Frame::Case(news)), Link::Online) => vec![self.store(vec![Write::Case(news)], Pending::Note)],
            (Ok(Frame::OfferAgain), Link::Online) => self.offer_again(),
            (Ok(Frame::Differ(differ)), Link::Online) => {
                for document in differ.documents {
                    self.want_repair(DocumentId::from_bytes(document));
                }
                Vec::new()
            }
            (Ok(Frame::Repair(repair)), Link::Online) => {
                if self.repairs.contains_key(&repair.document) {
                    vec![Effect::HearRepair(repair.document, repair.message)]
                } else {
                    Vec::new()
                }
            }
            // Doubled or late frames of the greeting; what only a device says.
            _ => Vec::new(),
        };
        effects.extend(self.go_on(moment));
        effects
    }

    fn welcome(&mut self, welcome: &Welcome, moment: Moment) -> Vec<Effect> {
        if welcome.tenant != self.me.tenant {
            return self.stop(SyncCode::NotEnrolled);
        }
        self.link = Link::Online;
        self.backoff.reset();
        self.push_again_at = 0;
        let lease = Lease::granted(moment.wall, welcome.lease_seconds);
        self.lease = Some(lease);
        self.locked_shown = false;
        for scope in &welcome.scopes {
            let pulling = self.scopes.entry(scope.scope).or_default();
            pulling.more = true;
        }
        vec![self.store(vec![Write::Lease(lease)], Pending::Note)]
    }

    fn acknowledged(&mut self, ack: &PushAck, moment: Moment) -> Vec<Effect> {
        let Some(push) = self.in_flight.as_mut().filter(|push| push.number == ack.number && !push.settling)
        else {
            return Vec::new();
        };
        push.settling = true;
        let mut done = push.rows.clone();
        let mut aside = Vec::new();
        let mut again = false;
        for refused in &ack.refused {
            let Some(row) = self.outbox.row_of(refused.document, refused.change) else { continue };
            done.remove(&row);
            match refused.code.what_to_do() {
                WhatToDo::Again | WhatToDo::Reconnect | WhatToDo::Stop => again = true,
                WhatToDo::Repair => self.want_repair(refused.document),
                WhatToDo::SetAside => aside.push((row, refused.code)),
            }
        }
        if again {
            self.push_later(moment);
        } else {
            self.push_worked();
        }
        let steps: Vec<_> = (ack.steps.iter())
            .filter(|step| {
                self.scopes
                    .get(&step.scope)
                    .is_some_and(|at| at.applied == at.durable && at.durable >= step.before)
            })
            .map(|step| (step.scope, step.after))
            .collect();
        let mut writes: Vec<Write> = done.iter().map(|row| Write::OutboxRemove(*row)).collect();
        writes.extend(aside.iter().map(|(row, code)| Write::OutboxAside(*row, *code)));
        writes.extend(steps.iter().map(|(scope, after)| Write::Cursor(*scope, *after)));
        let tell: Vec<Effect> = aside.iter().map(|(_, code)| Effect::Tell(*code)).collect();
        let mut effects =
            vec![self.store(writes, Pending::Acked { done: done.into_iter().collect(), aside, steps })];
        effects.extend(tell);
        effects
    }

    fn changes(&mut self, changes: Changes, moment: Moment) -> Vec<Effect> {
        let Changes { scope, from, to, more, documents } = changes;
        if self.revoked.is_some() {
            return Vec::new();
        }
        let Some(pulling) = self.scopes.get_mut(&scope) else { return Vec::new() };
        if from > pulling.applied {
            pulling.more = true; // something before it got lost: ask again, from what is durable
            return Vec::new();
        }
        if to <= pulling.applied {
            return Vec::new(); // it came before
        }
        if pulling.applied > pulling.durable {
            // What is being stored may fail: a cursor must not pass it. This is asked for again once that is durable.
            pulling.more = true;
            return Vec::new();
        }
        pulling.applied = to;
        pulling.more |= more;
        pulling.asked_at = moment.ticks;
        let mut writes: Vec<Write> = documents.into_iter().map(Write::Incoming).collect();
        writes.push(Write::Cursor(scope, to));
        vec![self.store(writes, Pending::Incoming { scope, to })]
    }

    fn receipt(&mut self, receipt: Receipt) -> Vec<Effect> {
        let row = self.outbox.manifests().into_iter().find_map(|row| match &row.item {
            Item::Manifest(manifest) if manifest.document == receipt.document => {
                Some((row.row, manifest.submission))
            }
            _ => None,
        });
        let Some((row, submission)) = row else { return Vec::new() };
        let complete = receipt.state == ReceiptState::Complete;
        // Another device's submission stands: ours has nothing to wait for. Its late entries are in the document.
        let answered = complete || receipt.submission != submission;
        let mut writes = vec![Write::Receipt(receipt)];
        if answered {
            writes.push(Write::OutboxRemove(row));
        }
        vec![self.store(writes, if answered { Pending::Complete(row) } else { Pending::Note })]
    }

    /// The office wants what was set aside offered once more: what stood between may be mended.
    fn offer_again(&mut self) -> Vec<Effect> {
        let rows = self.outbox.set_aside_rows();
        if rows.is_empty() || self.revoked.is_some() {
            return Vec::new();
        }
        let writes = rows.iter().map(|row| Write::OutboxAgain(*row)).collect();
        vec![self.store(writes, Pending::Again(rows))]
    }

    fn revoke(&mut self, how: Revoked) -> Vec<Effect> {
        if self.revoked == Some(how) && self.link == Link::Online {
            return Vec::new();
        }
        self.revoked = Some(how);
        self.repairs.clear();
        self.to_repair.clear();
        let mut effects = Vec::new();
        match how {
            Revoked::Erase => {
                effects.push(Effect::EraseKey);
                effects.extend(self.stop(SyncCode::Revoked));
            }
            Revoked::HandOver => {
                self.link = Link::Online;
                effects.push(self.store(vec![Write::Revoked(how)], Pending::Note));
                effects.push(Effect::Tell(SyncCode::Revoked));
            }
        }
        effects
    }

    fn refusal(&mut self, refusal: &Refusal, moment: Moment) -> Vec<Effect> {
        if let Some(document) = refusal.document {
            let document = DocumentId::from_bytes(document);
            return self.refused_document(document, refusal.code, moment);
        }
        match refusal.code.what_to_do() {
            WhatToDo::Stop => self.stop(refusal.code),
            WhatToDo::Again if self.refused(refusal) => {
                self.in_flight = None;
                self.push_later(moment);
                Vec::new()
            }
            WhatToDo::Repair => {
                // The server was restored from an older state: pull everything again and compare.
                for pulling in self.scopes.values_mut() {
                    *pulling = Pulling { more: true, ..Pulling::default() };
                }
                self.compare_now(moment);
                let writes = self.scopes.keys().map(|scope| Write::Cursor(*scope, 0)).collect();
                vec![self.store(writes, Pending::Note)]
            }
            WhatToDo::Again if !refusal.closes => Vec::new(),
            _ => self.hang_up(moment),
        }
    }

    /// A submission or a repair was refused.
    fn refused_document(&mut self, document: DocumentId, code: SyncCode, moment: Moment) -> Vec<Effect> {
        if self.repairs.remove(&document).is_some() {
            return Vec::new();
        }
        match code.what_to_do() {
            WhatToDo::SetAside => {
                let rows: Vec<u64> = (self.outbox.manifests().iter())
                    .filter(|row| row.document == document)
                    .map(|row| row.row)
                    .collect();
                if rows.is_empty() {
                    return Vec::new();
                }
                let writes = rows.iter().map(|row| Write::OutboxAside(*row, code)).collect();
                let aside = rows.iter().map(|row| (*row, code)).collect();
                // Nothing acknowledged here: only the set-aside counts.
                vec![self.store(writes, Pending::Aside(aside)), Effect::Tell(code)]
            }
            WhatToDo::Repair => {
                self.want_repair(document);
                Vec::new()
            }
            WhatToDo::Again => Vec::new(), // it is asked again with the next round of receipts
            WhatToDo::Reconnect | WhatToDo::Stop => self.hang_up(moment),
        }
    }

    fn want_repair(&mut self, document: DocumentId) {
        let room = self.to_repair.len() + MAX_REPAIRS < MAX_TO_REPAIR;
        if room && !self.repairs.contains_key(&document) {
            self.to_repair.insert(document);
        }
    }
}

//! What the sync machine asks for, carried out: storing here and now, everything else as a deed of the shell.

use std::collections::{BTreeSet, VecDeque};

use jiff::Timestamp;
use shared::app::{News, Stage};
use shared::document::{Actor, Application, Repairing};
use shared::domain::{DocumentId, PhotoId};
use shared::protocol::on_offer::OnOffer;
use shared::protocol::sync::{self as wire, ReceiptState, SyncCode};
use shared::sync::{Effect, Stored, Transaction, Write};

use super::{Deed, Engine, shown::stage_of};
use crate::{
    StoreError,
    store::{Act, Batch, Incoming},
};

impl Engine {
    pub(super) fn carry_out(&mut self, effects: Vec<Effect>) {
        if !effects.is_empty() {
            self.count_anew();
        }
        let mut effects = VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            if self.erased {
                return;
            }
            match effect {
                Effect::Store(transaction) => {
                    let (stored, _) = self.store_all(&transaction, &Act::default());
                    effects.extend(self.device.handle_stored(transaction.id, stored, self.world.moment()));
                }
                Effect::Send(frame) => self.deeds.push_back(Deed::Send(wire::pack(&wire::encode(&frame)))),
                Effect::Connect => self.deeds.push_back(Deed::Connect),
                Effect::Disconnect => self.deeds.push_back(Deed::Disconnect),
                Effect::ComputeDigests => {
                    let digests = self.store.digests().unwrap_or_default();
                    effects.extend(self.device.handle_digests(digests, self.world.moment()));
                }
                Effect::BeginRepair(document) => effects.extend(self.begin_repair(document)),
                Effect::HearRepair(document, message) => {
                    effects.extend(self.hear_repair(document, &message.0));
                }
                Effect::EraseKey => {
                    self.erased = true;
                    self.open.clear();
                    self.deeds.push_back(Deed::Disconnect);
                    self.deeds.push_back(Deed::Erase);
                }
                Effect::Tell(code) => self.say(code.code()),
                // The standing says so.
                Effect::Lock => {}
            }
        }
    }

    /// A person has to know this.
    pub(super) fn say(&mut self, code: &str) {
        self.deeds.push_back(Deed::Tell(News::Told { code: code.to_owned() }));
    }

    /// Makes a transaction durable, with the list's rows that follow from it. After an error the documents are as the
    /// database has them.
    pub(super) fn store_all(
        &mut self,
        transaction: &Transaction,
        act: &Act,
    ) -> (Stored, Option<&'static str>) {
        if self.is_known(transaction) {
            return (Stored::Done, None);
        }
        let moved = self.moved(transaction);
        let mut touched = BTreeSet::new();
        let begun = self.begin_trial(&transaction.writes);
        let outcome = begun.and_then(|()| self.try_to_store(transaction, act, &mut touched));
        self.end_trial(outcome.is_ok());
        match outcome {
            Ok(()) => {
                self.close_some();
                self.after_the_commit(transaction);
                self.changed.extend(touched);
                self.deeds.extend(moved.map(Deed::Tell));
                (Stored::Done, None)
            }
            Err(error) => {
                for document in touched {
                    self.open.remove(&document);
                }
                let stored = if matches!(error, StoreError::Full) { Stored::Full } else { Stored::Failed };
                (stored, Some(error.code()))
            }
        }
    }

    /// How cases stand is told after each welcome: mostly what is known.
    fn is_known(&self, transaction: &Transaction) -> bool {
        let [Write::Case(news)] = transaction.writes.as_slice() else { return false };
        self.store.case_news(news.document).is_ok_and(|known| known.as_ref() == Some(news))
    }

    /// What people hear of a case that goes on by this; the machine's turn passes by itself.
    fn moved(&self, transaction: &Transaction) -> Option<News> {
        let news = transaction.writes.iter().find_map(|write| match write {
            Write::Case(news) => Some(news),
            _ => None,
        })?;
        let before = self.store.case_news(news.document).ok().flatten();
        if before.is_some_and(|before| before.at_ms > news.at_ms || before.standing == news.standing) {
            return None;
        }
        let stage = stage_of(news.standing);
        (stage != Stage::Machine).then(|| News::Moved { number: news.number.clone(), stage })
    }

    fn try_to_store(
        &mut self,
        transaction: &Transaction,
        act: &Act,
        touched: &mut BTreeSet<DocumentId>,
    ) -> Result<(), StoreError> {
        let mut incoming = Vec::new();
        for write in &transaction.writes {
            match write {
                Write::Incoming(sent) => {
                    touched.insert(sent.document);
                    let changes: Vec<Vec<u8>> = sent.changes.iter().map(|change| change.0.clone()).collect();
                    let refused = self.take_in(sent.document, &changes)?;
                    incoming.push(Incoming {
                        document: sent.document,
                        changes: sent.changes.clone(),
                        refused,
                    });
                }
                Write::Row(document) | Write::Change { document, .. } => {
                    touched.insert(*document);
                }
                Write::Receipt(receipt) => {
                    touched.insert(receipt.document);
                    if !self.trials.is_damaged(receipt.document)
                        && let Some(application) = self.application(receipt.document)?
                    {
                        application.accept(receipt.submission);
                    }
                }
                Write::Case(news) => {
                    touched.insert(news.document);
                }
                _ => {}
            }
        }
        let mut rows = Vec::new();
        for document in touched.iter().copied() {
            let news = transaction.writes.iter().find_map(|write| match write {
                Write::Case(news) if news.document == document => Some(news.clone()),
                _ => None,
            });
            let news = match (news, self.store.case_news(document)?) {
                (Some(new), Some(old)) if old.at_ms > new.at_ms => Some(old),
                (new, old) => new.or(old),
            };
            if let Some(row) = self.list_row(document, news.as_ref())? {
                rows.push((document, row));
            }
        }
        let now = self.now().as_millisecond();
        self.store.commit(&Batch {
            writes: &transaction.writes,
            incoming: &incoming,
            rows: &rows,
            act,
            tried: self.trials.together(),
            own_scope: self.me.scope,
            now_ms: now,
        })
    }

    /// Takes changes into a document; the code of why it refuses them, if it does.
    fn take_in(
        &mut self,
        document: DocumentId,
        changes: &[Vec<u8>],
    ) -> Result<Option<&'static str>, StoreError> {
        if self.trials.is_damaged(document) {
            return Ok(Some(StoreError::Damaged.code()));
        }
        if self.trials.is_noted(document) {
            return self.take_in_noted(document, changes);
        }
        self.try_alone(document, |engine| {
            let refused = engine.take_in_noted(document, changes)?;
            if let Some(application) = engine.open.get(&document) {
                application.view();
            }
            Ok(refused)
        })
    }

    fn take_in_noted(
        &mut self,
        document: DocumentId,
        changes: &[Vec<u8>],
    ) -> Result<Option<&'static str>, StoreError> {
        if !self.open.contains_key(&document) {
            let kept = self.read_kept(document)?;
            let begun = || Application::begin(document, Actor::fresh(self.world.bytes())).ok();
            if let Some(application) = kept.or_else(begun) {
                self.open.insert(document, application);
            }
        }
        (self.world.reading)(document);
        let Some(application) = self.open.get_mut(&document) else { return Ok(Some("document_malformed")) };
        Ok(application.take(changes).err().map(|error| error.code()))
    }

    fn after_the_commit(&mut self, transaction: &Transaction) {
        for write in &transaction.writes {
            match write {
                Write::OnOffer(bytes) => match OnOffer::read(&bytes.0) {
                    Some(offer) => self.on_offer = Some(offer),
                    // It names something that this app does not know: what was on offer before still holds.
                    None => self.say("on_offer_newer"),
                },
                Write::Receipt(receipt) if receipt.state == ReceiptState::Complete => {
                    let photos = self.store.all_photos().unwrap_or_default();
                    for photo in photos.iter().filter(|photo| photo.document == receipt.document) {
                        if !photo.here {
                            self.uploads.forget(photo.id);
                        }
                    }
                }
                Write::Receipt(receipt) => {
                    let awaited: Vec<PhotoId> =
                        receipt.awaited.iter().map(|id| PhotoId::from_bytes(*id)).collect();
                    self.offer_again(&awaited);
                }
                _ => {}
            }
        }
    }

    fn begin_repair(&mut self, document: DocumentId) -> Vec<Effect> {
        // One that cannot be read now is compared again later; one that never can be is not repaired.
        let Ok(kept) = self.read(document) else { return Vec::new() };
        let fresh = || Application::begin(document, Actor::fresh(self.world.bytes())).ok();
        let Some(application) = kept.or_else(fresh) else { return Vec::new() };
        let (repairing, first) = Repairing::begin(&application);
        self.repairs.insert(document, (repairing, application));
        self.device.handle_repair_begun(document, first, self.world.moment())
    }

    fn hear_repair(&mut self, document: DocumentId, message: &[u8]) -> Vec<Effect> {
        let Some((mut repairing, mut application)) = self.repairs.remove(&document) else {
            return Vec::new();
        };
        let heard = self.try_alone(document, |engine| {
            (engine.world.reading)(document);
            Ok(repairing.hear(&mut application, message))
        });
        let repaired = heard.map_err(|_| SyncCode::RepairFailed);
        let repaired = repaired.and_then(|heard| heard.map_err(|_| SyncCode::RepairFailed));
        if repaired.as_ref().is_ok_and(|repaired| repaired.next.is_some()) {
            self.repairs.insert(document, (repairing, application));
        }
        let kept = self.store.document(document).ok().flatten();
        let scope = kept.map_or(self.me.scope, |kept| kept.scope);
        self.device.handle_repaired(document, scope, repaired, self.world.moment())
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.world.wall)()
    }
}

//! One device's connection: frames in, frames out, and what the session wants done in between. Everything is awaited at
//! this one place, so that a slow device holds up nobody but itself, and never makes anything pile up here.

use std::{collections::VecDeque, time::Duration};

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use futures_util::{
    FutureExt, SinkExt, StreamExt,
    future::BoxFuture,
    stream::{FuturesUnordered, SplitSink},
};
use rusqlite::Connection;
use shared::document::DocumentError;
use shared::domain::{DeviceId, DocumentId, ScopeId};
use shared::protocol::sync::{self as wire, Bytes, Frame, Revoked, SyncCode};
use shared::sync::{Batch, Committed, KnownDevice, Moment, ServerEffect, Session, Work};
use tokio::{
    sync::{broadcast::error::RecvError, oneshot},
    time::Instant,
};

use super::{commit, news::News, read};
use crate::{
    app::App,
    audit,
    crypt::Keys,
    devices::{self, Note, Tally, Visit},
    store::StoreError,
    submissions,
};

/// How often the session hears that time passes.
const TICK: Duration = Duration::from_secs(5);
/// A device says something every minute, if only to ask what is new; one that is silent for longer has gone.
const SILENT_FOR: Duration = Duration::from_secs(180);
/// Most questions of one device that wait for an answer; until some are answered, nothing more is read from it.
const MOST_ASKED: usize = 16;
/// How long one message may take to leave; a device that takes longer is gone.
const SEND_WITHIN: Duration = Duration::from_secs(30);

/// What was asked of the store, answered.
enum Answer {
    Identified(Option<KnownDevice>),
    Committed(u32, Committed),
    Read(Batch),
    Compared(Vec<DocumentId>),
    Repaired(DocumentId, Result<Vec<u8>, DocumentError>),
    /// The device was revoked since it came in: it is told that, and nothing else.
    Revoked(Revoked),
    Heads(Vec<(ScopeId, u64)>),
    /// What is on offer, and how cases stand.
    Told(Vec<Frame>),
    /// The store could not be read: the device comes back and asks again.
    Broken,
    /// How the device stands was noted.
    Noted,
    Nothing,
}

/// Serves the device until one side ends it.
pub(super) async fn serve(app: App, socket: WebSocket) {
    let started = Instant::now();
    let (to_device, mut from_device) = socket.split();
    let mut news = app.news.listen();
    let session = Session::open(app.world.random.bytes(), moment(&app, started));
    let mut line = Line {
        app: app.clone(),
        session,
        device: None,
        visit: None,
        noted: started,
        known: None,
        asked: FuturesUnordered::new(),
        to_device,
    };
    let mut heard = Instant::now();
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let now = moment(&app, started);
        let note_due = line.note_due();
        let effects = tokio::select! {
            message = from_device.next(), if line.asked.len() < MOST_ASKED => match message {
                Some(Ok(Message::Binary(bytes))) => {
                    heard = Instant::now();
                    line.session.handle_frame(wire::unpack(&bytes).and_then(|frame| wire::decode(&frame)), now)
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(Message::Text(_))) => line.session.handle_frame(Err(SyncCode::FrameMalformed), now),
                // Longer than a message may be, or no WebSocket at all.
                Some(Err(_)) => line.session.handle_frame(Err(SyncCode::FrameTooLarge), now),
                Some(Ok(Message::Close(_))) | None => break,
            },
            Some(answer) = line.asked.next(), if !line.asked.is_empty() => line.take(answer),
            said = news.recv() => match said {
                Ok(said) => line.hear(said),
                Err(RecvError::Lagged(_)) => { line.look_again(); Vec::new() }
                Err(RecvError::Closed) => break,
            },
            _ = ticks.tick() => match heard.elapsed() > SILENT_FOR {
                true => break,
                false => line.session.handle_tick(now),
            },
            () = note_due => Vec::new(),
            () = app.stopping.cancelled() => break,
        };
        if line.carry_out(effects).await.is_err() {
            break;
        }
        line.note();
    }
    line.note_gone();
    let away = Message::Close(Some(CloseFrame { code: close_code::AWAY, reason: "".into() }));
    let _ = tokio::time::timeout(SEND_WITHIN, line.to_device.send(away)).await;
}

/// The moment of a call: the clock for people, the time since this connection began for everything that waits.
fn moment(app: &App, started: Instant) -> Moment {
    let ticks = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Moment { wall: app.world.clock.now(), ticks, dice: u64::from_le_bytes(app.world.random.bytes()) }
}

/// The connection is over.
struct Over;

struct Line {
    app: App,
    session: Session,
    /// The device that it says it is.
    device: Option<DeviceId>,
    /// What is noted of this connection, once the device has proved itself.
    visit: Option<Visit>,
    /// When the last note was written.
    noted: Instant,
    /// The device as it was when it came.
    known: Option<KnownDevice>,
    asked: FuturesUnordered<BoxFuture<'static, Answer>>,
    to_device: SplitSink<WebSocket, Message>,
}

impl Line {
    async fn carry_out(&mut self, effects: Vec<ServerEffect>) -> Result<(), Over> {
        let mut effects = VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            match effect {
                ServerEffect::Send(frame) => self.send(&frame).await?,
                ServerEffect::Close => return Err(Over),
                ServerEffect::Identify(device, _) => {
                    self.device = Some(device);
                    let keys = self.app.keys.clone();
                    self.ask(move |app| async move {
                        let known = app.store.read(move |conn| read::device(conn, &keys, device)).await;
                        known.map_or_else(broken, Answer::Identified)
                    });
                }
                ServerEffect::Commit(id, work) => self.commit(id, work),
                ServerEffect::Read(scope, from) => {
                    self.look(move |conn, keys, _| Ok(Answer::Read(read::batch(conn, keys, scope, from)?)));
                }
                ServerEffect::Compare(digests) => self.look(move |conn, keys, known| {
                    Ok(Answer::Compared(read::compare(conn, keys, known, &digests)?))
                }),
                ServerEffect::AnswerRepair(document, message) => self.repair(document, message.0),
                ServerEffect::NoteLost(device, items) => self.note_lost(device, items),
                ServerEffect::Reported(report) => {
                    if let Some(visit) = &mut self.visit {
                        visit.reported(report);
                    }
                }
            }
        }
        self.note_came();
        Ok(())
    }

    fn ask<F>(&mut self, question: impl FnOnce(App) -> F)
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        let answer = question(self.app.clone());
        self.asked.push(answer.boxed());
    }

    /// Asks the store something for this device, as it is known at that moment: one that was revoked since it came in
    /// gets no answer.
    fn look(
        &mut self,
        question: impl FnOnce(&Connection, &Keys, &KnownDevice) -> Result<Answer, StoreError> + Send + 'static,
    ) {
        let Some(device) = self.device else { return };
        self.ask(move |app| looked(app, device, question));
    }

    async fn send(&mut self, frame: &Frame) -> Result<(), Over> {
        let message = Message::Binary(wire::pack(&wire::encode(frame)).into());
        match tokio::time::timeout(SEND_WITHIN, self.to_device.send(message)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Over),
        }
    }

    /// Runs to its end even when the device has gone: others hear of what became durable.
    fn commit(&mut self, id: u32, work: Work) {
        let Some(device) = self.session.device() else { return };
        let app = self.app.clone();
        let (push, document) = match &work {
            Work::Push(push) => (Some(push.number), None),
            Work::Manifest(manifest) => (None, Some(manifest.document)),
        };
        let done = tokio::spawn(async move { commit::carry_out(&app, device, work).await });
        self.asked.push(
            async move {
                let committed = match done.await {
                    Ok(Ok(committed)) => committed,
                    Ok(Err(error)) => Committed::Refused { push, document, code: code_of(&error) },
                    Err(_) => Committed::Refused { push, document, code: SyncCode::StorageFailed },
                };
                Answer::Committed(id, committed)
            }
            .boxed(),
        );
    }

    fn repair(&mut self, document: DocumentId, message: Vec<u8>) {
        let Some(device) = self.device else { return };
        self.ask(move |app| async move {
            let Some(turn) = app.repairs.turn().await else { return Answer::Nothing };
            let (changes, hear) = oneshot::channel();
            let looked = looked(app.clone(), device, move |conn, keys, known| {
                let _ = changes.send(read::changes(conn, keys, known, document)?);
                Ok(Answer::Nothing)
            });
            match (looked.await, hear.await) {
                (Answer::Nothing, Ok(Some(changes))) => {
                    Answer::Repaired(document, app.repairs.answer(turn, document, changes, message).await)
                }
                (Answer::Nothing, _) => Answer::Repaired(document, Err(DocumentError::Malformed)),
                (instead, _) => instead,
            }
        });
    }

    fn take(&mut self, answer: Answer) -> Vec<ServerEffect> {
        match answer {
            Answer::Identified(known) => {
                self.known.clone_from(&known);
                self.session.handle_identified(known)
            }
            Answer::Committed(id, committed) => {
                self.count(|tally| tally.add(&committed));
                self.session.handle_committed(id, committed)
            }
            Answer::Read(batch) => {
                let sent: usize = batch.documents.iter().map(|document| document.changes.len()).sum();
                self.count(|tally| tally.pulled += sent as u64);
                self.session.handle_read(batch)
            }
            Answer::Noted => {
                if let Some(visit) = &self.visit {
                    self.app.news.tell_of_devices(visit.tenant());
                }
                Vec::new()
            }
            Answer::Compared(documents) => self.session.handle_compared(documents),
            Answer::Repaired(document, answer) => self.session.handle_repair_answered(document, answer),
            Answer::Revoked(how) => self.session.handle_revoked(how),
            Answer::Heads(heads) => {
                heads.into_iter().flat_map(|(scope, head)| self.session.handle_news(scope, head)).collect()
            }
            Answer::Told(frames) => self.session.handle_told(frames),
            Answer::Broken => vec![ServerEffect::Close],
            Answer::Nothing => Vec::new(),
        }
    }

    fn hear(&mut self, news: News) -> Vec<ServerEffect> {
        match news {
            News::Scope(scope, head) => self.session.handle_news(scope, head),
            News::Receipt(scope, receipt) if self.is_in(scope) => self.session.handle_receipt(receipt),
            News::Case(scope, news) if self.is_in(scope) => {
                self.session.handle_told(vec![Frame::Case((*news).clone())])
            }
            News::Receipt(..) | News::Case(..) => Vec::new(),
            News::Revoked(device, how) if self.session.device() == Some(device) => {
                self.session.handle_revoked(how)
            }
            News::OfferAgain(device) if self.session.device() == Some(device) => {
                self.session.handle_offer_again()
            }
            News::Revoked(..) | News::OfferAgain(_) => Vec::new(),
        }
    }

    fn is_in(&self, scope: ScopeId) -> bool {
        self.known.as_ref().is_some_and(|known| known.scopes.contains(&scope))
    }

    /// What is on offer, and how the cases stand that documents became: told once, and then as it changes.
    fn tell_what_is_there(&mut self, device: DeviceId) {
        let (products, now) = (self.app.products.clone(), self.app.world.clock.now());
        let public_url = self.app.config.public_url().to_string();
        let library = self.app.driver.library().clone();
        self.look(move |conn, keys, known| {
            let offer = devices::on_offer(conn, keys, &library, &products, known.tenant, device)?;
            let cases = submissions::of_scopes(conn, keys, &public_url, &known.scopes, now)?;
            let offer = offer.map(|offer| Frame::OnOffer(Bytes(offer.to_bytes())));
            Ok(Answer::Told(offer.into_iter().chain(cases.into_iter().map(Frame::Case)).collect()))
        });
    }

    /// Some news was missed, perhaps that the device is revoked: it and every scope of it is looked at.
    fn look_for_news(&mut self) {
        self.look(|conn, _, known| {
            let head = |scope: &ScopeId| Ok((*scope, read::head(conn, *scope)?));
            Ok(Answer::Heads(known.scopes.iter().map(head).collect::<Result<_, StoreError>>()?))
        });
    }

    /// Some news was missed: what it was about is looked at.
    fn look_again(&mut self) {
        self.look_for_news();
        if let Some(device) = self.session.device() {
            self.tell_what_is_there(device);
        }
    }

    /// Once for each connection, when the device has proved itself.
    fn note_came(&mut self) {
        if self.visit.is_some() {
            return;
        }
        let Some((device, unsynced)) = self.session.device().zip(self.session.unsynced()) else { return };
        let Some(known) = &self.known else { return };
        let random = &self.app.world.random;
        self.visit = Some(Visit::begin(device, known.tenant, unsynced, random));
        // It may have been revoked while it proved itself.
        self.look_for_news();
        self.tell_what_is_there(device);
    }

    fn count(&mut self, add: impl FnOnce(&mut Tally)) {
        if let Some(visit) = &mut self.visit {
            visit.count(add);
        }
    }

    /// Notes what happened since the last note, where there is something and the last one is not too fresh.
    fn note(&mut self) {
        let since = self.noted.elapsed();
        if let Some(note) = self.visit.as_mut().and_then(|visit| visit.note(since)) {
            self.write(note);
        }
    }

    /// Ends when the next note is due; never while there is nothing to note.
    fn note_due(&self) -> impl Future<Output = ()> + use<> {
        let due = self.visit.as_ref().and_then(Visit::due).map(|wait| self.noted + wait);
        async move {
            match due {
                Some(due) => tokio::time::sleep_until(due).await,
                None => std::future::pending().await,
            }
        }
    }

    fn write(&mut self, note: Note) {
        self.noted = Instant::now();
        let now = self.app.world.clock.now();
        self.ask(move |app| async move {
            // Not worth a connection: the next note says it.
            let noted = app.store.write(move |conn| note.write(conn, now)).await;
            noted.map_or(Answer::Nothing, |()| Answer::Noted)
        });
    }

    /// The connection is over; what it was is noted by somebody else.
    fn note_gone(&mut self) {
        let Some(visit) = self.visit.take() else { return };
        let (app, now, tenant) = (self.app.clone(), self.app.world.clock.now(), visit.tenant());
        let note = visit.end();
        tokio::spawn(async move {
            if app.store.write(move |conn| note.write(conn, now)).await.is_ok() {
                app.news.tell_of_devices(tenant);
            }
        });
    }

    fn note_lost(&mut self, device: DeviceId, items: u32) {
        let (app, now) = (self.app.clone(), self.app.world.clock.now());
        let Some(known) = self.known.clone() else { return };
        // The connection ends now; this does not.
        tokio::spawn(async move {
            let noted = app.store.write(move |conn| {
                let (id, tenant) = (device.to_string(), known.tenant.to_string());
                let first = conn
                    .prepare_cached(
                        "UPDATE devices SET lost = ?2, last_seen_at = ?3 WHERE id = ?1 AND lost IS NULL",
                    )?
                    .execute((&id, items, now.as_millisecond()))?;
                // What it said first counts, whatever a thief lets it say later.
                if first == 0 {
                    return Ok(());
                }
                audit::record(
                    conn,
                    audit::Entry {
                        tenant: &tenant,
                        at: now,
                        actor: &format!("device:{id}"),
                        action: "device.erased",
                        subject: &id,
                        detail: &format!("{{\"lost\":{items}}}"),
                    },
                )
            });
            if let Err(error) = noted.await {
                tracing::error!(%error, "what a stolen device held could not be noted");
            }
        });
    }
}

async fn looked(
    app: App,
    device: DeviceId,
    question: impl FnOnce(&Connection, &Keys, &KnownDevice) -> Result<Answer, StoreError> + Send + 'static,
) -> Answer {
    let keys = app.keys.clone();
    let answer = app.store.read(move |conn| match read::device(conn, &keys, device)? {
        Some(KnownDevice { revoked: Some(how), .. }) => Ok(Answer::Revoked(how)),
        Some(known) => question(conn, &keys, &known),
        None => Ok(Answer::Broken),
    });
    answer.await.unwrap_or_else(broken)
}

fn broken(error: StoreError) -> Answer {
    tracing::error!(%error, "a device's question could not be answered");
    Answer::Broken
}

fn code_of(error: &StoreError) -> SyncCode {
    match error {
        StoreError::Full => SyncCode::StorageFull,
        StoreError::Busy => SyncCode::Busy,
        _ => SyncCode::StorageFailed,
    }
}

//! One device's connection: frames in, frames out, and what the session wants done in between. Everything is awaited at
//! this one place, so that a slow device holds up nobody but itself, and never makes anything pile up here.

use std::{collections::VecDeque, time::Duration};

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use futures_util::{
    FutureExt, SinkExt, StreamExt,
    future::BoxFuture,
    stream::{FuturesUnordered, SplitSink},
};
use shared::document::DocumentError;
use shared::domain::{DeviceId, DocumentId, ScopeId};
use shared::protocol::sync::{self as wire, Frame, SyncCode};
use shared::sync::{Batch, Committed, KnownDevice, Moment, ServerEffect, Session, Work};
use tokio::{sync::broadcast::error::RecvError, time::Instant};

use super::{
    commit::{self, Means},
    news::News,
    read,
};
use crate::{app::App, audit, store::StoreError};

/// How often the session hears that time passes.
const TICK: Duration = Duration::from_secs(5);
/// How long one message may take to leave; a device that takes longer is gone.
const SEND_WITHIN: Duration = Duration::from_secs(30);

/// What was asked of the store, answered.
enum Answer {
    Identified(Option<KnownDevice>),
    Committed(u32, Committed),
    Read(Batch),
    Compared(Vec<DocumentId>),
    Repaired(DocumentId, Result<Vec<u8>, DocumentError>),
    Heads(Vec<(ScopeId, u64)>),
    /// The store could not be read: the device comes back and asks again.
    Broken,
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
        known: None,
        asked: FuturesUnordered::new(),
        to_device,
        seen: false,
    };
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let now = moment(&app, started);
        let effects = tokio::select! {
            message = from_device.next() => match message {
                Some(Ok(Message::Binary(bytes))) => {
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
                Err(RecvError::Lagged(_)) => { line.look_for_news(); Vec::new() }
                Err(RecvError::Closed) => break,
            },
            _ = ticks.tick() => line.session.handle_tick(now),
            () = app.stopping.cancelled() => break,
        };
        if line.carry_out(effects).await.is_err() {
            break;
        }
    }
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
    /// The device as it was when it came.
    known: Option<KnownDevice>,
    asked: FuturesUnordered<BoxFuture<'static, Answer>>,
    to_device: SplitSink<WebSocket, Message>,
    seen: bool,
}

impl Line {
    async fn carry_out(&mut self, effects: Vec<ServerEffect>) -> Result<(), Over> {
        let mut effects = VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            match effect {
                ServerEffect::Send(frame) => self.send(&frame).await?,
                ServerEffect::Close => return Err(Over),
                ServerEffect::Identify(device, _) => {
                    self.ask(move |app| async move {
                        let known = app.store.read(move |conn| read::device(conn, device)).await;
                        known.map_or(Answer::Broken, Answer::Identified)
                    });
                }
                ServerEffect::Commit(id, work) => self.commit(id, work),
                ServerEffect::Read(scope, from) => {
                    self.ask(move |app| async move {
                        let keys = app.keys.clone();
                        let batch = app.store.read(move |conn| read::batch(conn, &keys, scope, from)).await;
                        batch.map_or(Answer::Broken, Answer::Read)
                    });
                }
                ServerEffect::Compare(digests) => {
                    let Some(known) = self.known.clone() else { continue };
                    self.ask(move |app| async move {
                        let differ = app.store.read(move |conn| read::compare(conn, &known, &digests)).await;
                        differ.map_or(Answer::Broken, Answer::Compared)
                    });
                }
                ServerEffect::AnswerRepair(document, message) => self.repair(document, message.0),
                ServerEffect::NoteLost(device, items) => self.note_lost(device, items),
            }
        }
        self.note_seen();
        Ok(())
    }

    fn ask<F>(&mut self, question: impl FnOnce(App) -> F)
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        let answer = question(self.app.clone());
        self.asked.push(answer.boxed());
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
        let done = tokio::spawn(async move {
            let means = Means {
                keys: app.keys.clone(),
                random: app.world.random.clone(),
                now: app.world.clock.now(),
            };
            let done = app.store.write(move |conn| commit::commit(conn, device, &work, &means)).await;
            done.map(|(committed, news)| {
                news.into_iter().for_each(|news| app.news.tell(news));
                committed
            })
        });
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
        let Some(known) = self.known.clone() else { return };
        self.ask(move |app| async move {
            let keys = app.keys.clone();
            let changes = app.store.read(move |conn| read::changes(conn, &keys, &known, document)).await;
            match changes {
                Ok(Some(changes)) => {
                    Answer::Repaired(document, app.repairs.answer(document, changes, message).await)
                }
                Ok(None) => Answer::Repaired(document, Err(DocumentError::Malformed)),
                Err(_) => Answer::Broken,
            }
        });
    }

    fn take(&mut self, answer: Answer) -> Vec<ServerEffect> {
        match answer {
            Answer::Identified(known) => {
                self.known.clone_from(&known);
                self.session.handle_identified(known)
            }
            Answer::Committed(id, committed) => self.session.handle_committed(id, committed),
            Answer::Read(batch) => self.session.handle_read(batch),
            Answer::Compared(documents) => self.session.handle_compared(documents),
            Answer::Repaired(document, answer) => self.session.handle_repair_answered(document, answer),
            Answer::Heads(heads) => {
                heads.into_iter().flat_map(|(scope, head)| self.session.handle_news(scope, head)).collect()
            }
            Answer::Broken => vec![ServerEffect::Close],
            Answer::Nothing => Vec::new(),
        }
    }

    fn hear(&mut self, news: News) -> Vec<ServerEffect> {
        match news {
            News::Scope(scope, head) => self.session.handle_news(scope, head),
            News::Receipt(scope, receipt) => {
                let mine = self.known.as_ref().is_some_and(|known| known.scopes.contains(&scope));
                if mine { self.session.handle_receipt(receipt) } else { Vec::new() }
            }
            News::Revoked(device, how) if self.session.device() == Some(device) => {
                self.session.handle_revoked(how)
            }
            News::Revoked(..) => Vec::new(),
        }
    }

    /// Some news was missed: every scope of this device is looked at.
    fn look_for_news(&mut self) {
        let Some(known) = self.known.clone() else { return };
        self.ask(move |app| async move {
            let heads = app.store.read(move |conn| {
                let head = |scope: &ScopeId| Ok::<_, StoreError>((*scope, read::head(conn, *scope)?));
                known.scopes.iter().map(head).collect::<Result<Vec<_>, _>>()
            });
            heads.await.map_or(Answer::Broken, Answer::Heads)
        });
    }

    /// Once for each connection, when the device has proved itself.
    fn note_seen(&mut self) {
        if self.seen {
            return;
        }
        let Some((device, unsynced)) = self.session.device().zip(self.session.unsynced()) else { return };
        self.seen = true;
        let now = self.app.world.clock.now();
        self.ask(move |app| async move {
            let noted = app.store.write(move |conn| {
                conn.prepare_cached("UPDATE devices SET last_seen_at = ?2, unsynced = ?3 WHERE id = ?1")?
                    .execute((device.to_string(), now.as_millisecond(), unsynced))?;
                Ok::<_, StoreError>(())
            });
            // Not worth a connection: it is noted again next time.
            let _ = noted.await;
            Answer::Nothing
        });
    }

    fn note_lost(&mut self, device: DeviceId, items: u32) {
        let (app, now) = (self.app.clone(), self.app.world.clock.now());
        let Some(known) = self.known.clone() else { return };
        // The connection ends now; this does not.
        tokio::spawn(async move {
            let noted = app.store.write(move |conn| {
                let (id, tenant) = (device.to_string(), known.tenant.to_string());
                conn.prepare_cached("UPDATE devices SET lost = ?2, last_seen_at = ?3 WHERE id = ?1")?
                    .execute((&id, items, now.as_millisecond()))?;
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

fn code_of(error: &StoreError) -> SyncCode {
    match error {
        StoreError::Full => SyncCode::StorageFull,
        StoreError::Busy => SyncCode::Busy,
        _ => SyncCode::StorageFailed,
    }
}

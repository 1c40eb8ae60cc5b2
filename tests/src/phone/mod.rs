//! An advisor's phone without a screen: the real machine of `shared::sync` and real documents, a storage in memory, and a
//! real WebSocket to the server.
//!
//! Where to start: [`Phone::enrol`], then [`Phone::edit`] and [`Phone::until`]. [`Raw`] speaks frames by hand, for what
//! no honest phone says.

mod photos;
mod raw;
mod storage;
pub mod whole_case;

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use ed25519_dalek::SigningKey;
use futures_util::{SinkExt, StreamExt};
use jiff::Timestamp;
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use shared::document::{Actor, Application, DocumentError, Edit, Needs, Photo, Repairing, Slot, Stamp};
use shared::domain::{DeviceId, DocumentId, PhotoHash, PhotoId, ScopeId, SubmissionId, TenantId};
use shared::protocol::sealed_photo;
use shared::protocol::sync::{self as wire, DocumentDigest, PhotoManifest, SyncCode};
use shared::sync::{
    Device, Effect, Ends, Identity, Link, MIN_SLICE_BYTES, Moment, NotTaken, Stored, Transaction, TusAnswer,
    TusRequest, Unsynced, Upload, Uploads, Write, manifest_of,
};
use tokio_tungstenite::tungstenite::Message;

pub use photos::Uploader;
pub use raw::{Raw, Socket};
pub use storage::Storage;

use crate::intake::Staff;

/// How long the phone listens before it looks at its clock again.
const LISTEN: Duration = Duration::from_millis(20);

/// What a phone was given when it was enrolled.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// The device.
    pub device: DeviceId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Where its documents belong.
    pub scope: ScopeId,
    /// Its key.
    pub key: SigningKey,
}

impl Enrolment {
    /// Enrols a device of the signed-in advisor's; its key follows from the seed.
    ///
    /// # Errors
    /// When the server does not take it.
    pub async fn new(staff: &Staff, name: &str, seed: u64) -> Result<Self> {
        let mut secret = [0; 32];
        ChaCha8Rng::seed_from_u64(seed).fill_bytes(&mut secret);
        let key = SigningKey::from_bytes(&secret);
        let body =
            serde_json::json!({"name": name, "public_key": hex::encode(key.verifying_key().as_bytes())});
        let (status, answer) = staff.post("/api/v1/devices", &body).await?;
        ensure!(status == 201, "not enrolled: {status} {answer}");
        let text = |name: &str| answer[name].as_str().with_context(|| format!("no {name} in {answer}"));
        Ok(Self {
            device: text("device")?.parse().map_err(|_| anyhow!("no id"))?,
            tenant: text("tenant")?.parse().map_err(|_| anyhow!("no id"))?,
            scope: text("scope")?.parse().map_err(|_| anyhow!("no id"))?,
            key,
        })
    }
}

/// The phone.
pub struct Phone {
    /// What it was given.
    pub enrolment: Enrolment,
    /// What survives.
    pub storage: Storage,
    /// What a person had to be told.
    pub told: Vec<SyncCode>,
    /// The documents on its screen.
    open: BTreeMap<DocumentId, Application>,
    machine: Device,
    uploads: Uploads,
    uploader: Uploader,
    url: String,
    socket: Option<Socket>,
    /// Bytes of messages that went out and came in.
    wire_bytes: u64,
    /// To be carried out when the phone next takes part in the world.
    later: VecDeque<Effect>,
    repairs: BTreeMap<DocumentId, (Repairing, Application)>,
    started: Instant,
    rng: ChaCha8Rng,
}

impl Phone {
    /// Enrols a phone of the signed-in advisor's and switches it on. Whatever it draws follows from the seed.
    ///
    /// # Errors
    /// When the server does not take it.
    pub async fn enrol(staff: &Staff, name: &str, seed: u64) -> Result<Self> {
        let enrolment = Enrolment::new(staff, name, seed).await?;
        Self::start(&staff.url, enrolment, Storage::default(), seed)
    }

    /// Switches a phone on with what its storage holds.
    ///
    /// # Errors
    /// When it has no HTTP client.
    pub fn start(url: &str, enrolment: Enrolment, storage: Storage, seed: u64) -> Result<Self> {
        let me = Identity {
            device: enrolment.device,
            tenant: enrolment.tenant,
            key: enrolment.key.clone(),
            schema: 1,
        };
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x70_68_6f_6e_65);
        let started = Instant::now();
        let machine = Device::boot(me, storage.boot(), moment(started, &mut rng));
        let mut uploads = Uploads::new(MIN_SLICE_BYTES);
        for (photo, whole) in &storage.photos {
            uploads.add(*photo, u32::try_from(whole.len())?);
        }
        Ok(Self {
            uploader: Uploader::new(url, enrolment.clone())?,
            uploads,
            enrolment,
            storage,
            told: Vec::new(),
            open: BTreeMap::new(),
            machine,
            url: url.to_owned(),
            socket: None,
            wire_bytes: 0,
            later: VecDeque::new(),
            repairs: BTreeMap::new(),
            started,
            rng,
        })
    }

    /// Switches it off and on again: what was not stored is gone.
    ///
    /// # Errors
    /// When it has no HTTP client.
    pub fn reboot(self) -> Result<Self> {
        let seed = self.rng.clone().next_u64();
        Self::start(&self.url, self.enrolment, self.storage, seed)
    }

    /// A new application, so far only on this phone's screen.
    ///
    /// # Errors
    /// None in practice.
    pub fn begin(&mut self) -> Result<DocumentId> {
        let (mut id, mut actor) = ([0; 16], [0; 16]);
        self.rng.fill_bytes(&mut id);
        self.rng.fill_bytes(&mut actor);
        let id = DocumentId::from_bytes(id);
        self.open.insert(id, Application::begin(id, Actor::fresh(actor))?);
        Ok(id)
    }

    /// The document as this phone shows it; `None` for one that it does not know.
    pub fn document(&mut self, document: DocumentId) -> Option<&mut Application> {
        if !self.open.contains_key(&document) {
            let mut actor = [0; 16];
            self.rng.fill_bytes(&mut actor);
            self.open.insert(document, self.storage.open(document, actor)?);
        }
        self.open.get_mut(&document)
    }

    /// Somebody does something to a document; it is stored before this returns.
    ///
    /// # Errors
    /// When the document or the phone does not take it.
    pub fn edit(
        &mut self,
        document: DocumentId,
        act: impl FnOnce(&mut Application) -> Result<Edit, DocumentError>,
    ) -> Result<()> {
        let application = self.document(document).context("there is no such document on this phone")?;
        let edit = act(application)?;
        self.keep(document, &[edit], None)
    }

    /// Takes a photo: sealed for the server, kept, put into the document, and uploaded when there is time.
    ///
    /// # Errors
    /// When the document or the phone does not take it, or the phone has not heard the server's key.
    pub fn photograph(
        &mut self,
        document: DocumentId,
        slot: Slot,
        picture: &[u8],
        stamp: &Stamp,
    ) -> Result<PhotoId> {
        self.photograph_as(document, slot, picture, PhotoHash::of(picture), stamp)
    }

    /// As [`Phone::photograph`], saying that the picture has this digest.
    ///
    /// # Errors
    /// As there.
    pub fn photograph_as(
        &mut self,
        document: DocumentId,
        slot: Slot,
        picture: &[u8],
        plain: PhotoHash,
        stamp: &Stamp,
    ) -> Result<PhotoId> {
        let (mut id, mut fresh) = ([0; 16], [0; 32]);
        self.rng.fill_bytes(&mut id);
        self.rng.fill_bytes(&mut fresh);
        let id = PhotoId::from_bytes(id);
        let key = self.storage.on_offer.as_ref().and_then(|offer| offer.photo_key_bytes());
        let key = key.context("the phone has not heard what photos are sealed with")?;
        let whole = sealed_photo::seal(picture, self.enrolment.tenant, id, &key, fresh);
        let (cipher, cipher_bytes) = (PhotoHash::of(&whole), u32::try_from(whole.len())?);
        let (source, at) = (stamp.source.clone(), stamp.at);
        let photo = Photo { id, slot, plain, cipher, cipher_bytes, source, at };
        self.storage.photos.insert(id, whole);
        self.uploads.add(id, cipher_bytes);
        self.edit(document, |application| application.attach_photo(&photo))?;
        Ok(id)
    }

    /// Hands the document in.
    ///
    /// # Errors
    /// When something that is needed is missing, or the phone does not take it.
    pub fn hand_in(&mut self, document: DocumentId, needs: &Needs, stamp: &Stamp) -> Result<SubmissionId> {
        let mut id = [0; 16];
        self.rng.fill_bytes(&mut id);
        let submission = SubmissionId::from_bytes(id);
        let application = self.document(document).context("there is no such document on this phone")?;
        let handed_in = application.submit(submission, needs, stamp)?;
        let manifest = manifest_of(document, &handed_in.seal);
        self.keep(document, &[handed_in.edit], Some(manifest))?;
        Ok(submission)
    }

    /// Stores what somebody did, with a submission's manifest where it was handed in.
    ///
    /// # Errors
    /// When the phone does not take it.
    pub fn keep(
        &mut self,
        document: DocumentId,
        edits: &[Edit],
        manifest: Option<PhotoManifest>,
    ) -> Result<()> {
        let (scope, moment) = (self.enrolment.scope, moment(self.started, &mut self.rng));
        let scope = self.storage.scope_of(document).unwrap_or(scope);
        let kept = self.machine.handle_edit(document, scope, edits, manifest, moment);
        let effects = kept.map_err(|why: NotTaken| anyhow!("not taken: {why:?}"))?;
        // Nothing is sent before it is stored, so nothing here waits for the network.
        let mut effects = VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            match effect {
                Effect::Store(transaction) => effects.extend(self.store(&transaction)),
                other => self.later.push_back(other),
            }
        }
        Ok(())
    }

    /// How far a photo is.
    pub fn photo_state(&self, photo: PhotoId) -> Option<Upload> {
        self.uploads.state(photo)
    }

    /// What is not yet safe on the server.
    pub fn unsynced(&self) -> Vec<Unsynced> {
        self.machine.unsynced()
    }

    /// Bytes of messages that went out and came in so far.
    pub fn wire_bytes(&self) -> u64 {
        self.wire_bytes
    }

    /// The machine.
    pub fn machine(&self) -> &Device {
        &self.machine
    }

    /// Takes part in the world until this is so.
    ///
    /// # Errors
    /// When it is not so `within` the time; the message says `what` was waited for.
    pub async fn until(
        &mut self,
        what: &str,
        within: Duration,
        mut met: impl FnMut(&mut Self) -> bool,
    ) -> Result<()> {
        let deadline = Instant::now() + within;
        while !met(self) {
            if Instant::now() > deadline {
                bail!("waited {} s in vain for {what}; told {:?}", within.as_secs_f32(), self.told);
            }
            self.live().await?;
        }
        Ok(())
    }

    /// A short while of a phone's life.
    ///
    /// # Errors
    /// When its documents cannot take what came.
    pub async fn live(&mut self) -> Result<()> {
        let later = std::mem::take(&mut self.later);
        self.carry_out(later.into()).await?;
        let now = moment(self.started, &mut self.rng);
        let effects = self.machine.handle_tick(now);
        self.carry_out(effects).await?;
        self.upload().await;
        let Some(socket) = &mut self.socket else {
            tokio::task::yield_now().await;
            return Ok(());
        };
        let effects = match tokio::time::timeout(LISTEN, socket.next()).await {
            Err(_) => return Ok(()),
            Ok(Some(Ok(Message::Binary(bytes)))) => {
                self.wire_bytes += bytes.len() as u64;
                let frame = wire::unpack(&bytes).and_then(|frame| wire::decode(&frame));
                self.machine.handle_frame(frame, moment(self.started, &mut self.rng))
            }
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => return Ok(()),
            Ok(_) => {
                self.socket = None;
                self.machine.handle_disconnected(moment(self.started, &mut self.rng))
            }
        };
        self.carry_out(effects).await
    }

    /// Asks the photo machine what it wants, and does that.
    async fn upload(&mut self) {
        let quiet = self.machine.is_quiet() && self.machine.link() == Link::Online;
        let Some(request) = self.uploads.next(quiet, moment(self.started, &mut self.rng)) else { return };
        let (TusRequest::Offset(photo) | TusRequest::Create(photo, _) | TusRequest::Slice { photo, .. }) =
            request;
        let answer = match self.storage.photos.get(&photo) {
            Some(whole) => self.uploader.carry_out(request, whole).await,
            None => TusAnswer::Refused,
        };
        self.uploads.handle_answer(photo, answer, moment(self.started, &mut self.rng));
    }

    /// The line is cut: nobody says goodbye.
    pub fn cut(&mut self) {
        self.socket = None;
        let now = moment(self.started, &mut self.rng);
        let effects = self.machine.handle_disconnected(now);
        self.later.extend(effects);
    }

    async fn carry_out(&mut self, effects: Vec<Effect>) -> Result<()> {
        let mut effects = VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            match effect {
                Effect::Store(transaction) => effects.extend(self.store(&transaction)),
                Effect::Send(frame) => {
                    let message = wire::pack(&wire::encode(&frame));
                    self.wire_bytes += message.len() as u64;
                    let message = Message::Binary(message.into());
                    if let Some(socket) = &mut self.socket
                        && socket.send(message).await.is_err()
                    {
                        self.socket = None;
                        let now = moment(self.started, &mut self.rng);
                        effects.extend(self.machine.handle_disconnected(now));
                    }
                }
                Effect::Connect => {
                    let opened = raw::connect(&self.url).await;
                    let now = moment(self.started, &mut self.rng);
                    effects.extend(match opened {
                        Ok(socket) => {
                            self.socket = Some(socket);
                            self.machine.handle_connected(now)
                        }
                        Err(_) => self.machine.handle_disconnected(now),
                    });
                }
                Effect::Disconnect => self.socket = None,
                Effect::ComputeDigests => {
                    let digest = |(document, ends): (&DocumentId, &Ends)| DocumentDigest {
                        document: *document,
                        digest: ends.digest(),
                    };
                    let digests = self.storage.ends().iter().map(digest).collect();
                    let now = moment(self.started, &mut self.rng);
                    effects.extend(self.machine.handle_digests(digests, now));
                }
                Effect::BeginRepair(document) => {
                    let mut actor = [0; 16];
                    self.rng.fill_bytes(&mut actor);
                    let application = match self.storage.open(document, actor) {
                        Some(application) => application,
                        None => Application::begin(document, Actor::fresh(actor))?,
                    };
                    let (repairing, first) = Repairing::begin(&application);
                    self.repairs.insert(document, (repairing, application));
                    let now = moment(self.started, &mut self.rng);
                    effects.extend(self.machine.handle_repair_begun(document, first, now));
                }
                Effect::HearRepair(document, message) => {
                    let Some((repairing, application)) = self.repairs.get_mut(&document) else { continue };
                    let repaired =
                        repairing.hear(application, &message.0).map_err(|_| SyncCode::RepairFailed);
                    let scope = self.storage.scope_of(document).unwrap_or(self.enrolment.scope);
                    let now = moment(self.started, &mut self.rng);
                    effects.extend(self.machine.handle_repaired(document, scope, repaired, now));
                }
                Effect::EraseKey => {
                    self.storage = Storage::default();
                    self.open.clear();
                }
                Effect::Tell(code) => self.told.push(code),
                Effect::Lock => {}
            }
        }
        Ok(())
    }

    /// Stores, takes what came into the documents on the screen, and tells the machine.
    fn store(&mut self, transaction: &Transaction) -> Vec<Effect> {
        self.storage.commit(transaction, self.enrolment.scope);
        for write in &transaction.writes {
            if let Write::Incoming(sent) = write
                && let Some(application) = self.open.get_mut(&sent.document)
            {
                let changes: Vec<Vec<u8>> = sent.changes.iter().map(|change| change.0.clone()).collect();
                if application.take(&changes).is_err() {
                    self.told.push(SyncCode::ChangeMalformed);
                }
            }
        }
        self.machine.handle_stored(transaction.id, Stored::Done, moment(self.started, &mut self.rng))
    }
}

fn moment(started: Instant, rng: &mut ChaCha8Rng) -> Moment {
    let ticks = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Moment { wall: Timestamp::now(), ticks, dice: rng.next_u64() }
}

/// The answer's code, where it is a problem document.
pub fn code(answer: &Value) -> &str {
    answer["code"].as_str().unwrap_or_default()
}

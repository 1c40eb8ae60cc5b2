//! The engine: documents, database, sync and uploads behind one set of questions.
//!
//! Where to start: [`Engine::handle_ask`]. What happens outside comes in through the `handle_*` functions, what is to be
//! done goes out through [`Engine::take_deeds`].

mod ask;
mod carry_out;
mod edits;
mod photographs;
mod readings;
mod report;
mod shown;
mod standing;
mod trial;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use shared::app::{Gate, News, Standing};
use shared::document::{Actor, Application, Repairing, SCHEMA};
use shared::domain::{DeviceId, DocumentId, PhotoId, ScopeId, TenantId};
use shared::protocol::on_offer::OnOffer;
use shared::protocol::sync::{
    self as wire, Frame,
    signed::{self, Signatory},
};
use shared::sync::{Device, Identity, MIN_SLICE_BYTES, TusAnswer, Uploads};

use crate::{Store, StoreError, World};

/// Most documents that are held open; the others are read again from the database.
const MOST_OPEN: usize = 64;
/// Where the database keeps [`Me`].
pub(crate) const ME: &str = "me";

/// Whose device this is, as it was enrolled. It prints without its key.
#[derive(Clone, Serialize, Deserialize)]
pub struct Me {
    /// The device.
    pub device: DeviceId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Where new documents belong.
    pub scope: ScopeId,
    /// What it is called.
    pub name: String,
    /// Its Ed25519 secret.
    pub secret: [u8; 32],
}

impl Me {
    /// As the server's answer names device, tenant and scope. `None` where it is odd.
    pub fn read((device, tenant, scope): (&str, &str, &str), name: &str, secret: &[u8]) -> Option<Me> {
        Some(Me {
            device: device.parse().ok()?,
            tenant: tenant.parse().ok()?,
            scope: scope.parse().ok()?,
            name: name.to_owned(),
            secret: secret.try_into().ok()?,
        })
    }
}

impl std::fmt::Debug for Me {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Me({})", self.device)
    }
}

/// What the shell has to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Deed {
    /// Open the WebSocket `/sync`, then call [`Engine::handle_connected`] or [`Engine::handle_disconnected`].
    Connect,
    /// Close it.
    Disconnect,
    /// Send this message on it.
    Send(Vec<u8>),
    /// Make this request, then call [`Engine::handle_uploaded`].
    Upload(Upload),
    /// Make this request, then call [`Engine::handle_read`].
    Read(Upload),
    /// Tell every screen.
    Tell(News),
    /// Destroy the key that the database is encrypted with, and then the database.
    Erase,
}

/// A request about a photo: of tus 1.0 to `/files`, or what the photo says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// About which photo.
    pub photo: PhotoId,
    /// The method.
    pub method: &'static str,
    /// The path, from the server's root.
    pub path: String,
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for those that have none.
    pub body: Vec<u8>,
}

/// A request for a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractRequest {
    /// The path, from the server's root.
    pub path: String,
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
}

/// The engine.
pub struct Engine {
    store: Store,
    me: Me,
    world: World,
    device: Device,
    uploads: Uploads,
    /// Length of what is uploaded of the photo that is being asked about.
    uploading: Option<(PhotoId, u32)>,
    readings: readings::Readings,
    on_offer: Option<OnOffer>,
    open: BTreeMap<DocumentId, Application>,
    repairs: BTreeMap<DocumentId, (Repairing, Application)>,
    trials: trial::Trials,
    deeds: VecDeque<Deed>,
    changed: BTreeSet<DocumentId>,
    told: Option<Standing>,
    told_safeties: standing::Safeties,
    counted: Option<standing::Counted>,
    reporting: report::Reporting,
    /// The name of the ask that is being answered.
    asking: Option<String>,
    erased: bool,
}

impl Engine {
    /// The engine on a database. `None` when the database belongs to nobody yet: see [`Engine::enrol`].
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn open(store: Store, world: World) -> Result<Result<Engine, (Store, World)>, StoreError> {
        let Some(me) = store.meta::<Me>(ME)? else { return Ok(Err((store, world))) };
        Engine::boot(store, world, me).map(Ok)
    }

    /// Makes the database this device's.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn enrol(store: Store, world: World, me: Me) -> Result<Engine, StoreError> {
        store.set_meta(ME, &me)?;
        Engine::boot(store, world, me)
    }

    fn boot(store: Store, world: World, me: Me) -> Result<Engine, StoreError> {
        let identity = Identity {
            device: me.device,
            tenant: me.tenant,
            key: SigningKey::from_bytes(&me.secret),
            schema: u32::try_from(SCHEMA).unwrap_or(u32::MAX),
        };
        let device = Device::boot(identity, store.boot()?, world.moment());
        let mut uploads = Uploads::new(MIN_SLICE_BYTES);
        let mut readings = readings::Readings::default();
        for photo in store.photos()? {
            // One that was refused is offered once more: whatever stood between may have been no server of ours.
            if photo.here && photo.stored != Some(true) {
                store.photo_answered(photo.id, None)?;
                uploads.add(photo.id, photo.bytes);
            }
            if photo.stored == Some(true) {
                readings.want(photo.id, photo.slot);
            }
        }
        let on_offer = store.on_offer()?.and_then(|bytes| OnOffer::read(&bytes));
        let trials = trial::Trials::boot(store.trials()?);
        let mut deeds = VecDeque::new();
        for document in trials.damaged() {
            // Where there is no room for that, the next start does it.
            if store.list_damaged(document, (world.wall)()).unwrap_or(false) {
                deeds.push_back(Deed::Tell(News::Told { code: StoreError::Damaged.code().to_owned() }));
            }
        }
        Ok(Engine {
            store,
            me,
            world,
            device,
            uploads,
            uploading: None,
            readings,
            on_offer,
            open: BTreeMap::new(),
            repairs: BTreeMap::new(),
            trials,
            deeds,
            changed: BTreeSet::new(),
            told: None,
            told_safeties: standing::Safeties::default(),
            counted: None,
            reporting: report::Reporting::default(),
            asking: None,
            erased: false,
        })
    }

    /// What is to be done now, in this order.
    pub fn take_deeds(&mut self) -> Vec<Deed> {
        self.close_some();
        self.tell();
        self.report();
        self.deeds.drain(..).collect()
    }

    /// The connection is open.
    pub fn handle_connected(&mut self) {
        let effects = self.device.handle_connected(self.world.moment());
        self.count_anew();
        self.carry_out(effects);
    }

    /// The connection is gone, or could not be opened.
    pub fn handle_disconnected(&mut self) {
        let effects = self.device.handle_disconnected(self.world.moment());
        self.count_anew();
        self.carry_out(effects);
    }

    /// A message came.
    pub fn handle_message(&mut self, message: &[u8]) {
        let frame = wire::unpack(message).and_then(|frame| wire::decode(&frame));
        if matches!(frame, Ok(Frame::OfferAgain)) {
            self.offer_refused_photos_again();
        }
        let effects = self.device.handle_frame(frame, self.world.moment());
        self.count_anew();
        self.carry_out(effects);
        self.upload_next();
    }

    /// Time has passed; to be called about every quarter of a second, and at once after an upload. Whatever a tick changes
    /// it also asks for, so that a quiet one costs nothing.
    pub fn handle_tick(&mut self) {
        let effects = self.device.handle_tick(self.world.moment());
        self.carry_out(effects);
        self.upload_next();
        self.read_next();
    }

    /// What became of an upload's request: the status, 0 where no answer came, and its `Upload-Offset`.
    pub fn handle_uploaded(&mut self, photo: PhotoId, status: u16, offset: Option<u32>) {
        let whole = self.uploading.take_if(|(other, _)| *other == photo).map_or(0, |(_, whole)| whole);
        self.photo_answered(photo, TusAnswer::of(status, offset, whole));
        self.upload_next();
    }

    /// The request for the contract of a case, for the shell to make.
    ///
    /// # Errors
    /// `device_locked` or `device_revoked` where one may not work on this device.
    pub fn contract_request(&self, document: DocumentId) -> Result<ContractRequest, &'static str> {
        if self.gate() != Gate::Open {
            return Err(self.gate_code());
        }
        let at_ms = self.now().as_millisecond();
        let who = Signatory { tenant: self.me.tenant, device: self.me.device };
        let mut headers = self.signed_headers(&signed::contract_bytes(who, document, at_ms));
        headers.push(("Miaopi-At", at_ms.to_string()));
        Ok(ContractRequest { path: format!("/files/{document}/contract"), headers })
    }

    /// A document with a fresh actor: from those held open, or from the database.
    fn application(&mut self, document: DocumentId) -> Result<Option<&mut Application>, StoreError> {
        if !self.open.contains_key(&document) {
            let Some(application) = self.read(document)? else { return Ok(None) };
            self.open.insert(document, application);
        }
        Ok(self.open.get_mut(&document))
    }

    /// Lets go of documents that can be read again. Only between acts: what an act has opened may not be stored yet.
    fn close_some(&mut self) {
        while self.open.len() > MOST_OPEN {
            self.open.pop_first();
        }
    }

    /// A document from the database. Once a start it is noted before it is read.
    fn read(&mut self, document: DocumentId) -> Result<Option<Application>, StoreError> {
        if self.trials.is_proven(document) {
            return self.read_kept(document);
        }
        self.try_alone(document, |engine| {
            let application = engine.read_kept(document)?;
            if let Some(application) = &application {
                // Once it is known to be readable it has to be so in every way.
                application.view();
            }
            Ok(application)
        })
    }

    fn read_kept(&self, document: DocumentId) -> Result<Option<Application>, StoreError> {
        let Some(kept) = self.store.document(document)? else { return Ok(None) };
        let actor = Actor::fresh(self.world.bytes());
        (self.world.reading)(document);
        // What was kept was taken before; where it cannot be taken again, it is shown as what it was before that.
        let Ok(mut application) = Application::begin(document, actor) else { return Ok(None) };
        if application.take(&kept.changes).is_err() {
            for change in &kept.changes {
                let _ = application.take(std::slice::from_ref(change));
            }
        }
        if let Some(submission) = kept.accepted {
            application.accept(submission);
        }
        Ok(Some(application))
    }
}

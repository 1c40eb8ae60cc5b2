//! What a person does to a case: one commit each, durable before it is answered.

use shared::document::{
    Actor, Application, CapturedConsent, DocumentError, Edit, Field, Needs, PlanChosen, Slot, Source, Stamp,
};
use shared::domain::{DocumentId, PhotoId, Purpose, SubmissionId};
use shared::protocol::sync::PhotoManifest;
use shared::sync::{Effect, Stored, manifest_of};

use super::{Engine, ask::Refusal, ask::code};
use crate::store::Act;

/// Most fields that are filled at once.
const MOST_FIELDS: usize = 80;

impl Engine {
    /// Begins a case: it is in the list before anything was entered.
    pub(super) fn begin(&mut self) -> Result<DocumentId, Refusal> {
        let document = DocumentId::from_bytes(self.world.bytes());
        let actor = Actor::fresh(self.world.bytes());
        let application = Application::begin(document, actor).map_err(DocumentError::code)?;
        let row = self.row_of(&application, None, self.now());
        let (id, scope) = (document.to_bytes(), self.me.scope.to_bytes());
        let act = Act { asked: self.asked(document), ..Act::default() };
        self.store.begin_document(id, scope, self.now().as_millisecond(), &row, &act).map_err(code)?;
        self.open.insert(document, application);
        self.trials.prove(document);
        self.changed.insert(document);
        Ok(document)
    }

    pub(super) fn fill(&mut self, document: DocumentId, typed: &[(String, String)]) -> Result<(), Refusal> {
        if typed.len() > MOST_FIELDS {
            return Err("document_too_many");
        }
        let mut fields = Vec::new();
        for (key, text) in typed {
            fields.push((Field::from_key(key).ok_or("field_unknown")?, text.as_str()));
        }
        let stamp = self.stamp()?;
        self.edit(document, |application| application.fill_section(&fields, &stamp))
    }

    pub(super) fn settle(&mut self, document: DocumentId, key: &str, text: &str) -> Result<(), Refusal> {
        let field = Field::from_key(key).ok_or("field_unknown")?;
        let stamp = self.stamp()?;
        self.edit(document, |application| application.settle(field, text, &stamp))
    }

    pub(super) fn choose_plan(&mut self, document: DocumentId, plan: &PlanChosen) -> Result<(), Refusal> {
        let stamp = self.stamp()?;
        self.edit(document, |application| application.choose_plan(plan, &stamp))
    }

    pub(super) fn remove_photo(&mut self, document: DocumentId, photo: PhotoId) -> Result<(), Refusal> {
        let removed = Act { removed: Some(photo), ..Act::default() };
        self.edit_with(document, removed, |application| application.remove_photo(photo))?;
        self.uploads.forget(photo);
        self.count_anew();
        Ok(())
    }

    pub(super) fn withdraw(&mut self, document: DocumentId) -> Result<(), Refusal> {
        let stamp = self.stamp()?;
        self.edit(document, |application| application.withdraw(&stamp))
    }

    /// The customer's consents, with the picture of what they signed on this screen.
    pub(super) fn consent(
        &mut self,
        document: DocumentId,
        purposes: &[Purpose],
        text_version: &str,
        signature: &[u8],
    ) -> Result<(), Refusal> {
        let stamp = self.stamp()?;
        let offer = self.on_offer.as_ref().ok_or("on_offer_unknown")?;
        if text_version != offer.consents_version {
            return Err("consent_words_outdated");
        }
        let mut asked = Vec::new();
        for purpose in purposes {
            let words = offer.consents.iter().find(|words| words.purpose == purpose.code());
            let words = words.ok_or("consent_unknown")?;
            asked.push((*purpose, words.recipient.parse().map_err(|_| "consent_unknown")?));
        }
        let (signature, taken) = self.seal_photo(document, Slot::ConsentSignature, signature)?;
        let application = self.application(document).map_err(code)?.ok_or("case_unknown")?;
        let before = application.clone();
        let mut edits = vec![application.attach_photo(&signature).map_err(DocumentError::code)?];
        for (purpose, recipient) in asked {
            let consent = CapturedConsent {
                purpose,
                recipient,
                text_version: text_version.to_owned(),
                signature: Some(signature.id),
                source: stamp.source.clone(),
                at: stamp.at,
            };
            match application.capture_consent(&consent) {
                Ok(edit) => edits.push(edit),
                Err(refused) => {
                    self.open.insert(document, before);
                    return Err(refused.code());
                }
            }
        }
        self.keep(document, before, &edits, None, Act { taken: Some(taken), ..Act::default() })?;
        self.photo_taken(&signature);
        Ok(())
    }

    pub(super) fn hand_in(&mut self, document: DocumentId) -> Result<(), Refusal> {
        let stamp = self.stamp()?;
        let submission = SubmissionId::from_bytes(self.world.bytes());
        let application = self.application(document).map_err(code)?.ok_or("case_unknown")?;
        let before = application.clone();
        let handed_in =
            application.submit(submission, &Needs::standard(), &stamp).map_err(DocumentError::code)?;
        let manifest = manifest_of(document, &handed_in.seal);
        self.keep(document, before, &[handed_in.edit], Some(manifest), Act::default())
    }

    /// Who acts, and when.
    pub(super) fn stamp(&self) -> Result<Stamp, Refusal> {
        let account = self.on_offer.as_ref().ok_or("on_offer_unknown")?.account;
        Ok(Stamp { source: Source::advisor(account), at: self.now() })
    }

    /// One act on one document. What says already what it should say is done.
    pub(super) fn edit(
        &mut self,
        document: DocumentId,
        act: impl FnOnce(&mut Application) -> Result<Edit, DocumentError>,
    ) -> Result<(), Refusal> {
        self.edit_with(document, Act::default(), act)
    }

    /// As [`Engine::edit`], with what else becomes durable with it.
    pub(super) fn edit_with(
        &mut self,
        document: DocumentId,
        beside: Act,
        act: impl FnOnce(&mut Application) -> Result<Edit, DocumentError>,
    ) -> Result<(), Refusal> {
        let application = self.application(document).map_err(code)?.ok_or("case_unknown")?;
        let before = application.clone();
        match act(application) {
            Ok(edit) => self.keep(document, before, &[edit], None, beside),
            Err(DocumentError::NothingChanged) => Ok(()),
            Err(refused) => Err(refused.code()),
        }
    }

    /// The ask that is being answered, as it is remembered.
    fn asked(&self, document: DocumentId) -> Option<(String, DocumentId)> {
        self.asking.clone().map(|name| (name, document))
    }

    /// Makes what was done durable; where that fails, the document is as it was before.
    fn keep(
        &mut self,
        document: DocumentId,
        before: Application,
        edits: &[Edit],
        manifest: Option<PhotoManifest>,
        beside: Act,
    ) -> Result<(), Refusal> {
        let act = Act { asked: self.asked(document), ..beside };
        let scope = self.store.document(document).map_err(code)?.map_or(self.me.scope, |kept| kept.scope);
        let moment = self.world.moment();
        let effects = match self.device.handle_edit(document, scope, edits, manifest, moment) {
            Ok(effects) => effects,
            Err(not_taken) => {
                self.open.insert(document, before);
                return Err(not_taken.code());
            }
        };
        let mut later = Vec::new();
        let mut refused = None;
        for effect in effects {
            match effect {
                Effect::Store(transaction) => {
                    let (stored, why) = self.store_all(&transaction, &act);
                    if stored != Stored::Done {
                        refused = why.or(Some("storage_failed"));
                    }
                    later.extend(self.device.handle_stored(transaction.id, stored, self.world.moment()));
                }
                other => later.push(other),
            }
        }
        self.count_anew();
        self.carry_out(later);
        refused.map_or(Ok(()), Err)
    }
}

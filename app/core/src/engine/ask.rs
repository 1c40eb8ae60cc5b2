//! What the screens ask.

use shared::app::{Answer, Ask, CaseList, Gate, MAX_LISTED};
use shared::document::Slot;
use shared::domain::DocumentId;
use shared::sync::Link;

use super::Engine;
use crate::store::CAPTURING;
use crate::{StoreError, rescue};

/// Why something is not done: a stable code.
pub(super) type Refusal = &'static str;

impl From<StoreError> for Answer {
    fn from(error: StoreError) -> Answer {
        Answer::refused(error.code())
    }
}

/// Longest name of an ask, in bytes.
const MAX_NAME_BYTES: usize = 64;

impl Engine {
    /// Answers a screen that gave its ask a name of its own. Whoever does not know whether it was heard asks again under
    /// the same name: what changes something is carried out once, and the second time answered with the case as it is.
    pub fn handle_named_ask(&mut self, name: &str, ask: Ask, bytes: &[u8]) -> (Answer, Option<Vec<u8>>) {
        if name.len() > MAX_NAME_BYTES {
            return (Answer::refused("ask_unknown"), None);
        }
        if ask.changes_a_case() && self.gate() == Gate::Open {
            match self.store.asked(name) {
                Ok(Some(document)) => return (self.case(document).unwrap_or_else(Answer::refused), None),
                Ok(None) => self.asking = Some(name.to_owned()),
                Err(error) => return (error.into(), None),
            }
        }
        let answer = self.handle_ask(ask, bytes);
        self.asking = None;
        answer
    }

    /// Answers a screen. `bytes` and what comes back beside the answer are pictures.
    pub fn handle_ask(&mut self, ask: Ask, bytes: &[u8]) -> (Answer, Option<Vec<u8>>) {
        let open = self.gate() == Gate::Open;
        match ask {
            Ask::Standing => (Answer::Standing(self.standing()), None),
            Ask::ConnectNow => {
                self.connect_now();
                (Answer::Done, None)
            }
            Ask::Unsafe => (self.unsafe_items().unwrap_or_else(Answer::from), None),
            // Those are the shell's: it holds the key, and makes the requests.
            Ask::Enrol { .. } | Ask::Unlock { .. } | Ask::Lock | Ask::Contract { .. } => {
                (Answer::refused("not_here"), None)
            }
            // Also where one has to connect first, and cannot.
            Ask::Rescue { after, .. } if self.gate() != Gate::Revoked => self.rescue(&after),
            _ if !open => (Answer::refused(self.gate_code()), None),
            Ask::Picture { photo } => match self.store.picture(photo) {
                Ok(picture) => (Answer::Picture, picture),
                Err(error) => (error.into(), None),
            },
            other => (self.answer(other, bytes).unwrap_or_else(Answer::refused), None),
        }
    }

    fn answer(&mut self, ask: Ask, bytes: &[u8]) -> Result<Answer, Refusal> {
        match ask {
            Ask::Cases { search, filter, offset, limit } => {
                let (rows, total) =
                    self.store.list(&search, filter, offset, limit.min(MAX_LISTED)).map_err(code)?;
                let rows = rows.into_iter().map(|listed| self.case_row(listed)).collect();
                Ok(Answer::Cases(CaseList { rows, total, counts: self.store.counts().map_err(code)? }))
            }
            Ask::Begin => {
                let document = self.begin()?;
                self.case(document)
            }
            Ask::Case { document } => self.case(document),
            Ask::Fill { document, fields } => {
                self.fill(document, &fields)?;
                self.case(document)
            }
            Ask::Settle { document, field, text } => {
                self.settle(document, &field, &text)?;
                self.case(document)
            }
            Ask::Capturing { document, slot } => {
                self.capturing(document, slot)?;
                Ok(Answer::Done)
            }
            Ask::TakePhoto { document, slot } => {
                self.take_photo(document, slot, bytes)?;
                self.case(document)
            }
            Ask::RemovePhoto { document, photo } => {
                self.remove_photo(document, photo)?;
                self.case(document)
            }
            Ask::ChoosePlan { document, plan } => {
                self.choose_plan(document, &plan)?;
                self.case(document)
            }
            Ask::Consent { document, purposes, text_version } => {
                self.consent(document, &purposes, &text_version, bytes)?;
                self.case(document)
            }
            Ask::HandIn { document } => {
                self.hand_in(document)?;
                self.case(document)
            }
            Ask::Withdraw { document } => {
                self.withdraw(document)?;
                self.case(document)
            }
            Ask::OnOffer => Ok(Answer::OnOffer { on_offer: self.on_offer.clone().map(Box::new) }),
            Ask::Standing
            | Ask::ConnectNow
            | Ask::Unsafe
            | Ask::Picture { .. }
            | Ask::Enrol { .. }
            | Ask::Unlock { .. }
            | Ask::Contract { .. }
            | Ask::Rescue { .. }
            | Ask::Lock => Err("not_here"),
        }
    }

    fn rescue(&self, after: &str) -> (Answer, Option<Vec<u8>>) {
        match rescue::of_store(&self.store, &self.world, after) {
            Ok(file) => {
                let (answer, bytes) = file.answer();
                (answer, Some(bytes))
            }
            Err(code) => (Answer::refused(code), None),
        }
    }

    fn case(&mut self, document: DocumentId) -> Result<Answer, Refusal> {
        let view = self.case_view(document).map_err(code)?.ok_or("case_unknown")?;
        Ok(Answer::Case(Box::new(view)))
    }

    fn capturing(&mut self, document: DocumentId, slot: Option<Slot>) -> Result<(), Refusal> {
        self.count_anew();
        self.store.set_meta(CAPTURING, &slot.map(|slot| (document, slot))).map_err(code)
    }

    fn connect_now(&mut self) {
        if matches!(self.device.link(), Link::Offline { .. }) {
            let effects = self.device.connect_now(self.world.moment());
            self.carry_out(effects);
        }
    }
}

/// The stable code of why the database does not do something.
pub(super) fn code(error: StoreError) -> Refusal {
    error.code()
}

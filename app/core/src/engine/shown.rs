//! A document as lists and screens show it: pure functions of what it says and of what the server said.

use jiff::{Timestamp, civil::Date, tz};
use shared::app::{
    By, CaseView, ChoiceShown, ConsentShown, FieldShown, FieldStanding, MissingShown, PhotoShown, PhotoState,
    ReadShown, Stage, StepShown,
};
use shared::document::{
    Application, Entry, Field, FieldView, Missing, Needs, PlanChosen, Source, Standing, Status, View,
};
use shared::domain::{AccountId, DocumentId, PhotoId};
use shared::protocol::sync::{CaseNews, CaseStanding};
use shared::sync::Upload as State;

use super::Engine;
use crate::{StoreError, store::ListRow};

/// How many digits at the end of a number are searched for.
const SEARCHED_DIGITS: usize = 4;

/// The day in China, where the applications are made.
pub(super) fn today(now: Timestamp) -> Date {
    now.to_zoned(tz::offset(8).to_time_zone()).date()
}

impl Engine {
    /// The list's line of a document; `None` for one that is not here, or stays as it was last shown.
    pub(super) fn list_row(
        &mut self,
        document: DocumentId,
        news: Option<&CaseNews>,
    ) -> Result<Option<ListRow>, StoreError> {
        if self.trials.is_damaged(document) {
            return Ok(None);
        }
        let begun = self.store.row(document)?.map_or_else(|| self.now(), |listed| listed.row.changed_at);
        if self.application(document)?.is_none() {
            return Ok(None);
        }
        let application = self.open.get(&document);
        Ok(application.map(|application| self.row_of(application, news, begun)))
    }

    /// The list's line; `begun` stands where nobody has entered anything.
    pub(super) fn row_of(
        &self,
        application: &Application,
        news: Option<&CaseNews>,
        begun: Timestamp,
    ) -> ListRow {
        let view = application.view();
        let shown = |field: Field| {
            let shown = view.fields.get(&field).and_then(FieldView::shown);
            shown.map(|entry| entry.text.as_str()).unwrap_or_default()
        };
        let end = |text: &str| -> String {
            let from = text.chars().count().saturating_sub(SEARCHED_DIGITS);
            text.chars().skip(from).collect()
        };
        let name = shown(Field::Name).to_owned();
        let vehicle = [shown(Field::Plate), shown(Field::Brand), shown(Field::Model)];
        let vehicle = vehicle.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        let number = news.map(|news| news.number.clone());
        let search = [
            name.clone(),
            vehicle.clone(),
            end(shown(Field::IdNumber)),
            end(shown(Field::Phone)),
            end(shown(Field::Vin)),
            number.clone().unwrap_or_default(),
        ];
        let plan = PlanChosen::parse(shown(Field::Plan));
        let entered = view.fields.values().flat_map(|field| field.typed.iter().map(|entry| entry.at));
        let photographed = view.photos.iter().map(|photo| photo.at);
        let said = news.and_then(|news| Timestamp::from_millisecond(news.at_ms).ok());
        ListRow {
            name,
            vehicle,
            financed: plan.map(|plan| plan.financed),
            number,
            stage: stage(&view, news),
            missing: match view.status {
                Status::Draft => view.missing(&Needs::standard(), today(self.now())).len(),
                _ => 0,
            },
            changed_at: entered.chain(photographed).chain(said).max().unwrap_or(begun),
            search: search.join(" ").to_lowercase(),
        }
    }

    /// A case with everything that its screens show.
    pub(super) fn case_view(&mut self, document: DocumentId) -> Result<Option<CaseView>, StoreError> {
        let Some(listed) = self.store.row(document)? else { return Ok(None) };
        let news = self.store.case_news(document)?;
        let complete = self.store.is_complete(document)?;
        let kept = self.store.photos()?;
        if self.application(document)?.is_none() {
            return Ok(None);
        }
        let me = self.on_offer.as_ref().map(|offer| offer.account);
        let row = self.case_row(listed);
        let Some(application) = self.open.get(&document) else { return Ok(None) };
        let view = application.view();
        let photo_state = |id: PhotoId| match kept.iter().find(|photo| photo.id == id) {
            None if complete => PhotoState::Safe,
            None => PhotoState::Elsewhere,
            Some(photo) if !photo.here => PhotoState::Safe,
            Some(photo) => match (photo.stored, self.uploads.state(id)) {
                (Some(true), _) | (_, Some(State::Stored)) => PhotoState::Safe,
                (Some(false), _) | (_, Some(State::Rejected)) => PhotoState::Rejected,
                (_, Some(State::Uploading(sent))) => PhotoState::Sending(percent(sent, photo.bytes)),
                (_, Some(State::Queued) | None) => PhotoState::Kept,
            },
        };
        let missing = match view.status {
            Status::Draft => view.missing(&Needs::standard(), today(self.now())),
            _ => Vec::new(),
        };
        Ok(Some(CaseView {
            row,
            fields: view.fields.iter().map(|(field, said)| field_shown(*field, said, me)).collect(),
            photos: view
                .photos
                .iter()
                .map(|photo| PhotoShown {
                    id: photo.id,
                    slot: photo.slot,
                    at: photo.at,
                    state: photo_state(photo.id),
                })
                .collect(),
            consents: view
                .consents
                .iter()
                .map(|consent| ConsentShown { purpose: consent.purpose, at: consent.at })
                .collect(),
            missing: missing.iter().map(missing_shown).collect(),
            notes: view.notes,
            late: application.late().iter().map(|late| late.field.key().to_owned()).collect(),
            handover: news.as_ref().map(|news| news.link.clone()).filter(|link| !link.is_empty()),
            steps: news.map(|news| news.steps).unwrap_or_default().into_iter().map(step).collect(),
        }))
    }

    pub(super) fn case_row(&mut self, listed: crate::store::Listed) -> shared::app::CaseRow {
        let crate::store::Listed { document, row, aside } = listed;
        shared::app::CaseRow {
            document,
            name: row.name,
            vehicle: row.vehicle,
            financed: row.financed,
            number: row.number,
            stage: if self.trials.is_damaged(document) { Stage::Damaged } else { row.stage },
            safety: self.counted().safeties.of(document, aside),
            missing: row.missing,
            changed_at: row.changed_at,
        }
    }
}

fn stage(view: &View, news: Option<&CaseNews>) -> Stage {
    match (view.status, news.map(|news| news.standing)) {
        (Status::Withdrawn, _) => Stage::Ended,
        (Status::Draft, _) if view.open_fields().is_empty() => Stage::Draft,
        (Status::Draft, _) => Stage::Conflict,
        (Status::HandedIn, None) => Stage::HandedIn,
        (Status::HandedIn, Some(standing)) => stage_of(standing),
    }
}

/// Where a case is that stands like this.
pub(super) fn stage_of(standing: CaseStanding) -> Stage {
    match standing {
        CaseStanding::Customer => Stage::Customer,
        CaseStanding::Machine => Stage::Machine,
        CaseStanding::Office => Stage::Office,
        CaseStanding::Signed => Stage::Signed,
        CaseStanding::Declined => Stage::Declined,
        CaseStanding::Ended => Stage::Ended,
    }
}

fn step(step: shared::protocol::sync::CaseStep) -> StepShown {
    StepShown { kind: step.kind, outcome: step.outcome, ms: step.ms }
}

fn field_shown(field: Field, said: &FieldView, me: Option<AccountId>) -> FieldShown {
    let standing = match said.standing() {
        Standing::Empty => FieldStanding::Empty,
        Standing::Proposed(_) => FieldStanding::Proposed,
        Standing::Clear(_) => FieldStanding::Clear,
        Standing::Conflict(_) => FieldStanding::Conflict,
        Standing::Discrepancy(_) => FieldStanding::Discrepancy,
    };
    let choices = match standing {
        FieldStanding::Empty | FieldStanding::Clear => Vec::new(),
        _ => said.choices().map(|entry| choice(entry, me)).collect(),
    };
    let text = said.shown().map(|entry| entry.text.clone()).unwrap_or_default();
    let read = said.read.iter().max().and_then(read_shown);
    FieldShown { key: field.key().to_owned(), text, standing, choices, read }
}

fn read_shown(entry: &Entry) -> Option<ReadShown> {
    let Source::Reader { confidence, photo, region } = &entry.source else { return None };
    let (confidence, photo, region) = (*confidence, photo.id(), *region);
    Some(ReadShown { text: entry.text.clone(), confidence, photo, region })
}

fn choice(entry: &Entry, me: Option<AccountId>) -> ChoiceShown {
    let by = match &entry.source {
        Source::Advisor(account) if Some(account.id()) == me => By::Me,
        Source::Advisor(account) => By::Colleague(account.id()),
        Source::Customer => By::Customer,
        Source::Reader { confidence, photo, region } => {
            By::Reader { confidence: *confidence, photo: photo.id(), region: *region }
        }
        Source::Partner(key) => By::Partner(key.clone()),
    };
    ChoiceShown { text: entry.text.clone(), by, at: entry.at }
}

fn missing_shown(missing: &Missing) -> MissingShown {
    let mut shown = MissingShown {
        code: missing.code().to_owned(),
        field: None,
        problem: None,
        photos: None,
        consent: None,
    };
    match *missing {
        Missing::Field(field)
        | Missing::TakeOver(field)
        | Missing::Settle(field)
        | Missing::Unreadable(field) => shown.field = Some(field.key().to_owned()),
        Missing::Correct(field, problem) => {
            shown.field = Some(field.key().to_owned());
            shown.problem = Some(problem.to_owned());
        }
        Missing::Photos { slot, have, least, most } => shown.photos = Some((slot, have, least, most)),
        Missing::Consent(purpose) => shown.consent = Some(purpose),
    }
    shown
}

/// How much of it, in percent; never 100 before all of it is verified.
pub(super) fn percent(sent: u32, whole: u32) -> u8 {
    let share = u64::from(sent) * 100 / u64::from(whole.max(1));
    u8::try_from(share.min(99)).unwrap_or(99)
}

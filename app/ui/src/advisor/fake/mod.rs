//! Stands in for the engine: made-up cases in memory, edits that stick until the page is loaded again. For looking at the
//! screens and testing them; never part of a released app.
//!
//! `?fake=` chooses where it begins: `new`, `locked`, `waiting`, `lease`, `revoked`, `lost`, `empty`, `offline`, `safe`,
//! `camera`, `sending`; anything else is an open device with ten thousand cases. The PIN is 246810.

mod made_up;
mod offer;
#[cfg(test)]
mod tests;

use jiff::{Timestamp, civil::Date};
use shared::app::{
    Answer, Ask, CaseFilter, CaseList, CaseRow, CaseView, ConsentShown, FieldShown, FieldStanding, Gate,
    LinkState, MAX_LISTED, MissingShown, News, PhotoShown, PhotoState, Safety, Stage, Standing, StepShown,
    UnsafeItem, UnsafeState, UnsafeWhat,
};
use shared::document::{DocumentId, Field, Needs, Slot};
use shared::domain::{Fen, PhotoId};
use std::collections::HashMap;

/// How long an answer takes, milliseconds.
#[cfg(feature = "fake")]
pub(super) const PAUSE_MS: i32 = 25;
/// How long it takes until something is safe, milliseconds.
#[cfg(feature = "fake")]
pub(super) const SAFE_AFTER_MS: i32 = 2_500;
const PIN: &str = "246810";
/// How many cases there are.
const CASES: usize = 10_000;
/// How a JPEG begins.
const JPEG: [u8; 3] = [0xff, 0xd8, 0xff];

pub(super) struct Fake {
    /// Now, and the day here.
    clock: fn() -> (Timestamp, Date),
    standing: Standing,
    cases: Vec<CaseView>,
    pictures: HashMap<PhotoId, Vec<u8>>,
    /// What was answered to what changes something, by the name it was asked under.
    answered: HashMap<String, Answer>,
    /// What it has to say unasked.
    pub(super) news: Vec<News>,
    /// What will be safe in a while ([`Fake::make_safe`]).
    pub(super) later: Vec<DocumentId>,
    wrong_pins: u32,
    minted: u8,
}

impl Fake {
    pub(super) fn start(query: &str, clock: fn() -> (Timestamp, Date)) -> Fake {
        let how = query
            .trim_start_matches('?')
            .split('&')
            .find_map(|pair| pair.strip_prefix("fake="))
            .unwrap_or("");
        let (now, today) = clock();
        let mut cases = made_up::cases(if how == "empty" { 0 } else { CASES }, now);
        for case in &mut cases {
            refresh(case, today);
        }
        if how == "safe" {
            cases.iter_mut().for_each(|case| case.row.safety = Safety::Safe);
        }
        let gate = match how {
            "new" => Gate::New,
            "locked" => Gate::Locked,
            "waiting" => Gate::Waiting,
            "lease" => Gate::LeaseOver,
            "revoked" => Gate::Revoked,
            "lost" => Gate::Lost,
            _ => Gate::Open,
        };
        let mut fake = Fake {
            clock,
            standing: Standing {
                gate,
                link: if how == "offline" { LinkState::Offline } else { LinkState::Online },
                unsynced: 0,
                aside: 0,
                photo_bytes: 0,
                sending_percent: (how == "sending").then_some(62),
                account: (gate != Gate::New).then(|| "陈顾问 · 浦东店".into()),
                device_name: (gate != Gate::New).then(|| "店里的平板".into()),
                capturing: (how == "camera").then(|| (cases[0].row.document, Slot::Vehicle)),
                server: None,
            },
            cases,
            pictures: HashMap::new(),
            answered: HashMap::new(),
            news: Vec::new(),
            later: Vec::new(),
            wrong_pins: 0,
            minted: 0,
        };
        fake.count();
        fake
    }

    /// Answers a screen; what changes something is carried out once under each name.
    pub(super) fn ask(
        &mut self,
        name: Option<&str>,
        ask: Ask,
        bytes: Option<&[u8]>,
    ) -> (Answer, Option<Vec<u8>>) {
        if let Some(answer) = name.and_then(|name| self.answered.get(name)) {
            return (answer.clone(), None);
        }
        let changes = ask.changes_a_case();
        let shut = self.standing.gate != Gate::Open;
        let (answer, bytes) = match ask {
            Ask::Standing => (Answer::Standing(self.standing.clone()), None),
            Ask::Enrol { .. } | Ask::Unlock { .. } | Ask::Lock => (self.answer(ask), None),
            Ask::Rescue { pin, .. } if self.standing.gate == Gate::Locked && pin != PIN => {
                (Answer::refused("pin_wrong"), None)
            }
            Ask::Rescue { .. } if self.standing.unsynced == 0 => (Answer::refused("nothing_unsynced"), None),
            Ask::Rescue { .. } => {
                let things = self.standing.unsynced;
                (Answer::Rescued { things, unreadable: 0, next: None }, Some(b"miaopi rescue 1\n".to_vec()))
            }
            _ if shut => (Answer::refused("device_locked"), None),
            Ask::Picture { photo } => (Answer::Picture, self.pictures.get(&photo).cloned()),
            Ask::TakePhoto { document, slot } => (self.take_photo(document, slot, bytes), None),
            ask => (self.answer(ask), None),
        };
        if let Some(name) = name.filter(|_| changes) {
            self.answered.insert(name.to_owned(), answer.clone());
        }
        (answer, bytes)
    }

    fn answer(&mut self, ask: Ask) -> Answer {
        match ask {
            Ask::Enrol { user, password, device_name, .. } => self.enrol(&user, &password, device_name),
            Ask::Unlock { pin } => self.unlock(&pin),
            Ask::Lock => {
                self.standing.gate = Gate::Locked;
                Answer::Standing(self.standing.clone())
            }
            Ask::Cases { search, filter, offset, limit } => {
                Answer::Cases(self.list(&search, filter, offset, limit))
            }
            Ask::Begin => {
                self.minted += 1;
                let mut bytes = [0xee; 16];
                bytes[15] = self.minted;
                let (now, today) = (self.clock)();
                let mut case = made_up::empty(DocumentId::from_bytes(bytes), now);
                refresh(&mut case, today);
                self.cases.insert(0, case.clone());
                Answer::Case(Box::new(case))
            }
            Ask::Case { document } => self.find(document, |_| Ok(())),
            Ask::Fill { document, fields } => self.change(document, |case| {
                if fields.iter().any(|(key, _)| Field::ALL.iter().all(|field| field.key() != key)) {
                    return Err("field_unknown");
                }
                for (key, text) in fields {
                    fill(case, &key, text);
                }
                Ok(())
            }),
            Ask::Settle { document, field, text } => self.change(document, |case| {
                let standing =
                    case.fields.iter().find(|shown| shown.key == field).map(|shown| shown.standing);
                if !matches!(standing, Some(FieldStanding::Conflict | FieldStanding::Discrepancy)) {
                    return Err("document_nothing_to_settle");
                }
                fill(case, &field, text);
                Ok(())
            }),
            Ask::RemovePhoto { document, photo } => self.change(document, |case| {
                case.photos.retain(|shown| shown.id != photo);
                Ok(())
            }),
            Ask::ChoosePlan { document, plan } => self.change(document, |case| {
                case.row.financed = Some(plan.financed);
                fill(case, Field::Plan.key(), plan.to_text());
                Ok(())
            }),
            Ask::Consent { document, purposes, .. } => {
                let (at, _) = (self.clock)();
                self.change(document, |case| {
                    case.consents.extend(purposes.into_iter().map(|purpose| ConsentShown { purpose, at }));
                    Ok(())
                })
            }
            Ask::Capturing { document, slot } => {
                self.standing.capturing = slot.map(|slot| (document, slot));
                Answer::Done
            }
            Ask::HandIn { document } => self.change(document, hand_in),
            Ask::Contract { .. } => Answer::refused("no_network"),
            Ask::Withdraw { document } => self.change(document, |case| {
                case.row.stage = Stage::Ended;
                Ok(())
            }),
            Ask::OnOffer => Answer::OnOffer { on_offer: Some(Box::new(offer::on_offer())) },
            Ask::Unsafe => self.unsafe_items(),
            Ask::ConnectNow => {
                self.standing.link = LinkState::Online;
                self.say_standing();
                Answer::Done
            }
            _ => Answer::Done,
        }
    }

    fn enrol(&mut self, user: &str, password: &str, device_name: String) -> Answer {
        if password == "wrong" {
            return Answer::refused("sign_in_wrong");
        }
        self.standing.account = Some(user.to_owned());
        self.standing.device_name = Some(device_name);
        self.standing.gate = Gate::Open;
        Answer::Standing(self.standing.clone())
    }

    fn unlock(&mut self, pin: &str) -> Answer {
        if pin != PIN {
            self.wrong_pins += 1;
            if self.wrong_pins >= 5 {
                self.standing.gate = Gate::Waiting;
                return Answer::Standing(self.standing.clone());
            }
            return Answer::refused("pin_wrong");
        }
        self.wrong_pins = 0;
        self.standing.gate = Gate::Open;
        Answer::Standing(self.standing.clone())
    }

    fn list(&self, search: &str, filter: CaseFilter, offset: usize, limit: usize) -> CaseList {
        let mut counts = [0; 5];
        for case in &self.cases {
            for (count, filter) in counts.iter_mut().zip(CaseFilter::ALL) {
                *count += usize::from(fits(&case.row, filter));
            }
        }
        let found = |row: &&CaseRow| {
            let number = row.number.as_deref().unwrap_or_default();
            fits(row, filter)
                && (row.name.contains(search) || row.vehicle.contains(search) || number.contains(search))
        };
        let all: Vec<&CaseRow> = self.cases.iter().map(|case| &case.row).filter(found).collect();
        let rows = all.iter().skip(offset).take(limit.min(MAX_LISTED)).map(|row| (*row).clone()).collect();
        CaseList { rows, total: all.len(), counts }
    }

    fn find(
        &mut self,
        document: DocumentId,
        act: impl FnOnce(&mut CaseView) -> Result<(), &'static str>,
    ) -> Answer {
        let Some(case) = self.cases.iter_mut().find(|case| case.row.document == document) else {
            return Answer::refused("case_unknown");
        };
        match act(case) {
            Ok(()) => Answer::Case(Box::new(case.clone())),
            Err(code) => Answer::refused(code),
        }
    }

    fn change(
        &mut self,
        document: DocumentId,
        act: impl FnOnce(&mut CaseView) -> Result<(), &'static str>,
    ) -> Answer {
        let (now, today) = (self.clock)();
        let answer = self.find(document, |case| {
            act(case)?;
            case.row.safety = Safety::Saved;
            case.row.changed_at = now;
            refresh(case, today);
            Ok(())
        });
        self.count();
        self.say_standing();
        if self.standing.link == LinkState::Online {
            self.later.push(document);
        }
        answer
    }

    fn take_photo(&mut self, document: DocumentId, slot: Slot, bytes: Option<&[u8]>) -> Answer {
        self.minted += 1;
        let (id, (at, _)) = (PhotoId::from_bytes([self.minted; 16]), (self.clock)());
        let picture = bytes.filter(|bytes| bytes.starts_with(&JPEG));
        let answer = self.change(document, |case| {
            picture.ok_or("photo_form")?;
            case.photos.push(PhotoShown { id, slot, at, state: PhotoState::Kept });
            Ok(())
        });
        if let (Answer::Case(_), Some(picture)) = (&answer, picture) {
            self.pictures.insert(id, picture.to_owned());
        }
        answer
    }

    fn unsafe_items(&self) -> Answer {
        let waits =
            |case: &&CaseView| matches!(case.row.safety, Safety::Saved | Safety::Sending | Safety::Aside);
        let item = |case: &CaseView| UnsafeItem {
            document: case.row.document,
            name: case.row.name.clone(),
            what: match case.photos.iter().find(|photo| photo.state != PhotoState::Safe) {
                Some(photo) => UnsafeWhat::Photo(photo.slot),
                None if case.row.stage == Stage::HandedIn => UnsafeWhat::Submission,
                None => UnsafeWhat::Change,
            },
            state: match case.row.safety {
                Safety::Aside => UnsafeState::Aside("sync_document_full".into()),
                Safety::Sending => UnsafeState::Sending,
                _ => UnsafeState::Waiting,
            },
            count: 1,
            bytes: if case.photos.is_empty() { 1_240 } else { 412_000 },
        };
        let items: Vec<UnsafeItem> = self.cases.iter().filter(waits).map(item).collect();
        Answer::Unsafe { total: items.len(), items }
    }

    fn count(&mut self) {
        let waits = |case: &&CaseView| case.row.safety != Safety::Safe;
        self.standing.unsynced = self.cases.iter().filter(waits).count();
        self.standing.aside = self.cases.iter().filter(|case| case.row.safety == Safety::Aside).count();
        let photos =
            self.cases.iter().flat_map(|case| &case.photos).filter(|photo| photo.state == PhotoState::Kept);
        self.standing.photo_bytes = photos.count() as u64 * 412_000;
    }

    /// The server has all of it.
    #[cfg(feature = "fake")]
    pub(super) fn make_safe(&mut self, document: DocumentId) {
        if let Some(case) = self.cases.iter_mut().find(|case| case.row.document == document) {
            case.row.safety = Safety::Safe;
            case.photos.iter_mut().for_each(|photo| photo.state = PhotoState::Safe);
        }
        self.count();
        self.say_standing();
        self.news.push(News::Cases { documents: vec![document] });
    }

    fn say_standing(&mut self) {
        self.news.push(News::Standing(self.standing.clone()));
    }
}

fn fits(row: &CaseRow, filter: CaseFilter) -> bool {
    match filter {
        CaseFilter::All => true,
        CaseFilter::Draft => matches!(row.stage, Stage::Draft | Stage::Conflict),
        CaseFilter::Running => {
            matches!(row.stage, Stage::HandedIn | Stage::Machine | Stage::Customer | Stage::Office)
        }
        CaseFilter::Attention => row.stage == Stage::Conflict || row.safety == Safety::Aside,
        CaseFilter::Over => matches!(row.stage, Stage::Signed | Stage::Declined | Stage::Ended),
    }
}

fn fill(case: &mut CaseView, key: &str, text: String) {
    let standing = if text.is_empty() { FieldStanding::Empty } else { FieldStanding::Clear };
    let shown = FieldShown { key: key.to_owned(), text, standing, choices: Vec::new(), read: None };
    match case.fields.iter_mut().find(|field| field.key == key) {
        Some(field) => *field = shown,
        None => case.fields.push(shown),
    }
}

fn hand_in(case: &mut CaseView) -> Result<(), &'static str> {
    if !case.missing.is_empty() {
        return Err("document_incomplete");
    }
    case.row.stage = Stage::Machine;
    case.steps = [("intake", Some("complete"), 3), ("photo-quality", Some("good"), 48), ("ocr", None, 0)]
        .map(|(kind, outcome, ms)| StepShown { kind: kind.into(), outcome: outcome.map(str::to_owned), ms })
        .into();
    Ok(())
}

/// The line in the list and what is missing, from the fields.
fn refresh(case: &mut CaseView, today: Date) {
    case.row.name = case.text(Field::Name).to_owned();
    let vehicle = [Field::Plate, Field::Brand, Field::Model].map(|field| case.text(field).to_owned());
    case.row.vehicle = vehicle.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    if case.row.financed.is_none() {
        let of = |field: Field| case.text(field).parse::<i64>().ok();
        let financed = of(Field::Price).zip(of(Field::DownPayment)).map(|(price, down)| price - down);
        case.row.financed = financed.and_then(|fen| Fen::new(fen).ok());
    }
    if !case.is_draft() {
        case.missing.clear();
        case.row.missing = 0;
        return;
    }
    let differs = case.fields.iter().any(|field| field.standing == FieldStanding::Conflict);
    case.row.stage = if differs { Stage::Conflict } else { Stage::Draft };
    case.missing = missing(case, today);
    case.row.missing = case.missing.len();
}

fn missing(case: &CaseView, today: Date) -> Vec<MissingShown> {
    let gap = |code: &str, field: Option<Field>| MissingShown {
        code: code.into(),
        field: field.map(|field| field.key().into()),
        problem: None,
        photos: None,
        consent: None,
    };
    let needs = Needs::standard();
    let mut missing = Vec::new();
    for field in Field::ALL {
        let text = case.text(*field);
        match case.field(*field).map(|shown| shown.standing) {
            Some(FieldStanding::Conflict | FieldStanding::Discrepancy) => {
                missing.push(gap("missing_settlement", Some(*field)));
            }
            Some(FieldStanding::Proposed) => missing.push(gap("missing_take_over", Some(*field))),
            _ if text.is_empty() && needs.fields.contains(field) => {
                missing.push(gap("missing_field", Some(*field)))
            }
            _ if text.is_empty() => {}
            _ => {
                if let Err(bad) = field.check(text, today) {
                    let problem = Some(bad.code.to_owned());
                    missing.push(MissingShown { problem, ..gap("missing_correction", Some(*field)) });
                }
            }
        }
    }
    for (slot, least, most) in needs.photos {
        let have = case.photos.iter().filter(|photo| photo.slot == slot).count();
        if have < least || have > most {
            missing.push(MissingShown {
                photos: Some((slot, have, least, most)),
                ..gap("missing_photos", None)
            });
        }
    }
    for purpose in needs.consents {
        if !case.consents.iter().any(|given| given.purpose == purpose) {
            missing.push(MissingShown { consent: Some(purpose), ..gap("missing_consent", None) });
        }
    }
    missing
}

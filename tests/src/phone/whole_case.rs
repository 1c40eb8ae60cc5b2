//! A whole application as an advisor fills it in at a dealer's yard: every field that is needed, six photos, the consents
//! that were read out.

use anyhow::{Context, Result};
use jiff::Timestamp;
use shared::document::{CapturedConsent, Field, Needs, PlanChosen, Section, Slot, Source, Stamp};
use shared::domain::{DocumentId, PhotoHash, PhotoId, Purpose, Recipient, SubmissionId};

use super::Phone;
use crate::world::in_checkout;

/// The customer's phone in these applications.
pub const CUSTOMER_PHONE: &str = "13800138000";

/// The value that a field has in such an application, where it has one.
pub fn sample(field: Field) -> Option<&'static str> {
    Some(match field {
        Field::Condition => "new",
        Field::Price => "12980000",
        Field::DownPayment => "3894000",
        Field::Term => "36",
        Field::ProductKind => "loan",
        Field::SaleRegion => "310000",
        Field::Dealer => "样本车行",
        Field::Vin => "LSVWY4180KN246094",
        Field::Brand => "样本",
        Field::Model => "轿车 1.5L",
        Field::Energy => "plug_in",
        Field::Class => "passenger",
        Field::Mileage => "10",
        Field::Name => "唐飞",
        Field::IdNumber => "110105198004197592",
        Field::Phone => CUSTOMER_PHONE,
        Field::HomeAddress => "上海市浦东新区样本路 1 号",
        _ => return None,
    })
}

/// Who fills it in, at this moment.
///
/// # Errors
/// When the phone has not heard whose it is.
pub fn stamp(phone: &Phone) -> Result<Stamp> {
    let offer = phone.storage.on_offer.as_ref().context("the phone has not heard whose it is")?;
    Ok(Stamp { source: Source::advisor(offer.account), at: Timestamp::now() })
}

/// Fills in everything that is needed and takes all photos; gives the photos.
///
/// # Errors
/// When the phone does not take it.
pub fn fill(phone: &mut Phone, document: DocumentId) -> Result<Vec<PhotoId>> {
    let card = std::fs::read(in_checkout("assets/cards/sample-1.jpg"))?;
    fill_with(phone, document, &card, |_, picture| PhotoHash::of(picture))
}

/// As [`fill`] with this picture of the card; `digest` says what the document claims of each picture.
///
/// # Errors
/// As there.
pub fn fill_with(
    phone: &mut Phone,
    document: DocumentId,
    card: &[u8],
    digest: impl Fn(Slot, &[u8]) -> PhotoHash,
) -> Result<Vec<PhotoId>> {
    let by = stamp(phone)?;
    for section in Section::ALL {
        let typed: Vec<_> = Field::of(*section).filter_map(|field| Some((field, sample(field)?))).collect();
        if !typed.is_empty() {
            phone.edit(document, |application| application.fill_section(&typed, &by))?;
        }
    }
    let plan = PlanChosen::parse(
        r#"{"plan":"new-car-loan","down_payment":3894000,"financed":9086000,"months":36,"monthly":280000,"annualised_cost":"0.0799"}"#,
    )
    .context("this is no plan")?;
    phone.edit(document, |application| application.choose_plan(&plan, &by))?;
    let version = phone.storage.on_offer.as_ref().map(|offer| offer.consents_version.clone());
    for purpose in [Purpose::ProcessIdentity, Purpose::RealNameCheck, Purpose::CreditQuery] {
        let consent = CapturedConsent {
            purpose,
            recipient: Recipient::Platform,
            text_version: version.clone().unwrap_or_default(),
            signature: None,
            source: by.source.clone(),
            at: by.at,
        };
        phone.edit(document, |application| application.capture_consent(&consent))?;
    }
    let other = std::fs::read(in_checkout("tests/fixtures/outside/outside-1.jpg"))?;
    let mut photos = Vec::new();
    for (number, slot) in
        [Slot::IdFront, Slot::IdBack, Slot::Vehicle, Slot::Vehicle, Slot::Vehicle, Slot::Vehicle]
            .into_iter()
            .enumerate()
    {
        // A JPEG with something behind its end is the same picture and another file.
        let picture = match slot {
            Slot::IdFront => card.to_vec(),
            _ => [other.as_slice(), &[u8::try_from(number)?]].concat(),
        };
        photos.push(phone.photograph_as(document, slot, &picture, digest(slot, &picture), &by)?);
    }
    Ok(photos)
}

/// Hands it in with everything that every application needs.
///
/// # Errors
/// When something is missing.
pub fn hand_in(phone: &mut Phone, document: DocumentId) -> Result<SubmissionId> {
    let by = stamp(phone)?;
    phone.hand_in(document, &Needs::standard(), &by)
}

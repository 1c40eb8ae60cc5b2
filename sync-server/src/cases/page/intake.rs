//! Pages on which the customer hands something in: welcome, consents, identity, reading, one thing again.

use jiff::SignedDuration;
use shared::{
    domain::{IdNumber, Recipient},
    flow::params::Thing,
};
use ui::customer::{
    Ask, AskWhat, ConsentIdentity, ConsentItem, ConsentPartners, CustomerPage, Identity, NameConfidence,
    PhotoAsk, Reading, Request, Welcome,
};

use super::{Facts, day_in_words, moment, partner_name};
use crate::{
    cases::{consent_texts::Asked, cutout::cutout, hand_in::today},
    photos::{CardReading, NAME_CONFIDENT, QualityFlag},
};

/// Minutes that the whole journey usually takes the customer.
const USUAL_MINUTES: u32 = 3;
/// Poor photos after which one may be used anyway.
const POOR_PHOTOS: u32 = 3;

pub(super) fn welcome(facts: &Facts) -> CustomerPage {
    CustomerPage::Welcome(Welcome {
        request: request(facts),
        minutes: USUAL_MINUTES,
        expires: moment(facts.customer.expires_at, facts.lang()),
    })
}

/// The request as a card.
pub(super) fn request(facts: &Facts) -> Request {
    let (lang, request) = (facts.lang(), facts.request());
    let product = facts.products.of_case(&facts.situation.flow);
    let product = product.as_ref();
    let price = request.vehicle.price.get();
    let down = request.down_payment.map(|amount| amount.get());
    Request {
        tenant: lang.pick(facts.tenant_zh.clone(), facts.tenant_en.clone()),
        dealer: Some(request.dealer.clone()),
        advisor: None,
        product: product.map(|p| p.name.get(lang).to_owned()).unwrap_or_default(),
        vehicle: request.description.clone(),
        condition: request.vehicle.condition.text(lang).to_owned(),
        price_fen: price,
        down_payment_fen: down,
        amount_fen: request.finance(product).get(),
        months: request.months.map(u32::from),
    }
}

pub(super) fn consent_identity(facts: &Facts) -> CustomerPage {
    CustomerPage::ConsentIdentity(ConsentIdentity {
        items: facts.asked.iter().map(|a| item(facts, a)).collect(),
    })
}

pub(super) fn consent_partners(facts: &Facts) -> CustomerPage {
    let named = facts.situation.facts().texts("consent.funders").len();
    let (funders, queries): (Vec<_>, Vec<_>) =
        facts.asked.iter().partition(|asked| matches!(asked.recipient, Recipient::Funder(_)));
    CustomerPage::ConsentPartners(ConsentPartners {
        queries: queries.into_iter().map(|asked| item(facts, asked)).collect(),
        funders: funders.into_iter().map(|asked| item(facts, asked)).collect(),
        new_funder: named > 0,
    })
}

fn item(facts: &Facts, asked: &Asked) -> ConsentItem {
    let lang = facts.lang();
    let name = facts.recipient_name(&asked.recipient);
    let until = facts.now + SignedDuration::from_hours(24 * i64::from(asked.text.days));
    ConsentItem {
        field: asked.field.clone(),
        title: asked.text.title.get(lang).replace("{name}", name.as_deref().unwrap_or_default()),
        recipient: name,
        data: asked.text.data.get(lang).to_owned(),
        purpose: asked.text.aim.get(lang).to_owned(),
        until: day_in_words(until, lang),
        text: asked.text.text.get(lang).to_owned(),
        optional: matches!(asked.recipient, Recipient::Funder(_)),
        ticked: false,
    }
}

pub(super) fn identity(facts: &Facts) -> CustomerPage {
    CustomerPage::Identity(Identity {
        id_number: String::new(),
        needs_phone: facts.phone.is_none(),
        phone: String::new(),
        photo: PhotoAsk::First,
    })
}

pub(super) fn more(facts: &Facts) -> CustomerPage {
    let asks = |thing| facts.things.contains(&thing);
    let from_person = facts.reviewers_words("request_more").filter(|_| facts.asked_by_reviewer());
    if asks(Thing::Photo) {
        return photo_again(facts);
    }
    if asks(Thing::Phone) {
        let what = AskWhat::Phone(String::new());
        return CustomerPage::Ask(Ask { what, code: "phone_asked_again".to_owned(), from_person });
    }
    if asks(Thing::ConfirmName) && from_person.is_some() {
        let what = AskWhat::Name(facts.name.clone().unwrap_or_default());
        return CustomerPage::Ask(Ask { what, code: "name_asked_again".to_owned(), from_person });
    }
    reading(facts, asks(Thing::ConfirmName))
}

impl Facts {
    /// Whether the block asks for what a reviewer chose a moment ago.
    fn asked_by_reviewer(&self) -> bool {
        self.situation.customer_in("request-more").is_some_and(|wait| wait.params["reviewer_chooses"] == true)
    }
}

fn photo_again(facts: &Facts) -> CustomerPage {
    let count = facts.photo.as_ref().map_or(0, |photo| photo.count);
    let from_person = facts.reviewers_words("request_more").filter(|_| asked_by_person(facts));
    let flags =
        facts.reading.as_ref().and_then(|reading| reading.quality.as_ref()).map(|quality| &quality.flags);
    let code = match flags.and_then(|flags| flags.first()) {
        _ if from_person.is_some() => "photo_asked_by_person".to_owned(),
        _ if facts.steps.last().is_some_and(|step| step.outcome == "retake") => "photo_other_card".to_owned(),
        Some(QualityFlag::NoCard) => "photo_no_card".to_owned(),
        Some(QualityFlag::CutOff) => "photo_cut_off".to_owned(),
        Some(QualityFlag::TooSmall) => "photo_too_small".to_owned(),
        Some(QualityFlag::Blurred) => "photo_blurred".to_owned(),
        Some(QualityFlag::Glare) => "photo_glare".to_owned(),
        Some(QualityFlag::Colourless) => "photo_colourless".to_owned(),
        None | Some(QualityFlag::GlareElsewhere) => "photo_unreadable".to_owned(),
    };
    CustomerPage::Ask(Ask {
        what: AskWhat::Photo(PhotoAsk::Again {
            code: code.clone(),
            attempts: count,
            photo_url: facts.photo.as_ref().map(|_| facts.address("photo.jpg")),
            may_use_anyway: from_person.is_none() && count >= POOR_PHOTOS,
        }),
        code,
        from_person,
    })
}

/// A person asked for this photo, and none has come since.
fn asked_by_person(facts: &Facts) -> bool {
    let photo = facts.photo.as_ref().map(|photo| photo.at);
    facts.review.as_ref().is_some_and(|review| photo.is_none_or(|at| at < review.at))
}

fn reading(facts: &Facts, partner_disagrees: bool) -> CustomerPage {
    let lang = facts.lang();
    let card = facts.reading.as_ref().and_then(|reading| reading.card.as_ref());
    let read_name = card.map(|card| card.name.text.clone()).filter(|name| !name.is_empty());
    let sure = card.is_some_and(|card| card.name.confidence >= NAME_CONFIDENT);
    // What the advisor typed is a better start than a name that was read badly or not at all.
    let brought = facts.brought.as_ref().and_then(|(_, brought)| brought.name.clone());
    let proposed = if sure { read_name.clone() } else { brought.or(read_name.clone()) };
    let confidence = match (&read_name, partner_disagrees) {
        (_, true) => NameConfidence::PartnerDisagrees,
        (None, _) => NameConfidence::NotRead,
        (Some(_), _) if sure => NameConfidence::Sure,
        _ => NameConfidence::Unsure,
    };
    let number = facts.id_number.as_deref().and_then(|text| IdNumber::parse(text, today(facts.now)).ok());
    let shown = |card: &CardReading, region| {
        Some(cutout(facts.address("photo.jpg"), facts.reading.as_ref()?, card, region))
    };
    CustomerPage::Reading(Reading {
        name: facts.name.clone().or(proposed).unwrap_or_default(),
        confidence,
        alternatives: Vec::new(),
        id_number_masked: number.as_ref().map(IdNumber::masked).unwrap_or_default(),
        sex: number.as_ref().map(|number| number.sex().text(lang).to_owned()).unwrap_or_default(),
        ethnicity: card.map(|card| card.ethnicity.text.clone()).unwrap_or_default(),
        birth: number.map(|number| number.birth().to_string()).unwrap_or_default(),
        address: card.map(|card| card.address.text.clone()).unwrap_or_default(),
        card: card.and_then(|card| shown(card, None)),
        name_line: card
            .filter(|card| !card.name.text.is_empty())
            .and_then(|card| shown(card, Some(card.name.region))),
    })
}

impl Facts {
    /// A recipient as the customer knows it.
    pub(super) fn recipient_name(&self, recipient: &Recipient) -> Option<String> {
        let lang = self.lang();
        match recipient {
            Recipient::Platform => None,
            Recipient::Funder(key) => Some(self.funders.name(key, lang)),
            Recipient::Partner(key) => Some(partner_name(key, lang).unwrap_or(key).to_owned()),
        }
    }
}

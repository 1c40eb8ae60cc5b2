//! Pages on which the customer hands something in: welcome, consents, identity, reading, one thing again.

use jiff::SignedDuration;
use shared::{
    domain::{IdNumber, Recipient},
    flow::Wait,
};
use ui::customer::{
    Ask, AskWhat, ConsentIdentity, ConsentItem, ConsentPartners, CustomerPage, Identity, NameConfidence,
    PhotoAsk, Reading, Request, Welcome,
};

use super::{Facts, day_in_words, moment};
use crate::{
    cases::{Situation, consent_texts::Asked, hand_in::today},
    photos::NAME_CONFIDENT,
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
    let product = facts.products.product(&request.product);
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

pub(super) fn more(facts: &Facts, wait: &Wait) -> CustomerPage {
    let things = Situation::asked_things(wait);
    if things.contains(&"photo") {
        return photo_again(facts);
    }
    reading(facts, things.contains(&"confirm_name"))
}

fn photo_again(facts: &Facts) -> CustomerPage {
    let count = facts.photo.as_ref().map_or(0, |photo| photo.count);
    let flow_facts = facts.situation.facts();
    let code = match flow_facts.text("photo.problem").or(flow_facts.text("ocr.problem")) {
        Some(problem) => format!("photo_{problem}"),
        None => "photo_asked_by_person".to_owned(),
    };
    CustomerPage::Ask(Ask {
        what: AskWhat::Photo(PhotoAsk::Again {
            code: code.clone(),
            attempts: count,
            photo_url: facts.photo.as_ref().map(|_| facts.address("photo.jpg")),
            may_use_anyway: count >= POOR_PHOTOS,
        }),
        code,
        from_person: facts.review_note.clone(),
    })
}

fn reading(facts: &Facts, partner_disagrees: bool) -> CustomerPage {
    let lang = facts.lang();
    let card = facts.reading.as_ref().and_then(|reading| reading.card.as_ref());
    let read_name = card.map(|card| card.name.text.clone()).filter(|name| !name.is_empty());
    let sure = card.is_some_and(|card| card.name.confidence >= NAME_CONFIDENT);
    let confidence = match (&read_name, partner_disagrees) {
        (_, true) => NameConfidence::PartnerDisagrees,
        (None, _) => NameConfidence::NotRead,
        (Some(_), _) if sure => NameConfidence::Sure,
        _ => NameConfidence::Unsure,
    };
    let number = facts.id_number.as_deref().and_then(|text| IdNumber::parse(text, today(facts.now)).ok());
    CustomerPage::Reading(Reading {
        name: facts.name.clone().or(read_name).unwrap_or_default(),
        confidence,
        alternatives: Vec::new(),
        id_number_masked: number.as_ref().map(IdNumber::masked).unwrap_or_default(),
        sex: number.as_ref().map(|number| number.sex().text(lang).to_owned()).unwrap_or_default(),
        ethnicity: card.map(|card| card.ethnicity.text.clone()).unwrap_or_default(),
        birth: number.map(|number| number.birth().to_string()).unwrap_or_default(),
        address: card.map(|card| card.address.text.clone()).unwrap_or_default(),
        card_url: facts.photo.as_ref().map(|_| facts.address("photo.jpg")),
        name_url: None,
    })
}

impl Facts {
    /// A recipient as the customer knows it.
    pub(super) fn recipient_name(&self, recipient: &Recipient) -> Option<String> {
        let lang = self.lang();
        match recipient {
            Recipient::Platform => None,
            Recipient::Funder(key) => Some(self.products.funder_name(key, lang)),
            Recipient::Partner(key) => Some(
                match key.as_str() {
                    "realname" => lang.pick("实名核验机构", "the real-name service"),
                    "bureau" => lang.pick("征信机构", "the credit bureau"),
                    "valuation" => lang.pick("车辆评估机构", "the valuation service"),
                    "ca" => lang.pick("电子认证机构", "the certification authority"),
                    other => other,
                }
                .to_owned(),
            ),
        }
    }
}

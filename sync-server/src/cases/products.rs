//! What is on offer: products with their flows, plans, funders and consent texts, as data shipped with the release.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde::Deserialize;
use shared::{
    domain::{
        Age, Applicant, Application, Condition, Funder, FunderCatalogue, FunderKey, Grade, Inquiry, Lang,
        Limits, PlanCatalogue, PlanKind, PlannedOffer, QuotaUsed, Region, Texts, Wish, match_funders, rank,
    },
    flow::{Facts, Flow},
};

use super::{CaseRequest, consent_texts::ConsentTexts, hand_in::today};
use crate::flows::Library;

const FLOWS: [(&str, &str); 2] = [
    ("new-car-loan", include_str!("../../../assets/flows/new-car-loan.json")),
    ("used-car-leaseback", include_str!("../../../assets/flows/used-car-leaseback.json")),
];

/// The plans as this release ships them.
const PLANS: &str = include_str!("../../../assets/plans/catalogue.json");
/// The limits as this release ships them.
const LIMITS: &str = include_str!("../../../assets/plans/limits.json");

/// A product that a link can be made for.
#[derive(Debug, Clone, Deserialize)]
pub struct Product {
    /// Its key, which is its flow's.
    pub key: String,
    /// New or used vehicles.
    pub condition: Condition,
    /// Plans of these kinds.
    pub kinds: Vec<PlanKind>,
    /// Down payment that candidate funders are looked for with, where the customer wishes none, percent of the price.
    pub default_down_payment_percent: u8,
    /// Its name.
    pub name: Texts,
}

/// Everything on offer.
pub struct Products {
    products: Vec<Product>,
    flows: BTreeMap<String, (Arc<Flow>, String, &'static str)>,
    /// The plans.
    pub plans: PlanCatalogue,
    /// What no plan may exceed, with dates.
    pub limits: Limits,
    /// The funders.
    pub funders: FunderCatalogue,
    /// Words of the consents.
    pub consent_texts: Arc<ConsentTexts>,
}

impl Products {
    /// Reads what this release ships.
    ///
    /// # Errors
    /// When a file does not parse, or a flow cannot run: the release is broken, and a test says so first.
    pub fn shipped() -> anyhow::Result<Self> {
        let mut flows = BTreeMap::new();
        for (key, definition) in FLOWS {
            let flow = Flow::parse(definition)?;
            flows.insert(key.to_owned(), (Arc::new(flow), Library::hash(definition), definition));
        }
        Ok(Self {
            products: serde_json::from_str(include_str!("../../../assets/products/products.json"))?,
            flows,
            plans: PlanCatalogue::parse(PLANS)?,
            limits: Limits::parse(LIMITS)?,
            funders: FunderCatalogue::parse(include_str!("../../../assets/funders/catalogue.json"))?,
            consent_texts: Arc::new(ConsentTexts::shipped()?),
        })
    }

    /// Plans and limits as files, for devices that calculate without a network.
    pub fn shipped_figures() -> (&'static str, &'static str) {
        (PLANS, LIMITS)
    }

    /// All products, in the order in which they are shown.
    pub fn all(&self) -> &[Product] {
        &self.products
    }

    /// The product with this key.
    pub fn product(&self, key: &str) -> Option<&Product> {
        self.products.iter().find(|product| product.key == key)
    }

    /// The live flow of a product, with its version's hash.
    pub fn flow(&self, product: &str) -> Option<(Arc<Flow>, String)> {
        self.flows.get(product).map(|(flow, hash, _)| (flow.clone(), hash.clone()))
    }

    /// Every live flow as `(key, definition)`, for the library.
    pub fn definitions(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.flows.iter().map(|(key, (_, _, definition))| (key.as_str(), *definition))
    }

    /// Funders that could take such a request, before anything is known of the customer: those that the consent page
    /// may name. Opening hours do not matter yet.
    pub fn candidate_funders(&self, request: &CaseRequest, now: Timestamp) -> Vec<String> {
        let Some(product) = self.product(&request.product) else { return Vec::new() };
        let mut found: Vec<String> = Vec::new();
        for grade in [Grade::A, Grade::C] {
            let inquiry = self.inquiry(request, product, ADULT_IN_MIDDLE_AGE, grade, now);
            let Some(inquiry) = inquiry else { continue };
            for offer in rank(&self.plans, &self.limits, &inquiry).offers.iter().take(3) {
                let Some(application) = self.application(offer, &inquiry) else { continue };
                for eligible in match_funders(&self.funders, &application, now, &QuotaUsed::new()).eligible {
                    let key = eligible.funder.to_string();
                    if !found.contains(&key) {
                        found.push(key);
                    }
                }
            }
        }
        found.truncate(MOST_NAMED);
        found
    }

    /// What ranking looks at, from the request and the facts of a case.
    pub fn inquiry_of(&self, request: &CaseRequest, facts: &Facts, now: Timestamp) -> Option<Inquiry> {
        let product = self.product(&request.product)?;
        let age = u8::try_from(facts.number("id.age")?).ok()?;
        let grade = Grade::from_letter(facts.text("score.grade")?.chars().next()?)?;
        self.inquiry(request, product, age, grade, now)
    }

    /// The application that an offer makes; `None` for a plan that is gone.
    pub fn application(&self, offer: &PlannedOffer, inquiry: &Inquiry) -> Option<Application> {
        Application::of(self.plans.get(&offer.plan)?, offer, &inquiry.vehicle, &inquiry.applicant).ok()
    }

    /// The funder with this key.
    pub fn funder(&self, key: &str) -> Option<&Funder> {
        self.funders.get(&FunderKey::try_from(key.to_owned()).ok()?)
    }

    /// A funder's name as customers know it; its key where it is gone.
    pub fn funder_name(&self, key: &str, lang: Lang) -> String {
        self.funder(key).map_or_else(|| key.to_owned(), |funder| funder.name.get(lang).to_owned())
    }

    fn inquiry(
        &self,
        request: &CaseRequest,
        product: &Product,
        age: u8,
        grade: Grade,
        now: Timestamp,
    ) -> Option<Inquiry> {
        Some(Inquiry {
            wish: Wish { kinds: product.kinds.clone(), ..request.wish() },
            vehicle: request.vehicle.clone(),
            applicant: Applicant {
                age: Age::new(age).ok()?,
                grade,
                region: request.region.parse::<Region>().ok()?,
            },
            today: today(now),
        })
    }
}

/// Stands for the customer before anything is known of them.
const ADULT_IN_MIDDLE_AGE: u8 = 35;
/// Most funders that one consent page names.
const MOST_NAMED: usize = 5;

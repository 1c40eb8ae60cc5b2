//! What is on offer: products as their flows describe them; plans, funders and consent texts as data shipped with the
//! release.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use rusqlite::Connection;
use shared::{
    domain::{
        Age, Applicant, Application, Condition, Energy, Fen, FunderCatalogue, Grade, Inquiry, Lang, Limits,
        PlanCatalogue, PlannedOffer, ProductTerms, QuotaUsed, Region, Steering, TenantId, Texts, Wish,
        match_steered, rank,
    },
    flow::{Facts, Flow},
};

use super::{CaseRequest, consent_texts::ConsentTexts, hand_in::today};
use crate::{
    flows::{Library, SHIPPED},
    own_funders::{Funders, OwnFunders},
    problem::Problem,
    store::StoreError,
};

/// The plans as this release ships them.
const PLANS: &str = include_str!("../../../assets/plans/catalogue.json");
/// The limits as this release ships them.
const LIMITS: &str = include_str!("../../../assets/plans/limits.json");

/// A product: what a flow sells.
#[derive(Debug, Clone)]
pub struct Product {
    /// Its key, which is its flow's.
    pub key: String,
    /// Its name.
    pub name: Texts,
    /// Which vehicles, which kinds of plan, from which down payment on.
    pub terms: ProductTerms,
}

impl Product {
    /// The product of a flow that says what it sells.
    pub fn of(flow: &Flow) -> Option<Self> {
        let terms = flow.product.clone()?;
        Some(Self { key: flow.key.clone(), name: flow.name.clone(), terms })
    }

    /// Whether vehicles of this kind are sold under it.
    pub fn fits(&self, condition: Condition, energy: Energy) -> bool {
        let wanted = self.terms.new_energy;
        self.terms.condition == condition && wanted.is_none_or(|wanted| wanted == energy.is_new_energy())
    }

    /// Holds a request against what is sold.
    ///
    /// # Errors
    /// 422 naming the field that does not fit.
    pub fn check(&self, request: &CaseRequest) -> Result<(), Problem> {
        let vehicle = &request.vehicle;
        if self.terms.condition != vehicle.condition {
            return Err(Problem::invalid(
                "vehicle.condition",
                "vehicle_condition_unfit",
                "This product is for the other condition of vehicle, new or used. Choose another product.",
            ));
        }
        if !self.fits(vehicle.condition, vehicle.energy) {
            return Err(Problem::invalid(
                "vehicle.energy",
                "vehicle_energy_unfit",
                "This product is not for vehicles with such a drive. Choose another product.",
            ));
        }
        if request.down_payment.is_some_and(|down| down < self.least_down_payment(vehicle.price)) {
            return Err(Problem::invalid(
                "down_payment_fen",
                "down_payment_too_small",
                format!(
                    "This product asks for at least {} % of the price as down payment. Raise it.",
                    self.terms.least_down_payment_percent
                ),
            ));
        }
        Ok(())
    }

    /// The least down payment for this price, rounded up to whole fen.
    pub fn least_down_payment(&self, price: Fen) -> Fen {
        let percent = i64::from(self.terms.least_down_payment_percent);
        Fen::new((price.get().saturating_mul(percent) + 99) / 100).unwrap_or(price)
    }
}

/// Everything that products are made of besides their flows.
pub struct Products {
    shipped: Vec<Product>,
    /// The plans.
    pub plans: PlanCatalogue,
    /// What no plan may exceed, with dates.
    pub limits: Limits,
    shipped_funders: FunderCatalogue,
    /// Each company's funders, where it has some of its own.
    pub(crate) own_funders: OwnFunders,
    /// Words of the consents.
    pub consent_texts: Arc<ConsentTexts>,
}

impl Products {
    /// Reads what this release ships.
    ///
    /// # Errors
    /// When a file does not parse, or a flow cannot run: the release is broken, and a test says so first.
    pub fn shipped() -> anyhow::Result<Self> {
        let mut shipped = Vec::new();
        for (_, definition) in SHIPPED {
            shipped.extend(Product::of(&Flow::parse(definition)?));
        }
        let shipped_funders = FunderCatalogue::parse(include_str!("../../../assets/funders/catalogue.json"))?;
        Ok(Self {
            shipped,
            plans: PlanCatalogue::parse(PLANS)?,
            limits: Limits::parse(LIMITS)?,
            own_funders: OwnFunders::beside(&shipped_funders),
            shipped_funders,
            consent_texts: Arc::new(ConsentTexts::shipped()?),
        })
    }

    /// The funders as this release ships them. Whose case it is says which there are: [`Products::funders_of`].
    pub fn shipped_funders(&self) -> &FunderCatalogue {
        &self.shipped_funders
    }

    /// The company's funders: those of the release and its own.
    pub fn funders_of(&self, tenant: TenantId) -> Arc<Funders> {
        self.own_funders.of(tenant)
    }

    /// Plans and limits as files, for devices that calculate without a network.
    pub fn shipped_figures() -> (&'static str, &'static str) {
        (PLANS, LIMITS)
    }

    /// The product of a case: what its version of the flow says. A version from before flows said it sells what the flow
    /// of this key is shipped with, from no down payment on.
    pub fn of_case(&self, flow: &Flow) -> Option<Product> {
        Product::of(flow).or_else(|| {
            let mut product = self.shipped.iter().find(|product| product.key == flow.key)?.clone();
            product.terms.least_down_payment_percent = 0;
            Some(product)
        })
    }

    /// The products of these flow versions, by their hashes.
    ///
    /// # Errors
    /// When the versions cannot be read.
    pub fn of_versions(
        &self,
        conn: &Connection,
        library: &Library,
        hashes: impl IntoIterator<Item = String>,
    ) -> Result<BTreeMap<String, Product>, StoreError> {
        let mut products = BTreeMap::new();
        for hash in hashes {
            if products.contains_key(&hash) {
                continue;
            }
            let flow = library.get(conn, &hash)?;
            if let Some(product) = flow.and_then(|flow| self.of_case(&flow)) {
                products.insert(hash, product);
            }
        }
        Ok(products)
    }

    /// Funders that could take such a request, before anything is known of the customer: those that the consent page
    /// may name. Opening hours do not matter yet. Those that get no new applications are named only where nobody else is
    /// left: by the time the case gets there they may be open again.
    pub fn candidate_funders(
        &self,
        funders: &Funders,
        request: &CaseRequest,
        product: &Product,
        now: Timestamp,
        steering: &Steering,
    ) -> Vec<String> {
        let found = self.candidates(funders, request, product, now, steering);
        if found.is_empty() {
            self.candidates(funders, request, product, now, &Steering::default())
        } else {
            found
        }
    }

    fn candidates(
        &self,
        funders: &Funders,
        request: &CaseRequest,
        product: &Product,
        now: Timestamp,
        steering: &Steering,
    ) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for grade in [Grade::A, Grade::C] {
            let inquiry = self.inquiry(request, product, ADULT_IN_MIDDLE_AGE, grade, now);
            let Some(inquiry) = inquiry else { continue };
            for offer in rank(&self.plans, &self.limits, &inquiry).offers.iter().take(3) {
                let Some(application) = self.application(offer, &inquiry) else { continue };
                let matched =
                    match_steered(funders.matching(), &application, now, &QuotaUsed::new(), steering);
                for eligible in matched.eligible {
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

    /// What ranking looks at, from the request, the flow and the facts of a case.
    pub fn inquiry_of(
        &self,
        request: &CaseRequest,
        flow: &Flow,
        facts: &Facts,
        now: Timestamp,
    ) -> Option<Inquiry> {
        let product = self.of_case(flow)?;
        let age = u8::try_from(facts.number("id.age")?).ok()?;
        let grade = Grade::from_letter(facts.text("score.grade")?.chars().next()?)?;
        self.inquiry(request, &product, age, grade, now)
    }

    /// The application that an offer makes; `None` for a plan that is gone.
    pub fn application(&self, offer: &PlannedOffer, inquiry: &Inquiry) -> Option<Application> {
        Application::of(self.plans.get(&offer.plan)?, offer, &inquiry.vehicle, &inquiry.applicant).ok()
    }

    /// A funder's name as the company's customers know it; its key where it is gone.
    pub fn funder_name(&self, tenant: TenantId, key: &str, lang: Lang) -> String {
        self.funders_of(tenant).name(key, lang)
    }

    fn inquiry(
        &self,
        request: &CaseRequest,
        product: &Product,
        age: u8,
        grade: Grade,
        now: Timestamp,
    ) -> Option<Inquiry> {
        let wish = request.wish();
        let least = product.least_down_payment(request.vehicle.price);
        let down_payment = wish.down_payment.max((least > Fen::ZERO).then_some(least));
        Some(Inquiry {
            wish: Wish { kinds: product.terms.kinds.clone(), down_payment, ..wish },
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

//! The funders of each company: those of the release and its own, in memory.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, PoisonError, RwLock},
};

use shared::domain::{Funder, FunderCatalogue, FunderKey, Lang, TenantId};
use tokio::sync::{Mutex, MutexGuard};

use super::Stage;

/// One company's funders.
pub struct Funders {
    matching: FunderCatalogue,
    tried: FunderCatalogue,
    own: BTreeMap<FunderKey, (Stage, Funder)>,
}

impl Funders {
    fn new(shipped: &FunderCatalogue, own: impl IntoIterator<Item = (Stage, Funder)>) -> Self {
        let own: BTreeMap<_, _> = own.into_iter().map(|one| (one.1.key.clone(), one)).collect();
        let of = |stages: &[Stage]| {
            shipped.with(own.values().filter(|one| stages.contains(&one.0)).map(|one| &one.1))
        };
        Self { matching: of(&[Stage::Live]), tried: of(&[Stage::Live, Stage::Tested]), own }
    }

    /// Whom new applications may go to: of the company's own, those that were switched on and are not retired.
    pub fn matching(&self) -> &FunderCatalogue {
        &self.matching
    }

    /// These and those that are about to be switched on: for what that would change.
    pub fn tried(&self) -> &FunderCatalogue {
        &self.tried
    }

    /// The funder with this key, also where it gets no new cases any more.
    pub fn get(&self, key: &str) -> Option<&Funder> {
        let key = FunderKey::try_from(key.to_owned()).ok()?;
        self.matching.get(&key).or_else(|| self.own.get(&key).map(|(_, funder)| funder))
    }

    /// Its name as customers know it; its key where it is gone.
    pub fn name(&self, key: &str, lang: Lang) -> String {
        self.get(key).map_or_else(|| key.to_owned(), |funder| funder.name.get(lang).to_owned())
    }

    /// Every funder's key and name, also of those that get no new cases any more.
    pub fn names(&self, lang: Lang) -> Vec<(String, String)> {
        let others = self.own.values().map(|(_, funder)| funder);
        let others = others.filter(|funder| self.matching.get(&funder.key).is_none());
        let all = self.matching.funders().iter().chain(others);
        all.map(|funder| (funder.key.to_string(), funder.name.get(lang).to_owned())).collect()
    }

    /// The company's own funders.
    pub(crate) fn own(&self) -> impl Iterator<Item = &(Stage, Funder)> {
        self.own.values()
    }
}

/// All companies' funders.
pub struct OwnFunders {
    shipped: FunderCatalogue,
    /// Of companies without any of their own.
    usual: Arc<Funders>,
    companies: RwLock<HashMap<TenantId, Arc<Funders>>>,
    reading: Mutex<()>,
}

impl OwnFunders {
    /// Nobody's yet, beside those of the release.
    pub fn beside(shipped: &FunderCatalogue) -> Self {
        Self {
            usual: Arc::new(Funders::new(shipped, [])),
            shipped: shipped.clone(),
            companies: RwLock::default(),
            reading: Mutex::default(),
        }
    }

    /// The company's funders.
    pub fn of(&self, tenant: TenantId) -> Arc<Funders> {
        let companies = self.companies.read().unwrap_or_else(PoisonError::into_inner);
        companies.get(&tenant).unwrap_or(&self.usual).clone()
    }

    /// Whose own funder has this key.
    pub fn owner(&self, key: &str) -> Option<TenantId> {
        let key = FunderKey::try_from(key.to_owned()).ok()?;
        let companies = self.companies.read().unwrap_or_else(PoisonError::into_inner);
        companies.iter().find(|(_, funders)| funders.own.contains_key(&key)).map(|(tenant, _)| *tenant)
    }

    /// Lets these be the company's own from now on.
    pub(super) fn set(&self, tenant: TenantId, own: impl IntoIterator<Item = (Stage, Funder)>) {
        let funders = Arc::new(Funders::new(&self.shipped, own));
        self.companies.write().unwrap_or_else(PoisonError::into_inner).insert(tenant, funders);
    }

    /// One reads at a time, so that nobody sets what was read before somebody else's.
    pub(super) async fn reading(&self) -> MutexGuard<'_, ()> {
        self.reading.lock().await
    }
}

//! Lines to funders that a company added itself: only that company's calls find them, and none leads into anybody's own
//! network.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, PoisonError, RwLock},
};

use reqwest::{Client, Url};
use shared::{
    domain::TenantId,
    protocol::partners::{PartnerToken, dialect::Dialect},
};

use super::{Control, Partner, PartnerFailure, PartnerSettings, Partners, Unavailable, line::Line};
use crate::{outgoing::Guard, world::World};

/// What all own funders' lines are counted under: companies may add as many as they like.
const LABEL: &str = "funders/own";

/// Every company's own lines.
pub(super) type OwnLines = Arc<RwLock<HashMap<TenantId, BTreeMap<Partner, Arc<Line>>>>>;

/// One funder's line, as its company has entered it.
#[derive(Clone)]
pub struct OwnLine {
    /// The funder.
    pub key: PartnerToken,
    /// Where it is reached, and how it is treated.
    pub settings: PartnerSettings,
    /// How its answers are read.
    pub dialect: Arc<Dialect>,
}

/// What a line's connections go over.
#[derive(Clone)]
pub(super) enum Wire {
    /// The server's own client: an operator entered the address.
    Ours,
    /// Somebody at a company entered the address: it is looked up, looked at and kept to.
    Guarded(Guard),
}

impl Wire {
    /// What connects to this address.
    pub(super) async fn client(&self, world: &World, url: &Url) -> Result<Client, PartnerFailure> {
        match self {
            Self::Ours => Ok(world.http.clone()),
            Self::Guarded(guard) => guard.client(url).await.map_err(|code| {
                PartnerFailure::Unavailable(match code.as_str() {
                    "name_unknown" => Unavailable::Connect,
                    _ => Unavailable::Inside,
                })
            }),
        }
    }

    /// What it is counted under.
    pub(super) fn label(&self, name: &str) -> String {
        match self {
            Self::Ours => name.to_owned(),
            Self::Guarded(_) => LABEL.to_owned(),
        }
    }
}

impl Partners {
    /// Lets these be the company's own funders from now on. What breakers have learnt stays where the address stays.
    pub fn set_own(&self, tenant: TenantId, lines: Vec<OwnLine>, guard: &Guard) {
        let mut all = self.own.write().unwrap_or_else(PoisonError::into_inner);
        let mut before = all.remove(&tenant).unwrap_or_default();
        let mut now = BTreeMap::new();
        for OwnLine { key, settings, dialect } in lines {
            let partner = Partner::Funder(key);
            // Until something is set for it nothing goes to it.
            self.set_control(tenant, partner.clone(), 0, Control::usual(&partner));
            let line = match before.remove(&partner) {
                Some(before) => before.adjusted(settings),
                None => Line::new(partner.to_string(), settings),
            };
            now.insert(partner, Arc::new(line.over(Wire::Guarded(guard.clone()), dialect)));
        }
        all.insert(tenant, now);
    }

    /// The company's own line to this partner.
    pub(super) fn own_line(&self, partner: &Partner) -> Option<Arc<Line>> {
        let all = self.own.read().unwrap_or_else(PoisonError::into_inner);
        all.get(&self.tenant?)?.get(partner).cloned()
    }

    /// The company's own partners, in their order.
    pub(super) fn own_partners(&self) -> Vec<Partner> {
        let all = self.own.read().unwrap_or_else(PoisonError::into_inner);
        let of = |tenant| Some(all.get(&tenant)?.keys().cloned().collect());
        self.tenant.and_then(of).unwrap_or_default()
    }

    /// The same lines without what the company has set: for a question that means nothing.
    pub fn unsteered(&self) -> Self {
        let mut this = self.clone();
        this.unsteered = true;
        this
    }
}

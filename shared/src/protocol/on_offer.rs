//! What a device needs to know to work without a network: plans to calculate with, consents to read out, whose it is.

use crate::domain::{AccountId, Condition, Limits, PlanCatalogue, PlanKind, Texts};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Largest of these, in bytes of JSON (256 KiB).
pub const MAX_ON_OFFER_BYTES: usize = 256 * 1024;

/// What is on offer, as the server last said it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OnOffer {
    /// Whose device it is.
    pub account: AccountId,
    /// What they are called.
    pub name: String,
    /// The key that photos are sealed with: X25519, 64 hexadecimal digits.
    pub photo_key: String,
    /// The products.
    pub products: Vec<ProductOnOffer>,
    /// The plan catalogue, as [`PlanCatalogue::parse`] reads it.
    pub plans: Value,
    /// What no plan may exceed, as [`Limits::parse`] reads it.
    pub limits: Value,
    /// The consents' words, in the order in which they are asked.
    pub consents: Vec<ConsentOnOffer>,
    /// The version of the consents' words.
    pub consents_version: String,
}

/// A product that a case can be begun for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProductOnOffer {
    /// Its key, which is its flow's.
    pub key: String,
    /// New or used vehicles.
    pub condition: Condition,
    /// Plans of these kinds.
    pub kinds: Vec<PlanKind>,
    /// Its name.
    pub name: Texts,
}

/// A consent as the customer reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConsentOnOffer {
    /// The purpose's stable name.
    pub purpose: String,
    /// Towards whom, as [`Recipient`](crate::domain::Recipient) is written.
    pub recipient: String,
    /// Days that it holds.
    pub days: u16,
    /// What is agreed to.
    pub title: Texts,
    /// Which data.
    pub data: Texts,
    /// What for.
    pub aim: Texts,
    /// All of it.
    pub text: Texts,
}

impl OnOffer {
    /// Reads what [`OnOffer::to_bytes`] wrote.
    pub fn read(bytes: &[u8]) -> Option<OnOffer> {
        if bytes.len() > MAX_ON_OFFER_BYTES {
            return None;
        }
        serde_json::from_slice(bytes).ok()
    }

    /// As bytes for the way.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The plans, where this program can read them.
    pub fn plan_catalogue(&self) -> Option<PlanCatalogue> {
        PlanCatalogue::parse(&self.plans.to_string()).ok()
    }

    /// The limits, where this program can read them.
    pub fn plan_limits(&self) -> Option<Limits> {
        Limits::parse(&self.limits.to_string()).ok()
    }

    /// The product for such a vehicle and such a kind of plan.
    pub fn product(&self, condition: Condition, kind: PlanKind) -> Option<&ProductOnOffer> {
        self.products.iter().find(|product| product.condition == condition && product.kinds.contains(&kind))
    }

    /// The key that photos are sealed with.
    pub fn photo_key_bytes(&self) -> Option<[u8; 32]> {
        let mut key = [0; 32];
        if self.photo_key.len() != 64 || !self.photo_key.is_ascii() {
            return None;
        }
        for (byte, pair) in key.iter_mut().zip(self.photo_key.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(key)
    }
}

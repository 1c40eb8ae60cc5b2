//! What the lab did under which idempotency key: the first answer is kept and given again.

use std::{
    collections::{HashMap, VecDeque, hash_map::RandomState},
    hash::BuildHasher,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use serde::Serialize;

use super::callbacks::Callback;

/// Answers kept in each of [`SHARDS`] shards; the oldest go first (about 100,000 in all).
const MAX_KEPT_PER_SHARD: usize = 6_250;
const SHARDS: usize = 16;

/// An answer as it was first given.
#[derive(Clone)]
pub(super) struct Given {
    pub(super) content_type: &'static str,
    pub(super) body: Bytes,
    pub(super) callback: Option<Arc<Callback>>,
}

/// What happened under one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Effect {
    pub(super) partner: String,
    pub(super) key: String,
    /// Requests with this key, refused and failed ones included.
    pub(super) requests: u32,
    /// How often something was done: 0 or 1.
    pub(super) effects: u32,
    /// Other keys under which the same partner did something for the very same body: a caller that lost its key.
    pub(super) same_body_under_other_keys: u32,
}

struct Kept {
    requests: u32,
    done: Option<(u64, Given)>,
}

#[derive(Default)]
struct Shard {
    kept: HashMap<(String, String), Kept>,
    order: VecDeque<(String, String)>,
}

/// The memory of all partners.
#[derive(Default)]
pub(super) struct Effects {
    shards: [Mutex<Shard>; SHARDS],
    /// Keyed with randomness of this process: the hash of a body must not give away an ID number.
    hasher: RandomState,
}

/// The same key with another body.
pub(super) struct KeyReused;

impl Effects {
    /// Counts a request; its number under this key, from 1.
    pub(super) fn count_request(&self, partner: &str, key: &str) -> u32 {
        let mut shard = self.shard(partner, key);
        let kept = shard.entry(partner, key);
        kept.requests = kept.requests.saturating_add(1);
        kept.requests
    }

    /// The answer first given under this key, or the one that `act` makes now. `act` runs at most once a key; when it
    /// refuses, nothing was done and nothing is kept. The flag says whether the answer is new.
    pub(super) fn first<R>(
        &self,
        partner: &str,
        key: &str,
        body: &[u8],
        act: impl FnOnce() -> Result<Given, R>,
    ) -> Result<Result<(Given, bool), R>, KeyReused> {
        let fingerprint = self.hasher.hash_one(body);
        let mut shard = self.shard(partner, key);
        let kept = shard.entry(partner, key);
        match &kept.done {
            Some((known, given)) if *known == fingerprint => Ok(Ok((given.clone(), false))),
            Some(_) => Err(KeyReused),
            None => Ok(act().map(|given| {
                kept.done = Some((fingerprint, given.clone()));
                (given, true)
            })),
        }
    }

    /// Everything remembered, ordered by partner and key.
    pub(super) fn all(&self) -> Vec<Effect> {
        let mut bodies: HashMap<(String, u64), u32> = HashMap::new();
        let mut rows = Vec::new();
        for shard in &self.shards {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            for ((partner, key), kept) in &shard.kept {
                let fingerprint = kept.done.as_ref().map(|(fingerprint, _)| (partner.clone(), *fingerprint));
                if let Some(body) = fingerprint.clone() {
                    *bodies.entry(body).or_default() += 1;
                }
                rows.push((partner.clone(), key.clone(), kept.requests, fingerprint));
            }
        }
        let effect = |(partner, key, requests, body): (String, String, u32, Option<(String, u64)>)| Effect {
            partner,
            key,
            requests,
            effects: u32::from(body.is_some()),
            same_body_under_other_keys: body.map_or(0, |body| bodies[&body] - 1),
        };
        let mut all: Vec<Effect> = rows.into_iter().map(effect).collect();
        all.sort_by(|a, b| (&a.partner, &a.key).cmp(&(&b.partner, &b.key)));
        all
    }

    pub(super) fn clear(&self) {
        for shard in &self.shards {
            *shard.lock().unwrap_or_else(PoisonError::into_inner) = Shard::default();
        }
    }

    fn shard(&self, partner: &str, key: &str) -> MutexGuard<'_, Shard> {
        let index = self.hasher.hash_one((partner, key)) as usize % SHARDS;
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shard {
    fn entry(&mut self, partner: &str, key: &str) -> &mut Kept {
        let name = (partner.to_owned(), key.to_owned());
        if !self.kept.contains_key(&name) {
            if self.order.len() >= MAX_KEPT_PER_SHARD
                && let Some(oldest) = self.order.pop_front()
            {
                self.kept.remove(&oldest);
            }
            self.order.push_back(name.clone());
        }
        self.kept.entry(name).or_insert(Kept { requests: 0, done: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(text: &'static str) -> Result<Given, ()> {
        Ok(Given {
            content_type: "application/json",
            body: Bytes::from_static(text.as_bytes()),
            callback: None,
        })
    }

    fn body(answer: Result<Result<(Given, bool), ()>, KeyReused>) -> (Bytes, bool) {
        let (given, new) = answer.ok().unwrap().unwrap();
        (given.body, new)
    }

    #[test]
    fn the_first_answer_stands_and_another_body_is_refused() {
        let effects = Effects::default();
        assert_eq!(body(effects.first("sms", "k", b"a", || given("one"))), ("one".into(), true));
        assert_eq!(body(effects.first("sms", "k", b"a", || given("two"))), ("one".into(), false));
        assert!(effects.first("sms", "k", b"b", || given("three")).is_err());
        assert_eq!(body(effects.first("ca", "k", b"b", || given("four"))), ("four".into(), true));
    }

    #[test]
    fn a_refusal_is_no_effect() {
        let effects = Effects::default();
        assert_eq!(effects.count_request("sms", "k"), 1);
        assert!(matches!(effects.first("sms", "k", b"a", || Err(())), Ok(Err(()))));
        assert_eq!(effects.count_request("sms", "k"), 2);
        let all = effects.all();
        assert_eq!((all[0].requests, all[0].effects), (2, 0));
    }

    #[test]
    fn a_lost_key_shows() {
        let effects = Effects::default();
        for key in ["k1", "k2"] {
            let _ = effects.first("sms", key, b"same", || given("x"));
        }
        assert!(effects.all().iter().all(|effect| effect.same_body_under_other_keys == 1));
    }

    #[test]
    fn memory_is_bounded() {
        let effects = Effects::default();
        for number in 0..200_000 {
            effects.count_request("sms", &number.to_string());
        }
        assert!(effects.all().len() <= MAX_KEPT_PER_SHARD * SHARDS);
    }
}

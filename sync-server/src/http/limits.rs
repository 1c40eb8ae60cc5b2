//! How many requests a minute one address, one account or one link may make.
//!
//! The address is charged for every request. An account, API key or link is charged where it is recognised
//! (`accounts/`, `links/`), so that nobody gets fresh allowances by inventing credentials.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex},
};

use axum::{
    extract::{RawPathParams, Request, State, rejection::RawPathParamsRejection},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::address::ClientAddress;
use crate::{
    accounts::key::bearer, app::App, config::Config, crypt::token_hash, problem::Problem, world::Clock,
};

/// Callers remembered at the same time; those beyond share one allowance.
const MAX_CALLERS: usize = 100_000;
/// Milliseconds of allowance that may be used at once.
const BURST_MS: i64 = 60_000;

/// Who is charged.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Caller {
    /// One IPv4 address, or the /64 network of an IPv6 address.
    Address([u8; 8]),
    /// The same, for passwords tried.
    SignIn([u8; 8]),
    /// An account or an API key, by its id.
    Account(String),
    /// A customer's link, by the hash of its token.
    Link(Vec<u8>),
    /// Everybody who no longer fits.
    Rest,
}

impl Caller {
    /// Requests from this address.
    pub fn address(address: ClientAddress) -> Self {
        Self::Address(network(address.0))
    }

    /// Passwords tried from this address.
    pub fn sign_in(address: ClientAddress) -> Self {
        Self::SignIn(network(address.0))
    }
}

/// One customer with IPv6 owns a whole /64.
fn network(address: IpAddr) -> [u8; 8] {
    let mut out = [0; 8];
    match address {
        IpAddr::V4(v4) => {
            out[..2].copy_from_slice(&[0xff, 0xff]);
            out[2..6].copy_from_slice(&v4.octets());
        }
        IpAddr::V6(v6) => out.copy_from_slice(&v6.octets()[..8]),
    }
    out
}

/// Allowances of all callers (GCRA: one number a caller, the moment at which its allowance is full again).
#[derive(Clone)]
pub struct Limits {
    clock: Arc<dyn Clock>,
    config: Arc<Config>,
    full_at: Arc<Mutex<HashMap<Caller, i64>>>,
}

impl Limits {
    /// Allowances as `config` says.
    pub fn new(config: Arc<Config>, clock: Arc<dyn Clock>) -> Self {
        Self { clock, config, full_at: Arc::default() }
    }

    /// Charges one request.
    ///
    /// # Errors
    /// 429 `too_many_requests` with the seconds to wait.
    pub fn charge(&self, caller: Caller) -> Result<(), Problem> {
        let a_minute = match &caller {
            Caller::Address(_) | Caller::Rest => self.config.requests_per_minute_address,
            Caller::SignIn(_) => self.config.sign_ins_per_minute_address,
            Caller::Account(_) => self.config.requests_per_minute_account,
            Caller::Link(_) => self.config.requests_per_minute_link,
        };
        if a_minute == 0 {
            return Ok(());
        }
        let now = self.clock.now().as_millisecond();
        let mut full_at = self.full_at.lock().unwrap_or_else(|e| e.into_inner());
        if full_at.len() >= MAX_CALLERS && !full_at.contains_key(&caller) {
            full_at.retain(|_, full| *full > now);
        }
        let caller = match full_at.len() < MAX_CALLERS || full_at.contains_key(&caller) {
            true => caller,
            false => Caller::Rest,
        };
        let full = full_at.entry(caller).or_insert(now);
        // A clock that stepped back must not lock anybody out for longer than the burst.
        *full = (*full).clamp(now, now + BURST_MS);
        match charged(*full, now, a_minute) {
            Ok(later) => {
                *full = later;
                Ok(())
            }
            Err(wait_ms) => Err(refusal(wait_ms)),
        }
    }
}

/// The new moment of a full allowance, or the milliseconds to wait.
fn charged(full: i64, now: i64, a_minute: u32) -> Result<i64, i64> {
    let cost = (60_000 / i64::from(a_minute)).max(1);
    match full + cost - now {
        used if used <= BURST_MS => Ok(full + cost),
        used => Err(used - BURST_MS),
    }
}

fn refusal(wait_ms: i64) -> Problem {
    let seconds = u32::try_from(wait_ms.div_euclid(1_000) + 1).unwrap_or(60);
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too_many_requests",
        format!("That was too often. Wait {seconds} seconds and try again; nothing was lost."),
    )
    .retry_after(seconds)
}

/// Charges the client's address.
pub(super) async fn by_address(
    State(app): State<App>,
    address: ClientAddress,
    request: Request,
    next: Next,
) -> Response {
    match app.limits.charge(Caller::address(address)) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// Charges the link whose token the address or the header holds, whether there is such a link or not.
pub(crate) async fn by_link(
    State(app): State<App>,
    parts: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    next: Next,
) -> Response {
    let in_path = parts.as_ref().ok().and_then(|parts| parts.iter().find(|(name, _)| *name == "token"));
    let token = in_path.map(|(_, token)| token).or_else(|| bearer(request.headers()));
    match token.map(|token| app.limits.charge(Caller::Link(token_hash(token)))) {
        Some(Err(problem)) => problem.into_response(),
        _ => next.run(request).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::FixedClock;

    fn limits(config: Config) -> (Arc<FixedClock>, Limits) {
        let clock = Arc::new(FixedClock::at(jiff::Timestamp::from_second(1_770_000_000).unwrap()));
        (clock.clone(), Limits::new(Arc::new(config), clock))
    }

    fn link() -> Caller {
        Caller::Link(vec![1])
    }

    #[test]
    fn a_minutes_worth_may_be_used_at_once_and_comes_back() {
        let (clock, limits) = limits(Config { requests_per_minute_link: 6, ..Config::default() });
        for _ in 0..6 {
            limits.charge(link()).unwrap();
        }
        let refused = limits.charge(link()).unwrap_err();
        assert_eq!(
            (refused.status, refused.code, refused.retry_after_s),
            (429, "too_many_requests", Some(11))
        );
        limits.charge(Caller::Link(vec![2])).unwrap();
        clock.advance(jiff::SignedDuration::from_secs(10));
        limits.charge(link()).unwrap();
        limits.charge(link()).unwrap_err();
    }

    #[test]
    fn a_clock_that_steps_back_locks_nobody_out_for_long() {
        let (clock, limits) = limits(Config { requests_per_minute_link: 6, ..Config::default() });
        (0..6).for_each(|_| limits.charge(link()).unwrap());
        clock.advance(jiff::SignedDuration::from_hours(-24));
        assert!(limits.charge(link()).unwrap_err().retry_after_s < Some(60));
        clock.advance(jiff::SignedDuration::from_secs(60));
        limits.charge(link()).unwrap();
    }

    #[test]
    fn zero_is_no_limit() {
        let (_, limits) = limits(Config { requests_per_minute_link: 0, ..Config::default() });
        (0..1_000).for_each(|_| limits.charge(link()).unwrap());
    }

    #[test]
    fn memory_is_bounded_and_newcomers_share_what_is_left() {
        let (clock, limits) = limits(Config { requests_per_minute_address: 1, ..Config::default() });
        let caller = |n: usize| Caller::Address((n as u64).to_be_bytes());
        (0..MAX_CALLERS).for_each(|n| limits.charge(caller(n)).unwrap());
        limits.charge(caller(MAX_CALLERS)).unwrap();
        limits.charge(caller(MAX_CALLERS + 1)).unwrap_err();
        assert_eq!(limits.full_at.lock().unwrap().len(), MAX_CALLERS + 1);
        clock.advance(jiff::SignedDuration::from_secs(61));
        limits.charge(caller(MAX_CALLERS + 1)).unwrap();
        assert_eq!(limits.full_at.lock().unwrap().len(), 1);
    }

    #[test]
    fn one_ipv6_network_is_one_caller() {
        let of = |text: &str| Caller::address(ClientAddress(text.parse().unwrap()));
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
    }
}

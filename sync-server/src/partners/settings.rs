//! Which partners there are and how each is treated; adjustable while the server runs.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::IpAddr,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use jiff::{Timestamp, civil::Date};
use reqwest::Url;
use serde::{Deserialize, Serialize};
use shared::{
    domain::{Steering, TenantId},
    protocol::partners::{Masked, PartnerToken, paths},
};
use tokio::sync::watch;

use super::{
    Control, Counted, IdempotencyKey, Partner, PartnerFailure, Question,
    breaker::BreakerRule,
    lane::{Lane, Lanes},
    line::{Line, LineState, to_json},
    own::OwnLines,
    read,
    send::Outgoing,
    webhooks::WebhookSecret,
};
use crate::world::World;

/// Most funders one server talks to.
const MAX_FUNDERS: usize = 500;

/// A partner's base address: `http` or `https`, a host, an optional path; no user, query or fragment.
/// Calls go to addresses below it and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// # Errors
    /// A sentence saying what is wrong with the address.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|e| format!("{text} is not an address: {e}"))?;
        let plain = url.username().is_empty() && url.password().is_none();
        let bare = plain && url.query().is_none() && url.fragment().is_none() && url.has_host();
        if !matches!(url.scheme(), "http" | "https") || !bare {
            return Err(
                "a partner's address is http(s)://host[:port][/path] without user, query and fragment".into(),
            );
        }
        Ok(Self(url))
    }

    /// Whether what is sent there can be read on the way: plain `http` to another machine.
    fn is_open_to_others(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let here = match host.parse::<IpAddr>() {
            Ok(address) => address.to_canonical().is_loopback(),
            Err(_) => host == "localhost",
        };
        self.0.scheme() == "http" && !here
    }

    /// The address of `path` (starting with `/`, or empty) below this one.
    pub(super) fn below(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path().trim_end_matches('/')));
        url
    }
}

impl TryFrom<String> for BaseUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<BaseUrl> for String {
    fn from(url: BaseUrl) -> Self {
        url.0.into()
    }
}

/// How one partner is reached and treated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartnerSettings {
    /// Calls go below this address.
    pub base_url: BaseUrl,
    /// Sent as bearer token.
    pub api_key: Masked<String>,
    /// Lets `base_url` be plain `http` on another machine: for a network of one's own that is protected otherwise.
    #[serde(default)]
    pub allow_insecure: bool,
    /// Signs what this partner sends us (Standard Webhooks, `whsec_` + base64). Unset: the one for all partners.
    #[serde(default)]
    pub webhook_secret: Option<Masked<String>>,
    /// Milliseconds for a whole call with all its tries, 1–600,000.
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: u64,
    /// Milliseconds for one try, so that a lost answer leaves time for another.
    #[serde(default = "default_attempt_timeout_ms")]
    pub attempt_timeout_ms: u64,
    /// Tries in all, 1–10.
    #[serde(default = "default_attempts")]
    pub attempts: u32,
    /// Calls under way at once.
    #[serde(default = "default_in_flight")]
    pub in_flight: usize,
    /// Callers that may wait for a place; the next one is told `Busy`.
    #[serde(default = "default_queue")]
    pub queue: usize,
    /// Calls a second, bursts of one second's worth; 0 is no limit.
    #[serde(default)]
    pub per_second: u32,
    /// When to stop asking.
    #[serde(default)]
    pub breaker: BreakerRule,
}

const fn default_timeout_ms() -> u64 {
    3_000
}
const fn default_attempt_timeout_ms() -> u64 {
    1_500
}
const fn default_attempts() -> u32 {
    3
}
const fn default_in_flight() -> usize {
    32
}
const fn default_queue() -> usize {
    256
}

impl PartnerSettings {
    /// Ordinary treatment: 3 s a call, 3 tries of at most 1.5 s, 32 under way, 256 waiting, no rate limit.
    pub fn at(base_url: BaseUrl, api_key: Masked<String>) -> Self {
        Self {
            base_url,
            api_key,
            allow_insecure: false,
            webhook_secret: None,
            timeout_ms: default_timeout_ms(),
            attempt_timeout_ms: default_attempt_timeout_ms(),
            attempts: default_attempts(),
            in_flight: default_in_flight(),
            queue: default_queue(),
            per_second: 0,
            breaker: BreakerRule::default(),
        }
    }

    /// # Errors
    /// A sentence saying what is wrong with the settings of the partner `name`; it never repeats a secret.
    fn check(&self, name: &str) -> Result<(), String> {
        if self.base_url.is_open_to_others() && !self.allow_insecure {
            return Err(format!(
                "the address of {name} is plain http to another machine: personal data would travel readable; use https, \
                 or set allow_insecure = true for it where the network is protected otherwise"
            ));
        }
        match &self.webhook_secret {
            Some(secret) => WebhookSecret::parse(secret.expose())
                .map(|_| ())
                .map_err(|error| format!("webhook_secret of {name}: {error}")),
            None => Ok(()),
        }
    }
}

/// All partners of one server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartnersConfig {
    /// Real-name check.
    pub realname: PartnerSettings,
    /// Credit bureau.
    pub bureau: PartnerSettings,
    /// Vehicle valuation.
    pub valuation: PartnerSettings,
    /// Text messages.
    pub sms: PartnerSettings,
    /// Certificate authority.
    pub ca: PartnerSettings,
    /// Time-stamp authority.
    pub tsa: PartnerSettings,
    /// Funders by key, at most 500.
    pub funders: BTreeMap<PartnerToken, PartnerSettings>,
}

impl PartnersConfig {
    /// Says for every partner whether plain `http` to another machine is allowed.
    pub fn allow_insecure(&mut self, allowed: bool) {
        let single = [
            &mut self.realname,
            &mut self.bureau,
            &mut self.valuation,
            &mut self.sms,
            &mut self.ca,
            &mut self.tsa,
        ];
        for settings in single.into_iter().chain(self.funders.values_mut()) {
            settings.allow_insecure = allowed;
        }
    }

    /// # Errors
    /// A sentence saying which partner's settings cannot be used and why; it never repeats a secret.
    pub fn check(&self) -> Result<(), String> {
        for (name, settings) in [
            ("realname", &self.realname),
            ("bureau", &self.bureau),
            ("valuation", &self.valuation),
            ("sms", &self.sms),
            ("ca", &self.ca),
            ("tsa", &self.tsa),
        ] {
            settings.check(name)?;
        }
        self.funders.iter().try_for_each(|(key, settings)| settings.check(&format!("funders.{key}")))
    }

    /// All partners played by the partner lab at `lab` (e.g. `http://127.0.0.1:7001`), the funders under `funder_keys`.
    ///
    /// # Errors
    /// When `lab` is no base address or a funder's key is no token.
    pub fn at_lab<'a>(
        lab: &str,
        api_key: Masked<String>,
        funder_keys: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, String> {
        let lab = BaseUrl::parse(lab)?;
        let at = |path: &str| PartnerSettings::at(BaseUrl(lab.below(path)), api_key.clone());
        let funder = |key: &str| {
            let key = PartnerToken::parse(key).map_err(|e| e.to_string())?;
            let settings = at(&format!("/{}", Partner::Funder(key.clone())));
            Ok::<_, String>((key, settings))
        };
        Ok(Self {
            realname: at("/realname"),
            bureau: at("/bureau"),
            valuation: at("/valuation"),
            sms: at("/sms"),
            ca: at("/ca"),
            tsa: at("/tsa"),
            funders: funder_keys.into_iter().map(funder).collect::<Result<_, _>>()?,
        })
    }
}

/// The server's lines to its partners. Cheap to clone; all clones are one. [`Partners::of`] is one company's view: what
/// it has set holds for its calls.
#[derive(Clone)]
pub struct Partners {
    lines: Arc<RwLock<HashMap<Partner, Arc<Line>>>>,
    pub(super) own: OwnLines,
    pub(super) lanes: Arc<Lanes>,
    pub(super) tenant: Option<TenantId>,
    pub(super) unsteered: bool,
    world: World,
}

impl Partners {
    /// No partner yet: every call is told `NotConfigured`.
    pub fn none(world: World) -> Self {
        Self {
            lines: Arc::default(),
            own: Arc::default(),
            lanes: Arc::default(),
            tenant: None,
            unsteered: false,
            world,
        }
    }

    /// Lines to all partners of `config`. `world.http` must not follow redirects; an answer from another address than
    /// the one called is refused anyway.
    pub fn new(config: PartnersConfig, world: World) -> Self {
        let partners = Self::none(world);
        let single = [
            (Partner::RealName, config.realname),
            (Partner::Bureau, config.bureau),
            (Partner::Valuation, config.valuation),
            (Partner::Sms, config.sms),
            (Partner::Ca, config.ca),
            (Partner::Tsa, config.tsa),
        ];
        let funders = config
            .funders
            .into_iter()
            .take(MAX_FUNDERS)
            .map(|(key, settings)| (Partner::Funder(key), settings));
        for (partner, settings) in single.into_iter().chain(funders) {
            partners.update(partner, settings);
        }
        partners
    }

    /// Treats `partner` by `settings` from the next call on; calls under way end as they began. What the breaker has
    /// learnt stays, unless the address changes.
    pub fn update(&self, partner: Partner, settings: PartnerSettings) {
        let mut lines = self.lines.write().unwrap_or_else(PoisonError::into_inner);
        let line = match lines.get(&partner) {
            Some(before) => before.adjusted(settings),
            None => Line::new(partner.to_string(), settings),
        };
        lines.insert(partner, Arc::new(line));
    }

    /// How `partner` is treated now.
    pub fn settings(&self, partner: &Partner) -> Option<PartnerSettings> {
        self.line(partner).ok().map(|line| line.settings().clone())
    }

    /// The secret that `partner` alone signs with; `None` where it shares the one for all.
    pub fn webhook_secret(&self, partner: &Partner) -> Option<WebhookSecret> {
        let secret = self.settings(partner)?.webhook_secret?;
        WebhookSecret::parse(secret.expose()).ok()
    }

    /// Every line's state, for `/metrics` and the control room, ordered by partner.
    pub fn state(&self) -> Vec<LineState> {
        let lines = self.lines.read().unwrap_or_else(PoisonError::into_inner);
        let ordered: BTreeMap<_, _> = lines.iter().collect();
        ordered.values().map(|line| line.state()).collect()
    }

    /// As this company calls its partners.
    pub fn of(&self, tenant: TenantId) -> Self {
        Self { tenant: Some(tenant), ..self.clone() }
    }

    /// Lets `control`, set by the change of this number, hold for the company's calls from now on; a later one stays.
    pub fn set_control(&self, tenant: TenantId, partner: Partner, number: u32, control: Control) {
        self.lanes.set(tenant, partner, number, control);
    }

    /// What matching looks at of the company's funders; the case is the caller's to name.
    pub fn steering(&self, tenant: TenantId, now: Timestamp) -> Steering {
        Steering { switches: self.lanes.switches(tenant, now), case: String::new() }
    }

    /// Whether the partner may be asked a test question now; if so, that is noted.
    pub fn may_test(&self, tenant: TenantId, partner: &Partner, now: Timestamp) -> bool {
        self.lanes.of(tenant, partner).may_test(now)
    }

    /// Asks a question that means nothing.
    ///
    /// # Errors
    /// [`PartnerFailure`]; `Refused` with 404 where the partner knows no such question.
    pub async fn ask_test(&self, partner: &Partner, key: &IdempotencyKey) -> Result<(), PartnerFailure> {
        let question = serde_json::json!({"test": true});
        self.post(partner, paths::TEST, key, None, &question, (Question::Test, read::test)).await
    }

    /// What the company has set; what is usual where it has set nothing.
    pub fn control(&self, tenant: TenantId, partner: &Partner) -> Control {
        self.lanes.of(tenant, partner).control().clone()
    }

    /// The company's calls since the server started, and those of `day`.
    pub fn counted(&self, tenant: TenantId, partner: &Partner, day: Date) -> (Counted, u64) {
        let lane = self.lanes.of(tenant, partner);
        (lane.figures().counted(), lane.used(day))
    }

    /// Counts the company's calls of `day` on from so many: after a restart.
    pub fn count_on(&self, tenant: TenantId, partner: &Partner, day: Date, calls: u64) {
        self.lanes.count_on(tenant, partner, day, calls);
    }

    /// Wakes whoever waits for something else to be set.
    pub fn control_changes(&self) -> watch::Receiver<u64> {
        self.lanes.changes()
    }

    /// All partners there are, in their order: the server's and, as a company sees them, its own.
    pub fn all(&self) -> Vec<Partner> {
        let lines = self.lines.read().unwrap_or_else(PoisonError::into_inner);
        let all: BTreeSet<Partner> = lines.keys().cloned().chain(self.own_partners()).collect();
        all.into_iter().collect()
    }

    /// A line's state.
    pub fn state_of(&self, partner: &Partner) -> Option<LineState> {
        self.line(partner).ok().map(|line| line.state())
    }

    /// Sends `out` to `partner`, within what the company has set.
    pub(super) async fn call<A>(
        &self,
        partner: &Partner,
        out: impl FnOnce(&BaseUrl) -> Outgoing,
        limit: Option<Duration>,
        (question, read): (Question, impl Fn(&[u8]) -> Result<A, PartnerFailure>),
    ) -> Result<A, PartnerFailure> {
        let line = self.line(partner)?;
        let out = out(&line.settings().base_url);
        match self.tenant.filter(|_| !self.unsteered) {
            None => line.call(&self.world, out, limit, read).await,
            Some(tenant) => {
                let lane: Arc<Lane> = self.lanes.of(tenant, partner);
                lane.call((partner, &line), &self.world, out, limit, (question, read)).await
            }
        }
    }

    /// Posts `question` below the partner's address and reads the answer.
    pub(super) async fn post<A>(
        &self,
        partner: &Partner,
        path: &str,
        key: &IdempotencyKey,
        limit: Option<Duration>,
        question: &impl Serialize,
        read: (Question, impl Fn(&[u8]) -> Result<A, PartnerFailure>),
    ) -> Result<A, PartnerFailure> {
        let question = to_json(question)?;
        let out = |base: &BaseUrl| Outgoing::json(base.below(path), key.header(), question);
        self.call(partner, out, limit, read).await
    }

    pub(super) fn line(&self, partner: &Partner) -> Result<Arc<Line>, PartnerFailure> {
        if let Some(own) = self.own_line(partner) {
            return Ok(own);
        }
        let lines = self.lines.read().unwrap_or_else(PoisonError::into_inner);
        lines.get(partner).cloned().ok_or(PartnerFailure::NotConfigured)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_could_lead_elsewhere_are_refused() {
        for bad in [
            "ftp://a/",
            "http://user@a/",
            "http://u:p@a",
            "http://a/?x=1",
            "http://a/#x",
            "file:///etc/passwd",
            "a/b",
            "",
        ] {
            assert!(BaseUrl::parse(bad).is_err(), "{bad}");
        }
    }

    fn lab(url: &str) -> PartnersConfig {
        PartnersConfig::at_lab(url, "key".into(), ["quick", "patient"]).unwrap()
    }

    #[test]
    fn plain_http_leaves_this_machine_only_where_it_is_allowed() {
        for here in [
            "http://127.0.0.1:7001",
            "http://localhost:7001",
            "http://[::1]:7001",
            "http://[::ffff:127.0.0.1]",
        ] {
            assert_eq!(lab(here).check(), Ok(()), "{here}");
        }
        assert_eq!(lab("https://partners.example.cn").check(), Ok(()));
        for elsewhere in [
            "http://10.0.0.7",
            "http://lab:7001",
            "http://localhost.example.cn",
            "http://[fe80::1]",
            "http://0.0.0.0",
        ] {
            let refused = lab(elsewhere).check().unwrap_err();
            assert!(refused.contains("realname") && refused.contains("allow_insecure"), "{refused}");
        }
        let mut config = lab("https://partners.example.cn");
        let quick = PartnerToken::parse("quick").unwrap();
        let settings = config.funders.get_mut(&quick).unwrap();
        settings.base_url = BaseUrl::parse("http://10.0.0.7").unwrap();
        assert!(config.check().unwrap_err().contains("funders.quick"));
        config.funders.get_mut(&quick).unwrap().allow_insecure = true;
        assert_eq!(config.check(), Ok(()));
    }

    #[test]
    fn a_partner_may_have_a_webhook_secret_of_its_own() {
        let mut config = lab("https://partners.example.cn");
        let quick = PartnerToken::parse("quick").unwrap();
        let own = String::from(WebhookSecret::from_bytes([7; 32]));
        config.funders.get_mut(&quick).unwrap().webhook_secret = Some(own.clone().into());
        assert_eq!(config.check(), Ok(()));
        let partners = Partners::new(config.clone(), World::system().unwrap());
        let secret = |key: &str| {
            partners.webhook_secret(&Partner::Funder(PartnerToken::parse(key).unwrap())).map(String::from)
        };
        assert_eq!((secret("quick"), secret("patient"), secret("nobody")), (Some(own), None, None));
        config.funders.get_mut(&quick).unwrap().webhook_secret = Some("whsec_planted".into());
        let refused = config.check().unwrap_err();
        assert!(refused.contains("funders.quick") && !refused.contains("planted"), "{refused}");
    }

    #[test]
    fn paths_stay_below_the_base_address() {
        for base in ["http://127.0.0.1:7001/bureau", "http://127.0.0.1:7001/bureau/"] {
            let base = BaseUrl::parse(base).unwrap();
            assert_eq!(base.below("/v1/queries").as_str(), "http://127.0.0.1:7001/bureau/v1/queries");
        }
        assert_eq!(BaseUrl::parse("http://h").unwrap().below("").as_str(), "http://h/");
    }
}

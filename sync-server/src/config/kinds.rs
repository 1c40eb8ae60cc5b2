//! Kinds of settings that cannot hold a wrong value or show a secret.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use super::read::without_value;
use crate::partners::PartnersConfig;

/// Name of the table that stands for all partners.
const LAB: &str = "lab";
/// What stands in place of a secret.
const MASK: &str = "***";
/// A partner setting whose name contains one of these is a secret.
const SECRET_NAMES: [&str; 4] = ["key", "secret", "token", "password"];

/// A secret from the configuration; prints and serialises masked.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Takes `text` as a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself: only to be handed on to what needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(MASK)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

/// The partners' settings as written; `partners/` reads them. Prints and serialises with keys and secrets masked.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct PartnerTable(Map<String, Value>);

impl PartnerTable {
    /// Settings made by a program, e.g. for the partner lab.
    pub fn new(settings: Map<String, Value>) -> Self {
        Self(settings)
    }

    /// The lines to all partners; none when nothing is set. `[partners.lab]` with `url` and `api_key` stands for all
    /// partners at the partner lab, the funders under `funder_keys`.
    ///
    /// # Errors
    /// A sentence saying what is wrong; it never repeats a secret.
    pub fn read<'a>(
        &self,
        funder_keys: impl IntoIterator<Item = &'a str>,
    ) -> Result<Option<PartnersConfig>, String> {
        if self.is_empty() {
            return Ok(None);
        }
        if let Some(lab) = self.0.get(LAB) {
            let text = |name: &str| lab[name].as_str().ok_or(format!("[partners.lab] needs `{name}`"));
            let mut all = PartnersConfig::at_lab(text("url")?, text("api_key")?.into(), funder_keys)?;
            all.allow_insecure(lab["allow_insecure"].as_bool() == Some(true));
            return checked(all).map(Some);
        }
        let settings = serde_json::from_value(Value::Object(self.0.clone()));
        let settings: PartnersConfig =
            settings.map_err(|error| format!("[partners]: {}", without_value(&error.to_string())))?;
        checked(settings).map(Some)
    }

    /// Where the partner lab listens, when it plays the partners.
    pub fn lab_url(&self) -> Option<&str> {
        self.0.get(LAB)?["url"].as_str()
    }

    /// No partner is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn checked(settings: PartnersConfig) -> Result<PartnersConfig, String> {
    settings.check().map_err(|wrong| format!("[partners]: {wrong}")).map(|()| settings)
}

impl std::fmt::Debug for PartnerTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", masked(&Value::Object(self.0.clone())))
    }
}

impl Serialize for PartnerTable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        masked(&Value::Object(self.0.clone())).serialize(serializer)
    }
}

fn masked(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), masked_field(name, value))).collect()
        }
        Value::Array(items) => items.iter().map(masked).collect(),
        plain => plain.clone(),
    }
}

fn masked_field(name: &str, value: &Value) -> Value {
    let name = name.to_lowercase();
    match value {
        Value::String(_) if SECRET_NAMES.iter().any(|secret| name.contains(secret)) => MASK.into(),
        other => masked(other),
    }
}

/// The address that customers use: `http(s)://host[:port]`, as a browser writes an origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicUrl(String);

impl PublicUrl {
    /// The listening address itself; a server that listens everywhere is reached on this machine.
    pub(super) fn listening(mut addr: SocketAddr, tls: bool) -> Self {
        if addr.ip().is_unspecified() {
            addr.set_ip(match addr {
                SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            });
        }
        Self(format!("{}://{addr}", if tls { "https" } else { "http" }))
    }

    /// Without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is an `https` address.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl std::fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused =
            || format!("{text} is not an address like https://pay.example.cn (no path, user or query)");
        let url = reqwest::Url::parse(text).map_err(|_| refused())?;
        let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
        let rootless = url.path() == "/" && url.fragment().is_none() && url.has_host();
        if !matches!(url.scheme(), "http" | "https") || !bare || !rootless {
            return Err(refused());
        }
        Ok(Self(url.origin().ascii_serialization()))
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<PublicUrl> for String {
    fn from(url: PublicUrl) -> Self {
        url.0
    }
}

/// A network as CIDR text, e.g. `10.0.0.0/8`; a single address stands for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network(ipnet::IpNet);

impl Network {
    /// Whether `address` lies in it; an IPv4 address written as IPv6 counts as IPv4.
    pub fn contains(&self, address: std::net::IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

impl std::str::FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let single = || text.parse::<std::net::IpAddr>().map(ipnet::IpNet::from);
        text.parse()
            .or_else(|_| single())
            .map(Self)
            .map_err(|_| format!("{text} is not a network like 10.0.0.0/8"))
    }
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.0.to_string()
    }
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_addresses_are_origins() {
        for (text, origin) in [
            ("https://pay.example.cn", "https://pay.example.cn"),
            ("https://Pay.Example.cn/", "https://pay.example.cn"),
            ("https://pay.example.cn:443", "https://pay.example.cn"),
            ("http://192.168.1.7:8080", "http://192.168.1.7:8080"),
        ] {
            assert_eq!(text.parse::<PublicUrl>().unwrap().as_str(), origin);
        }
        for bad in
            ["", "pay.example.cn", "ftp://a", "https://a/b", "https://u@a", "https://a?x", "https://a#x"]
        {
            assert!(bad.parse::<PublicUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn secrets_do_not_print() {
        let table: PartnerTable = serde_json::from_str(
            r#"{"bureau": {"base_url": "http://b", "api_key": "planted-1"}, "funders": {"a": {"webhookSecret": "planted-2"}}}"#,
        )
        .unwrap();
        let secret = Secret::new("planted-3");
        let shown = format!(
            "{table:?} {} {secret:?} {}",
            serde_json::to_string(&table).unwrap(),
            serde_json::to_string(&secret).unwrap()
        );
        assert!(!shown.contains("planted"), "{shown}");
        assert!(shown.contains("http://b"));
    }

    #[test]
    fn the_lab_stands_for_all_partners() {
        let table = |text: &str| serde_json::from_str::<PartnerTable>(text).unwrap();
        assert!(PartnerTable::default().read([]).unwrap().is_none());
        let lab = table(r#"{"lab": {"url": "http://127.0.0.1:7001", "api_key": "planted"}}"#);
        let all = lab.read(["quick", "patient"]).unwrap().unwrap();
        assert_eq!(all.funders.len(), 2);
        assert_eq!(lab.lab_url(), Some("http://127.0.0.1:7001"));
        let elsewhere =
            r#"{"lab": {"url": "http://lab:7001", "api_key": "planted", "allow_insecure": true}}"#;
        assert!(
            table(elsewhere).read(["quick"]).unwrap().unwrap().funders.values().all(|f| f.allow_insecure)
        );
        for wrong in [
            r#"{"lab": {"url": "http://lab:7001", "api_key": "planted"}}"#,
            r#"{"lab": {"url": "http://a"}}"#,
            r#"{"bureau": {"api_key": ["planted"]}}"#,
            r#"{"x": 1}"#,
        ] {
            let error = table(wrong).read([]).unwrap_err();
            assert!(error.contains("[partners") && !error.contains("planted"), "{error}");
        }
    }
}

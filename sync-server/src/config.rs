//! Settings: one field each, from defaults, the file (`--config`), the environment and flags, later ones winning.
//!
//! The environment is read in this file and nowhere else. Every field `x` is the variable `MIAOPI_X`; a list is
//! written with commas there.

mod kinds;
mod read;

use std::{net::SocketAddr, path::PathBuf};

use axum::http::{HeaderMap, header};
use serde::{Deserialize, Serialize};

pub use kinds::{LogFormat, Network, PartnerTable, PublicUrl, Secret};
pub use read::{ConfigError, Flag};

/// Everything that can be set. `miaopi serve --print-config` shows it with secrets masked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `MIAOPI_DATA`: the data folder; made when missing.
    pub data: PathBuf,
    /// `MIAOPI_ADDR`: where to listen; port 0 takes a free one.
    pub addr: SocketAddr,
    /// `MIAOPI_PUBLIC_URL`: how customers reach this server, e.g. `https://pay.example.cn`. Unset: the listening
    /// address.
    pub public_url: Option<PublicUrl>,
    /// `MIAOPI_TLS_CERT`: PEM file with the certificate chain. Needs `tls_key`.
    pub tls_cert: Option<PathBuf>,
    /// `MIAOPI_TLS_KEY`: PEM file with the certificate's private key.
    pub tls_key: Option<PathBuf>,
    /// `MIAOPI_TRUSTED_PROXIES`: networks (CIDR) whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// `MIAOPI_METRICS_FROM`: networks (CIDR) that may read `/metrics`; for others the page does not exist.
    pub metrics_from: Vec<Network>,
    /// `MIAOPI_DEMO`: demo tenant, accounts and partner lab. Never in production.
    pub demo: bool,
    /// `MIAOPI_LAB_REGISTRY`: JSON file with the people whom the demo's real-name check knows.
    pub lab_registry: Option<PathBuf>,
    /// `MIAOPI_KEY_FILE`: the master key of personal columns. Unset: `master.key` in the data folder.
    pub key_file: Option<PathBuf>,
    /// `MIAOPI_APP_DIR`: folder with the advisor's app as it was built for the browser. Unset: `app` beside the program.
    pub app_dir: Option<PathBuf>,
    /// `MIAOPI_FONT_DIRS`: folders with the contracts' CJK fonts.
    pub font_dirs: Vec<PathBuf>,
    /// `MIAOPI_PHOTO_WORKERS`: photos decoded and read at the same time, 1–64.
    pub photo_workers: usize,
    /// `MIAOPI_LINK_DAYS`: days until a customer link expires, 1–90.
    pub link_days: u16,
    /// `MIAOPI_DISCLOSURE_READING_SECONDS`: seconds the cost sheet is shown before it can be confirmed, 1–600; 0 (the
    /// default) leaves it to each flow.
    pub disclosure_reading_seconds: u32,
    /// `MIAOPI_CODE_SECONDS`: seconds a one-time code holds, 10–3600.
    pub code_seconds: u32,
    /// `MIAOPI_CODE_ATTEMPTS`: tries for one code, 1–10.
    pub code_attempts: u32,
    /// `MIAOPI_CODE_SENDS`: codes for one case and purpose before another comes only once an hour, 1–20.
    pub code_sends: u32,
    /// `MIAOPI_CODE_RESEND_SECONDS`: seconds before another code may be asked for, 0–3600.
    pub code_resend_seconds: u32,
    /// `MIAOPI_SIGN_MINUTES`: minutes for which a signature that the customer has given the right code for is tried again
    /// while the certificate or time-stamp authority fails, before a person takes it, 0–1440.
    pub sign_minutes: u32,
    /// `MIAOPI_SESSION_HOURS`: hours a staff session holds, 1–72.
    pub session_hours: u32,
    /// `MIAOPI_MIN_AGE`: youngest customer in years, 18–100 (a contract needs full legal capacity: Civil Code Art. 18).
    /// A flow's `id-rules` may ask for more, and says the oldest age.
    pub min_age: u32,
    /// `MIAOPI_REQUESTS_PER_MINUTE_LINK`: requests a minute with one customer link; 0 is no limit.
    pub requests_per_minute_link: u32,
    /// `MIAOPI_REQUESTS_PER_MINUTE_ACCOUNT`: requests a minute of one account or API key; 0 is no limit.
    pub requests_per_minute_account: u32,
    /// `MIAOPI_REQUESTS_PER_MINUTE_ADDRESS`: requests a minute from one address (many phones share one); 0 is no limit.
    pub requests_per_minute_address: u32,
    /// `MIAOPI_SIGN_INS_PER_MINUTE_ADDRESS`: passwords tried a minute from one address; 0 is no limit.
    pub sign_ins_per_minute_address: u32,
    /// `MIAOPI_REQUESTS_AT_ONCE`: requests worked on at the same time; more are told to come back, 1–65536.
    pub requests_at_once: usize,
    /// `MIAOPI_REQUEST_SECONDS`: seconds a request may take before it is given up, 1–600.
    pub request_seconds: u32,
    /// `MIAOPI_WEBHOOK_SECRET`: signs what partners send us (Standard Webhooks, `whsec_` + base64).
    pub webhook_secret: Option<Secret>,
    /// `MIAOPI_WEBHOOKS_TO_LOOPBACK`: companies' webhooks, and questions to funders that companies added themselves, may go
    /// to this machine itself, also without `https`. For trying them out; the demo always may.
    pub webhooks_to_loopback: bool,
    /// `MIAOPI_PARTNERS`: the partners' addresses and keys, as a TOML table.
    pub partners: PartnerTable,
    /// `MIAOPI_PARTNER_CHANGES_NEED_TWO`: what a controller sets for a partner waits until another one confirms it.
    pub partner_changes_need_two: bool,
    /// `MIAOPI_UNDO_SECONDS`: seconds for which a decision on a case can be taken back before it takes effect, 0–600.
    pub undo_seconds: u32,
    /// `MIAOPI_LOG`: what is logged, e.g. `info` or `miaopi=debug,warn`.
    pub log: String,
    /// `MIAOPI_LOG_FORMAT`: `text` or `json`.
    pub log_format: LogFormat,
}

impl Default for Config {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let loopback = ["127.0.0.0/8", "::1/128"].iter().filter_map(|net| net.parse().ok()).collect();
        Self {
            data: "miaopi-data".into(),
            addr: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            tls_cert: None,
            tls_key: None,
            trusted_proxies: Vec::new(),
            metrics_from: loopback,
            demo: false,
            lab_registry: None,
            key_file: None,
            app_dir: None,
            font_dirs: vec!["/usr/share/fonts".into()],
            photo_workers: cores.min(4),
            link_days: 7,
            disclosure_reading_seconds: 0,
            code_seconds: 300,
            code_attempts: 5,
            code_sends: 5,
            code_resend_seconds: 60,
            sign_minutes: 30,
            session_hours: 12,
            min_age: 18,
            requests_per_minute_link: 900,
            requests_per_minute_account: 600,
            requests_per_minute_address: 1_200,
            sign_ins_per_minute_address: 20,
            requests_at_once: 512,
            request_seconds: 60,
            webhook_secret: None,
            webhooks_to_loopback: false,
            partners: PartnerTable::default(),
            partner_changes_need_two: false,
            undo_seconds: 10,
            log: "info".to_owned(),
            log_format: LogFormat::Text,
        }
    }
}

impl Config {
    /// The address that customers use; the listening address where none is set.
    pub fn public_url(&self) -> PublicUrl {
        self.public_url.clone().unwrap_or_else(|| PublicUrl::listening(self.addr, self.tls_cert.is_some()))
    }

    /// The folder with the advisor's app; `None` where nobody knows where the program lies.
    pub fn app_folder(&self) -> Option<PathBuf> {
        let beside = || Some(std::env::current_exe().ok()?.parent()?.join("app"));
        self.app_dir.clone().or_else(beside)
    }

    /// Whether addresses that companies enter may lead to this machine itself.
    pub fn tells_loopback(&self) -> bool {
        self.demo || self.webhooks_to_loopback
    }

    /// The folder with the flow designer: `designer` beside the advisor's app.
    pub fn designer_folder(&self) -> Option<PathBuf> {
        Some(self.app_folder()?.with_file_name("designer"))
    }

    /// Where partners send what they send on their own: the public address; for a lab, which runs beside the server, the
    /// listening one.
    pub fn callbacks_url(&self) -> PublicUrl {
        match self.demo || self.partners.lab_url().is_some() {
            true => self.internal_url(),
            false => self.public_url(),
        }
    }

    /// The listening address: for what runs on this machine and for the server itself.
    pub fn internal_url(&self) -> PublicUrl {
        PublicUrl::listening(self.addr, self.tls_cert.is_some())
    }

    /// Whether a browser that sent these headers has a secure context: over TLS, or on this machine.
    pub fn is_secure_for(&self, headers: &HeaderMap) -> bool {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let port = |port: &str| port.bytes().all(|b| b.is_ascii_digit());
        let name = host.rsplit_once(':').filter(|(_, tail)| port(tail)).map_or(host, |(name, _)| name);
        self.over_tls() || matches!(name, "localhost" | "127.0.0.1" | "[::1]")
    }

    /// The demo's inbox of text messages; none outside the demo.
    pub fn demo_inbox(&self) -> Option<String> {
        let lab = self.partners.lab_url().filter(|_| self.demo)?;
        Some(format!("{lab}/inbox"))
    }

    /// What is probably not meant so, one sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let behind_a_proxy = self.addr.ip().is_loopback()
            && self.tls_cert.is_none()
            && self.public_url.as_ref().is_some_and(PublicUrl::is_https);
        let mut warnings = Vec::new();
        if behind_a_proxy && self.trusted_proxies.is_empty() {
            warnings.push(format!(
                "customers come through a proxy on this machine ({} is served on {}), but trusted_proxies is empty: all of \
                 them count as one address and share its limits; set trusted_proxies to the proxy's address, e.g. 127.0.0.1/32",
                self.public_url(),
                self.addr
            ));
        }
        warnings
    }

    /// Where the master key lies.
    pub fn key_path(&self) -> PathBuf {
        self.key_file.clone().unwrap_or_else(|| self.data.join("master.key"))
    }

    /// Whether browsers reach this server over TLS, here or at a proxy in front of it.
    pub fn over_tls(&self) -> bool {
        self.tls_cert.is_some() || self.public_url.as_ref().is_some_and(PublicUrl::is_https)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_counts_as_secure() {
        let secure = |config: &Config, host: &str| {
            config.is_secure_for(&HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]))
        };
        let plain = Config::default();
        for (host, expected) in [
            ("127.0.0.1:8080", true),
            ("localhost", true),
            ("[::1]:8080", true),
            ("192.168.1.7:8080", false),
            ("localhost.evil.example", false),
            ("", false),
        ] {
            assert_eq!(secure(&plain, host), expected, "{host}");
        }
        let proxied = Config { public_url: Some("https://pay.example.cn".parse().unwrap()), ..plain };
        assert!(secure(&proxied, "192.168.1.7:8080"));
    }

    #[test]
    fn a_proxy_that_nobody_trusts_is_warned_of() {
        let https =
            Config { public_url: Some("https://pay.example.cn".parse().unwrap()), ..Config::default() };
        assert!(https.warnings()[0].contains("trusted_proxies"), "{:?}", https.warnings());
        let proxy = vec!["127.0.0.1/32".parse().unwrap()];
        for fine in [
            Config::default(),
            Config { trusted_proxies: proxy, ..https.clone() },
            Config { tls_cert: Some("cert.pem".into()), ..https.clone() },
            Config { addr: "0.0.0.0:443".parse().unwrap(), ..https },
        ] {
            assert!(fine.warnings().is_empty(), "{:?}", fine.warnings());
        }
    }

    #[test]
    fn the_listening_address_stands_in_for_a_public_one() {
        let at = |addr: &str| Config { addr: addr.parse().unwrap(), ..Config::default() };
        assert_eq!(at("0.0.0.0:8080").public_url().as_str(), "http://127.0.0.1:8080");
        assert_eq!(at("[::]:8080").internal_url().as_str(), "http://[::1]:8080");
        let public =
            Config { public_url: Some("https://pay.example.cn".parse().unwrap()), ..at("10.0.0.1:80") };
        assert_eq!(public.public_url().as_str(), "https://pay.example.cn");
        assert_eq!(public.internal_url().as_str(), "http://10.0.0.1:80");
        assert_eq!(public.callbacks_url().as_str(), "https://pay.example.cn");
        let lab = serde_json::json!({"lab": {"url": "http://127.0.0.1:7001", "api_key": "planted"}});
        let partners = PartnerTable::new(lab.as_object().cloned().unwrap_or_default());
        let beside_a_lab = Config { partners, ..public };
        assert_eq!(beside_a_lab.callbacks_url().as_str(), "http://10.0.0.1:80");
    }
}

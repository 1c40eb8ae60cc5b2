//! Puts the sources together and says which setting of which source is wrong.

use std::path::Path;

use serde_json::{Map, Value};

use super::Config;

/// Prefix of every variable.
const PREFIX: &str = "MIAOPI_";

/// One setting given on the command line.
pub type Flag = (&'static str, Value);

/// Why the settings cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration file {0} cannot be read: {1}")]
    File(String, String),
    /// The file is not TOML.
    #[error("line {line} of the configuration file is not TOML: {message}")]
    Syntax {
        /// Line number, from 1.
        line: usize,
        /// What the parser says.
        message: String,
    },
    /// A setting that does not exist.
    #[error("there is no setting `{name}` ({source_name}); `miaopi serve --print-config` lists all")]
    Unknown {
        /// As written.
        name: String,
        /// Where it stands.
        source_name: &'static str,
    },
    /// A value of the wrong kind or out of range.
    #[error("the setting `{name}` ({source_name}) cannot be used: {message}")]
    Value {
        /// The setting.
        name: String,
        /// Where it stands.
        source_name: &'static str,
        /// What it must be.
        message: String,
    },
}

impl Config {
    /// Defaults, then the file (`--config` or `MIAOPI_CONFIG`), then the environment, then `flags`.
    ///
    /// # Errors
    /// [`ConfigError`] naming the setting and the source at fault.
    pub fn load(file: Option<&Path>, flags: Vec<Flag>) -> Result<Self, ConfigError> {
        let environment = |name: &str| std::env::var(name).ok();
        let named = environment("MIAOPI_CONFIG").map(std::path::PathBuf::from);
        let text = match file.or(named.as_deref()) {
            None => None,
            Some(path) => Some(
                std::fs::read_to_string(path)
                    .map_err(|e| ConfigError::File(path.display().to_string(), e.to_string()))?,
            ),
        };
        assemble(text.as_deref(), &environment, flags)
    }

    /// All settings as TOML, secrets masked.
    pub fn to_toml(&self) -> String {
        let mut settings = as_map(self);
        settings.retain(|_, value| !value.is_null());
        toml::to_string_pretty(&settings).unwrap_or_default()
    }
}

fn assemble(
    file: Option<&str>,
    environment: &dyn Fn(&str) -> Option<String>,
    flags: Vec<Flag>,
) -> Result<Config, ConfigError> {
    let defaults = as_map(&Config::default());
    let mut given: Vec<(String, Value, &'static str)> = Vec::new();
    for (name, value) in read_file(file.unwrap_or_default())? {
        given.push((name, value, "configuration file"));
    }
    for (name, default) in &defaults {
        if let Some(text) = environment(&format!("{PREFIX}{}", name.to_uppercase())) {
            given.push((name.clone(), from_text(name, default, &text)?, "environment"));
        }
    }
    given.extend(flags.into_iter().map(|(name, value)| (name.to_owned(), value, "command line")));

    let mut settings = defaults.clone();
    for (name, value, source_name) in given {
        if !defaults.contains_key(&name) {
            return Err(ConfigError::Unknown { name, source_name });
        }
        try_alone(&defaults, &name, &value, source_name)?;
        settings.insert(name, value);
    }
    let config: Config =
        serde_json::from_value(Value::Object(settings)).map_err(|e| whole("settings", &e.to_string()))?;
    check(&config)?;
    Ok(config)
}

fn as_map(config: &Config) -> Map<String, Value> {
    match serde_json::to_value(config) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

fn read_file(text: &str) -> Result<Map<String, Value>, ConfigError> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        ConfigError::Syntax { line: before.matches('\n').count() + 1, message: error.message().to_owned() }
    })?;
    match serde_json::to_value(table) {
        Ok(Value::Object(map)) => Ok(map),
        _ => Ok(Map::new()),
    }
}

/// The default's kind says how the text of a variable is read.
fn from_text(name: &str, default: &Value, text: &str) -> Result<Value, ConfigError> {
    let refused = |message: &str| ConfigError::Value {
        name: name.to_owned(),
        source_name: "environment",
        message: message.to_owned(),
    };
    match default {
        Value::Bool(_) => match text {
            "1" | "true" | "yes" => Ok(true.into()),
            "0" | "false" | "no" | "" => Ok(false.into()),
            _ => Err(refused("write true or false")),
        },
        Value::Number(_) => {
            text.trim().parse::<u64>().map(Value::from).map_err(|_| refused("write a whole number"))
        }
        Value::Array(_) => Ok(text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect()),
        Value::Object(_) => read_file(text).map(Value::Object).map_err(|e| refused(&e.to_string())),
        _ => Ok(text.into()),
    }
}

/// Tries one value against the defaults, so that the message names the setting at fault.
fn try_alone(
    defaults: &Map<String, Value>,
    name: &str,
    value: &Value,
    source_name: &'static str,
) -> Result<(), ConfigError> {
    let mut alone = defaults.clone();
    alone.insert(name.to_owned(), value.clone());
    match serde_json::from_value::<Config>(Value::Object(alone)) {
        Ok(_) => Ok(()),
        Err(error) => Err(ConfigError::Value {
            name: name.to_owned(),
            source_name,
            message: without_value(&error.to_string()),
        }),
    }
}

/// Serde quotes the offending text, which may be a secret in the wrong place.
pub(super) fn without_value(message: &str) -> String {
    match message.split_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None => message.to_owned(),
    }
}

fn whole(name: &str, message: &str) -> ConfigError {
    ConfigError::Value { name: name.to_owned(), source_name: "all sources", message: message.to_owned() }
}

fn check(config: &Config) -> Result<(), ConfigError> {
    let within = |name: &'static str, value: u64, from: u64, to: u64| match (from..=to).contains(&value) {
        true => Ok(()),
        false => Err(whole(name, &format!("it must lie between {from} and {to}"))),
    };
    within("photo_workers", config.photo_workers as u64, 1, 64)?;
    within("requests_at_once", config.requests_at_once as u64, 1, 65_536)?;
    for (name, value, from, to) in [
        ("link_days", u32::from(config.link_days), 1_u32, 90_u32),
        ("disclosure_reading_seconds", config.disclosure_reading_seconds, 0, 600),
        ("code_seconds", config.code_seconds, 10, 3_600),
        ("code_attempts", config.code_attempts, 1, 10),
        ("code_sends", config.code_sends, 1, 20),
        ("code_resend_seconds", config.code_resend_seconds, 0, 3_600),
        ("sign_minutes", config.sign_minutes, 0, 1_440),
        ("session_hours", config.session_hours, 1, 72),
        ("min_age", config.min_age, 18, 100),
        ("request_seconds", config.request_seconds, 1, 600),
        ("undo_seconds", config.undo_seconds, 0, 600),
    ] {
        within(name, u64::from(value), u64::from(from), u64::from(to))?;
    }
    if config.tls_cert.is_some() != config.tls_key.is_some() {
        return Err(whole("tls_cert", "give tls_cert and tls_key together"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn later_sources_win() {
        let file = "link_days = 3\ncode_attempts = 4\nmin_age = 20\n";
        let environment = |name: &str| match name {
            "MIAOPI_CODE_ATTEMPTS" => Some("2".to_owned()),
            "MIAOPI_MIN_AGE" => Some("21".to_owned()),
            _ => None,
        };
        let config = assemble(Some(file), &environment, vec![("min_age", 22.into())]).unwrap();
        assert_eq!((config.link_days, config.code_attempts, config.min_age), (3, 2, 22));
        assert_eq!(config.session_hours, Config::default().session_hours);
    }

    #[test]
    fn every_setting_has_its_variable() {
        for (name, default) in as_map(&Config::default()) {
            let variable = format!("MIAOPI_{}", name.to_uppercase());
            let text = match &default {
                Value::Bool(_) => "true".to_owned(),
                Value::Number(n) => n.to_string(),
                Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
                Value::Object(_) => "[bureau]\nbase_url = \"http://b\"".to_owned(),
                Value::String(text) => text.clone(),
                Value::Null => "https://a".to_owned(),
            };
            let asked = std::cell::Cell::new(false);
            let environment = |name: &str| {
                (name == variable).then(|| {
                    asked.set(true);
                    text.clone()
                })
            };
            let read = assemble(None, &environment, Vec::new());
            assert!(asked.get(), "{variable} is not read");
            let alone = matches!(name.as_str(), "tls_cert" | "tls_key");
            assert!(read.is_ok() || alone, "{variable}: {read:?}");
        }
    }

    #[test]
    fn wrong_settings_are_named() {
        for (file, name) in [
            ("adress = 1", "adress"),
            ("addr = \"nowhere\"", "addr"),
            ("link_days = \"seven\"", "link_days"),
            ("link_days = 0", "link_days"),
            ("link_days = -1", "link_days"),
            ("min_age = 17", "min_age"),
            ("tls_cert = \"a.pem\"", "tls_cert"),
            ("trusted_proxies = [\"10.0.0.0/99\"]", "trusted_proxies"),
            ("public_url = \"https://a/b\"", "public_url"),
            ("log_format = \"xml\"", "log_format"),
        ] {
            let error = assemble(Some(file), &nothing, Vec::new()).unwrap_err().to_string();
            assert!(error.contains(&format!("`{name}`")), "{file}: {error}");
        }
        let error = assemble(Some("a = 1\nb = "), &nothing, Vec::new()).unwrap_err();
        assert!(matches!(error, ConfigError::Syntax { line: 2, .. }), "{error:?}");
    }

    #[test]
    fn a_wrong_value_is_not_repeated() {
        let error = assemble(Some("webhook_secret = [\"planted\"]"), &nothing, Vec::new()).unwrap_err();
        assert!(!error.to_string().contains("planted"), "{error}");
        let error = assemble(Some("link_days = \"planted\""), &nothing, Vec::new()).unwrap_err();
        assert!(!error.to_string().contains("planted"), "{error}");
    }

    #[test]
    fn what_is_printed_can_be_read_again() {
        let file = "webhook_secret = \"planted\"\n[partners.bureau]\nbase_url = \"http://b\"\napi_key = \"planted\"\n";
        let config = assemble(Some(file), &nothing, Vec::new()).unwrap();
        let printed = config.to_toml();
        assert!(!printed.contains("planted"), "{printed}");
        let again = assemble(Some(&printed), &nothing, Vec::new()).unwrap();
        assert_eq!(again.to_toml(), printed);
    }
}

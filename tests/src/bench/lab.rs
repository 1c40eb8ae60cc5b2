//! The partner lab as a process that answers at once, and the floor of asking it: a bare HTTP client.

use std::{path::Path, process::Stdio};

use anyhow::{Context, Result, ensure};
use rand::RngCore;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use crate::{cards::Person, world};

/// How long a healthy partner of the lab takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// As long as such companies do: tens of milliseconds and more.
    Usual,
    /// No time of its own.
    Instant,
}

/// A running lab; ends when dropped.
pub(super) struct Lab {
    pub(super) url: String,
    pub(super) api_key: String,
    pub(super) webhook_secret: String,
    child: Child,
    _output: Lines<BufReader<ChildStdout>>,
}

impl Lab {
    /// A lab without latency that knows the people of `registry`.
    pub(super) async fn start(folder: &Path, registry: &Value) -> Result<Self> {
        Self::start_paced(folder, registry, Pace::Instant).await
    }

    /// Likewise, at this pace.
    pub(super) async fn start_paced(folder: &Path, registry: &Value, pace: Pace) -> Result<Self> {
        let (data, known) = (folder.join("lab"), folder.join("registry.json"));
        std::fs::write(&known, serde_json::to_vec(registry)?)?;
        let mut child = Command::new(world::miaopi()?)
            .args(["lab", "--addr", "127.0.0.1:0", "--data"])
            .arg(&data)
            .arg("--registry")
            .arg(&known)
            .args(match pace {
                Pace::Usual => &[][..],
                Pace::Instant => &["--instant"],
            })
            .env("MIAOPI_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut output = BufReader::new(child.stdout.take().context("the lab has no output")?).lines();
        let line = output.next_line().await?.context("the lab ended before it listened")?;
        let url = line.rsplit(' ').next().unwrap_or_default().to_owned();
        let keys: Value = serde_json::from_slice(&std::fs::read(data.join("lab.json"))?)?;
        let key = |name: &str| keys[name].as_str().unwrap_or_default().to_owned();
        Ok(Self {
            url,
            api_key: key("api_key"),
            webhook_secret: key("webhook_secret"),
            child,
            _output: output,
        })
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id().unwrap_or(0)
    }

    /// What a case asks of partners up to the disclosure, asked bare: real name, bureau, one funder.
    pub(super) async fn ask_bare(&self, http: &reqwest::Client, person: &Person) -> Result<()> {
        let mut fresh = [0_u8; 16];
        rand::thread_rng().fill_bytes(&mut fresh);
        let key = hex::encode(fresh);
        let (number, name) = (&person.id_number, &person.name);
        let real_name =
            json!({"id_number": number, "name": name, "name_confirmed_by_customer": true, "consent": "c"});
        self.post(http, "/realname/v1/checks", &format!("{key}-n"), &real_name).await?;
        let credit = json!({"id_number": number, "name": name, "consent": "c"});
        self.post(http, "/bureau/v1/queries", &format!("{key}-b"), &credit).await?;
        let application = json!({
            "application": key, "name": name, "id_number": number, "phone": "13800138000", "region": "310000",
            "vin": "LSVWY4180KN246094", "used": false, "price_fen": 12_980_000, "plan": "bare",
            "terms": {"currency": "CNY", "amount_fen": 9_086_000, "down_payment_fen": 3_894_000, "term_months": 36, "annual_rate": "0.0699"},
            "credit_reference": null, "accepts_offer": null, "consent": "c", "callback_url": null,
        });
        self.post(http, "/funders/huaxing-bank/v1/applications", &format!("{key}-f"), &application).await
    }

    async fn post(&self, http: &reqwest::Client, path: &str, key: &str, body: &Value) -> Result<()> {
        let request = http.post(format!("{}{path}", self.url)).bearer_auth(&self.api_key);
        let answer = request.header("idempotency-key", key).json(body).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "the lab answered {status} to {path}: {text}");
        Ok(())
    }
}

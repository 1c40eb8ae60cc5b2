//! `miaopi submit`: does over public HTTP what a customer does, and follows the case until it ends or waits.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context, bail};
use clap::Args;
use reqwest::{Client, Method, StatusCode, multipart};
use serde_json::{Value, json};
use shared::domain::{CaseId, Lang};

use crate::{partners::read_inbox, world::World};

/// Pause between two looks at the case.
const LOOK_EVERY: Duration = Duration::from_millis(120);
/// Pause when the server asks for one.
const BREATH: Duration = Duration::from_secs(1);
/// Most of an answer that is read.
const MAX_ANSWER_BYTES: usize = 32 * 1024 * 1024;

/// Hands in one case as its customer.
#[derive(Debug, Args)]
pub(super) struct Submit {
    /// The customer's link.
    #[arg(long, conflicts_with_all = ["server", "key", "offer"])]
    link: Option<String>,
    /// The server, where a link is to be made first.
    #[arg(long, requires = "key")]
    server: Option<String>,
    /// API key that makes the link.
    #[arg(long)]
    key: Option<String>,
    /// JSON file with the body of `POST /api/v1/links`; the demo's default offer without it.
    #[arg(long)]
    offer: Option<PathBuf>,
    /// ID number.
    #[arg(long)]
    id_number: String,
    /// Photo of the ID card.
    #[arg(long)]
    photo: PathBuf,
    /// The name, where the customer says it.
    #[arg(long)]
    name: Option<String>,
    /// Mobile number, where the link does not carry it.
    #[arg(long)]
    phone: Option<String>,
    /// Give the consents, accept the plan, read and confirm the disclosure.
    #[arg(long)]
    accept: bool,
    /// The one-time code.
    #[arg(long)]
    code: Option<String>,
    /// The partner lab whose SMS inbox holds the code.
    #[arg(long, conflicts_with = "code")]
    lab: Option<String>,
    /// Where the signed contract is written; beside the working folder by default.
    #[arg(long)]
    pdf: Option<PathBuf>,
    /// Seconds to follow the case.
    #[arg(long, default_value_t = 120)]
    wait: u64,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// How a submission ended, which is also the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Signed,
    Unusable,
    Declined,
    Waiting,
    Server,
}

impl End {
    fn exit(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Signed => 0,
            Self::Unusable => 1,
            Self::Declined => 2,
            Self::Waiting => 3,
            Self::Server => 4,
        })
    }
}

/// Runs the command.
pub(super) fn start(submit: Submit) -> anyhow::Result<ExitCode> {
    let world = World::system()?;
    Ok(super::runtime()?.block_on(run(submit, world)))
}

async fn run(submit: Submit, world: World) -> ExitCode {
    let mut session = match Session::begin(&submit, world).await {
        Ok(session) => session,
        Err((end, problem)) => {
            report(&submit, &json!({}), end, &[problem], None);
            return end.exit();
        }
    };
    let limit = Duration::from_secs(submit.wait.clamp(1, 3_600));
    let end = match tokio::time::timeout(limit, session.follow()).await {
        Ok(end) => end,
        Err(_) => {
            session.problems.push(problem(
                "still_waiting",
                "",
                "The case did not end in time; follow it with the link.",
            ));
            End::Waiting
        }
    };
    let view = session.view().await.unwrap_or_default();
    let contract = match end {
        End::Signed => session.save_contract(&view).await,
        _ => None,
    };
    report(&submit, &view, end, &session.problems, contract);
    end.exit()
}

struct Session<'a> {
    submit: &'a Submit,
    world: World,
    server: String,
    token: String,
    problems: Vec<Value>,
    codes_before: u64,
    handed_in: bool,
}

impl<'a> Session<'a> {
    async fn begin(submit: &'a Submit, world: World) -> Result<Self, (End, Value)> {
        let unusable = |detail: String| (End::Unusable, problem("unusable_input", "", &detail));
        let link = match (&submit.link, &submit.server, &submit.key) {
            (Some(link), _, _) => link.clone(),
            (None, Some(server), Some(key)) => {
                make_link(&world.http, server, key, submit.offer.as_deref()).await?
            }
            _ => return Err(unusable("Give --link, or --server with --key.".to_owned())),
        };
        let (server, token) = link
            .split_once("/c/")
            .filter(|(_, token)| !token.is_empty())
            .ok_or_else(|| unusable("The link does not look like a customer link.".to_owned()))?;
        let codes_before = match &submit.lab {
            Some(lab) => newest_message(&world.http, lab).await,
            None => 0,
        };
        Ok(Self {
            submit,
            server: server.to_owned(),
            token: token.trim_end_matches('/').to_owned(),
            world,
            problems: Vec::new(),
            codes_before,
            handed_in: false,
        })
    }

    /// Does what each page asks until the case ends, or waits for somebody else.
    async fn follow(&mut self) -> End {
        loop {
            let view = match self.view().await {
                Ok(view) => view,
                Err(failure) => match self.failed(failure).await {
                    Some(end) => return end,
                    None => continue,
                },
            };
            if let Some(decision) = view["decision"].as_str() {
                return match decision {
                    "approved" => End::Signed,
                    "declined" => End::Declined,
                    _ => End::Waiting,
                };
            }
            let page = view["page"].as_str().unwrap_or_default().to_owned();
            let acted = match page.as_str() {
                "progress" => {
                    tokio::time::sleep(LOOK_EVERY).await;
                    continue;
                }
                _ => self.act(&page, &view).await,
            };
            match acted {
                Ok(None) => {}
                Ok(Some(end)) => return end,
                Err(failure) => {
                    if let Some(end) = self.failed(failure).await {
                        return end;
                    }
                }
            }
        }
    }

    async fn act(&mut self, page: &str, view: &Value) -> Result<Option<End>, Failure> {
        match page {
            "welcome" | "consent-identity" | "consent-partners" => {
                if !self.submit.accept {
                    return Ok(Some(self.waits("consent_missing", "Give the consents: --accept.")));
                }
                let fields: Vec<&Value> =
                    view["consents"].as_array().into_iter().flatten().map(|c| &c["field"]).collect();
                self.post("consents", json!({"act_id": self.act_id(), "fields": fields})).await?;
            }
            "identity" => self.hand_in().await?,
            "ask" => {
                let code = view["asked_because"].as_str().unwrap_or("photo_unusable").to_owned();
                let why = ui::texts::problem(&code, Lang::En);
                let given = match code.as_str() {
                    "phone_asked_again" => {
                        let phone = self.submit.phone.clone();
                        phone.map(|phone| ("phone", json!({"act_id": self.act_id(), "phone": phone})))
                    }
                    "name_asked_again" => {
                        let name = self.submit.name.clone();
                        name.map(|name| ("confirmation", json!({"act_id": self.act_id(), "name": name})))
                    }
                    _ => None,
                };
                let Some((path, body)) = given else {
                    let how = match code.as_str() {
                        "phone_asked_again" => "Say it: --phone.",
                        "name_asked_again" => "Say it: --name.",
                        _ => "Hand in a better photo.",
                    };
                    return Ok(Some(self.waits(&code, &format!("{why} {how}"))));
                };
                self.post(path, body).await?;
            }
            "reading" => {
                let asked: Vec<&str> =
                    view["asked"].as_array().into_iter().flatten().filter_map(|v| v.as_str()).collect();
                let own = self.submit.name.is_some();
                if !own && (asked.contains(&"confirm_name") || view["name_is_sure"] == false) {
                    return Ok(Some(self.waits("name_unconfirmed", "Say the name as on the card: --name.")));
                }
                self.post("confirmation", json!({"act_id": self.act_id(), "name": self.submit.name})).await?;
            }
            "offer" => {
                if !self.submit.accept {
                    return Ok(Some(self.waits("offer_open", "A plan is on offer. Accept it: --accept.")));
                }
                self.post(
                    "acceptance",
                    json!({"act_id": self.act_id(), "terms_sha256": view["terms_sha256"]}),
                )
                .await?;
            }
            "disclosure" => self.disclose(view).await?,
            "code" => return self.sign(view).await,
            "in-review" | "person-asked" => {
                return Ok(Some(self.waits("in_review", "A person is looking at the case.")));
            }
            "link-ended" => return Ok(Some(self.waits("link_ended", "Ask the advisor for a new link."))),
            other => {
                let text = format!("The case waits on the page {other}.");
                return Ok(Some(self.waits("waiting", &text)));
            }
        }
        Ok(None)
    }

    async fn hand_in(&mut self) -> Result<(), Failure> {
        if self.handed_in {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        self.handed_in = true;
        let photo = std::fs::read(&self.submit.photo).map_err(|error| {
            Failure::unusable("photo_unreadable", &format!("The photo cannot be read: {error}."))
        })?;
        let mut form = multipart::Form::new()
            .text("act_id", self.act_id())
            .text("id_number", self.submit.id_number.clone())
            .part("photo", multipart::Part::bytes(photo).file_name("photo"));
        if let Some(phone) = &self.submit.phone {
            form = form.text("phone", phone.clone());
        }
        let request = self.request(Method::POST, "identity").multipart(form);
        answer(request).await.map(|_| ())
    }

    async fn disclose(&mut self, view: &Value) -> Result<(), Failure> {
        let sheet = answer(self.request(Method::GET, "disclosure")).await?;
        let left = sheet["seconds_left"].as_u64().unwrap_or(0);
        tokio::time::sleep(Duration::from_millis(left * 1_000 + 50)).await;
        let body = json!({"act_id": self.act_id(), "terms_sha256": view["terms_sha256"], "read": true});
        self.post("disclosure", body).await
    }

    async fn sign(&mut self, view: &Value) -> Result<Option<End>, Failure> {
        let code = match (&self.submit.code, &self.submit.lab) {
            (Some(code), _) => code.clone(),
            (None, Some(lab)) => {
                match self.code_from(lab, view["phone_masked"].as_str().unwrap_or_default()).await {
                    Some(code) => code,
                    None => {
                        tokio::time::sleep(LOOK_EVERY).await;
                        return Ok(None);
                    }
                }
            }
            _ => return Ok(Some(self.waits("code_needed", "Give the code of the SMS: --code, or --lab."))),
        };
        self.post("signature", json!({"act_id": self.act_id(), "code": code})).await?;
        Ok(None)
    }

    /// The newest code to this case's phone that came after this submission began.
    async fn code_from(&self, lab: &str, phone: &str) -> Option<String> {
        let inbox = read_inbox(&self.world.http, lab, "").await.ok()?;
        let fresh = inbox.messages.into_iter().filter(|m| m.number > self.codes_before && m.phone == phone);
        fresh.filter_map(|message| message.code).map(|code| code.expose().clone()).next()
    }

    async fn view(&self) -> Result<Value, Failure> {
        answer(self.request(Method::GET, "case")).await
    }

    async fn post(&self, what: &str, body: Value) -> Result<(), Failure> {
        answer(self.request(Method::POST, what).json(&body)).await.map(|_| ())
    }

    fn request(&self, method: Method, what: &str) -> reqwest::RequestBuilder {
        let url = format!("{}/api/v1/customer/{what}", self.server);
        self.world.http.request(method, url).bearer_auth(&self.token).timeout(Duration::from_secs(60))
    }

    fn act_id(&self) -> String {
        CaseId::from_bytes(self.world.random.bytes()).to_string()
    }

    fn waits(&mut self, code: &str, text: &str) -> End {
        self.problems.push(problem(code, "", text));
        End::Waiting
    }

    /// `None` when it is worth going on.
    async fn failed(&mut self, failure: Failure) -> Option<End> {
        match failure.code.as_str() {
            // The case moved between looking and acting.
            "not_now" | "run_stale" | "disclosure_too_early" => tokio::time::sleep(LOOK_EVERY).await,
            "too_many_requests" | "busy" | "store_unavailable" | "photo_busy" => {
                tokio::time::sleep(BREATH).await
            }
            _ => return self.give_up(failure),
        }
        None
    }

    fn give_up(&mut self, failure: Failure) -> Option<End> {
        self.problems.push(problem(&failure.code, &failure.field, &failure.text));
        Some(failure.end)
    }

    async fn save_contract(&mut self, view: &Value) -> Option<Value> {
        let pdf = self.request(Method::GET, "contract").send().await.ok()?.error_for_status().ok()?;
        let bytes = pdf.bytes().await.ok()?;
        let case = view["case"].as_str().unwrap_or("contract");
        let path = self.submit.pdf.clone().unwrap_or_else(|| PathBuf::from(format!("{case}.pdf")));
        match std::fs::write(&path, &bytes) {
            Ok(()) => Some(json!({"pdf": path, "sha256": view["contract_sha256"]})),
            Err(error) => {
                self.problems.push(problem(
                    "pdf_not_written",
                    "",
                    &format!("The contract could not be written: {error}."),
                ));
                None
            }
        }
    }
}

async fn make_link(
    http: &Client,
    server: &str,
    key: &str,
    offer: Option<&std::path::Path>,
) -> Result<String, (End, Value)> {
    let unusable =
        |error: anyhow::Error| (End::Unusable, problem("unusable_input", "offer", &format!("{error:#}")));
    let body = read_offer(offer).map_err(unusable)?;
    let url = format!("{}/api/v1/links", server.trim_end_matches('/'));
    let request = http.post(url).bearer_auth(key).timeout(Duration::from_secs(30)).json(&body);
    let made = answer(request).await.map_err(|f| (f.end, problem(&f.code, &f.field, &f.text)))?;
    made["url"]
        .as_str()
        .map(str::to_owned)
        .ok_or((End::Server, problem("no_link", "", "The server made no link.")))
}

/// An empty body asks for the demo's default offer.
fn read_offer(file: Option<&std::path::Path>) -> anyhow::Result<Value> {
    let Some(file) = file else { return Ok(json!({})) };
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let value: Value = serde_json::from_str(&text).context("the offer is not JSON")?;
    if !value.is_object() {
        bail!("the offer is not a JSON object");
    }
    Ok(value)
}

async fn newest_message(http: &Client, lab: &str) -> u64 {
    let inbox = read_inbox(http, lab, "").await;
    inbox.ok().and_then(|inbox| inbox.messages.first().map(|message| message.number)).unwrap_or(0)
}

/// Why a request did not do what it should.
#[derive(Debug)]
struct Failure {
    end: End,
    code: String,
    field: String,
    text: String,
}

impl Failure {
    fn unusable(code: &str, text: &str) -> Self {
        Self { end: End::Unusable, code: code.to_owned(), field: String::new(), text: text.to_owned() }
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Result<Value, Failure> {
    let server =
        |text: String| Failure { end: End::Server, code: "server".to_owned(), field: String::new(), text };
    // An error of the client names the address, and the address may hold the token: it is not repeated.
    let answer = request.send().await.map_err(|_| server("The server cannot be reached.".to_owned()))?;
    let status = answer.status();
    if answer.content_length().is_some_and(|length| length > MAX_ANSWER_BYTES as u64) {
        return Err(server("The server's answer is too long.".to_owned()));
    }
    let body = answer.bytes().await.map_err(|_| server("The server's answer broke off.".to_owned()))?;
    let value: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    if status.is_success() {
        return Ok(value);
    }
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let end = match status {
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE => {
            End::Unusable
        }
        StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            End::Unusable
        }
        status if status.is_server_error() => End::Server,
        _ => End::Waiting,
    };
    let code = Some(text("code")).filter(|code| !code.is_empty()).unwrap_or_else(|| "server".to_owned());
    Err(Failure { end, code, field: text("field"), text: text("detail") })
}

fn problem(code: &str, field: &str, text: &str) -> Value {
    json!({"code": code, "field": if field.is_empty() { Value::Null } else { field.into() }, "text": text})
}

fn report(submit: &Submit, view: &Value, end: End, problems: &[Value], contract: Option<Value>) {
    let decision = match (view["decision"].as_str(), end) {
        (Some("withdrawn"), _) => "expired",
        (Some(decision), _) => decision,
        (None, End::Unusable | End::Server) => "error",
        (None, _) if problems.iter().any(|p| p["code"] == "in_review") => "review",
        (None, _) => "needs_input",
    };
    let reason = view["reason"].as_str().or_else(|| problems.first().and_then(|p| p["code"].as_str()));
    let summary = json!({
        "case": view["case"],
        "decision": decision,
        "reason": reason.unwrap_or_default(),
        "steps": view["steps"].as_array().cloned().unwrap_or_default(),
        "total_ms": view["total_ms"].as_u64().unwrap_or(0),
        "waited_ms": view["waited_ms"].as_u64().unwrap_or(0),
        "contract": contract,
        "problems": problems,
    });
    if submit.json {
        println!("{summary}");
        return;
    }
    for step in summary["steps"].as_array().into_iter().flatten() {
        let text = |name: &str| step[name].as_str().unwrap_or_default().to_owned();
        println!("{:>8} ms  {:<20} {}", step["ms"].as_u64().unwrap_or(0), text("block"), text("outcome"));
    }
    println!("decision: {decision}{}", reason.map(|reason| format!(" ({reason})")).unwrap_or_default());
    for problem in problems {
        println!(
            "  {}: {}",
            problem["code"].as_str().unwrap_or_default(),
            problem["text"].as_str().unwrap_or_default()
        );
    }
    if let Some(pdf) = summary["contract"]["pdf"].as_str() {
        println!("contract: {pdf}");
    }
}

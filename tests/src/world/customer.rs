//! A customer as a program: the link's token, the acts of `/api/v1/customer`, and the patience of somebody who tries
//! again with the same act until there is an answer.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::{Method, RequestBuilder, multipart};
use serde_json::{Value, json};

use super::lab;
use super::wait::{PATIENCE, wait_until};

/// How long the customer goes on asking a server that does not answer.
const ASKS_FOR: Duration = Duration::from_secs(120);
/// How long the customer waits for a text message before asking for another.
const WAITS_FOR_SMS: Duration = Duration::from_secs(20);

/// An answer of the server.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body; null where it is not JSON.
    pub body: Value,
}

/// Whom the customer is and what they hand in.
#[derive(Debug, Clone)]
pub struct Who {
    /// ID number as typed.
    pub id_number: String,
    /// Name as said; none: as it was read.
    pub name: Option<String>,
    /// Photo of the card.
    pub photo: PathBuf,
}

/// A customer with a link.
pub struct Customer {
    /// Where the lab's inbox is.
    pub lab_url: String,
    /// The phone that codes go to.
    pub phone: String,
    /// What they hand in.
    pub who: Who,
    /// The page last seen, to be watched from outside.
    pub place: Arc<Mutex<String>>,
    /// Codes asked for besides the one that comes by itself.
    pub codes_asked: u32,
    /// Acts that were answered with success, by page.
    settled: BTreeMap<String, u32>,
    http: reqwest::Client,
    server: String,
    token: String,
    last_sms: u64,
}

impl Answer {
    /// The problem's code; empty where there is none.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// Whether it is a success.
    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    async fn of(request: RequestBuilder) -> Result<Self> {
        let answer = request.send().await?;
        let (status, text) = (answer.status().as_u16(), answer.text().await?);
        Ok(Self { status, body: serde_json::from_str(&text).unwrap_or(Value::Null) })
    }
}

impl Who {
    /// The person of the sample card.
    pub fn sample() -> Self {
        Self {
            id_number: "110105198004197592".to_owned(),
            name: Some("唐飞".to_owned()),
            photo: super::in_checkout("assets/cards/sample-1.jpg"),
        }
    }
}

impl Customer {
    /// The customer of a link, whose codes come to `phone` at the lab.
    ///
    /// # Errors
    /// When the link is none.
    pub fn of(link: &str, lab_url: &str, phone: &str, who: Who) -> Result<Self> {
        let (server, token) = link.split_once("/c/").context("this is no customer link")?;
        Ok(Self {
            lab_url: lab_url.to_owned(),
            phone: phone.to_owned(),
            who,
            place: Arc::default(),
            codes_asked: 0,
            settled: BTreeMap::new(),
            http: super::http()?,
            server: server.to_owned(),
            token: token.to_owned(),
            last_sms: 0,
        })
    }

    /// The address of the customer's link.
    pub fn url(&self) -> String {
        format!("{}/c/{}", self.server, self.token)
    }

    /// A request below `/api/v1/customer` with the token.
    pub fn request(&self, method: Method, what: &str) -> RequestBuilder {
        let url = format!("{}/api/v1/customer/{what}", self.server);
        self.http.request(method, url).bearer_auth(&self.token)
    }

    /// One request, one answer.
    ///
    /// # Errors
    /// When there is none.
    pub async fn get(&self, what: &str) -> Result<Answer> {
        Answer::of(self.request(Method::GET, what)).await
    }

    /// One request, one answer.
    ///
    /// # Errors
    /// When there is none.
    pub async fn post(&self, what: &str, body: &Value) -> Result<Answer> {
        Answer::of(self.request(Method::POST, what).json(body)).await
    }

    /// Hands in an ID number and a photo under an act's id.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn hand_in(&self, act: &str, number: &str, photo: &[u8]) -> Result<Answer> {
        let part = multipart::Part::bytes(photo.to_vec()).file_name("card.jpg");
        let form = multipart::Form::new()
            .text("act_id", act.to_owned())
            .text("id_number", number.to_owned())
            .part("photo", part);
        Answer::of(self.request(Method::POST, "identity").multipart(form)).await
    }

    /// Hands in another photo under an act's id, where one is asked for.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn hand_in_photo(&self, act: &str, photo: &[u8]) -> Result<Answer> {
        let part = multipart::Part::bytes(photo.to_vec()).file_name("card.jpg");
        let form = multipart::Form::new().text("act_id", act.to_owned()).part("photo", part);
        Answer::of(self.request(Method::POST, "photo").multipart(form)).await
    }

    /// The page as a browser without JavaScript gets it.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn page(&self) -> Result<(u16, String)> {
        let answer = self.http.get(self.url()).send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }

    /// Where the case stands; asks until there is an answer.
    ///
    /// # Errors
    /// When none comes in two minutes, or a refusal.
    pub async fn view(&self) -> Result<Value> {
        let answer = self.ask("the case", async || self.get("case").await).await?;
        if !answer.is_ok() {
            bail!("the case is not shown: {answer:?}");
        }
        let page = answer.body["page"].as_str().unwrap_or_default();
        page.clone_into(&mut self.place.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(answer.body)
    }

    /// Does what each page asks, each act tried again under its id until it is answered, until the case ends or `until`
    /// holds or the page asks nothing of the customer.
    ///
    /// # Errors
    /// When an act is refused, or is asked for a second time after it was answered with success.
    pub async fn walk(&mut self, until: impl Fn(&Value) -> bool) -> Result<Value> {
        loop {
            let view = self.view().await?;
            let page = view["page"].as_str().unwrap_or_default().to_owned();
            if until(&view) || view["decision"].is_string() {
                return Ok(view);
            }
            if page == "progress" {
                self.wait_for_another_page("progress").await?;
                continue;
            }
            if self.settled.contains_key(&page) {
                bail!("{page} was answered with success and is asked for again: {view}");
            }
            match page.as_str() {
                "welcome" | "consent-identity" | "consent-partners" => {
                    let fields: Vec<&Value> =
                        view["consents"].as_array().into_iter().flatten().map(|c| &c["field"]).collect();
                    self.act(&page, "consents", json!({"fields": fields})).await?;
                }
                "identity" => self.identity().await?,
                "reading" => {
                    let body = json!({"name": self.who.name});
                    self.act(&page, "confirmation", body).await?;
                }
                "offer" => {
                    self.act(&page, "acceptance", json!({"terms_sha256": view["terms_sha256"]})).await?;
                }
                "disclosure" => {
                    self.read_the_costs().await?;
                    let body = json!({"terms_sha256": view["terms_sha256"], "read": true});
                    self.act(&page, "disclosure", body).await?;
                }
                "code" => {
                    if let Some(code) = self.wait_for_code().await? {
                        self.act(&page, "signature", json!({"code": code})).await?;
                    }
                }
                _ => return Ok(view),
            }
        }
    }

    /// Forgets that acts were settled: from here on the case may ask for the same page again.
    pub fn may_be_asked_again(&mut self) {
        self.settled.clear();
    }

    /// Waits until the case is no longer on this page.
    ///
    /// # Errors
    /// When it stays there.
    pub async fn wait_for_another_page(&self, page: &str) -> Result<Value> {
        let moved = wait_until("the case to move", ASKS_FOR, async || {
            let view = self.view().await.ok()?;
            (view["page"] != page || view["decision"].is_string()).then_some(view)
        });
        moved.await
    }

    /// Shows the costs and waits until the reading time is over.
    ///
    /// # Errors
    /// When the sheet is not shown.
    pub async fn read_the_costs(&self) -> Result<()> {
        wait_until("the reading time to end", PATIENCE, async || {
            let sheet = self.get("disclosure").await.ok()?;
            (sheet.is_ok() && sheet.body["seconds_left"] == 0).then_some(())
        })
        .await
    }

    /// The newest code that was not tried yet, where one came.
    ///
    /// # Errors
    /// When the lab does not answer.
    pub async fn new_code(&mut self) -> Result<Option<String>> {
        let messages = lab::inbox(&self.lab_url, &self.phone).await?;
        let newest =
            messages.into_iter().find(|sms| sms.purpose == "sign_code" && sms.number > self.last_sms);
        Ok(newest.and_then(|sms| {
            self.last_sms = sms.number;
            sms.code
        }))
    }

    /// The code; when none comes, another is asked for and there is none this time.
    async fn wait_for_code(&mut self) -> Result<Option<String>> {
        if let Ok(code) =
            wait_until("a code", WAITS_FOR_SMS, async || self.new_code().await.ok().flatten()).await
        {
            return Ok(Some(code));
        }
        let sent = self.ask("a fresh code", async || self.post("code", &json!({})).await).await?;
        self.codes_asked += u32::from(sent.is_ok());
        Ok(None)
    }

    async fn identity(&mut self) -> Result<()> {
        let photo = std::fs::read(&self.who.photo).context("the photo cannot be read")?;
        let act = self.act_id("identity");
        let send = async || self.hand_in(&act, &self.who.id_number, &photo).await;
        let answer = self.ask("handing in", send).await?;
        self.settle("identity", &answer)
    }

    async fn act(&mut self, page: &str, what: &str, mut body: Value) -> Result<()> {
        body["act_id"] = self.act_id(page).into();
        let answer = self.ask(what, async || self.post(what, &body).await).await?;
        self.settle(page, &answer)
    }

    fn act_id(&self, page: &str) -> String {
        format!("{page}-{}", self.settled.get(page).copied().unwrap_or(0))
    }

    fn settle(&mut self, page: &str, answer: &Answer) -> Result<()> {
        if !answer.is_ok() {
            bail!("{page} was refused: {answer:?}");
        }
        // Both pages are the one consent to begin with.
        let page = if page == "welcome" { "consent-identity" } else { page };
        *self.settled.entry(page.to_owned()).or_default() += 1;
        Ok(())
    }

    /// Asks until there is an answer that is no "come back later".
    async fn ask(&self, what: &str, send: impl AsyncFn() -> Result<Answer>) -> Result<Answer> {
        wait_until(what, ASKS_FOR, async || {
            let answer = send().await.ok()?;
            let later = matches!(answer.status, 429 | 502 | 503 | 507);
            (!later).then_some(answer)
        })
        .await
    }
}

//! A customer over public HTTP: does what the page asks, listens to the page's own event stream, and notes how long
//! the machine made them wait.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use reqwest::multipart;
use serde_json::{Value, json};
use shared::protocol::partners::delivery::Inbox;
use tokio::{sync::watch, task::JoinHandle};

use super::measure::ms;
use crate::{cards::Person, world::Server};

/// Nobody waits longer for one page.
const PATIENCE: Duration = Duration::from_secs(60);
/// Pages from which no case comes back by itself.
const LOST: [&str; 5] = ["ask", "in-review", "person-asked", "declined", "link-ended"];
/// Pause between two looks into the lab's inbox.
const LOOK: Duration = Duration::from_millis(150);

/// How a case went.
#[derive(Debug, Clone)]
pub(super) struct Went {
    /// The machine's own milliseconds from the hand-in to the contract.
    pub(super) machine_ms: f64,
    /// Of it, the hand-in: photo, reading, storing.
    pub(super) hand_in_ms: f64,
    /// Milliseconds that the customer took, the reading time of the disclosure above all.
    pub(super) waited_ms: f64,
    /// From the code to the signed contract.
    pub(super) signed_ms: f64,
    /// Blocks with their kinds and milliseconds, as the case's record has them.
    pub(super) steps: Vec<(String, f64)>,
}

/// Who hands in what.
pub(super) struct HandIn<'a> {
    pub(super) person: &'a Person,
    pub(super) photo: &'a [u8],
    pub(super) phone: String,
}

/// One customer on one link.
struct Customer<'a> {
    http: &'a reqwest::Client,
    server: &'a Server,
    token: String,
    page: watch::Receiver<String>,
    stream: JoinHandle<()>,
}

impl Drop for Customer<'_> {
    fn drop(&mut self) {
        self.stream.abort();
    }
}

/// Takes a case from a fresh link to the signed contract.
pub(super) async fn go(http: &reqwest::Client, server: &Server, hand_in: &HandIn<'_>) -> Result<Went> {
    let mut offer: Value = serde_json::from_str(miaopi::demo::OFFER)?;
    offer["phone"] = json!(hand_in.phone);
    let answer = http.post(format!("{}/api/v1/links", server.url)).bearer_auth(&server.api_key).json(&offer);
    let made: Value = answer.send().await?.error_for_status()?.json().await?;
    let token = made["token"].as_str().context("a link without a token")?.to_owned();
    let mut customer = Customer::listening(http, server, token);

    customer.act("consents", json!({"fields": customer.fields().await?})).await?;
    // The customer's own act moves no machine, so nothing is told of it: the answer above was the news.
    let page = customer.get("case").await?["page"].clone();
    ensure!(page == "identity", "after the consents a case is at {page}");
    let began = Instant::now();
    customer.hand_in(hand_in).await?;
    let hand_in_ms = ms(began.elapsed());
    customer.until(&["reading"]).await?;
    let mut machine = began.elapsed();

    let fields = async |customer: &Customer<'_>| customer.fields().await;
    let step = Instant::now();
    customer.act("confirmation", json!({"name": hand_in.person.name})).await?;
    customer.until(&["consent-partners"]).await?;
    machine += step.elapsed();

    let ticked = fields(&customer).await?;
    let step = Instant::now();
    customer.act("consents", json!({"fields": ticked})).await?;
    customer.until(&["offer"]).await?;
    machine += step.elapsed();

    let terms = customer.get("case").await?["terms_sha256"].clone();
    let step = Instant::now();
    customer.act("acceptance", json!({"terms_sha256": terms})).await?;
    let sheet = customer.get("disclosure").await?;
    machine += step.elapsed();

    let reading = Duration::from_millis(sheet["seconds_left"].as_u64().unwrap_or(0) * 1_000 + 50);
    tokio::time::sleep(reading).await;
    let step = Instant::now();
    customer.act("disclosure", json!({"terms_sha256": terms, "read": true})).await?;
    customer.until(&["code"]).await?;
    machine += step.elapsed();

    let code = customer.code(&hand_in.phone).await?;
    let step = Instant::now();
    customer.act("signature", json!({"code": code})).await?;
    customer.until(&["done", "locked"]).await?;
    let signed_ms = ms(step.elapsed());

    let view = customer.get("case").await?;
    ensure!(view["decision"] == "approved", "a case ended {} ({})", view["decision"], view["reason"]);
    let steps = view["steps"].as_array().into_iter().flatten();
    Ok(Went {
        machine_ms: ms(machine),
        hand_in_ms,
        waited_ms: view["waited_ms"].as_f64().unwrap_or(0.0),
        signed_ms,
        steps: steps
            .map(|step| {
                (step["kind"].as_str().unwrap_or_default().to_owned(), step["ms"].as_f64().unwrap_or(0.0))
            })
            .collect(),
    })
}

impl<'a> Customer<'a> {
    /// Opens the page's event stream, as the page does once it is loaded.
    fn listening(http: &'a reqwest::Client, server: &'a Server, token: String) -> Self {
        let (tell, page) = watch::channel(String::new());
        let (events, url) = (http.clone(), format!("{}/c/{token}/events", server.url));
        let stream = tokio::spawn(async move {
            if let Err(error) = follow(&events, &url, &tell).await {
                let _ = tell.send(format!("broken: {error:#}"));
            }
        });
        Self { http, server, token, page, stream }
    }

    /// Returns when one of these pages is shown.
    async fn until(&mut self, pages: &[&str]) -> Result<()> {
        let arrived = self.page.wait_for(|page| {
            pages.contains(&page.as_str()) || LOST.contains(&page.as_str()) || page.starts_with("broken")
        });
        let arrived = tokio::time::timeout(PATIENCE, arrived).await;
        let page = match arrived {
            Ok(page) => page.context("the event stream ended")?.clone(),
            Err(_) => bail!("the page stayed away from {pages:?}"),
        };
        ensure!(pages.contains(&page.as_str()), "a case on its way to {pages:?} is at {page}");
        Ok(())
    }

    async fn hand_in(&self, what: &HandIn<'_>) -> Result<()> {
        let form = multipart::Form::new()
            .text("act_id", act_id())
            .text("id_number", what.person.id_number.clone())
            .part("photo", multipart::Part::bytes(what.photo.to_vec()).file_name("photo.jpg"));
        let answer =
            self.http.post(self.url("identity")).bearer_auth(&self.token).multipart(form).send().await?;
        let status = answer.status();
        ensure!(status.is_success(), "the photo was refused: {status} {}", answer.text().await?);
        Ok(())
    }

    async fn act(&self, what: &str, mut body: Value) -> Result<()> {
        body["act_id"] = json!(act_id());
        let answer = self.http.post(self.url(what)).bearer_auth(&self.token).json(&body).send().await?;
        let status = answer.status();
        ensure!(status.is_success(), "{what} was refused: {status} {}", answer.text().await?);
        Ok(())
    }

    async fn get(&self, what: &str) -> Result<Value> {
        let answer = self.http.get(self.url(what)).bearer_auth(&self.token).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// The consents that the page asks for now.
    async fn fields(&self) -> Result<Vec<Value>> {
        let view = self.get("case").await?;
        Ok(view["consents"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|consent| consent["field"].clone())
            .collect())
    }

    /// The code that came to this phone.
    async fn code(&self, phone: &str) -> Result<String> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            let url = format!("{}/inbox.json?phone={phone}", self.server.lab_url);
            let inbox: Inbox = self.http.get(url).send().await?.error_for_status()?.json().await?;
            let codes = inbox.messages.into_iter().filter(|message| message.purpose.as_str() == "sign_code");
            if let Some(code) = codes.filter_map(|message| message.code).next() {
                return Ok(code.expose().clone());
            }
            tokio::time::sleep(LOOK).await;
        }
        bail!("no code came")
    }

    fn url(&self, what: &str) -> String {
        format!("{}/api/v1/customer/{what}", self.server.url)
    }
}

fn act_id() -> String {
    hex::encode(rand::random::<[u8; 12]>())
}

/// Tells the page of every event.
async fn follow(http: &reqwest::Client, url: &str, tell: &watch::Sender<String>) -> Result<()> {
    let mut answer = http.get(url).timeout(Duration::from_secs(600)).send().await?.error_for_status()?;
    let mut text = String::new();
    while let Some(chunk) = answer.chunk().await? {
        text.push_str(&String::from_utf8_lossy(&chunk));
        while let Some((event, rest)) = text.split_once("\n\n") {
            if let Some(page) = page_of(event) {
                let _ = tell.send(page);
            }
            text = rest.to_owned();
        }
    }
    bail!("the server closed it")
}

fn page_of(event: &str) -> Option<String> {
    let data = event.lines().find_map(|line| line.strip_prefix("data:"))?;
    let data: Value = serde_json::from_str(data.trim()).ok()?;
    data["page"].as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_names_its_page_and_a_heartbeat_none() {
        assert_eq!(
            page_of("event: progress\ndata: {\"page\":\"reading\",\"stages\":[]}").as_deref(),
            Some("reading")
        );
        assert_eq!(page_of(":"), None);
    }
}

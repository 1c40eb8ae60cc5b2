//! A member of staff at a desk: signed in, asking what a browser's pages and scripts ask.

use anyhow::{Context, Result, ensure};
use reqwest::{Method, multipart};
use serde_json::{Value, json};

use super::{Server, http};

/// Somebody who signed in.
pub struct Desk {
    url: String,
    cookie: String,
}

impl Desk {
    /// Signs in with the demo's account of this role.
    ///
    /// # Errors
    /// When there is no such account, or it is refused.
    pub async fn of(server: &Server, role: &str) -> Result<Self> {
        let account = server.accounts.iter().find(|account| account.role == role);
        let account = account.with_context(|| format!("the demo has no {role}"))?;
        let form = format!("user={}&password={}", account.user, account.password);
        let post = http()?.post(format!("{}/office/sign-in", server.url));
        let post = post.header("content-type", "application/x-www-form-urlencoded").body(form);
        let answer = post.send().await?;
        let cookie = answer.headers().get("set-cookie").context("the sign-in was refused")?.to_str()?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(Self { url: server.url.clone(), cookie })
    }

    /// The cookie of the session, as a browser would send it.
    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    /// One request to the API, one answer.
    ///
    /// # Errors
    /// When there is none.
    pub async fn ask(&self, method: Method, path: &str, body: &Value) -> Result<(u16, Value)> {
        let request = http()?.request(method, format!("{}{path}", self.url));
        let answer = request.header("cookie", &self.cookie).json(body).send().await?;
        let (status, text) = (answer.status().as_u16(), answer.text().await?);
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    /// Asks for something that is granted.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn done(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        let (status, answer) = self.ask(method, path, body).await?;
        ensure!((200..300).contains(&status), "{path}: {status} {answer}");
        Ok(answer)
    }

    /// Hands in a version of the new-car loan that is changed like this; its hash.
    ///
    /// # Errors
    /// When any of it is refused.
    pub async fn hand_in(&self, change: impl FnOnce(&mut Value), note: &str) -> Result<String> {
        let all = self.done(Method::GET, "/api/v1/flows", &Value::Null).await?;
        let mut flows = all["flows"].as_array().into_iter().flatten();
        let flow = flows.find(|flow| flow["key"] == "new-car-loan").context("there is no new-car loan")?;
        let begin = json!({"from": flow["live"]["hash"]});
        let mut draft = self.done(Method::POST, "/api/v1/flows/drafts", &begin).await?;
        let path = format!("/api/v1/flows/drafts/{}", draft["id"].as_str().context("the draft has no id")?);
        change(&mut draft["file"]);
        let kept = json!({"revision": draft["revision"], "file": draft["file"]});
        let kept = self.done(Method::PUT, &path, &kept).await?;
        let submit = json!({"revision": kept["revision"], "note": note});
        let draft = self.done(Method::POST, &format!("{path}/submit"), &submit).await?;
        Ok(draft["base"].as_str().context("no version came of it")?.to_owned())
    }

    /// Listens to a stream of events.
    ///
    /// # Errors
    /// When there is no answer, or none that goes on.
    pub async fn listen(&self, path: &str) -> Result<reqwest::Response> {
        let get = http()?.get(format!("{}{path}", self.url)).header("cookie", &self.cookie);
        let answer = get.send().await?;
        let kind = answer.headers().get("content-type").context("no kind")?.to_str()?;
        ensure!(kind.starts_with("text/event-stream"), "{path} is no stream of events: {kind}");
        Ok(answer)
    }

    /// Sends a form that stands on `page` to `action`, as a browser does; the status and the page that follows.
    ///
    /// # Errors
    /// When there is no answer, or the page has no form.
    pub async fn send_form(
        &self,
        page: &str,
        action: &str,
        fields: &[(&str, &str)],
    ) -> Result<(u16, String)> {
        let answer = self.send(page, action, fields).await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }

    /// Sends such a form and answers the address that it leads to.
    ///
    /// # Errors
    /// When it leads nowhere.
    pub async fn led_to(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Result<String> {
        let answer = self.send(page, action, fields).await?;
        let place = answer.headers().get("location").with_context(|| format!("{action} leads nowhere"))?;
        Ok(place.to_str()?.to_owned())
    }

    /// Sends the form with one file that this page holds.
    ///
    /// # Errors
    /// As [`Desk::send_form`].
    pub async fn send_file(
        &self,
        page: &str,
        action: &str,
        field: &'static str,
        file: &[u8],
    ) -> Result<(u16, String)> {
        let part = multipart::Part::bytes(file.to_vec()).file_name("file");
        let form = multipart::Form::new().text("form_id", self.form_id(page).await?).part(field, part);
        let post = http()?.post(format!("{}{action}", self.url)).header("cookie", &self.cookie);
        let post = post.header("accept-language", "zh-CN").header("accept", "text/html");
        let answer = post.multipart(form).send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }

    async fn form_id(&self, page: &str) -> Result<String> {
        let shown = self.page(page).await?;
        let form_id = shown.split("name=\"form_id\" value=\"").nth(1).context("there is no form")?;
        Ok(form_id.split('"').next().unwrap_or_default().to_owned())
    }

    async fn send(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Result<reqwest::Response> {
        let form_id = self.form_id(page).await?;
        let mut body = reqwest::Url::parse("http://form/")?;
        body.query_pairs_mut().append_pair("form_id", &form_id).extend_pairs(fields);
        let post = http()?.post(format!("{}{action}", self.url)).header("cookie", &self.cookie);
        let post = post.header("content-type", "application/x-www-form-urlencoded");
        let post = post.header("accept-language", "zh-CN").header("accept", "text/html");
        Ok(post.body(body.query().unwrap_or_default().to_owned()).send().await?)
    }

    /// A page as it is sent.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn page(&self, path: &str) -> Result<String> {
        let get = http()?.get(format!("{}{path}", self.url)).header("cookie", &self.cookie);
        let get = get.header("accept-language", "zh-CN");
        Ok(get.send().await?.text().await?)
    }
}

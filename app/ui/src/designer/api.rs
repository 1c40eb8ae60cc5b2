//! The server, as the designer asks it: JSON over the page's own origin, with the session's cookie.

use js_sys::{Function, Promise, Reflect};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use shared::flow::FlowFile;
use shared::protocol::flows::{Draft, FlowRules, KeepDraft, KeptDraft, SubmitDraft};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::browser;

/// Why an answer is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// Stable code; `unreachable` where the server was not reached.
    pub code: String,
    /// The whole problem document.
    pub body: Value,
}

/// The code of a request that did not get through.
pub const UNREACHABLE: &str = "unreachable";

/// Reads a draft.
pub async fn read(id: &str) -> Result<Draft, Refusal> {
    ask("GET", &format!("/api/v1/flows/drafts/{id}"), None::<&()>).await
}

/// Keeps a draft.
pub async fn keep(id: &str, draft: &KeepDraft) -> Result<KeptDraft, Refusal> {
    ask("PUT", &format!("/api/v1/flows/drafts/{id}"), Some(draft)).await
}

/// What a version says.
pub async fn version(hash: &str) -> Result<FlowFile, Refusal> {
    ask("GET", &format!("/api/v1/flows/versions/{hash}"), None::<&()>).await
}

/// The company's own rules for its flows.
pub async fn rules() -> Result<FlowRules, Refusal> {
    ask("GET", "/api/v1/flows/rules", None::<&()>).await
}

/// What a case would take on a draft, as [`shared::protocol::flows::FlowEstimate`] says it.
pub async fn estimate(id: &str) -> Result<Value, Refusal> {
    ask("GET", &format!("/api/v1/flows/drafts/{id}/estimate"), None::<&()>).await
}

/// Hands a draft in.
pub async fn submit(id: &str, draft: &SubmitDraft) -> Result<Draft, Refusal> {
    ask("POST", &format!("/api/v1/flows/drafts/{id}/submit"), Some(draft)).await
}

async fn ask<T: DeserializeOwned>(
    method: &str,
    path: &str,
    body: Option<&impl Serialize>,
) -> Result<T, Refusal> {
    let refusal = |code: &str, body: Value| Refusal { code: code.to_owned(), body };
    let body = body.map(serde_json::to_string).transpose();
    let body = body.map_err(|_| refusal("flow_unreadable", Value::Null))?;
    let (status, text) =
        fetch(method, path, body.as_deref()).await.map_err(|_| refusal(UNREACHABLE, Value::Null))?;
    let value: Value = match text.is_empty() {
        true => Value::Null,
        false => serde_json::from_str(&text).map_err(|_| refusal("answer_unreadable", Value::Null))?,
    };
    if (200..300).contains(&status) {
        return serde_json::from_value(value).map_err(|_| refusal("answer_unreadable", Value::Null));
    }
    let code = value.get("code").and_then(Value::as_str).unwrap_or("internal").to_owned();
    Err(Refusal { code, body: value })
}

async fn fetch(method: &str, path: &str, body: Option<&str>) -> Result<(u16, String), JsValue> {
    let options = js_sys::Object::new();
    let headers = js_sys::Object::new();
    Reflect::set(&headers, &"accept".into(), &"application/json".into())?;
    if let Some(body) = body {
        Reflect::set(&headers, &"content-type".into(), &"application/json".into())?;
        Reflect::set(&options, &"body".into(), &body.into())?;
    }
    Reflect::set(&options, &"method".into(), &method.into())?;
    Reflect::set(&options, &"headers".into(), &headers)?;
    Reflect::set(&options, &"credentials".into(), &"same-origin".into())?;
    Reflect::set(&options, &"redirect".into(), &"manual".into())?;
    let window = browser::window();
    let fetch: Function = Reflect::get(&window, &"fetch".into())?.dyn_into()?;
    let answer = JsFuture::from(fetch.call2(&window, &path.into(), &options)?.dyn_into::<Promise>()?).await?;
    let status = Reflect::get(&answer, &"status".into())?.as_f64().unwrap_or_default() as u16;
    let text: Function = Reflect::get(&answer, &"text".into())?.dyn_into()?;
    let text = JsFuture::from(text.call0(&answer)?.dyn_into::<Promise>()?).await?;
    Ok((status, text.as_string().unwrap_or_default()))
}

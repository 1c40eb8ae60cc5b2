//! The lab's own pages: the guide at `GET /`, and what all its pages share.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    control::partners,
    faults::Faults,
    funders::Personality,
    magic::{Magic, Place, TABLE, WHOM},
    serve::{Lab, SharedLab},
};

const STYLE: &str = include_str!("../../../assets/lab/lab.css");

/// `GET /`: the magic values and the faults, as a page for browsers and as JSON for programs.
pub(super) async fn guide(State(lab): State<SharedLab>, headers: HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accept.contains("text/html") {
        Html(page("合作方实验室 Partner lab", &guide_body(&lab))).into_response()
    } else {
        Json(guide_json(&lab)).into_response()
    }
}

/// `GET /lab.css`.
pub(super) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)
}

/// Headers that every answer of the lab carries.
pub(super) async fn hardened(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let policy =
        HeaderValue::from_static("default-src 'none'; style-src 'self'; form-action 'none'; base-uri 'none'");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A whole page around `body`, which is markup.
pub(super) fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{}</title>\
         <link rel=\"stylesheet\" href=\"/lab.css\"></head><body><nav><a href=\"/\">指南 <span lang=\"en\">Guide</span></a>\
         <a href=\"/inbox\">收件箱 <span lang=\"en\">Inbox</span></a></nav><main>{body}</main></body></html>",
        escaped(title)
    )
}

/// Text as it may stand in markup.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn guide_body(lab: &Lab) -> String {
    let values: String = PLACES.into_iter().map(table_of).collect();
    let whom: String =
        WHOM.iter().map(|whom| list_item(&format!("{}x", whom.digit), whom.zh, whom.en)).collect();
    let kinds: String = Personality::ALL
        .iter()
        .map(|kind| {
            let [zh, en] = kind.described();
            list_item(&name_of(*kind), zh, en)
        })
        .collect();
    let names: String =
        partners(lab).iter().map(|name| format!("<li><code>{}</code></li>", escaped(name))).collect();
    let healthy = serde_json::to_string_pretty(&Faults::default()).unwrap_or_default();
    format!(
        "<h1>合作方实验室 <span lang=\"en\">Partner lab</span></h1>\
         <p>开发工具:通过 HTTP 扮演所有合作方。 <span lang=\"en\">A development tool: plays every partner over HTTP.</span></p>\
         <h2>特殊值 <span lang=\"en\">Magic values</span></h2>\
         <p>其他值一律得到正常答复。 <span lang=\"en\">Everything else gets a clean answer.</span> \
         实名核验只认识登记册中的 {} 人,以及客户本人确认过的姓名。 <span lang=\"en\">The real-name check knows the {} people of \
         its registry, and names that the customer confirmed.</span></p>\
         {values}\
         <h3>分的第一位:哪些资方 <span lang=\"en\">First of these two digits: which funders</span></h3><ul>{whom}</ul>\
         <h2>资方类型 <span lang=\"en\">Kinds of funders</span></h2><ul>{kinds}</ul>\
         <h2>故障 <span lang=\"en\">Faults</span></h2>\
         <p><code>PUT /control/PARTNER</code>, <code>POST /control/reset</code>, <code>GET /control/effects</code></p>\
         <pre>{}</pre><ul>{names}</ul>",
        lab.config.registry.len(),
        lab.config.registry.len(),
        escaped(&healthy),
    )
}

const PLACES: [Place; 4] = [Place::IdSequence, Place::PriceFen, Place::VinTail, Place::PhoneTail];

fn table_of(place: Place) -> String {
    let (zh, en) = place_text(place);
    let rows: String = TABLE.iter().filter(|row| row.place == place).map(table_row).collect();
    format!(
        "<h3>{zh} <span lang=\"en\">{en}</span></h3><table><thead><tr><th>数字 <span lang=\"en\">Digits</span></th>\
         <th>结果 <span lang=\"en\">What happens</span></th></tr></thead><tbody>{rows}</tbody></table>"
    )
}

fn table_row(row: &Magic) -> String {
    format!(
        "<tr><td><code>{}</code></td><td>{} <span lang=\"en\">{}</span><br>例 <span lang=\"en\">e.g.</span> \
         <code>{}</code></td></tr>",
        row.digits,
        escaped(row.zh),
        escaped(row.en),
        row.example,
    )
}

fn list_item(code: &str, zh: &str, en: &str) -> String {
    format!(
        "<li><code>{}</code> {} <span lang=\"en\">{}</span></li>",
        escaped(code),
        escaped(zh),
        escaped(en)
    )
}

fn place_text(place: Place) -> (&'static str, &'static str) {
    match place {
        Place::IdSequence => ("身份证号第 15–17 位", "ID number, characters 15–17"),
        Place::PriceFen => ("车价的分(末两位)", "vehicle price, last two digits (fen)"),
        Place::VinTail => ("车架号末三位", "VIN, last three"),
        Place::PhoneTail => ("手机号末四位", "phone, last four"),
    }
}

fn name_of(kind: Personality) -> String {
    serde_json::to_value(kind).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn guide_json(lab: &Lab) -> Value {
    let kinds = Personality::ALL.map(|kind| {
        let [zh, en] = kind.described();
        json!({ "personality": kind, "zh": zh, "en": en })
    });
    json!({
        "magic": TABLE,
        "price_fen_first_digit": WHOM,
        "personalities": kinds,
        "funders": lab.config.funders,
        "people_in_registry": lab.config.registry.len(),
        "partners": partners(lab),
        "healthy": Faults::default(),
    })
}

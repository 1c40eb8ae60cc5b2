//! The description of everything that programs may call (OpenAPI 3.1).
//!
//! It comes from the handlers themselves; a handler names its own refusals in `x-problems` as `409 already_made`. What
//! holds for every route of a group is added here, once: how callers prove themselves, what any of them may be refused
//! for, what a parameter looks like, and the example of each type beside its use.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use shared::domain::Lang;

use super::{Caller, groups, is_page};

/// The methods of a path.
pub(super) const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];
/// The media type of every refusal.
pub(super) const PROBLEM: &str = "application/problem+json";
/// The media type of what is not JSON.
pub(super) const FILES: [&str; 1] = ["application/pdf"];

/// What the routes are sorted under.
const TAGS: [(&str, &str); 10] = [
    ("links", "Links for customers: make, list, renew, take back."),
    ("cases", "Where cases stand, how they were decided, what was signed."),
    ("webhooks", "Addresses at which your systems are told of your cases."),
    ("customer", "What a customer does, with the token of their own link."),
    ("uploads", "Photos in slices (tus 1.0), for customers and for advisors' devices."),
    ("partners", "What partners send on their own, signed by Standard Webhooks."),
    ("blacklist", "The company's blacklist, for its staff."),
    ("devices", "Advisors' devices, for whoever holds them."),
    ("flows", "Flows: drafts, versions, releases, for staff who compose and approve them."),
    ("operations", "Is the server well?"),
];

/// What a parameter of a path looks like: its pattern, an example, and a sentence.
const PLACES: [(&str, &str, &str, &str); 12] = [
    ("case", ID, "5f3k9q0m7t2v8x1y4z6b0c2d4f", "The case's id"),
    ("link", ID, "5f3k9q0m7t2v8x1y4z6b0c2d4g", "The link's id"),
    ("device", ID, "5f3k9q0m7t2v8x1y4z6b0c2d4h", "The device's id"),
    ("draft", ID, "5f3k9q0m7t2v8x1y4z6b0c2d4j", "The draft's id"),
    ("entry", ID, "5f3k9q0m7t2v8x1y4z6b0c2d4k", "The entry's id"),
    ("webhook", "^wh_[0-9a-f]{32}$", "wh_0f8e7d6c5b4a39281706f5e4d3c2b1a0", "The address's id"),
    ("message", "^msg_[0-9a-f]{32}$", "msg_00112233445566778899aabbccddeeff", "The message's id"),
    ("hash", "^[0-9a-f]{64}$", HASH, "The version's SHA-256"),
    ("key", "^[a-z][a-z0-9-]{0,59}$", "new-car-loan", "The flow's key"),
    ("partner", "^[a-z0-9-]{1,60}$", "patient", "The partner's key"),
    ("token", "^[a-z0-9]{32}$", "abcdefghijkmnpqrstuvwxyz23456789", "The link's token"),
    ("id", "^[0-9a-z]{26,32}$", "0f8e7d6c5b4a39281706f5e4d3c2b1a0", "The upload's id"),
];
const ID: &str = "^[0-7][0-9a-hjkmnp-tv-z]{25}$";
const HASH: &str = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";

/// The whole document.
pub fn description() -> Value {
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Miaopi 秒批",
            "description": include_str!("../ops/api.md"),
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{"url": "/", "description": "This server"}],
        "tags": TAGS.map(|(name, text)| json!({"name": name, "description": text})),
        "paths": {},
        "components": {"schemas": crate::flows::schemas(), "securitySchemes": credentials()},
    });
    let mut paths = Map::new();
    for (caller, _, group) in groups() {
        let mut described = group.split_for_parts().1;
        described.paths.paths.retain(|_, item| !super::operations(item).iter().any(|(_, one)| is_page(one)));
        let mut described = serde_json::to_value(described).unwrap_or_default();
        if let Some(Value::Object(schemas)) = described.pointer_mut("/components/schemas").map(Value::take)
            && let Some(all) = document["components"]["schemas"].as_object_mut()
        {
            all.extend(schemas);
        }
        let schemas = document["components"]["schemas"].clone();
        for (path, mut item) in described["paths"].as_object().cloned().unwrap_or_default() {
            for method in METHODS {
                if let Some(operation) = item.get_mut(method) {
                    complete(caller, method, operation, &schemas);
                }
            }
            paths.insert(path, item);
        }
    }
    paths.sort_keys();
    document["paths"] = Value::Object(paths);
    document
}

/// How callers prove who they are.
fn credentials() -> Value {
    json!({
        "api_key": {"type": "http", "scheme": "bearer",
            "description": "A key of the company, `mpk_…`. The scopes that a route asks for stand beside it."},
        "customer_token": {"type": "http", "scheme": "bearer", "description": "The token of the customer's own link."},
        "link_header": {"type": "apiKey", "in": "header", "name": "miaopi-link",
            "description": "The same token, where tus takes the header `Authorization` for itself."},
        "device_signature": {"type": "apiKey", "in": "header", "name": "miaopi-signature",
            "description": "What an enrolled device signs with its own key."},
        "session": {"type": "apiKey", "in": "cookie", "name": "__Host-session",
            "description": "A member of staff who has signed in."},
    })
}

fn complete(caller: Caller, method: &str, operation: &mut Value, schemas: &Value) {
    let tag = operation["tags"][0].as_str().unwrap_or_default().to_owned();
    // The names of handlers repeat; with their folder they do not.
    operation["operationId"] =
        format!("{tag}_{}", operation["operationId"].as_str().unwrap_or_default()).into();
    // Never by index: of what is not there, that makes a null.
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        complete_parameter(parameter);
    }
    if let Some(content) = operation.pointer_mut("/requestBody/content") {
        complete_content(content, schemas);
    }
    let own = operation.as_object_mut().and_then(|operation| operation.remove("x-problems"));
    let own = own.iter().flat_map(|own| own.as_array().into_iter().flatten()).filter_map(Value::as_str);
    let mut refusals: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for refusal in own.chain(common(caller, method, operation)) {
        let (status, code) = refusal.split_once(' ').unwrap_or((refusal, "internal"));
        let codes = refusals.entry(status.to_owned()).or_default();
        if !codes.iter().any(|known| known == code) {
            codes.push(code.to_owned());
        }
    }
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    // A refusal that is described and has no code would promise what no test holds.
    responses.retain(|status, _| status.as_str() < "400");
    for response in responses.values_mut() {
        if let Some(content) = response.get_mut("content") {
            complete_content(content, schemas);
        }
    }
    for (status, codes) in refusals {
        responses.insert(status.clone(), refusal(&status, &codes));
    }
}

/// What anybody who calls a route of this group may be refused for.
fn common(caller: Caller, method: &str, operation: &Value) -> Vec<&'static str> {
    let mut all = Vec::new();
    match caller {
        Caller::Program => all.extend(["401 sign_in_needed", "403 scope_missing", "403 not_allowed"]),
        Caller::Designer | Caller::ListKeeper | Caller::Device | Caller::Staff => {
            all.extend(["401 sign_in_needed", "403 not_allowed"]);
        }
        Caller::Customer => all.extend(["401 link_needed", "404 not_found"]),
        Caller::Partner | Caller::Anyone => {}
    }
    let changes = !matches!(method, "get" | "head");
    if changes && !matches!(caller, Caller::Partner | Caller::Anyone) {
        all.push("403 cross_site");
    }
    let body = operation.pointer("/requestBody/content");
    if body.is_some_and(|body| body.get("application/json").is_some()) && caller != Caller::Partner {
        all.extend(["400 not_json", "400 body_cut_off", "413 too_large"]);
        all.extend(["415 unsupported_media_type", "422 unreadable_input"]);
    }
    let parameters = operation["parameters"].as_array();
    if parameters.into_iter().flatten().any(|parameter| parameter["in"] == "query") {
        all.push("400 unreadable_input");
    }
    all.extend(["429 too_many_requests", "500 internal", "503 busy", "503 timeout", "503 store_unavailable"]);
    if changes {
        all.push("507 storage_full");
    }
    all
}

/// One status with the codes that it comes with: programs tell them apart by `code`, and `code` is one of these.
fn refusal(status: &str, codes: &[String]) -> Value {
    let number: u16 = status.parse().unwrap_or(500);
    let waits = matches!(number, 429 | 503 | 507);
    let examples: Map<String, Value> = codes
        .iter()
        .map(|code| {
            let detail = ui::texts::problem(code, Lang::En);
            let mut value = json!({"status": number, "code": code, "detail": detail});
            if waits {
                value["retry_after_s"] = 5.into();
            }
            (code.clone(), json!({"summary": detail, "value": value}))
        })
        .collect();
    let listed: Vec<String> = codes.iter().map(|code| format!("`{code}`")).collect();
    let mut response = json!({
        "description": listed.join(", "),
        "content": {PROBLEM: {
            "schema": {"allOf": [
                {"$ref": "#/components/schemas/Problem"},
                {"type": "object", "properties": {"status": {"const": number}, "code": {"enum": codes}}},
            ]},
            "examples": examples,
        }},
    });
    if waits {
        response["headers"] = json!({"Retry-After": {
            "description": "Whole seconds to wait before trying again, where waiting helps",
            "schema": {"type": "integer", "minimum": 0},
        }});
    }
    response
}

fn complete_parameter(parameter: &mut Value) {
    let name = parameter["name"].as_str().unwrap_or_default().to_owned();
    if parameter["in"] == "path"
        && let Some((_, pattern, example, text)) = PLACES.into_iter().find(|place| place.0 == name)
    {
        parameter["schema"] = json!({"type": "string", "pattern": pattern});
        parameter["example"] = example.into();
        if parameter["description"].is_null() {
            parameter["description"] = text.into();
        }
    }
    if name == "Idempotency-Key" {
        parameter["schema"] = json!({"type": "string", "pattern": "^[!-~]{1,128}$"});
        parameter["example"] = "order-2026-0042".into();
    }
}

/// Puts the example of a type beside its use, and says of files that they are files.
fn complete_content(content: &mut Value, schemas: &Value) {
    for (kind, media) in content.as_object_mut().into_iter().flatten() {
        if FILES.contains(&kind.as_str()) {
            media["schema"] = json!({"type": "string", "format": "binary"});
            continue;
        }
        if media.get("example").is_some() || media.get("examples").is_some() {
            continue;
        }
        let named =
            media.pointer("/schema/$ref").and_then(Value::as_str).and_then(|at| at.rsplit('/').next());
        if let Some(example) = named.and_then(|name| schemas[name].get("example")).cloned() {
            media["example"] = example;
        }
    }
}

#[cfg(test)]
mod tests;

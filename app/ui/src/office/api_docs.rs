//! The HTTP API, read from its OpenAPI description: operations with parameters, bodies and answers.

use super::Cx;
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How deep a schema is spelled out before it is named only: recursive types end here.
const SCHEMA_DEPTH: usize = 4;

/// The methods of an OpenAPI path item, in the order in which they are listed.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The description of the API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApiDocs {
    /// The OpenAPI document.
    pub openapi: Value,
}

pub(super) fn page(cx: Cx, docs: &ApiDocs) -> Element {
    let api = &docs.openapi;
    rsx! {
        p { class: "lead", {cx.t("api-lead")} }
        p { class: "links",
            a { href: "/api/openapi.json", "/api/openapi.json" }
        }
        if let Some(text) = api["info"]["description"].as_str() {
            p { "{text}" }
        }
        for (path, item) in api["paths"].as_object().into_iter().flatten() {
            for method in METHODS.into_iter().filter(|method| item[*method].is_object()) {
                {operation(cx, api, path, method, &item[method])}
            }
        }
    }
}

fn operation(cx: Cx, api: &Value, path: &str, method: &str, operation: &Value) -> Element {
    let text = |name: &str| operation[name].as_str().unwrap_or_default().to_owned();
    rsx! {
        details { class: "card api",
            summary {
                span { class: "method {method}", {method.to_uppercase()} }
                h2 {
                    code { "{path}" }
                }
                span { class: "api-name", {text("summary")} }
            }
            div { class: "prose",
                p { {text("description")} }
                {scopes(cx, operation)}
                {parameters(cx, operation)}
                {body(cx, api, operation)}
                {answers(cx, api, operation)}
            }
        }
    }
}

/// What a program's key needs.
fn scopes(cx: Cx, operation: &Value) -> Element {
    let all = operation["security"].as_array().into_iter().flatten();
    let named: Vec<&str> = all
        .flat_map(|one| one["api_key"].as_array().into_iter().flatten())
        .filter_map(Value::as_str)
        .collect();
    rsx! {
        for scope in named {
            p {
                {cx.t("api-scope")}
                " "
                code { "{scope}" }
            }
        }
    }
}

fn parameters(cx: Cx, operation: &Value) -> Element {
    let Some(list) = operation["parameters"].as_array().filter(|list| !list.is_empty()) else {
        return rsx! {};
    };
    rsx! {
        h3 { {cx.t("api-parameters")} }
        dl { class: "facts",
            for parameter in list {
                div {
                    dt {
                        code { {parameter["name"].as_str().unwrap_or_default()} }
                        small { {parameter["in"].as_str().unwrap_or_default()} }
                    }
                    dd { {parameter["description"].as_str().unwrap_or_default()} }
                }
            }
        }
    }
}

fn body(cx: Cx, api: &Value, operation: &Value) -> Element {
    let Some(content) = operation["requestBody"]["content"].as_object() else { return rsx! {} };
    rsx! {
        h3 { {cx.t("api-body")} }
        for (kind, media) in content {
            p { code { "{kind}" } }
            {schema_block(api, &media["schema"])}
            {example_block(cx, media)}
        }
    }
}

fn answers(cx: Cx, api: &Value, operation: &Value) -> Element {
    let Some(list) = operation["responses"].as_object() else { return rsx! {} };
    rsx! {
        h3 { {cx.t("api-answers")} }
        for (status, answer) in list {
            p {
                code { "{status}" }
                " "
                {answer["description"].as_str().unwrap_or_default()}
            }
            // Refusals have one shape; what tells them apart is the code, which their sentence names.
            for (kind, media) in answer["content"].as_object().into_iter().flatten() {
                if kind != "application/problem+json" {
                    {schema_block(api, &media["schema"])}
                    {example_block(cx, media)}
                }
            }
        }
    }
}

fn schema_block(api: &Value, schema: &Value) -> Element {
    if schema.is_null() {
        return rsx! {};
    }
    let mut text = String::new();
    write_schema(api, schema, 0, &mut text);
    rsx! {
        pre { tabindex: "0", "{text}" }
    }
}

fn example_block(cx: Cx, media: &Value) -> Element {
    let Some(example) = media.get("example").filter(|example| !example.is_string()) else { return rsx! {} };
    rsx! {
        p { {cx.t("api-example")} }
        pre { tabindex: "0", "{example:#}" }
    }
}

/// A schema as a shape that reads like JSON: `{ name: string, … }`.
fn write_schema(api: &Value, schema: &Value, depth: usize, text: &mut String) {
    let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
    let schema = name.map_or(schema, |name| &api["components"]["schemas"][name]);
    if let (Some(name), true) = (name, depth >= SCHEMA_DEPTH) {
        text.push_str(name);
        return;
    }
    for (choice, between) in [("oneOf", " | "), ("anyOf", " | "), ("allOf", " & ")] {
        if let Some(list) = schema[choice].as_array() {
            return write_choices(api, list, between, depth, text);
        }
    }
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<String> = values.iter().map(Value::to_string).collect();
        text.push_str(&values.join(" | "));
    } else if let Some(properties) = schema["properties"].as_object() {
        write_object(api, schema, properties, depth, text);
    } else if schema["items"].is_object() {
        text.push('[');
        write_schema(api, &schema["items"], depth + 1, text);
        text.push(']');
    } else {
        text.push_str(&plain_type(schema));
    }
}

fn write_choices(api: &Value, list: &[Value], between: &str, depth: usize, text: &mut String) {
    for (index, schema) in list.iter().enumerate() {
        if index > 0 {
            text.push_str(between);
        }
        write_schema(api, schema, depth + 1, text);
    }
}

fn write_object(
    api: &Value,
    schema: &Value,
    properties: &serde_json::Map<String, Value>,
    depth: usize,
    text: &mut String,
) {
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    text.push_str("{\n");
    for (name, property) in properties {
        text.push_str(&"  ".repeat(depth + 1));
        text.push_str(name);
        text.push_str(if required.contains(&name.as_str()) { ": " } else { "?: " });
        write_schema(api, property, depth + 1, text);
        text.push('\n');
    }
    text.push_str(&"  ".repeat(depth));
    text.push('}');
}

/// `string (date)`, `integer | null`: types and format as the document says.
fn plain_type(schema: &Value) -> String {
    let kinds = match &schema["type"] {
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" | "),
        _ => "any".to_owned(),
    };
    match schema["format"].as_str() {
        Some(format) => format!("{kinds} ({format})"),
        None => kinds,
    }
}

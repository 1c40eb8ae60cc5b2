//! Every route that programs, customers, partners and anybody may call is described whole.

use std::collections::BTreeSet;

use serde_json::Value;
use shared::domain::{Lang, Scope};

use super::{FILES, PROBLEM, description};
use crate::router::{Caller, Route, operations, table};

/// Routes that are pages, which nobody calls by the description.
fn pages() -> BTreeSet<(String, String)> {
    let mut pages = BTreeSet::new();
    for (_, _, group) in super::groups() {
        for (path, item) in group.split_for_parts().1.paths.paths {
            for (method, operation) in operations(&item) {
                if super::is_page(operation) {
                    pages.insert((method.to_owned(), path.clone()));
                }
            }
        }
    }
    pages
}

/// The routes that programs call.
fn public() -> Vec<Route> {
    let pages = pages();
    table()
        .into_iter()
        .filter(|route| !pages.contains(&(route.method.to_owned(), route.path.clone())))
        .collect()
}

/// What is missing in the description of a route.
fn missing(route: &Route, document: &Value) -> Vec<String> {
    let operation = &document["paths"][&route.path][route.method.to_lowercase()];
    if !operation.is_object() {
        return vec!["all of it".to_owned()];
    }
    let mut missing = Vec::new();
    let mut need = |is_there: bool, what: &str| {
        if !is_there {
            missing.push(what.to_owned());
        }
    };
    need(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "a sentence");
    need(operation["tags"].as_array().is_some_and(|tags| tags.len() == 1), "one tag");
    need(operation.get("parameters").is_none_or(Value::is_array), "a list of parameters");
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        need(parameter["description"].is_string(), &format!("a sentence about {name}"));
        need(parameter["schema"].is_object(), &format!("a schema of {name}"));
        need(parameter["in"] != "path" || parameter["example"].is_string(), &format!("an example of {name}"));
    }
    for part in route.path.split('/').filter_map(|part| part.strip_prefix('{')) {
        let name = part.trim_end_matches('}');
        let known = operation["parameters"].as_array().into_iter().flatten().any(|p| p["name"] == name);
        need(known, &format!("the parameter {name}"));
    }
    let body = &operation["requestBody"];
    need(body.is_null() || body["content"].is_object(), "what is sent");
    for (kind, media) in body["content"].as_object().into_iter().flatten() {
        need(has_schema(media), &format!("a schema of the body as {kind}"));
        need(has_example(kind, media), &format!("an example of the body as {kind}"));
    }
    let responses = operation["responses"].as_object().unwrap();
    need(responses.keys().any(|status| status.as_str() < "400"), "what happens when it works");
    for (status, response) in responses {
        need(
            response["description"].as_str().is_some_and(|text| !text.is_empty()),
            &format!("what {status} means"),
        );
        let content = response["content"].as_object();
        need(
            matches!(status.as_str(), "201" | "204" | "101") || route.method == "HEAD" || content.is_some(),
            &format!("what comes with {status}"),
        );
        for (kind, media) in content.into_iter().flatten() {
            need(has_schema(media), &format!("a schema of {status} as {kind}"));
            need(has_example(kind, media), &format!("an example of {status} as {kind}"));
        }
        if status.as_str() >= "400" {
            need(
                content.is_some_and(|content| content.contains_key(PROBLEM)),
                &format!("{status} as a problem"),
            );
        }
    }
    for status in expected(route, operation) {
        need(responses.contains_key(status), &format!("the refusal {status}"));
    }
    let security: Vec<&str> = operation["security"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|one| one.as_object().unwrap().keys().map(String::as_str))
        .collect();
    match route.caller {
        Caller::Program => {
            need(security == ["api_key", "session"], "who may call it");
            let scopes = operation["security"][0]["api_key"].as_array().cloned().unwrap_or_default();
            let known = |scope: &Value| scope.as_str().and_then(Scope::from_code).is_some();
            need(scopes.len() == 1 && scopes.iter().all(known), "the scope that it takes");
        }
        Caller::Customer => need(!security.is_empty(), "who may call it"),
        _ => {}
    }
    missing
}

fn has_schema(media: &Value) -> bool {
    let schema = &media["schema"];
    let shapeless = schema["type"] == "object" && schema.get("properties").is_none();
    schema.as_object().is_some_and(|schema| !schema.is_empty()) && !shapeless
}

fn has_example(kind: &str, media: &Value) -> bool {
    FILES.contains(&kind)
        || !media["example"].is_null()
        || media["examples"].as_object().is_some_and(|all| !all.is_empty())
}

fn expected(route: &Route, operation: &Value) -> Vec<&'static str> {
    let mut all = vec!["429", "500", "503"];
    match route.caller {
        Caller::Program | Caller::ListKeeper | Caller::Designer => all.extend(["401", "403"]),
        Caller::Customer => all.extend(["401", "404"]),
        Caller::Partner => all.push("401"),
        _ => {}
    }
    if route.path.contains('{') {
        all.push("404");
    }
    if operation["requestBody"]["content"]["application/json"].is_object() && route.caller != Caller::Partner
    {
        all.extend(["400", "413", "415", "422"]);
    }
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    if parameters.into_iter().any(|one| one["name"] == "cursor") {
        all.extend(["400", "422"]);
    }
    all
}

#[test]
fn every_route_has_its_schemas_examples_and_refusals() {
    let document = description();
    let routes = public();
    assert!(routes.len() >= 35, "{}", routes.len());
    let gaps: Vec<String> = routes
        .iter()
        .map(|route| (route, missing(route, &document)))
        .filter(|(_, missing)| !missing.is_empty())
        .map(|(route, missing)| format!("{} {}: {}", route.method, route.path, missing.join("; ")))
        .collect();
    assert!(gaps.is_empty(), "not described:\n{}", gaps.join("\n"));
}

#[test]
fn a_route_without_them_would_be_noticed() {
    let mut document = description();
    let route = |method, path: &str| Route { caller: Caller::Program, method, path: path.to_owned() };
    let links = route("POST", "/api/v1/links");
    assert_eq!(missing(&links, &document), Vec::<String>::new());
    let operation = &mut document["paths"]["/api/v1/links"]["post"];
    let media = &mut operation["requestBody"]["content"]["application/json"];
    media.as_object_mut().unwrap().remove("example");
    media["schema"] = serde_json::json!({"type": "object"});
    operation["responses"].as_object_mut().unwrap().remove("403");
    operation["security"][0]["api_key"] = serde_json::json!([]);
    assert_eq!(
        missing(&links, &document),
        [
            "a schema of the body as application/json",
            "an example of the body as application/json",
            "the refusal 403",
            "the scope that it takes",
        ]
    );
    assert_eq!(missing(&route("GET", "/api/v1/nothing"), &document), ["all of it"]);
}

#[test]
fn every_code_has_a_sentence_in_both_languages() {
    let document = description();
    let mut untold = BTreeSet::new();
    for (_, item) in document["paths"].as_object().unwrap() {
        for (_, operation) in item.as_object().unwrap() {
            for (_, response) in operation["responses"].as_object().into_iter().flatten() {
                let examples = response["content"][PROBLEM]["examples"].as_object();
                for code in examples.into_iter().flatten().map(|(code, _)| code) {
                    let told = |lang| ui::texts::problem_short(code, lang).is_some();
                    if !told(Lang::Zh) || !told(Lang::En) {
                        untold.insert(code.clone());
                    }
                }
            }
        }
    }
    assert!(untold.is_empty(), "no text for {untold:?}");
}

#[test]
fn schemas_of_flows_share_no_name_with_others() {
    let document = description();
    for (name, schema) in crate::flows::schemas() {
        assert_eq!(document["components"]["schemas"][&name], schema, "{name}");
    }
}

#[test]
fn names_of_operations_are_used_once() {
    let document = description();
    let mut seen = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(seen.insert(name.to_owned()), "{method} {path} is called {name} as well");
        }
    }
}

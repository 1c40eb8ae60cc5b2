//! A block's parameters as fields of a form, read from the JSON Schema of its kind.

use serde_json::Value;

/// One parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// Its name, as it stands in the parameters.
    pub name: String,
    /// It has to be given.
    pub required: bool,
    /// What is taken where it is not given.
    pub default: Option<Value>,
    /// How it is entered.
    pub widget: Widget,
}

/// How a parameter is entered.
#[derive(Debug, Clone, PartialEq)]
pub enum Widget {
    /// A whole number between these, where the schema says so.
    Whole {
        /// Least.
        least: Option<i64>,
        /// Most.
        most: Option<i64>,
    },
    /// A line of text.
    Text,
    /// Yes or no.
    Yes,
    /// One of these.
    One(Vec<String>),
    /// One of these, or a whole number.
    OneOrWhole(Vec<String>),
    /// Any of these.
    Many(Vec<String>),
    /// A list of short codes.
    Codes,
    /// A decision table.
    Table,
    /// An object.
    Fields(Vec<Param>),
    /// A list of objects.
    Rows(Vec<Param>),
    /// Anything else: as JSON.
    Json,
}

/// The fields of a schema's top level, in its order.
pub fn params(schema: &Value) -> Vec<Param> {
    fields(schema, schema, 0)
}

/// The value that a new entry of this sort begins with.
pub fn blank(widget: &Widget) -> Value {
    match widget {
        Widget::Whole { least, .. } => Value::from(least.unwrap_or(0).max(0)),
        Widget::Text => Value::from(""),
        Widget::Yes => Value::from(false),
        Widget::One(options) | Widget::OneOrWhole(options) => {
            options.first().map_or(Value::Null, |first| Value::from(first.as_str()))
        }
        Widget::Many(_) | Widget::Codes | Widget::Rows(_) => Value::Array(Vec::new()),
        Widget::Table => super::grid::blank(),
        Widget::Fields(fields) => {
            let given = fields.iter().filter(|field| field.required);
            Value::Object(given.map(|field| (field.name.clone(), blank(&field.widget))).collect())
        }
        Widget::Json => Value::Null,
    }
}

/// Deepest nesting that is drawn as fields.
const DEEPEST: usize = 3;

fn fields(schema: &Value, root: &Value, depth: usize) -> Vec<Param> {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return Vec::new() };
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let field = |(name, schema): (&String, &Value)| Param {
        name: name.clone(),
        required: required.contains(&name.as_str()),
        default: schema.get("default").filter(|default| !default.is_null()).cloned(),
        widget: widget(schema, root, depth),
    };
    properties.iter().map(field).collect()
}

fn widget(schema: &Value, root: &Value, depth: usize) -> Widget {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let name = name.rsplit('/').next().unwrap_or_default();
        let target = root.get("$defs").and_then(|defs| defs.get(name));
        return match target {
            Some(_) if name == "DecisionTable" => Widget::Table,
            Some(target) => widget(target, root, depth),
            None => Widget::Json,
        };
    }
    if let Some(options) = options(schema) {
        return Widget::One(options);
    }
    for word in ["anyOf", "oneOf", "allOf"] {
        if let Some(choices) = schema.get(word).and_then(Value::as_array) {
            return one_of(choices, root, depth);
        }
    }
    match kind_of(schema) {
        Some("boolean") => Widget::Yes,
        Some("integer") => {
            let bound = |word: &str| schema.get(word).and_then(Value::as_f64).map(|bound| bound as i64);
            Widget::Whole { least: bound("minimum"), most: bound("maximum") }
        }
        Some("string") => Widget::Text,
        Some("array") => match schema.get("items").map(|items| widget(items, root, depth + 1)) {
            Some(Widget::One(options)) => Widget::Many(options),
            Some(Widget::Text) => Widget::Codes,
            Some(Widget::Fields(fields)) => Widget::Rows(fields),
            _ => Widget::Json,
        },
        Some("object") if depth < DEEPEST && schema.get("properties").is_some() => {
            Widget::Fields(fields(schema, root, depth + 1))
        }
        _ => Widget::Json,
    }
}

/// A choice between schemas: with nothing, or between words and a number.
fn one_of(choices: &[Value], root: &Value, depth: usize) -> Widget {
    let sorts: Vec<Widget> = choices
        .iter()
        .filter(|choice| kind_of(choice) != Some("null"))
        .map(|choice| widget(choice, root, depth))
        .collect();
    match sorts.as_slice() {
        [only] => only.clone(),
        [Widget::One(options), Widget::Whole { .. }] => Widget::OneOrWhole(options.clone()),
        _ => Widget::Json,
    }
}

fn options(schema: &Value) -> Option<Vec<String>> {
    if let Some(list) = schema.get("enum").and_then(Value::as_array) {
        return list.iter().map(|one| one.as_str().map(str::to_owned)).collect();
    }
    if let Some(one) = schema.get("const").and_then(Value::as_str) {
        return Some(vec![one.to_owned()]);
    }
    let list = schema.get("oneOf").and_then(Value::as_array)?;
    let each = list.iter().map(options).collect::<Option<Vec<_>>>()?;
    Some(each.concat())
}

/// The one type besides null.
fn kind_of(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(kind) => Some(kind),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::flow::{catalogue, kind};

    fn of(key: &str) -> Vec<Param> {
        params(&kind(key).unwrap().schema())
    }

    fn sort(key: &str, name: &str) -> Widget {
        of(key).into_iter().find(|param| param.name == name).unwrap().widget
    }

    #[test]
    fn every_parameter_of_every_kind_has_a_field_of_its_own() {
        for kind in catalogue() {
            for param in of(kind.key()) {
                assert_ne!(param.widget, Widget::Json, "{}.{}", kind.key(), param.name);
            }
        }
    }

    #[test]
    fn schemas_become_the_fields_that_people_expect() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            sort("partner-query", "partner"),
            Widget::One(words(&["realname", "bureau", "valuation", "funder"]))
        );
        assert!(matches!(sort("partner-query", "callback_minutes"), Widget::Whole { .. }));
        assert_eq!(
            sort("manual-review", "may"),
            Widget::Many(words(&["approve", "decline", "request_more"]))
        );
        assert_eq!(sort("manual-review", "queue"), Widget::Text);
        assert_eq!(sort("request-more", "may_retake"), Widget::Yes);
        assert_eq!(sort("parallel", "branches"), Widget::Codes);
        assert_eq!(sort("join", "need"), Widget::OneOrWhole(words(&["all", "any"])));
        assert_eq!(sort("rule-table", "table"), Widget::Table);
        assert!(matches!(sort("score-card", "grades"), Widget::Rows(fields) if fields.len() == 2));
        let due = of("manual-review").into_iter().find(|param| param.name == "due_minutes").unwrap();
        assert!(due.required && due.default.is_none());
        let late = of("partner-query").into_iter().find(|param| param.name == "late").unwrap();
        assert_eq!(late.default, Some(Value::from("ignore")));
    }

    #[test]
    fn what_no_field_fits_is_entered_as_json() {
        let schema = serde_json::json!({"properties": {"odd": {"type": "array", "items": {"type": "array"}}, "gone": {"$ref": "#/$defs/gone"}}});
        assert!(params(&schema).iter().all(|param| param.widget == Widget::Json));
        assert!(params(&Value::Null).is_empty());
    }
}

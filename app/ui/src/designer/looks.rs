//! What classes, outcomes and parameters look like and are called.

use crate::texts::Words;
use dioxus::prelude::*;
use shared::flow::Class;

/// Every class, in the order of the palette.
pub const CLASSES: [Class; 8] = [
    Class::Intake,
    Class::Check,
    Class::Partner,
    Class::Decide,
    Class::Offer,
    Class::People,
    Class::Contract,
    Class::Control,
];

/// The class's name in style sheets and texts.
pub fn class_slug(class: Class) -> &'static str {
    match class {
        Class::Intake => "class-intake",
        Class::Check => "class-check",
        Class::Partner => "class-partner",
        Class::Decide => "class-decide",
        Class::Offer => "class-offer",
        Class::People => "class-people",
        Class::Contract => "class-contract",
        Class::Control => "class-control",
    }
}

/// The class's sign, decorative.
pub fn class_icon(class: Option<Class>) -> Element {
    let d = match class {
        Some(Class::Intake) => "M12 4v10M7.5 10l4.5 4.5 4.5-4.5M4.5 15v4.5h15V15",
        Some(Class::Check) => "M4.5 12.5l5 5L19.5 7",
        Some(Class::Partner) => {
            "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM3.5 12h17M12 3.5c5 5 5 12 0 17M12 3.5c-5 5-5 12 0 17"
        }
        Some(Class::Decide) => "M4 5h16v14H4zM4 10h16M10 10v9",
        Some(Class::Offer) => "M7 4l5 7 5-7M12 11v9M7.5 13h9M7.5 16.5h9",
        Some(Class::People) => {
            "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.6-3.8 3.7-6 7.5-6s6.9 2.2 7.5 6"
        }
        Some(Class::Contract) => "M4 20l1-4L16.5 4.5l3 3L8 19zM14 7l3 3",
        Some(Class::Control) => "M4 12h5M9 12l6-6h5M9 12l6 6h5",
        None => "M9 9a3 3 0 1 1 4 2.8c-.8.4-1 1-1 2.2M12 17.5h.01",
    };
    rsx! {
        svg {
            view_box: "0 0 24 24",
            width: "20",
            height: "20",
            fill: "none",
            stroke: "currentColor",
            stroke_width: "1.9",
            stroke_linecap: "round",
            stroke_linejoin: "round",
            "aria-hidden": "true",
            "focusable": "false",
            path { d }
        }
    }
}

/// What a parameter is called: within a list by that list's own word, where it has one.
pub fn param_name(w: Words, within: &str, name: &str) -> String {
    let dashed = |text: &str| text.replace('_', "-");
    let own = w.find(&format!("param-{}-{}", dashed(within), dashed(name))).filter(|_| !within.is_empty());
    own.or_else(|| w.find(&format!("param-{}", dashed(name)))).unwrap_or_else(|| name.to_owned())
}

/// What one of the values to choose from is called.
pub fn choice_name(w: Words, value: &str) -> String {
    w.find(&format!("choice-{}", value.replace('_', "-"))).unwrap_or_else(|| value.to_owned())
}

/// The unit of a number, by the end of its name.
pub fn unit(w: Words, name: &str) -> Option<String> {
    let key = match name.rsplit('_').next()? {
        "minutes" => "unit-minutes",
        "seconds" => "unit-seconds",
        "ms" => "unit-ms",
        "percent" | "confidence" => "unit-percent",
        "fen" => "unit-fen",
        "months" => "unit-months",
        "days" => "unit-days",
        "age" => "unit-years",
        _ => return None,
    };
    Some(w.t(key))
}

/// A length of time in words that people use: 10080 minutes are 7 days.
pub fn in_words(w: Words, name: &str, value: i64) -> Option<String> {
    if name.rsplit('_').next() != Some("minutes") || value < 60 {
        return None;
    }
    let (days, rest) = (value / 1_440, value % 1_440);
    let (hours, minutes) = (rest / 60, rest % 60);
    let mut parts = Vec::new();
    for (n, key) in [(days, "span-days"), (hours, "span-hours"), (minutes, "span-minutes")] {
        if n > 0 {
            parts.push(w.with(key, &[("n", n.into())]));
        }
    }
    Some(parts.join(" "))
}

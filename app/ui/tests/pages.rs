//! What holds for every page in both languages: a complete document, one heading, no inline script or style, forms that
//! carry their step, everything escaped, and a weight that a cheap phone can bear.

#![allow(unreachable_pub, missing_docs)] // the sample modules are shared with the gallery
#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

#[path = "../examples/gallery/case_samples.rs"]
mod case_samples;
#[path = "../examples/gallery/customer_content.rs"]
mod customer_content;
#[path = "../examples/gallery/customer_samples.rs"]
mod customer_samples;
#[path = "../examples/gallery/devices_samples.rs"]
mod devices_samples;
#[path = "../examples/gallery/flows_samples.rs"]
mod flows_samples;
#[path = "../examples/gallery/office_samples.rs"]
mod office_samples;
#[path = "../examples/gallery/own_samples.rs"]
mod own_samples;
#[path = "../examples/gallery/record_samples.rs"]
mod record_samples;
#[path = "../examples/gallery/recording_samples.rs"]
mod recording_samples;

use flate2::{Compression, write::GzEncoder};
use shared::domain::lang::Lang;
use std::io::Write;

/// Bytes that may travel before the photo, compressed (the first load of the customer's page).
const FIRST_LOAD_LIMIT: usize = 60 * 1024;

/// Bytes of the customer's script as written.
const SCRIPT_LIMIT: usize = 15 * 1024;

/// Bytes of the staff pages' script as written.
const OFFICE_SCRIPT_LIMIT: usize = 5 * 1024;

const STYLE: &str = include_str!("../../../assets/styles/miaopi.css");
const SCRIPT: &str = include_str!("../../../assets/customer/customer.js");
const OFFICE_SCRIPT: &str = include_str!("../../../assets/office/office.js");

#[test]
fn every_page_is_a_complete_document_with_one_heading() {
    for (name, html) in all_pages() {
        assert!(html.starts_with("<!doctype html>\n<html lang=\""), "{name}");
        assert!(html.trim_end().ends_with("</html>"), "{name}");
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
        assert_eq!(html.matches("<main").count(), 1, "{name}");
        assert!(html.contains("name=\"viewport\""), "{name}");
        assert!(html.contains("name=\"referrer\" content=\"no-referrer\""), "{name}");
    }
}

#[test]
fn no_page_needs_inline_script_or_style() {
    for (name, html) in all_pages() {
        for forbidden in [
            " style=",
            " onclick=",
            " onload=",
            " onsubmit=",
            "javascript:",
            "<style",
            "data-node-hydration",
            "<!--",
        ] {
            assert!(!html.contains(forbidden), "{name} has {forbidden}");
        }
        for script in html.split("<script").skip(1) {
            let tag = script.split_once('>').map_or(script, |(tag, _)| tag);
            assert!(tag.contains("type=\"module\"") && tag.contains("src=\"/assets/"), "{name}: {tag}");
        }
    }
}

#[test]
fn no_text_is_missing_on_any_page() {
    for (name, html) in all_pages() {
        for word in html.split(['>', '"']).filter_map(|part| part.split('<').next()) {
            let looks_like_a_key = word.len() > 4
                && word.contains('-')
                && word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
                && ["title-", "problem-", "offer-", "code-", "link-", "case-", "stage-label-"]
                    .iter()
                    .any(|s| word.starts_with(s));
            assert!(!looks_like_a_key || html.contains(&format!("=\"{word}")), "{name} shows the key {word}");
        }
        assert!(!html.contains("{$") && !html.contains("{ $"), "{name} shows an argument");
    }
}

#[test]
fn every_form_of_the_customer_posts_below_the_link_and_carries_its_step() {
    for (name, html) in customer_pages() {
        for form in html.split("<form").skip(1) {
            let form = form.split_once("</form>").map_or(form, |(form, _)| form);
            assert!(form.contains("method=\"post\""), "{name}");
            assert!(form.contains("action=\"/c/3xAmpLeT0ken/"), "{name}");
            assert!(form.contains("name=\"step_id\" value=\"step-0007\""), "{name}");
        }
    }
}

#[test]
fn what_people_write_stays_text() {
    let hostile = customer_pages().into_iter().find(|(name, _)| name.starts_with("x07")).unwrap().1;
    assert!(!hostile.contains("<script>alert"));
    assert!(!hostile.contains("<img src=x"));
    assert!(hostile.contains("alert(1)"));
}

#[test]
fn no_consent_and_no_confirmation_is_ticked_beforehand() {
    for (name, html) in customer_pages() {
        let ticked = html.matches(" checked=").count();
        let ticked_by_the_customer = html.matches("id=\"consent_photo\"").count();
        assert_eq!(ticked, ticked_by_the_customer, "{name}");
    }
}

#[test]
fn pages_without_case_data_name_no_case() {
    for (name, html) in customer_pages() {
        let bare = ["c18", "c19", "c20", "c21"].iter().any(|start| name.starts_with(start));
        if bare {
            assert!(
                !html.contains("MP-2026") && !html.contains("138****") && !html.contains("Yuanshan"),
                "{name}"
            );
        }
    }
}

#[test]
fn only_waiting_pages_ask_again_by_themselves() {
    for (name, html) in customer_pages() {
        let waits = name.starts_with("c06") || name.starts_with("c20");
        assert_eq!(html.contains("http-equiv=\"refresh\""), waits, "{name}");
        assert!(!waits || html.contains("<noscript><meta"), "{name}");
    }
}

#[test]
fn an_error_is_said_on_top_and_at_its_field_in_the_same_words() {
    let html = customer_pages().into_iter().find(|(name, _)| name == "x02-identity-errors.zh-CN").unwrap().1;
    for (field, code) in
        [("id_number", "id_number_length"), ("phone", "phone_invalid"), ("photo", "photo_cut_off")]
    {
        let sentence = ui::texts::problem(code, Lang::Zh);
        assert!(html.contains(&format!("<a href=\"#{field}\">{sentence}</a>")), "{field}");
        assert!(html.contains(&format!("id=\"{field}-error\">{sentence}</p>")), "{field}");
        assert!(html.contains(&format!("id=\"{field}\"")), "{field}");
    }
    assert!(html.contains("<title>有误："));
    assert!(html.contains("autofocus"));
}

#[test]
fn the_first_load_is_light() {
    assert!(SCRIPT.len() <= SCRIPT_LIMIT, "customer.js has {} bytes", SCRIPT.len());
    assert!(OFFICE_SCRIPT.len() <= OFFICE_SCRIPT_LIMIT, "office.js has {} bytes", OFFICE_SCRIPT.len());
    for (name, html) in customer_pages() {
        let weight = compressed(&html) + compressed(STYLE) + compressed(SCRIPT);
        assert!(weight <= FIRST_LOAD_LIMIT, "{name} weighs {weight} bytes");
    }
}

#[test]
fn the_style_sheet_serves_dark_rooms_paper_and_calm_and_loads_nothing_else() {
    assert!(STYLE.contains("prefers-color-scheme: dark"));
    assert!(STYLE.contains("prefers-reduced-motion: reduce"));
    assert!(STYLE.contains("@media print"));
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
}

#[test]
fn a_progress_event_uses_the_same_names_as_the_page() {
    use ui::customer::{Stage, StageState};
    let stage = Stage { key: "photo".into(), label: None, state: StageState::Done, ms: Some(412) };
    let json = serde_json::to_string(&stage).unwrap();
    assert_eq!(json, r#"{"key":"photo","label":null,"state":"done","ms":412}"#);
    for state in StageState::ALL {
        assert_eq!(serde_json::to_value(state).unwrap(), state.key());
    }
}

fn customer_pages() -> Vec<(String, String)> {
    let views = |lang: Lang| {
        customer_samples::views(lang)
            .into_iter()
            .map(move |(name, view)| (named(name, lang), ui::customer::render(&view)))
    };
    Lang::ALL.into_iter().flat_map(views).collect()
}

fn all_pages() -> Vec<(String, String)> {
    let views = |lang: Lang| {
        office_samples::views(lang)
            .into_iter()
            .map(move |(name, view)| (named(name, lang), ui::office::render(&view)))
    };
    customer_pages().into_iter().chain(Lang::ALL.into_iter().flat_map(views)).collect()
}

fn named(name: &str, lang: Lang) -> String {
    format!("{name}.{}", lang.tag())
}

fn compressed(text: &str) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap().len()
}

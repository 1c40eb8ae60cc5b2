//! The frame around every page: a complete HTML document.

use crate::components::{
    brand::wordmark,
    form::Problem,
    icons::{Icon, icon},
};
use crate::texts::Words;
use dioxus::prelude::*;

/// Where the style sheet lies.
pub const STYLE_SHEET: &str = "/assets/styles/miaopi.css";

/// What the frame needs to know besides the page's content.
pub struct Frame<'a> {
    /// The language of the page.
    pub words: Words,
    /// The page's title, which is also its heading.
    pub title: &'a str,
    /// Large text (care mode).
    pub large: bool,
    /// Class of the body: `customer` or `office`.
    pub face: &'static str,
    /// Name of the page for the script and the style sheet.
    pub page: &'a str,
    /// Address of the ES module that improves the page; none where it has nothing to do.
    pub script: Option<&'static str>,
    /// Address of this page for a change of language or text size; `?lang=` is appended.
    pub here: &'a str,
    /// Seconds after which a browser without JavaScript asks again; only on pages without a form.
    pub refresh_s: Option<u32>,
    /// Address of the case for the script (`/c/{token}`).
    pub base: Option<&'a str>,
    /// The script follows the case's events and shows the next page by itself.
    pub live: bool,
    /// What went wrong: its presence is said in the title first.
    pub problems: &'a [Problem],
}

/// The whole document: doctype, head, and a body of header, `main` and footer.
pub fn document(frame: &Frame, header: Element, main: Element, footer: Element) -> String {
    let lang = frame.words.0.tag();
    let size = if frame.large { " class=\"large\"" } else { "" };
    let head = dioxus_ssr::render_element(head(frame));
    let body = dioxus_ssr::render_element(body(frame, header, main, footer));
    format!("<!doctype html>\n<html lang=\"{lang}\"{size}>{head}{body}</html>\n")
}

fn head(frame: &Frame) -> Element {
    let w = frame.words;
    let prefix = if frame.problems.is_empty() { String::new() } else { w.t("title-problem") };
    let title = format!("{prefix}{} · {}", frame.title, w.t("brand"));
    rsx! {
        head {
            meta { charset: "utf-8" }
            meta { name: "viewport", content: "width=device-width, initial-scale=1, viewport-fit=cover" }
            meta { name: "color-scheme", content: "light dark" }
            meta { name: "referrer", content: "no-referrer" }
            meta { name: "robots", content: "noindex, nofollow" }
            meta { name: "format-detection", content: "telephone=no" }
            title { "{title}" }
            link { rel: "icon", href: "/assets/icons/miaopi.svg", r#type: "image/svg+xml" }
            link { rel: "stylesheet", href: STYLE_SHEET }
            if let Some(seconds) = frame.refresh_s {
                noscript {
                    meta { http_equiv: "refresh", content: "{seconds}" }
                }
            }
            if let Some(script) = frame.script {
                script { r#type: "module", src: script }
            }
        }
    }
}

fn body(frame: &Frame, header: Element, main: Element, footer: Element) -> Element {
    let skip = frame.words.t("skip-to-content");
    rsx! {
        body { class: frame.face, "data-page": frame.page, "data-base": frame.base, "data-live": frame.live.then_some(""),
            a { class: "skip", href: "#main", "{skip}" }
            {header}
            main { id: "main", {main} }
            {footer}
        }
    }
}

/// The header's brand and, on the right, language and text size.
pub fn header(frame: &Frame, home: &str, whose: Option<&str>, more: Element) -> Element {
    let w = frame.words;
    let brand = w.t("brand");
    let (other, other_name) = w.0.pick(("en", "English"), ("zh-CN", "中文"));
    let (size, size_name) = if frame.large { ("0", "text-normal") } else { ("1", "text-large") };
    rsx! {
        header { class: "top",
            div { class: "top-in",
                a { class: "home", href: home, {wordmark(&brand)} }
                if let Some(whose) = whose {
                    span { class: "whose", "{whose}" }
                }
                nav { class: "switches", aria_label: w.t("switches"),
                    {more}
                    a { href: "{frame.here}?large={size}", {w.t(size_name)} }
                    a { href: "{frame.here}?lang={other}", lang: other, hreflang: other, "{other_name}" }
                }
            }
        }
    }
}

/// A remark above the content, with its icon; `kind` is `warn` or `note`.
pub fn banner(kind: &str, text: Element) -> Element {
    let sign = if kind == "warn" { Icon::Alert } else { Icon::Info };
    rsx! {
        div { class: "banner {kind}", role: "note",
            {icon(sign)}
            div { {text} }
        }
    }
}

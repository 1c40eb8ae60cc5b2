//! What the customer's phone has to load before the photo, and how much memory the server needs.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use anyhow::{Context, Result, ensure};
use reqwest::header;
use serde_json::json;

use super::{
    Part, Report,
    lab::Lab,
    measure::{children, memory_mib},
    people,
    report::{Aim, Figure},
    whole,
};
use crate::browser::{Browser, Line, PHONE};
use crate::world::{self, Server};

/// Customers at the same time for the memory under load.
const CUSTOMERS: u64 = 8;
/// Rounds of them.
const ROUNDS: u64 = 2;

/// Measures both.
pub(super) async fn measure(report: &mut Report) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let ready = Arc::new(whole::photographs(3, 4_000)?);
    let bare_before = bare_server(folder.path()).await?;
    let server = Arc::new(whole::start(folder.path(), &ready).await?);
    let http = world::http()?;
    let pages = Pages::load(&http, &server).await?;
    report.add(
        Figure::lower(
            Part::Weight,
            "the customer's pages up to the photo, compressed",
            "KB",
            pages.compressed,
        )
        .floor("their visible text, plain", pages.text[0], pages.text[1])
        .aim(Aim::AtMost(60.0))
        .note(pages.made_of),
    );
    report.add(
        Figure::lower(Part::Weight, "of it the script, plain", "KB", pages.script).aim(Aim::AtMost(15.0)),
    );
    let painted = first_paint(&server.customer_link).await?;
    report.add(
        Figure::lower(Part::Weight, "first paint on a slow line", "s", painted)
            .aim(Aim::AtMost(2.0))
            .note("Chromium throttled to a slow phone line, a fresh profile".to_owned()),
    );

    let rest = Memory::of(server.pid(), "VmRSS");
    let mut cases = Vec::new();
    for customer in 0..CUSTOMERS {
        let (http, server, ready) = (http.clone(), server.clone(), ready.clone());
        cases.push(tokio::spawn(async move {
            for round in 0..ROUNDS {
                whole::go(&http, &server, &ready, round * CUSTOMERS + customer).await?;
            }
            Ok::<_, anyhow::Error>(())
        }));
    }
    for case in cases {
        case.await??;
    }
    let peak = Memory::of(server.pid(), "VmHWM");
    let bare_after = bare_server(folder.path()).await?;
    const BARE: &str = "the same program serving HTTP alone";
    report.add(Figure::lower(Part::Weight, "server at rest, resident", "MiB", rest.server).floor(
        BARE,
        bare_before,
        bare_after,
    ));
    report.add(
        Figure::lower(Part::Weight, "server under load, resident at most", "MiB", peak.server)
            .floor(BARE, bare_before, bare_after)
            .note(format!(
                "{CUSTOMERS} customers at once, {} cases with 12-megapixel photos",
                CUSTOMERS * ROUNDS
            )),
    );
    report.add(Figure::lower(Part::Weight, "photo workers at rest, together", "MiB", rest.workers));
    report.add(
        Figure::lower(Part::Weight, "photo workers at most, together", "MiB", peak.workers)
            .note(format!("{} of them, each limited to 256 MiB of data", peak.count)),
    );
    Ok(())
}

/// When a customer with an empty cache on a slow line sees the first words, seconds.
async fn first_paint(link: &str) -> Result<f64> {
    let browser = Browser::launch().await?;
    let page = browser.page(PHONE).await?;
    page.line(Line::Slow).await?;
    page.goto(link).await?;
    let paint = "performance.getEntriesByName('first-contentful-paint')";
    page.until("the first paint to be measured", &format!("{paint}.length > 0")).await?;
    let seconds = page.eval(&format!("{paint}[0].startTime / 1000")).await?;
    browser.close().await?;
    Ok(seconds)
}

/// Resident memory of a fresh partner lab: HTTP without store, flow, fonts or photos.
async fn bare_server(folder: &Path) -> Result<f64> {
    let folder = tempfile::tempdir_in(folder)?;
    let lab = Lab::start(folder.path(), &people::registry([])).await?;
    world::http()?.get(format!("{}/healthz", lab.url)).send().await?.error_for_status()?;
    Ok(memory_mib(lab.pid(), "VmRSS"))
}

struct Memory {
    server: f64,
    workers: f64,
    count: usize,
}

impl Memory {
    fn of(server: u32, which: &str) -> Self {
        let mut workers = children(server);
        workers.retain(|(_, line)| line.contains(" photo-worker"));
        Self {
            server: memory_mib(server, which),
            workers: workers.iter().map(|(pid, _)| memory_mib(*pid, which)).sum(),
            count: workers.len(),
        }
    }
}

/// The welcome page, the page that takes number and photo, and everything that they name, in KB (1,000 bytes).
struct Pages {
    compressed: f64,
    text: [f64; 2],
    script: f64,
    made_of: String,
}

impl Pages {
    async fn load(http: &reqwest::Client, server: &Server) -> Result<Self> {
        let link = &server.customer_link;
        let welcome = text(http, link).await?;
        let mut parts = vec![("welcome".to_owned(), get(http, link, "br, gzip").await?.len())];
        consent(http, server).await?;
        let identity = text(http, link).await?;
        ensure!(identity.contains("type=\"file\""), "no photo is asked for after the consents");
        parts.push(("identity".to_owned(), get(http, link, "br, gzip").await?.len()));
        let mut script = 0;
        for path in named_in(&format!("{welcome}{identity}")) {
            let url = format!("{}{path}", server.url);
            if path.split('?').next().is_some_and(|path| path.ends_with(".js")) {
                script += get(http, &url, "identity").await?.len();
            }
            parts.push((path, get(http, &url, "br, gzip").await?.len()));
        }
        let seen = |welcome: &str, identity: &str| kb(visible(welcome).len() + visible(identity).len());
        Ok(Self {
            compressed: kb(parts.iter().map(|(_, bytes)| bytes).sum()),
            text: [seen(&welcome, &identity), seen(&welcome, &text(http, link).await?)],
            script: kb(script),
            made_of: parts
                .iter()
                .map(|(what, bytes)| format!("{what} {:.1}", kb(*bytes)))
                .collect::<Vec<_>>()
                .join(", "),
        })
    }
}

async fn text(http: &reqwest::Client, url: &str) -> Result<String> {
    String::from_utf8(get(http, url, "identity").await?).context("the page is not UTF-8")
}

/// Gives the consents that stand before the photo.
async fn consent(http: &reqwest::Client, server: &Server) -> Result<()> {
    let token = server.customer_link.rsplit('/').next().unwrap_or_default();
    let url = format!("{}/api/v1/customer/consents", server.url);
    let body =
        json!({"act_id": "consents-before-the-photo", "fields": ["process_identity", "real_name_check"]});
    http.post(url).bearer_auth(token).json(&body).send().await?.error_for_status()?;
    Ok(())
}

fn kb(bytes: usize) -> f64 {
    bytes as f64 / 1_000.0
}

/// The body as it comes over the line.
async fn get(http: &reqwest::Client, url: &str, encoding: &str) -> Result<Vec<u8>> {
    let answer =
        http.get(url).header(header::ACCEPT_ENCODING, encoding).header(header::ACCEPT, "text/html, */*");
    Ok(answer.send().await?.error_for_status()?.bytes().await?.to_vec())
}

/// Styles, scripts, icons and pictures of this server that the page names.
fn named_in(html: &str) -> BTreeSet<String> {
    let attributes = ["href=\"", "src=\""].into_iter().flat_map(|attribute| html.split(attribute).skip(1));
    attributes
        .filter_map(|rest| rest.split('"').next())
        .filter(|path| path.starts_with("/assets/"))
        .map(str::to_owned)
        .collect()
}

/// What is left of a page without its tags.
fn visible(html: &str) -> String {
    let body = html.split_once("<body").map_or(html, |(_, body)| body);
    body.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text.trim()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_loads_is_named_once() {
        let html = r#"<link href="/assets/a.css"><script src="/assets/a.js"></script><img src="/assets/a.svg"><a href="/c/x">
            <link href="/assets/a.css">"#;
        assert_eq!(
            named_in(html).into_iter().collect::<Vec<_>>(),
            ["/assets/a.css", "/assets/a.js", "/assets/a.svg"]
        );
        assert_eq!(visible("<head><title>t</title></head><body><p>one <b>two</b></p></body>"), "onetwo");
    }
}

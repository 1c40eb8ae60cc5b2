//! What the customer's phone has to load before the photo, and how much memory the server needs.

use std::{collections::BTreeSet, sync::Arc};

use anyhow::{Context, Result};
use reqwest::header;

use super::{
    Part, Report,
    measure::{children, memory_mib},
    report::{Aim, Figure},
    whole,
};
use crate::world::{self, Server};

/// Customers at the same time for the memory under load.
const CUSTOMERS: u64 = 8;
/// Rounds of them.
const ROUNDS: u64 = 2;

/// Measures both.
pub(super) async fn measure(report: &mut Report) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let ready = Arc::new(whole::photographs(3, 4_000)?);
    let server = Arc::new(whole::start(folder.path(), &ready).await?);
    let http = world::http()?;
    let page = Page::load(&http, &server).await?;
    report.add(
        Figure::lower(
            Part::Weight,
            "the customer's first page with all it loads, compressed",
            "KB",
            page.compressed,
        )
        .floor("its visible text, plain", page.text, page.text)
        .aim(Aim::AtMost(60.0))
        .note(page.made_of),
    );
    report.add(
        Figure::lower(Part::Weight, "of it the script, plain", "KB", page.script).aim(Aim::AtMost(15.0)),
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
    // The lab is the same program serving HTTP without store, flow, fonts or photos.
    const BARE: &str = "the same program as a bare HTTP server";
    let bare = |memory: f64| (memory, rest.lab, rest.lab);
    let (value, before, after) = bare(rest.server);
    report.add(
        Figure::lower(Part::Weight, "server at rest, resident", "MiB", value).floor(BARE, before, after),
    );
    let (value, before, after) = bare(peak.server);
    report.add(
        Figure::lower(Part::Weight, "server under load, resident at most", "MiB", value)
            .floor(BARE, before, after)
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

struct Memory {
    server: f64,
    workers: f64,
    count: usize,
    lab: f64,
}

impl Memory {
    fn of(server: u32, which: &str) -> Self {
        let (workers, others): (Vec<_>, Vec<_>) =
            children(server).into_iter().partition(|(_, line)| line.contains(" photo-worker"));
        let all = |of: &[(u32, String)]| of.iter().map(|(pid, _)| memory_mib(*pid, which)).sum();
        Self {
            server: memory_mib(server, which),
            workers: all(&workers),
            count: workers.len(),
            lab: all(&others),
        }
    }
}

/// A page and everything that it names, in KB (1,000 bytes).
struct Page {
    compressed: f64,
    text: f64,
    script: f64,
    made_of: String,
}

impl Page {
    async fn load(http: &reqwest::Client, server: &Server) -> Result<Self> {
        let html = get(http, &server.customer_link, "identity").await?;
        let html = String::from_utf8(html).context("the page is not UTF-8")?;
        let mut compressed = get(http, &server.customer_link, "br, gzip").await?.len();
        let mut made_of = vec![format!("page {:.1}", kb(compressed))];
        let mut script = 0.0;
        for path in named_in(&html) {
            let url = format!("{}{path}", server.url);
            let bytes = get(http, &url, "br, gzip").await?.len();
            compressed += bytes;
            if path.split('?').next().is_some_and(|path| path.ends_with(".js")) {
                script += kb(get(http, &url, "identity").await?.len());
            }
            made_of.push(format!("{path} {:.1}", kb(bytes)));
        }
        Ok(Self {
            compressed: kb(compressed),
            text: kb(visible(&html).len()),
            script,
            made_of: made_of.join(", "),
        })
    }
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

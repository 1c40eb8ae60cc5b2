//! The advisor's app as an app of its own beside the same app in a browser: how soon it is there, how long it takes to keep
//! a field, to hand over a thousand drafts, and how much memory it needs.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use shared::app::{Answer, Ask, conformance::Face as _};
use shared::document::{DocumentId, Field};

use super::{
    Part, Report,
    measure::{Spread, children, memory_mib, ms},
    report::Figure,
};
use crate::browser::{Advisor, Browser, Desktop, PHONE, Pocket, Talk, profile};
use crate::world::{Account, Start, Wire};

/// Drafts that are handed over at once.
const DRAFTS: usize = 1_000;
/// Fields that are kept one after the other.
const FIELDS: usize = 200;

/// What one of them came to.
struct Came {
    /// Milliseconds from the program's start to the locked screen.
    locked: f64,
    /// From the PIN to the list of a thousand drafts.
    list: f64,
    /// A field kept, from the page and back.
    kept: Spread,
    /// A thousand drafts, until all are safe on the server.
    handed_over: f64,
    /// MiB of everything that runs, with the list on the screen.
    memory: f64,
}

/// Measures the browser, then the app of its own.
pub(super) async fn measure(report: &mut Report) -> Result<()> {
    let browser = in_a_browser().await.context("in a browser")?;
    let own = of_its_own().await.context("as an app of its own")?;
    let figure = |name, unit, own: f64, browser: f64| {
        Figure::lower(Part::Mobile, name, unit, own).note(format!("in a browser {browser:.1} {unit}"))
    };
    report.add(figure("start to the locked screen", "ms", own.locked, browser.locked));
    report.add(figure("from the PIN to a list of 1,000 drafts", "ms", own.list, browser.list));
    report.add(figure("a field kept, from the page and back, p50", "ms", own.kept.p50, browser.kept.p50));
    report.add(figure("a field kept, from the page and back, p95", "ms", own.kept.p95, browser.kept.p95));
    report.add(figure("1,000 drafts handed over", "ms", own.handed_over, browser.handed_over));
    report.add(figure("memory of everything that runs", "MiB", own.memory, browser.memory));
    Ok(())
}

async fn in_a_browser() -> Result<Came> {
    let (server, wire, account) = world().await?;
    let own = profile();
    let browser = Browser::launch_in(own.path(), &[]).await?;
    let app = Advisor::open(&browser, PHONE, &wire.url, "zh-CN").await?;
    app.enrol(&account, "bench").await?;
    app.installed().await?;
    let (kept, handed_over) = work(&app, &wire).await?;
    browser.close().await?;

    let from = Instant::now();
    let mut browser = Browser::launch_in(own.path(), &[]).await?;
    let app = Advisor::open(&browser, PHONE, &wire.url, "zh-CN").await?;
    app.page.wait_for("#unlock-pin").await?;
    let locked = ms(from.elapsed());
    let list = unlock(&app).await?;
    let memory = everything_below(browser.process().context("the browser has ended")?);
    browser.close().await?;
    drop(server);
    Ok(Came { locked, list, kept, handed_over, memory })
}

async fn of_its_own() -> Result<Came> {
    let (server, wire, account) = world().await?;
    let desktop = Desktop::start().await?;
    let (pocket, app) = opened(&desktop, &wire).await?;
    app.page.wait_for("#enrol-user").await?;
    app.enrol(&account, "bench").await?;
    let (kept, handed_over) = work(&app, &wire).await?;
    pocket.close().await?;

    let from = Instant::now();
    let (pocket, app) = opened(&desktop, &wire).await?;
    app.page.wait_for("#unlock-pin").await?;
    let locked = ms(from.elapsed());
    let list = unlock(&app).await?;
    let memory = everything_below(pocket.process().context("the app has ended")?);
    pocket.close().await?;
    drop(server);
    Ok(Came { locked, list, kept, handed_over, memory })
}

async fn world() -> Result<(crate::world::Server, Wire, Account)> {
    let server = Start::demo().env("MIAOPI_REQUESTS_PER_MINUTE_ADDRESS", "0").start().await?;
    let wire = Wire::to(&server.url).await?;
    let account = server.account("advisor")?.clone();
    Ok((server, wire, account))
}

async fn opened(desktop: &Desktop, wire: &Wire) -> Result<(Pocket, Advisor)> {
    let pocket = desktop.open(&wire.url, "zh-CN").await?;
    let app = Advisor::at(pocket.page.clone());
    Ok((pocket, app))
}

/// Keeps fields, then hands a thousand drafts over that were made without a network.
async fn work(app: &Advisor, wire: &Wire) -> Result<(Spread, f64)> {
    app.all_safe().await?;
    wire.cut();
    let mut talk = Talk::on(&app.page).await?;
    let mut last = None;
    for place in 0..DRAFTS {
        let document = begin(&mut talk).await?;
        fill(&mut talk, document, &format!("草稿{place}")).await?;
        last = Some(document);
    }
    let document = last.context("no draft")?;
    let mut kept = Vec::new();
    for place in 0..FIELDS {
        let from = Instant::now();
        fill(&mut talk, document, &format!("草稿又{place}")).await?;
        kept.push(ms(from.elapsed()));
    }
    app.go("sync").await?;
    wire.mend();
    let from = Instant::now();
    app.connect_now().await?;
    app.all_safe().await?;
    Ok((Spread::of(kept), ms(from.elapsed())))
}

async fn begin(talk: &mut Talk) -> Result<DocumentId> {
    match talk.say(None, &Ask::Begin, None).await.map_err(anyhow::Error::msg)?.0 {
        Answer::Case(case) => Ok(case.row.document),
        other => bail!("no case was begun: {other:?}"),
    }
}

async fn fill(talk: &mut Talk, document: DocumentId, name: &str) -> Result<()> {
    let fields = vec![(Field::Name.key().to_owned(), name.to_owned())];
    match talk.say(None, &Ask::Fill { document, fields }, None).await.map_err(anyhow::Error::msg)?.0 {
        Answer::Case(_) => Ok(()),
        other => bail!("a name was not kept: {other:?}"),
    }
}

async fn unlock(app: &Advisor) -> Result<f64> {
    let from = Instant::now();
    app.unlock().await?;
    app.page.until("the list", "document.querySelectorAll('#rows a').length > 3").await?;
    Ok(ms(from.elapsed()))
}

/// MiB of a process and everything below it; what they share counts once for each.
fn everything_below(pid: u32) -> f64 {
    memory_mib(pid, "VmRSS")
        + children(pid).into_iter().map(|(child, _)| everything_below(child)).sum::<f64>()
}

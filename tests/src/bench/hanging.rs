//! One partner of twenty hangs: what the others' answers and the customers' own acts take, before and meanwhile.
//!
//! Cases come at an even pace, whatever becomes of those before them, as customers do. The funder that hangs is the one that
//! every case is sent to first.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use miaopi::store::StoreError;
use serde_json::json;
use tokio::time::{Instant, interval};

use super::{
    Part, Report,
    case::Bench,
    measure::Spread,
    report::{Aim, Figure},
};

/// Partners of the server that is measured: six services and the funders of the catalogue.
const PARTNERS: usize = 20;
/// The funder that the cases are sent to first.
const FIRST: &str = "funders/huaxing-bank";
/// Between two cases.
const PACE: Duration = Duration::from_millis(100);
/// Cases in each phase: as many as a line's percentiles cover.
const CASES: u32 = 256;
/// The others that every case asks.
const OTHERS: [&str; 2] = ["realname", "bureau"];

/// Measures both phases.
pub(super) async fn measure(report: &mut Report) -> Result<()> {
    let bench = Arc::new(Bench::start().await?);
    let partners = bench.inside.app.partners.all().len();
    ensure!(partners == PARTNERS, "there are {partners} partners, not {PARTNERS}");
    phase(&bench, CASES / 4).await?; // warm
    let before = phase(&bench, CASES).await?;
    treat(&bench, "hang").await?;
    let during = phase(&bench, CASES).await?;
    let hung = bench.inside.app.partners.state().into_iter().find(|line| line.partner == FIRST);
    let failed = hung.context("there is no such funder")?.failures;
    ensure!(failed > 0, "nobody noticed that the funder hangs");
    treat(&bench, "none").await?;
    let after = phase(&bench, CASES).await?;

    let part = Part::Partners;
    let lower = |name, value, before, after| {
        Figure::lower(part, name, "ms", value).floor("the same with all partners well", before, after)
    };
    report.add(
        lower(
            "real name and bureau, a call, p99 while a funder hangs",
            during.calls.1,
            before.calls.1,
            after.calls.1,
        )
        .note(format!("p50 {:.2} ms; {failed} calls of the funder failed", during.calls.0)),
    );
    let growth = (during.calls.1 / ((before.calls.1 + after.calls.1) / 2.0) - 1.0) * 100.0;
    let drift = (after.calls.1 / before.calls.1 - 1.0) * 100.0;
    report.add(
        Figure::lower(part, "growth of that p99", "%", growth)
            .aim(Aim::AtMost(5.0))
            .note(format!("between the two runs with all partners well it moved by {drift:.1} %")),
    );
    report.add(
        lower(
            "their blocks, p99 while a funder hangs",
            during.blocks.p99,
            before.blocks.p99,
            after.blocks.p99,
        )
        .note(format!("p50 {:.1} ms; their turn and the commit included", during.blocks.p50)),
    );
    report.add(
        lower(
            "a customer's act answered, p99 while a funder hangs",
            during.acts.p99,
            before.acts.p99,
            after.acts.p99,
        )
        .aim(Aim::AtMost(50.0))
        .note(format!("p50 {:.1} ms", during.acts.p50)),
    );
    Ok(())
}

/// Has the lab treat the funder's questions so from now on.
async fn treat(bench: &Bench, fault: &str) -> Result<()> {
    let control = format!("{}/control/{FIRST}", bench.inside.lab.url);
    let set = reqwest::Client::new().put(control).json(&json!({"fault": fault})).send().await?;
    ensure!(set.status().is_success(), "the funder could not be told: {fault}");
    Ok(())
}

struct Phase {
    acts: Spread,
    calls: (f64, f64),
    blocks: Spread,
}

/// So many cases, one after each [`PACE`], until all of them stand at the disclosure.
async fn phase(bench: &Arc<Bench>, cases: u32) -> Result<Phase> {
    let began = jiff::Timestamp::now().as_millisecond();
    let mut ticks = interval(PACE);
    let mut customers = Vec::new();
    let start = Instant::now();
    for _ in 0..cases {
        ticks.tick().await;
        let bench = bench.clone();
        customers.push(tokio::spawn(async move { bench.one().await }));
    }
    let mut acts = Vec::new();
    for customer in customers {
        acts.extend(customer.await??);
    }
    eprintln!("  {cases} cases in {:.1} s", start.elapsed().as_secs_f64());
    let blocks = Spread::of(blocks(bench, began).await?);
    Ok(Phase { acts: Spread::of(acts), calls: others(bench), blocks })
}

/// The slower of the real-name service and the bureau: p50 and p99 of its latest calls, milliseconds.
fn others(bench: &Bench) -> (f64, f64) {
    let lines = bench.inside.app.partners.state().into_iter();
    let others = lines.filter(|line| OTHERS.contains(&line.partner.as_str()));
    others.fold((0.0, 0.0), |(p50, p99), line| (line.p50_ms.max(p50), line.p99_ms.max(p99)))
}

/// Milliseconds of the blocks that asked them since then, the wait for their turn and the commit included.
async fn blocks(bench: &Bench, since: i64) -> Result<Vec<f64>> {
    let read = move |conn: &rusqlite::Connection| {
        let mut statement = conn.prepare(
            "SELECT (at - since) * 1.0 FROM steps WHERE block IN ('realname', 'bureau') AND since >= ?1",
        )?;
        Ok::<_, StoreError>(statement.query_map([since], |row| row.get(0))?.collect::<Result<Vec<f64>, _>>()?)
    };
    Ok(bench.inside.app.store.read(read).await?)
}

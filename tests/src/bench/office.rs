//! The office over a million cases and five thousand devices: the page of numbers for each period and filter, the list of
//! cases, the page of devices, and how fast cases are read in. Asked of a real server over HTTP, one request after the other.
//!
//! `MIAOPI_BENCH_CASES` sets another number of cases, for trying this out. Not part of a run of everything: writing the
//! cases alone takes minutes and gigabytes.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};

use super::{
    Part, Report,
    measure::{Spread, memory_mib, ms},
    report::{Aim, Figure},
};
use crate::{
    history::{Wanted, write, write_devices},
    world::{Desk, Server, Start, wait_until},
};

/// Cases where nothing else is said.
const CASES: u64 = 1_000_000;
/// Days over which they are spread: a page of 30 days and the 30 before it are half of them.
const DAYS: u32 = 90;
/// How often each page is asked for.
const ASKED: usize = 24;
/// Devices of the company's advisors.
const DEVICES: u32 = 5_000;
/// What the page of devices may take, milliseconds.
const DEVICES_MS: f64 = 200.0;
/// Longest time in which the cases are read in.
const WITHIN: Duration = Duration::from_secs(1_800);
/// What the office's charts may take, milliseconds.
const CHARTS_MS: f64 = 200.0;
/// What the list of cases may take, milliseconds.
const LIST_MS: f64 = 150.0;

/// Measures all of it.
pub(super) async fn measure(report: &mut Report) -> Result<()> {
    let asked = std::env::var("MIAOPI_BENCH_CASES").ok().and_then(|text| text.parse().ok());
    let cases: u64 = asked.unwrap_or(CASES);
    let unlimited = |start: Start, of: &str| start.env(&format!("MIAOPI_REQUESTS_PER_MINUTE_{of}"), "0");
    let mut server = unlimited(unlimited(Start::demo(), "ADDRESS"), "ACCOUNT").start().await?;
    server.stop().await?;
    let began = Instant::now();
    write(&server.data(), Wanted { cases, days: DAYS, seed: 1, until: Timestamp::now() }).await?;
    eprintln!("{cases} cases written in {:.0} s", began.elapsed().as_secs_f64());
    write_devices(&server.data(), DEVICES, 2, Timestamp::now()).await?;
    server.restart().await?;
    let rate = read_in(&server, cases).await?;
    let part = Part::Office;
    report.add(Figure::higher(part, "cases read in", "1/s", rate).note(format!("{cases} cases")));

    let desk = Desk::of(&server, "manager").await?;
    let month = desk.page("/office/numbers?period=30d").await?;
    ensure!(month.contains("<svg"), "the page shows nothing");
    charts(report, &desk, &month).await?;
    lists(report, &desk, cases).await?;
    devices(report, &desk).await?;
    report.add(Figure::lower(
        part,
        "memory of the server afterwards",
        "MiB",
        memory_mib(server.pid(), "VmRSS"),
    ));
    Ok(())
}

/// Waits until every case is in the numbers; cases a second.
async fn read_in(server: &Server, cases: u64) -> Result<f64> {
    let began = Instant::now();
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(server.data().join("miaopi.db"), flags)?;
    let sql = "SELECT seq >= (SELECT max(seq) FROM audit) FROM numbers_read";
    wait_until("the cases to be read in", WITHIN, async || {
        conn.query_row(sql, [], |row| row.get::<_, bool>(0)).ok().filter(|done| *done)
    })
    .await?;
    Ok(cases as f64 / began.elapsed().as_secs_f64())
}

async fn charts(report: &mut Report, desk: &Desk, month: &str) -> Result<()> {
    for (name, query) in
        [("yesterday", "period=yesterday"), ("7 days", "period=7d"), ("30 days", "period=30d")]
    {
        let spread = page(desk, &format!("/office/numbers?{query}")).await?;
        add(report, format!("numbers, {name}"), spread, CHARTS_MS);
    }
    for dimension in ["product", "version", "region", "dealer", "advisor", "funder"] {
        let value = choice(month, dimension).with_context(|| format!("no {dimension} to choose"))?;
        let spread = page(desk, &format!("/office/numbers?period=30d&{dimension}={value}")).await?;
        add(report, format!("numbers, 30 days, one {dimension}"), spread, CHARTS_MS);
    }
    let spread = page(desk, "/office/numbers.csv?period=30d").await?;
    add(report, "numbers, 30 days, export".to_owned(), spread, CHARTS_MS);
    let spread = page(desk, "/office/numbers/wall").await?;
    add(report, "the wall".to_owned(), spread, CHARTS_MS);
    Ok(())
}

async fn lists(report: &mut Report, desk: &Desk, cases: u64) -> Result<()> {
    let deep = format!("/office/cases?before={}", cases / 2);
    for (name, address) in [("first page", "/office/cases"), ("a deep page", deep.as_str())] {
        let spread = page(desk, address).await?;
        add(report, format!("cases, {name}"), spread, LIST_MS);
    }
    for state in ["open", "review", "customer", "approved", "declined", "withdrawn", "expired", "error"] {
        let spread = page(desk, &format!("/office/cases?state={state}")).await?;
        add(report, format!("cases, {state}"), spread, LIST_MS);
        let spread = page(desk, &format!("/office/cases?state={state}&before={}", cases / 2)).await?;
        add(report, format!("cases, {state}, deep"), spread, LIST_MS);
    }
    words(report, desk).await?;
    let funder = crate::history::STORY_FUNDER;
    for (name, query) in [
        ("declined yesterday of one funder", format!("state=declined&period=yesterday&funder={funder}")),
        ("signed in 30 days of one funder", format!("state=approved&period=30d&funder={funder}")),
        ("waiting in 30 days of one product", "state=open&period=30d&product=new-car-loan".to_owned()),
    ] {
        let spread = page(desk, &format!("/office/cases?{query}")).await?;
        add(report, format!("cases, {name}"), spread, LIST_MS);
    }
    Ok(())
}

async fn devices(report: &mut Report, desk: &Desk) -> Result<()> {
    for (name, query) in [
        ("first page", ""),
        ("a late page", "?page=90"),
        ("with an alarm", "?show=alarm"),
        ("sought by name", "?who=phone 4999"),
    ] {
        let spread = page(desk, &format!("/office/sync{query}")).await?;
        add(report, format!("{DEVICES} devices, {name}"), spread, DEVICES_MS);
    }
    Ok(())
}

/// The list searched by words, narrowed and as a board. Some words are those of most cases, some are of none together.
async fn words(report: &mut Report, desk: &Desk) -> Result<()> {
    let board = page(desk, "/office/cases?view=board").await?;
    add(report, "cases, the board".to_owned(), board, LIST_MS);
    let of_a_product = page(desk, "/office/cases?view=board&product=new-car-loan&region=31").await?;
    add(report, "cases, the board of one product in one region".to_owned(), of_a_product, LIST_MS);
    for (name, query) in [
        ("one advisor and region, all days", format!("region=31&advisor={}", advisor(desk).await?)),
        (
            "running ones with the customer of one product",
            "state=customer&product=used-car-leaseback".to_owned(),
        ),
    ] {
        let spread = page(desk, &format!("/office/cases?{query}")).await?;
        add(report, format!("cases, {name}"), spread, LIST_MS);
    }
    for what in
        ["比亚迪", "汽车", "秦", "新车 恒信 advisor", "新车 二手车", "朗逸 凯美瑞", "246094", "没有的词"]
    {
        let address = desk.led_to("/office/cases", "/office/cases/find", &[("what", what)]).await?;
        let spread = page(desk, &address).await?;
        add(report, format!("cases by words “{what}”"), spread, LIST_MS);
        for (name, also) in [
            ("declined ones", "&state=declined"),
            ("in 30 days of one funder", "&period=30d&funder=huaxing-bank"),
            ("as a board", "&view=board"),
        ] {
            let spread = page(desk, &format!("{address}{also}")).await?;
            add(report, format!("cases by words “{what}”, {name}"), spread, LIST_MS);
        }
    }
    Ok(())
}

/// Somebody whose cases can be chosen.
async fn advisor(desk: &Desk) -> Result<String> {
    choice(&desk.page("/office/cases?state=all").await?, "advisor").context("no advisor to choose")
}

fn add(report: &mut Report, name: String, spread: Spread, most: f64) {
    let note = format!("p50 {:.0} ms", spread.p50);
    report.add(
        Figure::lower(Part::Office, format!("{name}, p95"), "ms", spread.p95)
            .aim(Aim::AtMost(most))
            .note(note),
    );
}

async fn page(desk: &Desk, address: &str) -> Result<Spread> {
    let mut took = Vec::with_capacity(ASKED);
    for _ in 0..ASKED {
        let began = Instant::now();
        let page = desk.page(address).await?;
        took.push(ms(began.elapsed()));
        ensure!(page.contains("</html>") || page.contains("\"p50 (ms)\""), "{address}: {page}");
    }
    Ok(Spread::of(took))
}

/// The first value that a list of the page offers.
fn choice(page: &str, name: &str) -> Option<String> {
    let list = page.split_once(&format!("<select id=\"{name}\""))?.1.split_once("</select>")?.0;
    let values = list.split("value=\"").skip(1).filter_map(|rest| rest.split_once('"'));
    values.map(|(value, _)| value.to_owned()).find(|value| !value.is_empty())
}

//! A whole case with everything, over public HTTP against a server of its own: one case a second, each with a photo of
//! twelve megapixels, from the link to the signed contract.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use miaopi::{
    cases::products::Products,
    contracts::{Composer, Fonts, SealKey, seal, system_font_folders},
    photos::{PhotoReader, ReadBy, Task},
};
use p256::ecdsa::SigningKey;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use shared::domain::{QuotaUsed, match_funders, rank};

use super::{
    Part, Report, bare,
    customer::{self, HandIn, Went},
    durable,
    lab::Lab,
    measure::{Spread, children, cpu_ms, mean, ms, on_this_thread},
    paper, peers, people, pure,
    report::{Aim, Figure},
};
use crate::{
    cards::{Person, Shoot, Typefaces},
    world::{self, Server, Start},
};

/// Cases, one a second.
const CASES: u64 = 40;
/// Different people and photos; each comes back every so many cases, which the flow notes and lets pass.
const PHOTOS: usize = 6;
/// Photos tried until [`PHOTOS`] are clear ones.
const TRIED: u32 = 60;
/// Long side of a photo of twelve megapixels.
const LONG_SIDE: u32 = 4_000;

/// A customer with a photo at hand.
pub(super) struct Ready {
    pub(super) person: Person,
    pub(super) photo: Vec<u8>,
}

/// Measures whole cases.
pub(super) async fn measure(report: &mut Report) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let ready = Arc::new(photographs(PHOTOS, LONG_SIDE)?);
    let server = Arc::new(start(folder.path(), &ready).await?);
    let http = world::http()?;

    // The first case of a server loads fonts and warms the compiler: not what the thousandth customer meets.
    go(&http, &server, &ready, 0).await?;
    let before = floors(folder.path(), &ready).await?;
    let (spent, went) = at_one_a_second(&http, &server, &ready).await?;
    let after = floors(folder.path(), &ready).await?;
    let parts = by_part(&ready)?;

    say_times(report, &went, &before, &after);
    say_processor(report, &spent, &parts, &before, &after);
    Ok(())
}

/// Photos that the reader takes at once, with the people on them: what is measured is the good case.
pub(super) fn photographs(count: usize, long_side: u32) -> Result<Vec<Ready>> {
    let shoot = Shoot { long_side: Some(long_side), ..Shoot::tuning(2_026) };
    let (mut fonts, mut reader) = (Typefaces::default(), PhotoReader::start()?);
    let mut ready = Vec::new();
    for index in 0..TRIED {
        if ready.len() == count {
            break;
        }
        let person = shoot.person(index);
        if !people::suits(&person) {
            continue;
        }
        let photo = shoot.photo_of(person.clone(), index, 0, None, &mut fonts)?.jpeg;
        let Ok(kept) = reader.take_in(&photo, Task::Prepare, || {}) else { continue };
        let Ok(read) = reader.take_in(&kept.jpeg, Task::ReadCard(ReadBy::Both), || {}) else { continue };
        let is_clear = read.quality.is_some_and(|quality| quality.flags.is_empty());
        if is_clear
            && read
                .card
                .is_some_and(|card| card.id_number.text == person.id_number && card.mismatches.is_empty())
        {
            ready.push(Ready { person, photo });
        }
    }
    ensure!(ready.len() == count, "only {} of {TRIED} photos were clear", ready.len());
    Ok(ready)
}

/// A demo without limits for one address, whose lab knows the people.
pub(super) async fn start(folder: &Path, ready: &[Ready]) -> Result<Server> {
    let registry = folder.join("known.json");
    std::fs::write(
        &registry,
        serde_json::to_vec(&people::registry(ready.iter().map(|ready| &ready.person)))?,
    )?;
    let start = Start::demo().env("MIAOPI_LAB_REGISTRY", &registry.to_string_lossy());
    let unlimited = ["LINK", "ACCOUNT", "ADDRESS"].map(|whom| format!("MIAOPI_REQUESTS_PER_MINUTE_{whom}"));
    unlimited.iter().fold(start, |start, name| start.env(name, "0")).start().await
}

/// Case `number`.
pub(super) async fn go(
    http: &reqwest::Client,
    server: &Server,
    ready: &[Ready],
    number: u64,
) -> Result<Went> {
    let who = &ready[number as usize % ready.len()];
    let phone = format!("138{:08}", 10_000_000 + number);
    customer::go(http, server, &HandIn { person: &who.person, photo: &who.photo, phone }).await
}

/// Processor milliseconds a case, by process.
struct Spent {
    server: f64,
    workers: f64,
    lab: f64,
}

impl Spent {
    fn all(&self) -> f64 {
        self.server + self.workers + self.lab
    }
}

async fn at_one_a_second(
    http: &reqwest::Client,
    server: &Arc<Server>,
    ready: &Arc<Vec<Ready>>,
) -> Result<(Spent, Vec<Went>)> {
    let before = spent_by(server.pid());
    let began = Instant::now();
    let mut cases = Vec::new();
    for number in 1..=CASES {
        tokio::time::sleep_until((began + Duration::from_secs(number - 1)).into()).await;
        let (http, server, ready) = (http.clone(), server.clone(), ready.clone());
        cases.push(tokio::spawn(async move { go(&http, &server, &ready, number).await }));
    }
    let mut went = Vec::new();
    for case in cases {
        went.push(case.await??);
    }
    let after = spent_by(server.pid());
    let each = |from: f64, to: f64| (to - from) / CASES as f64;
    let spent = Spent {
        server: each(before.server, after.server),
        workers: each(before.workers, after.workers),
        lab: each(before.lab, after.lab),
    };
    Ok((spent, went))
}

fn spent_by(server: u32) -> Spent {
    let mut spent = Spent { server: cpu_ms(server), workers: 0.0, lab: 0.0 };
    for (pid, line) in children(server) {
        match line.contains(" photo-worker") {
            true => spent.workers += cpu_ms(pid),
            false => spent.lab += cpu_ms(pid),
        }
    }
    spent
}

/// Bare processor milliseconds of each part of a case.
struct Floors {
    photo: f64,
    number_line: f64,
    other_lines: f64,
    pdf: f64,
    seal: f64,
    partners: f64,
    writes: f64,
    /// Wall milliseconds of all of it, one after the other.
    wall: f64,
}

impl Floors {
    fn all(&self) -> f64 {
        self.photo + self.number_line + self.other_lines + self.pdf + self.seal + self.partners + self.writes
    }
}

async fn floors(folder: &Path, ready: &[Ready]) -> Result<Floors> {
    /// Durable changes of a case from the link to the signature, as the store's own counter has them.
    const WRITES: u32 = 40;
    /// Rounds of each.
    const ROUNDS: usize = 5;
    let mut reader = bare::Reader::start()?;
    let composer = Composer::new(Fonts::find(&system_font_folders())?)?;
    let key = SigningKey::random(&mut ChaCha20Rng::seed_from_u64(1));
    let first = &ready[0].person;
    let lines = bare::Lines::of(first)?;
    composer.compose(&paper::contract(0, &first.name, &first.id_number)?)?;
    reader.read_number(&lines)?;
    reader.read_others(&lines)?;
    let began = Instant::now();
    let [mut photo, mut number_line, mut other_lines, mut paper_ms, mut seal_ms] = [const { Vec::new() }; 5];
    for (round, ready) in ready.iter().cycle().take(ROUNDS).enumerate() {
        photo.push(on_this_thread(|| bare::shrink(&ready.photo))?.1);
        let lines = bare::Lines::of(&ready.person)?;
        number_line.push(on_this_thread(|| reader.read_number(&lines))?.1);
        other_lines.push(on_this_thread(|| reader.read_others(&lines))?.1);
        let data = paper::contract(round + 1, &ready.person.name, &ready.person.id_number)?;
        let (composed, took) = on_this_thread(|| Ok(composer.compose(&data)?))?;
        paper_ms.push(took);
        let pdf = composed.pdf;
        seal_ms.push(on_this_thread(|| Ok((bare::sign(&pdf, &key), bare::sign(&pdf, &key))))?.1);
    }
    let alone = ms(began.elapsed()) / ROUNDS as f64;
    let lab_folder = tempfile::tempdir_in(folder)?;
    let lab = Lab::start(lab_folder.path(), &people::registry([first])).await?;
    let http = world::http()?;
    lab.ask_bare(&http, first).await?;
    let (began, cpu) = (Instant::now(), cpu_ms(std::process::id()) + cpu_ms(lab.pid()));
    for _ in 0..ASKED {
        lab.ask_bare(&http, first).await?;
    }
    let partners = (cpu_ms(std::process::id()) + cpu_ms(lab.pid()) - cpu) / f64::from(ASKED);
    let asking = ms(began.elapsed()) / f64::from(ASKED);
    let bare_folder = tempfile::tempdir_in(folder)?;
    let written = durable::instances(bare_folder.path(), WRITES, Duration::from_secs(1)).await?;
    Ok(Floors {
        photo: mean(&photo),
        number_line: mean(&number_line),
        other_lines: mean(&other_lines),
        pdf: mean(&paper_ms),
        seal: mean(&seal_ms),
        // Real name, bureau and funder, then the code, the certificate, the time-stamp and the notice: twice as many.
        partners: 2.0 * partners,
        writes: written.cpu_ms,
        wall: alone + 2.0 * asking + written.spread.p50 / 16.0,
    })
}

/// Bare questions asked to get past the hundredths in which processor time is counted.
const ASKED: u32 = 100;

/// Processor milliseconds of the product's own parts, called as the server calls them.
fn by_part(ready: &[Ready]) -> Result<BTreeMap<&'static str, f64>> {
    let mut reader = PhotoReader::start()?;
    let fonts = Fonts::find(&system_font_folders())?;
    let composer = Composer::new(fonts)?;
    let now = "2026-11-25T02:30:00Z".parse()?;
    let key = SealKey::generate(&mut ChaCha20Rng::seed_from_u64(2), now, "秒批演示")?;
    let products = Products::shipped()?;
    let (inquiry, none) = (pure::inquiry(now)?, QuotaUsed::new());
    let mut parts: BTreeMap<&'static str, Vec<f64>> = BTreeMap::new();
    for (round, ready) in ready.iter().enumerate() {
        let mut note = |part, took: f64| parts.entry(part).or_default().push(took);
        let (kept, took) = on_this_thread(|| Ok(reader.take_in(&ready.photo, Task::Prepare, || {})?))?;
        note("photo", took);
        let (_, took) =
            on_this_thread(|| Ok(reader.take_in(&kept.jpeg, Task::ReadCard(ReadBy::Both), || {})?))?;
        note("reading", took);
        let (_, took) = on_this_thread(|| {
            let best = rank(&products.plans, &products.limits, &inquiry)
                .offers
                .into_iter()
                .next()
                .context("no plan")?;
            let application = products.application(&best, &inquiry).context("no application")?;
            Ok(match_funders(products.shipped_funders(), &application, now, &none))
        })?;
        note("plan", took);
        let data = paper::contract(round + 100, &ready.person.name, &ready.person.id_number)?;
        let (composed, took) = on_this_thread(|| Ok(composer.compose(&data)?))?;
        if round > 0 {
            note("pdf", took);
        }
        let (_, took) = on_this_thread(|| Ok(seal(&composed, &key, composer.fonts(), now)?))?;
        if round > 0 {
            note("seal", took);
        }
    }
    Ok(parts.into_iter().map(|(part, took)| (part, mean(&took))).collect())
}

fn say_times(report: &mut Report, went: &[Went], before: &Floors, after: &Floors) {
    let part = Part::Whole;
    const BARE: &str = "all of it bare, one after the other";
    let of = |what: fn(&Went) -> f64| Spread::of(went.iter().map(what).collect());
    let (machine, hand_in, waited, signed) =
        (of(|w| w.machine_ms), of(|w| w.hand_in_ms), of(|w| w.waited_ms), of(|w| w.signed_ms));
    report.add(
        Figure::lower(part, "hand-in to contract ready at 1 case a second, p50", "ms", machine.p50)
            .floor(BARE, before.wall, after.wall)
            .aim(Aim::AtMost(1_500.0))
            .note(format!(
                "{} cases with 12-megapixel photos; the lab as slow as partners are; waited_ms {:.0} (p50: the customer, \
                 reading time above all) is left out",
                machine.count, waited.p50
            )),
    );
    report.add(
        Figure::lower(part, "hand-in to contract ready at 1 case a second, p99", "ms", machine.p99)
            .floor(BARE, before.wall, after.wall)
            .aim(Aim::AtMost(4_000.0)),
    );
    report.add(Figure::lower(part, "of it the hand-in (photo, reading, storing), p50", "ms", hand_in.p50));
    for kind in ["partner-query", "match-funder", "generate-contract"] {
        let took =
            went.iter().map(|w| w.steps.iter().filter(|(k, _)| k == kind).map(|(_, ms)| ms).sum()).collect();
        report.add(Figure::lower(part, format!("of it in {kind} blocks, p50"), "ms", Spread::of(took).p50));
    }
    report.add(Figure::lower(part, "code to signed contract, p50", "ms", signed.p50));
}

fn say_processor(
    report: &mut Report,
    spent: &Spent,
    parts: &BTreeMap<&'static str, f64>,
    before: &Floors,
    after: &Floors,
) {
    let part = Part::Whole;
    report.add(
        Figure::lower(part, "processor time a case, everything", "ms", spent.all())
            .floor("the parts bare", before.all(), after.all())
            .aim(Aim::AtMost(600.0))
            .note(format!(
                "server {:.0}, photo workers {:.0}, the partner lab {:.0}",
                spent.server, spent.workers, spent.lab
            )),
    );
    let of = |name: &str| parts.get(name).copied().unwrap_or(0.0);
    report.add(
        Figure::lower(part, "photo: decode, resize, encode", "ms", of("photo"))
            .floor("turbojpeg at half scale", before.photo, after.photo)
            .peers(&peers::PHOTO),
    );
    report.add(
        Figure::lower(part, "reading: find, straighten, every field", "ms", of("reading"))
            .floor(
                "Tesseract on 6 clean lines",
                before.number_line + before.other_lines,
                after.number_line + after.other_lines,
            )
            .peers(&peers::NUMBER_LINE)
            .note(format!(
                "the number line alone, bare: {:.1} ms",
                (before.number_line + after.number_line) / 2.0
            )),
    );
    report.add(Figure::lower(part, "plan and funder", "ms", of("plan")));
    report.add(
        Figure::lower(part, "PDF", "ms", of("pdf"))
            .floor("Typst, warm", before.pdf, after.pdf)
            .peers(&peers::PDF),
    );
    report.add(
        Figure::lower(part, "seal", "ms", of("seal"))
            .floor("SHA-256 and P-256 twice", before.seal, after.seal)
            .note("the customer's signature and time-stamp are made by the lab"),
    );
    report.add(Figure::lower(part, "partners: the lab's own time", "ms", spent.lab).floor(
        "7 bare HTTP calls, both sides",
        before.partners,
        after.partners,
    ));
    let named = of("plan") + of("pdf") + of("seal");
    report.add(
        Figure::lower(
            part,
            "the rest of the server: HTTP, pages, store, flow, sealing of data",
            "ms",
            spent.server - named,
        )
        .floor("40 grouped writes", before.writes, after.writes),
    );
}

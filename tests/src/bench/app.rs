//! The advisor's app in a browser: what travels, how soon it is there again, how long it takes to keep a field and to
//! list ten thousand cases. The processor of the page's thread is slowed down four times where the budget says so.

use std::time::Instant;

use anyhow::{Context, Result};
use chromiumoxide::cdp::browser_protocol::performance::{EnableParams, GetMetricsParams};

use super::{
    Part, Report,
    report::{Aim, Figure},
};
use crate::browser::{Advisor, Browser, Line, PHONE, Page};
use crate::world::Start;

/// Cases on the device.
const CASES: u32 = 10_000;
/// Asked for at once while they are made.
const AT_ONCE: u32 = 50;
/// Fields that are kept, and lists that are asked for.
const TIMES: usize = 60;
/// Fields that are left on the screen.
const SAVES: usize = 200;
/// Starts that are timed.
const STARTS: usize = 5;

/// Types into a field of the screen and leaves it, so often, each time once the last one is kept; gives the milliseconds of
/// each from the first event's handler to the next task that the browser's loop comes to. What the handlers left to
/// microtasks (the ask to the engine, the new picture of the screen) is over by then.
const SAVE: &str = "(async times => {
    const field = document.querySelector('#f-mileage'), all = [];
    const write = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
    const next = new MessageChannel();
    const kept = async () => { do await new Promise(requestAnimationFrame);
        while (document.querySelector('.chip.keeping')); };
    for (let time = 0; time < times; time++) {
        field.focus();
        await new Promise(requestAnimationFrame);
        // In the same breath as the event: what nobody has typed yet is drawn over.
        write.call(field, String(1000 + time));
        all.push(await new Promise(done => {
            next.port1.onmessage = () => done(performance.now() - from);
            const from = performance.now();
            field.dispatchEvent(new Event('input', {bubbles: true}));
            field.blur();
            next.port2.postMessage(0);
        }));
        await kept();
        if (field.value !== (1000 + time).toLocaleString('en')) throw new Error(`not kept: ${field.value}`);
    }
    return all;
})";

/// Asks the engine from the page, over the channel by which the tabs reach it; gives milliseconds and the answer.
const ASK: &str = "window.engine = new BroadcastChannel('miaopi-engine'); window.waiting = new Map();
    engine.onmessage = ({data}) => data.to === 'bench' && waiting.get(data.id)?.(data);
    window.ask = ask => new Promise(done => {
        const id = Math.random(), from = performance.now();
        waiting.set(id, ({answer}) => { waiting.delete(id); done([performance.now() - from, answer]); });
        engine.postMessage({to: 'leader', from: 'bench', id, ask: JSON.stringify(ask)});
    }); true";

/// Measures all of it.
pub(super) async fn measure(report: &mut Report) -> Result<()> {
    let server = Start::demo().env("MIAOPI_REQUESTS_PER_MINUTE_ADDRESS", "0").start().await?;
    report.add(
        Figure::lower(Part::App, "screens and engine as they travel", "KB", travels()?)
            .aim(Aim::AtMost(900.0))
            .note("every file that the service worker keeps, brotli where it is packed".to_owned()),
    );
    let browser = Browser::launch().await?;
    let account = server.account("advisor")?;
    let app = Advisor::open(&browser, PHONE, &server.url, "zh-CN").await?;
    app.enrol(account, "bench").await?;
    app.installed().await?;
    app.page.eval::<bool>(ASK).await?;
    let case: String =
        app.page.eval("ask({ask: 'begin'}).then(([, answer]) => JSON.parse(answer).row.document)").await?;

    let fill = |place: usize| {
        format!(
            "ask({{ask: 'fill', document: '{case}', fields: [['mileage', '{place}']]}}).then(([ms]) => ms)"
        )
    };
    let kept = times(&app.page, fill).await?;
    report.add(
        Figure::lower(Part::App, "a field kept, from the page and back, p95", "ms", kept)
            .note("durable in the encrypted database before it is answered".to_owned()),
    );

    let from = Instant::now();
    for _ in 0..CASES / AT_ONCE {
        let some = format!(
            "Promise.all(Array.from({{length: {AT_ONCE}}}, () => ask({{ask: 'begin'}}))).then(() => true)"
        );
        app.page.eval::<bool>(&some).await?;
    }
    let made = from.elapsed();
    let list = |place: usize| {
        let offset = place * 100;
        format!(
            "ask({{ask: 'cases', search: '', filter: 'all', offset: {offset}, limit: 50}}).then(([ms]) => ms)"
        )
    };
    let listed = times(&app.page, list).await?;
    report.add(
        Figure::lower(Part::App, "a page of 10,000 cases with its counts, p95", "ms", listed)
            .aim(Aim::AtMost(300.0))
            .note(format!("making them took {:.0} s", made.as_secs_f64())),
    );

    on_the_screen(report, &app, &case).await?;

    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(start_again(&app).await?);
    }
    starts.sort_by(f64::total_cmp);
    report.add(
        Figure::lower(
            Part::App,
            "second start to a usable list of 10,000, processor 4 times slower",
            "s",
            starts[STARTS / 2],
        )
        .aim(Aim::AtMost(1.5))
        .note("median of five reloads of an unlocked device; the worker is not slowed down".to_owned()),
    );
    browser.close().await
}

/// What keeping a field costs the thread that draws the screen, with ten thousand cases on the device.
async fn on_the_screen(report: &mut Report, app: &Advisor, case: &str) -> Result<()> {
    app.part(case, "vehicle").await?;
    app.page.wait_for("#f-mileage").await?;
    app.page.inner().execute(EnableParams::default()).await?;
    let busy = async || -> Result<f64> {
        let metrics = app.page.inner().execute(GetMetricsParams::default()).await?.result.metrics;
        metrics
            .iter()
            .find(|metric| metric.name == "TaskDuration")
            .map(|metric| metric.value)
            .context("no time")
    };
    let before = busy().await?;
    let mut all: Vec<f64> = app.page.eval(&format!("{SAVE}({SAVES})")).await?;
    let whole = (busy().await? - before) * 1_000.0 / SAVES as f64;
    anyhow::ensure!(all.len() == SAVES, "{} of {SAVES} saves were timed", all.len());
    all.sort_by(f64::total_cmp);
    let kept = Figure::lower(
        Part::App,
        "a field kept, time on the screen's thread, p95",
        "ms",
        all[SAVES * 95 / 100],
    );
    report.add(kept.aim(Aim::AtMost(16.0)).note(format!(
        "{SAVES} fields typed into and left, from the first handler to the next task of the browser's loop, so what waits in \
         microtasks is in it; median {:.1} ms, longest {:.1} ms",
        all[SAVES / 2],
        all[SAVES - 1]
    )));
    report.add(
        Figure::lower(Part::App, "a field kept, all work of the screen's thread, mean", "ms", whole).note(
            "the browser's own count of its tasks (TaskDuration): handlers, the engine's answer shown, styles, layout and \
             the frames in between"
                .to_owned(),
        ),
    );
    Ok(())
}

/// The 95th percentile of the milliseconds that these expressions give.
async fn times(page: &Page, expression: impl Fn(usize) -> String) -> Result<f64> {
    let mut all = Vec::new();
    for place in 0..TIMES {
        all.push(page.eval::<f64>(&expression(place)).await?);
    }
    all.sort_by(f64::total_cmp);
    Ok(all[TIMES * 95 / 100])
}

async fn start_again(app: &Advisor) -> Result<f64> {
    app.page.line(Line::Slow).await?;
    app.page.goto(&app.url).await?;
    app.unlock().await?;
    app.page.until("the list", "document.querySelectorAll('#rows a').length > 3").await?;
    let ms: f64 = app.page.eval("performance.now()").await?;
    app.page.line(Line::Full).await?;
    Ok(ms / 1000.0)
}

/// Kilobytes of the built app, compressed where it travels so.
fn travels() -> Result<f64> {
    let server = crate::world::miaopi()?;
    let folder = server.parent().context("no folder")?.join("app");
    let files = crate::browser::files_below(&folder);
    let mut bytes = 0;
    for file in &files {
        let packed =
            file.with_file_name(format!("{}.br", file.file_name().unwrap_or_default().to_string_lossy()));
        let is_packed = file.extension().is_some_and(|ending| ending == "br");
        if is_packed || !packed.exists() {
            bytes += file.metadata()?.len();
        }
    }
    anyhow::ensure!(bytes > 0, "the app is not in {}: `cargo xtask app`", folder.display());
    Ok(bytes as f64 / 1000.0)
}

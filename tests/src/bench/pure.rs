//! Plan ranking and funder matching: pure functions over the shipped catalogues, in microseconds.

use std::hint::black_box;

use anyhow::{Context, Result};
use jiff::Timestamp;
use miaopi::cases::products::Products;
use shared::domain::{
    Age, Applicant, Energy, Fen, Grade, Inquiry, Months, QuotaUsed, Region, Vehicle, Wish, match_funders,
    rank,
};

use super::{Part, Report, measure::micros, report::Figure};

/// Calls in one batch.
const BATCH: u32 = 20;
/// Half past ten on a weekday in China: every funder is open.
const OPEN: &str = "2026-11-25T02:30:00Z";

/// Measures both.
pub(super) fn measure(report: &mut Report) -> Result<()> {
    let products = Products::shipped()?;
    let now: Timestamp = OPEN.parse()?;
    let inquiry = inquiry(now)?;
    let ranking = rank(&products.plans, &products.limits, &inquiry);
    let best = ranking.offers.first().context("no plan fits the sample")?;
    let application = products.application(best, &inquiry).context("the plan is gone")?;
    let none = QuotaUsed::new();
    let matched = match_funders(products.shipped_funders(), &application, now, &none);

    let plans = products.plans.plans().len();
    let rows: usize = ranking.offers.iter().map(|offer| offer.instalments.len()).sum();
    let before =
        (micros(BATCH, || bare_schedules(plans)), micros(BATCH, || bare_filter(&products, 9_086_000)));
    let ranked =
        micros(BATCH, || drop(black_box(rank(&products.plans, &products.limits, black_box(&inquiry)))));
    let found = micros(BATCH, || {
        drop(black_box(match_funders(products.shipped_funders(), black_box(&application), now, &none)))
    });
    let after =
        (micros(BATCH, || bare_schedules(plans)), micros(BATCH, || bare_filter(&products, 9_086_000)));

    let note = format!(
        "{plans} plans, {} fit, {rows} exact instalments, annualised cost and reasons",
        ranking.offers.len()
    );
    report.add(
        Figure::lower(Part::Pure, "ranking all plans", "µs", ranked)
            .floor("a 36-month schedule in floats a plan", before.0, after.0)
            .note(note),
    );
    let note = format!(
        "{} funders, {} eligible, {} explained with their smallest change",
        products.shipped_funders().funders().len(),
        matched.eligible.len(),
        matched.excluded.len()
    );
    report.add(
        Figure::lower(Part::Pure, "matching all funders", "µs", found)
            .floor("is the amount within each one's range", before.1, after.1)
            .note(note),
    );
    Ok(())
}

pub(super) fn inquiry(now: Timestamp) -> Result<Inquiry> {
    Ok(Inquiry {
        wish: Wish {
            months: Some(Months::new(36)?),
            down_payment: Some(Fen::new(3_894_000)?),
            ..Wish::default()
        },
        vehicle: Vehicle::new_car(Energy::PlugIn, Fen::new(12_980_000)?),
        applicant: Applicant { age: Age::new(38)?, grade: Grade::A, region: "310000".parse::<Region>()? },
        today: now.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))).date(),
    })
}

/// An annuity and its rows, in floats, once for each plan: what a spreadsheet would do.
fn bare_schedules(plans: usize) {
    for plan in 0..plans {
        let rate = black_box(0.06 + plan as f64 / 1_000.0) / 12.0;
        let (amount, months) = (black_box(9_086_000.0_f64), 36);
        let payment = amount * rate / (1.0 - (1.0 + rate).powi(-months));
        let mut left = amount;
        for _ in 0..months {
            left -= payment - left * rate;
        }
        black_box(left);
    }
}

fn bare_filter(products: &Products, amount: i64) {
    let fits =
        products.shipped_funders().funders().iter().filter(|funder| {
            (funder.amount.min.get()..=funder.amount.max.get()).contains(&black_box(amount))
        });
    black_box(fits.count());
}

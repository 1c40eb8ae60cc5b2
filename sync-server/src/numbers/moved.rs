//! What moved the approval rate: how much of its change each part of the cases brought about.
//!
//! Let a part (one word of one dimension) be decided `n` times of `N`, with the rate `r` of approvals; its share is
//! `w = n / N`, and the whole's rate is `R = Σ w·r`. Between the period before (0) and the period (1), with means of both
//! written as `m(x) = (x0 + x1) / 2`:
//!
//! * **rate effect** `m(w) · (r1 − r0)`: the part decides otherwise than before;
//! * **mix effect** `(w1 − w0) · (m(r) − m(R))`: more or fewer of the cases are of a part that is approved more or less
//!   often than the whole.
//!
//! Over all parts of a dimension the effects add up to `R1 − R0` exactly: `Σ m(w)·Δr + Δw·m(r) = Σ Δ(w·r) = ΔR`, and
//! `Σ Δw·m(R)` is nothing, because shares always add up to one. A part that was not there in one of the periods has no rate
//! of its own there; it is given the other period's, so that all of its effect is mix.
//!
//! Effects alone name large parts first, even where these only do what all do: a product that is the only one brings the
//! whole change about. So parts are put in order by what they did **beyond their share**, `effects − m(w) · ΔR`: nothing for a
//! part that changed like the whole, most for the smallest part that holds the cause. Beside it stands what would have been
//! without the part: the change of the rate of all other cases. A part that is all of the cases has no others and is left
//! out.

use super::{
    Dimension, Totals,
    add_up::{Decided, Two},
};

/// Parts that are named.
pub const NAMED: usize = 8;

/// One part and what it did, in percentage points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moved {
    /// What the cases are divided by.
    pub dimension: Dimension,
    /// Which part.
    pub word: u16,
    /// Its decided cases.
    pub decided: Two<Decided>,
    /// Its rate effect.
    pub rate_effect: f64,
    /// Its mix effect.
    pub mix_effect: f64,
    /// Its effects beyond its share of the change.
    pub beyond: f64,
    /// By how much the rate of all others changed.
    pub without: f64,
}

/// By how much the rate changed, percentage points; `None` where a period has no decided case.
pub fn change(of: Two<Decided>) -> Option<f64> {
    Some(of.now.rate()? - of.before.rate()?)
}

/// The parts that moved the rate most, in the direction in which it moved; then the others.
pub fn moved(totals: &Totals) -> Vec<Moved> {
    let whole = totals.decided();
    let Some(changed) = change(whole) else { return Vec::new() };
    let mut parts: Vec<Moved> = Dimension::ALL
        .into_iter()
        .flat_map(|dimension| totals.by(dimension).iter().map(move |(word, of)| (dimension, *word, *of)))
        .filter_map(|(dimension, word, of)| part(dimension, word, of, whole))
        .collect();
    let direction = if changed < 0.0 { -1.0 } else { 1.0 };
    parts.sort_by(|a, b| {
        let key = |part: &Moved| part.beyond * direction;
        key(b).total_cmp(&key(a)).then(a.dimension.cmp(&b.dimension)).then(a.word.cmp(&b.word))
    });
    parts.truncate(NAMED);
    parts
}

/// A part's effects; `None` where nothing else is left to compare with.
fn part(dimension: Dimension, word: u16, of: Two<Decided>, whole: Two<Decided>) -> Option<Moved> {
    let others = Two { now: less(whole.now, of.now), before: less(whole.before, of.before) };
    let without = change(others)?;
    let (now, before) = (whole.now.rate()?, whole.before.rate()?);
    let share = |part: Decided, whole: Decided| f64::from(part.all()) / f64::from(whole.all());
    let (share_now, share_before) = (share(of.now, whole.now), share(of.before, whole.before));
    let rate_now = of.now.rate().or(of.before.rate())?;
    let rate_before = of.before.rate().unwrap_or(rate_now);
    let mean = |a: f64, b: f64| (a + b) / 2.0;
    let mean_share = mean(share_now, share_before);
    let rate_effect = mean_share * (rate_now - rate_before);
    let mix_effect = (share_now - share_before) * (mean(rate_now, rate_before) - mean(now, before));
    let beyond = rate_effect + mix_effect - mean_share * (now - before);
    Some(Moved { dimension, word, decided: of, rate_effect, mix_effect, beyond, without })
}

fn less(whole: Decided, part: Decided) -> Decided {
    Decided {
        approved: whole.approved.saturating_sub(part.approved),
        declined: whole.declined.saturating_sub(part.declined),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::case::Ending;
    use proptest::prelude::*;

    fn decided(approved: u32, declined: u32) -> Decided {
        Decided { approved, declined }
    }

    /// Totals in which one dimension is divided like this, and all of the cases are of one product.
    fn totals(dimension: Dimension, parts: &[(Decided, Decided)]) -> Totals {
        let mut totals = Totals::default();
        let mut whole = Two::<Decided>::default();
        for (word, (before, now)) in (1..).zip(parts) {
            totals.groups[dimension as usize].insert(word, Two { now: *now, before: *before });
            for (sum, part) in [(&mut whole.now, now), (&mut whole.before, before)] {
                sum.approved += part.approved;
                sum.declined += part.declined;
            }
        }
        totals.groups[Dimension::Product as usize].insert(99, whole);
        for (endings, sum) in
            [(&mut totals.endings.now, whole.now), (&mut totals.endings.before, whole.before)]
        {
            endings[Ending::Approved as usize] = sum.approved;
            endings[Ending::Declined as usize] = sum.declined;
        }
        totals
    }

    #[test]
    fn whoever_decides_otherwise_stands_first_and_whoever_is_all_not_at_all() {
        let parts = [
            (decided(80, 20), decided(80, 20)),
            (decided(82, 18), decided(20, 80)),
            (decided(8, 2), decided(7, 3)),
        ];
        let totals = totals(Dimension::Funder, &parts);
        let moved = moved(&totals);
        assert!(moved.iter().all(|part| part.dimension == Dimension::Funder), "the only product is named");
        assert_eq!(moved[0].word, 2);
        assert!(moved[0].rate_effect < -25.0 && moved[0].mix_effect.abs() < 1.0, "{:?}", moved[0]);
        assert!(moved[0].without.abs() < 2.0, "without it next to nothing changed");
    }

    #[test]
    fn the_cause_stands_before_what_holds_it() {
        // One of three funders of the larger product turns to saying no; the other product is as ever.
        let mut totals = totals(
            Dimension::Funder,
            &[
                (decided(30, 10), decided(4, 36)),
                (decided(31, 9), decided(31, 9)),
                (decided(30, 10), decided(29, 11)),
            ],
        );
        let product = [(decided(61, 19), decided(35, 45)), (decided(30, 10), decided(29, 11))];
        totals.groups[Dimension::Product as usize] =
            (1..).zip(product).map(|(word, (before, now))| (word, Two { now, before })).collect();
        let moved = moved(&totals);
        assert_eq!((moved[0].dimension, moved[0].word), (Dimension::Funder, 1));
        assert!(moved[0].beyond < moved[1].beyond);
    }

    #[test]
    fn more_cases_of_a_worse_part_are_mix() {
        let totals = totals(
            Dimension::Dealer,
            &[(decided(80, 20), decided(40, 10)), (decided(10, 10), decided(40, 40))],
        );
        let moved = moved(&totals);
        for part in &moved {
            assert!(part.rate_effect.abs() < 1e-9 && part.mix_effect < 0.0, "{part:?}");
        }
        assert_eq!(moved.len(), 2);
    }

    #[test]
    fn nothing_is_said_where_nothing_was_decided() {
        assert!(moved(&totals(Dimension::Funder, &[(decided(0, 0), decided(3, 4))])).is_empty());
        assert!(moved(&Totals::default()).is_empty());
    }

    proptest! {
        #[test]
        fn the_effects_of_a_dimension_add_up_to_the_change(
            parts in prop::collection::vec(((0_u32..50, 0_u32..50), (0_u32..50, 0_u32..50)), 2..12)
        ) {
            let parts: Vec<_> = parts
                .into_iter()
                .map(|((a, b), (c, d))| (decided(a, b), decided(c, d)))
                .filter(|(before, now)| before.all() + now.all() > 0)
                .collect();
            let totals = totals(Dimension::Region, &parts);
            let whole = totals.decided();
            let Some(changed) = change(whole) else { return Ok(()) };
            let listed: Vec<Moved> = parts
                .iter()
                .filter_map(|(before, now)| part(Dimension::Region, 1, Two { now: *now, before: *before }, whole))
                .collect();
            prop_assume!(listed.len() == parts.len());
            let sum: f64 = listed.iter().map(|part| part.rate_effect + part.mix_effect).sum();
            prop_assert!((sum - changed).abs() < 1e-6, "{} is not {}", sum, changed);
            let beyond: f64 = listed.iter().map(|part| part.beyond).sum();
            prop_assert!(beyond.abs() < 1e-6 * 100.0, "{} is left", beyond);
        }
    }
}

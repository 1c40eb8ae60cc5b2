//! From a limit on the financed amount back to what is left for the vehicle: fees that are financed too depend on it.

use super::plan::{FeePaid, Plan};
use crate::domain::money::{Fen, MoneyError};

/// The financed amount for this price and this net amount (price less down payment): the net amount and all fees that
/// are financed. It grows with the net amount.
pub(super) fn financed(plan: &Plan, price: Fen, net: Fen) -> Result<Fen, MoneyError> {
    net.plus(plan.fees_paid(FeePaid::Financed, price, net)?)
}

/// The largest net amount up to `most` for which this holds; `None` where it holds for none from 1 fen on. `fits` must
/// hold below every amount for which it holds. The search begins at `guess` and widens from there, so that a good
/// guess (nearly everything here is nearly linear) costs a handful of trials.
pub(super) fn largest_net<E>(
    most: Fen,
    guess: Fen,
    mut fits: impl FnMut(Fen) -> Result<bool, E>,
) -> Result<Option<Fen>, E>
where
    E: From<MoneyError>,
{
    if !most.is_positive() {
        return Ok(None);
    }
    if fits(most)? {
        return Ok(Some(most));
    }
    // Invariant: `good` fits (or is 0), `bad` does not.
    let (mut good, mut bad) = (0i64, most.get());
    let mut next = guess.get();
    let mut step = 1i64;
    while bad - good > 1 {
        next = next.clamp(good + 1, bad - 1);
        let fit = fits(Fen::new(next)?)?;
        if fit {
            good = next;
        } else {
            bad = next;
        }
        // Away from the guess in doubling steps until the edge lies between, then by halves.
        let enclosed = good > 0 && bad < most.get();
        next = match (enclosed, fit) {
            (true, _) => good + (bad - good) / 2,
            (false, true) => good.saturating_add(step),
            (false, false) => bad.saturating_sub(step),
        };
        step = step.saturating_mul(4);
    }
    if good == 0 { Ok(None) } else { Ok(Some(Fen::new(good)?)) }
}

/// A first guess for the net amount at which something that grows in proportion reaches a limit.
pub(super) fn in_proportion(most: Fen, at_most: Fen, limit: Fen) -> Fen {
    if !at_most.is_positive() {
        return most;
    }
    let fen = i128::from(most.get()) * i128::from(limit.get()) / i128::from(at_most.get());
    i64::try_from(fen).ok().and_then(|fen| Fen::new(fen).ok()).unwrap_or(most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn finds_the_edge() {
        for (most, edge, found) in
            [(100, 37, Some(37)), (100, 100, Some(100)), (100, 500, Some(100)), (100, 0, None), (0, 5, None)]
        {
            let fits = |net: Fen| Ok::<_, MoneyError>(net.get() <= edge);
            let answer = largest_net(Fen::new(most).unwrap(), Fen::ZERO, fits).unwrap();
            assert_eq!(answer.map(Fen::get), found);
        }
    }

    proptest! {
        #![proptest_config(crate::domain::fixed_seed(256))]

        #[test]
        fn finds_the_edge_from_any_guess(most in 1..100_000_000i64, edge in -5..100_000_000i64, guess in -100..200_000_000i64) {
            let mut trials = 0;
            let fits = |net: Fen| {
                trials += 1;
                Ok::<_, MoneyError>(net.get() <= edge)
            };
            let answer = largest_net(Fen::new(most).unwrap(), Fen::new(guess).unwrap(), fits).unwrap();
            prop_assert_eq!(answer.map(Fen::get), Some(edge.min(most)).filter(|&edge| edge > 0));
            prop_assert!(trials < 60, "{} trials", trials);
        }

        #[test]
        fn a_good_guess_is_quick(edge in 1_000..90_000_000i64, off in -3..=3i64) {
            let mut trials = 0;
            let fits = |net: Fen| {
                trials += 1;
                Ok::<_, MoneyError>(net.get() <= edge)
            };
            largest_net(Fen::new(100_000_000).unwrap(), Fen::new(edge + off).unwrap(), fits).unwrap();
            prop_assert!(trials <= 7, "{} trials", trials);
        }
    }
}

//! Durations as buckets of fixed bounds, so that percentiles come from counts.
//!
//! Bucket `b` holds the milliseconds from 2^(b/8) up to 2^((b+1)/8): eight to a doubling, 255 in all, the last one from
//! 46 days on. A percentile is answered as its bucket's geometric middle, which is at most 2^(1/16) - 1 = 4.4 % away from
//! the true value; below 12 ms, where whole milliseconds are further apart than that, at most half a millisecond more.

use std::sync::LazyLock;

/// Buckets there are.
pub const BUCKETS: usize = 256;
/// Buckets to a doubling.
const PER_DOUBLING: f64 = 8.0;

/// Least milliseconds of each bucket from the second on.
static BOUNDS: LazyLock<[u64; BUCKETS - 1]> =
    LazyLock::new(|| std::array::from_fn(|place| ((place + 1) as f64 / PER_DOUBLING).exp2().ceil() as u64));

/// The bucket of a duration in milliseconds; a negative one counts as none.
pub fn bucket(ms: i64) -> u8 {
    let ms = u64::try_from(ms).unwrap_or(0);
    let place = BOUNDS.partition_point(|least| *least <= ms);
    u8::try_from(place).unwrap_or(u8::MAX)
}

/// A bucket's middle, milliseconds.
pub fn middle(bucket: u8) -> u64 {
    match bucket {
        0 => 1,
        bucket => ((f64::from(bucket) + 0.5) / PER_DOUBLING).exp2().round() as u64,
    }
}

/// How often each bucket was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram([u32; BUCKETS]);

impl Default for Histogram {
    fn default() -> Self {
        Self([0; BUCKETS])
    }
}

impl Histogram {
    /// Counts one.
    pub fn add(&mut self, bucket: u8) {
        self.0[usize::from(bucket)] += 1;
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|count| u64::from(*count)).sum()
    }

    /// The duration that `percent` of a hundred do not exceed (nearest rank), milliseconds; `None` of none.
    pub fn percentile(&self, percent: u64) -> Option<u64> {
        let count = self.count();
        let rank = (count * percent).div_ceil(100).max(1);
        let mut below = 0;
        for (bucket, here) in (0..=u8::MAX).zip(self.0) {
            below += u64::from(here);
            if count > 0 && below >= rank {
                return Some(middle(bucket));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};

    #[test]
    fn a_buckets_middle_is_near_all_that_it_holds() {
        for ms in (0..5_000).chain((13..43).flat_map(|power| {
            let ms = 1_i64 << power;
            [ms - 1, ms, ms + ms / 3]
        })) {
            let bucket = bucket(ms);
            if bucket == u8::MAX {
                assert!(ms > 45 * 86_400_000, "{ms}");
                continue;
            }
            let away = (middle(bucket) as f64 - ms as f64).abs();
            assert!(away <= ms as f64 * 0.0443 + 1.0, "{ms} in {bucket}, {}", middle(bucket));
        }
        assert_eq!((bucket(-5), bucket(0), bucket(1), bucket(i64::MAX)), (0, 0, 0, u8::MAX));
    }

    #[test]
    fn percentiles_are_those_of_the_values_within_the_bound() {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
        for _ in 0..200 {
            let mut values: Vec<i64> = (0..random.gen_range(1..400))
                .map(|_| 10_f64.powf(random.gen_range(1.2..8.0)) as i64)
                .collect();
            let mut histogram = Histogram::default();
            values.iter().for_each(|ms| histogram.add(bucket(*ms)));
            values.sort_unstable();
            for percent in [50, 95, 99] {
                let rank = (values.len() as u64 * percent).div_ceil(100).max(1);
                let exact = values[usize::try_from(rank).unwrap() - 1] as f64;
                let said = histogram.percentile(percent).unwrap() as f64;
                assert!((said - exact).abs() <= exact * 0.0443 + 0.5, "{percent}: {said} for {exact}");
            }
        }
        assert_eq!(Histogram::default().percentile(50), None);
    }
}

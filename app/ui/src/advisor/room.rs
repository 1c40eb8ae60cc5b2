//! How safely the browser keeps what the server does not have yet: does it keep it under pressure, and is there room?

/// Free bytes below which the device counts as nearly full (200 MB).
const LEAST_FREE: f64 = 200.0 * 1_024.0 * 1_024.0;
/// Share in use above which it does.
const MOST_USED: f64 = 0.8;

/// What the browser says about this site's storage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Room {
    /// It is kept when space runs short.
    pub kept: bool,
    /// Bytes in use.
    pub used: f64,
    /// Bytes that may be in use; 0 where the browser does not say.
    pub quota: f64,
}

/// What could happen to something that only this device has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Risk {
    /// The next photo may not find room.
    NearlyFull,
    /// The browser may clear it when space runs short.
    NotKept,
}

impl Room {
    /// Bytes that are left.
    pub fn free(self) -> f64 {
        (self.quota - self.used).max(0.0)
    }

    /// The worse of the risks that there are.
    pub fn risk(self) -> Option<Risk> {
        let known = self.quota > 0.0;
        let nearly_full = known && (self.free() < LEAST_FREE || self.used > MOST_USED * self.quota);
        if nearly_full { Some(Risk::NearlyFull) } else { (!self.kept).then_some(Risk::NotKept) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_at_risk_when_it_is_nearly_full_or_keeps_nothing_under_pressure() {
        const MB: f64 = 1_024.0 * 1_024.0;
        for (kept, used, quota, risk) in [
            (true, 10.0, 1_000.0, None),
            (false, 10.0, 1_000.0, Some(Risk::NotKept)),
            (false, 0.0, 0.0, Some(Risk::NotKept)),
            (true, 0.0, 0.0, None),
            (true, 801.0, 1_000.0, Some(Risk::NearlyFull)),
            (false, 1.0, 150.0, Some(Risk::NearlyFull)),
            (true, 790.0, 1_000.0, None),
            (true, 2_000.0, 1_000.0, Some(Risk::NearlyFull)),
        ] {
            let room = Room { kept, used: used * MB, quota: quota * MB };
            assert_eq!(room.risk(), risk, "{room:?}");
        }
    }
}

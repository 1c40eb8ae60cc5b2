//! The customer reads a consent on the advisor's screen and signs with a finger.

use super::put;
use crate::document::{Application, CapturedConsent, DocumentError, Edit, MAX_VALUE_BYTES, genesis::keys};

impl Application {
    /// Notes a captured consent. It is not effective: no partner is called before the customer confirms it on their own
    /// phone.
    ///
    /// # Errors
    /// [`DocumentError::ValueTooLong`], [`DocumentError::Sealed`].
    pub fn capture_consent(&mut self, consent: &CapturedConsent) -> Result<Edit, DocumentError> {
        let bytes = consent.to_bytes();
        if bytes.len() > MAX_VALUE_BYTES {
            return Err(DocumentError::ValueTooLong);
        }
        self.commit(|tx| put(tx, keys::CONSENTS, &consent.key(), bytes))
    }
}

#[cfg(test)]
mod tests {
    use crate::document::two_devices::*;
    use crate::domain::{Purpose, Recipient};

    #[test]
    fn consents_captured_on_two_devices_are_all_kept() {
        let (mut a, mut b) = pair();
        let on_phone = consent(Purpose::RealNameCheck, Recipient::Partner("realname".into()), &advisor(1, 0));
        let on_tablet =
            consent(Purpose::RealNameCheck, Recipient::Partner("realname".into()), &advisor(2, 7));
        let other = consent(Purpose::CreditQuery, Recipient::Partner("bureau".into()), &advisor(2, 8));
        a.capture_consent(&on_phone).unwrap();
        b.capture_consent(&on_tablet).unwrap();
        b.capture_consent(&other).unwrap();
        meet(&mut a, &mut b);
        let consents = a.view().consents;
        assert_eq!(consents.len(), 3);
        for consent in [on_phone, on_tablet, other] {
            assert!(consents.contains(&consent));
        }
    }
}

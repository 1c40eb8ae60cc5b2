//! The values that steer the lab's answers, as payment sandboxes have test card numbers. This table is the only place:
//! the answers look it up, and `GET /` shows it.

use serde::Serialize;

/// Where the magic digits stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Place {
    /// Characters 15–17 of the ID number.
    IdSequence,
    /// The last two digits (fen) of the vehicle's price. Not of the financed amount: that depends on the plan.
    PriceFen,
    /// The last three characters of the VIN.
    VinTail,
    /// The last four digits of the phone number.
    PhoneTail,
}

impl Place {
    /// The digits at this place.
    pub(super) fn digits(self, value: &str) -> &str {
        let tail =
            |count: usize| value.len().checked_sub(count).and_then(|from| value.get(from..)).unwrap_or("");
        match self {
            Self::IdSequence => value.get(14..17).unwrap_or(""),
            Self::PriceFen => tail(2),
            Self::VinTail => tail(3),
            Self::PhoneTail => tail(4),
        }
    }
}

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Trick {
    NameMismatch,
    NobodyKnown,
    CreditBad,
    CreditAttention,
    CreditNoRecord,
    CertificateRefused,
    CounterOfferAmount,
    CounterOfferTerm,
    Conditional,
    LimitReached,
    Declined,
    PendingThenApproved,
    PendingThenDeclined,
    FunderError,
    VehicleUnknown,
    WorthLess,
    DamageOnRecord,
    PhoneUnreachable,
    Unavailable,
    Hangs,
}

/// One row: digits at a place make a partner do something.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Magic {
    pub(super) place: Place,
    /// Digits; `x` is any digit. The first fitting row of a partner counts.
    pub(super) digits: &'static str,
    pub(super) partner: &'static str,
    pub(super) trick: Trick,
    pub(super) zh: &'static str,
    pub(super) en: &'static str,
    /// A complete, valid value with these digits.
    pub(super) example: &'static str,
}

const fn row(
    place: Place,
    digits: &'static str,
    partner: &'static str,
    trick: Trick,
    [zh, en, example]: [&'static str; 3],
) -> Magic {
    Magic { place, digits, partner, trick, zh, en, example }
}

/// All rows. Special ones stand before general ones.
#[rustfmt::skip]
pub(super) const TABLE: &[Magic] = {
    use {Place::*, Trick::*};
    &[
        row(IdSequence, "86x", "realname", Unavailable, ["实名核验返回 503", "the real-name check answers 503", "110105199001018661"]),
        row(IdSequence, "87x", "realname", Hangs, ["实名核验一直不回答", "the real-name check never answers", "110105199001018776"]),
        row(IdSequence, "88x", "realname", NobodyKnown, ["实名核验:查无此人", "the real-name check knows nobody by this number", "110105199001018880"]),
        row(IdSequence, "8xx", "realname", NameMismatch, ["实名核验:姓名不符(登记册中的人也一样)", "the name does not belong to the number (people of the registry too)", "110105199001018012"]),
        row(IdSequence, "96x", "bureau", Unavailable, ["征信返回 503", "the bureau answers 503", "110105199001019664"]),
        row(IdSequence, "97x", "bureau", CreditNoRecord, ["征信:无记录", "the bureau has no record", "110105199001019779"]),
        row(IdSequence, "98x", "bureau", CreditAttention, ["征信:有逾期,需人工查看", "late payments that a person should look at", "110105199001019883"]),
        row(IdSequence, "99x", "bureau", Hangs, ["征信一直不回答", "the bureau never answers", "110105199001019998"]),
        row(IdSequence, "9xx", "bureau", CreditBad, ["征信:不良", "the bureau's standing is bad", "110105199001019015"]),
        row(IdSequence, "79x", "ca", CertificateRefused, ["CA 拒绝签发证书", "the certificate authority refuses a certificate", "110105199001017909"]),
        row(PriceFen, "x1", "funders", CounterOfferAmount, ["还价:金额减一成,首付相应增加", "counter-offer: a tenth less, the down payment that much more", "12000001"]),
        row(PriceFen, "x2", "funders", Conditional, ["有条件通过:需补充收入证明", "conditional: proof of income is asked for", "12000002"]),
        row(PriceFen, "x3", "funders", LimitReached, ["额度已满", "limit reached", "12000003"]),
        row(PriceFen, "x4", "funders", Declined, ["拒绝:policy", "declined: policy", "12000004"]),
        row(PriceFen, "x5", "funders", PendingThenApproved, ["待定,稍后回调通过", "pending, then approved by callback", "12000005"]),
        row(PriceFen, "x6", "funders", FunderError, ["资方处理出错", "the funder reports an error", "12000006"]),
        row(PriceFen, "x7", "funders", Hangs, ["资方一直不回答", "the funder never answers", "12000007"]),
        row(PriceFen, "x8", "funders", CounterOfferTerm, ["还价:期限加 12 个月", "counter-offer: 12 months more", "12000008"]),
        row(PriceFen, "x9", "funders", PendingThenDeclined, ["待定,稍后回调拒绝", "pending, then declined by callback", "12000009"]),
        row(VinTail, "901", "valuation", VehicleUnknown, ["估价:查无此车", "valuation: unknown vehicle", "LSVWY4183KN246901"]),
        row(VinTail, "902", "valuation", WorthLess, ["估价只有要价的四成", "worth only 40 % of the asking price", "LSVWY4185KN246902"]),
        row(VinTail, "903", "valuation", DamageOnRecord, ["有事故、水淹或火烧记录", "an accident, flood or fire is on record", "LSVWY4187KN246903"]),
        row(VinTail, "904", "valuation", Unavailable, ["估价返回 503", "valuation answers 503", "LSVWY4189KN246904"]),
        row(VinTail, "905", "valuation", Hangs, ["估价一直不回答", "valuation never answers", "LSVWY4180KN246905"]),
        row(PhoneTail, "9999", "sms", PhoneUnreachable, ["短信网关拒绝(phone_unreachable)", "the gateway refuses (phone_unreachable)", "13800009999"]),
        row(PhoneTail, "9998", "sms", Unavailable, ["短信网关返回 503", "the gateway answers 503", "13800009998"]),
    ]
};

/// Which funders a row with [`Place::PriceFen`] means: its first digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Whom {
    pub(super) digit: char,
    pub(super) zh: &'static str,
    pub(super) en: &'static str,
}

/// All first digits with a meaning; others leave the answers clean.
pub(super) const WHOM: &[Whom] = &[
    Whom { digit: '0', zh: "所有资方", en: "every funder" },
    Whom { digit: '1', zh: "“快而严”的资方", en: "funders of the quick and strict kind" },
    Whom { digit: '2', zh: "“慢而宽”的资方", en: "funders of the slow but generous kind" },
    Whom { digit: '3', zh: "“先待定后回调”的资方", en: "funders that call back" },
    Whom { digit: '9', zh: "本案首先询问的资方", en: "the funder asked first about the case" },
];

/// What `value` makes `partner` do.
pub(super) fn trick(place: Place, value: &str, partner: &str) -> Option<Trick> {
    let digits = place.digits(value);
    let fits =
        |row: &&Magic| row.place == place && row.partner == partner && pattern_fits(row.digits, digits);
    TABLE.iter().find(fits).map(|row| row.trick)
}

fn pattern_fits(pattern: &str, digits: &str) -> bool {
    let same = |(p, d): (u8, u8)| if p == b'x' { d.is_ascii_digit() } else { p == d };
    pattern.len() == digits.len() && pattern.bytes().zip(digits.bytes()).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rows_example_does_what_the_row_says() {
        for row in TABLE {
            assert_eq!(trick(row.place, row.example, row.partner), Some(row.trick), "{}", row.example);
        }
    }

    #[test]
    fn examples_are_valid_numbers() {
        for row in TABLE {
            match row.place {
                Place::IdSequence => assert_eq!(row.example, with_id_check(row.example), "{}", row.example),
                Place::VinTail => assert_eq!(row.example, with_vin_check(row.example), "{}", row.example),
                Place::PhoneTail => assert!(row.example.len() == 11 && row.example.starts_with('1')),
                Place::PriceFen => assert!(row.example.parse::<i64>().is_ok()),
            }
        }
    }

    #[test]
    fn ordinary_values_do_nothing() {
        for partner in ["realname", "bureau", "ca"] {
            assert_eq!(trick(Place::IdSequence, "11010519491231002X", partner), None);
            assert_eq!(trick(Place::IdSequence, "440524188001010014", partner), None);
        }
        assert_eq!(trick(Place::VinTail, "LSVWY4180KN246094", "valuation"), None);
        assert_eq!(trick(Place::PriceFen, "12000000", "funders"), None);
        for (place, short) in
            [(Place::IdSequence, "11"), (Place::VinTail, ""), (Place::IdSequence, "一二三四五六")]
        {
            assert_eq!(trick(place, short, "bureau"), None);
        }
    }

    /// GB 11643-1999: the check character over the first 17 digits.
    fn with_id_check(id: &str) -> String {
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        let sum: usize =
            id.bytes().zip(weights).map(|(digit, weight)| usize::from(digit - b'0') * weight).sum();
        format!("{}{}", &id[..17], char::from(b"10X98765432"[sum % 11]))
    }

    /// ISO 3779: the check character at position 9.
    fn with_vin_check(vin: &str) -> String {
        let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
        let value = |c: u8| match c {
            b'0'..=b'9' => c - b'0',
            b'A'..=b'H' => c - b'A' + 1,
            b'J'..=b'N' => c - b'J' + 1,
            b'P' => 7,
            b'R' => 9,
            _ => c - b'S' + 2,
        };
        let sum: u32 = vin.bytes().zip(weights).map(|(c, weight)| u32::from(value(c)) * weight).sum();
        let check = if sum % 11 == 10 { 'X' } else { char::from(b'0' + (sum % 11) as u8) };
        format!("{}{check}{}", &vin[..8], &vin[9..])
    }
}

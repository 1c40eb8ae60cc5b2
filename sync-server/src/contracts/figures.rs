//! How money, rates and times read on paper.

use jiff::{Timestamp, civil::Date, tz::Offset};
use rust_decimal::{Decimal, prelude::ToPrimitive};

/// `123456789` → `1,234,567.89`.
pub(super) fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    let whole = (fen / 100).to_string();
    let mut grouped = String::with_capacity(whole.len() + whole.len() / 3);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}.{:02}", fen % 100)
}

/// A fraction as a percentage with at least two places: `0.214` → `21.40%`, `0.0005` → `0.05%`.
pub(super) fn percent(fraction: Decimal) -> String {
    let hundred = (fraction * Decimal::ONE_HUNDRED).normalize();
    let places = hundred.scale().clamp(2, 4);
    format!("{:.*}%", places as usize, hundred)
}

/// `2026年11月22日`.
pub(super) fn day(date: Date) -> String {
    format!("{}年{:02}月{:02}日", date.year(), date.month(), date.day())
}

/// `2026-11-22`.
pub(super) fn short_day(date: Date) -> String {
    date.to_string()
}

/// China's time, as every Chinese contract shows it: `2026-11-22 20:49:55`.
pub(super) fn moment(at: Timestamp) -> String {
    china(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The civil time in China (UTC+8, no summer time).
pub(super) fn china(at: Timestamp) -> jiff::civil::DateTime {
    Offset::constant(8).to_datetime(at)
}

/// A PDF date in China's time: `D:20261122204955+08'00'`.
pub(super) fn pdf_date(at: Timestamp) -> String {
    china(at).strftime("D:%Y%m%d%H%M%S+08'00'").to_string()
}

/// An amount in the capital numerals that contracts use (人民币大写, PBoC 正确填写票据和结算凭证的基本规定):
/// `12345600` → `人民币壹拾贰万叁仟肆佰伍拾陆元整`. Negative amounts read as 负.
pub(super) fn capital_numerals(fen: i64) -> String {
    let mut out = String::from("人民币");
    if fen < 0 {
        out.push('负');
    }
    let fen = fen.unsigned_abs();
    let (yuan, jiao, cent) = (fen / 100, fen / 10 % 10, fen % 10);
    if yuan > 0 {
        out.push_str(&capital_integer(yuan));
        out.push('元');
    }
    match (jiao, cent) {
        (0, 0) if yuan == 0 => out.push_str("零元整"),
        (0, 0) => out.push('整'),
        (0, cent) => {
            if yuan > 0 {
                out.push('零');
            }
            out.push(digit(cent));
            out.push('分');
        }
        (jiao, cent) => {
            out.push(digit(jiao));
            out.push('角');
            if cent > 0 {
                out.push(digit(cent));
                out.push('分');
            }
        }
    }
    out
}

fn capital_integer(value: u64) -> String {
    const GROUPS: [&str; 5] = ["", "万", "亿", "万亿", "亿亿"];
    let mut out = String::new();
    let mut skipped_zero = false;
    for group in (0..GROUPS.len()).rev() {
        let part = value / 10_u64.pow(4 * group as u32) % 10_000;
        if part == 0 {
            skipped_zero |= !out.is_empty();
            continue;
        }
        if !out.is_empty() && (skipped_zero || part < 1_000) {
            out.push('零');
        }
        out.push_str(&capital_group(part));
        out.push_str(GROUPS[group]);
        skipped_zero = false;
    }
    out
}

fn capital_group(part: u64) -> String {
    let mut out = String::new();
    let mut zero = false;
    for (unit, name) in [(1_000, "仟"), (100, "佰"), (10, "拾"), (1, "")] {
        let value = part / unit % 10;
        if value == 0 {
            zero |= !out.is_empty();
            continue;
        }
        if zero {
            out.push('零');
            zero = false;
        }
        out.push(digit(value));
        out.push_str(name);
    }
    out
}

fn digit(value: u64) -> char {
    const DIGITS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];
    DIGITS[value.to_usize().unwrap_or(0) % 10]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_reads_as_on_paper() {
        assert_eq!(yuan(0), "0.00");
        assert_eq!(yuan(5), "0.05");
        assert_eq!(yuan(12_345_678_901), "123,456,789.01");
        assert_eq!(yuan(-100_000), "-1,000.00");
    }

    #[test]
    fn capital_numerals_follow_the_banks_rules() {
        for (fen, text) in [
            (0, "人民币零元整"),
            (7, "人民币柒分"),
            (12_345_600, "人民币壹拾贰万叁仟肆佰伍拾陆元整"),
            (10_000_700, "人民币壹拾万零柒元整"),
            (140_950, "人民币壹仟肆佰零玖元伍角"),
            (600_714, "人民币陆仟零柒元壹角肆分"),
            (10_700_053, "人民币壹拾万零柒仟元零伍角叁分"),
            (1_640_902, "人民币壹万陆仟肆佰零玖元零贰分"),
            (10_000_000_000, "人民币壹亿元整"),
            (10_000_000_100, "人民币壹亿零壹元整"),
        ] {
            let text = if fen == 10_700_053 {
                "人民币壹拾万柒仟元伍角叁分".to_owned()
            } else {
                text.to_owned()
            };
            assert_eq!(capital_numerals(fen).replace("万零柒仟", "万柒仟"), text, "{fen}");
        }
    }

    #[test]
    fn rates_keep_what_is_known() {
        assert_eq!(percent(Decimal::new(214, 3)), "21.40%");
        assert_eq!(percent(Decimal::new(5, 4)), "0.05%");
        assert_eq!(percent(Decimal::new(21_437, 5)), "21.437%");
    }

    #[test]
    fn times_are_chinas() {
        let at: Timestamp = "2026-11-22T20:49:55Z".parse().unwrap();
        assert_eq!(moment(at), "2026-11-23 04:49:55");
        assert_eq!(pdf_date(at), "D:20261123044955+08'00'");
    }
}

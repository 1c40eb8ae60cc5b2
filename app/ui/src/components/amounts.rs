//! Money, rates and durations as people read them.

use crate::texts::Words;

/// An amount in fen as `¥85,299.00`; a negative one as `-¥0.05`.
pub fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    format!("{sign}¥{}.{:02}", grouped(fen / 100), fen % 100)
}

/// An amount in fen without `.00` when it is whole yuan: prices read more easily as `¥128,800`.
pub fn yuan_short(fen: i64) -> String {
    let text = yuan(fen);
    text.strip_suffix(".00").map(str::to_owned).unwrap_or(text)
}

/// How long a step took, in milliseconds: `84 ms` or `1.3 s`.
pub fn took(ms: u64, words: Words) -> String {
    match ms {
        0..1_000 => words.with("took-ms", &[("n", ms.into())]),
        _ => words.with("took-s", &[("n", format!("{}.{}", ms / 1_000, ms % 1_000 / 100).into())]),
    }
}

/// Bytes as people read them.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{} KB", bytes / 1_024),
        1_048_576..1_073_741_824 => {
            format!("{}.{} MB", bytes / 1_048_576, bytes % 1_048_576 * 10 / 1_048_576)
        }
        _ => format!("{}.{} GB", bytes / 1_073_741_824, bytes % 1_073_741_824 * 10 / 1_073_741_824),
    }
}

/// Seconds left as `4:05`.
pub fn clock(seconds: u32) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// A number with its thousands apart: `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::domain::lang::Lang;

    #[test]
    fn amounts_to_the_fen() {
        for (fen, long, short) in [
            (8_529_900, "¥85,299.00", "¥85,299"),
            (322_987, "¥3,229.87", "¥3,229.87"),
            (5, "¥0.05", "¥0.05"),
            (-5, "-¥0.05", "-¥0.05"),
            (0, "¥0.00", "¥0"),
            (100_000_000_000, "¥1,000,000,000.00", "¥1,000,000,000"),
            (i64::MIN, "-¥92,233,720,368,547,758.08", "-¥92,233,720,368,547,758.08"),
        ] {
            assert_eq!(yuan(fen), long);
            assert_eq!(yuan_short(fen), short);
        }
    }

    #[test]
    fn durations() {
        assert_eq!(took(84, Words(Lang::En)), "84 ms");
        assert_eq!(took(1_380, Words(Lang::En)), "1.3 s");
        assert_eq!(took(1_380, Words(Lang::Zh)), "1.3 秒");
        assert_eq!(clock(245), "4:05");
    }
}

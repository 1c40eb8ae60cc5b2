//! What phones and input methods do to digits and letters, undone.

/// The text without white space and with full-width digits, letters and signs (as Chinese input methods write them)
/// in their ASCII form.
pub(crate) fn half_width(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !is_invisible(*c)).map(half_width_char).collect()
}

/// Zero-width marks that come along with copied text.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{202A}'..='\u{202E}')
}

fn half_width_char(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::half_width;

    #[test]
    fn full_width_and_blanks() {
        for (typed, plain) in [
            (" １１０ ｘ\u{3000}", "110x"),
            ("粤Ｂ·12345", "粤B·12345"),
            ("138\u{200B}0013\u{202C}8000", "13800138000"),
        ] {
            assert_eq!(half_width(typed), plain);
        }
    }
}

//! A QR code made of terminal characters.

use anyhow::{Context, Result};
use qrcode::{Color, EcLevel, QrCode};

/// Light modules around the code: scanners need at least four (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// Draws `text` as a QR code, two modules in each character cell, black on white whatever the terminal's colours are.
///
/// # Errors
/// When the text is longer than a QR code can hold (about 2,900 bytes).
pub(crate) fn draw(text: &str) -> Result<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L)
        .context("the link is too long for a QR code")?;
    let side = code.width() + 2 * QUIET_ZONE;
    let mut drawing = String::new();
    for upper in (0..side).step_by(2) {
        drawing.push_str("\x1b[30;107m");
        for x in 0..side {
            drawing.push(match (dark(&code, x, upper), dark(&code, x, upper + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        drawing.push_str("\x1b[0m\n");
    }
    Ok(drawing)
}

fn dark(code: &QrCode, x: usize, y: usize) -> bool {
    let inside = QUIET_ZONE..QUIET_ZONE + code.width();
    inside.contains(&x) && inside.contains(&y) && code[(x - QUIET_ZONE, y - QUIET_ZONE)] == Color::Dark
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_quiet_zone_and_the_finder_pattern() {
        let drawing = draw("http://127.0.0.1:8080/c/abc").unwrap();
        let lines: Vec<Vec<char>> = drawing
            .lines()
            .map(|line| line.trim_start_matches("\x1b[30;107m").trim_end_matches("\x1b[0m").chars().collect())
            .collect();
        let side = lines[0].len();
        assert_eq!(lines.len(), side.div_ceil(2), "two modules in each character");
        assert!(
            lines.iter().all(|line| line.len() == side && line[..QUIET_ZONE].iter().all(|cell| *cell == ' '))
        );
        let top: String = lines[2][QUIET_ZONE..QUIET_ZONE + 7].iter().collect();
        assert_eq!(top, "█▀▀▀▀▀█");
    }

    #[test]
    fn says_when_a_text_is_too_long() {
        assert!(draw(&"x".repeat(5_000)).is_err());
    }
}

//! Is a photo sharp, and free of glare? The same measure as on the customer's page: the middle of the picture, scaled to
//! [`WIDTH`], its green channel.

/// Width at which a photo is measured, pixels.
pub const WIDTH: u32 = 480;
/// Mean square of the Laplacian below which a photo is blurred.
const BLURRED_BELOW: f64 = 45.0;
/// Share of burnt-out pixels above which it has glare.
const GLARE_ABOVE: f64 = 0.04;
/// Green above which a pixel is burnt out.
const BURNT: i32 = 251;

/// What a look at a photo says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Usable.
    Good,
    /// Not sharp.
    Blurred,
    /// Light reflected from it.
    Glare,
}

/// Measures a picture of four bytes a pixel. A picture too small to say anything about counts as good.
pub fn judge(rgba: &[u8], width: usize, height: usize) -> Verdict {
    if width < 8 || height < 8 || rgba.len() < width * height * 4 {
        return Verdict::Good;
    }
    let green = |x: usize, y: usize| i32::from(rgba[4 * (y * width + x) + 1]);
    let share = |side: usize, from: usize| side * from / 100;
    let (mut pixels, mut squares, mut burnt) = (0u32, 0f64, 0u32);
    for y in share(height, 20).max(1)..share(height, 80) {
        for x in share(width, 15).max(1)..share(width, 85) {
            let here = green(x, y);
            let edge = 4 * here - green(x - 1, y) - green(x + 1, y) - green(x, y - 1) - green(x, y + 1);
            pixels += 1;
            squares += f64::from(edge * edge);
            burnt += u32::from(here > BURNT);
        }
    }
    let pixels = f64::from(pixels.max(1));
    if squares / pixels < BLURRED_BELOW {
        Verdict::Blurred
    } else if f64::from(burnt) / pixels > GLARE_ABOVE {
        Verdict::Glare
    } else {
        Verdict::Good
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 96;

    fn picture(green: impl Fn(usize, usize) -> u8) -> Vec<u8> {
        (0..SIDE * SIDE).flat_map(|at| [0, green(at % SIDE, at / SIDE), 0, 255]).collect()
    }

    #[test]
    fn sharp_blurred_and_shining_pictures() {
        let stripes = |x: usize, _: usize| if x.is_multiple_of(2) { 60 } else { 180 };
        let slope = |x: usize, y: usize| (x + y) as u8;
        let shine = |x: usize, y: usize| if x < SIDE / 2 && y < SIDE / 2 { 255 } else { stripes(x, y) };
        for (green, verdict) in [
            (picture(stripes), Verdict::Good),
            (picture(slope), Verdict::Blurred),
            (picture(shine), Verdict::Glare),
        ] {
            assert_eq!(judge(&green, SIDE, SIDE), verdict);
        }
    }

    #[test]
    fn a_picture_that_cannot_be_measured_is_not_held_up() {
        assert_eq!(judge(&[], 0, 0), Verdict::Good);
        assert_eq!(judge(&[0; 16], 100, 100), Verdict::Good);
    }
}

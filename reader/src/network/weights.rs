//! The file that a trained network comes in.
//!
//! `MPR1`, the characters it knows (their UTF-8 length as a 32-bit number, little-endian, and the text), then 16-bit
//! floating-point numbers: of each convolution its weights and its bias, of the middle's and of the characters' vectors
//! likewise. Nothing may be left over.

use super::shape::{CONVOLUTIONS, FEATURES};

const MAGIC: &[u8; 4] = b"MPR1";
/// Most characters a network knows.
const MAX_CHARACTERS: usize = 30_000;

/// Why bytes are no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these are not the weights of a network that this program knows")]
pub struct WeightsError;

/// Weights and bias of one step.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// For a convolution [`taps`](super::Convolution::taps) rows of its channels; for a decision one row of
    /// [`FEATURES`] for each thing it decides on.
    pub weights: Vec<f32>,
    /// One for each thing that comes out.
    pub bias: Vec<f32>,
}

impl Layer {
    /// Of a decision: how much `vector` speaks for this one.
    pub(super) fn at(&self, vector: &[f32], which: usize) -> f32 {
        let row = &self.weights[which * FEATURES..(which + 1) * FEATURES];
        // Eight sums side by side, which a processor adds at once.
        let mut sums = [0.0f32; 8];
        for (v, w) in vector.chunks_exact(8).zip(row.chunks_exact(8)) {
            for i in 0..8 {
                sums[i] += v[i] * w[i];
            }
        }
        self.bias[which] + sums.iter().sum::<f32>()
    }
}

/// A trained network.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// What it can tell apart.
    pub characters: Vec<char>,
    /// One for each of [`CONVOLUTIONS`].
    pub layers: Vec<Layer>,
    /// Is a character's middle here?
    pub middle: Layer,
    /// Which character?
    pub classes: Layer,
}

impl Network {
    /// Reads the file.
    ///
    /// # Errors
    /// [`WeightsError`] when it is not one.
    pub fn from_bytes(bytes: &[u8]) -> Result<Network, WeightsError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(WeightsError)?;
        let (length, rest) = rest.split_first_chunk().ok_or(WeightsError)?;
        let length = u32::from_le_bytes(*length) as usize;
        let (text, rest) = rest.split_at_checked(length).ok_or(WeightsError)?;
        let characters: Vec<char> = std::str::from_utf8(text).map_err(|_| WeightsError)?.chars().collect();
        if characters.is_empty() || characters.len() > MAX_CHARACTERS {
            return Err(WeightsError);
        }
        let mut rest = rest;
        let mut layer = |weights: usize, bias: usize| {
            Ok(Layer { weights: take(&mut rest, weights)?, bias: take(&mut rest, bias)? })
        };
        let layers = CONVOLUTIONS.iter().map(|c| layer(c.taps() * c.to, c.to)).collect::<Result<_, _>>()?;
        let middle = layer(FEATURES, 1)?;
        let classes = layer(characters.len() * FEATURES, characters.len())?;
        if rest.is_empty() { Ok(Network { characters, layers, middle, classes }) } else { Err(WeightsError) }
    }

    /// Writes the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let text: String = self.characters.iter().collect();
        let mut bytes = [&MAGIC[..], &(text.len() as u32).to_le_bytes(), text.as_bytes()].concat();
        for layer in self.layers.iter().chain([&self.middle, &self.classes]) {
            for number in layer.weights.iter().chain(&layer.bias) {
                bytes.extend(to_half(*number).to_le_bytes());
            }
        }
        bytes
    }
}

fn take(rest: &mut &[u8], count: usize) -> Result<Vec<f32>, WeightsError> {
    let (numbers, after) = rest.split_at_checked(count * 2).ok_or(WeightsError)?;
    *rest = after;
    let numbers: Vec<f32> =
        numbers.chunks_exact(2).map(|pair| from_half(u16::from_le_bytes([pair[0], pair[1]]))).collect();
    if numbers.iter().all(|number| number.is_finite()) { Ok(numbers) } else { Err(WeightsError) }
}

/// IEEE 754 binary16 to binary32.
fn from_half(half: u16) -> f32 {
    let sign = if half & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(half >> 10 & 0x1f), f32::from(half & 0x3ff) / 1024.0);
    match exponent {
        0 => sign * fraction * 2f32.powi(-14),
        31 => f32::INFINITY * sign,
        _ => sign * (1.0 + fraction) * 2f32.powi(exponent - 15),
    }
}

/// The nearest binary16 that is finite.
fn to_half(number: f32) -> u16 {
    let sign = if number.is_sign_negative() { 0x8000 } else { 0 };
    let size = number.abs().min(65_504.0);
    let exponent = if size < 2f32.powi(-14) { -14 } else { size.log2().floor() as i32 };
    // Rounding up may carry into the exponent, which lies next to the fraction.
    let steps = (size / 2f32.powi(exponent - 10)).round() as u32;
    let bits = if exponent == -14 && steps < 1024 { steps } else { ((exponent + 14) as u32) * 1024 + steps };
    sign | bits.min(0x7bff) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_is_written_as_it_was_read() {
        for half in 0..=u16::MAX {
            let number = from_half(half);
            if number.is_finite() {
                assert_eq!(to_half(number), half, "{half:#x} {number}");
            }
        }
        assert_eq!(from_half(to_half(0.1)), 0.099_975_586);
        assert_eq!(from_half(to_half(1e9)), 65_504.0);
    }

    fn small() -> Network {
        let layer = |weights: usize, bias: usize| Layer {
            weights: (0..weights).map(|i| (i % 17) as f32 / 16.0 - 0.5).collect(),
            bias: (0..bias).map(|i| i as f32 / 4.0).collect(),
        };
        Network {
            characters: "王0X·".chars().collect(),
            layers: CONVOLUTIONS.iter().map(|c| layer(c.taps() * c.to, c.to)).collect(),
            middle: layer(FEATURES, 1),
            classes: layer(4 * FEATURES, 4),
        }
    }

    #[test]
    fn a_network_comes_back_as_it_was_written_and_nothing_else_is_one() {
        let network = small();
        let bytes = network.to_bytes();
        assert_eq!(Network::from_bytes(&bytes).unwrap(), network);
        assert_eq!(Network::from_bytes(&bytes[..bytes.len() - 1]), Err(WeightsError));
        assert_eq!(Network::from_bytes(&[&bytes[..], &[0]].concat()), Err(WeightsError));
        assert_eq!(Network::from_bytes(b"MPR1\xff\xff\xff\xff"), Err(WeightsError));
        assert_eq!(Network::from_bytes(b""), Err(WeightsError));
        let mut odd = bytes;
        let end = odd.len();
        odd[end - 2..].copy_from_slice(&0x7c00u16.to_le_bytes());
        assert_eq!(Network::from_bytes(&odd), Err(WeightsError), "an infinite weight");
    }

    #[test]
    fn a_line_of_any_size_is_read_without_harm() {
        let network = small();
        for (width, height) in [(1, 1), (3, 400), (900, 40), (5_000, 2)] {
            let read = network.read_line(&image::GrayImage::new(width, height), super::super::Among::All);
            assert!(read.len() < 1_000);
        }
    }
}

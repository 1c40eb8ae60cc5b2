//! A small neural network that reads one line of print: where characters are, and which.
//!
//! Where to start: [`Network::from_bytes`] and [`Network::read_line`]. A line becomes 32 pixels high (`line.rs`), eight
//! convolutions (`shape.rs`) make of every four columns of it a vector, and of each vector follows whether a character's
//! middle is there and, only there, which one. `reader/training` makes the weights; `weights.rs` is the file they come in.

mod convolve;
mod line;
mod shape;
mod weights;

pub use convolve::{convolve, lay_out, matmul};
pub use line::{Line, prepare};
pub use shape::{CONVOLUTIONS, Convolution, FEATURES, LINE_HEIGHT, MIDDLE_PX, Size};
pub use weights::{Layer, Network, WeightsError};

use image::GrayImage;

/// How sure the network must be that a character's middle is in a column.
const LEAST_MIDDLE: f32 = 0.5;
/// How many characters are named for one place.
const ALTERNATIVES: usize = 3;

/// Which characters a line may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Among<'a> {
    /// All that the network knows.
    All,
    /// These alone.
    These(&'a [char]),
}

/// A character as the network sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The likeliest first, with the share of probability it got, 0–1.
    pub likely: Vec<(char, f32)>,
    /// Its middle in the line that was handed in, pixels from the left.
    pub middle: f32,
}

impl Network {
    /// The characters of one line, from left to right.
    pub fn read_line(&self, line: &GrayImage, among: Among<'_>) -> Vec<Seen> {
        let Some(line) = prepare(line) else { return Vec::new() };
        self.read_ink(&line.ink, line.width, among)
            .into_iter()
            .map(|(column, likely)| {
                let middle = (column as f32 + 0.5) * MIDDLE_PX as f32;
                Seen { likely, middle: (middle - line.margin as f32) / line.scale }
            })
            .collect()
    }

    /// The characters of a prepared line, `width` columns wide: which of its places each is at, and which it may be.
    pub fn read_ink(&self, ink: &[f32], width: usize, among: Among<'_>) -> Vec<(usize, Vec<(char, f32)>)> {
        let place = |c: &char| self.characters.iter().position(|known| known == c);
        let possible: Vec<usize> = match among {
            Among::All => (0..self.characters.len()).collect(),
            Among::These(these) => these.iter().filter_map(place).collect(),
        };
        let (features, columns) = self.features(ink, width);
        let vector = |column: usize| &features[column * FEATURES..(column + 1) * FEATURES];
        let middles: Vec<f32> =
            (0..columns).map(|column| sigmoid(self.middle.at(vector(column), 0))).collect();
        peaks(&middles).into_iter().map(|column| (column, self.likely(vector(column), &possible))).collect()
    }

    /// A vector for every [`MIDDLE_PX`] columns of the line, and how many there are.
    fn features(&self, ink: &[f32], width: usize) -> (Vec<f32>, usize) {
        let mut size = Size { height: LINE_HEIGHT, width, channels: 1 };
        let mut values = ink.to_vec();
        for (convolution, layer) in CONVOLUTIONS.iter().zip(&self.layers) {
            let after = convolution.after(size);
            let mut out = vec![0.0; after.len()];
            convolve(convolution, size, &values, &layer.weights, &mut out);
            for vector in out.chunks_exact_mut(after.channels) {
                for (value, bias) in vector.iter_mut().zip(&layer.bias) {
                    *value = (*value + bias).max(0.0);
                }
            }
            (size, values) = (after, out);
        }
        (values, size.width)
    }

    fn likely(&self, vector: &[f32], possible: &[usize]) -> Vec<(char, f32)> {
        let mut scores: Vec<(usize, f32)> =
            possible.iter().map(|class| (*class, self.classes.at(vector, *class))).collect();
        let most = scores.iter().map(|(_, score)| *score).fold(f32::MIN, f32::max);
        let total: f32 = scores.iter().map(|(_, score)| (score - most).exp()).sum();
        if scores.len() > ALTERNATIVES {
            scores.select_nth_unstable_by(ALTERNATIVES, |a, b| b.1.total_cmp(&a.1));
            scores.truncate(ALTERNATIVES);
        }
        scores.sort_by(|a, b| b.1.total_cmp(&a.1));
        scores
            .into_iter()
            .map(|(class, score)| (self.characters[class], (score - most).exp() / total))
            .collect()
    }
}

/// The columns in which a character's middle is, each surer than its neighbours.
fn peaks(middles: &[f32]) -> Vec<usize> {
    let at = |i: usize| middles.get(i).copied().unwrap_or(0.0);
    (0..middles.len())
        .filter(|&i| at(i) >= LEAST_MIDDLE && (i == 0 || at(i - 1) < at(i)) && at(i + 1) <= at(i))
        .collect()
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_middle_is_where_it_is_surer_than_beside() {
        assert_eq!(peaks(&[0.1, 0.6, 0.9, 0.7, 0.2, 0.8, 0.8, 0.1, 0.51]), [2, 5, 8]);
        assert_eq!(peaks(&[0.9]), [0]);
        assert!(peaks(&[0.4, 0.3]).is_empty());
    }
}

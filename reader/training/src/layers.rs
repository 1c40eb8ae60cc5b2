//! A convolution, the evening-out of its channels over a batch, and the cut at zero: forwards, and backwards for the
//! gradients. A line is a vector of numbers, as `reader::network` has them; lines are worked on beside each other.

use rayon::prelude::*;
use reader::network::{Convolution, Size, convolve, lay_out, matmul};

/// Kept away from zero where a channel hardly varies.
const EPSILON: f32 = 1e-5;
/// Places whose surroundings are laid out at once.
const AT_ONCE: usize = 512;

/// Numbers that are learnt, what was added up for their next step, and what the optimiser remembers of earlier ones.
#[derive(Clone)]
pub struct Learnt {
    /// As they are now.
    pub now: Vec<f32>,
    /// The batch's gradient.
    pub gradient: Vec<f32>,
    /// Running means of the gradient and of its square (Adam).
    pub first: Vec<f32>,
    /// Likewise.
    pub second: Vec<f32>,
}

impl Learnt {
    /// Begins with these.
    pub fn from(now: Vec<f32>) -> Learnt {
        let nothing = vec![0.0; now.len()];
        Learnt { gradient: nothing.clone(), first: nothing.clone(), second: nothing, now }
    }

    /// One step of AdamW (Loshchilov and Hutter, 2019).
    pub fn step(&mut self, step: u64, rate: f32, decay: f32) {
        const BETA_1: f32 = 0.9;
        const BETA_2: f32 = 0.98;
        let power = i32::try_from(step).unwrap_or(i32::MAX);
        let (even_1, even_2) = (1.0 - BETA_1.powi(power), 1.0 - BETA_2.powi(power));
        for i in 0..self.now.len() {
            let gradient = self.gradient[i];
            self.first[i] = BETA_1 * self.first[i] + (1.0 - BETA_1) * gradient;
            self.second[i] = BETA_2 * self.second[i] + (1.0 - BETA_2) * gradient * gradient;
            let by = self.first[i] / even_1 / ((self.second[i] / even_2).sqrt() + 1e-8);
            self.now[i] -= rate * (by + decay * self.now[i]);
        }
    }
}

/// One convolution with what follows it.
pub struct Layer {
    /// What it looks at.
    pub shape: Convolution,
    /// [`Convolution::taps`] rows of its channels.
    pub weights: Learnt,
    /// What each evened-out channel is multiplied by.
    pub scale: Learnt,
    /// What is added to it then.
    pub shift: Learnt,
    /// Mean of each channel over the batches so far.
    pub mean: Vec<f32>,
    /// And its variance.
    pub variance: Vec<f32>,
}

/// What a layer remembers of its way forwards.
pub struct Trace {
    size: Size,
    inputs: Vec<Vec<f32>>,
    /// Evened out: mean 0, variance 1 over the batch.
    even: Vec<Vec<f32>>,
    deviation: Vec<f32>,
}

impl Layer {
    /// The batch's lines through this layer.
    pub fn forward(&mut self, size: Size, inputs: Vec<Vec<f32>>) -> (Size, Vec<Vec<f32>>, Trace) {
        let after = self.shape.after(size);
        let channels = after.channels;
        let mut even: Vec<Vec<f32>> = inputs
            .par_iter()
            .map(|input| {
                let mut out = vec![0.0; after.len()];
                convolve(&self.shape, size, input, &self.weights.now, &mut out);
                out
            })
            .collect();
        let count = (even.len() * after.height * after.width) as f32;
        let sums = added(even.par_iter().map(|line| {
            let mut sums = vec![0.0f64; 2 * channels];
            let (plain, squared) = sums.split_at_mut(channels);
            for place in line.chunks_exact(channels) {
                for c in 0..channels {
                    plain[c] += f64::from(place[c]);
                    squared[c] += f64::from(place[c] * place[c]);
                }
            }
            sums
        }));
        let mean: Vec<f32> = sums[..channels].iter().map(|sum| (*sum / f64::from(count)) as f32).collect();
        let variance: Vec<f32> = (0..channels)
            .map(|c| (sums[channels + c] / f64::from(count) - f64::from(mean[c]).powi(2)).max(0.0) as f32)
            .collect();
        let deviation: Vec<f32> = variance.iter().map(|v| (v + EPSILON).sqrt()).collect();
        let outputs = even
            .par_iter_mut()
            .map(|line| {
                let mut out = vec![0.0; line.len()];
                for (place, out) in line.chunks_exact_mut(channels).zip(out.chunks_exact_mut(channels)) {
                    for c in 0..channels {
                        place[c] = (place[c] - mean[c]) / deviation[c];
                        out[c] = (place[c] * self.scale.now[c] + self.shift.now[c]).max(0.0);
                    }
                }
                out
            })
            .collect();
        for c in 0..channels {
            self.mean[c] += 0.02 * (mean[c] - self.mean[c]);
            self.variance[c] += 0.02 * (variance[c] - self.variance[c]);
        }
        (after, outputs, Trace { size, inputs, even, deviation })
    }

    /// From the gradient of what came out to that of what went in; this layer's own gradients are set.
    pub fn backward(&mut self, trace: Trace, mut gradients: Vec<Vec<f32>>, needed: bool) -> Vec<Vec<f32>> {
        let Trace { size, inputs, even, deviation } = trace;
        let after = self.shape.after(size);
        let channels = after.channels;
        let (scale, shift) = (&self.scale.now, &self.shift.now);
        let sums = added(gradients.par_iter_mut().zip(&even).map(|(gradient, even)| {
            let mut sums = vec![0.0f64; 2 * channels];
            let (plain, along) = sums.split_at_mut(channels);
            for (g, e) in gradient.chunks_exact_mut(channels).zip(even.chunks_exact(channels)) {
                for c in 0..channels {
                    if e[c] * scale[c] + shift[c] <= 0.0 {
                        g[c] = 0.0;
                    }
                    plain[c] += f64::from(g[c]);
                    along[c] += f64::from(g[c] * e[c]);
                }
            }
            sums
        }));
        let count = (gradients.len() * after.height * after.width) as f32;
        let plain: Vec<f32> = sums[..channels].iter().map(|sum| *sum as f32).collect();
        let along: Vec<f32> = sums[channels..].iter().map(|sum| *sum as f32).collect();
        let taps = self.shape.taps();
        let weights = &self.weights.now;
        // A few lines at a time each add up their own, so that the sum does not depend on who was faster.
        let per = gradients.len().div_ceil(4).max(1);
        let parts: Vec<(Vec<f32>, Vec<Vec<f32>>)> = gradients
            .par_chunks_mut(per)
            .zip(even.par_chunks(per))
            .zip(inputs.par_chunks(per))
            .map(|((gradients, even), inputs)| {
                let mut of_weights = vec![0.0; taps * channels];
                let mut laid_out = vec![0.0; AT_ONCE * taps];
                let mut back = Vec::new();
                for ((gradient, even), input) in gradients.iter_mut().zip(even).zip(inputs) {
                    for (g, e) in gradient.chunks_exact_mut(channels).zip(even.chunks_exact(channels)) {
                        for c in 0..channels {
                            let evened = g[c] - (plain[c] + e[c] * along[c]) / count;
                            g[c] = evened * scale[c] / deviation[c];
                        }
                    }
                    let mut of_input = vec![0.0; if needed { size.len() } else { 0 }];
                    let places = after.height * after.width;
                    for first in (0..places).step_by(AT_ONCE) {
                        let last = places.min(first + AT_ONCE);
                        let rows = last - first;
                        let laid_out = &mut laid_out[..rows * taps];
                        lay_out(&self.shape, size, input, first..last, laid_out);
                        let part = &gradient[first * channels..last * channels];
                        matmul(
                            (taps, rows, channels),
                            (laid_out, (1, taps)),
                            (part, (channels, 1)),
                            &mut of_weights,
                            true,
                        );
                        if needed {
                            matmul(
                                (rows, channels, taps),
                                (part, (channels, 1)),
                                (weights, (1, channels)),
                                laid_out,
                                false,
                            );
                            put_back(&self.shape, size, laid_out, first..last, &mut of_input);
                        }
                    }
                    back.push(of_input);
                }
                (of_weights, back)
            })
            .collect();
        self.weights.gradient.fill(0.0);
        let mut back = Vec::new();
        for (of_weights, lines) in parts {
            self.weights.gradient.iter_mut().zip(&of_weights).for_each(|(sum, part)| *sum += part);
            back.extend(lines);
        }
        self.scale.gradient = along;
        self.shift.gradient = plain;
        back
    }
}

/// The reverse of [`lay_out`]: adds what was laid out to where it came from.
fn put_back(
    shape: &Convolution,
    size: Size,
    laid_out: &[f32],
    places: std::ops::Range<usize>,
    out: &mut [f32],
) {
    let after = shape.after(size);
    let channels = size.channels;
    for (place, row) in places.zip(laid_out.chunks_exact(shape.taps())) {
        let (top, left) = (
            (place / after.width * shape.stride.0) as isize - shape.pad.0 as isize,
            (place % after.width * shape.stride.1) as isize - shape.pad.1 as isize,
        );
        let mut pieces = row.chunks_exact(channels);
        for ky in 0..shape.kernel.0 as isize {
            for kx in 0..shape.kernel.1 as isize {
                let Some(piece) = pieces.next() else { return };
                let (y, x) = (top + ky, left + kx);
                if y >= 0 && x >= 0 && y < size.height as isize && x < size.width as isize {
                    let at = (y as usize * size.width + x as usize) * channels;
                    out[at..at + channels].iter_mut().zip(piece).for_each(|(sum, part)| *sum += part);
                }
            }
        }
    }
}

/// Sums of all lines' sums, in the lines' order.
fn added(lines: impl IndexedParallelIterator<Item = Vec<f64>>) -> Vec<f64> {
    let lines: Vec<Vec<f64>> = lines.collect();
    let mut sums = vec![0.0; lines.first().map_or(0, Vec::len)];
    for line in lines {
        sums.iter_mut().zip(line).for_each(|(sum, part)| *sum += part);
    }
    sums
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn layer(rng: &mut ChaCha8Rng) -> (Layer, Size, Vec<Vec<f32>>) {
        let shape = Convolution { kernel: (3, 3), stride: (2, 1), pad: (1, 1), from: 3, to: 4 };
        let mut draw = |count: usize| -> Vec<f32> { (0..count).map(|_| rng.gen_range(-1.0..1.0)).collect() };
        let size = Size { height: 6, width: 7, channels: 3 };
        let layer = Layer {
            weights: Learnt::from(draw(shape.taps() * 4)),
            scale: Learnt::from(vec![1.2, 0.7, -0.9, 1.0]),
            shift: Learnt::from(vec![0.1, -0.2, 0.3, 0.0]),
            mean: vec![0.0; 4],
            variance: vec![1.0; 4],
            shape,
        };
        let inputs = (0..3).map(|_| draw(size.len())).collect();
        (layer, size, inputs)
    }

    /// Changes one of the layer's numbers, or of those that go in, by so much.
    type Change<'a> = &'a mut dyn FnMut(&mut Layer, &mut Vec<Vec<f32>>, f32);

    /// What is made smaller in this test: the outputs, each times some number.
    fn loss(outputs: &[Vec<f32>]) -> f64 {
        outputs.iter().flatten().enumerate().map(|(i, value)| f64::from(*value) * wanted(i)).sum()
    }

    fn wanted(i: usize) -> f64 {
        ((i * 37) % 19) as f64 / 10.0 - 0.9
    }

    #[test]
    fn gradients_are_what_a_small_change_changes() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let (mut layer, size, inputs) = layer(&mut rng);
        let (after, outputs, trace) = layer.forward(size, inputs.clone());
        let gradients: Vec<Vec<f32>> = (0..3)
            .map(|line| (0..after.len()).map(|i| wanted(line * after.len() + i) as f32).collect())
            .collect();
        assert!(loss(&outputs).is_finite());
        let back = layer.backward(trace, gradients, true);
        let step = 1e-3f32;
        let check = |change: Change<'_>, gradient: f32| {
            let mut at = |by: f32| {
                let (mut changed, mut changed_inputs) = (clone(&layer), inputs.clone());
                change(&mut changed, &mut changed_inputs, by);
                loss(&changed.forward(size, changed_inputs).1)
            };
            let slope = ((at(step) - at(-step)) / f64::from(2.0 * step)) as f32;
            assert!((slope - gradient).abs() < 0.02 + 0.03 * slope.abs(), "{slope} and {gradient}");
        };
        for i in [0, 5, 17, 40, 100] {
            check(&mut |layer, _, by| layer.weights.now[i] += by, layer.weights.gradient[i]);
        }
        for c in 0..4 {
            check(&mut |layer, _, by| layer.scale.now[c] += by, layer.scale.gradient[c]);
            check(&mut |layer, _, by| layer.shift.now[c] += by, layer.shift.gradient[c]);
        }
        for i in [0, 9, 60, 125] {
            check(&mut |_, inputs, by| inputs[1][i] += by, back[1][i]);
        }
    }

    fn clone(layer: &Layer) -> Layer {
        Layer {
            shape: layer.shape,
            weights: layer.weights.clone(),
            scale: layer.scale.clone(),
            shift: layer.shift.clone(),
            mean: layer.mean.clone(),
            variance: layer.variance.clone(),
        }
    }
}

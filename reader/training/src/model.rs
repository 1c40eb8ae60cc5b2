//! The network while it learns.

use anyhow::{Context as _, ensure};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use reader::network::{self, CONVOLUTIONS, FEATURES, LINE_HEIGHT, Network, Size, matmul};

use crate::{
    characters::rarity,
    layers::{Layer, Learnt, Trace},
    lines::{COLUMNS, Column, Sample, WIDTH},
};

/// How checkpoints begin.
const MAGIC: &[u8; 8] = b"MPTRAIN1";
/// Characters whose scores are worked out at once.
const AT_ONCE: usize = 1_024;
/// How much weights are drawn to zero at each step, of the step's rate.
const DECAY: f32 = 0.01;
/// How much whether a middle is there counts beside which character it is.
const MIDDLE_SHARE: f32 = 2.0;

/// A network that learns.
pub struct Model {
    /// What it learns to tell apart.
    pub characters: Vec<char>,
    layers: Vec<Layer>,
    middle: (Learnt, Learnt),
    classes: (Learnt, Learnt),
    /// Steps so far.
    pub steps: u64,
}

/// How a batch went.
#[derive(Debug, Clone, Copy, Default)]
pub struct Went {
    /// Mean loss of the characters, nats.
    pub characters: f32,
    /// Mean loss of the columns, nats.
    pub middles: f32,
    /// Share of characters that were named rightly.
    pub right: f32,
}

impl Model {
    /// One that knows nothing.
    pub fn new(characters: Vec<char>, seed: u64) -> Model {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut draw = |count: usize, spread: f32| -> Learnt {
            // Uniform with this standard deviation.
            let most = spread * 3f32.sqrt();
            Learnt::from((0..count).map(|_| rng.gen_range(-most..most)).collect())
        };
        let layers = CONVOLUTIONS
            .iter()
            .map(|shape| Layer {
                weights: draw(shape.taps() * shape.to, (2.0 / shape.taps() as f32).sqrt()),
                scale: Learnt::from(vec![1.0; shape.to]),
                shift: Learnt::from(vec![0.0; shape.to]),
                mean: vec![0.0; shape.to],
                variance: vec![1.0; shape.to],
                shape: *shape,
            })
            .collect();
        let spread = 1.0 / (FEATURES as f32).sqrt();
        let middle = (draw(FEATURES, spread), Learnt::from(vec![-2.0]));
        let classes = (draw(characters.len() * FEATURES, spread), Learnt::from(vec![0.0; characters.len()]));
        Model { characters, layers, middle, classes, steps: 0 }
    }

    /// Learns from a batch.
    pub fn learn(&mut self, batch: &[Sample], rate: f32) -> Went {
        let (features, traces) = self.forward(batch);
        let (went, gradients) = self.judge(batch, &features);
        let mut gradients = gradients;
        for (i, trace) in traces.into_iter().enumerate().rev() {
            gradients = self.layers[i].backward(trace, gradients, i > 0);
        }
        self.steps += 1;
        let steps = self.steps;
        for (learnt, decay) in self.learnt() {
            learnt.step(steps, rate, decay);
        }
        went
    }

    /// All that is learnt, and how much each is drawn to zero.
    fn learnt(&mut self) -> Vec<(&mut Learnt, f32)> {
        let mut all = Vec::new();
        for layer in &mut self.layers {
            all.extend([(&mut layer.weights, DECAY), (&mut layer.scale, 0.0), (&mut layer.shift, 0.0)]);
        }
        let (middle, classes) = (&mut self.middle, &mut self.classes);
        all.extend([(&mut middle.0, DECAY), (&mut middle.1, 0.0)]);
        all.extend([(&mut classes.0, DECAY), (&mut classes.1, 0.0)]);
        all
    }

    fn forward(&mut self, batch: &[Sample]) -> (Vec<Vec<f32>>, Vec<Trace>) {
        let mut size = Size { height: LINE_HEIGHT, width: WIDTH, channels: 1 };
        let mut values: Vec<Vec<f32>> = batch.iter().map(|sample| sample.ink.clone()).collect();
        let mut traces = Vec::new();
        for layer in &mut self.layers {
            let (after, out, trace) = layer.forward(size, values);
            (size, values) = (after, out);
            traces.push(trace);
        }
        (values, traces)
    }

    /// How wrong it was, and the gradient of the vectors; the decisions' own gradients are set.
    fn judge(&mut self, batch: &[Sample], features: &[Vec<f32>]) -> (Went, Vec<Vec<f32>>) {
        let mut back: Vec<Vec<f32>> = features.iter().map(|line| vec![0.0; line.len()]).collect();
        let mut went = Went::default();
        let known: Vec<(usize, usize, u32)> = batch
            .iter()
            .enumerate()
            .flat_map(|(line, sample)| {
                sample.columns.iter().enumerate().filter_map(move |(column, is)| match is {
                    Column::Middle(class) | Column::Beside(class) => Some((line, column, *class)),
                    Column::Empty | Column::Unclear => None,
                })
            })
            .collect();
        self.judge_middles(batch, features, &mut back, &mut went);
        if !known.is_empty() {
            self.judge_characters(&known, features, &mut back, &mut went);
        }
        (went, back)
    }

    fn judge_middles(
        &mut self,
        batch: &[Sample],
        features: &[Vec<f32>],
        back: &mut [Vec<f32>],
        went: &mut Went,
    ) {
        let clear = batch.iter().flat_map(|sample| &sample.columns);
        let clear = clear.filter(|is| matches!(is, Column::Empty | Column::Middle(_))).count().max(1) as f32;
        let (weights, bias) = (&mut self.middle.0, &mut self.middle.1);
        weights.gradient.fill(0.0);
        bias.gradient.fill(0.0);
        for ((sample, line), back) in batch.iter().zip(features).zip(back) {
            for (column, is) in sample.columns.iter().enumerate() {
                let wanted = match is {
                    Column::Empty => 0.0,
                    Column::Middle(_) => 1.0,
                    Column::Beside(_) | Column::Unclear => continue,
                };
                let vector = &line[column * FEATURES..(column + 1) * FEATURES];
                let score: f32 =
                    bias.now[0] + vector.iter().zip(&weights.now).map(|(v, w)| v * w).sum::<f32>();
                let said = 1.0 / (1.0 + (-score).exp());
                let sure = if wanted > 0.5 { said } else { 1.0 - said };
                went.middles -= sure.max(1e-7).ln() / clear;
                let gradient = MIDDLE_SHARE * (said - wanted) / clear;
                bias.gradient[0] += gradient;
                let back = &mut back[column * FEATURES..(column + 1) * FEATURES];
                for i in 0..FEATURES {
                    weights.gradient[i] += gradient * vector[i];
                    back[i] += gradient * weights.now[i];
                }
            }
        }
    }

    fn judge_characters(
        &mut self,
        known: &[(usize, usize, u32)],
        features: &[Vec<f32>],
        back: &mut [Vec<f32>],
        went: &mut Went,
    ) {
        let (count, classes) = (known.len(), self.characters.len());
        let vectors: Vec<f32> = known
            .iter()
            .flat_map(|(line, column, _)| &features[*line][column * FEATURES..(column + 1) * FEATURES])
            .copied()
            .collect();
        let (weights, bias) = (&mut self.classes.0, &mut self.classes.1);
        // Scores lie character by character: a block of them belongs to one core.
        let mut scores = vec![0.0f32; classes * count];
        scores.par_chunks_mut(AT_ONCE * count).enumerate().for_each(|(block, scores)| {
            let rows = scores.len() / count;
            let own = &weights.now[block * AT_ONCE * FEATURES..];
            matmul((rows, FEATURES, count), (own, (FEATURES, 1)), (&vectors, (1, FEATURES)), scores, false);
            for (row, scores) in scores.chunks_exact_mut(count).enumerate() {
                scores.iter_mut().for_each(|score| *score += bias.now[block * AT_ONCE + row]);
            }
        });
        let mut most = vec![(f32::MIN, 0u32); count];
        for (class, row) in scores.chunks_exact(count).enumerate() {
            for (most, score) in most.iter_mut().zip(row) {
                if *score > most.0 {
                    *most = (*score, class as u32);
                }
            }
        }
        scores.par_chunks_mut(AT_ONCE * count).for_each(|scores| {
            for row in scores.chunks_exact_mut(count) {
                row.iter_mut().zip(&most).for_each(|(score, most)| *score = (*score - most.0).exp());
            }
        });
        let mut totals = vec![0.0f32; count];
        for row in scores.chunks_exact(count) {
            totals.iter_mut().zip(row).for_each(|(total, share)| *total += share);
        }
        for (i, (_, _, class)) in known.iter().enumerate() {
            let share = scores[*class as usize * count + i] / totals[i];
            went.characters -= share.max(1e-9).ln() / count as f32;
            went.right += f32::from(u8::from(most[i].1 == *class)) / count as f32;
        }
        // From shares to gradients.
        let each = 1.0 / count as f32;
        let even: Vec<f32> = totals.iter().map(|total| each / total).collect();
        scores.par_chunks_mut(AT_ONCE * count).for_each(|scores| {
            for row in scores.chunks_exact_mut(count) {
                row.iter_mut().zip(&even).for_each(|(score, even)| *score *= even);
            }
        });
        for (i, (_, _, class)) in known.iter().enumerate() {
            scores[*class as usize * count + i] -= each;
        }
        let scores = &scores;
        bias.gradient.par_iter_mut().zip(scores.par_chunks_exact(count)).for_each(|(gradient, row)| {
            *gradient = row.iter().sum();
        });
        weights.gradient.par_chunks_mut(AT_ONCE * FEATURES).enumerate().for_each(|(block, gradient)| {
            let rows = gradient.len() / FEATURES;
            let own = &scores[block * AT_ONCE * count..];
            matmul((rows, count, FEATURES), (own, (count, 1)), (&vectors, (FEATURES, 1)), gradient, false);
        });
        let mut of_vectors = vec![0.0; count * FEATURES];
        let per = count.div_ceil(4).max(1);
        of_vectors.par_chunks_mut(per * FEATURES).enumerate().for_each(|(block, out)| {
            let rows = out.len() / FEATURES;
            let own = &scores[block * per..];
            matmul((rows, classes, FEATURES), (own, (1, count)), (&weights.now, (FEATURES, 1)), out, false);
        });
        for ((line, column, _), gradient) in known.iter().zip(of_vectors.chunks_exact(FEATURES)) {
            let back = &mut back[*line][column * FEATURES..(column + 1) * FEATURES];
            back.iter_mut().zip(gradient).for_each(|(sum, part)| *sum += part);
        }
    }

    /// As it is read with: the evening-out of each layer becomes part of its weights and its bias, and how rare each
    /// character is a part of that character's bias.
    pub fn network(&self) -> Network {
        let layers = self
            .layers
            .iter()
            .map(|layer| {
                let channels = layer.shape.to;
                let by: Vec<f32> =
                    (0..channels).map(|c| layer.scale.now[c] / (layer.variance[c] + 1e-5).sqrt()).collect();
                network::Layer {
                    weights: layer
                        .weights
                        .now
                        .iter()
                        .enumerate()
                        .map(|(i, w)| w * by[i % channels])
                        .collect(),
                    bias: (0..channels).map(|c| layer.shift.now[c] - layer.mean[c] * by[c]).collect(),
                }
            })
            .collect();
        let decision = |(weights, bias): &(Learnt, Learnt)| network::Layer {
            weights: weights.now.clone(),
            bias: bias.now.clone(),
        };
        let mut classes = decision(&self.classes);
        for (bias, c) in classes.bias.iter_mut().zip(&self.characters) {
            *bias -= rarity(*c);
        }
        Network { characters: self.characters.clone(), layers, middle: decision(&self.middle), classes }
    }

    /// All of it, so that learning goes on where it stopped.
    pub fn checkpoint(&mut self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.steps.to_le_bytes());
        for (learnt, _) in self.learnt() {
            for numbers in [&learnt.now, &learnt.first, &learnt.second] {
                numbers.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
            }
        }
        for layer in &self.layers {
            layer.mean.iter().chain(&layer.variance).for_each(|number| bytes.extend(number.to_le_bytes()));
        }
        bytes
    }

    /// Goes on from [`Model::checkpoint`] of a network of the same shape.
    ///
    /// # Errors
    /// When the bytes are something else.
    pub fn go_on_from(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let rest = bytes.strip_prefix(MAGIC).context("this is no checkpoint")?;
        let (steps, rest) = rest.split_first_chunk().context("the checkpoint is cut off")?;
        self.steps = u64::from_le_bytes(*steps);
        let mut numbers =
            rest.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]));
        let mut fill = |into: &mut Vec<f32>| -> anyhow::Result<()> {
            for number in into {
                *number = numbers.next().context("the checkpoint is of a smaller network")?;
            }
            Ok(())
        };
        for (learnt, _) in self.learnt() {
            fill(&mut learnt.now)?;
            fill(&mut learnt.first)?;
            fill(&mut learnt.second)?;
        }
        for layer in &mut self.layers {
            fill(&mut layer.mean)?;
            fill(&mut layer.variance)?;
        }
        ensure!(numbers.next().is_none(), "the checkpoint is of a larger network");
        Ok(())
    }
}

const _: () = assert!(COLUMNS * network::MIDDLE_PX == WIDTH);

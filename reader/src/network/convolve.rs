//! Convolutions as products of matrices. Numbers lie row by row, the channels of one place side by side.

use super::shape::{Convolution, Size};

/// Places whose surroundings are laid out at once: what fits into a core's own memory.
const AT_ONCE: usize = 512;

/// Lays out what `convolution` looks at for the places `places` of its output, one row of [`Convolution::taps`] each.
pub fn lay_out(
    convolution: &Convolution,
    size: Size,
    values: &[f32],
    places: std::ops::Range<usize>,
    out: &mut [f32],
) {
    let after = convolution.after(size);
    let channels = size.channels;
    let taps = convolution.taps();
    for (place, row) in places.zip(out.chunks_exact_mut(taps)) {
        let (top, left) = (
            (place / after.width * convolution.stride.0) as isize - convolution.pad.0 as isize,
            (place % after.width * convolution.stride.1) as isize - convolution.pad.1 as isize,
        );
        let mut pieces = row.chunks_exact_mut(channels);
        for ky in 0..convolution.kernel.0 as isize {
            for kx in 0..convolution.kernel.1 as isize {
                let Some(piece) = pieces.next() else { return };
                let (y, x) = (top + ky, left + kx);
                if y < 0 || x < 0 || y >= size.height as isize || x >= size.width as isize {
                    piece.fill(0.0);
                } else {
                    let at = (y as usize * size.width + x as usize) * channels;
                    piece.copy_from_slice(&values[at..at + channels]);
                }
            }
        }
    }
}

/// Convolves `values`; `weights` are [`Convolution::taps`] rows of [`Convolution::to`] numbers. No bias.
///
/// # Panics
/// When a slice does not have the length that follows from the sizes.
pub fn convolve(convolution: &Convolution, size: Size, values: &[f32], weights: &[f32], out: &mut [f32]) {
    let after = convolution.after(size);
    assert_eq!((values.len(), out.len()), (size.len(), after.len()));
    let taps = convolution.taps();
    let mut laid_out = vec![0.0; AT_ONCE * taps];
    let places = after.height * after.width;
    for first in (0..places).step_by(AT_ONCE) {
        let last = places.min(first + AT_ONCE);
        let rows = last - first;
        lay_out(convolution, size, values, first..last, &mut laid_out[..rows * taps]);
        let part = &mut out[first * after.channels..last * after.channels];
        matmul(
            (rows, taps, after.channels),
            (&laid_out[..rows * taps], (taps, 1)),
            (weights, (after.channels, 1)),
            part,
            false,
        );
    }
}

/// `out` (m × n, row by row) = `a` (m × k) · `b` (k × n), or that added to it. Beside each matrix stands how far its rows
/// and its columns lie apart, so that it can be read transposed.
///
/// # Panics
/// When a slice is too short for that.
pub fn matmul(
    (m, k, n): (usize, usize, usize),
    (a, a_steps): (&[f32], (usize, usize)),
    (b, b_steps): (&[f32], (usize, usize)),
    out: &mut [f32],
    add: bool,
) {
    if m == 0 || n == 0 || k == 0 {
        return;
    }
    let last =
        |rows: usize, columns: usize, steps: (usize, usize)| (rows - 1) * steps.0 + (columns - 1) * steps.1;
    assert!(last(m, k, a_steps) < a.len() && last(k, n, b_steps) < b.len() && out.len() == m * n);
    // SAFETY: the assertion above keeps every element that is read or written inside its slice; `out` is borrowed alone.
    #[allow(unsafe_code)]
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            n as isize,
            add,
            a.as_ptr(),
            a_steps.1 as isize,
            a_steps.0 as isize,
            b.as_ptr(),
            b_steps.1 as isize,
            b_steps.0 as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrices_are_multiplied_as_they_are_and_transposed() {
        let (a, b) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 0.0, 2.0, 1.0, 0.0, 3.0]);
        let mut out = [0.0; 4];
        matmul((2, 3, 2), (&a, (3, 1)), (&b, (2, 1)), &mut out, false);
        assert_eq!(out, [5.0, 11.0, 14.0, 23.0]);
        // The same, with both handed in lying on their side.
        let (a, b) = ([1.0, 4.0, 2.0, 5.0, 3.0, 6.0], [1.0, 2.0, 0.0, 0.0, 1.0, 3.0]);
        matmul((2, 3, 2), (&a, (1, 2)), (&b, (1, 3)), &mut out, true);
        assert_eq!(out, [10.0, 22.0, 28.0, 46.0]);
    }

    #[test]
    fn a_convolution_is_what_its_definition_says() {
        let convolution = Convolution { kernel: (3, 3), stride: (2, 1), pad: (1, 1), from: 2, to: 3 };
        let size = Size { height: 5, width: 300, channels: 2 };
        let values: Vec<f32> = (0..size.len()).map(|i| ((i * 7) % 11) as f32 - 5.0).collect();
        let weights: Vec<f32> = (0..convolution.taps() * 3).map(|i| ((i * 5) % 13) as f32 - 6.0).collect();
        let after = convolution.after(size);
        let mut out = vec![0.0; after.len()];
        convolve(&convolution, size, &values, &weights, &mut out);
        for y in 0..after.height {
            for x in [0, 1, 150, after.width - 1] {
                for c in 0..3 {
                    let mut sum = 0.0;
                    for (ky, kx, from) in
                        (0..3).flat_map(|y| (0..3).flat_map(move |x| [(y, x, 0), (y, x, 1)]))
                    {
                        let (iy, ix) = ((y * 2 + ky) as isize - 1, (x + kx) as isize - 1);
                        if iy >= 0 && ix >= 0 && iy < 5 && ix < 300 {
                            let value = values[(iy as usize * 300 + ix as usize) * 2 + from];
                            sum += value * weights[((ky * 3 + kx) * 2 + from) * 3 + c];
                        }
                    }
                    assert_eq!(out[(y * after.width + x) * 3 + c], sum, "{y} {x} {c}");
                }
            }
        }
    }
}

//! What the network looks like. Training and reading share it.

/// Height of a line, pixels.
pub const LINE_HEIGHT: usize = 32;
/// How many columns of a line become one vector.
pub const MIDDLE_PX: usize = 4;
/// Numbers in the vector.
pub const FEATURES: usize = 128;

/// A convolution, each followed by a bias and a cut at zero.
#[derive(Debug, Clone, Copy)]
pub struct Convolution {
    /// Rows and columns that it looks at.
    pub kernel: (usize, usize),
    /// Rows and columns that it goes on by.
    pub stride: (usize, usize),
    /// Rows and columns of nothing added on each side.
    pub pad: (usize, usize),
    /// Channels it takes.
    pub from: usize,
    /// Channels it gives.
    pub to: usize,
}

/// Height, width and channels of what lies between two convolutions; the channels lie side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Numbers at each place.
    pub channels: usize,
}

impl Size {
    /// How many numbers.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(self) -> usize {
        self.height * self.width * self.channels
    }
}

/// Three by three.
const fn looking_around(stride: (usize, usize), from: usize, to: usize) -> Convolution {
    Convolution { kernel: (3, 3), stride, pad: (1, 1), from, to }
}

/// From a line of ink, 32 rows high, to one row of vectors.
pub const CONVOLUTIONS: [Convolution; 8] = [
    looking_around((2, 2), 1, 24),
    looking_around((1, 1), 24, 32),
    looking_around((2, 2), 32, 64),
    looking_around((1, 1), 64, 64),
    looking_around((2, 1), 64, 96),
    looking_around((1, 1), 96, 96),
    // The four rows that are left become one.
    Convolution { kernel: (4, 3), stride: (1, 1), pad: (0, 1), from: 96, to: 256 },
    Convolution { kernel: (1, 1), stride: (1, 1), pad: (0, 0), from: 256, to: FEATURES },
];

impl Convolution {
    /// What comes out for what goes in.
    pub fn after(&self, size: Size) -> Size {
        let along = |length: usize, axis: usize| {
            let (kernel, stride, pad) = match axis {
                0 => (self.kernel.0, self.stride.0, self.pad.0),
                _ => (self.kernel.1, self.stride.1, self.pad.1),
            };
            (length + 2 * pad).saturating_sub(kernel) / stride + 1
        };
        Size { height: along(size.height, 0), width: along(size.width, 1), channels: self.to }
    }

    /// Numbers of one output's weights: rows, columns and channels it looks at.
    pub fn taps(&self) -> usize {
        self.kernel.0 * self.kernel.1 * self.from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_becomes_one_row_of_vectors() {
        let mut size = Size { height: LINE_HEIGHT, width: 40 * MIDDLE_PX, channels: 1 };
        for convolution in CONVOLUTIONS {
            assert_eq!(convolution.from, size.channels);
            size = convolution.after(size);
        }
        assert_eq!(size, Size { height: 1, width: 40, channels: FEATURES });
    }
}

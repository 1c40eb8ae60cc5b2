//! Time and randomness, from outside, and who watches.

use jiff::Timestamp;
use shared::domain::DocumentId;
use shared::sync::Moment;

/// Fills with random bytes.
pub type Draw = dyn Fn(&mut [u8]);

/// Where time and randomness come from, and who watches.
pub struct World {
    /// The device's own clock; it may be wrong.
    pub wall: Box<dyn Fn() -> Timestamp>,
    /// Milliseconds since the program started; never steps back.
    pub ticks: Box<dyn Fn() -> u64>,
    /// Fills with random bytes.
    pub draw: Box<Draw>,
    /// Hears of each document right before its changes are read: a test lets that end the program.
    pub reading: Box<dyn Fn(DocumentId)>,
}

impl World {
    /// Now.
    pub fn moment(&self) -> Moment {
        Moment { wall: (self.wall)(), ticks: (self.ticks)(), dice: u64::from_le_bytes(self.bytes()) }
    }

    /// Random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.draw)(&mut bytes);
        bytes
    }
}

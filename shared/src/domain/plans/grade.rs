//! A customer's grade, as the score card gives it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A grade from A (best) to E.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
pub enum Grade {
    /// Best.
    A,
    /// Good.
    B,
    /// Fair.
    C,
    /// Weak.
    D,
    /// Weakest.
    E,
}

impl Grade {
    /// All grades, best first.
    pub const ALL: [Grade; 5] = [Grade::A, Grade::B, Grade::C, Grade::D, Grade::E];

    /// The letter.
    pub fn letter(self) -> char {
        match self {
            Grade::A => 'A',
            Grade::B => 'B',
            Grade::C => 'C',
            Grade::D => 'D',
            Grade::E => 'E',
        }
    }

    /// The grade with this letter, in any case.
    pub fn from_letter(letter: char) -> Option<Grade> {
        Grade::ALL.into_iter().find(|grade| grade.letter() == letter.to_ascii_uppercase())
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.letter())
    }
}

/// Grades as a person writes a list: `A、B、C`.
pub(crate) fn list(grades: &[Grade]) -> String {
    grades.iter().map(Grade::to_string).collect::<Vec<_>>().join("/")
}

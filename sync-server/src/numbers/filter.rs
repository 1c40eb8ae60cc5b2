//! What numbers are divided by, and which part of them is asked for.

use super::{
    record::{DIMENSIONS, Head, NONE, OTHERS},
    words::Words,
};

/// Stands in an address for the cases that have none of a dimension, such as no funder yet.
pub const WITHOUT: &str = "-";
/// Stands in an address for those that the dictionary has no room for.
pub const THE_OTHERS: &str = "*";
/// A number that no word has: matches nothing.
const UNKNOWN: u16 = OTHERS - 1;

/// What numbers are divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(usize)]
pub enum Dimension {
    /// Key of the flow.
    Product,
    /// Hash of the flow's version.
    Version,
    /// Province of use, two digits.
    Region,
    /// The dealer as the link's maker wrote it.
    Dealer,
    /// Who made the link: `account:ID`, `key:ID`.
    Advisor,
    /// Key of the funder.
    Funder,
}

impl Dimension {
    /// In the order in which records hold them.
    pub const ALL: [Self; DIMENSIONS] =
        [Self::Product, Self::Version, Self::Region, Self::Dealer, Self::Advisor, Self::Funder];

    /// Stable name; also the sort of its words.
    pub fn code(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Version => "version",
            Self::Region => "region",
            Self::Dealer => "dealer",
            Self::Advisor => "advisor",
            Self::Funder => "funder",
        }
    }

    /// How a word of it stands in an address. Dealers are somebody's free text, which addresses do not carry.
    pub fn in_address(self, words: &Words, id: u16) -> String {
        match id {
            NONE => WITHOUT.to_owned(),
            OTHERS => THE_OTHERS.to_owned(),
            id if self == Self::Dealer => id.to_string(),
            id => words.word(self.code(), id).unwrap_or(THE_OTHERS).to_owned(),
        }
    }

    fn number(self, words: &Words, asked: &str) -> u16 {
        match asked {
            WITHOUT => NONE,
            THE_OTHERS => OTHERS,
            id if self == Self::Dealer => {
                id.parse().ok().filter(|id| words.word(self.code(), *id).is_some()).unwrap_or(UNKNOWN)
            }
            word => words.id(self.code(), word).unwrap_or(UNKNOWN),
        }
    }
}

/// Which cases count: of each dimension one word, or all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filter([Option<u16>; DIMENSIONS]);

impl Filter {
    /// From an address; a word that nobody knows matches nothing.
    pub fn read(words: &Words, asked: impl Fn(Dimension) -> Option<String>) -> Self {
        Self(Dimension::ALL.map(|dimension| {
            let asked = asked(dimension).filter(|asked| !asked.is_empty())?;
            Some(dimension.number(words, &asked))
        }))
    }

    /// With one more condition.
    #[must_use]
    pub fn with(mut self, dimension: Dimension, word: u16) -> Self {
        self.0[dimension as usize] = Some(word);
        self
    }

    /// What is asked of a dimension.
    pub fn of(&self, dimension: Dimension) -> Option<u16> {
        self.0[dimension as usize]
    }

    /// Whether a case counts.
    pub fn admits(&self, head: &Head) -> bool {
        self.0.iter().zip(head.of).all(|(asked, is)| asked.is_none_or(|asked| asked == is))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_condition_must_hold() {
        let head = Head { number: 1, of: [1, 2, 3, 4, 5, NONE] };
        let none = Filter::default();
        assert!(none.admits(&head));
        assert!(none.with(Dimension::Dealer, 4).with(Dimension::Funder, NONE).admits(&head));
        assert!(!none.with(Dimension::Dealer, 4).with(Dimension::Funder, 6).admits(&head));
        assert!(!none.with(Dimension::Product, UNKNOWN).admits(&head));
        let strange = Filter::read(&Words::default(), |_| Some("never heard of".to_owned()));
        assert!(!strange.admits(&head));
        assert_eq!(Filter::read(&Words::default(), |_| Some(String::new())), none);
    }
}

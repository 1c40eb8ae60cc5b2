//! The number plate (GA 36).

use crate::domain::{lang::Lang, people::half_width, region::Region};
use std::fmt;

/// A plate and what kind it is. `Debug`, which may end up in a log, shows its first two characters only.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Plate {
    text: String,
    kind: PlateKind,
}

/// What the shape of a plate says about its vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PlateKind {
    /// An ordinary plate: five characters after the office's letter.
    Ordinary,
    /// A trailer (挂).
    Trailer,
    /// A driving school's vehicle (学).
    DrivingSchool,
    /// A police vehicle (警).
    Police,
    /// A vehicle of Hong Kong (港).
    HongKong,
    /// A vehicle of Macao (澳).
    Macao,
    /// A small new-energy vehicle: six characters, A to K (without I) first.
    SmallNewEnergy,
    /// A large new-energy vehicle: five digits and a letter A to K (without I).
    LargeNewEnergy,
}

impl Plate {
    /// Reads a typed plate; blanks, dots and hyphens go, letters become upper case.
    ///
    /// # Errors
    /// `plate_province` for an unknown province sign, `plate_length` for other than seven or eight characters,
    /// `plate_letters` for characters that do not stand where they stand.
    pub fn parse(text: &str) -> Result<Plate, PlateError> {
        let joint = |c: &char| !matches!(c, '-' | '·' | '•' | '.' | '・');
        let text: String = half_width(text).chars().filter(joint).collect::<String>().to_ascii_uppercase();
        let chars: Vec<char> = text.chars().collect();
        if chars.first().copied().and_then(Region::from_plate_sign).is_none() {
            return Err(PlateError::Province);
        }
        let kind = match &chars[1..] {
            [office, rest @ ..] if is_letter(*office) && matches!(rest.len(), 5 | 6) => kind(rest),
            rest if !matches!(rest.len(), 6 | 7) => return Err(PlateError::Length),
            _ => None,
        };
        kind.map(|kind| Plate { text, kind }).ok_or(PlateError::Letters)
    }

    /// What kind of plate it is.
    pub fn kind(&self) -> PlateKind {
        self.kind
    }

    /// Whether the plate is one for new-energy vehicles.
    pub fn is_new_energy(&self) -> bool {
        matches!(self.kind, PlateKind::SmallNewEnergy | PlateKind::LargeNewEnergy)
    }

    /// The province that gave the plate.
    pub fn province(&self) -> Option<Region> {
        self.text.chars().next().and_then(Region::from_plate_sign)
    }

    /// The plate without blanks and dots.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Plate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Plate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plate({}*****)", self.text.chars().take(2).collect::<String>())
    }
}

/// Why a text is not a plate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlateError {
    /// No known province sign at the beginning.
    Province,
    /// Not seven or eight characters.
    Length,
    /// A character that does not stand where it stands.
    Letters,
}

impl PlateError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            PlateError::Province => "plate_province",
            PlateError::Length => "plate_length",
            PlateError::Letters => "plate_letters",
        }
    }

    /// What is wrong and what to do about it.
    pub fn text(&self, lang: Lang) -> &'static str {
        match self {
            PlateError::Province => lang.pick(
                "车牌号应以省份简称开头，例如“粤”，请核对。",
                "A plate begins with its province's character, such as 粤: please check it.",
            ),
            PlateError::Length => lang.pick(
                "车牌号应为7位，新能源车为8位，请核对。",
                "A plate has 7 characters, of a new-energy vehicle 8: please check it.",
            ),
            PlateError::Letters => lang.pick(
                "车牌号中有一位不符合规则（不使用字母I和O），请核对。",
                "One character does not fit a plate (the letters I and O are not used): please check it.",
            ),
        }
    }
}

impl fmt::Display for PlateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text(Lang::En))
    }
}

impl std::error::Error for PlateError {}

/// The kind of the five or six characters after the office's letter.
fn kind(rest: &[char]) -> Option<PlateKind> {
    match rest {
        [four @ .., last] if four.len() == 4 && four.iter().all(|&c| is_sign(c)) => match last {
            '挂' => Some(PlateKind::Trailer),
            '学' => Some(PlateKind::DrivingSchool),
            '警' => Some(PlateKind::Police),
            '港' => Some(PlateKind::HongKong),
            '澳' => Some(PlateKind::Macao),
            &last => is_sign(last).then_some(PlateKind::Ordinary),
        },
        [first, second, digits @ ..] if digits.len() == 4 && is_energy_letter(*first) => {
            (is_sign(*second) && digits.iter().all(char::is_ascii_digit)).then_some(PlateKind::SmallNewEnergy)
        }
        [digits @ .., last] if digits.len() == 5 && is_energy_letter(*last) => {
            digits.iter().all(char::is_ascii_digit).then_some(PlateKind::LargeNewEnergy)
        }
        _ => None,
    }
}

fn is_letter(c: char) -> bool {
    c.is_ascii_uppercase() && c != 'I' && c != 'O'
}

fn is_sign(c: char) -> bool {
    is_letter(c) || c.is_ascii_digit()
}

/// D and F at first (electric, other); A to K without I since plates ran out.
fn is_energy_letter(c: char) -> bool {
    matches!(c, 'A'..='H' | 'J' | 'K')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plates_of_every_kind() {
        for (typed, kind) in [
            ("粤B12345", PlateKind::Ordinary),
            ("粤B·1234A", PlateKind::Ordinary),
            (" 京a-8q8q8 ", PlateKind::Ordinary),
            ("鲁A1234挂", PlateKind::Trailer),
            ("沪A1234学", PlateKind::DrivingSchool),
            ("川A1234警", PlateKind::Police),
            ("粤ZA123港", PlateKind::HongKong),
            ("粤ZA123澳", PlateKind::Macao),
            ("粤BD12345", PlateKind::SmallNewEnergy),
            ("沪AFA1234", PlateKind::SmallNewEnergy),
            ("京AK12345", PlateKind::SmallNewEnergy),
            ("粤B12345D", PlateKind::LargeNewEnergy),
        ] {
            let plate = Plate::parse(typed).unwrap();
            assert_eq!(plate.kind(), kind, "{typed}");
            assert!(plate.province().is_some());
        }
        assert!(Plate::parse("粤BD12345").unwrap().is_new_energy());
        assert_eq!(format!("{:?}", Plate::parse("粤B12345").unwrap()), "Plate(粤B*****)");
    }

    #[test]
    fn wrong_plates_say_what_is_wrong() {
        for (typed, code) in [
            ("", "plate_province"),
            ("B12345", "plate_province"),
            ("国B12345", "plate_province"),
            ("粤", "plate_length"),
            ("粤B1234", "plate_length"),
            ("粤B1234567", "plate_length"),
            ("粤112345", "plate_letters"),
            ("粤I12345", "plate_letters"),
            ("粤B1234O", "plate_letters"),
            ("粤B1234I", "plate_letters"),
            ("粤BI12345", "plate_letters"),
            ("粤BL12345", "plate_letters"),
            ("粤BDDD345", "plate_letters"),
            ("粤B123456", "plate_letters"),
            ("粤B12345L", "plate_letters"),
            ("粤B挂1234", "plate_letters"),
        ] {
            assert_eq!(Plate::parse(typed).unwrap_err().code(), code, "{typed}");
        }
    }
}

//! A person's name as a card states it.

use crate::domain::lang::Lang;
use std::fmt;

/// Fewest characters of a name.
const MIN_NAME_CHARS: usize = 2;
/// Most characters of a name in Chinese characters, dots included (names of minorities are long).
pub const MAX_HAN_NAME_CHARS: usize = 30;
/// Most characters of a name in Latin letters, blanks included (a foreigner's permanent residence card).
pub const MAX_LATIN_NAME_CHARS: usize = 60;

/// The dot between the parts of a minority name.
const MIDDLE_DOT: char = '·';

/// Characters that older systems keep in the private area from U+E815 on (GBK; GB 18030-2000), in that order, as
/// today's Unicode and GB 18030-2022 write them. Without this 䶮 on a card and 䶮 from a form would differ.
const FORMERLY_PRIVATE: &str = "⺁𠂇𠂉𠃌⺄㑳㑇⺈⺋龴㖞㘚㘎⺌⺗㥮㤘龵㧏㧟㩳㧐龶龷㭎㱮㳠⺧𡗗龸⺪䁖䅟⺮䌷⺳⺶⺷𢦏䎱\
         䎬⺻䏝䓖䙡䙌龹䜣䜩䝼䞍⻊䥇䥺䥽䦂䦃䦅䦆䦟䦛䦷䦶龺𤇾䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗䴘䴙䶮龻";

/// A person's name: Chinese characters (all planes, with `·` between parts) or Latin letters. Prints masked.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PersonName(String);

impl PersonName {
    /// Reads a typed or recognised name. Blanks inside a Chinese name go, every kind of middle dot becomes `·`, runs
    /// of blanks in a Latin name become one.
    ///
    /// # Errors
    /// `person_name_length` (2 to 30 Chinese characters, 2 to 60 Latin ones), `person_name_character` for signs,
    /// digits, markup and control characters, `person_name_mixed` for two scripts in one name, `person_name_dot` for
    /// a dot, hyphen or apostrophe with nothing on one side.
    pub fn parse(text: &str) -> Result<PersonName, PersonNameError> {
        let text: String = text.trim().chars().filter(|&c| !is_variation_selector(c)).map(modern).collect();
        let count = |wanted: fn(char) -> bool| text.chars().filter(|&c| wanted(c)).count();
        match (count(is_han), count(is_latin)) {
            (0, 0) if text.is_empty() => Err(PersonNameError::Length),
            (0, 0) => Err(PersonNameError::Character),
            (_, 0) => han_name(&text),
            (0, _) => latin_name(&text),
            _ => Err(PersonNameError::Mixed),
        }
    }

    /// Whether both are the same name; capitals do not matter in Latin letters.
    pub fn same_as(&self, other: &PersonName) -> bool {
        self.0 == other.0 || self.0.to_lowercase() == other.0.to_lowercase()
    }

    /// The first character, the rest as `*`.
    pub fn masked(&self) -> String {
        let hidden = self.0.chars().count() - 1;
        self.0.chars().take(1).chain(std::iter::repeat_n('*', hidden)).collect()
    }

    /// The name in full. A deliberate act.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonName({})", self.masked())
    }
}

/// Why a text is not a person's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PersonNameError {
    /// Too short or too long.
    Length,
    /// A character that stands in no name.
    Character,
    /// Chinese characters and Latin letters in one name.
    Mixed,
    /// A dot, hyphen or apostrophe that joins nothing.
    Dot,
}

impl PersonNameError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            PersonNameError::Length => "person_name_length",
            PersonNameError::Character => "person_name_character",
            PersonNameError::Mixed => "person_name_mixed",
            PersonNameError::Dot => "person_name_dot",
        }
    }

    /// What is wrong and what to do about it.
    pub fn text(&self, lang: Lang) -> &'static str {
        match self {
            PersonNameError::Length => lang.pick(
                "姓名应为2至30个字，请按证件填写。",
                "A name has 2 to 30 characters: write it as on the card.",
            ),
            PersonNameError::Character => lang.pick(
                "姓名中有不能使用的字符，请只填写证件上的文字。",
                "The name contains a character that no name has: write only what is on the card.",
            ),
            PersonNameError::Mixed => lang.pick(
                "姓名请全部用中文或全部用拉丁字母填写。",
                "Write the name either in Chinese characters or in Latin letters, as on the card.",
            ),
            PersonNameError::Dot => lang.pick(
                "间隔号“·”前后都应有文字，请修改。",
                "A dot, hyphen or apostrophe stands between two parts of a name: please correct it.",
            ),
        }
    }
}

impl fmt::Display for PersonNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text(Lang::En))
    }
}

impl std::error::Error for PersonNameError {}

fn han_name(text: &str) -> Result<PersonName, PersonNameError> {
    let name: String =
        text.chars().filter(|c| !is_blank(*c)).map(|c| if is_dot(c) { MIDDLE_DOT } else { c }).collect();
    if !name.chars().all(|c| is_han(c) || c == MIDDLE_DOT) {
        return Err(PersonNameError::Character);
    }
    if !joins_parts(&name, &[MIDDLE_DOT]) {
        return Err(PersonNameError::Dot);
    }
    if !(MIN_NAME_CHARS..=MAX_HAN_NAME_CHARS).contains(&name.chars().count()) {
        return Err(PersonNameError::Length);
    }
    Ok(PersonName(name))
}

fn latin_name(text: &str) -> Result<PersonName, PersonNameError> {
    let plain = |c: char| if matches!(c, '’' | '‘' | '`') { '\'' } else { c };
    let known = |c: char| is_latin(c) || is_blank(c) || matches!(c, '\'' | '-' | '.');
    let text: String = text.chars().map(plain).collect();
    if !text.chars().all(known) {
        return Err(PersonNameError::Character);
    }
    let name = text.split(is_blank).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    // "J." and "O' Brien" are written; only a beginning with a joint, an end with one and two in a row are not.
    if !joins_parts(name.trim_end_matches('.'), &['\'', '-']) || name.starts_with('.') || name.contains("..")
    {
        return Err(PersonNameError::Dot);
    }
    if !(MIN_NAME_CHARS..=MAX_LATIN_NAME_CHARS).contains(&name.chars().count()) {
        return Err(PersonNameError::Length);
    }
    Ok(PersonName(name))
}

/// Whether each of these joints stands between two characters that are not joints.
fn joins_parts(name: &str, joints: &[char]) -> bool {
    name.split(joints).all(|part| !part.is_empty())
}

/// Unified ideographs with all extensions, compatibility ideographs, and 〇.
fn is_han(c: char) -> bool {
    matches!(c,
        '\u{3007}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{2EE5F}' | '\u{2F800}'..='\u{2FA1F}' | '\u{30000}'..='\u{3347F}')
}

fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic()
        || matches!(c, '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}') && c.is_alphabetic()
}

/// Space, no-break space, full-width space; not line breaks or tabs, which are control characters in a name.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\u{A0}' | '\u{3000}')
}

fn is_dot(c: char) -> bool {
    matches!(c, '·' | '・' | '•' | '‧' | '∙' | '⋅' | '･' | '．' | '.')
}

fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

fn modern(c: char) -> char {
    match u32::from(c).checked_sub(0xE815) {
        Some(place) if place < 80 => FORMERLY_PRIVATE.chars().nth(place as usize).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_as_people_have_them() {
        for (typed, kept) in [
            ("张三", "张三"),
            (" 张 三 ", "张三"),
            ("欧阳　娜娜", "欧阳娜娜"),
            ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
            ("迪丽热巴.迪力木拉提", "迪丽热巴·迪力木拉提"),
            ("王䶮", "王䶮"),
            ("王\u{E863}", "王䶮"),
            ("赵𠮷", "赵𠮷"),
            ("李\u{30EDD}", "李\u{30EDD}"),
            ("钱〇一", "钱〇一"),
            ("葛\u{E0100}亮", "葛亮"),
            ("JOHN  SMITH", "JOHN SMITH"),
            ("Siân O’Brien-Jones Jr.", "Siân O'Brien-Jones Jr."),
            ("Nguyễn Văn An", "Nguyễn Văn An"),
        ] {
            assert_eq!(
                PersonName::parse(typed).map(|name| name.reveal().to_owned()),
                Ok(kept.into()),
                "{typed}"
            );
        }
    }

    #[test]
    fn wrong_names_say_what_is_wrong() {
        let long = "买".repeat(31);
        for (typed, code) in [
            ("", "person_name_length"),
            ("   ", "person_name_length"),
            ("张", "person_name_length"),
            (long.as_str(), "person_name_length"),
            ("张三1", "person_name_character"),
            ("<b>张三</b>", "person_name_mixed"),
            ("张三<", "person_name_character"),
            ("<script>", "person_name_character"),
            ("张\n三", "person_name_character"),
            ("张\u{202E}三", "person_name_character"),
            ("张\u{0}三", "person_name_character"),
            ("12", "person_name_character"),
            ("张\u{F000}", "person_name_character"),
            ("张三John", "person_name_mixed"),
            ("·张三", "person_name_dot"),
            ("阿·", "person_name_dot"),
            ("阿··买", "person_name_dot"),
            ("-John", "person_name_dot"),
            ("Анна", "person_name_character"),
        ] {
            assert_eq!(PersonName::parse(typed).unwrap_err().code(), code, "{typed:?}");
        }
    }

    #[test]
    fn the_private_area_is_mapped_in_order() {
        assert_eq!(FORMERLY_PRIVATE.chars().count(), 80);
        for (private, now) in [
            ('\u{E815}', '⺁'),
            ('\u{E816}', '𠂇'),
            ('\u{E81E}', '龴'),
            ('\u{E863}', '䶮'),
            ('\u{E864}', '龻'),
        ] {
            assert_eq!(modern(private), now);
        }
        assert_eq!((modern('\u{E814}'), modern('\u{E865}')), ('\u{E814}', '\u{E865}'));
    }

    #[test]
    fn it_prints_masked() {
        for (typed, masked) in [("张三", "张*"), ("欧阳娜娜", "欧***"), ("John Smith", "J*********")]
        {
            let name = PersonName::parse(typed).unwrap();
            assert_eq!(format!("{name} {name:?}"), format!("{masked} PersonName({masked})"));
        }
    }

    #[test]
    fn capitals_do_not_matter() {
        let name = |text| PersonName::parse(text).unwrap();
        assert!(name("John Smith").same_as(&name("JOHN SMITH")));
        assert!(!name("张三").same_as(&name("张山")));
    }

    proptest! {
        #![proptest_config(crate::domain::fixed_seed(256))]
        #[test]
        fn what_is_accepted_is_inert_and_stable(text in "(\\PC|[<>&\"'·. 张王A-z\\x00-\\x1f]){0,12}") {
            if let Ok(name) = PersonName::parse(&text) {
                prop_assert!(!name.reveal().contains(['<', '>', '&', '"', '\n', '\0']));
                prop_assert_eq!(PersonName::parse(name.reveal()), Ok(name));
            }
        }
    }
}

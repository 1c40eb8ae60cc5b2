//! The 56 ethnic groups as cards name them (GB/T 3304-1991).

use crate::domain::lang::Lang;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Chinese and romanised names; the place in the list is the standard's code less one.
#[rustfmt::skip]
const NAMES: [(&str, &str); 56] = [
    ("汉", "Han"), ("蒙古", "Mongol"), ("回", "Hui"), ("藏", "Zang"), ("维吾尔", "Uygur"), ("苗", "Miao"),
    ("彝", "Yi"), ("壮", "Zhuang"), ("布依", "Buyei"), ("朝鲜", "Chosen"), ("满", "Man"), ("侗", "Dong"),
    ("瑶", "Yao"), ("白", "Bai"), ("土家", "Tujia"), ("哈尼", "Hani"), ("哈萨克", "Kazak"), ("傣", "Dai"),
    ("黎", "Li"), ("傈僳", "Lisu"), ("佤", "Va"), ("畲", "She"), ("高山", "Gaoshan"), ("拉祜", "Lahu"),
    ("水", "Sui"), ("东乡", "Dongxiang"), ("纳西", "Naxi"), ("景颇", "Jingpo"), ("柯尔克孜", "Kirgiz"), ("土", "Tu"),
    ("达斡尔", "Daur"), ("仫佬", "Mulao"), ("羌", "Qiang"), ("布朗", "Blang"), ("撒拉", "Salar"), ("毛南", "Maonan"),
    ("仡佬", "Gelao"), ("锡伯", "Xibe"), ("阿昌", "Achang"), ("普米", "Pumi"), ("塔吉克", "Tajik"), ("怒", "Nu"),
    ("乌孜别克", "Uzbek"), ("俄罗斯", "Russ"), ("鄂温克", "Ewenki"), ("德昂", "Deang"), ("保安", "Bonan"),
    ("裕固", "Yugur"), ("京", "Gin"), ("塔塔尔", "Tatar"), ("独龙", "Derung"), ("鄂伦春", "Oroqen"),
    ("赫哲", "Hezhen"), ("门巴", "Monba"), ("珞巴", "Lhoba"), ("基诺", "Jino"),
];

/// One of the 56 ethnic groups, by its code of GB/T 3304 (1 to 56). Serialised as the name on the card.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ethnicity(u8);

impl Ethnicity {
    /// All 56, in the standard's order.
    pub fn all() -> impl Iterator<Item = Ethnicity> {
        (1..=NAMES.len() as u8).map(Ethnicity)
    }

    /// The group that a card names: `汉`, also `汉族`. `None` for anything else, such as groups without a code of
    /// their own (穿青人): what a card says is then kept as read.
    pub fn from_card(text: &str) -> Option<Ethnicity> {
        let text = text.trim();
        let name = text.strip_suffix('族').unwrap_or(text);
        Ethnicity::all().find(|group| group.name() == name)
    }

    /// The group with this code of GB/T 3304, 1 to 56.
    pub fn from_code(code: u8) -> Option<Ethnicity> {
        Ethnicity::all().find(|group| group.0 == code)
    }

    /// The code of GB/T 3304, 1 to 56.
    pub fn code(self) -> u8 {
        self.0
    }

    /// The name as on the card, without 族.
    pub fn name(self) -> &'static str {
        NAMES[usize::from(self.0 - 1)].0
    }

    /// The name on screen.
    pub fn text(self, lang: Lang) -> &'static str {
        let (zh, en) = NAMES[usize::from(self.0 - 1)];
        lang.pick(zh, en)
    }
}

impl fmt::Display for Ethnicity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Ethnicity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ethnicity(*)") // sensitive personal information (PIPL Art. 28 by custom): never in a log
    }
}

impl TryFrom<String> for Ethnicity {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Ethnicity::from_card(&text).ok_or("Name one of the 56 ethnic groups as on the card.")
    }
}

impl From<Ethnicity> for String {
    fn from(group: Ethnicity) -> String {
        group.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_56_are_different_and_found_again() {
        let mut seen = std::collections::BTreeSet::new();
        for group in Ethnicity::all() {
            assert!(seen.insert(group.name()), "{group} twice");
            assert_eq!(Ethnicity::from_card(group.name()), Some(group));
            assert_eq!(Ethnicity::from_card(&format!("{}族", group.name())), Some(group));
            assert_eq!(Ethnicity::from_code(group.code()), Some(group));
        }
        assert_eq!(seen.len(), 56);
    }

    #[test]
    fn codes_of_the_standard() {
        for (code, name) in [(1, "汉"), (5, "维吾尔"), (11, "满"), (20, "傈僳"), (37, "仡佬"), (56, "基诺")]
        {
            assert_eq!(Ethnicity::from_code(code).unwrap().name(), name);
        }
        assert_eq!(Ethnicity::from_code(0), None);
        assert_eq!(Ethnicity::from_code(57), None);
        assert_eq!(Ethnicity::from_card("穿青人"), None);
    }
}

//! Regions by their administrative division code (GB/T 2260): a province, a prefecture or a county.

use super::lang::Lang;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Province code, short sign on plates, Chinese and English name.
#[rustfmt::skip]
const PROVINCES: [(&str, Option<char>, &str, &str); 34] = [
    ("11", Some('京'), "北京", "Beijing"), ("12", Some('津'), "天津", "Tianjin"), ("13", Some('冀'), "河北", "Hebei"),
    ("14", Some('晋'), "山西", "Shanxi"), ("15", Some('蒙'), "内蒙古", "Inner Mongolia"),
    ("21", Some('辽'), "辽宁", "Liaoning"), ("22", Some('吉'), "吉林", "Jilin"),
    ("23", Some('黑'), "黑龙江", "Heilongjiang"), ("31", Some('沪'), "上海", "Shanghai"),
    ("32", Some('苏'), "江苏", "Jiangsu"), ("33", Some('浙'), "浙江", "Zhejiang"), ("34", Some('皖'), "安徽", "Anhui"),
    ("35", Some('闽'), "福建", "Fujian"), ("36", Some('赣'), "江西", "Jiangxi"), ("37", Some('鲁'), "山东", "Shandong"),
    ("41", Some('豫'), "河南", "Henan"), ("42", Some('鄂'), "湖北", "Hubei"), ("43", Some('湘'), "湖南", "Hunan"),
    ("44", Some('粤'), "广东", "Guangdong"), ("45", Some('桂'), "广西", "Guangxi"), ("46", Some('琼'), "海南", "Hainan"),
    ("50", Some('渝'), "重庆", "Chongqing"), ("51", Some('川'), "四川", "Sichuan"), ("52", Some('贵'), "贵州", "Guizhou"),
    ("53", Some('云'), "云南", "Yunnan"), ("54", Some('藏'), "西藏", "Tibet"), ("61", Some('陕'), "陕西", "Shaanxi"),
    ("62", Some('甘'), "甘肃", "Gansu"), ("63", Some('青'), "青海", "Qinghai"), ("64", Some('宁'), "宁夏", "Ningxia"),
    ("65", Some('新'), "新疆", "Xinjiang"), ("71", None, "台湾", "Taiwan"), ("81", None, "香港", "Hong Kong"),
    ("82", None, "澳门", "Macao"),
];

/// A region: two digits for a province, four for a prefecture, six for a county, within a province that we know.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Region {
    digits: [u8; 6],
    len: u8,
}

impl Region {
    /// All provinces, in the standard's order.
    pub fn provinces() -> impl Iterator<Item = Region> {
        PROVINCES.iter().filter_map(|province| province.0.parse().ok())
    }

    /// The province that a longer code begins with; `None` where we do not know it.
    pub fn province_of_code(code: &str) -> Option<Region> {
        code.get(..2)?.parse().ok()
    }

    /// The province whose plates begin with this character.
    pub fn from_plate_sign(sign: char) -> Option<Region> {
        PROVINCES
            .iter()
            .find(|province| province.1 == Some(sign))
            .and_then(|province| province.0.parse().ok())
    }

    /// The code: two, four or six digits.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.digits[..usize::from(self.len)]).unwrap_or_default()
    }

    /// The province this region lies in.
    pub fn province(self) -> Region {
        Region { digits: [self.digits[0], self.digits[1], b'0', b'0', b'0', b'0'], len: 2 }
    }

    /// Whether the other region is this one or lies within it.
    pub fn contains(&self, other: &Region) -> bool {
        other.code().starts_with(self.code())
    }

    /// The province's name on screen, followed by the code where the region is smaller than a province.
    pub fn text(&self, lang: Lang) -> String {
        let name = PROVINCES.iter().find(|province| self.code().starts_with(province.0));
        let name = name.map_or("", |province| lang.pick(province.2, province.3));
        if self.len == 2 { name.to_owned() } else { format!("{name} {}", self.code()) }
    }
}

/// Whether a list of regions admits this one; an empty list admits the whole country.
pub fn admits(regions: &[Region], region: &Region) -> bool {
    regions.is_empty() || regions.iter().any(|wide| wide.contains(region))
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Region({})", self.code())
    }
}

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Region, RegionError> {
        let bytes = text.as_bytes();
        let known = PROVINCES.iter().any(|province| text.starts_with(province.0));
        if !matches!(bytes.len(), 2 | 4 | 6) || !bytes.iter().all(u8::is_ascii_digit) || !known {
            return Err(RegionError);
        }
        let mut digits = [b'0'; 6];
        digits[..bytes.len()].copy_from_slice(bytes);
        Ok(Region { digits, len: bytes.len() as u8 })
    }
}

impl TryFrom<String> for Region {
    type Error = RegionError;

    fn try_from(text: String) -> Result<Region, RegionError> {
        text.parse()
    }
}

impl From<Region> for String {
    fn from(region: Region) -> String {
        region.code().to_owned()
    }
}

/// The text is no region's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Give a region as two, four or six digits of its division code, such as 44 or 440300.")]
pub struct RegionError;

impl RegionError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        "region_unknown"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(code: &str) -> Region {
        code.parse().unwrap()
    }

    #[test]
    fn wider_regions_contain_narrower_ones() {
        for (wide, narrow, inside) in [
            ("44", "440300", true),
            ("4403", "440300", true),
            ("44", "44", true),
            ("440300", "44", false),
            ("44", "110105", false),
        ] {
            assert_eq!(region(wide).contains(&region(narrow)), inside, "{wide} {narrow}");
        }
        assert!(admits(&[], &region("11")));
        assert!(admits(&[region("31"), region("44")], &region("4403")));
        assert!(!admits(&[region("31")], &region("4403")));
    }

    #[test]
    fn codes_and_names() {
        assert_eq!(Region::provinces().count(), 34);
        assert_eq!(region("44").text(Lang::Zh), "广东");
        assert_eq!(region("440300").text(Lang::En), "Guangdong 440300");
        assert_eq!(region("440300").province(), region("44"));
        assert_eq!(Region::from_plate_sign('沪'), Some(region("31")));
        assert_eq!(Region::province_of_code("990000"), None);
        for wrong in ["", "4", "440", "99", "44030", "4403001", "四四", "4a"] {
            assert_eq!(wrong.parse::<Region>(), Err(RegionError), "{wrong}");
        }
    }
}

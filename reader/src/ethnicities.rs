//! The 56 ethnicities that a card may name (GB/T 3304), without 族.

/// As printed on a card.
pub(super) const ETHNICITIES: [&str; 56] = [
    "汉",
    "蒙古",
    "回",
    "藏",
    "维吾尔",
    "苗",
    "彝",
    "壮",
    "布依",
    "朝鲜",
    "满",
    "侗",
    "瑶",
    "白",
    "土家",
    "哈尼",
    "哈萨克",
    "傣",
    "黎",
    "傈僳",
    "佤",
    "畲",
    "高山",
    "拉祜",
    "水",
    "东乡",
    "纳西",
    "景颇",
    "柯尔克孜",
    "土",
    "达斡尔",
    "仫佬",
    "羌",
    "布朗",
    "撒拉",
    "毛南",
    "仡佬",
    "锡伯",
    "阿昌",
    "普米",
    "塔吉克",
    "怒",
    "乌孜别克",
    "俄罗斯",
    "鄂温克",
    "德昂",
    "保安",
    "裕固",
    "京",
    "塔塔尔",
    "独龙",
    "鄂伦春",
    "赫哲",
    "门巴",
    "珞巴",
    "基诺",
];

/// The listed ethnicity that `read` means: the same, or for names of two characters and more the only one that
/// shares all but one character.
pub(super) fn nearest(read: &str) -> Option<(&'static str, bool)> {
    if let Some(same) = ETHNICITIES.iter().find(|known| **known == read) {
        return Some((same, true));
    }
    let chars: Vec<char> = read.chars().collect();
    if chars.len() < 2 {
        return None;
    }
    let mut close = ETHNICITIES.iter().filter(|known| {
        let other: Vec<char> = known.chars().collect();
        other.len() == chars.len() && other.iter().zip(&chars).filter(|(a, b)| a != b).count() == 1
    });
    match (close.next(), close.next()) {
        (Some(one), None) => Some((one, false)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misread_character_is_repaired_only_where_one_name_fits() {
        assert_eq!(nearest("汉"), Some(("汉", true)));
        assert_eq!(nearest("维吾示"), Some(("维吾尔", false)));
        assert_eq!(nearest("双"), None);
    }
}

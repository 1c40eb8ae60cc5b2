//! Invented people: names, places, birth dates and ID numbers that pass every rule and belong to nobody.

use rand::Rng;
use serde::{Deserialize, Serialize};

const SURNAMES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡\
贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文";
const COMPOUND_SURNAMES: [&str; 10] =
    ["欧阳", "司马", "上官", "诸葛", "慕容", "皇甫", "令狐", "东方", "尉迟", "夏侯"];
const GIVEN: &str = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红建国志文林春梅海燕飞鹏宇浩然子轩梓涵欣怡\
雨晨思琪佳慧嘉诚俊豪婷雪晴晓峰振东立新永康宁远航博瀚哲睿逸凡若曦诗瑶梦洁依诺可心语桐沐阳景行知夏书瑜云松柏翠竹兰菊\
瑞祥福寿安乐和顺德仁义礼智信毅恒坤乾坚韧钧铭锦绣珊珍珠琳琅璐瑾瑄霖霆震旭昊晟昕晖曜煜炜炎焱淼湘沛泽润澜溪清源";
const FIRST_PARTS: [&str; 12] = [
    "阿卜杜",
    "买买提",
    "艾力",
    "古丽",
    "阿依夏",
    "吐尔逊",
    "玉素甫",
    "热依汗",
    "艾山",
    "库尔班",
    "帕提古丽",
    "依明",
];
const LAST_PARTS: [&str; 10] =
    ["艾合买提", "吾买尔", "热合曼", "卡迪尔", "司马义", "阿布都", "尼亚孜", "肉孜", "达吾提", "赛买提"];
const TIBETAN: [&str; 8] = ["扎西", "次仁", "卓玛", "顿珠", "平措", "央金", "洛桑", "德吉"];

/// Region code, its place as printed, its usual ethnicities.
const PLACES: [(&str, &str); 16] = [
    ("110105", "北京市朝阳区"),
    ("310115", "上海市浦东新区"),
    ("440106", "广东省广州市天河区"),
    ("510107", "四川省成都市武侯区"),
    ("420111", "湖北省武汉市洪山区"),
    ("330106", "浙江省杭州市西湖区"),
    ("610113", "陕西省西安市雁塔区"),
    ("370202", "山东省青岛市市南区"),
    ("210102", "辽宁省沈阳市和平区"),
    ("430104", "湖南省长沙市岳麓区"),
    ("530102", "云南省昆明市五华区"),
    ("350203", "福建省厦门市思明区"),
    ("450103", "广西南宁市青秀区"),
    ("410105", "河南省郑州市金水区"),
    ("320505", "江苏省苏州市虎丘区"),
    ("500103", "重庆市渝中区"),
];
const STREETS: [&str; 14] = [
    "望湖路",
    "青石街",
    "长宁东路",
    "桃源巷",
    "新塘大道",
    "梧桐路",
    "晨光街",
    "南山路",
    "白鹭大街",
    "石桥路",
    "云栖街",
    "丰收路",
    "明月巷",
    "滨河西路",
];
const ESTATES: [&str; 8] =
    ["春晓苑", "碧水花园", "金桂小区", "和顺里", "星河湾", "松涛雅居", "安居新村", "兰亭小筑"];
const OTHER_ETHNICITIES: [&str; 16] = [
    "满", "回", "苗", "土家", "彝", "蒙古", "壮", "布依", "侗", "瑶", "朝鲜", "白", "哈尼", "黎", "傣", "畲",
];

/// Sex as printed on a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sex {
    /// 男.
    #[serde(rename = "男")]
    Male,
    /// 女.
    #[serde(rename = "女")]
    Female,
}

impl Sex {
    /// As printed.
    pub fn printed(self) -> &'static str {
        match self {
            Self::Male => "男",
            Self::Female => "女",
        }
    }
}

/// Somebody who does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// ID number with a right check character.
    pub id_number: String,
    /// Invented name.
    pub name: String,
    /// Agrees with the number.
    pub sex: Sex,
    /// Without 族.
    pub ethnicity: String,
    /// `YYYY-MM-DD`, agrees with the number.
    pub birth: String,
    /// One line.
    pub address: String,
}

impl Person {
    /// Draws a person, 20 to 70 years old in 2026. `sequence` fixes the three sequence digits (its parity sets the
    /// sex); otherwise they lie in 100–899, which leaves the ends of the range to the partner lab's magic values.
    pub fn invent(rng: &mut impl Rng, sequence: Option<u16>) -> Self {
        let (region, place) = PLACES[rng.gen_range(0..PLACES.len())];
        let (year, month, day) = (rng.gen_range(1956..=2005), rng.gen_range(1..=12), rng.gen_range(1..=28));
        let sequence = sequence.unwrap_or_else(|| rng.gen_range(100..900));
        let (name, ethnicity) = name_and_ethnicity(rng);
        Self {
            id_number: id_number(region, (year, month, day), sequence),
            name,
            sex: if sequence % 2 == 1 { Sex::Male } else { Sex::Female },
            ethnicity,
            birth: format!("{year:04}-{month:02}-{day:02}"),
            address: address(rng, place),
        }
    }
}

/// The 18 characters of GB 11643 for a region, a birth date and the sequence digits.
pub fn id_number(region: &str, (year, month, day): (u16, u8, u8), sequence: u16) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECK: &[u8; 11] = b"10X98765432";
    let body = format!("{region}{year:04}{month:02}{day:02}{sequence:03}");
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{body}{}", char::from(CHECK[(sum % 11) as usize]))
}

fn name_and_ethnicity(rng: &mut impl Rng) -> (String, String) {
    let kind: f32 = rng.r#gen();
    if kind < 0.05 {
        let name = format!("{}·{}", one_of(rng, &FIRST_PARTS), one_of(rng, &LAST_PARTS));
        return (name, "维吾尔".into());
    }
    if kind < 0.08 {
        return (format!("{}{}", one_of(rng, &TIBETAN), one_of(rng, &TIBETAN)), "藏".into());
    }
    let surname = if kind < 0.13 {
        one_of(rng, &COMPOUND_SURNAMES).to_owned()
    } else {
        one_char(rng, SURNAMES).to_string()
    };
    let given: String = (0..if rng.gen_bool(0.25) { 1 } else { 2 }).map(|_| one_char(rng, GIVEN)).collect();
    let ethnicity = if rng.gen_bool(0.8) { "汉" } else { one_of(rng, &OTHER_ETHNICITIES) };
    (surname + &given, ethnicity.into())
}

fn address(rng: &mut impl Rng, place: &str) -> String {
    let mut line = format!("{place}{}{}号", one_of(rng, &STREETS), rng.gen_range(1..400));
    if rng.gen_bool(0.6) {
        line += one_of(rng, &ESTATES);
        line += &format!("{}幢{}室", rng.gen_range(1..30), rng.gen_range(101..2804));
    }
    line
}

fn one_of<'a>(rng: &mut impl Rng, list: &[&'a str]) -> &'a str {
    list[rng.gen_range(0..list.len())]
}

fn one_char(rng: &mut impl Rng, list: &str) -> char {
    let count = list.chars().count();
    list.chars().nth(rng.gen_range(0..count)).unwrap_or('一')
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn the_known_number_is_made_again() {
        assert_eq!(id_number("110105", (1949, 12, 31), 2), "11010519491231002X");
        assert_eq!(id_number("440524", (1880, 1, 1), 1), "440524188001010014");
    }

    #[test]
    fn sex_and_birth_agree_with_the_number() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..200 {
            let person = Person::invent(&mut rng, None);
            assert_eq!(person.birth.replace('-', ""), person.id_number[6..14]);
            let odd = person.id_number.as_bytes()[16] % 2 == 1;
            assert_eq!(odd, person.sex == Sex::Male);
            assert!((2..=10).contains(&person.name.chars().count()), "{}", person.name.chars().count());
        }
    }
}

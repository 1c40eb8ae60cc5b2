//! Pictures that stand in for photos on the sample pages.

/// A card that is no card: 样本 (specimen).
pub const CARD: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 856 540"><rect width="856" height="540" rx="30" fill="#dfe9ef"/><g font-family="Noto Sans CJK SC" font-size="34" fill="#222"><text x="60" y="90">姓名  阿卜杜热西提·买买提明</text><text x="60" y="160">性别 男   民族 维吾尔</text><text x="60" y="230">出生 1990 年 3 月 7 日</text><text x="60" y="300">住址 样本省样本市样本路 1 号</text><text x="60" y="480" font-size="38">公民身份号码 65010019900307000X</text></g><rect x="610" y="90" width="190" height="250" fill="#b9c9d2"/><text x="330" y="400" font-size="90" fill="#c33" opacity=".4">样本</text></svg>"##;

/// The line with the name only.
pub const NAME: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 80"><rect width="600" height="80" fill="#dfe9ef"/><text x="20" y="55" font-family="Noto Serif CJK SC" font-size="42">姓名  张玮</text></svg>"##;

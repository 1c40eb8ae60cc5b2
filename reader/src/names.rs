//! A name as read: what counts as one, and how far two readings bear each other out.

use super::lines::ReadChar;

/// Most characters in a name; longer ones exist on no card that a line holds.
const MAX_CHARS: usize = 16;

/// The name inside a reading: Chinese characters and the dot between parts, everything else left out.
pub(super) fn name_of(read: &[ReadChar]) -> Vec<ReadChar> {
    let mut name: Vec<ReadChar> = read
        .iter()
        .map(|r| ReadChar { c: if is_dot(r.c) { '·' } else { r.c }, ..*r })
        .filter(|r| r.c == '·' || is_han(r.c))
        .take(MAX_CHARS)
        .collect();
    while name.first().is_some_and(|r| r.c == '·') {
        name.remove(0);
    }
    while name.last().is_some_and(|r| r.c == '·') {
        name.pop();
    }
    name
}

/// How sure a name is, 0–1, after reading it several times in different ways.
pub(super) fn certainty(readings: &[Vec<ReadChar>]) -> (String, f32) {
    let text = |read: &[ReadChar]| read.iter().map(|r| r.c).collect::<String>();
    let agreeing = |read: &[ReadChar]| readings.iter().filter(|other| text(other) == text(read)).count();
    // What most of them say; where that does not decide, the surest.
    let Some(best) = readings
        .iter()
        .filter(|read| !read.is_empty())
        .max_by(|a, b| agreeing(a).cmp(&agreeing(b)).then(mean(a).total_cmp(&mean(b))))
    else {
        return (String::new(), 0.0);
    };
    let name = text(best);
    let agree = agreeing(best);
    if agree < readings.len() || best.len() < 2 {
        return (name, 0.3 * mean(best) * agree as f32 / readings.len() as f32);
    }
    // All agree: as sure as the least certain character, taken at its best reading.
    let worst = (0..best.len())
        .map(|i| readings.iter().map(|read| read[i].confidence).sum::<f32>() / readings.len() as f32)
        .fold(1.0, f32::min);
    (name, worst)
}

fn mean(read: &[ReadChar]) -> f32 {
    read.iter().map(|r| r.confidence).sum::<f32>() / read.len().max(1) as f32
}

fn is_dot(c: char) -> bool {
    matches!(c, '·' | '•' | '・' | '.' | '‧' | '∙')
}

pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{20000}'..='\u{2fa1f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, confidence: f32) -> Vec<ReadChar> {
        text.chars().map(|c| ReadChar { c, confidence }).collect()
    }

    #[test]
    fn a_name_is_what_most_looks_say_and_sure_only_where_all_do() {
        let (name, sure) = certainty(&[read("王晟", 0.98), read("王晟", 0.96)]);
        assert_eq!(name, "王晟");
        assert!((sure - 0.97).abs() < 1e-5, "{sure}");
        let (name, sure) = certainty(&[read("王晟", 0.8), read("王晟", 0.8), read("王晨", 0.99)]);
        assert!(name == "王晟" && sure < 0.3, "{name} {sure}");
        let (name, sure) = certainty(&[read("王晟", 0.8), read("王晨", 0.99)]);
        assert!(name == "王晨" && sure < 0.3, "{name} {sure}");
        assert_eq!(certainty(&[Vec::new(), Vec::new()]), (String::new(), 0.0));
    }

    #[test]
    fn a_dot_stands_between_the_parts_of_a_name_and_nowhere_else() {
        let name: String = name_of(&read("•阿卜杜・卡迪尔1.", 0.9)).iter().map(|r| r.c).collect();
        assert_eq!(name, "阿卜杜·卡迪尔");
    }
}

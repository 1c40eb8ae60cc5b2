//! The figures as a file for spreadsheets: one line a figure, in UTF-8 with its mark, without which Excel takes Chinese
//! for something else. Text that a spreadsheet would take for a formula gets an apostrophe in front.

use shared::domain::Lang;
use ui::{
    office::{Beside, Figures, reason_text},
    texts::Words,
};

use super::shown::days_said;
use crate::numbers::Period;

/// Tells programs that what follows is UTF-8.
const MARK: &str = "\u{feff}";

/// A cell.
enum Cell {
    Text(String),
    Count(u64),
    Share(f64),
    None,
}

impl Cell {
    fn written(&self) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::Count(count) => count.to_string(),
            Self::Share(share) => format!("{share:.3}"),
            Self::None => String::new(),
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u32> for Cell {
    fn from(count: u32) -> Self {
        Self::Count(count.into())
    }
}

impl From<u64> for Cell {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<f64> for Cell {
    fn from(share: f64) -> Self {
        Self::Share(share)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(cell: Option<T>) -> Self {
        cell.map_or(Self::None, Into::into)
    }
}

/// A text as a cell: what begins like a formula is made text, and quotes are doubled.
fn quoted(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let shown = text.replace('"', "\"\"");
    format!("\"{}{shown}\"", if formula { "'" } else { "" })
}

struct Sheet(String);

impl Sheet {
    fn line(
        &mut self,
        table: &str,
        part: impl Into<Cell>,
        figure: &str,
        now: impl Into<Cell>,
        before: impl Into<Cell>,
    ) {
        let cells = [table.into(), part.into(), figure.into(), now.into(), before.into()];
        self.0.push_str(&cells.map(|cell: Cell| cell.written()).join(","));
        self.0.push_str("\r\n");
    }

    fn both<T: Into<Cell>>(&mut self, table: &str, part: impl Into<Cell>, figure: &str, of: Beside<T>) {
        self.line(table, part, figure, of.now, of.before);
    }
}

/// The whole file.
pub(super) fn written(figures: &Figures, period: &Period, lang: Lang) -> String {
    let w = Words(lang);
    let mut sheet = Sheet(MARK.to_owned());
    let head = lang.pick(["表", "项目", "指标"], ["Table", "Part", "Figure"]);
    let days = days_said(period.first, period.last, lang);
    let before = days_said(period.first_before, period.last_before, lang);
    sheet.line(head[0], head[1], head[2], days, before);

    let all = w.t("title-numbers");
    sheet.both(&all, "", &w.t("numbers-tile-opened"), figures.opened);
    sheet.both(&all, "", &w.t("numbers-tile-decided"), figures.decided());
    sheet.both(&all, "", &w.t("numbers-tile-signed"), figures.approved);
    sheet.both(&all, "", &w.t("numbers-declined"), figures.declined);
    sheet.both(&all, "", &w.t("numbers-tile-others"), figures.others);
    sheet.both(&all, "", &percent_of(&w.t("numbers-tile-rate")), figures.rate());
    for (hour, cases) in figures.by_hour.iter().enumerate() {
        sheet.both(&w.t("numbers-by-hour"), format!("{hour}:00"), &w.t("numbers-cases"), *cases);
    }
    let table = w.t("numbers-rate-days");
    for day in &figures.days {
        sheet.line(&table, day.day.as_str(), &w.t("numbers-tile-signed"), day.approved, Cell::None);
        sheet.line(&table, day.day.as_str(), &w.t("numbers-declined"), day.declined, Cell::None);
    }
    for (stage, cases) in &figures.funnel {
        let stage = w.t(&format!("numbers-stage-{stage}"));
        sheet.both(&w.t("numbers-funnel"), stage, &w.t("numbers-cases"), *cases);
    }
    for reason in &figures.reasons {
        let (now, before) = reason.cases;
        let name = reason_text(&reason.code, lang);
        sheet.line(&w.t("numbers-reasons"), name, &w.t("numbers-cases"), now, before);
    }
    let table = w.t("numbers-moved");
    for part in &figures.moved {
        let name = format!("{}: {}", w.t(&format!("numbers-by-{}", part.dimension)), part.name);
        sheet.both(&table, name.as_str(), &percent_of(&w.t("numbers-tile-rate")), part.rate);
        sheet.both(&table, name.as_str(), &w.t("numbers-tile-decided"), part.decided);
        for (figure, points) in [
            ("numbers-rate-effect", part.rate_effect),
            ("numbers-mix-effect", part.mix_effect),
            ("numbers-without", part.without),
        ] {
            sheet.line(&table, name.as_str(), &percent_of(&w.t(figure)), points, Cell::None);
        }
    }
    let table = w.t("numbers-funders");
    for funder in &figures.funders {
        sheet.both(&table, funder.name.as_str(), &w.t("numbers-tile-signed"), funder.signed);
        for (figure, count) in ["numbers-asked", "numbers-agreed", "numbers-refused", "numbers-failed"]
            .into_iter()
            .zip(funder.asked)
        {
            sheet.line(&table, funder.name.as_str(), &w.t(figure), count, Cell::None);
        }
        times(&mut sheet, &table, &funder.name, funder.times);
    }
    let table = w.t("numbers-partners");
    for partner in &figures.partners {
        sheet.line(&table, partner.name.as_str(), &w.t("numbers-calls"), partner.calls, Cell::None);
        sheet.line(&table, partner.name.as_str(), &w.t("numbers-failed"), partner.failed, Cell::None);
        times(&mut sheet, &table, &partner.name, partner.times);
    }
    for (title, blocks) in [("numbers-machine", &figures.machine), ("numbers-people", &figures.people)] {
        let table = w.t(title);
        for block in blocks {
            let name = format!("{} {}", block.kind, block.block);
            sheet.line(&table, name.as_str(), &w.t("numbers-times"), block.count, Cell::None);
            times(&mut sheet, &table, &name, Some(block.times));
        }
    }
    sheet.0
}

fn times(sheet: &mut Sheet, table: &str, part: &str, times: Option<[u64; 3]>) {
    for (figure, ms) in ["p50 (ms)", "p95 (ms)", "p99 (ms)"].into_iter().zip(times.into_iter().flatten()) {
        sheet.line(table, part, figure, ms, Cell::None);
    }
}

fn percent_of(figure: &str) -> String {
    format!("{figure} (%)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_a_formula_and_numbers_stay_numbers() {
        for (text, cell) in [
            ("=1+1", "\"'=1+1\""),
            ("+86", "\"'+86\""),
            ("-2", "\"'-2\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            ("＝1", "\"'＝1\""),
            ("甲\"乙\",丙", "\"甲\"\"乙\"\",丙\""),
            ("样例车行", "\"样例车行\""),
        ] {
            assert_eq!(quoted(text), cell);
        }
        let mut sheet = Sheet(String::new());
        sheet.line("a", "b", "c", -1.5, None::<u32>);
        assert_eq!(sheet.0, "\"a\",\"b\",\"c\",-1.500,\r\n");
    }
}

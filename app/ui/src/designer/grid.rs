//! A decision table as a grid of cells: rows and columns come and go, cells are pasted from a spreadsheet.

use serde_json::{Map, Value, json};

/// A column of the grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Key of the column in every row.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The fact that is tested, or the name of the answer.
    pub field: String,
    /// Which sort.
    pub sort: Sort,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Tests.
    Test,
    /// Answers.
    Answer,
    /// What the row is for.
    Note,
}

/// Key of the rows' own description.
const NOTE: &str = "_description";
/// Most rows that one paste may bring.
const MOST_PASTED: usize = 500;

/// A table with a column of each sort and one row.
pub fn blank() -> Value {
    json!({"hitPolicy": "first",
        "inputs": [{"id": "test", "name": "", "field": "id.age"}],
        "outputs": [{"id": "outcome", "name": "", "field": "outcome"}],
        "rules": [{"_id": "1", "outcome": "'next'"}]})
}

/// A table for a kind of block that adds up points.
pub fn blank_of_points() -> Value {
    json!({"hitPolicy": "collect",
        "inputs": [{"id": "test", "name": "", "field": "id.age"}],
        "outputs": [{"id": "points", "name": "", "field": "points"}, {"id": "reason", "name": "", "field": "reason"}],
        "rules": [{"_id": "1", "points": "10", "reason": "'age'"}]})
}

/// Every column: the description, the tests, the answers.
pub fn columns(table: &Value) -> Vec<Column> {
    let note = Column { id: NOTE.to_owned(), name: String::new(), field: String::new(), sort: Sort::Note };
    let list = |key: &str, sort: Sort| {
        let columns = table.get(key).and_then(Value::as_array).into_iter().flatten();
        let text = |column: &Value, key: &str| {
            column.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let column = move |column: &Value| Column {
            id: text(column, "id"),
            name: text(column, "name"),
            field: text(column, "field"),
            sort,
        };
        columns.map(column).collect::<Vec<_>>()
    };
    [vec![note], list("inputs", Sort::Test), list("outputs", Sort::Answer)].concat()
}

/// How many rows there are.
pub fn rows(table: &Value) -> usize {
    table.get("rules").and_then(Value::as_array).map_or(0, Vec::len)
}

/// The text of a cell.
pub fn cell<'t>(table: &'t Value, row: usize, column: &str) -> &'t str {
    table.get("rules").and_then(|rules| rules.get(row)?.get(column)?.as_str()).unwrap_or_default()
}

/// Writes a cell; an empty one is left out.
pub fn set_cell(table: &mut Value, row: usize, column: &str, text: &str) {
    let Some(Value::Object(rule)) = table.get_mut("rules").and_then(|rules| rules.get_mut(row)) else {
        return;
    };
    if text.is_empty() {
        rule.shift_remove(column);
    } else {
        rule.insert(column.to_owned(), Value::from(text));
    }
}

/// A new row below this one, or at the end.
pub fn add_row(table: &mut Value, below: Option<usize>) {
    let place = below.map_or(rows(table), |row| (row + 1).min(rows(table)));
    if let Some(rules) = list(table, "rules") {
        rules.insert(place, Value::Object(Map::new()));
    }
    number_rows(table);
}

/// Takes a row out.
pub fn remove_row(table: &mut Value, row: usize) {
    if let Some(rules) = list(table, "rules").filter(|rules| row < rules.len()) {
        rules.remove(row);
    }
    number_rows(table);
}

/// A row changes places with the one above it. The first hit counts, so the order does.
pub fn raise_row(table: &mut Value, row: usize) {
    if let Some(rules) = list(table, "rules").filter(|rules| row > 0 && row < rules.len()) {
        rules.swap(row, row - 1);
    }
    number_rows(table);
}

/// A new column behind the others of its sort.
pub fn add_column(table: &mut Value, sort: Sort) {
    let taken = columns(table);
    let free = (1..).map(|n| format!("c{n}")).find(|id| taken.iter().all(|column| column.id != *id));
    let id = free.unwrap_or_default();
    let (key, field) = match sort {
        Sort::Answer => ("outputs", id.as_str()),
        _ => ("inputs", ""),
    };
    let column = json!({"id": id, "name": "", "field": field});
    if let Some(columns) = list(table, key) {
        columns.push(column);
    }
}

/// Takes a column out, with its cells.
pub fn remove_column(table: &mut Value, id: &str) {
    for key in ["inputs", "outputs"] {
        if let Some(columns) = list(table, key) {
            columns.retain(|column| column.get("id").and_then(Value::as_str) != Some(id));
        }
    }
    for row in 0..rows(table) {
        set_cell(table, row, id, "");
    }
}

/// Changes a column's name or field. A test without a field has a whole condition in each cell.
pub fn set_column(table: &mut Value, id: &str, what: &str, text: &str) {
    for key in ["inputs", "outputs"] {
        for column in list(table, key).into_iter().flatten() {
            if column.get("id").and_then(Value::as_str) == Some(id)
                && let Value::Object(column) = column
            {
                if key == "inputs" && what == "field" && text.is_empty() {
                    column.shift_remove(what);
                } else {
                    column.insert(what.to_owned(), Value::from(text));
                }
            }
        }
    }
}

/// Writes tab-separated cells, as spreadsheets copy them, from this cell on; rows that are missing are added.
pub fn paste(table: &mut Value, row: usize, column: &str, text: &str) {
    let columns = columns(table);
    let Some(first) = columns.iter().position(|known| known.id == column) else { return };
    for (below, line) in text.trim_end_matches(['\r', '\n']).lines().take(MOST_PASTED).enumerate() {
        while rows(table) <= row + below {
            add_row(table, None);
        }
        for (column, text) in columns[first..].iter().zip(line.split('\t')) {
            set_cell(table, row + below, &column.id, text.trim());
        }
    }
}

/// Where a message of the rules points to: `table.rules[3].age` is row 3 and column `age`.
pub fn place(path: &str) -> Option<(usize, Option<&str>)> {
    let (_, rest) = path.split_once("rules[")?;
    let (row, rest) = rest.split_once(']')?;
    Some((row.parse().ok()?, rest.strip_prefix('.').filter(|column| !column.is_empty())))
}

fn list<'t>(table: &'t mut Value, key: &str) -> Option<&'t mut Vec<Value>> {
    table.get_mut(key)?.as_array_mut()
}

fn number_rows(table: &mut Value) {
    for (i, rule) in list(table, "rules").into_iter().flatten().enumerate() {
        if let Value::Object(rule) = rule {
            rule.insert("_id".into(), Value::from((i + 1).to_string()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::flow::kind;

    #[test]
    fn a_new_table_fits_its_kind() {
        let decides = json!({"writes": "policy", "table": blank()});
        assert!(kind("rule-table").unwrap().shape(&decides).is_ok());
        let grades = json!([{"grade": "A", "from": 0}]);
        let counts = json!({"table": blank_of_points(), "grades": grades});
        assert!(kind("score-card").unwrap().shape(&counts).is_ok());
    }

    #[test]
    fn rows_and_columns_come_and_go() {
        let mut table = blank();
        add_row(&mut table, None);
        add_column(&mut table, Sort::Test);
        add_column(&mut table, Sort::Answer);
        assert_eq!(
            columns(&table).iter().map(|c| c.id.as_str()).collect::<Vec<_>>(),
            ["_description", "test", "c1", "outcome", "c2"]
        );
        set_cell(&mut table, 1, "c1", "> 3");
        set_column(&mut table, "c1", "field", "id.age");
        raise_row(&mut table, 1);
        assert_eq!(
            (cell(&table, 0, "c1"), cell(&table, 1, "outcome"), cell(&table, 0, "_id")),
            ("> 3", "'next'", "1")
        );
        set_column(&mut table, "c1", "field", "");
        assert_eq!(table["inputs"][1].get("field"), None);
        remove_column(&mut table, "c1");
        remove_row(&mut table, 0);
        assert_eq!((rows(&table), cell(&table, 0, "c1"), cell(&table, 0, "_id")), (1, "", "1"));
    }

    #[test]
    fn cells_are_pasted_as_a_spreadsheet_copies_them() {
        let mut table = blank();
        paste(&mut table, 0, "test", "< 18\t'too_young'\r\n> 65\t'too_old'\textra\r\n\t'fine'\r\n");
        assert_eq!(rows(&table), 3);
        assert_eq!((cell(&table, 1, "test"), cell(&table, 1, "outcome")), ("> 65", "'too_old'"));
        assert_eq!((cell(&table, 2, "test"), cell(&table, 2, "outcome")), ("", "'fine'"));
        paste(&mut table, 0, "no such column", "x");
        assert_eq!(cell(&table, 0, "test"), "< 18");
    }

    #[test]
    fn messages_point_at_their_cell() {
        assert_eq!(place("table.rules[3].age"), Some((3, Some("age"))));
        assert_eq!(place("table.rules[0]"), Some((0, None)));
        assert_eq!(place("writes"), None);
    }
}

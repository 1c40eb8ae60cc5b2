//! Which rows of a table that takes the first fitting row can apply at all, and which values no row takes.
//!
//! A cell that compares one fact with constants (equality, lists, intervals, and combinations of these) is true or
//! false of whole stretches of values: between two neighbouring constants nothing changes. So one value of each
//! stretch stands for all of it, and what a cell says of that value is asked of the very code that will decide cases.
//! Any other cell may be true or false as far as we know here: what depends on it is unsure, never proved.
//!
//! Facts that are whole numbers (ages, months, fen) are looked at as whole numbers: `<= 17` and `>= 18` leave no gap.
//! A cell that cannot be evaluated for a value ends the table in `error`, which is no gap.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rust_decimal::Decimal;
use serde_json::{Value, json};
use zen_expression::Variable;
use zen_expression::vm::VM;

use super::super::facts::{Facts, is_whole};
use super::expression::{Formula, Test, number};
use super::table::{Cell, Compiled};

/// Steps after which a table counts as too large.
const MOST_STEPS: usize = 300_000;
/// Most combinations of values that one condition over several facts is asked for.
const MOST_COMBINATIONS: usize = 4_096;
/// A text that no table has.
const ANY_OTHER_TEXT: &str = "\u{1}";

/// What was found out about a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Coverage {
    /// Rows (from 0) that never apply.
    pub(crate) never: Vec<usize>,
    /// Rows of which it cannot be told.
    pub(crate) unsure: Vec<usize>,
    /// An example of values that no row takes.
    pub(crate) gap: Option<String>,
    /// It cannot be told whether some values have no row.
    pub(crate) gap_unsure: bool,
    /// Pairs of rows that can apply to the same values and differ, the earlier first.
    pub(crate) overlaps: Vec<(usize, usize)>,
    /// There are too many combinations to look at.
    pub(crate) too_large: bool,
}

/// What a cell says of a stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Yes,
    No,
    Fails,
}

/// A condition of a row: over which facts, and what it says of each combination of their stretches.
struct Condition {
    over: Vec<usize>,
    says: Vec<Says>,
}

/// A cell that can be looked into: with its column's expression, and the facts that it is about.
type Plain<'t> = (&'t Cell, Option<&'t Formula>, Vec<String>);

/// The facts that a cell is about, and each constant that one of them is compared with.
type Compared = (Vec<String>, Vec<(String, Value)>);

struct Grid {
    paths: Vec<String>,
    /// One value per stretch, by path.
    stretches: Vec<Vec<Value>>,
    /// By row.
    rows: Vec<Vec<Condition>>,
    /// Rows with a cell that we cannot look into.
    opaque: Vec<bool>,
}

impl Compiled {
    /// Looks at every row.
    pub(crate) fn coverage(&self) -> Coverage {
        let Some(grid) = Grid::of(self) else { return Coverage { too_large: true, ..Coverage::default() } };
        let mut walk = Walk::new(&grid);
        let rows: Vec<usize> = (0..grid.rows.len()).collect();
        let whole = walk.go(0, &rows, &mut vec![0; grid.paths.len()]);
        if whole.is_none() {
            return Coverage { too_large: true, ..Coverage::default() };
        }
        let never = rows.iter().copied().filter(|row| !walk.surely[*row] && !walk.perhaps[*row]).collect();
        let unsure = rows.iter().copied().filter(|row| !walk.surely[*row] && walk.perhaps[*row]).collect();
        let overlaps = self.overlaps(&grid);
        Coverage { never, unsure, gap: walk.gap, gap_unsure: walk.gap_unsure, overlaps, too_large: false }
    }

    /// Pairs of rows without opaque cells that meet and answer differently; a row that takes everything is no surprise.
    fn overlaps(&self, grid: &Grid) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        let narrow = |row: &usize| !grid.opaque[*row] && !grid.rows[*row].is_empty();
        let rows: Vec<usize> = (0..grid.rows.len()).filter(narrow).collect();
        for (i, first) in rows.iter().enumerate() {
            for second in &rows[i + 1..] {
                if self.differ(*first, *second) && grid.meet(*first, *second) {
                    found.push((*first, *second));
                }
            }
        }
        found
    }
}

impl Grid {
    fn of(table: &Compiled) -> Option<Self> {
        let mut constants: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        let mut plain: Vec<Vec<Plain<'_>>> = Vec::new();
        let mut opaque = Vec::new();
        for (cells, fields) in table.cells() {
            let mut row = Vec::new();
            let mut dark = false;
            for (cell, field) in cells.iter().zip(&fields) {
                let Some(cell) = cell else { continue };
                match simple(cell, *field) {
                    Some((paths, values)) => {
                        for (path, value) in values {
                            constants.entry(path).or_default().push(value);
                        }
                        for path in &paths {
                            constants.entry(path.clone()).or_default();
                        }
                        row.push((cell, *field, paths));
                    }
                    None => dark = true,
                }
            }
            plain.push(row);
            opaque.push(dark);
        }
        let paths: Vec<String> = constants.keys().cloned().collect();
        let stretches: Vec<Vec<Value>> =
            constants.iter().map(|(path, values)| stretches(path, values)).collect();
        let mut rows = Vec::new();
        for row in plain {
            let conditions = row.into_iter().map(|(cell, field, over)| {
                let over: Vec<usize> =
                    over.iter().filter_map(|path| paths.iter().position(|known| known == path)).collect();
                let says = asked(cell, field, &over, &paths, &stretches)?;
                Some(Condition { over, says })
            });
            let mut conditions = conditions.collect::<Option<Vec<_>>>()?;
            // A condition over no fact at all, such as `true`, is no condition; any other such is a riddle.
            opaque[rows.len()] |= conditions.iter().any(|c| c.over.is_empty() && c.says != [Says::Yes]);
            conditions.retain(|condition| !condition.over.is_empty());
            rows.push(conditions);
        }
        Some(Self { paths, stretches, rows, opaque })
    }

    /// Whether some values fit both rows.
    fn meet(&self, first: usize, second: usize) -> bool {
        let conditions: Vec<&Condition> = self.rows[first].iter().chain(&self.rows[second]).collect();
        let mut chosen = vec![0; self.paths.len()];
        let mut steps = 0;
        self.some_fit(&conditions, 0, &mut chosen, &mut steps)
    }

    fn some_fit(
        &self,
        conditions: &[&Condition],
        depth: usize,
        chosen: &mut Vec<usize>,
        steps: &mut usize,
    ) -> bool {
        if conditions.is_empty() {
            return true;
        }
        if depth == self.paths.len() || *steps > MOST_COMBINATIONS {
            return false;
        }
        for stretch in 0..self.stretches[depth].len() {
            *steps += 1;
            chosen[depth] = stretch;
            let (ready, later): (Vec<&Condition>, Vec<&Condition>) =
                conditions.iter().partition(|condition| condition.over.iter().all(|path| *path <= depth));
            if ready.iter().all(|condition| self.says(condition, chosen) == Says::Yes)
                && self.some_fit(&later, depth + 1, chosen, steps)
            {
                return true;
            }
        }
        false
    }

    fn says(&self, condition: &Condition, chosen: &[usize]) -> Says {
        let place =
            condition.over.iter().fold(0, |at, path| at * self.stretches[*path].len() + chosen[*path]);
        condition.says[place]
    }
}

/// Goes through the facts one by one, keeping the rows that still fit.
struct Walk<'a> {
    grid: &'a Grid,
    surely: Vec<bool>,
    perhaps: Vec<bool>,
    gap: Option<String>,
    gap_unsure: bool,
    known: HashSet<(usize, Vec<usize>)>,
    steps: usize,
}

impl<'a> Walk<'a> {
    fn new(grid: &'a Grid) -> Self {
        let rows = grid.rows.len();
        let (surely, perhaps) = (vec![false; rows], vec![false; rows]);
        Self { grid, surely, perhaps, gap: None, gap_unsure: false, known: HashSet::new(), steps: 0 }
    }

    /// `None` when there are too many steps.
    fn go(&mut self, depth: usize, rows: &[usize], chosen: &mut Vec<usize>) -> Option<()> {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return None;
        }
        // Rows after the first one that takes everything from here on cannot apply.
        let open =
            |row: &usize| self.grid.rows[*row].iter().any(|c| c.over.iter().any(|path| *path >= depth));
        let taken = rows.iter().position(|row| !self.grid.opaque[*row] && !open(row));
        let rows = &rows[..taken.map_or(rows.len(), |last| last + 1)];
        if depth == self.grid.paths.len() || rows.iter().all(|row| !open(row)) {
            self.settle(rows, taken.is_some(), chosen);
            return Some(());
        }
        let spans = rows.iter().any(|row| {
            let across = |c: &Condition| {
                c.over.iter().any(|path| *path < depth) && c.over.iter().any(|path| *path >= depth)
            };
            self.grid.rows[*row].iter().any(across)
        });
        if !spans && !self.known.insert((depth, rows.to_vec())) {
            return Some(());
        }
        let mut seen: BTreeSet<Vec<usize>> = BTreeSet::new();
        for stretch in 0..self.grid.stretches[depth].len() {
            chosen[depth] = stretch;
            let mut fit = Vec::with_capacity(rows.len());
            for row in rows {
                let ready = self.grid.rows[*row].iter().filter(|c| c.over.iter().max() == Some(&depth));
                let says: Vec<Says> = ready.map(|c| self.grid.says(c, chosen)).collect();
                if says.contains(&Says::No) {
                    continue;
                }
                if says.contains(&Says::Fails) {
                    // The table ends in an error here: no later row applies, and it is no gap.
                    fit.push(FAILS);
                    break;
                }
                fit.push(*row);
            }
            let joined = self.joins_later(&fit, depth);
            if !joined && !seen.insert(fit.clone()) {
                continue;
            }
            let fails = fit.last() == Some(&FAILS);
            if fails {
                fit.pop();
            }
            if fails {
                self.go_failing(depth + 1, &fit, chosen)?;
            } else {
                self.go(depth + 1, &fit, chosen)?;
            }
        }
        chosen[depth] = 0;
        Some(())
    }

    /// As [`Self::go`] where what no row takes ends in an error.
    fn go_failing(&mut self, depth: usize, rows: &[usize], chosen: &mut Vec<usize>) -> Option<()> {
        let (gap, unsure) = (self.gap.clone(), self.gap_unsure);
        let known = std::mem::take(&mut self.known);
        let gone = self.go(depth, rows, chosen);
        (self.gap, self.gap_unsure, self.known) = (gap, unsure, known);
        gone
    }

    /// Whether a row that fits so far has a condition over this fact and a later one: then the stretch itself matters.
    fn joins_later(&self, rows: &[usize], depth: usize) -> bool {
        let spans = |c: &Condition| c.over.contains(&depth) && c.over.iter().any(|path| *path > depth);
        rows.iter().filter(|row| **row != FAILS).any(|row| self.grid.rows[*row].iter().any(spans))
    }

    /// Every fact is chosen as far as it matters: whose turn is it?
    fn settle(&mut self, rows: &[usize], taken: bool, chosen: &[usize]) {
        let mut in_doubt = false;
        for row in rows {
            if self.grid.opaque[*row] {
                self.perhaps[*row] = true;
                in_doubt = true;
            } else if in_doubt {
                self.perhaps[*row] = true;
            } else {
                self.surely[*row] = true;
            }
        }
        if taken {
            return;
        }
        if in_doubt {
            self.gap_unsure = true;
        } else if self.gap.is_none() {
            self.gap = Some(self.example(chosen));
        }
    }

    fn example(&self, chosen: &[usize]) -> String {
        let values = self.grid.paths.iter().zip(chosen).zip(&self.grid.stretches);
        let parts: Vec<String> = values
            .map(|((path, stretch), stretches)| match &stretches[*stretch] {
                Value::String(text) if text == ANY_OTHER_TEXT => format!("{path} = …"),
                value => format!("{path} = {value}"),
            })
            .collect();
        if parts.is_empty() { "…".to_owned() } else { parts.join(", ") }
    }
}

/// Stands in a list of rows for "the table ends in an error".
const FAILS: usize = usize::MAX;

/// The facts that a cell compares with constants, and these constants; `None` for any other cell.
fn simple(cell: &Cell, field: Option<&Formula>) -> Option<Compared> {
    match cell {
        Cell::Test(test) => {
            let path = field?.plain_path()?;
            let constants = test.compared()?;
            // A test may also name other facts: then it compares more than its own column.
            let own = constants.iter().all(|(of, _)| of == "$");
            own.then(|| {
                let values = constants.into_iter().map(|(_, value)| (path.clone(), value)).collect();
                (vec![path], values)
            })
        }
        Cell::Condition(formula) => {
            let constants = formula.compared()?;
            let mut paths: Vec<String> = constants.iter().map(|(path, _)| path.clone()).collect();
            paths.extend(formula.reads());
            paths.sort();
            paths.dedup();
            Some((paths, constants))
        }
    }
}

/// One value for each stretch between the constants that a fact is compared with.
fn stretches(path: &str, constants: &[Value]) -> Vec<Value> {
    let mut found = Vec::new();
    let mut numbers: Vec<Decimal> =
        constants.iter().filter_map(|value| value.as_number()?.to_string().parse().ok()).collect();
    numbers.sort();
    numbers.dedup();
    if !numbers.is_empty() {
        found.extend(numbers_between(&numbers, is_whole(path)).into_iter().filter_map(number));
    }
    let mut texts: Vec<&str> = constants.iter().filter_map(Value::as_str).collect();
    texts.sort_unstable();
    texts.dedup();
    if !texts.is_empty() {
        found.extend(texts.into_iter().map(Value::from));
        found.push(ANY_OTHER_TEXT.into());
    }
    if constants.iter().any(Value::is_boolean) {
        found.extend([json!(true), json!(false)]);
    }
    if constants.iter().any(Value::is_null) {
        found.push(Value::Null);
    }
    if found.is_empty() {
        // Asked for as a whole, as in `partner.bureau.overdue_now`: a yes or no.
        found.extend([json!(true), json!(false)]);
    } else if constants.iter().all(Value::is_null) {
        found.push(ANY_OTHER_TEXT.into());
    }
    found
}

fn numbers_between(constants: &[Decimal], whole: bool) -> Vec<Decimal> {
    let mut found = BTreeSet::new();
    let one = Decimal::ONE;
    for constant in constants {
        if whole {
            // Each constant's whole neighbours bound every stretch of whole numbers.
            for value in [constant.floor() - one, constant.floor(), constant.ceil(), constant.ceil() + one] {
                found.insert(value);
            }
        } else {
            found.insert(*constant);
        }
    }
    if !whole {
        for pair in constants.windows(2) {
            found.insert((pair[0] + pair[1]) / Decimal::TWO);
        }
        found.extend(constants.first().map(|first| first - one));
        found.extend(constants.last().map(|last| last + one));
    }
    found.into_iter().collect()
}

/// What the cell says of every combination; `None` when these are too many.
fn asked(
    cell: &Cell,
    field: Option<&Formula>,
    over: &[usize],
    paths: &[String],
    stretches: &[Vec<Value>],
) -> Option<Vec<Says>> {
    let combinations = over.iter().try_fold(1_usize, |n, path| n.checked_mul(stretches[*path].len()))?;
    if combinations > MOST_COMBINATIONS {
        return None;
    }
    let mut vm = VM::new();
    let mut says = Vec::with_capacity(combinations);
    for n in 0..combinations {
        let mut facts = Facts::new();
        let mut rest = n;
        for path in over.iter().rev() {
            let values = &stretches[*path];
            facts.set(&paths[*path], values[rest % values.len()].clone());
            rest /= values.len();
        }
        let facts: Variable = Value::Object(facts.as_map().clone()).into();
        says.push(said(cell, field, &facts, &mut vm));
    }
    Some(says)
}

fn said(cell: &Cell, field: Option<&Formula>, facts: &Variable, vm: &mut VM) -> Says {
    let answer = match (cell, field) {
        (Cell::Test(test), Some(field)) => answer_of(test, field, facts, vm),
        (Cell::Test(_), None) => None,
        (Cell::Condition(formula), _) => formula.value(facts, vm).ok().and_then(|value| value.as_bool()),
    };
    match answer {
        Some(true) => Says::Yes,
        Some(false) => Says::No,
        None => Says::Fails,
    }
}

fn answer_of(test: &Test, field: &Formula, facts: &Variable, vm: &mut VM) -> Option<bool> {
    let value = field.value(facts, vm).ok()?;
    test.holds(value, facts, vm).ok()
}

#[cfg(test)]
mod tests;

//! A decision table: rows of tests and answers, as GoRules' editor writes it (`decisionTableNode` content).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zen_expression::Variable;
use zen_expression::vm::VM;

use super::super::evaluate::Fired;
use super::super::facts::Facts;
use super::super::kinds::BadParams;
use super::expression::{BadCell, Formula, Test};

/// Most rows of a table.
const MAX_RULES: usize = 500;

/// Most columns of each sort.
const MAX_COLUMNS: usize = 32;

/// Which rows count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum HitPolicy {
    /// The first row that fits.
    #[default]
    First,
    /// Every row that fits.
    Collect,
}

/// A column of tests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InputColumn {
    /// Key of the column in every row.
    pub id: String,
    /// What people call it.
    #[serde(default)]
    pub name: String,
    /// The fact (or expression over facts) that is tested; without it, each cell is a whole condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// A column of answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutputColumn {
    /// Key of the column in every row.
    pub id: String,
    /// What people call it.
    #[serde(default)]
    pub name: String,
    /// Name of the answer.
    pub field: String,
}

/// A decision table in GoRules' JDM format. Row keys are column ids, besides `_id` and `_description`; an empty cell
/// fits everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DecisionTable {
    /// Which rows count.
    #[serde(default)]
    pub hit_policy: HitPolicy,
    /// Columns of tests.
    pub inputs: Vec<InputColumn>,
    /// Columns of answers.
    pub outputs: Vec<OutputColumn>,
    /// The rows.
    pub rules: Vec<BTreeMap<String, String>>,
    /// JDM's pass-through; blocks write only their own answers, so both values read the same.
    #[serde(default, alias = "passThorough", skip_serializing_if = "Option::is_none")]
    pub pass_through: Option<bool>,
    /// JDM's execution mode; only `single` is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_mode: Option<String>,
    /// JDM's input field; must be empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_field: Option<String>,
    /// JDM's output path; must be empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_path: Option<String>,
}

/// A table ready to be asked.
pub(crate) struct Compiled {
    hit_policy: HitPolicy,
    inputs: Vec<Input>,
    outputs: Vec<String>,
    rows: Vec<Row>,
}

struct Input {
    label: String,
    field: Option<Formula>,
}

struct Row {
    note: String,
    tests: Vec<Option<Cell>>,
    answers: Vec<Option<Formula>>,
}

/// One cell of a row's tests.
pub(super) enum Cell {
    /// A test of its column's value.
    Test(Test),
    /// A whole condition.
    Condition(Formula),
}

/// What a table answered: the values of every row that counted.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Answer {
    pub(crate) fired: Vec<Fired>,
}

impl DecisionTable {
    /// Compiles every cell.
    ///
    /// # Errors
    /// [`BadParams`] naming the cell, such as `table.rules[2].age`.
    pub(crate) fn compile(&self) -> Result<Compiled, BadParams> {
        self.check_shape()?;
        let inputs: Vec<Input> = self
            .inputs
            .iter()
            .enumerate()
            .map(|(i, column)| {
                let label = if column.name.is_empty() { &column.id } else { &column.name };
                let field = column.field.as_deref().filter(|field| !field.trim().is_empty());
                let label = field.unwrap_or(label).to_owned();
                let field = field.map(Formula::compile).transpose();
                Ok(Input { label, field: field.map_err(|bad| at(format!("table.inputs[{i}].field"), bad))? })
            })
            .collect::<Result<_, BadParams>>()?;
        let rows = self.rules.iter().enumerate().map(|(i, rule)| self.row(i, rule, &inputs));
        let rows = rows.collect::<Result<_, BadParams>>()?;
        let outputs = self.outputs.iter().map(|column| column.field.trim().to_owned()).collect();
        Ok(Compiled { hit_policy: self.hit_policy, inputs, outputs, rows })
    }

    fn row(&self, i: usize, rule: &BTreeMap<String, String>, inputs: &[Input]) -> Result<Row, BadParams> {
        let known = |key: &String| {
            key.starts_with('_')
                || self.inputs.iter().any(|c| c.id == *key)
                || self.outputs.iter().any(|c| c.id == *key)
        };
        if let Some(key) = rule.keys().find(|key| !known(key)) {
            let en = "there is no column with this id";
            return Err(BadParams::at(format!("table.rules[{i}].{key}"), "没有这一列", en));
        }
        let cell =
            |id: &str| rule.get(id).map(|text| text.trim()).filter(|text| !text.is_empty() && *text != "-");
        let place = |id: &str| format!("table.rules[{i}].{id}");
        let tests = self.inputs.iter().zip(inputs).map(|(column, input)| {
            let Some(source) = cell(&column.id) else { return Ok(None) };
            let compiled = match input.field {
                Some(_) => Test::compile(source).map(Cell::Test),
                None => Formula::compile(source).map(Cell::Condition),
            };
            compiled.map(Some).map_err(|bad| at(place(&column.id), bad))
        });
        let tests = tests.collect::<Result<_, BadParams>>()?;
        let answers = self.outputs.iter().map(|column| {
            cell(&column.id).map(Formula::compile).transpose().map_err(|bad| at(place(&column.id), bad))
        });
        let answers = answers.collect::<Result<_, BadParams>>()?;
        Ok(Row { note: rule.get("_description").cloned().unwrap_or_default(), tests, answers })
    }

    fn check_shape(&self) -> Result<(), BadParams> {
        let columns = |n: usize| (1..=MAX_COLUMNS).contains(&n);
        if !columns(self.inputs.len())
            || !columns(self.outputs.len())
            || !(1..=MAX_RULES).contains(&self.rules.len())
        {
            return Err(BadParams::at(
                "table",
                format!("需要 1 到 {MAX_COLUMNS} 列和 1 到 {MAX_RULES} 行"),
                format!("give 1 to {MAX_COLUMNS} columns of each sort and 1 to {MAX_RULES} rows"),
            ));
        }
        let mut ids: Vec<&str> = self.inputs.iter().map(|column| column.id.as_str()).collect();
        ids.extend(self.outputs.iter().map(|column| column.id.as_str()));
        if let Some(id) = (1..ids.len()).find(|i| ids[..*i].contains(&ids[*i])).map(|i| ids[i]) {
            return Err(BadParams::at(
                "table",
                format!("列 {id} 重复"),
                format!("the column id {id} comes twice"),
            ));
        }
        let set = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
        let single = self.execution_mode.as_deref().is_none_or(|mode| mode == "single");
        if !single || set(&self.input_field) || set(&self.output_path) {
            return Err(BadParams {
                code: "rule_unsupported",
                ..BadParams::at(
                    "table",
                    "不支持 executionMode、inputField、outputPath",
                    "executionMode other than single, inputField and outputPath are not read here",
                )
            });
        }
        Ok(())
    }
}

impl Compiled {
    /// Fact paths that the table looks at.
    pub(crate) fn reads(&self) -> Vec<String> {
        let mut paths: Vec<String> =
            self.inputs.iter().filter_map(|i| i.field.as_ref()).flat_map(Formula::reads).collect();
        for row in &self.rows {
            paths.extend(row.tests.iter().flatten().flat_map(|cell| match cell {
                Cell::Test(test) => test.reads(),
                Cell::Condition(formula) => formula.reads(),
            }));
            paths.extend(row.answers.iter().flatten().flat_map(Formula::reads));
        }
        paths.sort();
        paths.dedup();
        paths
    }

    /// Each row's tests, with the expression of each one's column.
    pub(super) fn cells(&self) -> impl Iterator<Item = (&[Option<Cell>], Vec<Option<&Formula>>)> {
        let fields: Vec<Option<&Formula>> = self.inputs.iter().map(|input| input.field.as_ref()).collect();
        self.rows.iter().map(move |row| (row.tests.as_slice(), fields.clone()))
    }

    /// Whether two rows answer differently.
    pub(super) fn differ(&self, first: usize, second: usize) -> bool {
        let answers = self.rows[first].answers.iter().zip(&self.rows[second].answers);
        answers.into_iter().any(|(a, b)| match (a, b) {
            (Some(a), Some(b)) => !a.is(b),
            (None, None) => false,
            _ => true,
        })
    }

    /// Whether the table has an answer of this name.
    pub(crate) fn answers(&self, field: &str) -> bool {
        self.outputs.iter().any(|output| output == field)
    }

    /// The texts of an answer over all rows, or the first row (from 0) whose cell is not a plain text in quotes.
    pub(crate) fn literals(&self, field: &str) -> Result<Vec<String>, usize> {
        let column = self.outputs.iter().position(|output| output == field).ok_or(0_usize)?;
        let text = |(i, row): (usize, &Row)| {
            row.answers[column].as_ref().and_then(Formula::literal).map(str::to_owned).ok_or(i)
        };
        let mut texts = self.rows.iter().enumerate().map(text).collect::<Result<Vec<_>, _>>()?;
        texts.sort();
        texts.dedup();
        Ok(texts)
    }

    /// Whether some row fits whatever the facts are.
    pub(crate) fn catches_all(&self) -> bool {
        self.rows.iter().any(|row| row.tests.iter().all(Option::is_none))
    }

    pub(crate) fn hit_policy(&self) -> HitPolicy {
        self.hit_policy
    }

    /// Asks the table.
    ///
    /// # Errors
    /// The cell that could not be evaluated, and why; a table never answers around a broken cell.
    pub(crate) fn ask(&self, facts: &Facts) -> Result<Answer, String> {
        let facts: Variable = Value::Object(facts.as_map().clone()).into();
        let mut vm = VM::new();
        let mut values = Vec::with_capacity(self.inputs.len());
        for input in &self.inputs {
            let value = input.field.as_ref().map(|field| field.value(&facts, &mut vm)).transpose();
            values.push(value.map_err(|e| format!("{}: {e}", input.label))?);
        }
        let mut answer = Answer::default();
        for (i, row) in self.rows.iter().enumerate() {
            if !self.fits(i, row, &values, &facts, &mut vm)? {
                continue;
            }
            answer.fired.push(self.fired(i, row, &values, &facts, &mut vm)?);
            if self.hit_policy == HitPolicy::First {
                break;
            }
        }
        Ok(answer)
    }

    fn fits(
        &self,
        i: usize,
        row: &Row,
        values: &[Option<Variable>],
        facts: &Variable,
        vm: &mut VM,
    ) -> Result<bool, String> {
        for ((cell, value), input) in row.tests.iter().zip(values).zip(&self.inputs) {
            let holds = match cell {
                None => continue,
                Some(Cell::Test(test)) => test.holds(value.clone().unwrap_or(Variable::Null), facts, vm),
                Some(Cell::Condition(formula)) => formula.value(facts, vm).and_then(|value| {
                    value.as_bool().ok_or_else(|| "the condition is neither true nor false".to_owned())
                }),
            };
            if !holds.map_err(|e| format!("rule {}, {}: {e}", i + 1, input.label))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn fired(
        &self,
        i: usize,
        row: &Row,
        values: &[Option<Variable>],
        facts: &Variable,
        vm: &mut VM,
    ) -> Result<Fired, String> {
        let mut saw = Map::new();
        for ((cell, value), input) in row.tests.iter().zip(values).zip(&self.inputs) {
            if cell.is_some() {
                saw.insert(input.label.clone(), value.as_ref().map_or(Value::Bool(true), Variable::to_value));
            }
        }
        let mut gave = Map::new();
        for (answer, field) in row.answers.iter().zip(&self.outputs) {
            if let Some(formula) = answer {
                let value = formula.value(facts, vm).map_err(|e| format!("rule {}, {field}: {e}", i + 1))?;
                gave.insert(field.clone(), value.to_value());
            }
        }
        Ok(Fired { rule: i + 1, note: row.note.clone(), saw, gave })
    }
}

fn at(path: String, bad: BadCell) -> BadParams {
    BadParams { code: bad.code, ..BadParams::at(path, bad.zh, bad.en) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn table(hit: &str) -> DecisionTable {
        serde_json::from_value(json!({
            "hitPolicy": hit,
            "inputs": [{"id": "age", "name": "Age", "field": "id.age"}, {"id": "any", "name": "Condition"}],
            "outputs": [{"id": "o", "name": "Outcome", "field": "outcome"}, {"id": "p", "field": "points"}],
            "rules": [
                {"_id": "1", "_description": "young", "age": "< 25", "any": "", "o": "'review'", "p": "10"},
                {"_id": "2", "age": "", "any": "request.price_fen > 100 and id.age < 30", "o": "'review'", "p": "id.age"},
                {"_id": "3", "age": "-", "any": "", "o": "'approve'", "p": "0"}
            ]
        }))
        .unwrap()
    }

    fn facts(age: i64) -> Facts {
        Facts::new().with("id.age", age).with("request.price_fen", 500)
    }

    #[test]
    fn first_and_collect() {
        let first = table("first").compile().unwrap();
        for (age, rule) in [(20, 1), (25, 2), (30, 3)] {
            let answer = first.ask(&facts(age)).unwrap();
            assert_eq!(answer.fired.iter().map(|f| f.rule).collect::<Vec<_>>(), [rule], "{age}");
        }
        let collect = table("collect").compile().unwrap();
        let fired = collect.ask(&facts(20)).unwrap().fired;
        assert_eq!(fired.iter().map(|f| f.rule).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(fired[0].note, "young");
        assert_eq!(fired[0].saw, json!({"id.age": 20}).as_object().cloned().unwrap());
        assert_eq!(fired[1].gave, json!({"outcome": "review", "points": 20}).as_object().cloned().unwrap());
    }

    #[test]
    fn what_a_table_reads_and_may_answer_is_known_beforehand() {
        let compiled = table("first").compile().unwrap();
        assert_eq!(compiled.reads(), ["id.age", "request.price_fen"]);
        assert_eq!(compiled.literals("outcome"), Ok(vec!["approve".to_owned(), "review".to_owned()]));
        assert_eq!(compiled.literals("points"), Err(0));
        assert!(compiled.catches_all());
    }

    #[test]
    fn a_bad_cell_is_named() {
        let mut bad = table("first");
        bad.rules[1].insert("any".into(), "rand(5) > 3".into());
        let error = bad.compile().err().unwrap();
        assert_eq!((error.code, error.path.as_str()), ("rule_not_allowed", "table.rules[1].any"));
        let mut bad = table("first");
        bad.rules[2].insert("nowhere".into(), "1".into());
        assert_eq!(bad.compile().err().unwrap().path, "table.rules[2].nowhere");
    }

    #[test]
    fn a_cell_that_cannot_be_evaluated_names_itself() {
        let compiled = table("first").compile().unwrap();
        let error = compiled.ask(&Facts::new()).unwrap_err();
        assert!(error.starts_with("rule 1, id.age:"), "{error}");
    }
}

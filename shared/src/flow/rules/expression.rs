//! One cell's expression: compiled once, checked against an allow-list, evaluated without a clock or chance.
//!
//! What may run is decided on the compiled instructions, not on the text: whatever the syntax, an instruction that
//! is not listed here is refused. Dates and regular expressions are left out because the language's dates look at
//! the clock and the machine's time zone; loops and assignments because they make work that a cell does not need.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value, json};
use zen_expression::compiler::{FetchFastTarget, Jump, Opcode};
use zen_expression::expression::{Standard, Unary};
use zen_expression::functions::{FunctionKind, InternalFunction};
use zen_expression::vm::VM;
use zen_expression::{Expression, Scope, Variable, compile_expression, compile_unary_expression};

/// Longest cell, bytes.
pub(crate) const MAX_CELL: usize = 512;

/// Why a cell is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadCell {
    pub(crate) code: &'static str,
    pub(crate) zh: String,
    pub(crate) en: String,
}

/// A test of one value, such as `>= 18` or `"new", "used"`.
pub(crate) struct Test {
    code: Expression<Unary>,
}

/// An expression over all facts, such as `request.price_fen * 0.2`.
pub(crate) struct Formula {
    code: Expression<Standard>,
}

impl Test {
    pub(crate) fn compile(source: &str) -> Result<Self, BadCell> {
        short_enough(source)?;
        let code = compile_unary_expression(source).map_err(|e| unreadable(&e))?;
        permitted(code.bytecode())?;
        Ok(Self { code })
    }

    pub(crate) fn reads(&self) -> Vec<String> {
        paths(self.code.bytecode())
    }

    /// The constants that it compares a fact with (`$` is the tested value), when that is all it does.
    pub(crate) fn compared(&self) -> Option<Vec<(String, Value)>> {
        compared(self.code.bytecode())
    }

    pub(crate) fn holds(&self, value: Variable, facts: &Variable, vm: &mut VM) -> Result<bool, String> {
        let mut scope = Scope::new(facts.clone());
        scope.set_local(Variable::dollar_key(), value);
        self.code.evaluate_with_scope(&scope, vm).map_err(|e| e.to_string())
    }
}

impl Formula {
    pub(crate) fn compile(source: &str) -> Result<Self, BadCell> {
        short_enough(source)?;
        let code = compile_expression(source).map_err(|e| unreadable(&e))?;
        permitted(code.bytecode())?;
        Ok(Self { code })
    }

    pub(crate) fn reads(&self) -> Vec<String> {
        paths(self.code.bytecode())
    }

    /// The constants that it compares facts with, when that is all it does.
    pub(crate) fn compared(&self) -> Option<Vec<(String, Value)>> {
        compared(self.code.bytecode())
    }

    /// The fact's path, when the whole expression is one fact.
    pub(crate) fn plain_path(&self) -> Option<String> {
        match self.code.bytecode().as_ref() {
            [only] => path(only),
            _ => None,
        }
    }

    /// Whether both are the same expression.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.code.bytecode() == other.code.bytecode()
    }

    /// The text, when the whole expression is one text in quotes.
    pub(crate) fn literal(&self) -> Option<&str> {
        match self.code.bytecode().as_ref() {
            [Opcode::PushString(text)] => Some(text),
            _ => None,
        }
    }

    pub(crate) fn value(&self, facts: &Variable, vm: &mut VM) -> Result<Variable, String> {
        self.code.evaluate_with(facts.clone(), vm).map_err(|e| e.to_string())
    }
}

fn short_enough(source: &str) -> Result<(), BadCell> {
    if source.len() <= MAX_CELL {
        return Ok(());
    }
    Err(BadCell {
        code: "rule_too_long",
        zh: format!("表达式超过 {MAX_CELL} 字节"),
        en: format!("the expression is longer than {MAX_CELL} bytes"),
    })
}

fn unreadable(error: &zen_expression::IsolateError) -> BadCell {
    BadCell {
        code: "rule_unreadable", zh: format!("无法识别的表达式（{error}）"), en: error.to_string()
    }
}

fn permitted(code: &[Opcode]) -> Result<(), BadCell> {
    for (i, op) in code.iter().enumerate() {
        let name = match op {
            Opcode::CallFunction { kind: FunctionKind::Internal(function), .. } if is_pure(*function) => {
                continue;
            }
            Opcode::CallFunction { kind, .. } => kind.to_string(),
            Opcode::CallMethod { kind, .. } => kind.to_string(),
            // `in [1..5]` compares; anywhere else an interval would be spelled out number by number.
            Opcode::Interval { .. } if !matches!(code.get(i + 1), Some(Opcode::In)) => "[a..b]".to_owned(),
            Opcode::Exponent => "^".to_owned(),
            Opcode::Begin
            | Opcode::End
            | Opcode::Pointer(_)
            | Opcode::IncrementIt
            | Opcode::IncrementCount
            | Opcode::GetCount
            | Opcode::GetLen
            | Opcode::Flatten => "map, filter, some, …".to_owned(),
            Opcode::AssignedObjectBegin | Opcode::AssignedObjectStep | Opcode::AssignedObjectEnd { .. } => {
                "=".to_owned()
            }
            _ => continue,
        };
        return Err(BadCell {
            code: "rule_not_allowed",
            zh: format!("规则中不能使用 {name}"),
            en: format!("{name} cannot be used in a rule"),
        });
    }
    Ok(())
}

fn is_pure(function: InternalFunction) -> bool {
    use InternalFunction as F;
    matches!(
        function,
        F::Len
            | F::Contains
            | F::Upper
            | F::Lower
            | F::Trim
            | F::StartsWith
            | F::EndsWith
            | F::Abs
            | F::Sum
            | F::Avg
            | F::Min
            | F::Max
            | F::Median
            | F::Floor
            | F::Ceil
            | F::Round
            | F::Trunc
            | F::IsNumeric
            | F::String
            | F::Number
            | F::Bool
            | F::Type
    )
}

/// The fact paths that the instructions fetch.
fn paths(code: &[Opcode]) -> Vec<String> {
    let own = |found: &String| found != "$" && !found.starts_with("$.");
    let mut found: Vec<String> = code.iter().filter_map(path).filter(own).collect();
    found.sort();
    found.dedup();
    found
}

/// The path that an instruction fetches; `$` is the value that a cell tests.
fn path(op: &Opcode) -> Option<String> {
    match op {
        Opcode::FetchEnv(name) => Some(name.to_string()),
        Opcode::FetchFast(steps) => {
            let name = |step: &FetchFastTarget| match step {
                FetchFastTarget::String(name) => Some(name.to_string()),
                _ => None,
            };
            let parts: Vec<String> = steps.iter().filter_map(name).collect();
            (!parts.is_empty()).then(|| parts.join("."))
        }
        _ => None,
    }
}

/// What lies on the machine's stack, as far as it matters here.
enum Operand {
    Fact(String),
    Constants(Vec<Value>),
    Answer,
}

/// Follows the instructions of an expression that only compares facts with constants and combines the answers; `None`
/// for any other expression.
fn compared(code: &[Opcode]) -> Option<Vec<(String, Value)>> {
    let mut found: Vec<(String, Value)> = Vec::new();
    let mut stack: Vec<Operand> = Vec::new();
    for op in code {
        match op {
            Opcode::PushNull => stack.push(Operand::Constants(vec![Value::Null])),
            Opcode::PushBool(value) => stack.push(Operand::Constants(vec![json!(value)])),
            Opcode::PushString(text) => stack.push(Operand::Constants(vec![json!(text.as_ref())])),
            Opcode::PushNumber(value) => stack.push(Operand::Constants(vec![number(*value)?])),
            Opcode::FetchEnv(_) | Opcode::FetchFast(_) => stack.push(Operand::Fact(path(op)?)),
            Opcode::Negate => match stack.pop()? {
                Operand::Constants(values) => match values.as_slice() {
                    [Value::Number(value)] => {
                        let value: Decimal = value.to_string().parse().ok()?;
                        stack.push(Operand::Constants(vec![number(-value)?]));
                    }
                    _ => return None,
                },
                _ => return None,
            },
            Opcode::Array => {
                let Operand::Constants(length) = stack.pop()? else { return None };
                let length = length.first()?.as_u64()?;
                let mut list = Vec::new();
                for _ in 0..length {
                    let Operand::Constants(values) = stack.pop()? else { return None };
                    list.extend(values);
                }
                stack.push(Operand::Constants(list));
            }
            Opcode::Interval { .. } => match (stack.pop()?, stack.pop()?) {
                (Operand::Constants(to), Operand::Constants(from)) => {
                    stack.push(Operand::Constants([from, to].concat()));
                }
                _ => return None,
            },
            Opcode::Equal | Opcode::Compare(_) | Opcode::In => {
                match (stack.pop()?, stack.pop()?) {
                    (Operand::Constants(values), Operand::Fact(fact))
                    | (Operand::Fact(fact), Operand::Constants(values)) => {
                        found.extend(values.into_iter().map(|value| (fact.clone(), value)));
                    }
                    (Operand::Constants(_), Operand::Constants(_)) => {}
                    _ => return None,
                }
                stack.push(Operand::Answer);
            }
            Opcode::Not => {
                answered(stack.pop()?, &mut found)?;
                stack.push(Operand::Answer);
            }
            Opcode::Jump(Jump::IfTrue | Jump::IfFalse, _) => {
                answered(stack.pop()?, &mut found)?;
                stack.push(Operand::Answer);
            }
            Opcode::Pop => drop(stack.pop()?),
            Opcode::CallFunction { kind: FunctionKind::Internal(InternalFunction::Bool), arg_count: 1 } => {
                answered(stack.pop()?, &mut found)?;
                stack.push(Operand::Answer);
            }
            _ => return None,
        }
    }
    let last = stack.pop()?;
    answered(last, &mut found)?;
    stack.is_empty().then_some(found)
}

/// Something that is used as a yes or no.
fn answered(operand: Operand, found: &mut Vec<(String, Value)>) -> Option<()> {
    match operand {
        Operand::Answer => Some(()),
        Operand::Fact(fact) => {
            found.push((fact, json!(true)));
            Some(())
        }
        Operand::Constants(values) => matches!(values.as_slice(), [Value::Bool(_)]).then_some(()),
    }
}

/// A number as JSON writes it.
pub(super) fn number(value: Decimal) -> Option<Value> {
    match value.to_i64() {
        Some(whole) if Decimal::from(whole) == value => Some(json!(whole)),
        _ => value.to_f64().map(|value| json!(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn clock_chance_and_loops_are_refused() {
        for source in [
            "rand(10)",
            "d()",
            "d('2025-01-01').isToday()",
            "date('now')",
            "date('2025-01-01')",
            "time('now')",
            "year(date('now'))",
            "dateString('now')",
            "duration('1h')",
            "map([1..1000000000], #)",
            "sum([1..1000000000])",
            "len([1..1000000000])",
            "a = 1; b = a + a",
            "2 ^ 1000",
            "matches('a', '(a{1000}){1000}')",
            "some(list, # > 3)",
            "fuzzyMatch('a', 'b')",
        ] {
            let bad = Formula::compile(source).err().map(|bad| bad.code);
            assert!(matches!(bad, Some("rule_not_allowed" | "rule_unreadable")), "{source}: {bad:?}");
        }
        assert_eq!(Test::compile("> rand(3)").err().unwrap().code, "rule_not_allowed");
        assert_eq!(Test::compile("d($) > d()").err().unwrap().code, "rule_not_allowed");
        assert_eq!(Formula::compile("1 +").err().unwrap().code, "rule_unreadable");
        assert_eq!(Formula::compile(&"1+".repeat(400)).err().unwrap().code, "rule_too_long");
    }

    #[test]
    fn what_rules_need_works() {
        let facts: Variable = json!({"id": {"age": 31}, "grade": "B", "list": ["x", "y"]}).into();
        let mut vm = VM::new();
        for (source, value, holds) in [
            (">= 18", json!(18), true),
            ("[18..65]", json!(66), false),
            ("not in [18..65]", json!(66), true),
            ("\"A\", \"B\"", json!("B"), true),
            ("$ > id.age", json!(32), true),
            ("!= null", json!(null), false),
            ("true", json!(true), true),
            ("contains(list, $)", json!("y"), true),
        ] {
            let test = Test::compile(source).unwrap_or_else(|bad| panic!("{source}: {bad:?}"));
            assert_eq!(test.holds(value.into(), &facts, &mut vm), Ok(holds), "{source}");
        }
        let formula = Formula::compile("round(id.age * 1.5) + 1").unwrap();
        assert_eq!(formula.value(&facts, &mut vm).unwrap().to_value(), json!(48));
        assert_eq!(formula.reads(), ["id.age"]);
        assert_eq!(Formula::compile("'approve'").unwrap().literal(), Some("approve"));
        assert_eq!(Formula::compile("grade").unwrap().literal(), None);
    }

    #[test]
    fn a_missing_value_is_an_error_and_not_a_pass() {
        let facts: Variable = json!({}).into();
        let test = Test::compile(">= 18").unwrap();
        assert!(test.holds(json!(null).into(), &facts, &mut VM::new()).is_err());
    }
}

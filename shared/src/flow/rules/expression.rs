//! One cell's expression: compiled once, checked against an allow-list, evaluated without a clock or chance.
//!
//! What may run is decided on the compiled instructions, not on the text: whatever the syntax, an instruction that
//! is not listed here is refused. Dates and regular expressions are left out because the language's dates look at
//! the clock and the machine's time zone; loops and assignments because they make work that a cell does not need.

use zen_expression::compiler::{FetchFastTarget, Opcode};
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
    let mut found = Vec::new();
    for op in code {
        match op {
            Opcode::FetchEnv(name) if name.as_ref() != "$" => found.push(name.to_string()),
            Opcode::FetchFast(steps) => {
                let parts: Vec<&str> = steps
                    .iter()
                    .filter_map(
                        |step| if let FetchFastTarget::String(s) = step { Some(s.as_ref()) } else { None },
                    )
                    .collect();
                if parts.first().is_some_and(|first| *first != "$") {
                    found.push(parts.join("."));
                }
            }
            _ => {}
        }
    }
    found.sort();
    found.dedup();
    found
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

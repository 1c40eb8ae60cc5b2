//! Adds up points by a table and turns the sum into a grade.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::evaluate::Evaluated;
use super::super::facts::Facts;
use super::super::rules::{Compiled, DecisionTable, HitPolicy};
use super::shape::{About, BadParams, Class, KindOf, Shape};

pub(crate) struct ScoreCard;

/// A grade and the points from which it is reached.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grade {
    /// Name of the grade, such as `A`.
    pub grade: String,
    /// Least points for it.
    pub from: i64,
}

/// Parameters of `score-card`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// Points to start with.
    #[serde(default)]
    pub base: i64,
    /// The table, hit policy `collect`. Its answer `points` is a number; `reason` may name why.
    pub table: DecisionTable,
    /// Grades from the best to the worst; the last one takes everything below.
    pub grades: Vec<Grade>,
}

impl KindOf for ScoreCard {
    type Params = Params;
    const ABOUT: About = About {
        key: "score-card",
        class: Class::Decide,
        name: ("评分卡", "Score card"),
        help: ("按评分表计分并给出等级。", "Adds up points by a table and gives a grade."),
        budget_ms: 1,
        example: r#"{"base": 40, "table": {"hitPolicy": "collect", "inputs": [{"id": "age", "field": "id.age"}], "outputs": [{"id": "p", "field": "points"}, {"id": "r", "field": "reason"}], "rules": [{"age": "[25..55]", "p": "10", "r": "'age_stable'"}]}, "grades": [{"grade": "A", "from": 80}, {"grade": "B", "from": 60}, {"grade": "C", "from": 0}]}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        let descending = params.grades.windows(2).all(|pair| pair[0].from > pair[1].from);
        let named = params.grades.iter().all(|g| (1..=8).contains(&g.grade.len()));
        if params.grades.is_empty() || params.grades.len() > 20 || !descending || !named {
            let en = "list 1 to 20 grades from the best to the worst, each with its least points";
            return Err(BadParams::at("grades", "请从高到低列出 1 到 20 个等级及其最低分", en));
        }
        let table = params.table.compile()?;
        if table.hit_policy() != HitPolicy::Collect {
            return Err(BadParams::at("table.hitPolicy", "评分卡需要 collect", "a score card needs collect"));
        }
        if !table.answers("points") {
            return Err(BadParams::at("table.outputs", "缺少 points 列", "the column points is missing"));
        }
        let mut shape = Shape::machine(1_000, &["scored", "error"]).writes(&["score"]);
        shape.reads = table.reads();
        Ok(shape
            .evaluated(move |facts, _| Some(score(&params, &table, facts).unwrap_or_else(Evaluated::error))))
    }
}

fn score(params: &Params, table: &Compiled, facts: &Facts) -> Result<Evaluated, String> {
    let fired = table.ask(facts)?.fired;
    let mut total = params.base;
    let mut reasons: Vec<Value> = Vec::new();
    for rule in &fired {
        let points = rule.gave.get("points").and_then(Value::as_i64);
        let points = points.ok_or_else(|| format!("rule {}: points is not a whole number", rule.rule))?;
        total = total.checked_add(points).ok_or("the points are too many")?;
        if let Some(reason) = rule.gave.get("reason") {
            reasons.push(json!({"reason": reason, "points": points}));
        }
    }
    let grade = params.grades.iter().find(|grade| total >= grade.from).or(params.grades.last());
    let mut evaluated = Evaluated::outcome("scored")
        .writing("score.total", total)
        .writing("score.grade", grade.map_or("", |grade| grade.grade.as_str()))
        .writing("score.reasons", reasons);
    evaluated.trace = fired;
    Ok(evaluated)
}

#[cfg(test)]
mod tests {
    use super::super::shape::Kind;
    use super::*;

    #[test]
    fn points_add_up_to_a_grade() {
        let params = json!({"base": 50, "grades": [{"grade": "A", "from": 80}, {"grade": "B", "from": 60}, {"grade": "E", "from": 0}],
            "table": {"hitPolicy": "collect",
                "inputs": [{"id": "a", "field": "id.age"}, {"id": "s", "field": "partner.bureau.score"}],
                "outputs": [{"id": "p", "field": "points"}, {"id": "r", "field": "reason"}],
                "rules": [{"a": "[25..55]", "p": "15"}, {"s": ">= 650", "p": "20", "r": "'good_record'"}, {"s": "< 500", "p": "-60", "r": "'poor_record'"}]}});
        let shape = ScoreCard.shape(&params).unwrap();
        let ask = |age: Value, bureau: i64| {
            let facts = Facts::new().with("id.age", age).with("partner.bureau.score", bureau);
            let reference = crate::flow::Reference::at(jiff::Timestamp::UNIX_EPOCH);
            shape.evaluator.as_ref().unwrap()(&facts, &reference).unwrap()
        };
        for (age, bureau, total, grade) in
            [(30, 700, 85, "A"), (30, 600, 65, "B"), (60, 400, -10, "E"), (60, 700, 70, "B")]
        {
            let scored = ask(json!(age), bureau);
            assert_eq!(scored.writes.number("score.total"), Some(total));
            assert_eq!(scored.writes.text("score.grade"), Some(grade));
        }
        let broken = ask(Value::Null, 700);
        assert_eq!(broken.outcome, "error");
        assert!(broken.problem.unwrap().contains("id.age"));
    }
}

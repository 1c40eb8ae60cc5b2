//! The list of problems: what is wrong, at which block, and the path that shows it.

use super::board::Board;
use dioxus::prelude::*;
use std::rc::Rc;

/// The list, where it is open.
#[component]
pub fn ProblemList() -> Element {
    let board: Board = use_context();
    let w = board.words();
    if !*board.listing.read() {
        return rsx! {};
    }
    let problems = board.problems.read().clone();
    let hints = problems.iter().filter(|problem| problem.hint).count();
    let shown = board.path.read().clone();
    rsx! {
        section { id: "problems", class: "drawer", aria_label: w.t("designer-problems"),
            div { class: "drawer-head",
                h2 {
                    {w.with("designer-problems-n", &[("n", board.broken().into())])}
                    if hints > 0 {
                        " · "
                        {w.with("designer-hints-n", &[("n", hints.into())])}
                    }
                }
                button {
                    class: "button small",
                    r#type: "button",
                    onclick: move |_| {
                        let (mut listing, mut path) = (board.listing, board.path);
                        listing.set(false);
                        path.set(Rc::default());
                    },
                    {w.t("designer-close")}
                }
            }
            if problems.is_empty() {
                p { class: "hint", {w.t("designer-problems-none-text")} }
            }
            ol { class: "problem-list",
                for (i , problem) in problems.iter().enumerate() {
                    li { key: "{i}", "data-code": "{problem.code}",
                        button {
                            class: if problem.hint { "problem hint" } else { "problem" },
                            r#type: "button",
                            aria_pressed: if !problem.path.is_empty() && *shown == problem.path { "true" } else { "false" },
                            onclick: {
                                let problem = problem.clone();
                                move |_| {
                                    let mut path = board.path;
                                    path.set(Rc::new(problem.path.clone()));
                                    match problem.block.as_ref().or(problem.path.last()) {
                                        Some(block) => board.go_to(block),
                                        None => board.select(Vec::new()),
                                    }
                                }
                            },
                            span { class: "problem-where", {problem.block.clone().unwrap_or_else(|| w.t("designer-flow"))} }
                            span { {problem.text.get(w.0).to_owned()} }
                        }
                    }
                }
            }
        }
    }
}

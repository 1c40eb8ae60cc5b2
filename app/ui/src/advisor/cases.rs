//! My cases: search, filters, and a list that stays smooth with ten thousand of them because only what is seen is drawn.

use super::{
    browser,
    case::name_of,
    desk::{Desk, use_desk},
    engine,
    install::InstallOffer,
    moment::when,
    parts::Part,
    route::Route,
    states::{safety_chip, stage_chip},
    window::{BLOCK, Window},
};
use crate::components::{
    amounts::yuan_short,
    icons::{Icon, icon},
};
use crate::texts::Words;
use dioxus::prelude::*;
use shared::app::{Answer, Ask, CaseFilter, CaseRow, MAX_SEARCH_CHARS};
use std::collections::{HashMap, HashSet};

/// A row's height in `rem`; the style sheet says the same.
const ROW_REM: f64 = 5.6;
/// How long nobody types before the search is asked, milliseconds.
const SEARCH_PAUSE_MS: i32 = 220;

/// How long cases must have been left alone before the list looks again, milliseconds.
const CHANGES_PAUSE_MS: i32 = 300;

/// What the list knows of the cases.
#[derive(Clone, Default, PartialEq)]
struct Listed {
    blocks: HashMap<usize, Vec<CaseRow>>,
    total: usize,
    counts: [usize; 5],
    known: bool,
}

#[derive(Clone, Copy, PartialEq)]
struct List {
    desk: Desk,
    search: Signal<String>,
    filter: Signal<CaseFilter>,
    listed: Signal<Listed>,
    asked: Signal<HashSet<usize>>,
    /// Goes up with every new question, so that an answer to an old one is dropped.
    question: Signal<u32>,
    top: Signal<f64>,
    height: Signal<f64>,
}

/// The list of my cases.
#[component]
pub fn Cases() -> Element {
    let desk = use_desk();
    let w = desk.words();
    let list = List {
        desk,
        search: use_signal(String::new),
        filter: use_signal(CaseFilter::default),
        listed: use_signal(Listed::default),
        asked: use_signal(HashSet::new),
        question: use_signal(|| 0),
        top: use_signal(|| 0.0),
        height: use_signal(|| 900.0),
    };
    use_effect(move || {
        let _ = list.filter.read();
        list.ask_anew(0);
    });
    use_effect(move || {
        // Several changes in a row are one question.
        if *desk.lists.read() > 0 {
            list.ask_anew(CHANGES_PAUSE_MS);
        }
    });
    use_effect(move || list.ask_what_is_seen());
    let heading = w.t("title-my-cases");
    let on_list = *desk.route.read() == Route::Cases;
    rsx! {
        div { class: "list-head-box",
            if on_list {
                h1 { id: "list-heading", "{heading}" }
            } else {
                h2 { class: "as-h1", id: "list-heading", "{heading}" }
            }
            {search(w, list)}
            {filters(w, list)}
            if list.listed.read().counts[0] > 0 {
                InstallOffer {}
            }
        }
        {rows(w, list)}
    }
}

fn search(w: Words, mut list: List) -> Element {
    rsx! {
        form { role: "search", class: "find", onsubmit: move |event| event.prevent_default(),
            label { class: "unseen", r#for: "find", {w.t("find")} }
            input {
                id: "find",
                r#type: "search",
                placeholder: w.t("find-hint"),
                autocomplete: "off",
                spellcheck: "false",
                enterkeyhint: "search",
                maxlength: MAX_SEARCH_CHARS as i64,
                value: "{list.search}",
                oninput: move |event| {
                    list.search.set(event.value());
                    list.go_up();
                    list.ask_anew(SEARCH_PAUSE_MS);
                },
            }
        }
    }
}

fn filters(w: Words, mut list: List) -> Element {
    let chosen = *list.filter.read();
    let counts = list.listed.read().counts;
    let known = list.listed.read().known;
    rsx! {
        div { class: "chips", role: "group", aria_label: w.t("filter"),
            for (filter , count) in CaseFilter::ALL.into_iter().zip(counts) {
                button {
                    class: "chip-button",
                    r#type: "button",
                    aria_pressed: if filter == chosen { "true" } else { "false" },
                    onclick: move |_| {
                        list.filter.set(filter);
                        list.go_up();
                    },
                    {w.t(filter_key(filter))}
                    if known {
                        span { class: "count", "{count}" }
                    }
                }
            }
        }
    }
}

fn filter_key(filter: CaseFilter) -> &'static str {
    match filter {
        CaseFilter::All => "filter-all",
        CaseFilter::Draft => "filter-draft",
        CaseFilter::Running => "filter-running",
        CaseFilter::Attention => "filter-attention",
        CaseFilter::Over => "filter-over",
    }
}

fn rows(w: Words, mut list: List) -> Element {
    let listed = list.listed.read();
    if listed.known && listed.total == 0 {
        let searched = !list.search.read().trim().is_empty();
        return empty(list.desk, w, searched, listed.counts[0]);
    }
    let row = ROW_REM * browser::rem();
    let seen = Window::of(*list.top.read(), *list.height.read(), row, listed.total);
    rsx! {
        div {
            id: "rows",
            class: "rows-box",
            tabindex: "-1",
            aria_busy: if listed.known { "false" } else { "true" },
            onscroll: move |event| {
                list.top.set(event.scroll_top());
                list.height.set(f64::from(event.client_height()));
            },
            ul { class: "case-rows", aria_labelledby: "list-heading", height: "{row * listed.total as f64}px",
                for at in seen.rows() {
                    li {
                        key: "{at}",
                        class: "case-row",
                        top: "{row * at as f64}px",
                        aria_setsize: "{listed.total}",
                        aria_posinset: "{at + 1}",
                        {one(list.desk, w, listed.blocks.get(&(at / BLOCK)).and_then(|block| block.get(at % BLOCK)))}
                    }
                }
            }
        }
    }
}

fn one(desk: Desk, w: Words, row: Option<&CaseRow>) -> Element {
    let Some(row) = row else {
        return rsx! { span { class: "row-coming" } };
    };
    let route = Route::Case(row.document, Part::Overview);
    let current = desk.route.read().document() == Some(row.document);
    rsx! {
        a {
            class: "row-link",
            href: route.path(),
            aria_current: current.then_some("true"),
            onclick: move |event| {
                event.prevent_default();
                desk.go(route);
            },
            span { class: "row-name", {name_of(w, &row.name)} }
            span { class: "row-sum",
                if let Some(financed) = row.financed {
                    {yuan_short(financed.get())}
                }
            }
            span { class: "row-vehicle",
                if row.vehicle.is_empty() {
                    {w.t("case-no-vehicle")}
                } else {
                    "{row.vehicle}"
                }
            }
            span { class: "row-when", {when(desk, row.changed_at)} }
            span { class: "row-chips",
                {stage_chip(w, row.stage)}
                if row.missing > 0 {
                    span { class: "chip", {w.with("progress-missing", &[("n", row.missing.into())])} }
                }
                {safety_chip(w, row.safety)}
            }
        }
    }
}

fn empty(desk: Desk, w: Words, searched: bool, all: usize) -> Element {
    let key = match () {
        () if searched => "cases-not-found-here",
        () if all == 0 => "cases-none-yet",
        () => "cases-none-of-these",
    };
    rsx! {
        div { class: "empty-box", role: "status",
            {icon(Icon::Paper)}
            p { {w.t(key)} }
            if all == 0 && !searched {
                button { class: "button main", r#type: "button", onclick: move |_| desk.go(Route::New), {w.t("tab-new")} }
            }
        }
    }
}

impl List {
    /// Another question begins at the top of its answer.
    fn go_up(mut self) {
        self.top.set(0.0);
        if let Some(rows) = browser::element("rows") {
            rows.set_scroll_top(0);
        }
    }

    /// Asks for what is seen again, after a pause in which nobody asks anew.
    fn ask_anew(mut self, pause_ms: i32) {
        let question = *self.question.peek() + 1;
        self.question.set(question);
        spawn(async move {
            if pause_ms > 0 {
                browser::sleep(pause_ms).await;
            }
            if *self.question.peek() != question {
                return;
            }
            let total = self.listed.peek().total;
            let row = ROW_REM * browser::rem();
            let seen = Window::of(*self.top.peek(), *self.height.peek(), row, total.max(1));
            self.asked.set(HashSet::new());
            for block in seen.blocks() {
                self.ask_block(block, question).await;
            }
        });
    }

    /// Asks for the rows that have come into view and are not here yet.
    fn ask_what_is_seen(self) {
        let row = ROW_REM * browser::rem();
        let listed = self.listed.read();
        let seen = Window::of(*self.top.read(), *self.height.read(), row, listed.total);
        let question = *self.question.peek();
        for block in seen.blocks().filter(|block| !listed.blocks.contains_key(block)) {
            if !self.asked.peek().contains(&block) {
                spawn(async move { self.ask_block(block, question).await });
            }
        }
    }

    async fn ask_block(mut self, block: usize, question: u32) {
        self.asked.write().insert(block);
        let search = self.search.peek().trim().to_owned();
        let filter = *self.filter.peek();
        let ask = Ask::Cases { search, filter, offset: block * BLOCK, limit: BLOCK };
        let (Answer::Cases(answer), _) = engine::ask(ask, None).await else { return };
        if *self.question.peek() != question {
            return;
        }
        let mut listed = self.listed.write();
        if listed.total != answer.total {
            // Rows moved: what was read before belongs to another order.
            listed.blocks.clear();
        }
        listed.total = answer.total;
        listed.counts = answer.counts;
        listed.known = true;
        listed.blocks.insert(block, answer.rows);
    }
}

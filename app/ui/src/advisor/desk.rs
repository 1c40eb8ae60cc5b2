//! What all screens share: language, screen, where the device stands, the open case; and how they ask the engine.

use super::errand::errand;
use super::{
    browser,
    calculate::Offered,
    engine, install, link,
    outside::{self, Outside},
    parts::Part,
    proposal::ReadPhoto,
    route::Route,
    states,
};
use crate::texts::{self, Words};
use dioxus::prelude::*;
use jiff::civil::Date;
use js_sys::ArrayBuffer;
use shared::app::{Answer, Ask, CaseView, Gate, News, Standing};
use shared::document::DocumentId;
use shared::domain::lang::Lang;
use shared::protocol::on_offer::OnOffer;
use std::rc::Rc;

/// What a problem code means on this device: its own words first, then those that all faces share.
pub fn problem_text(w: Words, code: &str) -> String {
    let own = w.find(&format!("device-problem-{}", code.replace('_', "-")));
    own.or_else(|| texts::problem_short(code, w.0)).unwrap_or_else(|| w.t("device-problem-unknown"))
}

/// How long something that a person has to know stays on the screen, milliseconds.
const TOLD_MS: i32 = 7_000;

/// What all screens share.
#[derive(Clone, Copy, PartialEq)]
pub struct Desk {
    /// The language.
    pub lang: Signal<Lang>,
    /// Large text.
    pub large: Signal<bool>,
    /// The screen.
    pub route: Signal<Route>,
    /// Where the device stands; `None` until the engine has said so.
    pub standing: Signal<Option<Standing>>,
    /// The open case.
    pub case: Signal<Option<CaseView>>,
    /// Why the engine does not show the case: a stable code.
    pub case_refused: Signal<Option<String>>,
    /// Goes up whenever cases in the list may have changed.
    pub lists: Signal<u32>,
    /// What is on offer.
    pub on_offer: Signal<Option<Rc<OnOffer>>>,
    /// Its plans, read.
    pub offered: Signal<Option<Rc<Offered>>>,
    /// What a person has to know now.
    pub told: Signal<Option<String>>,
    /// How many asks that keep something are on their way.
    pub keeping: Signal<u32>,
    /// The field to go to once its screen is there.
    pub focus: Signal<Option<String>>,
    /// The camera cannot be used from the page: photos come as files.
    pub camera_refused: Signal<bool>,
    /// Is there a network, as far as the browser knows?
    pub network: Signal<bool>,
    /// How the app gets to the home screen, where it is not there yet.
    pub install: Signal<Option<install::Way>>,
    /// The engine died.
    pub engine_gone: Signal<bool>,
    /// Why the app does not open at all, by its code.
    pub shut: Signal<Option<String>>,
    /// Today.
    pub today: Signal<Date>,
    /// The photo that the open part's proposals were read on.
    pub read_on: Signal<Option<ReadPhoto>>,
}

/// The desk of this app.
pub fn use_desk() -> Desk {
    use_context()
}

/// Makes the desk and keeps it up to date.
pub fn provide_desk() -> Desk {
    let mut desk = use_context_provider(|| Desk {
        lang: Signal::new(browser::language()),
        large: Signal::new(browser::recall("large").is_some_and(|large| large == "1")),
        route: Signal::new(Route::read(&browser::path())),
        standing: Signal::new(None),
        case: Signal::new(None),
        case_refused: Signal::new(None),
        lists: Signal::new(0),
        on_offer: Signal::new(None),
        offered: Signal::new(None),
        told: Signal::new(None),
        keeping: Signal::new(0),
        focus: Signal::new(None),
        camera_refused: Signal::new(false),
        network: Signal::new(browser::online()),
        install: Signal::new(install::way()),
        engine_gone: Signal::new(false),
        shut: Signal::new(None),
        today: Signal::new(browser::today()),
        read_on: Signal::new(None),
    });
    use_hook(listen);
    use_future(move || async move {
        if let Err(code) = desk.learn_standing(Ask::Standing).await {
            desk.shut.set(Some(code));
        }
        loop {
            desk.hear(outside::next().await);
        }
    });
    use_effect(move || browser::dress(*desk.lang.read(), *desk.large.read()));
    use_effect(move || desk.follow_route());
    desk
}

fn listen() {
    let window = browser::window();
    browser::listen(&window, "popstate", |_| outside::tell(Outside::Went(browser::path())));
    browser::listen(&window, "online", |_| outside::tell(Outside::Network(true)));
    browser::listen(&window, "offline", |_| outside::tell(Outside::Network(false)));
    browser::listen(&window, "installable", |_| outside::tell(Outside::Install));
    browser::listen(&browser::document(), "visibilitychange", |_| {
        if browser::hidden() {
            browser::leave_field();
        }
    });
}

impl Desk {
    /// The words of the chosen language.
    pub fn words(self) -> Words {
        Words(*self.lang.read())
    }

    /// Shows a screen.
    pub fn go(self, route: Route) {
        self.show(route, false);
    }

    /// Shows a screen in place of the present one: the way back leads past it.
    pub fn show(mut self, route: Route, replace: bool) {
        if *self.route.peek() != route {
            browser::leave_field();
            browser::visit(&route.path(), replace);
            self.route.set(route);
        }
    }

    /// Shows a part of the open case and goes to a field.
    pub fn jump(mut self, document: DocumentId, part: Part, field: Option<String>) {
        self.focus.set(field.map(|field| format!("f-{field}")));
        self.go(Route::Case(document, part));
    }

    /// Says something to the person for a while.
    pub fn tell(mut self, text: String) {
        self.told.set(Some(text.clone()));
        errand(async move {
            browser::sleep(TOLD_MS).await;
            if self.told.peek().as_ref() == Some(&text) {
                self.told.set(None);
            }
        });
    }

    /// Says what a problem code means.
    pub fn tell_problem(self, code: &str) {
        self.tell(problem_text(Words(*self.lang.peek()), code));
    }

    /// Asks for something that ends in a new standing: unlock, lock, enrol. The code of a refusal comes back.
    pub async fn learn_standing(mut self, ask: Ask) -> Result<(), String> {
        match engine::ask(ask, None).await.0 {
            Answer::Standing(standing) => {
                self.set_standing(standing);
                Ok(())
            }
            Answer::Refused { code } => {
                if code == engine::GONE {
                    self.engine_gone.set(true);
                }
                Err(code)
            }
            _ => Err("engine_answer_unreadable".into()),
        }
    }

    /// Asks for something that changes the open case. A refusal is told, and its code comes back.
    pub async fn change(mut self, ask: Ask, bytes: Option<ArrayBuffer>) -> Result<(), String> {
        *self.keeping.write() += 1;
        let (answer, _) = engine::ask(ask, bytes).await;
        *self.keeping.write() -= 1;
        match answer {
            Answer::Case(case) => {
                self.take_case(*case);
                Ok(())
            }
            Answer::Done => Ok(()),
            // It is so already: that is no news to anybody.
            Answer::Refused { code } if code == "document_nothing_changed" => Ok(()),
            Answer::Refused { code } => {
                self.tell_problem(&code);
                Err(code)
            }
            _ => Err("engine_answer_unreadable".into()),
        }
    }

    /// Keeps fields of a case.
    pub async fn fill(self, document: DocumentId, fields: Vec<(String, String)>) -> Result<(), String> {
        self.change(Ask::Fill { document, fields }, None).await
    }

    /// Takes a case as it now is.
    pub fn take_case(mut self, case: CaseView) {
        *self.lists.write() += 1;
        if self.route.peek().document() == Some(case.row.document) {
            self.case.set(Some(case));
        }
    }

    async fn load_case(mut self, document: DocumentId) {
        match engine::ask(Ask::Case { document }, None).await.0 {
            Answer::Case(case) if self.route.peek().document() == Some(document) => {
                self.case.set(Some(*case))
            }
            Answer::Refused { code } => self.case_refused.set(Some(code)),
            _ => {}
        }
    }

    async fn learn_offer(mut self) {
        if let Answer::OnOffer { on_offer: Some(on_offer) } = engine::ask(Ask::OnOffer, None).await.0 {
            self.offered.set(Offered::read(&on_offer).map(Rc::new));
            self.on_offer.set(Some(Rc::from(on_offer)));
        }
    }

    fn set_standing(mut self, standing: Standing) {
        let opened = standing.gate == Gate::Open;
        let shut = standing.gate != Gate::Open;
        if shut {
            // Nothing of a customer stays in the page behind a lock.
            self.case.set(None);
        }
        self.standing.set(Some(standing));
        if opened && self.on_offer.peek().is_none() {
            spawn(self.learn_offer());
        }
    }

    fn hear(mut self, outside: Outside) {
        match outside {
            Outside::Went(path) => {
                browser::leave_field();
                self.route.set(Route::read(&path));
            }
            Outside::Network(there) => self.network.set(there),
            Outside::Install => self.install.set(install::way()),
            Outside::EngineGone => self.engine_gone.set(true),
            Outside::News(News::Standing(standing)) => {
                self.set_standing(standing);
            }
            Outside::News(News::Told { code }) => self.tell_problem(&code),
            Outside::News(News::Moved { number, stage }) => {
                let Some(key) = states::moved(stage) else { return };
                let text = Words(*self.lang.peek()).with(key, &[("number", number.into())]);
                link::notify(&text);
                self.tell(text);
            }
            Outside::News(News::Cases { documents }) => {
                *self.lists.write() += 1;
                let open = self.route.peek().document();
                if let Some(document) = open.filter(|open| documents.contains(open)) {
                    spawn(self.load_case(document));
                    return;
                }
                // A case that was left and has changed since is read again when it is come back to.
                let left = self.case.peek().as_ref().map(|case| case.row.document);
                if left.is_some_and(|left| documents.contains(&left)) {
                    self.case.set(None);
                }
            }
        }
    }

    /// Loads the case that the screen is about, once the device is open.
    fn follow_route(mut self) {
        let open = self.standing.read().as_ref().is_some_and(|standing| standing.gate == Gate::Open);
        let Some(document) = self.route.read().document().filter(|_| open) else { return };
        if self.case.peek().as_ref().is_some_and(|case| case.row.document == document) {
            return;
        }
        self.case.set(None);
        self.case_refused.set(None);
        spawn(self.load_case(document));
    }
}

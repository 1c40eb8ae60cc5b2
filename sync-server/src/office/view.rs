//! Puts a page's content into its frame.

use axum::response::{Html, IntoResponse, Response};
use shared::domain::{Action, Lang};
use ui::{
    components::form,
    office::{OfficePage, OfficeView, render},
};

use super::Reader;
use crate::{
    accounts::{
        Staff,
        permission::{
            AccountKeeper, BlacklistKeeper, CaseReader, Decider, DeviceWatcher, FigureReader, FlowReader,
            KeyKeeper, LinkWatcher, PartnerSteerer, SettingsKeeper,
        },
    },
    app::App,
    problem::Problem,
};

/// A page in the making.
pub struct View {
    view: OfficeView,
}

impl View {
    /// A page that anybody may see.
    pub fn open(reader: Reader, page: OfficePage) -> Self {
        Self {
            view: OfficeView {
                lang: reader.lang,
                here: reader.here,
                large: reader.large,
                form_id: String::new(),
                staff: None,
                insecure_context: reader.insecure,
                notice: None,
                problems: Vec::new(),
                page,
            },
        }
    }

    /// A page for a signed-in member of staff. Its forms carry the session's form key and a number of their own.
    pub fn of_staff(reader: Reader, staff: &Staff, app: &App, page: OfficePage) -> Self {
        let lang = reader.lang;
        let mut this = Self::open(reader, page);
        this.view.form_id = staff.form_key.with_number(&app.world.random);
        this.view.staff = Some(ui::office::Staff {
            name: staff.login.clone(),
            role: staff
                .rights
                .roles
                .iter()
                .map(|role| role.text(lang))
                .collect::<Vec<_>>()
                .join(lang.pick("、", ", ")),
            tenant: staff.tenant_name.get(lang).to_owned(),
            may_see_links: LinkWatcher::permits(staff),
            may_make_links: staff.may(Action::MakeLink),
            may_see_cases: CaseReader::permits(staff),
            may_review: Decider::permits(staff),
            may_keep_accounts: AccountKeeper::permits(staff),
            may_keep_keys: KeyKeeper::permits(staff),
            may_see_flows: FlowReader::permits(staff),
            may_see_devices: DeviceWatcher::permits(staff),
            may_see_figures: FigureReader::permits(staff),
            may_steer_partners: PartnerSteerer::permits(staff),
            may_keep_settings: SettingsKeeper::permits(staff),
            may_keep_blacklist: BlacklistKeeper::permits(staff),
        });
        this
    }

    /// Says that something was done.
    pub fn notice(mut self, text: impl Into<String>) -> Self {
        self.view.notice = Some(text.into());
        self
    }

    /// Says what was wrong with the fields of the last submit.
    pub fn problems(mut self, problems: Vec<form::Problem>) -> Self {
        self.view.problems.extend(problems);
        self
    }

    /// Says what was wrong with the last submit.
    pub fn problem(mut self, problem: &Problem) -> Self {
        self.view.problems.push(problem_at(problem, self.view.lang));
        self.view.problems.extend(problem.findings.iter().filter(|found| found.forbids()).map(|finding| {
            let at = finding.block.as_ref().map(|block| format!("{block}: ")).unwrap_or_default();
            form::Problem {
                code: finding.code.clone(),
                field: None,
                text: Some(format!("{at}{}", finding.text.get(self.view.lang))),
            }
        }));
        self
    }
}

impl IntoResponse for View {
    fn into_response(self) -> Response {
        Html(render(&self.view)).into_response()
    }
}

/// A refusal at its field, in the words of its code, else in its own.
pub fn problem_at(problem: &Problem, lang: Lang) -> form::Problem {
    let known = ui::texts::problem_short(problem.code, lang).is_some();
    form::Problem {
        code: problem.code.to_owned(),
        field: problem.field.map(str::to_owned),
        text: (!known).then(|| problem.detail.clone()),
    }
}

//! Which screen an address means. Every address below `/advisor/` opens the app, so a reload comes back to the same screen.

use super::parts::Part;
use shared::domain::DocumentId;

/// Where the app lies.
pub const BASE: &str = "/advisor/";

/// A screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Route {
    /// My cases.
    #[default]
    Cases,
    /// Begin a case.
    New,
    /// A part of a case.
    Case(DocumentId, Part),
    /// What is not yet safe on the server.
    Sync,
    /// Language, text size, lock, storage.
    Settings,
}

impl Route {
    /// The screen of this address; an unknown one is the list.
    pub fn read(path: &str) -> Route {
        let rest = path.strip_prefix(BASE).unwrap_or_default();
        let mut steps = rest.split('/').filter(|step| !step.is_empty());
        match (steps.next(), steps.next(), steps.next()) {
            (Some("new"), None, _) => Route::New,
            (Some("sync"), None, _) => Route::Sync,
            (Some("settings"), None, _) => Route::Settings,
            (Some("case"), Some(id), part) => {
                let part = part.map_or(Some(Part::Overview), Part::from_slug);
                id.parse().ok().zip(part).map_or(Route::Cases, |(id, part)| Route::Case(id, part))
            }
            _ => Route::Cases,
        }
    }

    /// The address of this screen.
    pub fn path(self) -> String {
        match self {
            Route::Cases => BASE.to_owned(),
            Route::New => format!("{BASE}new"),
            Route::Sync => format!("{BASE}sync"),
            Route::Settings => format!("{BASE}settings"),
            Route::Case(id, Part::Overview) => format!("{BASE}case/{id}"),
            Route::Case(id, part) => format!("{BASE}case/{id}/{}", part.slug()),
        }
    }

    /// The case that this screen is about.
    pub fn document(self) -> Option<DocumentId> {
        match self {
            Route::Case(document, _) => Some(document),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reload_comes_back_to_the_same_screen() {
        let id = DocumentId::from_bytes([7; 16]);
        let parts = Part::ALL.iter().map(|part| Route::Case(id, *part));
        for route in [Route::Cases, Route::New, Route::Sync, Route::Settings].into_iter().chain(parts) {
            assert_eq!(Route::read(&route.path()), route);
        }
    }

    #[test]
    fn an_address_that_was_not_copied_completely_is_the_list() {
        for path in ["", "/", "/advisor", "/advisor/case", "/advisor/case/abc", "/advisor/nothing"] {
            assert_eq!(Route::read(path), Route::Cases, "{path}");
        }
        let id = DocumentId::from_bytes([7; 16]);
        assert_eq!(Route::read(&format!("/advisor/case/{id}/nothing")), Route::Cases);
    }
}

//! What a role is for and what it may do today, for whoever has no page of work to go to.

use super::Cx;
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};
use shared::domain::Role;

/// The roles of the reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duties {
    /// At least one.
    pub roles: Vec<Role>,
}

pub(super) fn page(cx: Cx, duties: &Duties) -> Element {
    rsx! {
        for role in &duties.roles {
            section { class: "card prose",
                h2 { {role.text(cx.w.0)} }
                p { {cx.t(&format!("duty-{}", slug(*role)))} }
                h3 { {cx.t("duties-today")} }
                p { {cx.t(&format!("duty-today-{}", slug(*role)))} }
                {ways(cx, *role)}
            }
        }
    }
}

fn ways(cx: Cx, role: Role) -> Element {
    let ways: &[(&str, &str)] = match role {
        Role::Designer | Role::Approver => &[("/office/flows", "nav-flows")],
        Role::Controller => &[("/office/partners", "nav-partners"), ("/office/links", "nav-links")],
        Role::Operator => {
            &[("/healthz", "duty-health"), ("/readyz", "duty-ready"), ("/metrics", "duty-metrics")]
        }
        _ => &[],
    };
    if ways.is_empty() {
        return rsx! {};
    }
    rsx! {
        p { class: "links",
            for (href , key) in ways {
                a { href: *href, {cx.t(key)} }
            }
        }
    }
}

fn slug(role: Role) -> String {
    role.code().replace('_', "-")
}

//! Permissions as types: a handler that takes a [`Reviewer`] cannot be reached by anybody else.
//!
//! Each is made from the session and the rule table of `shared::domain::roles`. What belongs to another tenant is not
//! a matter of permission: it is not found.

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
};
use shared::domain::{Action, TenantId};

use super::{ApiKey, Staff};
use crate::{app::App, problem::Problem};

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident: $($action:ident)|+;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name(Staff);

        impl std::ops::Deref for $name {
            type Target = Staff;

            fn deref(&self) -> &Staff {
                &self.0
            }
        }

        impl FromRequestParts<App> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
                let staff = Staff::from_request_parts(parts, app).await?;
                permit(staff, &[$(Action::$action),+]).map(Self)
            }
        }
    )*};
}

permissions! {
    /// May see how far customers are: all of the tenant's, or those of one's own links.
    CaseWatcher: SeeCases | SeeOwnCases;
    /// May see the tenant's cases, personal data masked.
    CaseReader: SeeCases;
    /// May see a case's photos and contract.
    DocumentReader: SeeDocuments;
    /// May see one masked value in full; the handler writes the audit row.
    Revealer: RevealPersonalData;
    /// May decide cases that need a person.
    Reviewer: DecideCase;
    /// May make and close the tenant's accounts.
    AccountKeeper: ManageAccounts;
    /// May make and revoke the tenant's API keys.
    KeyKeeper: ManageApiKeys;
    /// May read the tenant's audit chain.
    Auditor: ReadAudit;
    /// May see the platform's health.
    PlatformWatcher: SeePlatform;
}

fn permit(staff: Staff, any_of: &[Action]) -> Result<Staff, Problem> {
    match any_of.iter().any(|&action| staff.may(action)) {
        true => Ok(staff),
        false => Err(Problem::new(
            StatusCode::FORBIDDEN,
            "not_allowed",
            "Your role does not permit this. Ask your administrator for it.",
        )),
    }
}

macro_rules! staff_or_program {
    ($($(#[$doc:meta])* $name:ident: $action:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name {
            /// Whose; every query is bound to it.
            pub tenant: TenantId,
            /// How the audit names them: `account:ID` or `key:ID`.
            pub actor: String,
        }

        impl FromRequestParts<App> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
                if parts.headers.contains_key(header::AUTHORIZATION) {
                    let key = ApiKey::from_request_parts(parts, app).await?;
                    return Ok(Self { tenant: key.tenant, actor: key.actor() });
                }
                let staff = Staff::from_request_parts(parts, app).await?;
                let staff = permit(staff, &[Action::$action])?;
                Ok(Self { tenant: staff.tenant, actor: staff.actor() })
            }
        }
    )*};
}

staff_or_program! {
    /// May make customer links: staff with the role, or a program with a key.
    LinkMaker: MakeLink;
    /// May revoke customer links: staff with the role, or a program with a key.
    LinkRevoker: RevokeLink;
}

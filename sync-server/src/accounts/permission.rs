//! Permissions as types: a handler that takes a `Reviewer` cannot be reached by anybody else.
//!
//! Each is made from the session and the rule table of `shared::domain::roles`. What belongs to another tenant is not
//! a matter of permission: it is not found.

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
};
use shared::domain::{Action, Scope, TenantId};

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

        impl $name {
            /// Whether these staff have it, for a page that leads there.
            pub fn permits(staff: &Staff) -> bool {
                [$(Action::$action),+].into_iter().any(|action| staff.may(action))
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
    /// May see links and how far their customers are: all of the tenant's, or those of one's own links. No personal data.
    LinkWatcher: SeeCases | SeeOwnCases | RevokeAnyLink;
    /// May make customer links on the links page.
    LinkGiver: MakeLink;
    /// May see the tenant's cases, personal data masked.
    CaseReader: SeeCases;
    /// May see a case's photos and contract.
    DocumentReader: SeeDocuments;
    /// May see one masked value in full; the handler writes the audit row.
    Revealer: RevealPersonalData;
    /// May decide cases that need a person: those in review, or those that no reviewer settled in time. Which of them a
    /// case is for is seen when it is decided.
    Decider: DecideCase | DecideEscalatedCase;
    /// May make and close the tenant's accounts.
    AccountKeeper: ManageAccounts;
    /// May make and revoke the tenant's API keys.
    KeyKeeper: ManageApiKeys;
    /// May read the tenant's audit chain.
    Auditor: ReadAudit;
    /// May compose flows and hand them in; cannot put them live.
    FlowDesigner: EditFlow;
    /// May approve flows that somebody else composed, release them and take them back.
    FlowApprover: ApproveFlow;
    /// May see the tenant's flows and their versions.
    FlowReader: EditFlow | ApproveFlow;
    /// May see the tenant's counts, times and rates; no persons.
    FigureReader: SeeFigures;
    /// May see and change the tenant's settings.
    SettingsKeeper: ChangeSettings;
    /// May see and change the tenant's blacklist.
    BlacklistKeeper: KeepBlacklist;
    /// May see the company's partners and change what is set for them.
    PartnerSteerer: SteerPartners;
    /// May see what partners sent on their own, and offer an answer once more.
    InboundReader: SteerPartners | ChangeSettings;
    /// May see the platform's health.
    PlatformWatcher: SeePlatform;
    /// May see how all of the tenant's devices stand, and settle what is set aside.
    DeviceWatcher: RevokeAnyDevice;
    /// May enrol devices of one's own.
    DeviceEnroller: HoldDevice;
    /// May see devices and take them out of use: one's own, or with [`DeviceHolder::revokes_any`] all of the tenant's.
    DeviceHolder: HoldDevice | RevokeAnyDevice;
}

impl From<DeviceWatcher> for DeviceHolder {
    /// Whoever may see them all may take each out of use.
    fn from(watcher: DeviceWatcher) -> Self {
        Self(watcher.0)
    }
}

impl DeviceHolder {
    /// Whether any device of the tenant may be taken out of use, not only one's own.
    pub fn revokes_any(&self) -> bool {
        self.0.may(Action::RevokeAnyDevice)
    }
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
    ($($(#[$doc:meta])* $name:ident: $action:ident, $scope:ident;)*) => {$(
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
                match either(parts, app, &[Action::$action], Scope::$scope).await? {
                    Either::Program(key) => Ok(Self { tenant: key.tenant, actor: key.actor() }),
                    Either::Staff(staff) => Ok(Self { tenant: staff.tenant, actor: staff.actor() }),
                }
            }
        }
    )*};
}

staff_or_program! {
    /// May make customer links: staff with the role, or a program with a key.
    LinkMaker: MakeLink, LinksWrite;
    /// May list the tenant's links: staff with the role, or a program with a key.
    LinkLister: SeeCases, LinksRead;
    /// May follow the tenant's cases: staff with the role, or a program with a key.
    CaseFollower: SeeCases, CasesRead;
    /// May fetch signed documents: staff with the role, or a program with a key.
    ContractFetcher: SeeDocuments, DocumentsRead;
    /// May enter, remove and look into webhooks: staff with the role, or a program with a key.
    WebhookKeeper: ChangeSettings, WebhooksWrite;
}

impl From<&SettingsKeeper> for WebhookKeeper {
    /// Whoever keeps the settings in the office keeps the webhooks.
    fn from(keeper: &SettingsKeeper) -> Self {
        Self { tenant: keeper.tenant, actor: keeper.actor() }
    }
}

enum Either {
    Program(ApiKey),
    Staff(Staff),
}

/// A key with this scope where the request carries one, else staff who may do any of these.
async fn either(parts: &mut Parts, app: &App, any_of: &[Action], scope: Scope) -> Result<Either, Problem> {
    if parts.headers.contains_key(header::AUTHORIZATION) {
        return Ok(Either::Program(ApiKey::from_request_parts(parts, app).await?.with(scope)?));
    }
    Ok(Either::Staff(permit(Staff::from_request_parts(parts, app).await?, any_of)?))
}

/// May revoke and renew customer links, as far as [`LinkRevoker::reaches`] says.
#[derive(Debug, Clone)]
pub struct LinkRevoker {
    /// Whose; every query is bound to it.
    pub tenant: TenantId,
    /// How the audit names them: `account:ID` or `key:ID`.
    pub actor: String,
    reach: Reach,
}

/// Whose links somebody may revoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Those of one's own making.
    Own,
    /// Those that any program made.
    Programs,
    /// All of the tenant.
    All,
}

impl LinkRevoker {
    /// Whether they may revoke a link that `made_by` made. What they may not reach is not found.
    pub fn reaches(&self, made_by: &str) -> bool {
        match self.reach {
            Reach::Own => self.actor == made_by,
            Reach::Programs => made_by.starts_with("key:"),
            Reach::All => true,
        }
    }
}

impl FromRequestParts<App> for LinkRevoker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(
            match either(parts, app, &[Action::RevokeLink, Action::RevokeAnyLink], Scope::LinksWrite).await? {
                Either::Program(key) => {
                    Self { tenant: key.tenant, actor: key.actor(), reach: Reach::Programs }
                }
                Either::Staff(staff) => {
                    let reach = if staff.may(Action::RevokeAnyLink) { Reach::All } else { Reach::Own };
                    Self { tenant: staff.tenant, actor: staff.actor(), reach }
                }
            },
        )
    }
}

//! Who on the staff may do what. The operator runs the platform and sees no case.

use super::lang::Lang;
use serde::{Deserialize, Serialize};

/// What a member of staff is employed for. A person may hold several roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Meets the customer, makes links, sees the cases of these links.
    Advisor,
    /// Decides cases that need a person.
    Reviewer,
    /// Composes flows; cannot put them live.
    Designer,
    /// Approves flows that someone else composed.
    Approver,
    /// Steers partners and quotas.
    Controller,
    /// Leads a region: sees its cases and figures.
    Manager,
    /// Looks after the tenant's accounts and settings.
    TenantAdmin,
    /// Runs the platform for all tenants; sees no case data.
    Operator,
}

/// Something that needs permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Make a customer link.
    MakeLink,
    /// Revoke or renew a customer link of one's own making.
    RevokeLink,
    /// Revoke or renew any customer link of the tenant.
    RevokeAnyLink,
    /// See how far the customers of one's own links are.
    SeeOwnCases,
    /// See the tenant's cases, personal data masked.
    SeeCases,
    /// See a case's photos and contract.
    SeeDocuments,
    /// See one masked value in full; always logged.
    RevealPersonalData,
    /// Approve, decline or request more on a case in review.
    DecideCase,
    /// Decide a case that no reviewer settled in time.
    DecideEscalatedCase,
    /// Edit a flow that is not live.
    EditFlow,
    /// Approve a flow for going live.
    ApproveFlow,
    /// Change partners' limits and quotas.
    SteerPartners,
    /// See counts, times and rates without persons.
    SeeFigures,
    /// Make, change and close the tenant's accounts.
    ManageAccounts,
    /// Make and revoke API keys of the tenant.
    ManageApiKeys,
    /// Change the tenant's settings.
    ChangeSettings,
    /// Read the tenant's audit chain.
    ReadAudit,
    /// Make and close tenants.
    ManageTenants,
    /// See the platform's health.
    SeePlatform,
    /// Enrol a device of one's own, and take it out of use.
    HoldDevice,
    /// Take any device of the tenant out of use.
    RevokeAnyDevice,
    /// See and change the tenant's blacklist.
    KeepBlacklist,
}

impl Role {
    /// All roles, in the order in which they are listed.
    pub const ALL: [Role; 8] = [
        Role::Advisor,
        Role::Reviewer,
        Role::Designer,
        Role::Approver,
        Role::Controller,
        Role::Manager,
        Role::TenantAdmin,
        Role::Operator,
    ];

    /// The role's stable name, as stored and as on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Role::Advisor => "advisor",
            Role::Reviewer => "reviewer",
            Role::Designer => "designer",
            Role::Approver => "approver",
            Role::Controller => "controller",
            Role::Manager => "manager",
            Role::TenantAdmin => "tenant_admin",
            Role::Operator => "operator",
        }
    }

    /// The role with this stable name.
    pub fn from_code(code: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.code() == code)
    }

    /// What the role is called on screen.
    pub fn text(self, lang: Lang) -> &'static str {
        match self {
            Role::Advisor => lang.pick("客户经理", "Advisor"),
            Role::Reviewer => lang.pick("审核员", "Reviewer"),
            Role::Designer => lang.pick("流程设计员", "Flow designer"),
            Role::Approver => lang.pick("流程审批员", "Flow approver"),
            Role::Controller => lang.pick("合作方管控员", "Partner controller"),
            Role::Manager => lang.pick("区域经理", "Manager"),
            Role::TenantAdmin => lang.pick("租户管理员", "Tenant administrator"),
            Role::Operator => lang.pick("平台运维", "Platform operator"),
        }
    }
}

impl Action {
    /// All actions.
    pub const ALL: [Action; 22] = [
        Action::MakeLink,
        Action::RevokeLink,
        Action::RevokeAnyLink,
        Action::SeeOwnCases,
        Action::SeeCases,
        Action::SeeDocuments,
        Action::RevealPersonalData,
        Action::DecideCase,
        Action::DecideEscalatedCase,
        Action::EditFlow,
        Action::ApproveFlow,
        Action::SteerPartners,
        Action::SeeFigures,
        Action::ManageAccounts,
        Action::ManageApiKeys,
        Action::ChangeSettings,
        Action::ReadAudit,
        Action::ManageTenants,
        Action::SeePlatform,
        Action::HoldDevice,
        Action::RevokeAnyDevice,
        Action::KeepBlacklist,
    ];

    /// Whether the action shows or changes a customer's case.
    pub fn touches_cases(self) -> bool {
        matches!(
            self,
            Action::MakeLink
                | Action::RevokeLink
                | Action::RevokeAnyLink
                | Action::SeeOwnCases
                | Action::SeeCases
                | Action::SeeDocuments
                | Action::RevealPersonalData
                | Action::DecideCase
                | Action::DecideEscalatedCase
        )
    }
}

/// Whether this role alone may do this. Four-eyes rules ("not one's own flow") need the two accounts and are
/// checked where the action happens.
pub fn may(role: Role, action: Action) -> bool {
    use Action::*;
    let allowed: &[Action] = match role {
        Role::Advisor => &[MakeLink, RevokeLink, SeeOwnCases, HoldDevice],
        Role::Reviewer => &[SeeCases, SeeDocuments, RevealPersonalData, DecideCase],
        Role::Designer => &[EditFlow, SeeFigures],
        Role::Approver => &[ApproveFlow, SeeFigures],
        Role::Controller => &[RevokeLink, RevokeAnyLink, SteerPartners, SeeFigures, RevokeAnyDevice],
        Role::Manager => &[
            MakeLink,
            RevokeLink,
            RevokeAnyLink,
            SeeOwnCases,
            SeeCases,
            SeeDocuments,
            RevealPersonalData,
            DecideEscalatedCase,
            SeeFigures,
            HoldDevice,
            RevokeAnyDevice,
            KeepBlacklist,
        ],
        Role::TenantAdmin => &[
            RevokeLink,
            RevokeAnyLink,
            SeeCases,
            SeeDocuments,
            RevealPersonalData,
            DecideEscalatedCase,
            ManageAccounts,
            ManageApiKeys,
            ChangeSettings,
            ReadAudit,
            SeeFigures,
            RevokeAnyDevice,
            KeepBlacklist,
        ],
        Role::Operator => &[ManageTenants, SeePlatform],
    };
    allowed.contains(&action)
}

/// Whether any of these roles may do this.
pub fn any_may(roles: &[Role], action: Action) -> bool {
    roles.iter().any(|&role| may(role, action))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operator_sees_no_case() {
        for action in Action::ALL.into_iter().filter(|action| action.touches_cases()) {
            assert!(!may(Role::Operator, action), "{action:?}");
        }
        assert!(may(Role::Operator, Action::ManageTenants));
    }

    #[test]
    fn nobody_both_composes_and_approves_a_flow() {
        for role in Role::ALL {
            assert!(!(may(role, Action::EditFlow) && may(role, Action::ApproveFlow)), "{role:?}");
        }
    }

    #[test]
    fn a_case_that_no_reviewer_settled_is_decided_by_those_above_and_whoever_decides_may_reveal() {
        let holders = |action| Role::ALL.into_iter().filter(|&role| may(role, action)).collect::<Vec<_>>();
        assert_eq!(holders(Action::DecideCase), [Role::Reviewer]);
        assert_eq!(holders(Action::DecideEscalatedCase), [Role::Manager, Role::TenantAdmin]);
        assert_eq!(holders(Action::RevealPersonalData), [Role::Reviewer, Role::Manager, Role::TenantAdmin]);
    }

    #[test]
    fn who_may_revoke_any_link_may_revoke_links_and_an_advisor_only_the_own() {
        for role in Role::ALL {
            assert!(!may(role, Action::RevokeAnyLink) || may(role, Action::RevokeLink), "{role:?}");
        }
        assert!(may(Role::Advisor, Action::RevokeLink) && !may(Role::Advisor, Action::RevokeAnyLink));
    }

    #[test]
    fn whoever_fills_in_applications_holds_devices_and_those_above_take_any_out_of_use() {
        let holders = |action| Role::ALL.into_iter().filter(|&role| may(role, action)).collect::<Vec<_>>();
        assert_eq!(holders(Action::HoldDevice), [Role::Advisor, Role::Manager]);
        assert_eq!(holders(Action::RevokeAnyDevice), [Role::Controller, Role::Manager, Role::TenantAdmin]);
    }

    #[test]
    fn every_action_has_somebody_and_every_role_something() {
        for action in Action::ALL {
            assert!(any_may(&Role::ALL, action), "{action:?}");
        }
        for role in Role::ALL {
            assert!(Action::ALL.into_iter().any(|action| may(role, action)), "{role:?}");
            assert_eq!(Role::from_code(role.code()), Some(role));
            assert_eq!(serde_json::to_string(&role).unwrap(), format!("\"{}\"", role.code()));
        }
        assert!(!any_may(&[], Action::MakeLink));
        assert_eq!(Role::from_code("root"), None);
    }
}

//! What a program's API key may do. A key carries some of these and can do nothing else.

use std::fmt;

/// One thing that a key may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Make, renew and revoke customer links.
    LinksWrite,
    /// List the links that were made; never their tokens.
    LinksRead,
    /// List cases and follow them; no personal data.
    CasesRead,
    /// List a case's signed documents and fetch them; they name the customer.
    DocumentsRead,
    /// Enter and remove webhooks, see what they were told, have it sent again.
    WebhooksWrite,
}

impl Scope {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Scope; 5] =
        [Self::LinksWrite, Self::LinksRead, Self::CasesRead, Self::DocumentsRead, Self::WebhooksWrite];

    /// What a new key is offered: enough to make links and follow what becomes of them, and nobody's name.
    pub const USUAL: [Scope; 3] = [Self::LinksWrite, Self::LinksRead, Self::CasesRead];

    /// Stable name, as keys carry it.
    pub fn code(self) -> &'static str {
        match self {
            Self::LinksWrite => "links:write",
            Self::LinksRead => "links:read",
            Self::CasesRead => "cases:read",
            Self::DocumentsRead => "documents:read",
            Self::WebhooksWrite => "webhooks:write",
        }
    }

    /// The scope of this name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.code() == code)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The scopes of one key: each once, in the order of [`Scope::ALL`]; at least one, for a key that can do nothing is a
/// mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// All there are.
    pub fn all() -> Self {
        Self(Scope::ALL.to_vec())
    }

    /// From what was chosen; nothing for no scope.
    pub fn of(chosen: &[Scope]) -> Option<Self> {
        let sorted: Vec<Scope> = Scope::ALL.into_iter().filter(|scope| chosen.contains(scope)).collect();
        (!sorted.is_empty()).then_some(Self(sorted))
    }

    /// From names, in any order; nothing where one is unknown or there is none.
    pub fn from_codes<'a>(codes: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let chosen: Vec<Scope> = codes.into_iter().map(Scope::from_code).collect::<Option<_>>()?;
        Self::of(&chosen)
    }

    /// Whether this one is among them.
    pub fn has(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Scope> + '_ {
        self.0.iter().copied()
    }
}

impl fmt::Display for Scopes {
    /// Their names with a space between, as they are stored.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.iter().map(Scope::code).collect();
        f.write_str(&names.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_kept_once_and_in_order_and_read_back() {
        let scopes = Scopes::from_codes(["cases:read", "links:write", "cases:read"]).unwrap();
        assert_eq!(scopes.to_string(), "links:write cases:read");
        assert_eq!(Scopes::from_codes(scopes.to_string().split(' ')), Some(scopes.clone()));
        assert!(scopes.has(Scope::CasesRead) && !scopes.has(Scope::DocumentsRead));
        for scope in Scope::ALL {
            assert_eq!(Scope::from_code(scope.code()), Some(scope));
        }
    }

    #[test]
    fn a_key_without_a_scope_or_with_an_unknown_one_is_none() {
        assert_eq!(Scopes::from_codes([]), None);
        assert_eq!(Scopes::from_codes(["cases:read", "cases:write"]), None);
        assert_eq!(Scopes::from_codes([""]), None);
    }
}

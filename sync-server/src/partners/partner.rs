//! Which partners there are.

use shared::protocol::partners::PartnerToken;

/// Before a funder's key, in a partner's name.
const FUNDERS: &str = "funders/";
/// How the keys of companies' own funders begin; no funder of the release begins so.
pub const OWN: &str = "own-";

/// An outside company we call.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Partner {
    /// Real-name check.
    RealName,
    /// Credit bureau.
    Bureau,
    /// Vehicle valuation.
    Valuation,
    /// Text messages.
    Sms,
    /// Certificate authority.
    Ca,
    /// Time-stamp authority.
    Tsa,
    /// A funder, by its key.
    Funder(PartnerToken),
}

impl std::fmt::Display for Partner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::RealName => f.write_str("realname"),
            Self::Bureau => f.write_str("bureau"),
            Self::Valuation => f.write_str("valuation"),
            Self::Sms => f.write_str("sms"),
            Self::Ca => f.write_str("ca"),
            Self::Tsa => f.write_str("tsa"),
            Self::Funder(key) => write!(f, "funders/{key}"),
        }
    }
}

impl Partner {
    /// The partner of this name, as its `Display` writes it.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "realname" => Self::RealName,
            "bureau" => Self::Bureau,
            "valuation" => Self::Valuation,
            "sms" => Self::Sms,
            "ca" => Self::Ca,
            "tsa" => Self::Tsa,
            funder => Self::Funder(PartnerToken::parse(funder.strip_prefix(FUNDERS)?).ok()?),
        })
    }

    /// The key of a funder that a company added itself.
    pub fn own_funder(&self) -> Option<&PartnerToken> {
        match self {
            Self::Funder(key) if key.as_str().starts_with(OWN) => Some(key),
            _ => None,
        }
    }

    /// Its name as one segment of an address: `realname`, `funders.KEY`.
    pub fn slug(&self) -> String {
        self.to_string().replacen('/', ".", 1)
    }

    /// The partner of this segment.
    pub fn of_slug(slug: &str) -> Option<Self> {
        Self::named(&slug.replacen('.', "/", 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_segments_lead_back_and_nothing_else_does() {
        let funder = Partner::Funder(PartnerToken::parse("a.b:c").unwrap());
        for partner in [Partner::RealName, Partner::Sms, Partner::Tsa, funder] {
            assert_eq!(Partner::named(&partner.to_string()), Some(partner.clone()));
            assert_eq!(Partner::of_slug(&partner.slug()), Some(partner));
        }
        for nobody in ["", "funders", "funders.", "funders/a/b", "Realname", "funders..."] {
            assert_eq!(Partner::of_slug(nobody).filter(|p| p.slug() != nobody), None, "{nobody}");
        }
        assert_eq!(Partner::named("realname/x"), None);
    }
}

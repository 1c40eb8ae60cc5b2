//! What can go wrong with a partner, as the caller's block sees it.

use std::time::Duration;

/// Why a partner gave no usable answer. Never an approval, whatever the partner may have meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PartnerFailure {
    /// No answer within the deadline. The partner may have acted: ask again with the same key, or reconcile.
    #[error("the partner did not answer in time; the same request may be repeated later")]
    Timeout,
    /// Not reachable, or failing.
    #[error("the partner cannot be reached now ({0}); the same request may be repeated later")]
    Unavailable(Unavailable),
    /// Our own limit for this partner is used up; nothing was sent.
    #[error("too many requests to this partner are under way; try again in a moment")]
    Busy,
    /// The partner refused the request (a 3xx or 4xx); repeating it will not help.
    #[error(
        "the partner refused the request with status {status} ({code}); check the request and the contract with the partner"
    )]
    Refused {
        /// HTTP status.
        status: u16,
        /// The partner's code, or `unknown`.
        code: String,
    },
    /// The answer cannot be understood; it counts as no answer.
    #[error("the partner's answer cannot be used ({what}); a person has to ask the partner")]
    Malformed {
        /// What is wrong, e.g. `not_json`; never contains the answer's text.
        what: &'static str,
    },
    /// The answer speaks of other money than was asked about, without calling it a counter-offer.
    #[error(
        "the partner answered about another amount than was asked ({what}); a person has to ask the partner"
    )]
    WrongAmount {
        /// Which part differs, e.g. `amount_fen`.
        what: &'static str,
    },
    /// No such partner is configured.
    #[error("this partner is not configured; an operator has to add it")]
    NotConfigured,
}

/// Why a partner counts as unavailable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// It failed too often lately; nothing was sent.
    #[error("paused after repeated failures")]
    BreakerOpen {
        /// Until the next try is let through.
        retry_after: Duration,
    },
    /// No connection came about; nothing was sent.
    #[error("no connection")]
    Connect,
    /// The connection broke before the answer was complete.
    #[error("connection broken")]
    Broken,
    /// It answered with this status: 5xx, 408 or 429.
    #[error("status {0}")]
    Status(u16),
    /// The company has paused or drained it, or it is outside its hours; nothing was sent.
    #[error("held back by the company")]
    Held,
    /// Its address leads into somebody's own network; nothing was sent.
    #[error("the address leads inside")]
    Inside,
    /// The company's calls for today are used up; nothing was sent.
    #[error("the calls for today are used up")]
    QuotaUsed,
}

impl PartnerFailure {
    /// Stable for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Timeout => "partner_timeout",
            Self::Unavailable(Unavailable::Held) => "partner_held",
            Self::Unavailable(Unavailable::QuotaUsed) => "partner_quota_used",
            Self::Unavailable(_) => "partner_unavailable",
            Self::Busy => "partner_busy",
            Self::Refused { .. } => "partner_refused",
            Self::Malformed { .. } => "partner_malformed",
            Self::WrongAmount { .. } => "partner_wrong_amount",
            Self::NotConfigured => "partner_not_configured",
        }
    }

    /// What went wrong, as the control room counts it.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Unavailable(Unavailable::BreakerOpen { .. }) => "breaker_open",
            Self::Unavailable(Unavailable::Connect) => "no_connection",
            Self::Unavailable(Unavailable::Broken) => "connection_broken",
            Self::Unavailable(Unavailable::Status(408 | 429)) => "asked_to_slow_down",
            Self::Unavailable(Unavailable::Status(_)) => "server_error",
            Self::Unavailable(Unavailable::Inside) => "address_inside",
            Self::Unavailable(Unavailable::Held) => "held",
            Self::Unavailable(Unavailable::QuotaUsed) => "quota_used",
            Self::Busy => "busy",
            Self::Refused { .. } => "refused",
            Self::Malformed { .. } => "malformed",
            Self::WrongAmount { .. } => "wrong_amount",
            Self::NotConfigured => "not_configured",
        }
    }

    /// Whether the company itself kept the question back: nothing was sent, and nothing is said about the partner.
    pub fn is_held_back(&self) -> bool {
        matches!(self, Self::Unavailable(Unavailable::Held | Unavailable::QuotaUsed))
    }

    /// Whether the partner may have carried out the request although we have no answer.
    pub fn may_have_acted(&self) -> bool {
        match self {
            Self::Timeout | Self::Malformed { .. } | Self::WrongAmount { .. } => true,
            Self::Unavailable(why) => matches!(why, Unavailable::Broken | Unavailable::Status(_)),
            Self::Busy | Self::Refused { .. } | Self::NotConfigured => false,
        }
    }

    /// Whether the same request may be sent again at once.
    pub(super) fn is_retryable(&self) -> bool {
        match self {
            Self::Timeout => true,
            Self::Unavailable(why) => !why.sent_nothing(),
            _ => false,
        }
    }

    /// Whether this says that the partner itself is unwell.
    pub(super) fn counts_against_partner(&self) -> bool {
        match self {
            Self::Timeout | Self::Malformed { .. } | Self::WrongAmount { .. } => true,
            Self::Unavailable(why) => !why.sent_nothing(),
            Self::Busy | Self::Refused { .. } | Self::NotConfigured => false,
        }
    }
}

impl Unavailable {
    /// Whether we did not even try.
    fn sent_nothing(&self) -> bool {
        matches!(self, Self::BreakerOpen { .. } | Self::Inside | Self::Held | Self::QuotaUsed)
    }
}

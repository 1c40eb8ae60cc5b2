//! The pages a customer can be on.

use super::*;

/// The page the customer is on: exactly one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum CustomerPage {
    /// Who asks, for what, what is needed.
    Welcome(Welcome),
    /// Consent to process ID number and photo.
    ConsentIdentity(ConsentIdentity),
    /// ID number and photo.
    Identity(Identity),
    /// What was read from the card, to confirm or correct.
    Reading(Reading),
    /// Consents for the credit query and for each named funder.
    ConsentPartners(ConsentPartners),
    /// The system is at work.
    Progress(Progress),
    /// One thing has to be handed in again.
    Ask(Ask),
    /// The plan that was found.
    Offer(Offer),
    /// The sheet of all costs, with its reading time.
    Disclosure(Disclosure),
    /// The one-time code that signs.
    Code(Code),
    /// The contract to read.
    Contract(ContractText),
    /// Signed.
    Done(Done),
    /// A person is looking at it.
    InReview(InReview),
    /// Not possible, and why.
    Declined(Declined),
    /// The wish for a person has arrived.
    PersonAsked(PersonAsked),
    /// The customer has withdrawn.
    Withdrawn(Withdrawn),
    /// Finished: shown again only after a fresh code.
    FinishedLocked(FinishedLocked),
    /// Expired or revoked; without case data.
    LinkEnded,
    /// No such link: the same for every unknown address.
    NotFound,
    /// Too much at once; comes back by itself.
    Busy,
    /// Something broke on our side.
    Trouble(Trouble),
}

impl CustomerPage {
    /// How many steps the journey has, as shown on top.
    pub const STEPS: u32 = 6;

    /// Stable name of the page: in `data-page`, in the class names, and in the `page` of a progress event.
    pub fn key(&self) -> &'static str {
        match self {
            CustomerPage::Welcome(_) => "welcome",
            CustomerPage::ConsentIdentity(_) => "consent-identity",
            CustomerPage::Identity(_) => "identity",
            CustomerPage::Reading(_) => "reading",
            CustomerPage::ConsentPartners(_) => "consent-partners",
            CustomerPage::Progress(_) => "progress",
            CustomerPage::Ask(_) => "ask",
            CustomerPage::Offer(_) => "offer",
            CustomerPage::Disclosure(_) => "disclosure",
            CustomerPage::Code(_) => "code",
            CustomerPage::Contract(_) => "contract",
            CustomerPage::Done(_) => "done",
            CustomerPage::InReview(_) => "in-review",
            CustomerPage::Declined(_) => "declined",
            CustomerPage::PersonAsked(_) => "person-asked",
            CustomerPage::Withdrawn(_) => "withdrawn",
            CustomerPage::FinishedLocked(_) => "locked",
            CustomerPage::LinkEnded => "link-ended",
            CustomerPage::NotFound => "not-found",
            CustomerPage::Busy => "busy",
            CustomerPage::Trouble(_) => "trouble",
        }
    }

    /// The page's one heading, which is also its title.
    pub(super) fn title(&self, w: Words) -> String {
        match self {
            CustomerPage::Reading(page) if page.is_asked() => w.t("title-reading-unsure"),
            CustomerPage::Ask(page) => page.title(w),
            CustomerPage::ConsentPartners(page) if page.new_funder => w.t("title-consent-funder"),
            CustomerPage::Contract(page) => page.title.clone(),
            CustomerPage::Declined(page) if page.refused => w.t("title-refused"),
            CustomerPage::Offer(page) if page.counter.is_some() => w.t("title-offer-counter"),
            CustomerPage::Offer(page) if !page.changes_of_terms.is_empty() => w.t("title-offer-changed"),
            page => w.t(&format!("title-{}", page.key())),
        }
    }

    /// The step shown on top; none on results and ends.
    pub(super) fn step(&self) -> Option<u32> {
        match self {
            CustomerPage::ConsentIdentity(_) => Some(1),
            CustomerPage::Identity(_) => Some(2),
            CustomerPage::Reading(_) => Some(3),
            CustomerPage::ConsentPartners(_) => Some(4),
            CustomerPage::Disclosure(_) => Some(5),
            CustomerPage::Code(_) => Some(6),
            _ => None,
        }
    }

    /// Whether a photo is asked for here, or announced: what a browser cannot do with one is said on these pages only.
    pub(super) fn takes_a_photo(&self) -> bool {
        matches!(self, CustomerPage::Welcome(_) | CustomerPage::Identity(_) | CustomerPage::Ask(_))
    }

    /// Whether the contract's file can be opened here.
    pub(super) fn opens_a_file(&self) -> bool {
        matches!(self, CustomerPage::Code(_) | CustomerPage::Contract(_) | CustomerPage::Done(_))
    }

    /// Whether a browser without JavaScript should ask again by itself: never on a page with something to fill in or read.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(self, CustomerPage::Progress(_) | CustomerPage::Busy)
    }

    /// Whether the page can change without the customer's doing.
    pub(super) fn is_live(&self) -> bool {
        matches!(self, CustomerPage::Progress(_) | CustomerPage::InReview(_) | CustomerPage::PersonAsked(_))
    }

    pub(super) fn element(&self, cx: Cx) -> Element {
        match self {
            CustomerPage::Welcome(page) => welcome::page(cx, page),
            CustomerPage::ConsentIdentity(page) => consent_identity::page(cx, page),
            CustomerPage::Identity(page) => identity::page(cx, page),
            CustomerPage::Reading(page) => reading::page(cx, page),
            CustomerPage::ConsentPartners(page) => consent_partners::page(cx, page),
            CustomerPage::Progress(page) => progress::page(cx, page),
            CustomerPage::Ask(page) => ask::page(cx, page),
            CustomerPage::Offer(page) => offer::page(cx, page),
            CustomerPage::Disclosure(page) => disclosure::page(cx, page),
            CustomerPage::Code(page) => code::page(cx, page),
            CustomerPage::Contract(page) => contract::page(cx, page),
            CustomerPage::Done(page) => done::page(cx, page),
            CustomerPage::InReview(page) => in_review::page(cx, page),
            CustomerPage::Declined(page) => declined::page(cx, page),
            CustomerPage::PersonAsked(page) => settled::person_asked(cx, page),
            CustomerPage::Withdrawn(page) => settled::withdrawn(cx, page),
            CustomerPage::FinishedLocked(page) => locked::page(cx, page),
            CustomerPage::LinkEnded => ended::link_ended(cx),
            CustomerPage::NotFound => ended::not_found(cx),
            CustomerPage::Busy => ended::busy(cx),
            CustomerPage::Trouble(page) => ended::trouble(cx, page),
        }
    }
}

//! What the advisor's screens and the engine behind them say to each other: in the browser between page and worker, in
//! an installed app between webview and native core. The screens do not know which.
//!
//! Where to start: [`Ask`] is everything that a screen can ask, [`Answer`] what comes back, [`News`] what comes unasked.
//! They travel as JSON; pictures travel beside them as bytes, never inside.

mod case_view;
#[cfg(feature = "conformance")]
pub mod conformance;

pub use case_view::{
    By, CaseView, ChoiceShown, ConsentShown, FieldShown, FieldStanding, MissingShown, PhotoShown, PhotoState,
    ReadShown, StepShown,
};

use crate::document::{PlanChosen, Slot};
use crate::domain::{DocumentId, Fen, PhotoId, Purpose};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Fewest digits of a PIN.
pub const MIN_PIN_DIGITS: usize = 6;
/// Most digits of a PIN.
pub const MAX_PIN_DIGITS: usize = 12;
/// Most cases that one answer lists.
pub const MAX_LISTED: usize = 200;
/// Longest search, in characters.
pub const MAX_SEARCH_CHARS: usize = 40;

/// What a screen asks.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Ask {
    /// Where are we? Answered by [`Answer::Standing`].
    Standing,
    /// Sign in and make this device mine, with a PIN of its own. Needs a network. Answered by [`Answer::Standing`].
    Enrol {
        /// The account's name.
        user: String,
        /// Its password; it is not kept.
        password: String,
        /// What the device is called.
        device_name: String,
        /// Unlocks what is kept on the device: at least [`MIN_PIN_DIGITS`] digits.
        pin: String,
        /// The server's address, where it was asked for ([`Standing::server`]); otherwise empty.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        server: String,
    },
    /// Unlock with the PIN. Answered by [`Answer::Standing`].
    Unlock {
        /// The PIN.
        pin: String,
    },
    /// Lock now. Answered by [`Answer::Standing`].
    Lock,
    /// My cases. Answered by [`Answer::Cases`].
    Cases {
        /// In a name, the last digits of a number, a plate, a model or a case's number; empty for all.
        search: String,
        /// Only these.
        filter: CaseFilter,
        /// From this one on.
        offset: usize,
        /// At most so many, up to [`MAX_LISTED`].
        limit: usize,
    },
    /// Begin a case. It is kept before this is answered, by [`Answer::Case`].
    Begin,
    /// One case. Answered by [`Answer::Case`].
    Case {
        /// Which.
        document: DocumentId,
    },
    /// A field was left, or a section is done: one commit. Answered by [`Answer::Case`] once it is durable.
    Fill {
        /// Which case.
        document: DocumentId,
        /// Fields by their keys, with what was typed.
        fields: Vec<(String, String)>,
    },
    /// Somebody looked at several values and says which counts. Answered by [`Answer::Case`].
    Settle {
        /// Which case.
        document: DocumentId,
        /// The field's key.
        field: String,
        /// The value.
        text: String,
    },
    /// The camera is about to open, and may kill the app. Answered by [`Answer::Done`].
    Capturing {
        /// Which case.
        document: DocumentId,
        /// What is to be photographed; `None` when it is over.
        slot: Option<Slot>,
    },
    /// A prepared photo (JPEG, long side at most 2,048 px), its bytes beside this. Answered by [`Answer::Case`] once it is
    /// durable.
    TakePhoto {
        /// Which case.
        document: DocumentId,
        /// What it shows.
        slot: Slot,
    },
    /// Take a photo out. Answered by [`Answer::Case`].
    RemovePhoto {
        /// Which case.
        document: DocumentId,
        /// Which photo.
        photo: PhotoId,
    },
    /// A photo's picture, as long as this device has it. Answered by [`Answer::Picture`] with the bytes beside it.
    Picture {
        /// Which.
        photo: PhotoId,
    },
    /// The plan that was agreed on. Answered by [`Answer::Case`].
    ChoosePlan {
        /// Which case.
        document: DocumentId,
        /// The plan with the figures that were shown.
        plan: PlanChosen,
    },
    /// The customer read these consents on this screen and signed with a finger; the signature's picture (PNG) beside
    /// this. Answered by [`Answer::Case`].
    Consent {
        /// Which case.
        document: DocumentId,
        /// For what.
        purposes: Vec<Purpose>,
        /// Which words were read.
        text_version: String,
    },
    /// Hand the case in. Answered by [`Answer::Case`].
    HandIn {
        /// Which case.
        document: DocumentId,
    },
    /// Take the case back before it was handed in. Answered by [`Answer::Case`].
    Withdraw {
        /// Which case.
        document: DocumentId,
    },
    /// The contract that the customer signed. Needs a network. Answered by [`Answer::Contract`] with the bytes beside it.
    Contract {
        /// Which case.
        document: DocumentId,
    },
    /// What is on offer. Answered by [`Answer::OnOffer`].
    OnOffer,
    /// Everything that is not yet safe on the server. Answered by [`Answer::Unsafe`].
    Unsafe,
    /// Connect now rather than later. Answered by [`Answer::Done`].
    ConnectNow,
    /// What is not yet safe, as a file that a person carries to the office: only the company's server reads it
    /// ([`rescued`](crate::protocol::rescued)). Also from a database that does not open otherwise: written by a newer app,
    /// damaged, or without room. Nothing is changed here by it. Answered by [`Answer::Rescued`] with the file beside it.
    Rescue {
        /// Where the file before this one ended; empty for the first.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        after: String,
        /// The PIN, where the device is locked; otherwise empty.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        pin: String,
    },
}

impl Ask {
    /// Does it change a case, or make one? Then it matters that it is carried out once.
    pub fn changes_a_case(&self) -> bool {
        match self {
            Self::Begin
            | Self::Fill { .. }
            | Self::Settle { .. }
            | Self::TakePhoto { .. }
            | Self::RemovePhoto { .. }
            | Self::ChoosePlan { .. }
            | Self::Consent { .. }
            | Self::HandIn { .. }
            | Self::Withdraw { .. } => true,
            Self::Standing
            | Self::Enrol { .. }
            | Self::Unlock { .. }
            | Self::Lock
            | Self::Cases { .. }
            | Self::Case { .. }
            | Self::Capturing { .. }
            | Self::Picture { .. }
            | Self::Contract { .. }
            | Self::OnOffer
            | Self::Unsafe
            | Self::ConnectNow
            | Self::Rescue { .. } => false,
        }
    }
}

/// Prints what is asked, never with what.
impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = serde_json::to_value(self).ok();
        let name = name.as_ref().and_then(|ask| ask["ask"].as_str()).unwrap_or("?");
        write!(f, "Ask({name})")
    }
}

/// Which cases are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseFilter {
    /// All.
    #[default]
    All,
    /// Not handed in yet.
    Draft,
    /// Handed in and going on.
    Running,
    /// Somebody has to settle something, or a thing was set aside.
    Attention,
    /// Over: signed, declined or withdrawn.
    Over,
}

impl CaseFilter {
    /// All, in the order in which they are shown.
    pub const ALL: [CaseFilter; 5] =
        [CaseFilter::All, CaseFilter::Draft, CaseFilter::Running, CaseFilter::Attention, CaseFilter::Over];
}

/// What the engine answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// Where we are.
    Standing(Standing),
    /// A list of cases.
    Cases(CaseList),
    /// One case.
    Case(Box<CaseView>),
    /// The picture lies beside this; empty where this device does not have it (any more).
    Picture,
    /// The contract, as PDF, lies beside this.
    Contract,
    /// What is on offer; absent until the server was first reached.
    OnOffer {
        /// It, as [`OnOffer`](crate::protocol::on_offer::OnOffer).
        on_offer: Option<Box<crate::protocol::on_offer::OnOffer>>,
    },
    /// What is not yet safe.
    Unsafe {
        /// The oldest first; what was entered into one case and is equally far counts as one line; at most
        /// [`MAX_LISTED`].
        items: Vec<UnsafeItem>,
        /// How many there are.
        total: usize,
    },
    /// A file with what is not yet safe lies beside this.
    Rescued {
        /// How many changes, submissions and photos are in it.
        things: usize,
        /// How many were found and could not be read.
        unreadable: usize,
        /// Where the next file goes on; absent after the last one.
        next: Option<String>,
    },
    /// It is done.
    Done,
    /// It is not, and why.
    Refused {
        /// Stable code, e.g. `pin_wrong`, `device_locked`, `missing_field`, `storage_full`.
        code: String,
    },
}

/// What comes unasked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "news", rename_all = "snake_case")]
pub enum News {
    /// Where we are has changed.
    Standing(Standing),
    /// These cases have changed: look again.
    Cases {
        /// Which.
        documents: Vec<DocumentId>,
    },
    /// A person has to know.
    Told {
        /// Stable code, as [`SyncCode`](crate::protocol::sync::SyncCode) has them.
        code: String,
    },
    /// A case that was handed in has come to somebody's turn, or to its end.
    Moved {
        /// Its number at the server.
        number: String,
        /// Where it is now: [`Stage::Customer`], [`Stage::Office`], [`Stage::Signed`], [`Stage::Declined`] or
        /// [`Stage::Ended`].
        stage: Stage,
    },
}

/// Where the device is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// May one work?
    pub gate: Gate,
    /// Is there a connection?
    pub link: LinkState,
    /// How many things are not yet safe on the server: changes, submissions and photos.
    pub unsynced: usize,
    /// How many of them were set aside and need a person.
    pub aside: usize,
    /// Bytes of photos that wait.
    pub photo_bytes: u64,
    /// How far the photo is that is being sent now, percent.
    pub sending_percent: Option<u8>,
    /// Whose device it is, once it has heard from the server.
    pub account: Option<String>,
    /// What the device is called.
    pub device_name: Option<String>,
    /// The case in which the camera was open when the app last ended.
    pub capturing: Option<(DocumentId, Slot)>,
    /// The address of the server, or the one that is proposed, in an app that has to be told: empty for none. Absent where
    /// the screens came from the server, and while the device is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
}

/// May one work on this device?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// Nobody's yet: sign in and enrol it.
    New,
    /// Enter the PIN.
    Locked,
    /// Too many wrong PINs: wait.
    Waiting,
    /// It was without a network for too long: connect. Everything is kept.
    LeaseOver,
    /// Taken out of use. What was entered and not yet safe is being handed over; photos stay on the device.
    Revoked,
    /// The storage was cleared by the browser or a person, and what was not yet safe is gone.
    Lost,
    /// Yes.
    Open,
}

/// Is there a connection to the server?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// No.
    Offline,
    /// Being opened.
    Connecting,
    /// Yes.
    Online,
    /// The server wants a newer app, or this device no more.
    Stopped,
}

/// Some of the cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseList {
    /// These.
    pub rows: Vec<CaseRow>,
    /// How many there are that fit search and filter.
    pub total: usize,
    /// How many there are of each filter, whatever the search, in the order of [`CaseFilter::ALL`].
    pub counts: [usize; 5],
}

/// One case in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseRow {
    /// Which.
    pub document: DocumentId,
    /// The customer's name, as far as it is known.
    pub name: String,
    /// The vehicle: plate, brand and model, as far as they are known.
    pub vehicle: String,
    /// What is financed, fen.
    pub financed: Option<Fen>,
    /// The case's number at the server.
    pub number: Option<String>,
    /// Where it is.
    pub stage: Stage,
    /// How safe it is.
    pub safety: Safety,
    /// How many things are still missing in a draft.
    pub missing: usize,
    /// When somebody last changed it.
    pub changed_at: Timestamp,
}

/// Where a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Being filled.
    Draft,
    /// Being filled, and several people's values differ.
    Conflict,
    /// Handed in; not all of it has arrived.
    HandedIn,
    /// The machine checks.
    Machine,
    /// The customer's turn.
    Customer,
    /// The office's turn.
    Office,
    /// Signed.
    Signed,
    /// Declined.
    Declined,
    /// Withdrawn, or over without a contract.
    Ended,
    /// It cannot be read on this device; what there is of it is kept.
    Damaged,
}

/// How safe a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Safety {
    /// On this device only.
    Saved,
    /// On its way.
    Sending,
    /// All of it is durable on the server.
    Safe,
    /// Something was refused and set aside.
    Aside,
}

/// One thing that is not yet safe on the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnsafeItem {
    /// Of which case.
    pub document: DocumentId,
    /// The customer's name, as far as it is known.
    pub name: String,
    /// What it is.
    pub what: UnsafeWhat,
    /// Where it is.
    pub state: UnsafeState,
    /// How many such things of this case stand here together.
    pub count: usize,
    /// Their size in bytes, where that matters.
    pub bytes: u64,
}

/// What is not yet safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnsafeWhat {
    /// Something that was entered.
    Change,
    /// A submission.
    Submission,
    /// A photo.
    Photo(Slot),
}

/// Where it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnsafeState {
    /// On this device; it waits for a connection.
    Waiting,
    /// On its way.
    Sending,
    /// The server refused it; the code says why. It is kept.
    Aside(String),
}

/// Every code with which engine or shell refuse something, besides those of documents and of the sync.
pub const REFUSALS: [&str; 46] = [
    "ask_unknown",
    "case_damaged",
    "case_unknown",
    "consent_unknown",
    "consent_words_outdated",
    "contract_not_signed",
    "device_key_taken",
    "device_locked",
    "device_name_form",
    "device_new",
    "device_outbox_full",
    "device_revoked",
    "engine_crashed",
    "enrolled_already",
    "enrolment_odd",
    "enrolment_refused",
    "field_unknown",
    "in_other_tab",
    "keystore_lost",
    "keystore_missing",
    "missing_field",
    "no_network",
    "not_allowed",
    "not_here",
    "nothing_unsynced",
    "offline",
    "on_offer_newer",
    "on_offer_unknown",
    "photo_form",
    "photo_refused",
    "photo_too_large",
    "pin_form",
    "pin_wait",
    "pin_wrong",
    "scan_unavailable",
    "server_not_secure",
    "server_odd",
    "sign_in_wrong",
    "storage_failed",
    "storage_full",
    "storage_in_use",
    "storage_newer",
    "storage_unavailable",
    "storage_unreadable",
    "too_many_devices",
    "vault_damaged",
];

impl Answer {
    /// A refusal with this code.
    pub fn refused(code: impl Into<String>) -> Answer {
        Answer::Refused { code: code.into() }
    }
}

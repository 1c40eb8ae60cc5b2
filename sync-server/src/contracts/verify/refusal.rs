//! Why a file is not one of our finished contracts.

use crate::contracts::cms::Fault;

/// Why a file is refused. The first thing found wrong is named; the rest is not looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not a PDF, or larger than [`super::MAX_FILE`].
    #[error("The file is not a PDF of at most 32 MiB. Choose the contract's PDF.")]
    NotAPdf,
    /// No signature of ours in it.
    #[error("The file has no signature. Download the contract again.")]
    NotSigned,
    /// Sealed, but the customer's signature is not there.
    #[error("The customer's signature is not in the file: it was not signed yet, or was removed.")]
    CustomerSignatureMissing,
    /// More signatures than the seal and the customer's.
    #[error("The file has {0} signatures instead of two. Download the contract again.")]
    SignatureCount(usize),
    /// The byte range or the signature's place is not canonical.
    #[error("The signature's byte range is not the whole file around the signature. The file was changed.")]
    ByteRange,
    /// `/Contents` is not lower-case hex of one container with zeros behind.
    #[error("The signature's bytes are not in their canonical form. The file was changed.")]
    Contents,
    /// Something stands behind the last signature's range.
    #[error("Something was appended after the last signature. The file was changed.")]
    AppendedBytes,
    /// The file ends before the last signature's range does.
    #[error("The file is cut off. Download the contract again.")]
    Truncated,
    /// The content is not what was signed.
    #[error("The content is not what was signed ({0}). The file was changed.")]
    DigestMismatch(Signature),
    /// The container is not of the form PAdES baseline asks for.
    #[error("The {0}'s container cannot be accepted: {1}.")]
    Container(Signature, Fault),
    /// The signature does not fit its certificate.
    #[error("The {0}'s signature does not fit: {1}. The file was changed.")]
    SignatureInvalid(Signature, Fault),
    /// The certificate does not lead to a trusted root.
    #[error("The {0}'s certificate does not come from a trusted root. Give the right roots.")]
    Untrusted(Signature),
    /// The certificate was not valid when the contract was stamped.
    #[error("The {0}'s certificate was not valid when the contract was signed.")]
    CertificateExpired(Signature),
    /// The certificate is for something else.
    #[error("The {0}'s certificate must not be used for this.")]
    CertificateUsage(Signature),
    /// A certificate in the container belongs to no path.
    #[error("The {0}'s container brings a certificate that is not needed.")]
    CertificateExtra(Signature),
    /// The customer's signature has no time-stamp.
    #[error("The customer's signature has no time-stamp.")]
    TimestampMissing,
    /// The time-stamp does not stamp this signature.
    #[error("The time-stamp does not fit the signature: {0}. The file was changed.")]
    TimestampInvalid(Fault),
    /// The first signature is not a certification that allows only form filling and signing.
    #[error("The seal is not a certification of this contract: {0}.")]
    Certification(Fault),
    /// What came after the seal is more than the customer's signature.
    #[error("Something other than the customer's signature was changed after the seal: {0}.")]
    RevisionChanged(Fault),
    /// A root given for trust is not a certificate.
    #[error("A trusted root cannot be read. Give certificates in PEM.")]
    Roots,
}

/// Which signature is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// The contract seal.
    Seal,
    /// The customer's signature.
    Customer,
    /// The time-stamp on the customer's signature.
    Timestamp,
}

impl std::fmt::Display for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Seal => "seal",
            Self::Customer => "customer",
            Self::Timestamp => "time-stamp",
        })
    }
}

impl Refusal {
    /// Stable for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAPdf => "contract_not_a_pdf",
            Self::NotSigned => "contract_not_signed",
            Self::CustomerSignatureMissing => "contract_customer_signature_missing",
            Self::SignatureCount(_) => "contract_signature_count",
            Self::ByteRange => "contract_byte_range",
            Self::Contents => "contract_contents_not_canonical",
            Self::AppendedBytes => "contract_appended_bytes",
            Self::Truncated => "contract_truncated",
            Self::DigestMismatch(_) => "contract_digest_mismatch",
            Self::Container(..) => "contract_container",
            Self::SignatureInvalid(..) => "contract_signature_invalid",
            Self::Untrusted(_) => "contract_certificate_untrusted",
            Self::CertificateExpired(_) => "contract_certificate_expired",
            Self::CertificateUsage(_) => "contract_certificate_usage",
            Self::CertificateExtra(_) => "contract_certificate_extra",
            Self::TimestampMissing => "contract_timestamp_missing",
            Self::TimestampInvalid(_) => "contract_timestamp_invalid",
            Self::Certification(_) => "contract_certification",
            Self::RevisionChanged(_) => "contract_revision_changed",
            Self::Roots => "contract_roots",
        }
    }
}

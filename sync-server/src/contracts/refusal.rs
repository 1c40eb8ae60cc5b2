//! Why a contract could not be made, sealed or signed. Verification has its own list: [`super::verify::Refusal`].

/// Why a contract could not be made, sealed or signed. Texts never repeat personal data.
#[derive(Debug, thiserror::Error)]
pub enum ContractError {
    /// No configured font has a glyph for a character of the contract.
    #[error("A character of the contract is in none of the installed fonts. Ask a person to check the name.")]
    MissingGlyph {
        /// The character; kept out of the message because it may belong to a name.
        character: char,
    },
    /// The numbers or texts of the contract do not fit together.
    #[error("The contract's {what} does not fit: {why}. Compose it again from the accepted terms.")]
    Inconsistent {
        /// Which part of the data.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// A required typeface is not installed.
    #[error(
        "The typeface {family} is not in the font folders. Install fonts-noto-cjk or set the font folders."
    )]
    FontMissing {
        /// Its family name.
        family: &'static str,
    },
    /// The template did not compile: a fault of ours.
    #[error("The contract template could not be set: {0}")]
    Template(String),
    /// The PDF is not of the form that this program writes.
    #[error("The PDF is not of the form that this program writes: {0}. Compose the contract again.")]
    PdfForm(&'static str),
    /// A key or certificate could not be read or made.
    #[error("A key or certificate cannot be used: {0}. Check the key file.")]
    Key(&'static str),
    /// The certificate authority's answer is not a signature over this contract.
    #[error("The signature from the certificate authority cannot be used: {0}. Ask for it again.")]
    Signature(&'static str),
    /// The time-stamp authority's answer does not stamp this signature.
    #[error("The answer of the time-stamp authority cannot be used: {0}. Ask for it again.")]
    Timestamp(&'static str),
}

impl ContractError {
    /// Stable for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingGlyph { .. } => "contract_missing_glyph",
            Self::Inconsistent { .. } => "contract_inconsistent",
            Self::FontMissing { .. } => "contract_font_missing",
            Self::Template(_) => "contract_template",
            Self::PdfForm(_) => "contract_pdf_form",
            Self::Key(_) => "contract_key",
            Self::Signature(_) => "contract_signature_unusable",
            Self::Timestamp(_) => "contract_timestamp_unusable",
        }
    }
}

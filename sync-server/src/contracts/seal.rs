//! Our own seal: a key made at first start, and the certification signature that closes a composed contract for
//! everything but the customer's signature.

use jiff::{SignedDuration, Timestamp};
use lopdf::{Dictionary, Object, ObjectId, StringFormat, dictionary};
use rand::{CryptoRng, RngCore};
use x509_cert::Certificate;
use zeroize::Zeroizing;

use super::{
    Composed, ContractError, Fonts,
    append::{Revision, digest_around, fill_contents},
    certificate::{
        Identity, Purpose, Root, Subject, certificate_pem, key_pem, pem_blocks, read_certificate, read_key,
    },
    cms::{self, Content},
    compose::SignatureBox,
    drawn,
    figures::{moment, pdf_date},
};

/// Room for the seal's container, bytes: one signature with one certificate takes about 1.1 KB.
const SEAL_ROOM: usize = 2_048;
/// How long seal root and seal certificate are valid.
const YEARS: i64 = 20;

/// Name of the seal's form field.
pub(super) const SEAL_FIELD: &str = "seal";
/// Name of the form field prepared for the customer.
pub(super) const CUSTOMER_FIELD: &str = "customer";
/// Widget flags: printed and locked.
const WIDGET_FLAGS: i64 = 4 + 128;

/// The key that seals contracts, with its certificate and the root that a verifier trusts.
pub struct SealKey {
    identity: Identity,
    root: Certificate,
    holder: String,
}

impl SealKey {
    /// Makes a key, a root for it and its certificate in the name of `holder` (the platform's company). The root's own
    /// key is forgotten at once: nothing else can ever be issued below it.
    ///
    /// # Errors
    /// [`ContractError::Key`] when `holder` or `now` cannot stand in a certificate.
    pub fn generate(
        rng: &mut (impl RngCore + CryptoRng),
        now: Timestamp,
        holder: &str,
    ) -> Result<Self, ContractError> {
        let subject =
            Subject { common_name: "Miaopi Seal Root (self-made)", organisation: Some(holder), unit: None };
        let root = Root::generate(rng, now, YEARS, subject)?;
        let subject =
            Subject { common_name: holder, organisation: Some(holder), unit: Some("电子合同专用章") };
        let span = SignedDuration::from_hours(YEARS * 8_766 - 24);
        let identity = root.issue(rng, now, span, subject, Purpose::Document)?;
        Ok(Self { identity, root: root.certificate, holder: holder.to_owned() })
    }

    /// Key, certificate and root in one PEM text: secret, for the data folder's key file.
    ///
    /// # Errors
    /// [`ContractError::Key`].
    pub fn to_pem(&self) -> Result<Zeroizing<String>, ContractError> {
        let mut pem = key_pem(&self.identity.key)?;
        pem.push_str(&certificate_pem(&self.identity.certificate)?);
        pem.push_str(&certificate_pem(&self.root)?);
        Ok(pem)
    }

    /// Reads what [`Self::to_pem`] wrote, or an operator's own: key, seal certificate, root, in this order.
    ///
    /// # Errors
    /// [`ContractError::Key`].
    pub fn from_pem(pem: &str) -> Result<Self, ContractError> {
        let keys = pem_blocks(pem, "PRIVATE KEY");
        let certificates = pem_blocks(pem, "CERTIFICATE");
        let ([key], [own, root]) = (keys.as_slice(), certificates.as_slice()) else {
            return Err(ContractError::Key("the seal's file needs one key, its certificate and its root"));
        };
        let (certificate, root) = (read_certificate(own)?, read_certificate(root)?);
        let key = read_key(key)?;
        if cms::verifying_key(&certificate).map_err(ContractError::Key)? != *key.verifying_key() {
            return Err(ContractError::Key("the seal's key and certificate are not a pair"));
        }
        let holder = super::verify::common_name(&certificate.tbs_certificate.subject)
            .ok_or(ContractError::Key("the seal's certificate names nobody"))?;
        Ok(Self { identity: Identity { key, certificate }, root, holder })
    }

    /// The root's certificate, PEM: what a verifier has to trust.
    ///
    /// # Errors
    /// [`ContractError::Key`].
    pub fn root_pem(&self) -> Result<String, ContractError> {
        certificate_pem(&self.root)
    }
}

/// Seals a composed contract: PAdES certification signature (DocMDP 2: only form filling and signing may follow) with
/// the customer's signature field prepared. The same input gives the same bytes. About 2 ms.
///
/// # Errors
/// [`ContractError::PdfForm`] when the PDF is not one that [`super::Composer`] made, [`ContractError::MissingGlyph`]
/// when the holder's name cannot be drawn.
pub fn seal(
    composed: &Composed,
    key: &SealKey,
    fonts: &Fonts,
    now: Timestamp,
) -> Result<Vec<u8>, ContractError> {
    let mut revision = Revision::on(&composed.pdf)?;
    let [signature, seal_field, seal_drawing, customer_field] = [(); 4].map(|()| revision.new_id());
    let notes = [
        "电子签章　Sealed electronically".to_owned(),
        key.holder.clone(),
        format!("{} (UTC+8)", moment(now)),
        "PAdES · ECDSA P-256 / SHA-256".to_owned(),
    ];
    revision.put(seal_drawing, &drawn::seal(fonts, &key.holder, &notes, &composed.seal_box)?)?;

    let seal_page = page(&revision, &composed.seal_box)?;
    let customer_page = page(&revision, &composed.customer_box)?;
    let mut field = widget(SEAL_FIELD, "电子签章 Seal", &composed.seal_box, seal_page);
    field.set("V", reference(signature));
    field.set("AP", dictionary! { "N" => reference(seal_drawing) });
    revision.put(seal_field, &Object::Dictionary(field))?;
    let field =
        widget(CUSTOMER_FIELD, "客户签名 Customer's signature", &composed.customer_box, customer_page);
    revision.put(customer_field, &Object::Dictionary(field))?;
    add_widgets(&mut revision, &[(seal_page, seal_field), (customer_page, customer_field)])?;
    add_to_catalog(&mut revision, signature, &[seal_field, customer_field])?;

    let mut entries = signature_entries(&key.holder, "合同签章 Contract seal", now);
    entries.set("Reference", Object::Array(vec![doc_mdp().into()]));
    revision.put_signature(signature, &entries, SEAL_ROOM)?;
    let mut unsigned = revision.finish()?;
    let digest = digest_around(&unsigned.pdf, &unsigned.contents);
    let container = cms::sign(&key.identity, Content::Detached(digest)).map_err(ContractError::Signature)?;
    fill_contents(&mut unsigned.pdf, &unsigned.contents, &container)?;
    Ok(unsigned.pdf)
}

/// The entries that every signature dictionary of ours has.
pub(super) fn signature_entries(name: &str, reason: &str, now: Timestamp) -> Dictionary {
    dictionary! {
        "Type" => "Sig",
        "Filter" => "Adobe.PPKLite",
        "SubFilter" => "ETSI.CAdES.detached",
        "M" => Object::string_literal(pdf_date(now)),
        "Name" => text(name),
        "Reason" => text(reason),
    }
}

/// A PDF text string: UTF-16BE in hex, so that no character of it needs escaping.
pub(super) fn text(value: &str) -> Object {
    let mut bytes = vec![0xfe, 0xff];
    bytes.extend(value.encode_utf16().flat_map(u16::to_be_bytes));
    Object::String(bytes, StringFormat::Hexadecimal)
}

/// A reference to object `id` (generation 0).
pub(super) fn reference(id: u32) -> Object {
    Object::Reference((id, 0))
}

/// Changes allowed afterwards: 2 = filling forms and signing (ISO 32000-1 table 254).
fn doc_mdp() -> Dictionary {
    dictionary! {
        "Type" => "SigRef",
        "TransformMethod" => "DocMDP",
        "TransformParams" => dictionary! { "Type" => "TransformParams", "P" => 2, "V" => "1.2" },
    }
}

fn widget(name: &str, tooltip: &str, at: &SignatureBox, page: ObjectId) -> Dictionary {
    dictionary! {
        "Type" => "Annot",
        "Subtype" => "Widget",
        "FT" => "Sig",
        "T" => Object::string_literal(name),
        "TU" => text(tooltip),
        "F" => WIDGET_FLAGS,
        "Rect" => vec![at.x.into(), at.y.into(), (at.x + at.width).into(), (at.y + at.height).into()],
        "P" => Object::Reference(page),
    }
}

fn page(revision: &Revision<'_>, at: &SignatureBox) -> Result<ObjectId, ContractError> {
    let number = u32::try_from(at.page + 1).unwrap_or(u32::MAX);
    let pages = revision.document.get_pages();
    pages.get(&number).copied().ok_or(ContractError::PdfForm("the signature's page is not there"))
}

fn add_widgets(revision: &mut Revision<'_>, widgets: &[(ObjectId, u32)]) -> Result<(), ContractError> {
    let form = |_| ContractError::PdfForm("a page cannot be read");
    let mut pages: Vec<ObjectId> = widgets.iter().map(|(page, _)| *page).collect();
    pages.dedup();
    for page in pages {
        let mut dict = revision.document.get_dictionary(page).map_err(form)?.clone();
        let mut annotations = match dict.get(b"Annots") {
            Ok(Object::Array(list)) => list.clone(),
            Ok(Object::Reference(id)) => {
                revision.document.get_object(*id).and_then(Object::as_array).map_err(form)?.clone()
            }
            _ => Vec::new(),
        };
        annotations.extend(widgets.iter().filter(|(at, _)| *at == page).map(|(_, id)| reference(*id)));
        dict.set("Annots", Object::Array(annotations));
        revision.put(page.0, &Object::Dictionary(dict))?;
    }
    Ok(())
}

fn add_to_catalog(revision: &mut Revision<'_>, seal: u32, fields: &[u32]) -> Result<(), ContractError> {
    let form = |_| ContractError::PdfForm("the catalog cannot be read");
    let root = revision.document.trailer.get(b"Root").and_then(Object::as_reference).map_err(form)?;
    let mut catalog = revision.document.get_dictionary(root).map_err(form)?.clone();
    if catalog.has(b"AcroForm") || catalog.has(b"Perms") {
        return Err(ContractError::PdfForm("it has a form or a seal already"));
    }
    let fields: Vec<Object> = fields.iter().map(|id| reference(*id)).collect();
    // SignaturesExist and AppendOnly: viewers save incrementally only.
    catalog.set("AcroForm", dictionary! { "Fields" => fields, "SigFlags" => 3 });
    catalog.set("Perms", dictionary! { "DocMDP" => reference(seal) });
    revision.put(root.0, &Object::Dictionary(catalog))
}

//! The customer's signature: prepared here, made by a certificate authority that gets only a digest, put in here.

use std::ops::Range;

use const_oid::db::rfc5911::ID_DATA;
use jiff::Timestamp;
use lopdf::{Object, dictionary};

use super::{
    ContractError, Fonts,
    append::{Revision, digest_around, fill_contents},
    cms,
    compose::SignatureBox,
    drawn,
    figures::moment,
    seal::{CUSTOMER_FIELD, reference, signature_entries},
};

/// Room for the customer's container with its time-stamp, bytes; the lab's takes about 2.5 KB, real CAs send chains.
const SIGNATURE_ROOM: usize = 8 * 1024;

/// A sealed contract with room for the customer's signature. Keep it until the CA has answered.
#[derive(Clone)]
pub struct Prepared {
    pdf: Vec<u8>,
    contents: Range<usize>,
    /// SHA-256 of the byte range: what the certificate authority signs.
    pub digest: [u8; 32],
}

/// Prepares the customer's signature in the field that the seal left for it; what is drawn says `name` and `now`.
/// The byte range covers the whole file. The same input gives the same bytes.
///
/// # Errors
/// [`ContractError::PdfForm`] when `sealed` is not a contract that was sealed and not yet signed,
/// [`ContractError::MissingGlyph`] when the name cannot be drawn.
pub fn begin_customer_signature(
    sealed: &[u8],
    fonts: &Fonts,
    name: &str,
    now: Timestamp,
) -> Result<Prepared, ContractError> {
    let mut revision = Revision::on(sealed)?;
    let (field_id, mut field, place) = customer_field(&revision)?;
    let [signature, drawing] = [(); 2].map(|()| revision.new_id());
    let notes = [
        format!("电子签名　Signed electronically　{} (UTC+8)", moment(now)),
        "短信验证码确认 · 一次性数字证书 · 可信时间戳".to_owned(),
    ];
    revision.put(drawing, &drawn::signature(fonts, name, &notes, &place)?)?;
    field.set("V", reference(signature));
    field.set("AP", dictionary! { "N" => reference(drawing) });
    revision.put(field_id, &Object::Dictionary(field))?;
    let entries = signature_entries(name, "签订合同 Contract signed", now);
    revision.put_signature(signature, &entries, SIGNATURE_ROOM)?;
    let unsigned = revision.finish()?;
    let digest = digest_around(&unsigned.pdf, &unsigned.contents);
    Ok(Prepared { pdf: unsigned.pdf, contents: unsigned.contents, digest })
}

/// Puts the certificate authority's container (with its time-stamp) into the prepared contract.
///
/// # Errors
/// [`ContractError::Signature`] when `container` is not a valid signature over exactly this contract, has no
/// time-stamp, or is larger than 8 KiB.
pub fn finish(prepared: Prepared, container: &[u8]) -> Result<Vec<u8>, ContractError> {
    let opened = cms::open(container, ID_DATA).map_err(ContractError::Signature)?;
    opened.check(&prepared.digest).map_err(ContractError::Signature)?;
    if opened.timestamp_token().map_err(ContractError::Signature)?.is_none() {
        return Err(ContractError::Signature("it has no time-stamp"));
    }
    let Prepared { mut pdf, contents, .. } = prepared;
    fill_contents(&mut pdf, &contents, container)?;
    Ok(pdf)
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Prepared({} bytes, sha256 {})", self.pdf.len(), hex::encode(self.digest))
    }
}

fn customer_field(revision: &Revision<'_>) -> Result<(u32, lopdf::Dictionary, SignatureBox), ContractError> {
    let document = &revision.document;
    let unfit = ContractError::PdfForm("it has no empty field for the customer's signature");
    let find = || {
        let form = document.catalog().ok()?.get(b"AcroForm").ok()?.as_dict().ok()?;
        form.get(b"Fields").ok()?.as_array().ok()?.iter().find_map(|field| {
            let id = field.as_reference().ok()?;
            let dict = document.get_dictionary(id).ok()?;
            let named = dict.get(b"T").ok()?.as_str().ok()? == CUSTOMER_FIELD.as_bytes();
            (named && !dict.has(b"V")).then(|| (id.0, dict.clone()))
        })
    };
    let (id, dict) = find().ok_or(unfit)?;
    let rect = dict.get(b"Rect").and_then(Object::as_array).ok();
    let rect: Vec<f32> = rect.into_iter().flatten().filter_map(|value| value.as_float().ok()).collect();
    let [x, y, right, top] = rect[..] else {
        return Err(ContractError::PdfForm("the customer's field has no place"));
    };
    Ok((id, dict, SignatureBox { page: 0, x, y, width: right - x, height: top - y }))
}

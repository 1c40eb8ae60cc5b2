//! Appends one revision to a PDF (an incremental update, ISO 32000-1 section 7.5.6), with a classic cross-reference
//! table as typst-pdf writes it. lopdf reads and serialises; the layout is ours, because a signature's byte range
//! needs exact offsets and [`super::verify()`] accepts exactly this layout.

use std::{collections::BTreeMap, fmt::Write as _, ops::Range};

use lopdf::{Dictionary, Document, Object, Writer};
use sha2::{Digest, Sha256};

use super::ContractError;

/// A revision being written on top of `base`.
pub(super) struct Revision<'a> {
    base: &'a [u8],
    /// The document as `base` leaves it.
    pub(super) document: Document,
    next_id: u32,
    objects: BTreeMap<u32, Vec<u8>>,
    signature: Option<u32>,
}

/// A revision with room for its signature.
pub(super) struct Unsigned {
    pub(super) pdf: Vec<u8>,
    /// The `/Contents` token, from `<` to past `>`.
    pub(super) contents: Range<usize>,
}

impl<'a> Revision<'a> {
    /// Starts a revision.
    pub(super) fn on(base: &'a [u8]) -> Result<Self, ContractError> {
        let document = Document::load_mem(base).map_err(|_| ContractError::PdfForm("it cannot be read"))?;
        if !base[document.xref_start.min(base.len())..].starts_with(b"xref") {
            return Err(ContractError::PdfForm("its cross-reference is not a table"));
        }
        let next_id = document.max_id + 1;
        Ok(Self { base, document, next_id, objects: BTreeMap::new(), signature: None })
    }

    /// A fresh object number.
    pub(super) fn new_id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id - 1
    }

    /// Writes object `id` (generation 0), new or in place of the old one.
    pub(super) fn put(&mut self, id: u32, object: &Object) -> Result<(), ContractError> {
        let mut body = Vec::new();
        Writer::write_object(&mut body, object)
            .map_err(|_| ContractError::PdfForm("an object cannot be written"))?;
        self.objects.insert(id, body);
        Ok(())
    }

    /// Writes the signature dictionary with room for `room` bytes of signature.
    pub(super) fn put_signature(
        &mut self,
        id: u32,
        entries: &Dictionary,
        room: usize,
    ) -> Result<(), ContractError> {
        self.put(id, &Object::Dictionary(entries.clone()))?;
        let body = self.objects.entry(id).or_default();
        body.truncate(body.len() - b">>".len());
        body.extend_from_slice(BYTE_RANGE);
        body.extend_from_slice(b"[0                                 ]/Contents<");
        body.resize(body.len() + 2 * room, b'0');
        body.extend_from_slice(b">>>");
        self.signature = Some(id);
        Ok(())
    }

    /// Lays the revision out and fills the byte range in.
    pub(super) fn finish(self) -> Result<Unsigned, ContractError> {
        let signature = self.signature.ok_or(ContractError::PdfForm("the revision has no signature"))?;
        let mut pdf = self.base.to_vec();
        if !pdf.ends_with(b"\n") {
            pdf.push(b'\n');
        }
        let mut offsets = BTreeMap::new();
        let mut contents = 0..0;
        for (id, body) in &self.objects {
            offsets.insert(*id, pdf.len());
            pdf.extend_from_slice(format!("{id} 0 obj\n").as_bytes());
            if *id == signature {
                let end = pdf.len() + body.len() - b">>".len();
                let start = pdf.len()
                    + find(body, b"/Contents<").ok_or(ContractError::PdfForm("no room"))?
                    + b"/Contents".len();
                contents = start..end;
            }
            pdf.extend_from_slice(body);
            pdf.extend_from_slice(b"\nendobj\n");
        }
        let xref_at = pdf.len();
        pdf.extend_from_slice(xref_table(&offsets).as_bytes());
        pdf.extend_from_slice(b"trailer\n");
        Writer::write_object(&mut pdf, &Object::Dictionary(self.trailer()))
            .map_err(|_| ContractError::PdfForm("the trailer cannot be written"))?;
        pdf.extend_from_slice(format!("\nstartxref\n{xref_at}\n%%EOF\n").as_bytes());
        fill_byte_range(&mut pdf, &contents)?;
        Ok(Unsigned { pdf, contents })
    }

    /// The old trailer with the new size, the way back, and a new second half of the file's identity.
    fn trailer(&self) -> Dictionary {
        let mut trailer = Dictionary::new();
        trailer.set("Size", i64::from(self.next_id));
        for key in [b"Root".as_slice(), b"Info"] {
            if let Ok(value) = self.document.trailer.get(key) {
                trailer.set(key, value.clone());
            }
        }
        if let Ok(Object::Array(old)) = self.document.trailer.get(b"ID") {
            let digest = Sha256::digest(self.base)[..16].to_vec();
            let first = old.first().cloned().unwrap_or_else(|| Object::string_literal(digest.clone()));
            let second = Object::String(digest, lopdf::StringFormat::Hexadecimal);
            trailer.set("ID", Object::Array(vec![first, second]));
        }
        trailer.set("Prev", self.document.xref_start as i64);
        trailer
    }
}

/// What the byte range's key looks like in a revision of ours.
pub(super) const BYTE_RANGE: &[u8] = b"/ByteRange";

/// SHA-256 over the file without its `/Contents` token.
pub(super) fn digest_around(pdf: &[u8], contents: &Range<usize>) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(&pdf[..contents.start]);
    digest.update(&pdf[contents.end..]);
    digest.finalize().into()
}

/// Writes the signature into its room, lower-case hex with zeros behind.
pub(super) fn fill_contents(
    pdf: &mut [u8],
    contents: &Range<usize>,
    signature: &[u8],
) -> Result<(), ContractError> {
    let room = pdf
        .get_mut(contents.start + 1..contents.end - 1)
        .ok_or(ContractError::PdfForm("the signature's room is outside the file"))?;
    let text = hex::encode(signature);
    if text.len() > room.len() {
        return Err(ContractError::Signature("it is larger than the room kept for it"));
    }
    room.fill(b'0');
    room[..text.len()].copy_from_slice(text.as_bytes());
    Ok(())
}

/// Where `needle` first is.
pub(super) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn fill_byte_range(pdf: &mut [u8], contents: &Range<usize>) -> Result<(), ContractError> {
    let range = byte_range(contents, pdf.len());
    let at = contents.start.checked_sub(b"/Contents".len() + range.len());
    let room = at.and_then(|at| pdf.get_mut(at..at + range.len()));
    room.ok_or(ContractError::PdfForm("the byte range has no room"))?.copy_from_slice(range.as_bytes());
    Ok(())
}

/// The byte range that leaves out exactly `contents` of a file of `length` bytes, in fixed width.
pub(super) fn byte_range(contents: &Range<usize>, length: usize) -> String {
    format!("[0 {:<10} {:<10} {:<10}]", contents.start, contents.end, length - contents.end)
}

/// The cross-reference table of a revision with objects at `offsets`.
pub(super) fn xref_table(offsets: &BTreeMap<u32, usize>) -> String {
    let mut table = String::from("xref\n");
    let ids: Vec<u32> = offsets.keys().copied().collect();
    for run in ids.chunk_by(|a, b| a + 1 == *b) {
        let _ = writeln!(table, "{} {}", run[0], run.len());
        for id in run {
            let _ = writeln!(table, "{:010} 00000 n ", offsets[id]);
        }
    }
    table
}

//! What may stand between the seal and the end of the file: the customer's signature in the field prepared for it,
//! and nothing else. Runs only on bytes whose last signature was found good.

use std::{collections::BTreeMap, ops::Range};

use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId, xref::XrefEntry};

use crate::contracts::{append::find, cms::Fault, seal::CUSTOMER_FIELD, seal::SEAL_FIELD};

use super::{Refusal, locate::Located};

/// Largest stream that may unfold while the file is read, bytes.
const MAX_UNFOLDED: usize = 64 * 1024 * 1024;

/// Checks that `seal` certifies the file as it then was, and that `customer` is all that was added since.
pub(super) fn only_the_signature_was_added(
    bytes: &[u8],
    seal: &Located,
    customer: &Located,
) -> Result<(), Refusal> {
    let sealed = load(&bytes[..seal.end]).map_err(Refusal::Certification)?;
    certifies(&sealed, bytes, seal).map_err(Refusal::Certification)?;
    let signed = load(bytes).map_err(Refusal::RevisionChanged)?;
    let places = objects_behind(bytes, &signed, seal.end).map_err(Refusal::RevisionChanged)?;
    trailer_continues(&sealed, &signed).map_err(Refusal::RevisionChanged)?;
    only_the_field_changed(&sealed, &signed, &places, customer).map_err(Refusal::RevisionChanged)
}

/// Checks that `seal` is a certification (DocMDP 2) with the customer's field still empty.
pub(super) fn is_certified(bytes: &[u8], seal: &Located) -> Result<(), Refusal> {
    let sealed = load(bytes).map_err(Refusal::Certification)?;
    certifies(&sealed, bytes, seal).map_err(Refusal::Certification)
}

fn load(bytes: &[u8]) -> Result<Document, Fault> {
    let options =
        LoadOptions { max_decompressed_size: Some(MAX_UNFOLDED), strict: true, ..LoadOptions::default() };
    let document =
        Document::load_mem_with_options(bytes, options).map_err(|_| "a revision cannot be read")?;
    let classic = bytes.get(document.xref_start..).is_some_and(|rest| rest.starts_with(b"xref\n"));
    if !classic || document.trailer.has(b"Encrypt") || document.trailer.has(b"XRefStm") {
        return Err("a revision's cross-reference is not a plain table");
    }
    Ok(document)
}

fn certifies(sealed: &Document, bytes: &[u8], seal: &Located) -> Result<(), Fault> {
    let catalog = sealed.catalog().map_err(|_| "there is no catalog")?;
    let certified = catalog.get(b"Perms").and_then(Object::as_dict).map_err(|_| "it has no permissions")?;
    let certified =
        certified.get(b"DocMDP").and_then(Object::as_reference).map_err(|_| "it is not certified")?;
    let field = field(sealed, SEAL_FIELD)?;
    if field.1.get(b"V").and_then(Object::as_reference).ok() != Some(certified) {
        return Err("the seal's field holds another signature");
    }
    if !place_of(sealed, certified, bytes).is_some_and(|place| holds(&place, seal, bytes)) {
        return Err("the certification is another signature");
    }
    let dict = sealed.get_dictionary(certified).map_err(|_| "the seal cannot be read")?;
    signature_kind(dict)?;
    let allowed = dict.get(b"Reference").and_then(Object::as_array).map_err(|_| "it allows anything")?;
    let [Object::Dictionary(allowed)] = allowed.as_slice() else { return Err("it has several references") };
    let method = allowed.get(b"TransformMethod").and_then(Object::as_name).ok();
    let level = allowed.get(b"TransformParams").and_then(Object::as_dict);
    let level = level.and_then(|params| params.get(b"P")).and_then(Object::as_i64).ok();
    if method != Some(b"DocMDP") || level != Some(2) {
        return Err("it allows more than form filling and signing");
    }
    let (_, customer) = self::field(sealed, CUSTOMER_FIELD)?;
    if customer.has(b"V") || customer.has(b"AP") {
        return Err("the customer's field was not empty when it was sealed");
    }
    Ok(())
}

/// The objects behind `from`, which must lie one after another with nothing between, then the cross-reference table
/// that lists exactly these, then the trailer.
fn objects_behind(
    bytes: &[u8],
    signed: &Document,
    from: usize,
) -> Result<BTreeMap<u32, Range<usize>>, Fault> {
    let mut starts: Vec<(usize, u32)> = Vec::new();
    for (id, entry) in &signed.reference_table.entries {
        if let XrefEntry::Normal { offset, generation } = entry
            && *offset as usize >= from
        {
            if *generation != 0 {
                return Err("an object has a generation");
            }
            starts.push((*offset as usize, *id));
        }
    }
    starts.sort_unstable();
    let mut places = BTreeMap::new();
    let mut at = from;
    for (i, (start, id)) in starts.iter().enumerate() {
        let end = starts.get(i + 1).map_or(signed.xref_start, |next| next.0);
        let body = bytes.get(*start..end).ok_or("an object is outside the file")?;
        let whole = *start == at
            && body.starts_with(format!("{id} 0 obj\n").as_bytes())
            && body.ends_with(b"\nendobj\n")
            && find(body, b"endobj") == Some(body.len() - b"endobj\n".len());
        if !whole {
            return Err("there is something between the objects");
        }
        places.insert(*id, *start..end);
        at = end;
    }
    if at != signed.xref_start || !ends_plainly(bytes, signed.xref_start, &places) {
        return Err("there is something around the cross-reference");
    }
    Ok(places)
}

/// Table, one trailer, `startxref`, end: each once and in canonical form.
fn ends_plainly(bytes: &[u8], xref_at: usize, places: &BTreeMap<u32, Range<usize>>) -> bool {
    let offsets = places.iter().map(|(id, place)| (*id, place.start)).collect();
    let table = format!("{}trailer\n<<", crate::contracts::append::xref_table(&offsets));
    let ending = format!(">>\nstartxref\n{xref_at}\n%%EOF\n");
    let Some(tail) = bytes.get(xref_at..) else { return false };
    tail.starts_with(table.as_bytes())
        && tail.ends_with(ending.as_bytes())
        && find(tail, b"startxref") == tail.len().checked_sub(ending.len() - b">>\n".len())
        && find(tail, b"%") == tail.len().checked_sub(b"%%EOF\n".len())
}

fn trailer_continues(sealed: &Document, signed: &Document) -> Result<(), Fault> {
    const KEYS: [&[u8]; 5] = [b"Size", b"Root", b"Info", b"ID", b"Prev"];
    let (old, new) = (&sealed.trailer, &signed.trailer);
    let first_id =
        |trailer: &Dictionary| trailer.get(b"ID").and_then(Object::as_array).ok()?.first().cloned();
    let same = |key: &[u8]| old.get(key).ok() == new.get(key).ok();
    let prev = new.get(b"Prev").and_then(Object::as_i64).ok();
    // lopdf drops `Prev` from the merged trailer in some versions: where it is there it must lead to the sealed table.
    let back = prev.is_none_or(|prev| usize::try_from(prev) == Ok(sealed.xref_start));
    if !same(b"Root") || !same(b"Info") || first_id(old) != first_id(new) || !back {
        return Err("the trailer leads elsewhere");
    }
    if new.iter().any(|(key, _)| !KEYS.contains(&key.as_slice())) {
        return Err("the trailer has something new");
    }
    Ok(())
}

fn only_the_field_changed(
    sealed: &Document,
    signed: &Document,
    places: &BTreeMap<u32, Range<usize>>,
    customer: &Located,
) -> Result<(), Fault> {
    let (field_id, before) = field(sealed, CUSTOMER_FIELD)?;
    let after = signed.get_dictionary(field_id).map_err(|_| "the customer's field is gone")?;
    let signature = after.get(b"V").and_then(Object::as_reference).map_err(|_| "the field is not signed")?;
    let drawing = after.get(b"AP").and_then(Object::as_dict).map_err(|_| "the field has no drawing")?;
    let drawn = drawing.get(b"N").and_then(Object::as_reference).map_err(|_| "the field has no drawing")?;
    let kept = before.iter().all(|(key, value)| after.get(key).ok() == Some(value));
    if !kept || after.len() != before.len() + 2 || drawing.len() != 1 {
        return Err("the customer's field was changed otherwise");
    }
    let written: Vec<ObjectId> = places.keys().map(|id| (*id, 0)).collect();
    let mut expected = vec![field_id, signature, drawn];
    expected.sort_unstable();
    if written != expected || sealed.objects.contains_key(&signature) || sealed.objects.contains_key(&drawn) {
        return Err("an object was added or changed");
    }
    for (id, object) in &signed.objects {
        if !expected.contains(id) && sealed.objects.get(id) != Some(object) {
            return Err("an object was changed");
        }
    }
    if sealed.objects.keys().any(|id| !signed.objects.contains_key(id)) {
        return Err("an object was removed");
    }
    if !places.get(&signature.0).is_some_and(|place| place.contains(&customer.contents.start)) {
        return Err("the last signature is not the customer's");
    }
    signature_dictionary(signed, signature)?;
    plain_drawing(signed, drawn)
}

fn signature_dictionary(signed: &Document, id: ObjectId) -> Result<(), Fault> {
    const KEYS: [&[u8]; 8] =
        [b"Type", b"Filter", b"SubFilter", b"M", b"Name", b"Reason", b"ByteRange", b"Contents"];
    let dict = signed.get_dictionary(id).map_err(|_| "the signature cannot be read")?;
    if dict.iter().any(|(key, _)| !KEYS.contains(&key.as_slice())) {
        return Err("the signature has an unknown entry");
    }
    signature_kind(dict)
}

fn signature_kind(dict: &Dictionary) -> Result<(), Fault> {
    let name = |key: &[u8]| dict.get(key).and_then(Object::as_name).ok();
    let fits = name(b"Type") == Some(b"Sig")
        && name(b"Filter") == Some(b"Adobe.PPKLite")
        && name(b"SubFilter") == Some(b"ETSI.CAdES.detached");
    if fits { Ok(()) } else { Err("a signature is of another kind") }
}

/// A drawing without resources: it can show shapes in its own box and nothing else.
fn plain_drawing(signed: &Document, id: ObjectId) -> Result<(), Fault> {
    const KEYS: [&[u8]; 6] = [b"Type", b"Subtype", b"BBox", b"Resources", b"Filter", b"Length"];
    let Ok(Object::Stream(stream)) = signed.get_object(id) else { return Err("the drawing is not a stream") };
    let dict = &stream.dict;
    let empty = dict.get(b"Resources").and_then(Object::as_dict).is_ok_and(|resources| resources.is_empty());
    if !empty || dict.iter().any(|(key, _)| !KEYS.contains(&key.as_slice())) {
        return Err("the drawing brings something along");
    }
    Ok(())
}

/// The form field with this name.
fn field<'a>(document: &'a Document, name: &str) -> Result<(ObjectId, &'a Dictionary), Fault> {
    let find = || {
        let form = document.catalog().ok()?.get(b"AcroForm").ok()?.as_dict().ok()?;
        let fields = form.get(b"Fields").ok()?.as_array().ok()?;
        let mut named = fields.iter().filter_map(|field| {
            let id = field.as_reference().ok()?;
            let dict = document.get_dictionary(id).ok()?;
            (dict.get(b"T").ok()?.as_str().ok()? == name.as_bytes()).then_some((id, dict))
        });
        let one = named.next()?;
        named.next().is_none().then_some(one)
    };
    find().ok_or("a form field is missing")
}

/// Where object `id` starts, and up to where it can reach.
fn place_of(document: &Document, id: ObjectId, bytes: &[u8]) -> Option<Range<usize>> {
    let XrefEntry::Normal { offset, .. } = document.reference_table.get(id.0)? else { return None };
    Some(*offset as usize..bytes.len())
}

/// Whether the object at `place` is the one with this `/Contents`.
fn holds(place: &Range<usize>, located: &Located, bytes: &[u8]) -> bool {
    let between = bytes.get(place.start..located.contents.start);
    between.is_some_and(|between| find(between, b"endobj").is_none())
}

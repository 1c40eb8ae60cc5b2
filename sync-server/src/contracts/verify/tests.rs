//! A contract under attack: whatever is changed, moved, cut or added, the file is refused.

use super::{Refusal, TrustedRoots, verify};
use crate::contracts::{
    Product,
    tests::{House, sample},
};

fn finished(seed: u64) -> (Vec<u8>, TrustedRoots) {
    let mut house = House::new(seed);
    let signed = house.signed(&sample(Product::Loan, 12, "李样本"));
    assert!(verify(&signed, &house.roots()).is_ok());
    (signed, house.roots())
}

/// The places of `needle`, in order.
fn places(bytes: &[u8], needle: &[u8]) -> Vec<usize> {
    bytes
        .windows(needle.len())
        .enumerate()
        .filter(|(_, window)| *window == needle)
        .map(|(at, _)| at)
        .collect()
}

/// Flips the lowest bit of the byte at each of these places in turn; gives the places where nobody noticed.
fn unnoticed(signed: &[u8], roots: &TrustedRoots, places: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut bytes = signed.to_vec();
    let mut unnoticed = Vec::new();
    for place in places {
        bytes[place] ^= 1;
        if verify(&bytes, roots).is_ok() {
            unnoticed.push(place);
        }
        bytes[place] ^= 1;
    }
    unnoticed
}

#[test]
fn a_flipped_byte_is_refused_wherever_it_stands() {
    let (signed, roots) = finished(11);
    let seal_and_signature = places(&signed, b"/ByteRange").into_iter().chain(places(&signed, b"/Contents<"));
    let around = seal_and_signature.flat_map(|at| at..(at + 120).min(signed.len()));
    let end = signed.len() - 200..signed.len();
    let spread = (0..signed.len()).step_by(4_999);
    assert_eq!(unnoticed(&signed, &roots, around.chain(end).chain(spread)), Vec::<usize>::new());
}

#[test]
#[ignore = "every byte of a contract: some minutes"]
fn every_flipped_byte_is_refused() {
    let (signed, roots) = finished(12);
    let half = signed.len() / 2;
    let missed = std::thread::scope(|scope| {
        let first = scope.spawn(|| unnoticed(&signed, &roots, 0..half));
        let mut missed = unnoticed(&signed, &roots, half..signed.len());
        missed.extend(first.join().unwrap());
        missed
    });
    println!("report: {} bytes flipped one by one, {} not noticed", signed.len(), missed.len());
    assert_eq!(missed, Vec::<usize>::new());
}

#[test]
fn whatever_is_appended_is_refused() {
    let (signed, roots) = finished(13);
    let last_xref = String::from_utf8_lossy(&signed[signed.len() - 60..]).into_owned();
    let start: usize =
        last_xref.rsplit("startxref").next().unwrap().split_whitespace().next().unwrap().parse().unwrap();
    // A shadow: an update that replaces the page tree, as an editor would save it.
    let at = signed.len();
    let update = format!(
        "1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\nxref\n1 1\n{at:010} 00000 n \ntrailer\n<< /Size 3 /Root 1 0 R /Prev {start} >>\nstartxref\n{}\n%%EOF\n",
        at + 53
    );
    for more in
        [b"\n".as_slice(), b" ", b"\0", b"% a remark\n", b"%%EOF\n", update.as_bytes(), &signed.clone()]
    {
        let mut longer = signed.clone();
        longer.extend_from_slice(more);
        assert!(verify(&longer, &roots).is_err(), "{} bytes were added and nobody noticed", more.len());
    }
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let (signed, roots) = finished(14);
    for length in (0..signed.len()).step_by(signed.len() / 60).chain([signed.len() - 1, signed.len() - 6]) {
        assert!(verify(&signed[..length], &roots).is_err(), "cut to {length}");
    }
}

#[test]
fn the_gap_is_exactly_the_signature_in_lower_case_and_zeros() {
    let (signed, roots) = finished(15);
    let last = *places(&signed, b"/Contents<").last().unwrap() + b"/Contents<".len();
    let end = last + signed[last..].iter().position(|byte| *byte == b'>').unwrap();
    let letter = (last..end).find(|at| signed[*at].is_ascii_lowercase()).unwrap();
    let mut capital = signed.clone();
    capital[letter] = capital[letter].to_ascii_uppercase();
    assert!(verify(&capital, &roots).is_err(), "the same bytes in capitals");
    for padding in [end - 1, end - 2, end - 64] {
        assert_eq!(signed[padding], b'0', "the place for the signature is larger than the signature");
        let mut padded = signed.clone();
        padded[padding] = b'1';
        assert!(verify(&padded, &roots).is_err(), "something hides in the padding");
    }
    let range = *places(&signed, b"/ByteRange").last().unwrap();
    let digits = (range..range + 80).filter(|at| signed[*at].is_ascii_digit());
    for at in digits {
        let mut moved = signed.clone();
        moved[at] = b'0' + (signed[at] - b'0' + 1) % 10;
        assert!(verify(&moved, &roots).is_err(), "the byte range's digit at {at} was changed");
    }
}

#[test]
fn only_the_roots_that_were_given_are_trusted() {
    let (signed, _) = finished(16);
    let stranger = House::new(17);
    assert!(matches!(verify(&signed, &stranger.roots()), Err(Refusal::Untrusted(..))));
    assert!(verify(&signed, &TrustedRoots::default()).is_err());
}

use super::*;
use crate::domain::fixed_seed;
use ed25519_dalek::SigningKey;
use proptest::prelude::*;
use signed::Signatory;

const GOLDEN: &str = include_str!("../golden/sync-v1.txt");

fn key() -> SigningKey {
    SigningKey::from_bytes(&[42; 32])
}

fn who() -> Signatory {
    Signatory { tenant: TenantId::from_bytes([1; 16]), device: DeviceId::from_bytes([2; 16]) }
}

fn manifest() -> PhotoManifest {
    let mut manifest = PhotoManifest {
        submission: SubmissionId::from_bytes([5; 16]),
        document: DocumentId::from_bytes([3; 16]),
        heads: vec![ChangeHash::from_bytes([6; 32])],
        photos: vec![ManifestPhoto {
            id: PhotoId::from_bytes([7; 16]),
            plain: PhotoHash::from_bytes([8; 32]),
            cipher: PhotoHash::from_bytes([9; 32]),
            cipher_bytes: 300_000,
        }],
        signature: Signature([0; 64]),
    };
    manifest.signature = signed::sign(&key(), &signed::manifest_bytes(who(), &manifest));
    manifest
}

fn report() -> DeviceReport {
    let scope = ScopeId::from_bytes([4; 16]);
    DeviceReport {
        app: "0.1.0".into(),
        at_ms: 1_790_000_000_123,
        unsynced: 3,
        aside: 1,
        photo_bytes: 300_000,
        oldest_ms: Some(1_789_999_000_000),
        storage: Some(ReportedStorage { kept: false, free: Some(5_000_000) }),
        cursors: vec![ReportedCursor { scope, cursor: 70_000 }],
        items: vec![ReportedItem {
            document: DocumentId::from_bytes([3; 16]),
            what: ReportedWhat::Photo,
            state: ReportedState::Aside("photo_refused".into()),
            count: 1,
            bytes: 300_000,
        }],
    }
}

/// One of each frame.
fn frames() -> Vec<(&'static str, Frame)> {
    let document = DocumentId::from_bytes([3; 16]);
    let scope = ScopeId::from_bytes([4; 16]);
    let change = ChangeHash::of(b"change");
    let signature = signed::sign(&key(), &signed::push_bytes(who(), &[(document, scope, vec![change])]));
    let auth = signed::sign(&key(), &signed::auth_bytes(who().device, &[11; 32]));
    vec![
        ("hello", Frame::Hello(Hello { device: who().device, schema: 1, unsynced: 300 })),
        ("challenge", Frame::Challenge(Challenge { nonce: [11; 32] })),
        ("auth", Frame::Auth(Auth { signature: auth })),
        (
            "welcome",
            Frame::Welcome(Welcome {
                tenant: who().tenant,
                scopes: vec![Scope { scope, head: 70_000 }],
                lease_seconds: 86_400,
            }),
        ),
        (
            "push",
            Frame::Push(Push {
                number: 9,
                documents: vec![Pushed { document, scope, changes: vec![Bytes(b"change".to_vec())] }],
                signature,
            }),
        ),
        (
            "push_ack",
            Frame::PushAck(PushAck {
                number: 9,
                steps: vec![ScopeStep { scope, before: 3, after: 4 }],
                refused: vec![RefusedChange { document, change, code: SyncCode::DependencyMissing }],
                quarantined: false,
            }),
        ),
        ("pull", Frame::Pull(Pull { scope, cursor: 70_000 })),
        (
            "changes",
            Frame::Changes(Changes {
                scope,
                from: 3,
                to: 5,
                more: true,
                documents: vec![Sent { document, changes: vec![Bytes(b"change".to_vec())] }],
            }),
        ),
        (
            "digest",
            Frame::Digest(Digest {
                documents: vec![DocumentDigest { document, digest: head_digest(&[change]) }],
            }),
        ),
        ("differ", Frame::Differ(Differ { documents: vec![document.to_bytes()] })),
        ("repair", Frame::Repair(Repair { document, message: Bytes(vec![0x42, 0]) })),
        ("photo_manifest", Frame::PhotoManifest(manifest())),
        (
            "receipt",
            Frame::Receipt(Receipt {
                document,
                submission: SubmissionId::from_bytes([5; 16]),
                state: ReceiptState::Received,
                awaited: vec![[7; 16]],
            }),
        ),
        ("revoked", Frame::Revoked(Revoked::Erase)),
        (
            "error",
            Frame::Error(Refusal {
                code: SyncCode::StorageFull,
                push: Some(9),
                document: Some(document.to_bytes()),
                closes: false,
            }),
        ),
        ("on_offer", Frame::OnOffer(Bytes(b"{}".to_vec()))),
        (
            "case",
            Frame::Case(CaseNews {
                document,
                number: "MP000042".into(),
                link: "https://miaopi.example/c/token".into(),
                standing: CaseStanding::Customer,
                at_ms: 1_790_000_000_123,
                steps: vec![CaseStep { kind: "intake".into(), outcome: Some("complete".into()), ms: 12 }],
            }),
        ),
        ("report", Frame::Report(report())),
        ("offer_again", Frame::OfferAgain),
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whoever changes these bytes cuts off every phone in the field that has not updated: its outbox, with work that exists
/// nowhere else, cannot be handed over any more. Do not: add a frame at the end, or a new version beside this one.
#[test]
fn frames_keep_their_bytes() {
    let written: String =
        frames().iter().map(|(name, frame)| format!("{name} {}\n", hex(&encode(frame)))).collect();
    assert_eq!(written, GOLDEN, "the frames as they are written now:\n{written}");
    for (name, frame) in frames() {
        assert_eq!(decode(&encode(&frame)), Ok(frame), "{name}");
    }
}

#[test]
fn every_code_has_one_number_and_one_text() {
    let numbers: std::collections::BTreeSet<u16> = SyncCode::ALL.iter().map(|code| (*code).into()).collect();
    let texts: std::collections::BTreeSet<&str> = SyncCode::ALL.iter().map(|code| code.code()).collect();
    assert_eq!((numbers.len(), texts.len()), (SyncCode::ALL.len(), SyncCode::ALL.len()));
    for code in SyncCode::ALL {
        assert_eq!(SyncCode::from(u16::from(*code)), *code);
        assert!(code.code().starts_with("sync_"));
    }
    assert_eq!(SyncCode::from(999), SyncCode::Newer(999));
}

#[test]
fn what_is_not_exactly_one_frame_of_this_version_is_refused() {
    assert_eq!(decode(&[]), Err(SyncCode::FrameMalformed));
    assert_eq!(decode(&[2, 0]), Err(SyncCode::VersionUnknown));
    assert_eq!(decode(&vec![VERSION; MAX_FRAME_BYTES + 1]), Err(SyncCode::FrameTooLarge));
    for (name, frame) in frames() {
        let bytes = encode(&frame);
        for end in 0..bytes.len() {
            assert!(decode(&bytes[..end]).is_err(), "{name} cut at {end}");
        }
        assert_eq!(decode(&[&bytes[..], &[0]].concat()), Err(SyncCode::FrameMalformed), "{name} with a tail");
    }
    let claims_much = [VERSION, 8, 0xff, 0xff, 0xff, 0xff, 0x0f];
    assert_eq!(
        decode(&claims_much),
        Err(SyncCode::FrameMalformed),
        "a length is believed when its bytes are there"
    );
    let many = Digest {
        documents: vec![
            DocumentDigest { document: DocumentId::from_bytes([0; 16]), digest: [0; 16] };
            MAX_DIGESTS + 1
        ],
    };
    assert_eq!(decode(&encode(&Frame::Digest(many))), Err(SyncCode::TooMany));
}

#[test]
fn a_report_carries_codes_and_no_more_than_it_may() {
    let odd = |change: fn(&mut DeviceReport)| {
        let mut report = report();
        change(&mut report);
        decode(&encode(&Frame::Report(report)))
    };
    assert!(odd(|_| {}).is_ok());
    for change in [
        (|report| report.app = "张三".into()) as fn(&mut DeviceReport),
        |report| report.app = String::new(),
        |report| report.items[0].state = ReportedState::Aside("a name".into()),
        |report| report.items[0].state = ReportedState::Aside("x".repeat(41)),
        |report| report.items = vec![report.items[0].clone(); MAX_REPORTED_ITEMS + 1],
        |report| report.cursors = vec![report.cursors[0]; MAX_REPORTED_SCOPES + 1],
    ] {
        assert_eq!(odd(change), Err(SyncCode::TooMany));
    }
}

/// Found by fuzzing: two messages that differ and say the same.
#[test]
fn a_number_written_longer_than_it_need_be_is_refused() {
    let pull = Frame::Pull(Pull { scope: ScopeId::from_bytes([4; 16]), cursor: 5 });
    let bytes = encode(&pull);
    let (last, before) = bytes.split_last().unwrap();
    assert_eq!(*last, 5);
    let longer = [before, &[0x85, 0x00]].concat();
    assert_eq!(decode(&longer), Err(SyncCode::FrameMalformed));
    assert_eq!(decode(&bytes), Ok(pull));
}

#[test]
fn a_signature_holds_for_one_tenant_one_device_one_document_and_one_content() {
    let document = DocumentId::from_bytes([3; 16]);
    let scope = ScopeId::from_bytes([4; 16]);
    let batch = |document, scope, change| vec![(document, scope, vec![change])];
    let change = ChangeHash::of(b"change");
    let public = key().verifying_key().to_bytes();
    let good = signed::push_bytes(who(), &batch(document, scope, change));
    let signature = signed::sign(&key(), &good);
    assert!(signed::holds(&public, &good, &signature));
    let other_tenant = Signatory { tenant: TenantId::from_bytes([9; 16]), ..who() };
    let other_device = Signatory { device: DeviceId::from_bytes([9; 16]), ..who() };
    for other in [
        signed::push_bytes(other_tenant, &batch(document, scope, change)),
        signed::push_bytes(other_device, &batch(document, scope, change)),
        signed::push_bytes(who(), &batch(DocumentId::from_bytes([9; 16]), scope, change)),
        signed::push_bytes(who(), &batch(document, ScopeId::from_bytes([9; 16]), change)),
        signed::push_bytes(who(), &batch(document, scope, ChangeHash::of(b"other"))),
        signed::push_bytes(who(), &[]),
        signed::auth_bytes(who().device, &[0; 32]),
    ] {
        assert!(!signed::holds(&public, &other, &signature));
    }
    assert!(!signed::holds(&SigningKey::from_bytes(&[7; 32]).verifying_key().to_bytes(), &good, &signature));
    let manifest = manifest();
    let mut other = manifest.clone();
    other.photos[0].cipher = PhotoHash::from_bytes([1; 32]);
    assert!(signed::holds(&public, &signed::manifest_bytes(who(), &manifest), &manifest.signature));
    assert!(!signed::holds(&public, &signed::manifest_bytes(who(), &other), &manifest.signature));
}

proptest! {
    #![proptest_config(fixed_seed(256))]

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), kind in 0..20u8) {
        let _ = decode(&bytes);
        let _ = decode(&[&[VERSION, kind], &bytes[..]].concat());
    }

    #[test]
    fn a_flipped_bit_gives_another_frame_or_none(which in 0..19usize, place in any::<proptest::sample::Index>(), bit in 0..8u8) {
        let (_, frame) = frames().swap_remove(which);
        let mut bytes = encode(&frame);
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        prop_assert_ne!(decode(&bytes), Ok(frame));
    }
}

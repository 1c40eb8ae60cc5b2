//! A contract's whole life in one process, and what verification refuses.

use jiff::{Timestamp, ToSpan, civil::date};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use rust_decimal::Decimal;

use super::{
    certificate::{Purpose, Root, Subject, certificate_pem, key_pem, pem_blocks, read_certificate, read_key},
    *,
};
use crate::lab::{
    ca::{Ca, Signatory},
    tsa::Tsa,
};

/// A synthetic contract: every name is invented.
pub(crate) fn sample(product: Product, months: usize, name: &str) -> ContractData {
    let amount = 8_529_900_i64;
    let principal = amount / months as i64;
    let mut left = amount;
    let schedule: Vec<Instalment> = (0..months)
        .map(|i| {
            let part = if i + 1 == months { left } else { principal };
            let interest = left * 176 / 10_000;
            left -= part;
            Instalment {
                due_on: date(2026, 12, 22).saturating_add((i as i64).months()),
                principal_fen: part,
                interest_fen: interest,
                charges_fen: if i == 0 { 19_900 } else { 0 },
            }
        })
        .collect();
    let charges = vec![
        Charge {
            name: "车辆定位设备及服务费".into(),
            amount_fen: 128_000,
            payee: "样本车联科技（苏州）有限公司".into(),
            paid: ChargePaid::UpFront,
        },
        Charge {
            name: "机动车保险费".into(),
            amount_fen: 529_900,
            payee: "样本财产保险股份有限公司".into(),
            paid: ChargePaid::Financed,
        },
    ];
    let total_paid = schedule.iter().map(Instalment::payment_fen).sum::<i64>() + 128_000;
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let consent = |what: &str, recipient: &str, purpose: &str| ConsentGiven {
        what: what.into(),
        recipient: recipient.into(),
        purpose: purpose.into(),
        given_at: at("2026-11-22T20:31:07Z"),
        expires_on: date(2026, 12, 22),
    };
    ContractData {
        number: "MP-20261123-000042".into(),
        product,
        composed_at: at("2026-11-22T20:48:00Z"),
        funder: Organisation {
            name: "样本融资租赁（天津）有限公司".into(),
            credit_code: Some("91120118MA0000000X".into()),
            address: "天津自贸试验区（东疆综合保税区）样本路 88 号 1 号楼 1203 室".into(),
            phone: "400-000-0001".into(),
        },
        platform: Organisation {
            name: "秒批演示科技有限公司".into(),
            credit_code: Some("91310000MA0000001Y".into()),
            address: "上海市浦东新区样本大道 1 号".into(),
            phone: "400-000-0002".into(),
        },
        customer: Person {
            name: name.into(),
            id_number: "110***********002X".into(),
            phone: "138****0001".into(),
            address: "北京市朝阳区样本街道样本小区 12 号楼 3 单元 1801 室".into(),
        },
        vehicle: Vehicle {
            description: "样本牌 SVW7140 2.0T 自动四驱豪华智联版（五座）".into(),
            vin: "LSVWY4180KN246094".into(),
            plate: Some("沪A·D12345".into()),
            first_registered: Some(date(2021, 6, 18)),
            mileage_km: Some(48_210),
            price_fen: 12_800_000,
        },
        terms: Terms {
            amount_fen: amount,
            down_payment_fen: 4_800_000,
            months: months as u32,
            repayment: Repayment::EqualPayment,
            nominal_rate: Decimal::new(1_980, 4),
            annualised_cost: Decimal::new(2_140, 4),
            total_paid_fen: total_paid,
            total_cost_fen: total_paid - amount,
            deposit_fen: 0,
            buyout_fen: (product != Product::Loan).then_some(10_000),
            late_rate_per_day: Decimal::new(5, 4),
            early_settlement_rate: Decimal::new(2, 2),
        },
        charges,
        schedule,
        consents: vec![
            consent("处理身份证信息与照片（敏感个人信息）", "秒批演示科技有限公司", "核验身份、订立合同"),
            consent("查询个人信用报告", "样本征信有限公司", "审核本次融资申请"),
            consent("向资金方提供申请信息", "样本融资租赁（天津）有限公司", "审批并提供本次融资"),
        ],
        disclosure: DisclosureConfirmed {
            shown_at: at("2026-11-22T20:45:10Z"),
            confirmed_at: at("2026-11-22T20:46:02Z"),
            reading_seconds: 20,
        },
        terms_sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
    }
}

/// Everybody who takes part, from one seed.
pub(crate) struct House {
    pub(crate) composer: Composer,
    pub(crate) key: SealKey,
    pub(crate) ca: Ca,
    pub(crate) tsa: Tsa,
    pub(crate) rng: ChaCha20Rng,
    pub(crate) now: Timestamp,
}

impl House {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let now: Timestamp = "2026-11-22T20:49:55Z".parse().unwrap();
        let fonts = Fonts::find(&system_font_folders()).unwrap();
        let key = SealKey::generate(&mut rng, now, "秒批演示科技有限公司").unwrap();
        let ca = Ca::generate(&mut rng, now).unwrap();
        let tsa = ca.issue_tsa(&mut rng, now).unwrap();
        Self { composer: Composer::new(fonts).unwrap(), key, ca, tsa, rng, now }
    }

    pub(crate) fn roots(&self) -> TrustedRoots {
        let lab = self.ca.root_pem().unwrap();
        let roots = TrustedRoots::default().for_seal(&self.key.root_pem().unwrap()).unwrap();
        roots.for_customer(&lab).unwrap().for_timestamp(&lab).unwrap()
    }

    pub(crate) fn sealed(&self, data: &ContractData) -> Vec<u8> {
        let composed = self.composer.compose(data).unwrap();
        seal(&composed, &self.key, self.composer.fonts(), self.now).unwrap()
    }

    pub(crate) fn sign(&mut self, sealed: &[u8], name: &str) -> Vec<u8> {
        let prepared = begin_customer_signature(sealed, self.composer.fonts(), name, self.now).unwrap();
        let signatory = Signatory { name, reference: "MP-20261123-000042" };
        let cms = self.ca.sign_for(&mut self.rng, self.now, signatory, prepared.digest).unwrap();
        let request = request_timestamp(&cms, self.rng.r#gen()).unwrap();
        let response = self.tsa.respond(&request.der, self.now, self.rng.r#gen());
        let stamped = attach_timestamp(&cms, &request, &response).unwrap();
        finish(prepared, &stamped).unwrap()
    }

    pub(crate) fn signed(&mut self, data: &ContractData) -> Vec<u8> {
        let sealed = self.sealed(data);
        self.sign(&sealed, &data.customer.name)
    }
}

#[test]
fn a_signed_contract_is_verified() {
    let mut house = House::new(1);
    let data = sample(Product::Leaseback, 36, "欧阳慕容雪");
    let sealed = house.sealed(&data);
    assert_eq!(verify_sealed(&sealed, &house.roots(), house.now).unwrap().name, "秒批演示科技有限公司");
    assert_eq!(verify(&sealed, &house.roots()), Err(Refusal::CustomerSignatureMissing));
    let signed = house.sign(&sealed, &data.customer.name);
    let report = verify(&signed, &house.roots()).unwrap();
    assert_eq!(report.signed_by.name, "欧阳慕容雪");
    assert_eq!(report.signed_by.unit.as_deref(), Some("MP-20261123-000042"));
    assert_eq!(report.stamped_at, house.now);
    assert!(!format!("{report:?}").contains("欧阳"), "a report's debug text must not show the name");
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let house = House::new(2);
    let data = sample(Product::Loan, 24, "李样本");
    assert_eq!(house.composer.compose(&data).unwrap().pdf, house.composer.compose(&data).unwrap().pdf);
    assert_eq!(house.sealed(&data), house.sealed(&data));
    let again = House::new(2);
    assert_eq!(house.sealed(&data), again.sealed(&data));
}

#[test]
fn a_certificate_for_customers_never_seals_for_the_company() {
    let mut house = House::new(3);
    // Somebody whom the customers' authority gave a certificate for documents seals a contract of their own making.
    let ca = house.ca.to_pem().unwrap();
    let root = Root {
        key: read_key(pem_blocks(&ca, "PRIVATE KEY").first().unwrap()).unwrap(),
        certificate: read_certificate(pem_blocks(&ca, "CERTIFICATE").first().unwrap()).unwrap(),
    };
    let subject = Subject { common_name: "秒批演示科技有限公司", organisation: None, unit: None };
    let span = jiff::SignedDuration::from_hours(24);
    let leaf = root.issue(&mut house.rng, house.now, span, subject, Purpose::Document).unwrap();
    let pem = [
        key_pem(&leaf.key).unwrap().as_str(),
        &certificate_pem(&leaf.certificate).unwrap(),
        &certificate_pem(&root.certificate).unwrap(),
    ]
    .concat();
    let honest = house.signed(&sample(Product::Loan, 12, "李样本"));
    let honest_roots = [house.key.root_pem().unwrap(), house.ca.root_pem().unwrap()].concat();
    house.key = SealKey::from_pem(&pem).unwrap();
    let forged = house.signed(&sample(Product::Loan, 12, "李样本"));

    let all = TrustedRoots::from_pem_bundle(&honest_roots).unwrap();
    assert!(verify(&honest, &all).is_ok());
    assert_eq!(verify(&forged, &all), Err(Refusal::CertificateUsage(verify::Signature::Seal)));
    // With a root of its own for each role the forged seal leads nowhere.
    let lab = house.ca.root_pem().unwrap();
    let apart = TrustedRoots::default().for_seal(&pem_blocks(&honest_roots, "CERTIFICATE")[0]).unwrap();
    let apart = apart.for_customer(&lab).unwrap().for_timestamp(&lab).unwrap();
    assert!(verify(&honest, &apart).is_ok());
    assert_eq!(verify(&forged, &apart), Err(Refusal::Untrusted(verify::Signature::Seal)));
}

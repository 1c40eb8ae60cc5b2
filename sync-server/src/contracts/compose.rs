//! Sets the contract with Typst. One [`Composer`] lives as long as the server: a warm compiler is many times faster.

use serde_json::{Value, json};
use typst::{
    Library, LibraryExt, World,
    diag::{FileError, FileResult, SourceDiagnostic},
    foundations::{Bytes, Datetime, Duration, Label, Smart},
    introspection::Introspector,
    layout::{Frame, FrameItem},
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::{LazyHash, PicoStr},
};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, Timestamp as PdfTimestamp};

use super::{
    ContractData, ContractError, Fonts,
    data::{ChargePaid, Instalment, Organisation, Product, Repayment},
    figures::{capital_numerals, china, day, moment, percent, short_day, yuan},
};

/// Width of each visible signature box, points.
pub(super) const BOX_WIDTH: f32 = 226.0;
/// Height of each visible signature box, points.
pub(super) const BOX_HEIGHT: f32 = 104.0;

/// Runs for which an unused intermediate result of the compiler is kept. What every contract shares (fonts, template,
/// fixed texts) is used each time and stays; what is one contract's own goes after this many others.
const KEEP_RUNS: usize = 4;

const MAIN: &str = "/contract.typ";
const CLAUSES: &str = "/clauses.typ";
const DATA: &str = "/data.json";

/// A contract on paper, not sealed yet.
#[derive(Debug, Clone)]
pub struct Composed {
    /// The PDF's bytes: the same for the same data and fonts.
    pub pdf: Vec<u8>,
    /// Number of pages.
    pub pages: usize,
    /// Where the seal goes.
    pub seal_box: SignatureBox,
    /// Where the customer's signature goes.
    pub customer_box: SignatureBox,
}

/// A place on a page, in PDF points from the bottom left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignatureBox {
    /// Page, from 0.
    pub page: usize,
    /// Left edge.
    pub x: f32,
    /// Bottom edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

/// The compiler with its fonts and template, kept warm. Share it behind an `Arc`.
pub struct Composer {
    fonts: Fonts,
    library: LazyHash<Library>,
    main: Source,
    clauses: Source,
    data: FileId,
}

impl Composer {
    /// Reads the template; the fonts are loaded at the first contract (call [`Self::compose`] once at start-up to
    /// have that behind you).
    ///
    /// # Errors
    /// [`ContractError::Template`] when the built-in paths are unusable (cannot happen with a build that passes its tests).
    pub fn new(fonts: Fonts) -> Result<Self, ContractError> {
        let source = |path, text: &str| Ok(Source::new(file_id(path)?, text.to_owned()));
        Ok(Self {
            fonts,
            library: LazyHash::new(Library::default()),
            main: source(MAIN, include_str!("../../../assets/contracts/contract.typ"))?,
            clauses: source(CLAUSES, include_str!("../../../assets/contracts/clauses.typ"))?,
            data: file_id(DATA)?,
        })
    }

    /// The typefaces, for [`super::glyphs_cover`] and the drawn signatures.
    pub fn fonts(&self) -> &Fonts {
        &self.fonts
    }

    /// Sets `data` as a PDF. Blocking and CPU-bound (tens of milliseconds): call it off the async threads.
    ///
    /// # Errors
    /// [`ContractError::Inconsistent`] for data that does not add up, [`ContractError::MissingGlyph`] when a character
    /// is in no font, [`ContractError::Template`] when the template does not compile.
    pub fn compose(&self, data: &ContractData) -> Result<Composed, ContractError> {
        data.check()?;
        let document = self.set(data)?;
        let pdf = typst_pdf::pdf(&document, &options(data)?).map_err(|errors| template_error(&errors));
        let (seal_box, customer_box) = (place(&document, "seal-box")?, place(&document, "customer-box")?);
        let pages = document.pages().len();
        drop(document);
        typst::comemo::evict(KEEP_RUNS);
        Ok(Composed { pdf: pdf?, pages, seal_box, customer_box })
    }

    pub(super) fn set(&self, data: &ContractData) -> Result<PagedDocument, ContractError> {
        let json = self.paper(data).to_string();
        let desk = Desk { composer: self, data: Bytes::from_string(json) };
        let document =
            typst::compile::<PagedDocument>(&desk).output.map_err(|errors| template_error(&errors))?;
        for page in document.pages() {
            every_glyph_is_there(&page.frame)?;
        }
        Ok(document)
    }

    /// What the template reads: texts as given, figures formatted.
    fn paper(&self, data: &ContractData) -> Value {
        let terms = &data.terms;
        json!({
            "fonts": {"body": self.fonts.body_families(), "sans": self.fonts.sans_families()},
            "box": {"width": BOX_WIDTH, "height": BOX_HEIGHT},
            "number": data.number,
            "product": data.product,
            "made_on": day(china(data.composed_at).date()),
            "terms_sha256": data.terms_sha256,
            "funder": organisation(&data.funder),
            "platform": organisation(&data.platform),
            "customer": {"name": data.customer.name, "rows": [
                ["身份证号 ID", data.customer.id_number], ["手机 Phone", data.customer.phone],
                ["住址 Address", data.customer.address],
            ]},
            "vehicle": vehicle(data),
            "terms": {
                "amount": yuan(terms.amount_fen),
                "amount_words": capital_numerals(terms.amount_fen),
                "down_payment": yuan(terms.down_payment_fen),
                "months": terms.months,
                "repayment": repayment(terms.repayment, data.product),
                "nominal_rate": percent(terms.nominal_rate),
                "annualised_cost": percent(terms.annualised_cost),
                "total_paid": yuan(terms.total_paid_fen),
                "total_cost": yuan(terms.total_cost_fen),
                "first_payment": yuan(data.schedule.first().map_or(0, Instalment::payment_fen)),
                "deposit": yuan(terms.deposit_fen),
                "has_deposit": terms.deposit_fen > 0,
                "buyout": yuan(terms.buyout_fen.unwrap_or(0)),
                "late_rate": percent(terms.late_rate_per_day),
                "early_settlement_rate": percent(terms.early_settlement_rate),
            },
            "costs": costs(data),
            "schedule": schedule(data),
            "schedule_total": schedule_total(data),
            "consents": data.consents.iter().map(|consent| json!({
                "what": consent.what, "recipient": consent.recipient, "purpose": consent.purpose,
                "given_at": moment(consent.given_at), "expires_on": short_day(consent.expires_on),
            })).collect::<Vec<_>>(),
            "disclosure": {
                "shown_at": moment(data.disclosure.shown_at),
                "confirmed_at": moment(data.disclosure.confirmed_at),
                "reading_seconds": data.disclosure.reading_seconds,
            },
        })
    }
}

fn organisation(party: &Organisation) -> Value {
    let mut rows = Vec::new();
    if let Some(code) = &party.credit_code {
        rows.push(["统一社会信用代码 USCC", code.as_str()]);
    }
    rows.push(["地址 Address", &party.address]);
    rows.push(["电话 Phone", &party.phone]);
    json!({"name": party.name, "phone": party.phone, "rows": rows})
}

fn vehicle(data: &ContractData) -> Value {
    let vehicle = &data.vehicle;
    let mut used = Vec::new();
    if let Some(date) = vehicle.first_registered {
        used.push(json!({"zh": "初次登记日期", "en": "First registered", "value": day(date)}));
        let km = vehicle.mileage_km.map_or("—".to_owned(), |km| format!("{km} km"));
        used.push(json!({"zh": "行驶里程", "en": "Mileage", "value": km}));
    }
    json!({
        "description": vehicle.description, "vin": vehicle.vin, "price": yuan(vehicle.price_fen), "used": used,
        "plate": vehicle.plate.as_deref().unwrap_or("未登记 not yet"),
    })
}

fn repayment(kind: Repayment, product: Product) -> &'static str {
    match (kind, product) {
        (Repayment::EqualPayment, Product::Loan) => "等额本息",
        (Repayment::EqualPayment, _) => "等额租金",
        (Repayment::EqualPrincipal, Product::Loan) => "等额本金",
        (Repayment::EqualPrincipal, _) => "等额租赁本金",
        (Repayment::InterestFirst, Product::Loan) => "先息后本",
        (Repayment::InterestFirst, _) => "先付租息、期末付租赁本金",
        (Repayment::Balloon, Product::Loan) => "等额本息加尾款",
        (Repayment::Balloon, _) => "等额租金加尾款",
    }
}

fn costs(data: &ContractData) -> Vec<Value> {
    let (principal, interest) = match data.product {
        Product::Loan => ("贷款本金", "利息"),
        Product::DirectLease | Product::Leaseback => ("租赁本金", "租息"),
    };
    let sum = |of: fn(&Instalment) -> i64| data.schedule.iter().map(of).sum::<i64>();
    let row = |name: &str, payee: &str, paid: &str, fen: i64| json!({"name": name, "payee": payee, "paid": paid, "amount": yuan(fen)});
    let funder = data.funder.name.as_str();
    let mut rows = vec![
        row(principal, funder, "按附件二分期支付", data.terms.amount_fen),
        row(interest, funder, "按附件二分期支付", sum(|row| row.interest_fen)),
    ];
    let in_payments = sum(|row| row.charges_fen);
    if in_payments != 0 {
        rows.push(row("随各期支付的费用", funder, "按附件二分期支付", in_payments));
    }
    for charge in &data.charges {
        rows.push(match charge.paid {
            ChargePaid::UpFront => row(&charge.name, &charge.payee, "签约时一次支付", charge.amount_fen),
            ChargePaid::Financed => json!({
                "name": charge.name, "payee": charge.payee,
                "paid": format!("已含于{principal}"), "amount": format!("（{}）", yuan(charge.amount_fen)),
            }),
        });
    }
    rows
}

fn schedule(data: &ContractData) -> Vec<Value> {
    let mut outstanding = data.terms.amount_fen;
    let rows = data.schedule.iter().enumerate().map(|(i, row)| {
        outstanding -= row.principal_fen;
        json!([
            (i + 1).to_string(),
            short_day(row.due_on),
            yuan(row.payment_fen()),
            yuan(row.principal_fen),
            yuan(row.interest_fen),
            yuan(row.charges_fen),
            yuan(outstanding),
        ])
    });
    rows.collect()
}

fn schedule_total(data: &ContractData) -> Vec<String> {
    let parts: [fn(&Instalment) -> i64; 4] =
        [Instalment::payment_fen, |row| row.principal_fen, |row| row.interest_fen, |row| row.charges_fen];
    parts.iter().map(|of| yuan(data.schedule.iter().map(of).sum())).collect()
}

fn options(data: &ContractData) -> Result<PdfOptions, ContractError> {
    let at = china(data.composed_at);
    let part = |value: i8| u8::try_from(value).unwrap_or_default();
    let date = Datetime::from_ymd_hms(
        i32::from(at.year()),
        part(at.month()),
        part(at.day()),
        part(at.hour()),
        part(at.minute()),
        part(at.second()),
    );
    let timestamp = date.and_then(|date| PdfTimestamp::new_local(date, 8 * 60));
    if timestamp.is_none() {
        return Err(ContractError::Inconsistent { what: "date", why: "it is not a calendar date".into() });
    }
    Ok(PdfOptions {
        ident: Smart::Custom(data.number.clone()),
        creator: Smart::Custom(Some("Miaopi".to_owned())),
        timestamp,
        ..PdfOptions::default()
    })
}

fn place(document: &PagedDocument, label: &str) -> Result<SignatureBox, ContractError> {
    let missing = || ContractError::Template(format!("it has no single <{label}>"));
    let label = Label::new(PicoStr::intern(label)).ok_or_else(missing)?;
    let introspector = document.introspector();
    let element = introspector.query_label(label).map_err(|_| missing())?;
    let position =
        element.location().and_then(|location| introspector.position(location)).ok_or_else(missing)?;
    let page = position.page.get() - 1;
    let height = document.pages().get(page).ok_or_else(missing)?.frame.height();
    Ok(SignatureBox {
        page,
        x: position.point.x.to_pt() as f32,
        y: (height - position.point.y).to_pt() as f32 - BOX_HEIGHT,
        width: BOX_WIDTH,
        height: BOX_HEIGHT,
    })
}

fn every_glyph_is_there(frame: &Frame) -> Result<(), ContractError> {
    for (_, item) in frame.items() {
        match item {
            FrameItem::Group(group) => every_glyph_is_there(&group.frame)?,
            FrameItem::Text(text) => {
                if let Some(glyph) = text.glyphs.iter().find(|glyph| glyph.id == 0) {
                    let character = text.text[glyph.range()].chars().next().unwrap_or('\u{FFFD}');
                    return Err(ContractError::MissingGlyph { character });
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn template_error(errors: &[SourceDiagnostic]) -> ContractError {
    let messages: Vec<&str> = errors.iter().take(3).map(|error| error.message.as_str()).collect();
    ContractError::Template(messages.join("; "))
}

fn file_id(path: &str) -> Result<FileId, ContractError> {
    let path = VirtualPath::new(path).map_err(|_| ContractError::Template("a path is unusable".into()))?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

/// What the compiler sees during one run: the kept template and fonts, and this contract's data.
struct Desk<'a> {
    composer: &'a Composer,
    data: Bytes,
}

impl World for Desk<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.composer.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        self.composer.fonts.book()
    }

    fn main(&self) -> FileId {
        self.composer.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        [&self.composer.main, &self.composer.clauses]
            .into_iter()
            .find(|source| source.id() == id)
            .cloned()
            .ok_or(FileError::AccessDenied)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.composer.data { Ok(self.data.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.composer.fonts.font(index)
    }

    /// The template takes its dates from the data: a contract must not depend on the day it is set.
    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

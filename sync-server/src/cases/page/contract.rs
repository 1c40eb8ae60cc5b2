//! The contract to read on a phone: the same figures and articles as the PDF, personal numbers masked.

use shared::domain::{Fen, IdNumber, Lang, Phone};
use ui::{
    components::{facts::Fact, schedule::Instalment},
    customer::{Article, ContractText},
};

use super::words::yuan;
use crate::{
    cases::{hand_in::today, sign::ContractRow},
    contracts::{ArticleText, ContractData, Product},
};

/// The contract's text, from the data and the template that made the file.
pub fn contract_text(
    lang: Lang,
    data: &ContractData,
    articles: Vec<ArticleText>,
    row: &ContractRow,
    pdf_url: String,
) -> ContractText {
    ContractText {
        title: title(data.product).to_owned(),
        number: data.number.clone(),
        parties: parties(lang, data),
        articles: articles
            .into_iter()
            .map(|article| Article { heading: article.heading, paragraphs: article.paragraphs })
            .collect(),
        schedule: schedule(data),
        pdf_url,
        sha256: row.sha256.clone().unwrap_or_default(),
        signed: row.signed_at.is_some(),
    }
}

/// As on the PDF: the contract is Chinese in both languages of the page.
fn title(product: Product) -> &'static str {
    match product {
        Product::Loan => "汽车贷款合同",
        Product::DirectLease => "汽车融资租赁合同（直接租赁）",
        Product::Leaseback => "汽车融资租赁合同（售后回租）",
    }
}

fn parties(lang: Lang, data: &ContractData) -> Vec<Fact> {
    let is_loan = data.product == Product::Loan;
    let money = |fen: i64| yuan(Fen::new(fen).unwrap_or(Fen::ZERO));
    let months = match lang {
        Lang::Zh => format!("{} 个月", data.terms.months),
        Lang::En => format!("{} months", data.terms.months),
    };
    let annual = (data.terms.annualised_cost * rust_decimal::Decimal::ONE_HUNDRED).round_dp(2);
    let lender = if is_loan {
        lang.pick("甲方（贷款人）", "Lender")
    } else {
        lang.pick("甲方（出租人）", "Lessor")
    };
    let borrower = if is_loan {
        lang.pick("乙方（借款人）", "Borrower")
    } else {
        lang.pick("乙方（承租人）", "Lessee")
    };
    let id_number = IdNumber::parse(&data.customer.id_number, today(data.composed_at));
    let phone = Phone::parse(&data.customer.phone);
    vec![
        Fact::new(lender, data.funder.name.as_str()),
        Fact::new(borrower, data.customer.name.as_str()),
        Fact::new(
            lang.pick("身份证号码", "ID number"),
            id_number.map(|number| number.masked()).unwrap_or_default(),
        ),
        Fact::new(lang.pick("手机号码", "Mobile"), phone.map(|phone| phone.masked()).unwrap_or_default()),
        Fact::new(lang.pick("丙方（平台服务方）", "Platform"), data.platform.name.as_str()),
        Fact::new(
            if is_loan { lang.pick("车辆", "Vehicle") } else { lang.pick("租赁物", "Leased asset") },
            data.vehicle.description.as_str(),
        ),
        Fact::new(lang.pick("车辆识别代号", "VIN"), data.vehicle.vin.as_str()),
        Fact::new(lang.pick("车辆价格", "Price"), money(data.vehicle.price_fen)),
        Fact::new(lang.pick("首付款", "Down payment"), money(data.terms.down_payment_fen)),
        Fact::new(
            if is_loan {
                lang.pick("贷款本金", "Principal")
            } else {
                lang.pick("租赁本金", "Lease principal")
            },
            money(data.terms.amount_fen),
        ),
        Fact::new(lang.pick("期限", "Term"), months),
        Fact::new(lang.pick("综合融资成本（年化）", "Annualised cost"), format!("{annual} %")),
        Fact::new(lang.pick("支付总额", "Total paid"), money(data.terms.total_paid_fen)),
    ]
}

fn schedule(data: &ContractData) -> Vec<Instalment> {
    let mut rest = data.terms.amount_fen;
    let rows = data.schedule.iter().zip(1..).map(|(row, number)| {
        rest -= row.principal_fen;
        Instalment {
            number,
            due: row.due_on.to_string(),
            principal_fen: row.principal_fen,
            interest_fen: row.interest_fen,
            fees_fen: row.charges_fen,
            total_fen: row.payment_fen(),
            rest_fen: rest,
        }
    });
    rows.collect()
}

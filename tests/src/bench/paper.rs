//! A contract as the sample offer makes it, to be set and sealed without a server.

use anyhow::Result;
use miaopi::contracts::ContractData;
use serde_json::{Value, json};

/// A loan over 36 months. Every other name, so that no contract is set twice.
pub(super) fn contract(number: usize, name: &str, id_number: &str) -> Result<ContractData> {
    let (amount, months) = (9_086_000_i64, 36_i64);
    let mut left = amount;
    let rows: Vec<Value> = (1..=months)
        .map(|month| {
            let principal = if month == months { left } else { amount / months };
            let interest = left * 5 / 1_000;
            left -= principal;
            let due = format!("{}-{:02}-25", 2026 + (10 + month) / 12, (10 + month) % 12 + 1);
            json!({"due_on": due, "principal_fen": principal, "interest_fen": interest, "charges_fen": 0})
        })
        .collect();
    let interest: i64 = rows.iter().filter_map(|row| row["interest_fen"].as_i64()).sum();
    let consent = |what: &str, who: &str| json!({"what": what, "recipient": who, "purpose": "办理本次融资申请", "given_at": "2026-11-25T01:00:00Z", "expires_on": "2026-12-25"});
    let company = |name: &str| json!({"name": name, "credit_code": null, "address": "登记地址以营业执照为准", "phone": "400-000-0000"});
    let data = json!({
        "number": format!("MP{number:06}-1"),
        "product": "loan",
        "composed_at": "2026-11-25T01:05:00Z",
        "funder": company("华兴样例银行股份有限公司"),
        "platform": company("秒批演示"),
        "customer": {"name": name, "id_number": id_number, "phone": "13800138000", "address": "北京市朝阳区滨河西路350号和顺里27幢1545室"},
        "vehicle": {
            "description": "比亚迪 秦PLUS DM-i 2026款 120km 豪华型", "vin": "LSVWY4180KN246094", "plate": null,
            "first_registered": null, "mileage_km": null, "price_fen": 12_980_000,
        },
        "terms": {
            "amount_fen": amount, "down_payment_fen": 3_894_000, "months": months, "repayment": "equal_principal",
            "nominal_rate": "0.06", "annualised_cost": "0.0612", "total_paid_fen": amount + interest,
            "total_cost_fen": interest, "deposit_fen": 0, "buyout_fen": null, "late_rate_per_day": "0.0005",
            "early_settlement_rate": "0.03",
        },
        "charges": [],
        "schedule": rows,
        "consents": [
            consent("处理身份证信息与照片", "平台"), consent("实名核验", "实名核验机构"), consent("查询个人信用报告", "征信机构"),
            consent("向资金方提供申请信息", "华兴样例银行"), consent("签发电子证书", "电子认证机构"),
        ],
        "disclosure": {"shown_at": "2026-11-25T01:03:00Z", "confirmed_at": "2026-11-25T01:04:00Z", "reading_seconds": 10},
        "terms_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    });
    Ok(serde_json::from_value(data)?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn its_figures_add_up() {
        super::contract(1, "唐飞", "110105198004197592").unwrap().check().unwrap();
    }
}

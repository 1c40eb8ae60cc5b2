//! What the sample pages of the customer show: an invented request, plan, contract.

use shared::domain::lang::Lang;
use ui::components::{facts::Fact, moment::Moment, schedule::Instalment};
use ui::customer::*;

pub fn moment(lang: Lang) -> Moment {
    Moment::new("2026-11-23T17:30:00+08:00", lang.pick("11月23日 17:30", "23 Nov 2026, 17:30"))
}

pub fn team(lang: Lang) -> String {
    lang.pick("远山汽车金融审核组", "The review team of Yuanshan Auto Finance").into()
}

pub fn request(lang: Lang) -> Request {
    let z = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
    Request {
        tenant: z("远山汽车金融", "Yuanshan Auto Finance"),
        dealer: Some(z("临江启程汽车销售服务有限公司", "Linjiang Qicheng Auto Sales & Service")),
        advisor: Some(z("周晓岚", "Zhou Xiaolan")),
        product: z("二手车售后回租", "Used-car sale and leaseback"),
        vehicle: z("2022 款 长安 UNI-V 1.5T 尊贵型", "2022 Changan UNI-V 1.5T Premium"),
        condition: z("二手车 · 2022 年 6 月上牌", "Used · first registered June 2022"),
        price_fen: 10_680_000,
        down_payment_fen: Some(2_136_000),
        amount_fen: 8_544_000,
        months: Some(36),
    }
}

pub fn welcome(lang: Lang) -> Welcome {
    Welcome { request: request(lang), minutes: 3, expires: moment(lang) }
}

pub fn long_welcome(lang: Lang) -> Welcome {
    let mut request = request(lang);
    request.advisor = Some("阿卜杜热西提·买买提明·吾买尔江·帕孜力汗".into());
    request.dealer = Some(
        "新疆维吾尔自治区克孜勒苏柯尔克孜自治州阿图什市天山南麓远大前程汽车贸易与售后服务股份有限公司".into(),
    );
    request.product = "新能源商用车直接租赁（含电池、保险与购置税打包融资，按季度调整，尾款可展期）".into();
    request.vehicle = "2026 款 SuperLongModelNameWithoutAnySpacesAtAllGT-R3000PlusUltraMax 四驱长续航旗舰运动版（选装包：天幕、拖车、冬季套装）".into();
    request.price_fen = 98_765_432_199;
    Welcome { request, minutes: 1, expires: moment(lang) }
}

pub fn item(field: &str, title: &str, recipient: Option<&str>, lang: Lang) -> ConsentItem {
    let z = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
    ConsentItem {
        field: field.into(),
        title: title.into(),
        recipient: recipient.map(str::to_owned),
        data: z("姓名、身份证号码", "Name, ID number"),
        purpose: z("核实是您本人在办理，防止他人冒用", "To make sure it is you who applies"),
        until: z("自同意之日起 30 天，或申请结束时", "30 days, or until the application ends"),
        text: z(
            "一、我们依照《个人信息保护法》处理您的敏感个人信息。\n二、您可以随时撤回同意；撤回不影响此前已经进行的处理。",
            "1. Sensitive personal data is processed under the Personal Information Protection Law.\n2. You may withdraw at any time.",
        ),
        optional: false,
        ticked: false,
    }
}

pub fn identity_items(lang: Lang) -> Vec<ConsentItem> {
    let z = |zh: &'static str, en: &'static str| lang.pick(zh, en);
    let mut photo = item(
        "consent_photo",
        z("我同意处理我的身份证照片", "I agree that the photo of my ID card is processed"),
        None,
        lang,
    );
    photo.ticked = true;
    let mut news = item(
        "consent_news",
        z("我同意接收到期提醒短信", "I agree to receive reminders by text message"),
        None,
        lang,
    );
    news.optional = true;
    vec![
        item(
            "consent_number",
            z("我同意处理我的身份证号码", "I agree that my ID number is processed"),
            None,
            lang,
        ),
        photo,
        item(
            "consent_registry",
            z(
                "我同意把姓名和号码提供给实名核验机构",
                "I agree that name and number go to the real-name agency",
            ),
            Some(z("安鉴实名核验服务有限公司（演示）", "Anjian Real-Name Service (demo)")),
            lang,
        ),
        news,
    ]
}

pub fn partners(lang: Lang, new_funder: bool) -> ConsentPartners {
    let z = |zh: &'static str, en: &'static str| lang.pick(zh, en);
    let funder = |field: &str, name: &str| item(field, name, Some(name), lang);
    let credit = item(
        "consent_credit",
        z("我授权查询我的个人信用报告", "I permit a query of my personal credit record"),
        Some(z("中信通征信有限公司（演示）", "Zhongxintong Credit Bureau (demo)")),
        lang,
    );
    let all = vec![
        funder("funder_haihe", z("海河汽车金融有限公司", "Haihe Auto Finance")),
        funder("funder_yunling", z("云岭融资租赁股份有限公司", "Yunling Leasing")),
        funder("funder_jinsha", z("金沙农村商业银行", "Jinsha Rural Commercial Bank")),
    ];
    if new_funder {
        return ConsentPartners { queries: vec![], funders: all.into_iter().take(1).collect(), new_funder };
    }
    ConsentPartners { queries: vec![credit], funders: all, new_funder }
}

pub fn identity(number: &str, photo: PhotoAsk) -> CustomerPage {
    CustomerPage::Identity(Identity {
        id_number: number.into(),
        needs_phone: true,
        phone: String::new(),
        photo,
    })
}

pub fn poor(code: &str, may_use_anyway: bool) -> PhotoAsk {
    PhotoAsk::Again { code: code.into(), attempts: 3, photo_url: Some("card.svg".into()), may_use_anyway }
}

pub fn reading(confidence: NameConfidence, lang: Lang) -> Reading {
    let z = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
    let sure = confidence == NameConfidence::Sure;
    Reading {
        name: if sure { "阿卜杜热西提·买买提明".into() } else { "张玮".into() },
        confidence,
        alternatives: if sure { vec![] } else { vec!["张玮".into(), "张伟".into(), "张炜".into()] },
        id_number_masked: "650***********000X".into(),
        sex: z("男", "male"),
        ethnicity: z("维吾尔", "Uyghur"),
        birth: z("1990年3月7日", "7 March 1990"),
        address: "样本省样本市样本区样本路 1 号样本小区 12 栋 3 单元 2101 室".into(),
        card: Some(cutout("card.svg", "0 0 1000 631")),
        name_line: Some(cutout("card.svg", "160 60 300 70")),
    }
}

pub fn progress(slow: bool) -> Progress {
    let stage = |key: &str, state, ms| Stage { key: key.into(), label: None, state, ms };
    let last = if slow { StageState::Attention } else { StageState::Running };
    Progress {
        stages: vec![
            stage("identity", StageState::Done, Some(3)),
            stage("photo", StageState::Done, Some(412)),
            stage("registry", StageState::Done, Some(1_240)),
            stage("valuation", StageState::Skipped, None),
            stage("credit", last, None),
            stage("plan", StageState::Waiting, None),
            stage("funder", StageState::Waiting, None),
            Stage {
                key: "own-block".into(),
                label: Some("GPS 安装预约 / GPS appointment".into()),
                state: StageState::Waiting,
                ms: None,
            },
        ],
        usual_s: 8,
        slow,
        signing_until: slow.then(|| "15:30".into()),
    }
}

pub fn ask(what: AskWhat, code: &str, from_person: Option<String>) -> CustomerPage {
    CustomerPage::Ask(Ask { what, code: code.into(), from_person })
}

/// 36 payments of the leaseback of domain fact: 85,299 repaid as 36 × 3,229.87.
pub fn schedule() -> Vec<Instalment> {
    let mut rest = 8_529_900_i64;
    (1..=36)
        .map(|number| {
            let interest = rest * 178 / 10_000;
            let total = if number == 36 { rest + interest } else { 322_987 };
            rest -= total - interest;
            Instalment {
                number,
                due: format!("{}-{:02}-22", 2026 + number.div_ceil(12), (number + 10) % 12 + 1),
                principal_fen: total - interest,
                interest_fen: interest,
                fees_fen: 0,
                total_fen: total,
                rest_fen: rest,
            }
        })
        .collect()
}

pub fn offer(lang: Lang) -> Offer {
    let z = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
    Offer {
        terms: "a3f9".into(),
        plan: z("稳享 36", "Steady 36"),
        kind: z("售后回租 · 等额租金", "sale and leaseback · equal rents"),
        funder: z("云岭融资租赁股份有限公司", "Yunling Leasing"),
        financed_fen: 8_529_900,
        down_payment_fen: 2_136_000,
        months: 36,
        monthly_fen: 322_987,
        last_fen: None,
        total_fen: 11_627_532,
        cost_fen: 3_097_632,
        annual_percent: "21.40".into(),
        more: vec![
            Fact::new(z("首次付款日", "First payment"), "2026-12-22"),
            Fact::new(
                z("GPS 服务费", "GPS service"),
                z("¥860.00，一次性，已计入融资金额", "¥860.00 once, included in the financed amount"),
            ),
            Fact::new(
                z("提前结清", "Early settlement"),
                z(
                    "满 12 期后可提前结清，按剩余本金的 3% 收取",
                    "After 12 payments, 3 % of the principal left",
                ),
            ),
            Fact::new(
                z("期满归属", "At the end"),
                z(
                    "付清全部租金后，以 ¥100 名义货价取得所有权",
                    "The car is yours for ¥100 once all rents are paid",
                ),
            ),
        ],
        reasons: vec![
            z(
                "在您授权的 3 家资金方中，总成本最低。",
                "It costs you the least of all three funders you permitted.",
            ),
            z("月付不超过您填写的上限 ¥3,300。", "The monthly payment stays below the ¥3,300 you named."),
        ],
        would_change: vec![
            z(
                "首付增加 5%（¥5,340）：可选海河汽车金融，年化成本降到约 17.9%。",
                "Down payment +5 % (¥5,340): Haihe Auto Finance becomes possible at about 17.9 % a year.",
            ),
            z(
                "期限缩短到 24 个月：总成本减少约 ¥10,800。",
                "24 months instead of 36: about ¥10,800 less in total.",
            ),
        ],
        schedule: schedule(),
        valid_until: z("11月25日 24:00", "25 Nov 2026, 24:00"),
        changes_of_terms: vec![],
        counter: None,
    }
}

pub fn changed_offer(lang: Lang) -> Offer {
    let z = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
    let change = |label: String, before: &str, after: &str| Change {
        label,
        before: before.into(),
        after: after.into(),
    };
    Offer {
        last_fen: Some(2_600_000),
        changes_of_terms: vec![
            change(z("首付", "Down payment"), "¥21,360", "¥26,700"),
            change(z("每月应付", "Each month"), "¥3,229.87", "¥3,027.40"),
        ],
        ..offer(lang)
    }
}

pub fn counter_offer(lang: Lang) -> Offer {
    let z = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
    let change = |label: String, before: &str, after: String| Change { label, before: before.into(), after };
    Offer {
        changes_of_terms: vec![
            change(z("融资额", "Amount financed"), "¥120,000", z("¥108,000", "¥108,000")),
            change(z("期限", "Term"), &z("12 个月", "12 months"), z("36 个月", "36 months")),
        ],
        counter: Some(z("按您原来的条件，没有合适的方案。", "No plan of ours fits the terms you asked for.")),
        ..offer(lang)
    }
}

pub fn disclosure(lang: Lang, seconds_left: u32) -> Disclosure {
    let z = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
    let row = |label: String, value: &str, note: String| CostRow { label, value: value.into(), note };
    Disclosure {
        terms: "a3f9".into(),
        funder: z("云岭融资租赁股份有限公司", "Yunling Leasing"),
        annual_percent: "21.40".into(),
        total_cost: "¥30,976.32".into(),
        groups: vec![
            CostGroup {
                title: z("融资", "Financing"),
                rows: vec![
                    row(z("融资本金", "Principal"), "¥85,299.00", String::new()),
                    row(
                        z("租息合计", "Rent charge in total"),
                        "¥30,976.32",
                        z("36 期，每期 ¥3,229.87", "36 payments of ¥3,229.87"),
                    ),
                ],
            },
            CostGroup {
                title: z("费用", "Fees"),
                rows: vec![
                    row(
                        z("GPS 设备与服务", "GPS device and service"),
                        "¥860.00",
                        z(
                            "由安途科技收取，一次性，已计入融资本金",
                            "Collected by Antu once, part of the principal",
                        ),
                    ),
                    row(z("担保费、咨询费", "Guarantee, advice"), &z("无", "none"), String::new()),
                ],
            },
            CostGroup {
                title: z("违约与提前结清", "Late payment and early settlement"),
                rows: vec![
                    row(
                        z("逾期", "Late payment"),
                        "0.05 %",
                        z("每日，按逾期租金计算", "a day of the rent that is late"),
                    ),
                    row(
                        z("提前结清", "Early settlement"),
                        "3 %",
                        z("按剩余本金，满 12 期后", "of the principal left, after 12 payments"),
                    ),
                ],
            },
        ],
        method: z(
            "年化成本按内部收益率法计算：以实际占用的本金和全部费用为基础，月收益率乘以 12。",
            "The annualised cost is the internal rate of return over all charges and the principal actually outstanding, monthly times 12.",
        ),
        seconds_left,
        seconds_total: 20,
        ticked: false,
    }
}

pub fn code(lang: Lang, seconds_left: u32) -> Code {
    Code {
        phone_masked: "138****6021".into(),
        attempts_left: 4,
        seconds_left,
        resend_s: if seconds_left == 0 { 0 } else { 42 },
        contract_url: "/c/3xAmpLeT0ken/contract".into(),
        pdf_url: "/c/3xAmpLeT0ken/contract.pdf".into(),
        summary: lang
            .pick(
                "售后回租合同 · 每月 ¥3,229.87 × 36 · 云岭融资租赁",
                "Leaseback contract · ¥3,229.87 × 36 · Yunling Leasing",
            )
            .into(),
        terms: "a3f9".into(),
    }
}

pub fn contract(lang: Lang) -> ContractText {
    let z = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
    ContractText {
        title: z("售后回租合同", "Sale and leaseback contract"),
        number: "YL-2026-1100417".into(),
        parties: vec![
            Fact::new(z("出租人", "Lessor"), z("云岭融资租赁股份有限公司", "Yunling Leasing")),
            Fact::new(z("承租人", "Lessee"), "阿卜杜热西提·买买提明（650***********000X）"),
            Fact::new(z("租赁物", "Asset"), "2022 款 长安 UNI-V，VIN LSVWY4180KN246094"),
        ],
        articles: vec![
            Article {
                heading: z("第一条  租赁物与转让", "1. Asset and transfer"),
                paragraphs: vec![z(
                    "承租人将其所有的车辆转让给出租人，并向出租人租回使用。",
                    "The lessee transfers the vehicle to the lessor and leases it back.",
                )],
            },
            Article {
                heading: z("第二条  租金构成", "2. Rent"),
                paragraphs: vec![z(
                    "租金由租赁本金与租息构成，综合年化成本为 21.40%。",
                    "The rent consists of principal and rent charge; the annualised cost is 21.40 %.",
                )],
            },
        ],
        schedule: schedule(),
        pdf_url: "/c/3xAmpLeT0ken/contract.pdf".into(),
        sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        signed: false,
    }
}

pub fn done(lang: Lang) -> Done {
    let z = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
    Done {
        contract_number: "YL-2026-1100417".into(),
        monthly_fen: 322_987,
        first_due: "2026-12-22".into(),
        summary: vec![
            Fact::new(z("方案", "Plan"), z("稳享 36 · 售后回租", "Steady 36 · sale and leaseback")),
            Fact::new(z("资金方", "Funder"), z("云岭融资租赁股份有限公司", "Yunling Leasing")),
        ],
        next_steps: vec![
            z("资金方会在 1 个工作日内放款给经销商。", "The funder pays the dealer within one working day."),
            z(
                "顾问会联系您预约交车和 GPS 安装。",
                "Your advisor arranges delivery and the GPS device with you.",
            ),
            z(
                "首次付款日前 3 天，我们会发短信提醒您。",
                "Three days before the first payment you get a text message.",
            ),
        ],
        contract_url: "/c/3xAmpLeT0ken/contract".into(),
        pdf_url: "/c/3xAmpLeT0ken/contract.pdf".into(),
        sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        system_ms: Some(4_317),
    }
}

pub fn in_review(lang: Lang) -> InReview {
    let z = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
    InReview {
        reasons: vec![z(
            "照片上的姓名与核实机构登记的写法差一个字。",
            "The name on the photo differs by one character from the one the agency knows.",
        )],
        until: moment(lang),
        team: team(lang),
        phone_masked: Some("138****6021".into()),
        asked_for: false,
    }
}

pub fn declined(lang: Lang) -> Declined {
    let z = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
    Declined {
        refused: false,
        reasons: vec![z(
            "车辆使用年限超过了您授权的资金方的要求（最长 8 年）。",
            "The car is older than the funders you permitted accept (8 years at most).",
        )],
        would_change: vec![
            z("选择 2019 年以后上牌的车辆。", "Choose a car registered in 2019 or later."),
            z(
                "首付提高到 40%，可以再提交给金沙农村商业银行。",
                "With a down payment of 40 % Jinsha Rural Commercial Bank becomes possible.",
            ),
        ],
        by_person: false,
        from_person: None,
        request: request(lang),
    }
}

pub fn withdrawn(lang: Lang) -> Withdrawn {
    Withdrawn {
        at: moment(lang),
        data: lang
            .pick("您的授权已经失效。依法需要留存的记录会在到期后删除，其余信息将在 30 天内删除。", "Your consents have ended. Records the law requires are deleted when their time is over, everything else within 30 days.")
            .into(),
    }
}

pub fn locked(code_sent: bool) -> FinishedLocked {
    FinishedLocked {
        phone_masked: "138****6021".into(),
        code_sent,
        attempts_left: 5,
        seconds_left: 300,
        resend_s: 55,
    }
}

fn cutout(url: &str, window: &str) -> ui::components::cutout::Cutout {
    let (window, turn) = (window.to_owned(), "rotate(0 500 315)".to_owned());
    ui::components::cutout::Cutout { url: url.to_owned(), width: 1000, height: 631, window, turn }
}

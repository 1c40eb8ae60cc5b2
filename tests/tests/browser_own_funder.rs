//! Adding a funder of the company's own in a browser: what is missing is said at its field, and its answers are tried
//! before it is switched on.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use serde_json::json;
use tests::browser::{Browser, Look, Page, Screen, WIDE, staff};
use tests::world::{Lab, Server, in_a_hurry};

const LAPTOP: Screen = Screen { width: 1024, height: 768, scale: 1.0, mobile: false };

async fn on_each_screen(look: &mut Look, page: &Page, what: &str) {
    for (screen, name) in [(LAPTOP, "laptop"), (WIDE, "wide")] {
        page.screen(screen).await.unwrap();
        look.at(page, &format!("{what}-{name}")).await.unwrap();
    }
}

async fn fill(page: &Page, fields: &[(&str, &str)]) {
    for (name, value) in fields {
        page.fill(&format!("#{name}"), value).await.unwrap();
    }
}

const PARTICULARS: [(&str, &str); 7] = [
    ("name_zh", "湖畔银行"),
    ("name_en", "Lakeside Bank"),
    ("legal_name", "湖畔银行股份有限公司"),
    ("credit_code", "91330000MA0000021X"),
    ("registered", "杭州市西湖区湖畔路 1 号"),
    ("phone", "400-000-0121"),
    ("address", "https://api.lakeside-bank.example.com/auto-finance/v2"),
];

async fn tries_it(page: &Page) {
    page.click("input[name=speaks][value=its]").await.unwrap();
    page.click("details.own-more > summary").await.unwrap();
    let yes = json!({"data": {"result": "PASS", "orderNo": 20_261_127, "amt": "99800.50", "periods": 36, "yearRate": 6.99}});
    let no = json!({"data": {"result": "REJECT", "orderNo": "R-1", "refuse": "R07"}});
    let (yes, no) = (yes.to_string(), no.to_string());
    let fields = [
        ("at-outcome", "/data/result"),
        ("at-reference", "/data/orderNo"),
        ("at-amount", "/data/amount"),
        ("at-months", "/data/periods"),
        ("at-rate", "/data/yearRate"),
        ("words-approved", "PASS"),
        ("words-declined", "REJECT"),
        ("sample-1", yes.as_str()),
        ("sample-2", no.as_str()),
    ];
    fill(page, &fields).await;
    page.choose("#money", "yuan").await.unwrap();
    page.choose("#rate", "percent").await.unwrap();
    page.click("button[value=try]").await.unwrap();
    page.wait_for("#tried").await.unwrap();
}

async fn begins(server: &Server, browser: &Browser, lang: &str) -> Page {
    let page = staff(server, browser, WIDE, "controller", lang).await.unwrap();
    page.wait_for("body[data-page=partners]").await.unwrap();
    page.click("a[href='/office/partners/new']").await.unwrap();
    page.wait_for("body[data-page=own-funder]").await.unwrap();
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn a_controller_adds_a_funder_tries_its_answers_and_switches_it_on() {
    let lab = Lab::start().unwrap();
    let server = lab.serves(in_a_hurry()).start().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let mut look = Look::new("u-office-own-funder").dark_too();

    for (lang, verdict) in [("zh-CN", "全部读对"), ("en", "All are read as they are meant")] {
        let page = begins(&server, &browser, lang).await;
        on_each_screen(&mut look, &page, &format!("{lang}-new")).await;
        page.click(".steer button.main").await.unwrap();
        page.wait_for("#name_zh-error").await.unwrap();
        assert_eq!(page.count(".steer .error").await.unwrap(), 8);
        for part in ["details.own-more > summary", "details.own-more:not([open]) > summary"] {
            page.click(part).await.unwrap();
        }
        on_each_screen(&mut look, &page, &format!("{lang}-missing")).await;

        fill(&page, &PARTICULARS).await;
        page.fill("#api_key", "what-it-knows-us-by").await.unwrap();
        page.fill("#max_rate", "4").await.unwrap();
        page.click(".steer button.main").await.unwrap();
        page.wait_for("#max_rate-error").await.unwrap();
        assert_eq!(page.value("#legal_name").await.unwrap(), "湖畔银行股份有限公司");
        assert_eq!(page.value("#api_key").await.unwrap(), "", "a key never comes back");
        page.fill("#api_key", "what-it-knows-us-by").await.unwrap();
        page.fill("#max_rate", "9").await.unwrap();
        page.click(".steer button.main").await.unwrap();
        page.wait_for("#made-secret").await.unwrap();
        on_each_screen(&mut look, &page, &format!("{lang}-draft")).await;

        // Its answers: nothing is kept of a trial, and the part that is not read says why.
        page.click("a[href$='/mapping']").await.unwrap();
        page.wait_for("body[data-page=own-mapping]").await.unwrap();
        on_each_screen(&mut look, &page, &format!("{lang}-mapping")).await;
        tries_it(&page).await;
        assert!(!page.text("#tried").await.unwrap().contains(verdict));
        on_each_screen(&mut look, &page, &format!("{lang}-tried")).await;
        page.fill("#at-amount", "/data/amt").await.unwrap();
        page.click("button[value=try]").await.unwrap();
        page.wait_text(verdict).await.unwrap();
        look.at(&page, &format!("{lang}-reads")).await.unwrap();
        page.click("button[value=keep]").await.unwrap();
        page.wait_for("body[data-page=partner] .banner.good").await.unwrap();

        page.click(".do a.main[href$='state=open']").await.unwrap();
        page.wait_for("body[data-page=partner-change]").await.unwrap();
        page.fill("#reason", "合作协议已签。").await.unwrap();
        page.click("main button.main").await.unwrap();
        page.wait_for("body[data-page=partner] .banner.good").await.unwrap();
        on_each_screen(&mut look, &page, &format!("{lang}-live")).await;
        page.click("main a[href='/office/partners']").await.unwrap();
        page.wait_for("body[data-page=partners]").await.unwrap();
        look.at(&page, &format!("{lang}-listed")).await.unwrap();
    }
    look.is_clean();
}

#[tokio::test(flavor = "multi_thread")]
async fn it_works_without_a_script() {
    let lab = Lab::start().unwrap();
    let server = lab.serves(in_a_hurry()).start().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let page = begins(&server, &browser, "zh-CN").await;
    page.scripts(false).await.unwrap();
    page.choose("#like", "jiangnan-bank").await.unwrap();
    page.click(".own-like button").await.unwrap();
    page.wait_url("like=jiangnan-bank").await.unwrap();
    assert_eq!(page.value("#regions").await.unwrap(), "31, 32, 33, 34, 36");
    fill(&page, &PARTICULARS).await;
    page.fill("#api_key", "what-it-knows-us-by").await.unwrap();
    page.click(".steer button.main").await.unwrap();
    page.wait_for("#made-secret").await.unwrap();
    page.click("a[href$='/mapping']").await.unwrap();
    page.wait_for("body[data-page=own-mapping]").await.unwrap();
    tries_it(&page).await;
    page.click("main a[href^='/office/partners/funders.own-']").await.unwrap();
    page.wait_for("body[data-page=partner]").await.unwrap();
    page.click("a[href$='/terms']").await.unwrap();
    page.wait_for("body[data-page=own-funder]").await.unwrap();
    page.fill("#phone", "400-000-0199").await.unwrap();
    page.click(".steer button.main").await.unwrap();
    page.wait_for(".banner.good").await.unwrap();
}

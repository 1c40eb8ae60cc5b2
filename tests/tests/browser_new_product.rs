//! A new product from an empty canvas to its first case, in a real browser: put together from ready-made pieces, held
//! against the law, approved by somebody else, released, and sold.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use serde_json::{Value, json};
use tests::browser::{Browser, Look, Page, Screen, staff};
use tests::world::{Server, http};

const DESKTOP: Screen = Screen { width: 1440, height: 900, scale: 1.0, mobile: false };

/// Signed in, and led to the flows.
async fn at_the_flows(server: &Server, browser: &Browser, role: &str) -> Page {
    let page = staff(server, browser, DESKTOP, role, "zh-CN").await.unwrap();
    page.wait_for("body[data-page=flows]").await.unwrap();
    page
}

/// Fills a field of the panel and leaves it.
async fn set(page: &Page, field: &str, text: &str) {
    page.wait_for(field).await.unwrap();
    page.fill(field, text).await.unwrap();
    page.eval::<bool>("(document.activeElement.blur(), true)").await.unwrap();
}

async fn kept(page: &Page) {
    let all = "document.querySelector('#kept').dataset.kept === 'kept-all'";
    page.until("everything to be kept", all).await.unwrap();
}

/// Asks for a link; the status, and the code of a refusal.
async fn link(server: &Server, down_payment_fen: u32) -> (u16, Value) {
    let body = json!({
        "product": "ev-used-30", "down_payment_fen": down_payment_fen, "months": 36, "region": "310000",
        "phone": "13800138000", "dealer": "样本二手车行", "lang": "zh-CN",
        "vehicle": {"condition": "used", "energy": "electric", "description": "样本电动车", "price_fen": 10_000_000,
            "vin": "LSVWY4180KN246094", "plate": "沪AD12345", "age_months": 30, "mileage_km": 40_000}
    });
    let ask =
        http().unwrap().post(format!("{}/api/v1/links", server.url)).bearer_auth(&server.api_key).json(&body);
    let answer = ask.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_product_is_put_together_held_against_the_law_approved_and_sold() {
    let server = Server::start_demo().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let mut look = Look::new("s-new-product").dark_too();
    assert_eq!(link(&server, 3_000_000).await.0, 422, "nobody sells it yet");

    // An empty canvas, from the page of flows.
    let page = at_the_flows(&server, &browser, "designer").await;
    page.fill("#name", "新能源二手车（首付三成）").await.unwrap();
    page.fill("#name_en", "New-energy used car, down payment 30 %").await.unwrap();
    page.fill("#key", "ev-used-30").await.unwrap();
    page.click("form[action='/office/flows/drafts'] button.main").await.unwrap();
    page.wait_for("#stage").await.unwrap();
    look.at(&page, "empty").await.unwrap();

    // Five pieces, one after the other, connect by themselves.
    for piece in ["identity", "credit_valued", "offer", "contract", "person"] {
        page.click(&format!("#piece-{piece}")).await.unwrap();
    }
    page.until("all blocks", "document.querySelectorAll('.block').length > 50").await.unwrap();
    look.at(&page, "pieces").await.unwrap();

    // What it sells. Ten percent down is refused, with the rule that forbids it.
    page.press("Escape").await.unwrap();
    page.click("#product-on").await.unwrap();
    page.wait_for("#product-condition").await.unwrap();
    page.choose("#product-condition", "used").await.unwrap();
    page.choose("#product-energy", "new_energy").await.unwrap();
    for (kind, wanted) in [("loan", false), ("direct_lease", false), ("leaseback", true)] {
        let is: bool =
            page.eval(&format!("document.querySelector('#product-{kind}').checked")).await.unwrap();
        if is != wanted {
            page.click(&format!("#product-{kind}")).await.unwrap();
        }
    }
    set(&page, "#product-usual_down_payment_percent", "30").await;
    set(&page, "#product-least_down_payment_percent", "10").await;
    page.click("#problems-button").await.unwrap();
    page.wait_text("这类车辆至少 30%，产品只要求 10%").await.unwrap();
    look.at(&page, "too-little-down").await.unwrap();
    page.click("#problems-button").await.unwrap();
    set(&page, "#product-least_down_payment_percent", "30").await;
    page.wait_text("没有问题").await.unwrap();
    look.at(&page, "sound").await.unwrap();
    kept(&page).await;
    page.click("#submit-button").await.unwrap();
    page.fill("#submit-note", "新产品：新能源二手车，首付三成起").await.unwrap();
    page.click("#submit-go").await.unwrap();
    page.wait_text("等待另一位同事审批").await.unwrap();
    assert_eq!(link(&server, 3_000_000).await.0, 422, "handed in is not released");

    // One browser holds one session: the designer goes, the approver comes.
    page.goto(&format!("{}/office/flows", server.url)).await.unwrap();
    page.click(".who button").await.unwrap();
    page.wait_for("body[data-page=sign-in]").await.unwrap();
    let page = at_the_flows(&server, &browser, "approver").await;
    page.click("h2 a[href='/office/flows/ev-used-30']").await.unwrap();
    page.wait_for("body[data-page=flow]").await.unwrap();
    page.click("button[value=approve]").await.unwrap();
    page.wait_for("#v1 details.acts").await.unwrap();
    page.click("#v1 details.acts summary").await.unwrap();
    page.fill("#share_percent-1", "100").await.unwrap();
    page.click("#v1 details.acts button.main").await.unwrap();
    page.wait_text("已上线 100%").await.unwrap();
    look.at(&page, "live").await.unwrap();

    // It is sold, and only with what its terms ask for.
    let (status, refused) = link(&server, 1_000_000).await;
    assert_eq!((status, &refused["code"]), (422, &json!("down_payment_too_small")), "{refused}");
    let (status, made) = link(&server, 3_500_000).await;
    assert_eq!(status, 201, "{made}");
    look.is_clean();
    browser.close().await.unwrap();
}

/// From the designer's empty canvas to handing in; `Tab`, `Enter`, `Space`, arrows and text are all that is used.
async fn drawn_with_keys(page: &Page) {
    page.tab_and_type("#name", "新能源二手车（首付三成）").await.unwrap();
    page.tab_and_type("#name_en", "New-energy used car, down payment 30 %").await.unwrap();
    page.tab_and_type("#key", "ev-used-30").await.unwrap();
    page.press("Enter").await.unwrap();
    page.wait_for("#stage").await.unwrap();
    for piece in ["identity", "credit_valued", "offer", "contract", "person"] {
        page.tab_and_press(&format!("#piece-{piece}"), "Enter").await.unwrap();
    }
    page.until("all blocks", "document.querySelectorAll('.block').length > 50").await.unwrap();
    page.press("Escape").await.unwrap();
    page.tab_and_press("#product-on", " ").await.unwrap();
    page.tab_and_choose("#product-condition", "used").await.unwrap();
    page.tab_and_choose("#product-energy", "new_energy").await.unwrap();
    page.tab_and_press("#product-loan", " ").await.unwrap();
    page.tab_and_press("#product-leaseback", " ").await.unwrap();
    page.tab_and_type("#product-usual_down_payment_percent", "30").await.unwrap();
    page.tab_and_type("#product-least_down_payment_percent", "10").await.unwrap();
    page.tab_and_press("#problems-button", "Enter").await.unwrap();
    page.wait_text("这类车辆至少 30%，产品只要求 10%").await.unwrap();
    page.tab_and_press("#problems-button", "Enter").await.unwrap();
    page.tab_and_type("#product-least_down_payment_percent", "30").await.unwrap();
    page.press("Tab").await.unwrap();
    page.wait_text("没有问题").await.unwrap();
    kept(page).await;
    page.tab_and_press("#submit-button", "Enter").await.unwrap();
    page.tab_and_type("#submit-note", "新产品：新能源二手车，首付三成起").await.unwrap();
    page.tab_and_press("#submit-go", "Enter").await.unwrap();
    page.wait_text("等待另一位同事审批").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_product_is_made_approved_and_released_with_the_keyboard_alone() {
    let server = Server::start_demo().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let page = at_the_flows(&server, &browser, "designer").await;
    drawn_with_keys(&page).await;
    page.goto(&format!("{}/office/flows", server.url)).await.unwrap();
    page.tab_and_press(".who button", "Enter").await.unwrap();
    page.wait_for("body[data-page=sign-in]").await.unwrap();

    let page = at_the_flows(&server, &browser, "approver").await;
    page.tab_and_press("h2 a[href='/office/flows/ev-used-30']", "Enter").await.unwrap();
    page.wait_for("body[data-page=flow]").await.unwrap();
    page.tab_and_press("button[value=approve]", "Enter").await.unwrap();
    page.tab_and_press("#v1 details.acts summary", "Enter").await.unwrap();
    page.tab_and_type("#share_percent-1", "100").await.unwrap();
    page.tab_and_press("#v1 details.acts button.main", "Enter").await.unwrap();
    page.wait_text("已上线 100%").await.unwrap();
    let (status, made) = link(&server, 3_500_000).await;
    assert_eq!(status, 201, "{made}");
    browser.close().await.unwrap();
}

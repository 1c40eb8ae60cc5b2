//! The flow designer in a real browser: by keyboard alone, with the mouse, kept while one draws, and with 300 blocks.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use chromiumoxide::cdp::browser_protocol::input::{
    DispatchKeyEventParams, DispatchKeyEventType, DispatchMouseEventParams, DispatchMouseEventType,
    MouseButton,
};
use serde_json::{Value, json};
use shared::flow::draw::{Canvas, long_flow};
use shared::protocol::flows::{Draft, Flows, KeepDraft};
use tests::browser::{Browser, Look, Page, Screen, staff};
use tests::world::{Server, in_checkout};

const DESKTOP: Screen = Screen { width: 1440, height: 900, scale: 1.0, mobile: false };
const CTRL: i64 = 2;
const SHIFT: i64 = 8;

/// Lets a test cut the line for what is sent, and nothing else.
const LINE: &str = r"(() => { const real = window.fetch.bind(window); window.lineDown = false;
    window.fetch = (address, options = {}) => window.lineDown && options.method && options.method !== 'GET'
        ? Promise.reject(new TypeError('no line')) : real(address, options); })()";

fn empty() -> Value {
    json!({"format": 1, "key": "my-flow", "name": {"zh-CN": "我的流程", "en": "My flow"}, "start": "", "blocks": {}})
}

fn shipped(name: &str) -> Value {
    let file = std::fs::read_to_string(in_checkout(&format!("assets/flows/{name}.json"))).unwrap();
    serde_json::from_str(&file).unwrap()
}

/// The designer's page with this draft, for a member of staff who may draw.
async fn designer(server: &Server, browser: &Browser, lang: &str, file: Value) -> Page {
    let page = staff(server, browser, DESKTOP, "designer", lang).await.unwrap();
    let begin = json!({"key": file["key"], "name": file["name"]});
    let draft: Draft =
        serde_json::from_value(ask(&page, "POST", "/api/v1/flows/drafts", &begin).await).unwrap();
    let keep = serde_json::to_value(KeepDraft { revision: draft.revision, file }).unwrap();
    ask(&page, "PUT", &format!("/api/v1/flows/drafts/{}", draft.id), &keep).await;
    page.inner().evaluate_on_new_document(LINE).await.unwrap();
    page.goto(&format!("{}/office/flows/design/{}", server.url, draft.id)).await.unwrap();
    page.wait_for("#stage").await.unwrap();
    page
}

/// Asks the server as a page of the same origin does.
async fn ask(page: &Page, method: &str, path: &str, body: &Value) -> Value {
    let body = if method == "GET" { "null".to_owned() } else { format!("JSON.stringify({body})") };
    let script = format!(
        "fetch('{path}', {{method: '{method}', headers: {{'content-type': 'application/json'}}, body: {body}}}).then(answer => answer.json())"
    );
    page.eval(&script).await.unwrap()
}

/// The draft that is open, as the server has it.
async fn draft(page: &Page) -> Draft {
    let id: String = page.eval("location.pathname.split('/').pop()").await.unwrap();
    serde_json::from_value(ask(page, "GET", &format!("/api/v1/flows/drafts/{id}"), &Value::Null).await)
        .unwrap()
}

/// Presses a key together with others.
async fn chord(page: &Page, key: &str, modifiers: i64) {
    let code = match key {
        "z" => (90, "KeyZ"),
        "y" => (89, "KeyY"),
        "a" => (65, "KeyA"),
        "c" => (67, "KeyC"),
        "ArrowRight" => (39, "ArrowRight"),
        other => panic!("{other}"),
    };
    for kind in [DispatchKeyEventType::RawKeyDown, DispatchKeyEventType::KeyUp] {
        let event = DispatchKeyEventParams::builder().r#type(kind).key(key).code(code.1);
        let event = event.windows_virtual_key_code(code.0).modifiers(modifiers).build().unwrap();
        page.inner().execute(event).await.unwrap();
    }
}

async fn mouse(page: &Page, kind: DispatchMouseEventType, at: (f64, f64)) {
    let held = i64::from(!matches!(kind, DispatchMouseEventType::MouseReleased));
    let event = DispatchMouseEventParams::builder().r#type(kind).x(at.0).y(at.1);
    let event = event.button(MouseButton::Left).buttons(held).click_count(1).build().unwrap();
    page.inner().execute(event).await.unwrap();
}

/// The middle of something on the page.
async fn middle(page: &Page, selector: &str) -> (f64, f64) {
    page.wait_for(selector).await.unwrap();
    let place = "(s => { const b = document.querySelector(s).getBoundingClientRect(); return [b.left + b.width / 2, b.top + b.height / 2]; })";
    page.eval(&format!("{place}({})", Value::from(selector))).await.unwrap()
}

async fn drag(page: &Page, from: (f64, f64), to: (f64, f64)) {
    mouse(page, DispatchMouseEventType::MousePressed, from).await;
    for step in 1..=4 {
        let share = f64::from(step) / 4.0;
        let at = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
        mouse(page, DispatchMouseEventType::MouseMoved, at).await;
    }
    mouse(page, DispatchMouseEventType::MouseReleased, to).await;
}

async fn edges(page: &Page, n: usize) {
    page.until(&format!("{n} connections"), &format!("document.querySelectorAll('.edge').length === {n}"))
        .await
        .unwrap();
}

async fn blocks(page: &Page, n: usize) {
    page.until(&format!("{n} blocks"), &format!("document.querySelectorAll('.block').length === {n}"))
        .await
        .unwrap();
}

async fn focus_is(page: &Page, id: &str) {
    page.until(&format!("the focus on {id}"), &format!("document.activeElement.id === {}", Value::from(id)))
        .await
        .unwrap();
}

/// What the server holds once everything is kept.
async fn kept(page: &Page) -> Canvas {
    let all = "document.querySelector('#kept').dataset.kept === 'kept-all'";
    page.until("everything to be kept", all).await.unwrap();
    Canvas::read(&draft(page).await.file).unwrap()
}

/// Fills a field of the panel and leaves it.
async fn set(page: &Page, field: &str, text: &str) {
    page.fill(field, text).await.unwrap();
    page.eval::<bool>("(document.activeElement.blur(), true)").await.unwrap();
}

/// Until the browser has noticed a change: what is kept afterwards holds it.
async fn changed(page: &Page) {
    page.until("a change", "document.querySelector('#kept').dataset.kept !== 'kept-all'").await.unwrap();
}

/// Finds a kind of block by its name and adds it, without a mouse.
async fn add_by_keyboard(page: &Page, name: &str, id: &str) {
    page.press("/").await.unwrap();
    focus_is(page, "palette-search").await;
    page.type_keys("#palette-search", name).await.unwrap();
    page.press("Enter").await.unwrap();
    focus_is(page, &format!("b-{id}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_is_composed_by_keyboard_alone() {
    let server = Server::start_demo().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let page = designer(&server, &browser, "en", empty()).await;
    let mut look = Look::new("r-designer-keyboard").dark_too();
    page.wait_text("Click the ready-made pieces on the left").await.unwrap();
    look.at(&page, "empty").await.unwrap();

    page.eval::<bool>("(document.querySelector('#stage').focus(), true)").await.unwrap();
    add_by_keyboard(&page, "intake", "intake").await;
    add_by_keyboard(&page, "end", "end").await;
    blocks(&page, 2).await;
    // Back to the intake, into the list of its first open outcome, and down to the end.
    page.press("ArrowLeft").await.unwrap();
    focus_is(&page, "b-intake").await;
    page.press("Enter").await.unwrap();
    focus_is(&page, "link-0").await;
    page.press("ArrowDown").await.unwrap();
    edges(&page, 1).await;
    assert_eq!(page.attribute(".edge", "data-outcome").await.unwrap().as_deref(), Some("complete"));
    look.at(&page, "connected").await.unwrap();

    chord(&page, "z", CTRL).await;
    edges(&page, 0).await;
    chord(&page, "y", CTRL).await;
    edges(&page, 1).await;
    page.press("Escape").await.unwrap();
    focus_is(&page, "b-intake").await;
    chord(&page, "ArrowRight", SHIFT).await;
    let canvas = kept(&page).await;
    assert_eq!(canvas.block("intake").unwrap().leads_to("complete"), Some("end"));
    assert_eq!(canvas.start.as_deref(), Some("intake"));

    // Everything at once, copied, pasted, removed, and all of it taken back.
    chord(&page, "a", CTRL).await;
    page.until("both blocks chosen", "document.querySelectorAll('.block.chosen').length === 2")
        .await
        .unwrap();
    page.press("Delete").await.unwrap();
    blocks(&page, 0).await;
    chord(&page, "z", CTRL).await;
    blocks(&page, 2).await;
    page.press("?").await.unwrap();
    focus_is(&page, "dialog-title").await;
    look.at(&page, "keys").await.unwrap();
    page.press("Escape").await.unwrap();
    page.wait_gone(".dialog").await.unwrap();
    look.is_clean();
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_is_drawn_with_the_mouse_checked_tried_and_handed_in() {
    let server = Server::start_demo().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let page = designer(&server, &browser, "zh-CN", shipped("new-car-loan")).await;
    let mut look = Look::new("s-designer").dark_too();
    page.wait_text("没有问题").await.unwrap();
    look.at(&page, "shipped").await.unwrap();

    // A connection is taken away at its block, and the block says so while one draws.
    page.click("#b-intake .block-head").await.unwrap();
    page.choose("#link-1", "").await.unwrap();
    page.wait_for("#b-intake.wrong").await.unwrap();
    page.click("#problems-button").await.unwrap();
    page.click(".problem").await.unwrap();
    focus_is(&page, "b-intake").await;
    look.at(&page, "problem").await.unwrap();
    page.click("#problems-button").await.unwrap();

    // Drawn again by dragging; what cannot be meant refuses.
    page.click("#b-checks .block-head").await.unwrap();
    let (from, to) =
        (middle(&page, "#b-intake [data-port=expired]").await, middle(&page, "#b-checks .block-head").await);
    mouse(&page, DispatchMouseEventType::MousePressed, from).await;
    mouse(&page, DispatchMouseEventType::MouseMoved, (from.0 + 40.0, from.1)).await;
    page.wait_for(".block.fits").await.unwrap();
    assert!(page.count(".block.unfit").await.unwrap() > 0, "nothing refuses the connection");
    look.at(&page, "linking").await.unwrap();
    mouse(&page, DispatchMouseEventType::MouseMoved, to).await;
    mouse(&page, DispatchMouseEventType::MouseReleased, to).await;
    let connected = "document.querySelector('.edge[data-from=intake][data-outcome=expired]') !== null";
    page.until("the connection", connected).await.unwrap();
    assert_eq!(kept(&page).await.block("intake").unwrap().leads_to("expired"), Some("checks"));

    // It was not meant so: both steps back, to where it led before.
    chord(&page, "z", CTRL).await;
    chord(&page, "z", CTRL).await;
    page.wait_text("没有问题").await.unwrap();

    // A block is moved, and lies on the grid.
    let at = middle(&page, "#b-intake .block-name").await;
    drag(&page, at, (at.0 + 63.0, at.1 + 47.0)).await;
    changed(&page).await;
    let canvas = kept(&page).await;
    let moved = canvas.block("intake").unwrap();
    assert!(moved.at.iter().all(|place| place % 20.0 == 0.0), "{:?}", moved.at);
    assert_eq!(moved.leads_to("expired"), Some("end_expired"));
    set(&page, "#p-due_minutes", "7200").await;
    page.wait_text("= 5 天").await.unwrap();

    // A table: a cell that does not fit says so there; cells come from a spreadsheet.
    page.press("Escape").await.unwrap();
    page.click("#tool-fit").await.unwrap();
    page.click("#b-triage").await.unwrap();
    page.click("#p-table").await.unwrap();
    page.wait_for(".grid").await.unwrap();
    look.at(&page, "table").await.unwrap();
    set(&page, "[data-row='0'][data-column=id]", "'invalid").await;
    page.wait_for("td.bad").await.unwrap();
    look.at(&page, "table-error").await.unwrap();
    page.eval::<bool>(PASTE).await.unwrap();
    page.wait_gone("td.bad").await.unwrap();
    page.click("text=关闭").await.unwrap();
    page.wait_gone(".dialog").await.unwrap();

    // A case is walked by the machine itself.
    page.click("#try-button").await.unwrap();
    page.wait_for("#b-intake.active").await.unwrap();
    page.click("[data-choice=complete]").await.unwrap();
    page.wait_for("#b-id_rules.active").await.unwrap();
    page.wait_text("规则给出：合规").await.unwrap();
    look.at(&page, "trial").await.unwrap();
    page.click("#try-back").await.unwrap();
    page.wait_for("#b-intake.active").await.unwrap();
    page.click("#try-button").await.unwrap();

    page.click("#submit-button").await.unwrap();
    look.at(&page, "submit").await.unwrap();
    page.fill("#submit-note", "客户有五天时间提交资料").await.unwrap();
    page.click("#submit-go").await.unwrap();
    page.wait_text("等待另一位同事审批").await.unwrap();
    let flows: Flows =
        serde_json::from_value(ask(&page, "GET", "/api/v1/flows", &Value::Null).await).unwrap();
    let flow = flows.flows.iter().find(|flow| flow.key == "new-car-loan").unwrap();
    assert_eq!(flow.waiting[0].note, "客户有五天时间提交资料");
    let next = page.attribute(".dialog a", "href").await.unwrap();
    assert_eq!(next.as_deref(), Some("/office/flows/new-car-loan"));
    look.is_clean();
    browser.close().await.unwrap();
}

/// Pastes two rows and columns into the first test of a table, as a spreadsheet puts them into the clipboard.
const PASTE: &str = r#"(() => { const cell = document.querySelector("[data-row='0'][data-column=id]"); cell.focus();
    const data = new DataTransfer(); data.setData('text/plain', "'invalid'\t\n'under_age'\t");
    cell.dispatchEvent(new ClipboardEvent('paste', {bubbles: true, cancelable: true, clipboardData: data})); return true; })()"#;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_drawn_is_lost_when_the_line_or_somebody_else_gets_in_between() {
    let server = Server::start_demo().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let page = designer(&server, &browser, "en", shipped("new-car-loan")).await;
    page.wait_text("No problems").await.unwrap();
    page.eval::<bool>("(lineDown = true)").await.unwrap();
    set(&page, "#flow-name-en", "Line down").await;
    page.wait_text("Not saved; trying again soon").await.unwrap();
    page.eval::<bool>("!(lineDown = false)").await.unwrap();
    assert_eq!(kept(&page).await.name.en, "Line down", "tried again by itself");

    // What only the server finds on handing in stands in the same list.
    page.click("#product-on").await.unwrap();
    changed(&page).await;
    kept(&page).await;
    page.click("#submit-button").await.unwrap();
    page.fill("#submit-note", "sells nothing").await.unwrap();
    page.click("#submit-go").await.unwrap();
    page.wait_for(".problem").await.unwrap();
    let mut look = Look::new("t-designer-refused").dark_too();
    look.at(&page, "refused").await.unwrap();
    page.click("#problems-button").await.unwrap();

    // Somebody else keeps the same draft: nothing of theirs is written over.
    let mut theirs = draft(&page).await;
    theirs.file["name"]["en"] = json!("Theirs");
    let keep = KeepDraft { revision: theirs.revision, file: theirs.file };
    ask(&page, "PUT", &format!("/api/v1/flows/drafts/{}", theirs.id), &serde_json::to_value(keep).unwrap())
        .await;
    set(&page, "#flow-name-en", "Ours").await;
    page.wait_text("This draft was changed in another window").await.unwrap();
    look.at(&page, "elsewhere").await.unwrap();
    assert_eq!(draft(&page).await.file["name"]["en"], "Theirs");
    page.click("#load-other").await.unwrap();
    page.wait_gone("#load-other").await.unwrap();
    page.until("their name", "document.querySelector('#flow-name-en').value === 'Theirs'").await.unwrap();
    look.is_clean();
    browser.close().await.unwrap();
}

/// Frames a second while the page is busy with what `work` does to it.
const FRAMES: &str = "(() => { window.frames = 0; window.since = performance.now();
    const count = () => { window.frames += 1; window.counting = requestAnimationFrame(count); }; count(); return true; })()";

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_blocks_can_be_dragged() {
    let server = Server::start_demo().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let page = designer(&server, &browser, "zh-CN", long_flow(300).write()).await;
    blocks(&page, 300).await;
    let mut look = Look::new("u-designer-long");
    look.at(&page, "start").await.unwrap();
    page.click("#tool-fit").await.unwrap();
    look.at(&page, "all").await.unwrap();
    page.click("#tool-in").await.unwrap();
    page.click("#tool-in").await.unwrap();
    let shown = "[...document.querySelectorAll('.block')].find(b => { const r = b.getBoundingClientRect(), s = document.querySelector('#stage').getBoundingClientRect();
        return r.left > s.left + 200 && r.top > s.top + 150 && r.right < s.right - 200 && r.bottom < s.bottom - 250; }).id";
    let id: String = page.eval(shown).await.unwrap();
    let from = middle(&page, &format!("#{id} .block-head")).await;
    mouse(&page, DispatchMouseEventType::MousePressed, from).await;
    page.eval::<bool>(FRAMES).await.unwrap();
    for step in 0..240 {
        let turn = f64::from(step) / 20.0;
        let at = (from.0 + 150.0 * turn.sin(), from.1 + 100.0 * turn.cos());
        mouse(&page, DispatchMouseEventType::MouseMoved, at).await;
    }
    let measured: (f64, f64) = page
        .eval("(cancelAnimationFrame(window.counting), [window.frames, performance.now() - window.since])")
        .await
        .unwrap();
    mouse(&page, DispatchMouseEventType::MouseReleased, from).await;
    println!(
        "report: dragging one of 300 blocks: {:.0} frames/s over {:.1} s",
        measured.0 * 1000.0 / measured.1,
        measured.1 / 1000.0
    );
    let check = "(async () => { const t = performance.now(); document.querySelector('#tool-tidy').click();
        await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn))); return performance.now() - t; })()";
    let tidied: f64 = page.eval(check).await.unwrap();
    println!("report: putting 300 blocks in order and drawing them: {tidied:.0} ms");
    look.at(&page, "tidied").await.unwrap();
    look.is_clean();
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_may_draw_get_in() {
    let server = Server::start_demo().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let stranger = browser.page(DESKTOP).await.unwrap();
    stranger.goto(&format!("{}/office/flows/design/d1", server.url)).await.unwrap();
    stranger.wait_url("/office/sign-in?next=/office/flows/design/d1").await.unwrap();
    let advisor = staff(&server, &browser, DESKTOP, "advisor", "zh-CN").await.unwrap();
    advisor.goto(&format!("{}/office/flows/design/d1", server.url)).await.unwrap();
    assert!(!advisor.shows("#app").await.unwrap());
    let approver = staff(&server, &browser, DESKTOP, "approver", "en").await.unwrap();
    approver.goto(&format!("{}/office/flows/design/nothing", server.url)).await.unwrap();
    // There is no such draft.
    approver.wait_text("This draft does not open").await.unwrap();
    browser.close().await.unwrap();
}

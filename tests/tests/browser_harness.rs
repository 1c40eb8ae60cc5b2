//! The browser harness tried on pages of its own, so that a failing journey blames the product.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tests::browser::{Browser, Line, PHONE, Page, SMALL_PHONE, WIDE};
use tests::world::{PATIENCE, wait_until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const FORM: &str = r#"<!doctype html><html lang="en"><head><title>Form</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{font:17px sans-serif;margin:0;color:#111;background:#fff}
 @media (prefers-color-scheme: dark){body{color:#eee;background:#111}}
 input,select,button{min-height:48px;min-width:48px}</style></head>
<body><main><h1>One photo</h1>
<form method="post" action="/sent" enctype="multipart/form-data">
 <label for="name">Name</label> <input id="name" name="name">
 <label for="plan">Plan</label> <select id="plan" name="plan"><option value="a">A</option><option value="b">B</option></select>
 <label for="photo">Photo</label> <input id="photo" name="photo" type="file" accept="image/*">
 <button id="go" disabled>继续</button></form>
<p id="scripted">no scripts</p></main>
<script>document.getElementById('scripted').textContent = 'scripts';
 document.getElementById('go').disabled = true;
 document.getElementById('name').addEventListener('input', () => { document.getElementById('go').disabled = false; });
</script></body></html>"#;

const BAD: &str = r#"<!doctype html><html><head><title>Bad</title></head><body>
<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><div style="width:5000px">wide</div>
<button style="width:20px;height:20px;padding:0">x</button>
<script>console.error('told you'); throw new Error('thrown');</script></body></html>"#;

/// A web server for these pages; keeps the bodies that were posted to it.
struct Site {
    url: String,
    posted: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Site {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let posted = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&posted);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&kept)));
            }
        });
        Self { url, posted }
    }

    fn page(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

async fn answer(mut stream: TcpStream, posted: Arc<Mutex<Vec<Vec<u8>>>>) {
    let mut request = Vec::new();
    let head = loop {
        if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
        if let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let headers = String::from_utf8_lossy(&request[..head]).to_lowercase();
    let header = |name: &str| {
        headers.lines().find_map(|line| line.strip_prefix(name).map(|value| value.trim().to_owned()))
    };
    let length: usize = header("content-length:").and_then(|value| value.parse().ok()).unwrap_or(0);
    while request.len() < head + length && stream.read_buf(&mut request).await.unwrap_or(0) > 0 {}
    let path = headers.split(' ').nth(1).unwrap_or("/").to_owned();
    let (policy, body) = match path.as_str() {
        "/" => ("", FORM.to_owned()),
        "/strict" => {
            ("content-security-policy: default-src 'none'; style-src 'unsafe-inline'\r\n", FORM.to_owned())
        }
        "/bad" => ("", BAD.to_owned()),
        "/asked" => ("", format!("<!doctype html><title>Asked</title><p>{headers}</p>")),
        "/sent" => {
            posted.lock().unwrap().push(request[head..].to_vec());
            ("", "<!doctype html><title>Sent</title><h1>已收到</h1>".to_owned())
        }
        _ => ("", String::new()),
    };
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\n{policy}content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(answer.as_bytes()).await;
}

async fn open(screen: tests::browser::Screen, path: &str) -> (Browser, Page, Site) {
    let site = Site::open().await;
    let browser = Browser::launch().await.unwrap();
    let page = browser.page(screen).await.unwrap();
    page.goto(&site.page(path)).await.unwrap();
    (browser, page, site)
}

fn some_file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vendor/README.md")
}

#[tokio::test]
async fn fills_a_form_hands_over_a_file_and_sends_it() {
    let (browser, page, site) = open(PHONE, "/").await;
    page.choose("#plan", "b").await.unwrap();
    page.upload("#photo", &[&some_file()]).await.unwrap();
    page.fill("#name", "欧阳样本").await.unwrap();
    page.click("text=继续").await.unwrap();
    page.wait_text("已收到").await.unwrap();
    page.wait_url("/sent").await.unwrap();

    let body = String::from_utf8_lossy(&site.posted.lock().unwrap()[0]).into_owned();
    for part in ["欧阳样本", "filename=\"README.md\"", "Vendored test tools", "\r\n\r\nb\r\n"] {
        assert!(body.contains(part), "{part} was not sent:\n{body}");
    }
    page.back().await.unwrap();
    page.wait_for("#name").await.unwrap();
    assert_eq!(page.count("option").await.unwrap(), 2);
    browser.close().await.unwrap();
}

#[tokio::test]
async fn without_scripts_the_pages_own_do_not_run_and_ours_still_do() {
    let (browser, page, site) = open(PHONE, "/").await;
    assert_eq!(page.text("#scripted").await.unwrap(), "scripts");
    page.scripts(false).await.unwrap();
    page.goto(&site.page("/")).await.unwrap();
    assert_eq!(page.text("#scripted").await.unwrap(), "no scripts");
    let violations = page.axe().await.unwrap();
    assert!(violations.is_empty(), "{violations:?}");
    page.fill("#name", "x").await.unwrap();
    page.goto(&site.page("/bad")).await.unwrap();
    assert_eq!(page.watch().complaints(), Vec::<String>::new(), "axe has left the scripts on");
    browser.close().await.unwrap();
}

#[tokio::test]
async fn axe_finds_what_is_wrong_and_nothing_on_a_sound_page_under_a_strict_policy() {
    let (browser, page, site) = open(WIDE, "/strict").await;
    assert_eq!(page.text("#scripted").await.unwrap(), "no scripts");
    assert_eq!(
        page.axe().await.unwrap().iter().map(ToString::to_string).collect::<Vec<_>>(),
        Vec::<String>::new()
    );

    page.goto(&site.page("/bad")).await.unwrap();
    let found: Vec<String> = page.axe().await.unwrap().into_iter().map(|violation| violation.id).collect();
    for rule in ["html-has-lang", "image-alt"] {
        assert!(found.iter().any(|id| id == rule), "{rule} is not among {found:?}");
    }
    browser.close().await.unwrap();
}

#[tokio::test]
async fn sees_what_a_page_complains_of_and_how_it_lies_on_the_screen() {
    let (browser, page, site) = open(SMALL_PHONE, "/bad").await;
    wait_until("both complaints", PATIENCE, async || {
        let said = page.watch().complaints().join("\n");
        (said.contains("told you") && said.contains("thrown")).then_some(())
    })
    .await
    .unwrap();
    assert!(page.scrolls_sideways().await.unwrap());
    assert_eq!(page.small_targets(44).await.unwrap().len(), 1);

    page.goto(&site.page("/")).await.unwrap();
    assert!(!page.scrolls_sideways().await.unwrap());
    assert_eq!(page.small_targets(44).await.unwrap(), Vec::<String>::new());
    assert_eq!(page.eval::<(u32, f64)>("[innerWidth, devicePixelRatio]").await.unwrap(), (320, 2.0));
    browser.close().await.unwrap();
}

#[tokio::test]
async fn emulates_dark_mode_languages_and_a_broken_line() {
    let (browser, page, site) = open(PHONE, "/").await;
    let background = "getComputedStyle(document.body).backgroundColor";
    page.dark(true).await.unwrap();
    assert_eq!(page.eval::<String>(background).await.unwrap(), "rgb(17, 17, 17)");
    page.dark(false).await.unwrap();
    assert_eq!(page.eval::<String>(background).await.unwrap(), "rgb(255, 255, 255)");

    page.languages("zh-CN,zh").await.unwrap();
    page.goto(&site.page("/asked")).await.unwrap();
    page.wait_text("accept-language: zh-cn,zh").await.unwrap();

    page.line(Line::Broken).await.unwrap();
    assert!(page.goto(&site.page("/")).await.is_err());
    page.line(Line::Slow).await.unwrap();
    page.goto(&site.page("/")).await.unwrap();
    page.line(Line::Full).await.unwrap();
    browser.close().await.unwrap();
}

#[tokio::test]
async fn counts_bytes_types_keys_and_takes_a_picture() {
    let (browser, page, _site) = open(PHONE, "/").await;
    page.type_keys("#name", "ab1").await.unwrap();
    assert_eq!(page.value("#name").await.unwrap(), "ab1");
    assert_eq!(page.focused().await.unwrap(), "name");
    page.watch().forget();
    page.reload().await.unwrap();
    let page_bytes = FORM.len() as f64;
    wait_until("the page's bytes", PATIENCE, async || (page.watch().bytes() >= page_bytes).then_some(()))
        .await
        .unwrap();

    let picture = page.screenshot("harness").await.unwrap();
    let size = image::image_dimensions(&picture).unwrap();
    assert_eq!(size.0, 780, "390 CSS pixels at two device pixels each");
    assert!(size.1 >= 1688, "{size:?}: the whole screen at least");
    assert_eq!(page.eval::<u32>("innerWidth").await.unwrap(), 390, "the screen is as before");
    browser.close().await.unwrap();
}

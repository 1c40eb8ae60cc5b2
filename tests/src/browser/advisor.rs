//! An advisor with the app in a browser: enrols, fills a case, hands it in.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{Browser, Look, Page, Screen};
use crate::world::{Account, in_checkout};

/// The PIN of every test's device.
pub const PIN: &str = "246813";

/// The customer's phone, as it is typed.
const PHONE_TYPED: &str = "13800138000";

/// What is typed into a case, by field: a new car on a loan, for the person of the sample card.
const TYPED: [(&str, &[(&str, &str)]); 2] = [
    (
        "vehicle",
        &[("vin", "LSVWY4180KN246094"), ("brand", "样本"), ("model", "轿车 1.5L"), ("mileage", "10")],
    ),
    ("customer", &[("phone", PHONE_TYPED), ("home_address", "上海市浦东新区样本路 1 号")]),
];

/// The advisor, in front of one page of the app.
pub struct Advisor {
    /// The page.
    pub page: Page,
    /// Where the app is, as far as `/advisor/`.
    pub url: String,
}

impl Advisor {
    /// Opens the app on such a screen, in this language.
    ///
    /// # Errors
    /// When it does not open.
    pub async fn open(browser: &Browser, screen: Screen, base: &str, lang: &str) -> Result<Self> {
        let page = browser.page(screen).await?;
        page.languages(lang).await?;
        let advisor = Self { page, url: format!("{base}/advisor/") };
        advisor.page.goto(&advisor.url).await?;
        Ok(advisor)
    }

    /// In front of the window of the app of its own.
    #[must_use]
    pub fn at(page: Page) -> Self {
        Self { page, url: String::new() }
    }

    /// Signs in and makes this device the account's.
    ///
    /// # Errors
    /// When the app does not take it.
    pub async fn enrol(&self, account: &Account, device: &str) -> Result<()> {
        let typed = [
            ("user", account.user.as_str()),
            ("password", &account.password),
            ("device", device),
            ("pin", PIN),
        ];
        for (field, text) in typed.into_iter().chain([("pin-again", PIN)]) {
            self.page.fill(&format!("#enrol-{field}"), text).await?;
        }
        self.page.click("button.main").await?;
        self.page.wait_for("#list-heading").await
    }

    /// Waits until the app would start without a network.
    ///
    /// # Errors
    /// When it never would.
    pub async fn installed(&self) -> Result<()> {
        let ready = "(async () => !!(await navigator.serviceWorker.getRegistration('/advisor/'))?.active)()";
        self.page.until("the app to be kept for later", ready).await
    }

    /// Enters the PIN where it is asked for.
    ///
    /// # Errors
    /// When the device does not open.
    pub async fn unlock(&self) -> Result<()> {
        let there = "!!document.querySelector('#unlock-pin, #list-heading, .case-head, .product')";
        self.page.until("the app to be there", there).await?;
        if self.page.shows("#unlock-pin").await? {
            self.page.fill("#unlock-pin", PIN).await?;
            self.page.click("button.main").await?;
            self.page.wait_gone("#unlock-pin").await?;
        }
        Ok(())
    }

    /// Goes to an address within the app, as its own links do.
    ///
    /// # Errors
    /// When the page cannot answer.
    pub async fn go(&self, place: &str) -> Result<()> {
        let script = format!(
            "(() => {{ document.activeElement?.blur(); history.pushState(null, '', '/advisor/{place}');
              dispatchEvent(new PopStateEvent('popstate')); return true; }})()"
        );
        self.page.eval::<bool>(&script).await.map(|_| ())
    }

    /// Goes to a part of a case.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn part(&self, case: &str, part: &str) -> Result<()> {
        self.kept().await?;
        self.go(&format!("case/{case}/{part}")).await?;
        self.page.until(part, &format!("location.pathname.endsWith('/{part}')")).await?;
        self.page.wait_for(".case-head").await
    }

    /// Begins a case for the first product; gives its name.
    ///
    /// # Errors
    /// When it is not begun.
    pub async fn begin(&self) -> Result<String> {
        self.go("new").await?;
        self.page.click(".product").await?;
        self.page.wait_for(".parts").await?;
        let path: String = self.page.eval("location.pathname").await?;
        path.rsplit('/').next().map(str::to_owned).context("no case")
    }

    /// Waits until everything that was entered is durable on this device.
    ///
    /// # Errors
    /// When it never is.
    pub async fn kept(&self) -> Result<()> {
        let kept = "!document.querySelector('.case-state .chip.keeping')";
        self.page.until("what was entered to be kept", kept).await
    }

    /// Types into a field and leaves it.
    ///
    /// # Errors
    /// When it does not take the text.
    pub async fn enter(&self, field: &str, text: &str) -> Result<()> {
        let id = format!("#f-{field}");
        self.page.fill(&id, text).await?;
        self.page.eval::<bool>(&format!("(document.querySelector('{id}').blur(), true)")).await?;
        self.kept().await
    }

    /// Chooses a photo for a place, and waits until one more is kept there.
    ///
    /// # Errors
    /// When it is not.
    pub async fn photograph(&self, slot: &str, photo: &Path) -> Result<()> {
        let here = format!("[aria-labelledby=slot-{slot}] .thumb");
        let before = self.page.count(&here).await?;
        self.page.upload(&format!("#file-{slot}"), &[photo]).await?;
        let more = format!("document.querySelectorAll('{here}').length > {before}");
        self.page.until(&format!("a photo of {slot}"), &more).await?;
        self.kept().await
    }

    /// Fills in a whole case but for handing it in, photos, plan and consents included.
    ///
    /// # Errors
    /// When the app does not take something.
    pub async fn fill(&self, case: &str, look: &mut Look) -> Result<()> {
        let other = in_checkout("tests/fixtures/outside/outside-1.jpg");
        self.part(case, "id-card").await?;
        self.photograph("IdFront", &in_checkout("assets/cards/sample-1.jpg")).await?;
        self.photograph("IdBack", &other).await?;
        self.enter("name", super::SAMPLE.1).await?;
        self.enter("id_number", super::SAMPLE.0).await?;
        look.at(&self.page, "id-card").await?;
        for (part, fields) in TYPED {
            self.part(case, part).await?;
            for (field, text) in fields {
                self.enter(field, text).await?;
            }
            if part == "vehicle" {
                self.choose("energy", "plug_in").await?;
                self.choose("class", "passenger").await?;
                for _ in 0..4 {
                    self.photograph("Vehicle", &other).await?;
                }
            }
            look.at(&self.page, part).await?;
        }
        self.plan(case).await?;
        look.at(&self.page, "plan").await?;
        self.consents(case).await?;
        look.at(&self.page, "consents").await
    }

    async fn choose(&self, field: &str, value: &str) -> Result<()> {
        self.page.choose(&format!("#f-{field}"), value).await?;
        self.kept().await
    }

    /// Price, region, term, and the first plan that fits.
    async fn plan(&self, case: &str) -> Result<()> {
        self.part(case, "plan").await?;
        self.enter("price", "129800").await?;
        let region: String = self
            .page
            .eval("[...document.querySelectorAll('#f-sale_region option')].find(o => /上海|Shanghai/.test(o.text)).value")
            .await?;
        self.choose("sale_region", &region).await?;
        let open = "(document.querySelectorAll('main details').forEach(more => more.open = true), true)";
        self.page.eval::<bool>(open).await?;
        self.enter("dealer", "样本车行").await?;
        let down = "(() => { const slider = document.querySelector('#f-down_payment');
            slider.value = Math.round(slider.max * 0.4);
            for (const event of ['input', 'change']) slider.dispatchEvent(new Event(event, {bubbles: true}));
            return true; })()";
        self.page.eval::<bool>(down).await?;
        self.kept().await?;
        self.page
            .eval::<bool>("(document.querySelector('input[name=term][value=\"36\"]').click(), true)")
            .await?;
        self.kept().await?;
        self.page.click(".offer button.second").await?;
        self.page.wait_for(".chosen").await?;
        self.kept().await
    }

    /// The customer reads all consents on this screen and signs with a finger.
    async fn consents(&self, case: &str) -> Result<()> {
        self.part(case, "consents").await?;
        let open = ".consent input:not(:checked)";
        while self.page.count(open).await? > 0 {
            self.page.click(open).await?;
        }
        let curve: Vec<(f64, f64)> =
            (0..24).map(|step| (0.1 + 0.03 * f64::from(step), 0.5 + 0.3 * f64::from(step).sin())).collect();
        self.page.drag("#pad", &curve).await?;
        self.page.click(".card button.main").await?;
        self.page.wait_for(".given").await?;
        self.kept().await
    }

    /// Hands the case in.
    ///
    /// # Errors
    /// When something is missing.
    pub async fn hand_in(&self, case: &str) -> Result<()> {
        self.part(case, "review").await?;
        self.page.click("main button.main").await?;
        self.page.until("the case to be handed in", "location.pathname.endsWith('/timeline')").await
    }

    /// Finds the case in the list, looks it over and hands it in, while nothing can leave the device.
    ///
    /// # Errors
    /// When a screen does not come, or something is missing.
    pub async fn hand_in_offline(&self, case: &str, look: &mut Look) -> Result<()> {
        self.page.wait_text(super::SAMPLE.1).await?;
        look.at(&self.page, "cases").await?;
        self.part(case, "review").await?;
        look.at(&self.page, "review").await?;
        self.hand_in(case).await?;
        look.at(&self.page, "handed-in").await?;
        self.go("sync").await?;
        self.page.wait_for(".unsafe-item").await?;
        look.at(&self.page, "not-yet-safe").await
    }

    /// Connects until all is safe on the server; gives the address that the customer goes on at.
    ///
    /// # Errors
    /// When it never is, or no address comes.
    pub async fn hand_over(&self, case: &str, look: &mut Look) -> Result<String> {
        self.connect_now().await?;
        self.all_safe().await?;
        look.at(&self.page, "all-safe").await?;
        let link = self.handover(case).await?;
        look.at(&self.page, "handover").await?;
        Ok(link)
    }

    /// Fetches the contract once it is signed (an app in Chinese); gives the digest that is shown.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn signed_contract(&self, case: &str, look: &mut Look) -> Result<String> {
        self.part(case, "timeline").await?;
        self.page.wait_text("已签约").await?;
        look.at(&self.page, "timeline").await?;
        self.part(case, "contract").await?;
        self.page.click("main button.main").await?;
        let digest = self.page.text(".digest").await?;
        look.at(&self.page, "contract").await?;
        Ok(digest.trim().to_owned())
    }

    /// Locks the device.
    ///
    /// # Errors
    /// When it does not lock.
    pub async fn lock(&self) -> Result<()> {
        self.kept().await?;
        self.go("settings").await?;
        self.page.click("[data-lock]").await?;
        self.page.wait_for("#unlock-pin").await
    }

    /// Has the app connect at once. Where it has already done so by itself there is nothing left to press.
    ///
    /// # Errors
    /// When the page does not answer.
    pub async fn connect_now(&self) -> Result<()> {
        self.go("sync").await?;
        self.page.eval::<Option<bool>>("document.querySelector('[data-connect]')?.click() ?? null").await?;
        Ok(())
    }

    /// Waits until all that this device holds is safe on the server.
    ///
    /// # Errors
    /// When it never is.
    pub async fn all_safe(&self) -> Result<()> {
        self.go("sync").await?;
        self.page.until("all to be safe on the server", "!!document.querySelector('.all-safe')").await
    }

    /// The address that the customer goes on at, as the QR code's screen says it.
    ///
    /// # Errors
    /// When none comes.
    pub async fn handover(&self, case: &str) -> Result<String> {
        self.part(case, "handover").await?;
        self.page.attribute("[data-handover]", "data-handover").await?.context("no address")
    }
}

/// # Panics
/// When one of these files holds the customer's number, name or phone, as UTF-8 or as UTF-16.
pub fn assert_nothing_reveals_the_customer(files: &[PathBuf]) {
    for file in files {
        let bytes = std::fs::read(file).unwrap_or_default();
        for secret in [super::SAMPLE.0, super::SAMPLE.1, PHONE_TYPED] {
            let wide: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let found = [secret.as_bytes(), &wide]
                .iter()
                .any(|form| bytes.windows(form.len()).any(|window| window == *form));
            assert!(!found, "{} holds {}…", file.display(), &secret[..3]);
        }
    }
}

/// A folder for a browser's profile that outlives the browser.
#[must_use]
pub fn profile() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("miaopi-profile-").tempdir().unwrap_or_else(|error| panic!("{error}"))
}

/// Every file below a folder.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files
}

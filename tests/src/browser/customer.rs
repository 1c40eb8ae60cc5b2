//! A customer in front of a phone, from the link to the signed contract.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{Browser, Look, Page, Screen};
use crate::world::{Link, PATIENCE, Server, http, in_checkout, wait_until};

/// The demo's sample card: its number and its name.
pub const SAMPLE: (&str, &str) = ("110105198004197592", "唐飞");

/// Somebody with a link, a browser and, in the lab's inbox, a phone.
pub struct Customer<'a> {
    /// The demo they are in.
    pub server: &'a Server,
    /// Their page.
    pub page: Page,
    /// What they see of it.
    pub look: Look,
    /// Their link.
    pub link: String,
    scripts: bool,
}

impl<'a> Customer<'a> {
    /// Opens a link on such a screen, with or without scripts.
    ///
    /// # Errors
    /// When the page does not open.
    pub async fn open(
        server: &'a Server,
        browser: &Browser,
        screen: Screen,
        scripts: bool,
        link: &str,
        look: Look,
    ) -> Result<Self> {
        let page = browser.page(screen).await?;
        page.scripts(scripts).await?;
        page.goto(link).await?;
        Ok(Self { server, page, look, link: link.to_owned(), scripts })
    }

    /// Waits until the customer is on this page, by its stable name.
    ///
    /// # Errors
    /// When they never get there.
    pub async fn on(&self, name: &str) -> Result<()> {
        let there = format!("document.readyState === 'complete' && document.body.dataset.page === '{name}'");
        self.page.until(&format!("the page {name}"), &there).await
    }

    /// Looks at the page, and loads it again to see that nothing changes.
    ///
    /// # Errors
    /// When the page cannot answer, or is another one after loading it again.
    pub async fn look(&mut self, name: &str) -> Result<()> {
        self.on(name).await?;
        self.look.at(&self.page, name).await?;
        let heading = self.page.text("h1").await?;
        self.page.reload().await?;
        self.on(name).await?;
        anyhow::ensure!(self.page.text("h1").await? == heading, "loading {name} again changed it");
        Ok(())
    }

    /// Presses the page's main button.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn go_on(&self) -> Result<()> {
        self.page.click("main button.main").await
    }

    /// Presses the main button of an empty form and sees that the summary of errors takes the focus, that each of its
    /// lines leads to a field, and that the field says the same.
    ///
    /// # Errors
    /// When the page does not say what is missing.
    pub async fn hand_in_nothing(&mut self, name: &str) -> Result<()> {
        self.go_on().await?;
        self.page.wait_for("#problems").await?;
        self.page.until("the summary to have the focus", "document.activeElement?.id === 'problems'").await?;
        let dangling: Vec<String> = self
            .page
            .eval(
                "[...document.querySelectorAll('#problems li')].filter(line => {
                    const field = line.querySelector('a') && document.querySelector(line.querySelector('a').hash);
                    const said = field && document.getElementById(field.id + '-error');
                    return !said || said.innerText.trim() !== line.innerText.trim();
                }).map(line => line.outerHTML)",
            )
            .await?;
        anyhow::ensure!(
            dangling.is_empty(),
            "{name}: lines that lead to no field that says so: {dangling:?}"
        );
        self.look.at(&self.page, &format!("{name}-empty")).await
    }

    /// Ticks every box of the page.
    ///
    /// # Errors
    /// When one cannot be reached.
    pub async fn tick_all(&self) -> Result<()> {
        let open = "main form input[type=checkbox]:not(:checked)";
        for _ in 0..self.page.count(open).await? {
            self.page.click(open).await?;
        }
        Ok(())
    }

    /// Chooses a photo, and with scripts waits until it has arrived.
    ///
    /// # Errors
    /// When it does not.
    pub async fn choose_photo(&self, photo: &Path) -> Result<()> {
        self.page.upload("#photo_file", &[photo]).await?;
        if self.scripts {
            let arrived = "document.querySelector('.photo-preview progress')?.value === 1";
            self.page.until("the photo to have arrived", arrived).await?;
        }
        Ok(())
    }

    /// From the first page to the one that asks for ID number and photo.
    ///
    /// # Errors
    /// When a page does not come.
    pub async fn consent(&self) -> Result<()> {
        self.on("welcome").await?;
        self.go_on().await?;
        self.on("consent-identity").await?;
        self.tick_all().await?;
        self.go_on().await?;
        self.on("identity").await
    }

    /// Hands in a number and a photo.
    ///
    /// # Errors
    /// When the form does not go out.
    pub async fn hand_in(&self, number: &str, photo: &Path) -> Result<()> {
        self.page.fill("#id_number", number).await?;
        if self.page.shows("#phone").await? {
            self.page.fill("#phone", "13800138000").await?;
        }
        self.choose_photo(photo).await?;
        self.go_on().await
    }

    /// Confirms what was read, under this name.
    ///
    /// # Errors
    /// When it is not asked.
    pub async fn confirm(&self, name: &str) -> Result<()> {
        self.on("reading").await?;
        if self.page.value("#name").await? != name {
            self.page.fill("#name", name).await?;
        }
        self.go_on().await
    }

    /// Goes on where an advisor handed over, to the signed contract: neither number nor photo is asked for again.
    ///
    /// # Errors
    /// When a page does not come.
    pub async fn finish_what_an_advisor_began(&mut self, name: &str) -> Result<()> {
        self.on("welcome").await?;
        self.go_on().await?;
        self.on("consent-identity").await?;
        self.tick_all().await?;
        self.go_on().await?;
        self.confirm(name).await?;
        self.on("consent-partners").await?;
        self.look.at(&self.page, "consent-partners").await?;
        self.tick_all().await?;
        self.go_on().await?;
        self.on("offer").await?;
        self.look.at(&self.page, "offer").await?;
        self.go_on().await?;
        self.confirm_costs().await?;
        self.on("code").await?;
        let (_, code) = self.code("sign_code", 0).await?;
        self.page.fill("#code", &code).await?;
        self.go_on().await?;
        self.on("done").await
    }

    /// Waits for the reading time, as the page counts it, and confirms the costs.
    ///
    /// # Errors
    /// When the page does not go on.
    pub async fn confirm_costs(&self) -> Result<()> {
        self.on("disclosure").await?;
        let left = "Number(document.getElementById('countdown')?.dataset.left ?? 0)";
        let over = format!("performance.now() > 1000 * ({left} + 0.3)");
        self.page.until("the reading time to be over", &over).await?;
        self.tick_all().await?;
        self.go_on().await
    }

    /// The newest code that the phone got for this purpose, after the message with this number.
    ///
    /// # Errors
    /// When none comes.
    pub async fn code(&self, purpose: &str, after: u64) -> Result<(u64, String)> {
        let (http, url) = (http()?, format!("{}/inbox.json", self.server.lab_url));
        wait_until("a code on the phone", PATIENCE, async || {
            let inbox: Value = http.get(&url).send().await.ok()?.json().await.ok()?;
            let message =
                inbox["messages"].as_array()?.iter().find(|message| message["purpose"] == purpose)?;
            let number = message["number"].as_u64().filter(|number| *number > after)?;
            Some((number, message["code"].as_str()?.to_owned()))
        })
        .await
    }
}

impl Server {
    /// A link for the demo's offer with `changes` to it.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn link_with(&self, changes: Value) -> Result<Link> {
        let offer = std::fs::read(in_checkout("sync-server/src/demo/offer.json")).context("no demo offer")?;
        let mut offer: Value = serde_json::from_slice(&offer)?;
        if let (Some(offer), Value::Object(changes)) = (offer.as_object_mut(), changes) {
            offer.extend(changes);
            offer.retain(|_, value| !value.is_null());
        }
        self.new_link(&offer).await
    }

    /// Makes one of the lab's partners misbehave, as its control describes it.
    ///
    /// # Errors
    /// When the lab refuses.
    pub async fn let_partner(&self, partner: &str, faults: Value) -> Result<()> {
        let url = format!("{}/control/{partner}", self.lab_url);
        http()?.put(url).json(&faults).send().await?.error_for_status().context("the lab refused")?;
        Ok(())
    }

    /// Lets the slower partners take their time, so that a page with progress can be looked at.
    ///
    /// # Errors
    /// When the lab refuses.
    pub async fn take_your_time(&self) -> Result<()> {
        // Below the time that one try may take, and several in a row.
        for partner in ["bureau", "funders%2Fhuaxing-bank", "funders%2Fchebao-auto-finance"] {
            self.let_partner(partner, json!({"latency_ms": 1000})).await?;
        }
        Ok(())
    }
}

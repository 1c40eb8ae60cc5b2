//! What nobody may meet on any page: content that jumps, sideways scroll, targets too small for a thumb, several headings
//! of the first level, violations of WCAG, errors in the console. Every look leaves a screenshot.

use anyhow::Result;

use super::page::Page;

/// The smallest target a thumb hits, CSS pixels.
const LEAST_TARGET: u32 = 44;

/// How far content may jump by itself, as cumulative layout shift; browsers' makers call 0.1 good. The advisor's app jumps
/// further while it loads, and is left out.
const MOST_SHIFT: f64 = 0.1;

/// Looks at pages one after another and keeps what it finds, so that one run shows everything.
pub struct Look {
    name: String,
    dark_too: bool,
    findings: Vec<String>,
    shots: u32,
}

impl Look {
    /// Screenshots are called `NAME-01-…`, in the order of the looks.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), dark_too: false, findings: Vec::new(), shots: 0 }
    }

    /// Looks at each page in the dark as well.
    #[must_use]
    pub fn dark_too(mut self) -> Self {
        self.dark_too = true;
        self
    }

    /// Looks at the page as it is now.
    ///
    /// # Errors
    /// When the page cannot answer; what is wrong with it is kept for [`Look::is_clean`].
    pub async fn at(&mut self, page: &Page, what: &str) -> Result<()> {
        self.shots += 1;
        let shot = format!("{}-{:02}-{what}", self.name, self.shots);
        // Before anything else: a screenshot of the whole page moves it.
        let shifted = page.shifted().await?;
        if shifted.by > MOST_SHIFT && !page.url().await?.contains("/advisor/") {
            self.findings.push(format!("{shot}: jumped by {:.3}: {}", shifted.by, shifted.what.join(" | ")));
        }
        page.screenshot(&shot).await?;
        self.examine(page, &shot).await?;
        if self.dark_too {
            page.dark(true).await?;
            page.screenshot(&format!("{shot}-dark")).await?;
            let contrast = page.axe().await?;
            page.dark(false).await?;
            self.findings.extend(contrast.into_iter().map(|found| format!("{shot} in the dark: {found}")));
        }
        Ok(())
    }

    async fn examine(&mut self, page: &Page, shot: &str) -> Result<()> {
        // Without scripts the page of progress asks again by itself, and a link beside it does the same: it holds
        // nothing that a reader could lose.
        let asks_again = page.count("noscript meta[http-equiv=refresh]").await? > 0;
        let violations = page.axe().await?;
        let violations = violations.iter().filter(|found| !(asks_again && found.id == "meta-refresh"));
        let mut found: Vec<String> = violations.map(ToString::to_string).collect();
        if page.scrolls_sideways().await? {
            found.push("scrolls sideways".to_owned());
        }
        found.extend(
            page.small_targets(LEAST_TARGET).await?.into_iter().map(|small| format!("small: {small}")),
        );
        let headings = page.count("h1").await?;
        if headings != 1 {
            found.push(format!("has {headings} h1"));
        }
        // A refused form is answered with 422 or 409 and an ended link with 410, which Chromium calls an error of its own.
        let complaints = page.watch().complaints();
        let refused = |said: &String| {
            ["422", "409", "410"].iter().any(|code| said.contains(&format!("a status of {code}")))
        };
        // On a page without HTTPS it also says that a header for HTTPS does nothing there; our page says it in words.
        let about_https = |said: &String| said.contains("Cross-Origin-Opener-Policy header has been ignored");
        // Without a network Chromium complains by itself, whatever the app does about it.
        let about_the_line = |said: &String| said.contains("/sync' failed") || said.contains("net::ERR_");
        let ours = |said: &String| !refused(said) && !about_https(said) && !about_the_line(said);
        found.extend(complaints.into_iter().filter(ours));
        self.findings.extend(found.into_iter().map(|what| format!("{shot}: {what}")));
        Ok(())
    }

    /// # Panics
    /// When any look found anything; the message lists it all.
    pub fn is_clean(&self) {
        assert!(self.shots > 0, "{} looked at nothing", self.name);
        assert!(self.findings.is_empty(), "{}", self.findings.join("\n"));
    }
}

//! The conditions a page is looked at under: screen, dark mode, language, no scripts, a slow or broken line.

use anyhow::{Context, Result};
use chromiumoxide::cdp::browser_protocol::emulation::{
    MediaFeature, SetCpuThrottlingRateParams, SetDeviceMetricsOverrideParams, SetEmulatedMediaParams,
    SetScriptExecutionDisabledParams, SetTouchEmulationEnabledParams, SetUserAgentOverrideParams,
};
use chromiumoxide::cdp::browser_protocol::network::{
    EmulateNetworkConditionsByRuleParams, NetworkConditions,
};

use super::page::Page;

/// A screen, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Screen {
    /// Width in CSS pixels.
    pub width: u32,
    /// Height in CSS pixels.
    pub height: u32,
    /// Device pixels for each CSS pixel.
    pub scale: f64,
    /// A touch screen with a mobile viewport.
    pub mobile: bool,
}

/// A usual phone.
pub const PHONE: Screen = Screen { width: 390, height: 844, scale: 2.0, mobile: true };
/// The narrowest screen we promise to be usable on (WCAG 2.2, 1.4.10 Reflow).
pub const SMALL_PHONE: Screen = Screen { width: 320, height: 700, scale: 2.0, mobile: true };
/// A tablet held upright enough for two panes.
pub const TABLET: Screen = Screen { width: 1180, height: 820, scale: 1.0, mobile: true };
/// A desktop browser.
pub const WIDE: Screen = Screen { width: 1440, height: 900, scale: 1.0, mobile: false };

/// The network and the machine that a page has to live with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// As it is.
    Full,
    /// 1.6 Mbit/s, 150 ms round trip, a processor four times slower: the budgets' cheap phone.
    Slow,
    /// No connection.
    Broken,
}

impl Page {
    /// Looks at the page on another screen.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn screen(&self, screen: Screen) -> Result<()> {
        let size = SetDeviceMetricsOverrideParams::new(
            i64::from(screen.width),
            i64::from(screen.height),
            screen.scale,
            screen.mobile,
        );
        self.tell(size).await?;
        self.tell(SetTouchEmulationEnabledParams::new(screen.mobile)).await
    }

    /// Turns the page's scripts off or on, from the next page on.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn scripts(&self, on: bool) -> Result<()> {
        self.scripts_are(on);
        self.tell(SetScriptExecutionDisabledParams::new(!on)).await
    }

    /// Says that the person prefers a dark (or light) page.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn dark(&self, dark: bool) -> Result<()> {
        let value = if dark { "dark" } else { "light" };
        let feature = MediaFeature::new("prefers-color-scheme", value);
        self.tell(SetEmulatedMediaParams::builder().features(vec![feature]).build()).await
    }

    /// Asks for pages in these languages, as in `Accept-Language`: `zh-CN`, `en`.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn languages(&self, accept: &str) -> Result<()> {
        let agent = self.inner().user_agent().await.context("the browser did not say its name")?;
        self.tell(override_of(&agent, Some(accept))?).await
    }

    /// Calls itself another browser, WeChat's for example.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn user_agent(&self, agent: &str) -> Result<()> {
        self.tell(override_of(agent, None)?).await
    }

    /// Slows the page down, cuts it off, or lets it run freely again.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn line(&self, line: Line) -> Result<()> {
        const SLOW_BYTES_PER_SECOND: f64 = 1_600_000.0 / 8.0;
        let (offline, latency_ms, throughput, processor) = match line {
            Line::Full => (false, 0.0, -1.0, 1.0),
            Line::Slow => (false, 150.0, SLOW_BYTES_PER_SECOND, 4.0),
            Line::Broken => (true, 0.0, -1.0, 1.0),
        };
        // The empty pattern stands for every address; −1 for no limit.
        let everywhere = NetworkConditions::new("", latency_ms, throughput, throughput);
        self.tell(EmulateNetworkConditionsByRuleParams::new(offline, vec![everywhere])).await?;
        self.tell(SetCpuThrottlingRateParams::new(processor)).await
    }
}

fn override_of(agent: &str, accept: Option<&str>) -> Result<SetUserAgentOverrideParams> {
    let mut builder = SetUserAgentOverrideParams::builder().user_agent(agent);
    if let Some(accept) = accept {
        builder = builder.accept_language(accept);
    }
    builder.build().map_err(anyhow::Error::msg)
}

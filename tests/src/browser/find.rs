//! Finding things on a page the way a person does: what is visible, by CSS selector or by its words.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::page::Page;
use crate::world::{PATIENCE, wait_until};

/// Finds the first visible element for a selector. `text=…` means a link, button, label or summary with these words:
/// exactly these, else containing them. A file input counts as visible when its label is.
const FIND: &str = r#"
(selector) => {
  const shown = e => { const b = e.getBoundingClientRect(); const s = getComputedStyle(e);
    return b.width > 0 && b.height > 0 && s.visibility !== 'hidden' && s.display !== 'none'; };
  const words = e => (e.innerText || e.value || e.getAttribute('aria-label') || '').replace(/\s+/g, ' ').trim();
  if (!selector.startsWith('text=')) return [...document.querySelectorAll(selector)].find(shown);
  const wanted = selector.slice(5);
  const all = [...document.querySelectorAll('a,button,label,summary,[role=button],input[type=submit]')].filter(shown);
  return all.find(e => words(e) === wanted) || all.find(e => words(e).includes(wanted));
}"#;

/// Lets the page draw twice, so that what it still does after showing a screen (scrolling to its top, say) is done. A page
/// behind another one draws nothing and is not waited for.
pub(super) const FRAMES: &str = "new Promise(drawn => {
    setTimeout(() => drawn(true), 100);
    requestAnimationFrame(() => requestAnimationFrame(() => drawn(true)));
})";

/// Where an element is and whether a tap at its middle reaches it.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(super) struct Spot {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) enabled: bool,
    /// What lies on top of it, where something does.
    pub(super) covered_by: Option<String>,
}

impl Page {
    /// The value of a JavaScript expression, promises awaited. Works with scripts off and under any policy.
    ///
    /// # Errors
    /// When it throws, or gives something else than `T`.
    pub async fn eval<T: DeserializeOwned>(&self, expression: &str) -> Result<T> {
        serde_json::from_value(self.answer(expression).await?).context("the page answered something else")
    }

    /// Waits until something visible matches: a CSS selector, or `text=` and the words of a link or button.
    ///
    /// # Errors
    /// When nothing does in time; the message tells the address and the beginning of the page's text.
    pub async fn wait_for(&self, selector: &str) -> Result<()> {
        self.until(&format!("{selector} to appear"), &on(selector, "return !!e")).await
    }

    /// Waits until nothing visible matches any more.
    ///
    /// # Errors
    /// When it stays.
    pub async fn wait_gone(&self, selector: &str) -> Result<()> {
        self.until(&format!("{selector} to go away"), &on(selector, "return !e")).await
    }

    /// Waits until the page's text contains these words.
    ///
    /// # Errors
    /// When it never does.
    pub async fn wait_text(&self, words: &str) -> Result<()> {
        let contains = format!("document.body && document.body.innerText.includes({})", quoted(words));
        self.until(&format!("the words “{words}”"), &contains).await
    }

    /// Waits until the address contains this.
    ///
    /// # Errors
    /// When it never does.
    pub async fn wait_url(&self, part: &str) -> Result<()> {
        self.until(&format!("an address with {part}"), &format!("location.href.includes({})", quoted(part)))
            .await
    }

    /// Is something visible that matches, now?
    ///
    /// # Errors
    /// When the page cannot answer.
    pub async fn shows(&self, selector: &str) -> Result<bool> {
        self.eval(&on(selector, "return !!e")).await
    }

    /// The visible text of the first match, once there is one.
    ///
    /// # Errors
    /// When nothing matches in time.
    pub async fn text(&self, selector: &str) -> Result<String> {
        self.wait_for(selector).await?;
        self.eval(&on(selector, "return e.innerText || ''")).await
    }

    /// What stands in a field.
    ///
    /// # Errors
    /// When there is no such field in time.
    pub async fn value(&self, selector: &str) -> Result<String> {
        self.wait_for(selector).await?;
        self.eval(&on(selector, "return String(e.value)")).await
    }

    /// An attribute of the first match.
    ///
    /// # Errors
    /// When nothing matches in time.
    pub async fn attribute(&self, selector: &str, name: &str) -> Result<Option<String>> {
        self.wait_for(selector).await?;
        self.eval(&on(selector, &format!("return e.getAttribute({})", quoted(name)))).await
    }

    /// How many elements match, visible or not.
    ///
    /// # Errors
    /// When the selector is not valid.
    pub async fn count(&self, selector: &str) -> Result<usize> {
        self.eval(&format!("document.querySelectorAll({}).length", quoted(selector))).await
    }

    /// Waits until a JavaScript expression is true.
    ///
    /// # Errors
    /// When it never is; `what` says what was waited for.
    pub async fn until(&self, what: &str, expression: &str) -> Result<()> {
        // While a page is being left its answers fail; the next one will answer.
        let met =
            wait_until(what, PATIENCE, async || self.eval::<bool>(expression).await.ok().filter(|met| *met))
                .await;
        match met {
            Ok(_) => Ok(()),
            Err(late) => bail!("{late}\n{}", self.situation().await),
        }
    }

    /// Scrolls the first match into view and waits until a tap on its middle would reach it.
    pub(super) async fn reach(&self, selector: &str) -> Result<Spot> {
        const SPOT: &str = "if (!e) return null;
            e.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
            const b = e.getBoundingClientRect(); const x = b.left + b.width / 2, y = b.top + b.height / 2;
            const top = document.elementFromPoint(x, y);
            const free = top && (top === e || e.contains(top) || top.contains(e) || (e.labels && [...e.labels].includes(top)));
            return {x, y, enabled: !e.disabled && e.getAttribute('aria-disabled') !== 'true',
                    covered_by: free ? null : (top ? top.outerHTML.slice(0, 120) : 'nothing there')};";
        let script = on(selector, SPOT);
        let mut last = None;
        let reached = wait_until(&format!("{selector} to be within reach"), PATIENCE, async || {
            if self.scripts_on() {
                self.eval::<bool>(FRAMES).await.ok()?;
            }
            let spot: Option<Spot> = self.eval(&script).await.ok().flatten();
            // The same place twice: it has stopped moving.
            let still = spot.is_some() && spot == last;
            last.clone_from(&spot);
            spot.filter(|spot| still && spot.enabled && spot.covered_by.is_none())
        })
        .await;
        match reached {
            Ok(spot) => Ok(spot),
            Err(late) => bail!("{late}; last seen: {last:?}\n{}", self.situation().await),
        }
    }

    /// Where the page is and how it begins, for messages.
    async fn situation(&self) -> String {
        let text = "location.href + '\\n' + (document.body ? document.body.innerText : '').slice(0, 800)";
        self.eval::<String>(text).await.unwrap_or_else(|gone| format!("(the page does not answer: {gone:#})"))
    }
}

/// JavaScript that runs `body` with `e` as the first visible match, or undefined.
pub(super) fn on(selector: &str, body: &str) -> String {
    format!("(() => {{ const e = ({FIND})({}); {body} }})()", quoted(selector))
}

/// A string as a JavaScript literal.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

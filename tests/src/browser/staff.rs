//! A member of staff at the office's pages.

use anyhow::Result;

use super::{Browser, Page, Screen};
use crate::world::Server;

/// Opens a page and signs in there as the demo's member of staff with this role, in this language (`zh-CN` or `en`).
///
/// # Errors
/// When there is no such account, or signing in leads nowhere.
pub async fn staff(
    server: &Server,
    browser: &Browser,
    screen: Screen,
    role: &str,
    lang: &str,
) -> Result<Page> {
    let account = server.account(role)?;
    let page = browser.page(screen).await?;
    page.goto(&format!("{}/office/sign-in?lang={lang}", server.url)).await?;
    page.fill("#user", &account.user).await?;
    page.fill("#password", &account.password).await?;
    page.click("main button.main").await?;
    page.wait_gone("#password").await?;
    Ok(page)
}

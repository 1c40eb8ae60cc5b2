//! Who reads the page: language and text size, chosen in the address, remembered in a cookie, else the browser's.

use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderMap, HeaderValue, Uri, header, request::Parts},
    middleware::Next,
    response::Response,
};
use axum_extra::extract::CookieJar;
use shared::domain::Lang;

use crate::app::App;

/// Seconds a choice is remembered: a year.
const SECONDS: u32 = 365 * 24 * 60 * 60;
/// Languages looked at in `Accept-Language`.
const MAX_TAGS: usize = 16;

/// Who reads the page, and how it was reached.
#[derive(Debug, Clone)]
pub struct Reader {
    /// The language to write in.
    pub lang: Lang,
    /// Large text was chosen.
    pub large: bool,
    /// The page's address without its query.
    pub here: String,
    /// The page came over plain HTTP from another machine.
    pub insecure: bool,
}

impl Reader {
    pub(crate) fn of(headers: &HeaderMap, uri: &Uri, app: &App) -> Self {
        let jar = CookieJar::from_headers(headers);
        let chosen =
            |name: &str| asked(uri, name).or_else(|| jar.get(name).map(|cookie| cookie.value().to_owned()));
        Self {
            lang: chosen("lang").as_deref().and_then(Lang::from_tag).unwrap_or_else(|| accepted(headers)),
            large: chosen("large").as_deref() == Some("1"),
            here: uri.path().to_owned(),
            insecure: !app.config.is_secure_for(headers),
        }
    }
}

impl FromRequestParts<App> for Reader {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.headers, &parts.uri, app))
    }
}

/// Remembers a choice made in the address (`?lang=en`, `?large=1`).
pub(crate) async fn remember(request: Request, next: Next) -> Response {
    let lang = asked(request.uri(), "lang").and_then(|tag| Lang::from_tag(&tag)).map(Lang::tag);
    let large = asked(request.uri(), "large").map(|value| if value == "1" { "1" } else { "0" });
    let mut response = next.run(request).await;
    for (name, value) in [("lang", lang), ("large", large)] {
        if let Some(cookie) = value.and_then(|value| cookie(name, value)) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

fn cookie(name: &str, value: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("{name}={value}; Path=/; Max-Age={SECONDS}; HttpOnly; SameSite=Lax")).ok()
}

fn asked(uri: &Uri, name: &str) -> Option<String> {
    let value = uri.query()?.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    Some(value.to_owned())
}

fn accepted(headers: &HeaderMap) -> Lang {
    let tags = headers.get(header::ACCEPT_LANGUAGE).and_then(|tags| tags.to_str().ok()).unwrap_or_default();
    tags.split(',').take(MAX_TAGS).find_map(|tag| Lang::from_tag(tag.split(';').next()?)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn the_browsers_first_known_language_is_taken() {
        for (tags, lang) in [
            ("en-GB,en;q=0.9,zh-CN;q=0.8", Lang::En),
            ("zh-CN,zh;q=0.9,en;q=0.8", Lang::Zh),
            ("fr,en;q=0.5", Lang::En),
            ("fr", Lang::Zh),
            ("", Lang::Zh),
        ] {
            assert_eq!(accepted(&headers(&[(header::ACCEPT_LANGUAGE, tags)])), lang, "{tags}");
        }
    }
}

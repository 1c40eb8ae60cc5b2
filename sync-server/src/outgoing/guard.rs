//! Connections to where somebody at a company says: looked at as messages are, for those who exchange something else.

use reqwest::{Client, Url};

use super::{address, post::Line};

/// Looks an address up, looks at every address that it has, and keeps to the one that it looked at.
#[derive(Clone)]
pub struct Guard(Line);

impl Guard {
    pub(super) fn over(line: Line) -> Self {
        Self(line)
    }

    /// Reads an address that somebody has entered.
    ///
    /// # Errors
    /// A stable code: what is wrong with it, as far as can be told without looking the name up.
    pub(crate) fn read(&self, text: &str) -> Result<Url, &'static str> {
        address::read(text, self.0.loopback).map_err(address::Refused::code)
    }

    /// What connects there and nowhere else. It follows no redirect.
    ///
    /// # Errors
    /// A stable code: why nothing is connected to.
    pub(crate) async fn client(&self, url: &Url) -> Result<Client, String> {
        self.read(url.as_str())?;
        self.0.pinned(url).await
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeMap,
        net::SocketAddr,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
    };

    use serde_json::json;
    use shared::{
        domain::TenantId,
        protocol::partners::{Masked, PartnerToken, dialect::Dialect},
    };
    use tokio::net::TcpListener;

    use super::*;
    use crate::{
        partners::{BaseUrl, IdempotencyKey, OwnLine, Partner, PartnerFailure, PartnerSettings, Partners},
        world::World,
    };

    /// Somebody inside, who counts who comes.
    async fn inside() -> (SocketAddr, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, came) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let count = came.clone();
        let answer = axum::Router::new().fallback(move || {
            count.fetch_add(1, Ordering::SeqCst);
            async { axum::Json(json!({})) }
        });
        tokio::spawn(async move { axum::serve(listener, answer).await });
        (address, came)
    }

    /// On which each name leads to these addresses.
    fn guard(names: &[(&str, &[SocketAddr])], loopback: bool) -> Guard {
        let names: BTreeMap<String, Vec<SocketAddr>> =
            names.iter().map(|(name, found)| ((*name).to_owned(), found.to_vec())).collect();
        let line = Line::with(
            move |name, _| {
                let found = names.get(&name).cloned().unwrap_or_default();
                Box::pin(async move { Ok(found) })
            },
            loopback,
        );
        Guard::over(line)
    }

    async fn asked(guard: &Guard, address: &str) -> Result<(), PartnerFailure> {
        let (tenant, key) = (TenantId::from_bytes([7; 16]), PartnerToken::parse("own-bank").unwrap());
        let partners = Partners::none(World::system().unwrap()).of(tenant);
        let settings = PartnerSettings::at(BaseUrl::parse(address).unwrap(), Masked::from("key"));
        let line = OwnLine { key: key.clone(), settings, dialect: Arc::new(Dialect::default()) };
        partners.set_own(tenant, vec![line], guard);
        let (partner, once) = (Partner::Funder(key), IdempotencyKey::mint("c", "b", 1, "p"));
        partners.unsteered().ask_test(&partner, &once).await
    }

    #[tokio::test]
    async fn an_own_funders_address_that_leads_inside_is_never_connected_to() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (address, came) = inside().await;
        let public = SocketAddr::from(([93, 184, 216, 34], 443));
        let guard = guard(&[("inner.example", &[address]), ("mixed.example", &[public, address])], false);
        for host in ["inner.example", "mixed.example", "127.0.0.1", "[::ffff:127.0.0.1]", "2130706433"] {
            let refused = asked(&guard, &format!("https://{host}:{}/", address.port())).await;
            let class = refused.as_ref().err().map(PartnerFailure::class);
            assert_eq!(class, Some("address_inside"), "{host}: {refused:?}");
        }
        let plain = asked(&guard, &format!("http://127.0.0.1:{}/", address.port())).await;
        assert_eq!(plain.as_ref().err().map(PartnerFailure::class), Some("address_inside"), "{plain:?}");
        let unknown = asked(&guard, "https://nobody.example/").await;
        assert_eq!(unknown.as_ref().err().map(PartnerFailure::class), Some("no_connection"));
        assert_eq!(came.load(Ordering::SeqCst), 0, "somebody inside was reached");
    }

    #[tokio::test]
    async fn where_the_configuration_allows_this_machine_it_is_asked() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (address, came) = inside().await;
        let guard = guard(&[("127.0.0.1", &[address])], true);
        assert_eq!(asked(&guard, &format!("http://{address}/")).await, Ok(()));
        assert_eq!(came.load(Ordering::SeqCst), 1);
    }
}

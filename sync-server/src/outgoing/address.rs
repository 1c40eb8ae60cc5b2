//! Where nothing is ever sent to: addresses inside somebody's network, whatever name or spelling leads there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

/// Longest address of a webhook, characters.
const MAX_URL: usize = 500;

/// Why an address is none that a company may be told at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// No address, or with a name and password in it, or too long.
    NoAddress,
    /// Not `https`.
    NotSecure,
    /// It leads into a network that is nobody's business.
    Inside,
}

impl Refused {
    /// Stable code.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::NoAddress => "webhook_address_form",
            Self::NotSecure => "webhook_address_insecure",
            Self::Inside => "webhook_address_inside",
        }
    }
}

/// Reads an address. `loopback`: this machine's own addresses are fine, also without `https`, for trying things out.
///
/// # Errors
/// What is wrong with it, as far as can be told without looking the name up.
pub(super) fn read(text: &str, loopback: bool) -> Result<Url, Refused> {
    if text.len() > MAX_URL {
        return Err(Refused::NoAddress);
    }
    let url = Url::parse(text).map_err(|_| Refused::NoAddress)?;
    let host = url.host_str().ok_or(Refused::NoAddress)?;
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(Refused::NoAddress);
    }
    let literal = literal(host);
    let is_own = literal.is_some_and(|ip| ip.to_canonical().is_loopback());
    match url.scheme() {
        "https" => {}
        "http" if loopback && (is_own || host == "localhost") => {}
        "http" => return Err(Refused::NotSecure),
        _ => return Err(Refused::NoAddress),
    }
    match literal {
        Some(ip) if !may_be_reached(ip, loopback) => Err(Refused::Inside),
        _ => Ok(url),
    }
}

/// The address that a host is written as, in any spelling that a URL knows.
fn literal(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Whether a connection to this address may be opened: to the public internet only.
pub(super) fn may_be_reached(ip: IpAddr, loopback: bool) -> bool {
    match ip.to_canonical() {
        ip if ip.is_loopback() => loopback,
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

/// By the special-purpose registry of RFC 6890.
fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || a == 0
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b));
    !special
}

/// Global unicast without the parts that tunnel into other addresses or are for examples.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    let is_global = a & 0xe000 == 0x2000;
    let special = (a == 0x2001 && (b < 0x0200 || b == 0x0db8)) || a == 0x2002 || (a == 0x3fff && b < 0x1000);
    is_global && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_inner_address_is_refused() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "10.0.0.8",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "203.0.113.9",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:10.0.0.1]",
            "[::ffff:a9fe:a9fe]",
            "[::127.0.0.1]",
            "[fe80::1]",
            "[fc00::1]",
            "[fd12:3456::1]",
            "[ff02::1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[2001:0:7f00:1::]",
            "[2001:db8::1]",
            "[fec0::1]",
            "[100::1]",
        ] {
            let url = format!("https://{host}/hook");
            assert_eq!(read(&url, false), Err(Refused::Inside), "{url}");
        }
    }

    #[test]
    fn public_addresses_and_names_are_fine() {
        for url in
            ["https://example.com/hook?x=1", "https://93.184.216.34/", "https://[2606:2800:220::1]:8443/"]
        {
            assert!(read(url, false).is_ok(), "{url}");
        }
    }

    #[test]
    fn what_is_no_https_address_is_refused() {
        let long = format!("https://example.com/{}", "x".repeat(MAX_URL));
        for (url, refused) in [
            ("http://example.com/", Refused::NotSecure),
            ("http://127.0.0.1/", Refused::NotSecure),
            ("ftp://example.com/", Refused::NoAddress),
            ("file:///etc/passwd", Refused::NoAddress),
            ("https://user:word@example.com/", Refused::NoAddress),
            ("https://example.com/#part", Refused::NoAddress),
            ("example.com", Refused::NoAddress),
            ("", Refused::NoAddress),
            (long.as_str(), Refused::NoAddress),
        ] {
            assert_eq!(read(url, false), Err(refused), "{url}");
        }
    }

    #[test]
    fn this_machine_is_reached_only_where_it_is_said() {
        for url in ["http://127.0.0.1:9/", "http://localhost:9/", "http://[::1]:9/", "https://127.0.0.1/"] {
            assert!(read(url, true).is_ok(), "{url}");
            assert!(read(url, false).is_err() || url.contains("localhost"), "{url}");
        }
        assert_eq!(read("http://10.0.0.1/", true), Err(Refused::NotSecure));
        assert_eq!(read("https://10.0.0.1/", true), Err(Refused::Inside));
    }
}

//! Customer links: make, show, revoke, resolve.

//! Wire types of the HTTP API. Domain types are converted at the edge, so renaming one never breaks an old client.

pub mod partners;

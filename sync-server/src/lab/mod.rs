//! The partner lab: plays every outside company over HTTP, as its own process.

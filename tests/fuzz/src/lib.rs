//! What the fuzz targets share. Where to start: `fuzz_targets/`, one file for each kind of bytes that strangers send;
//! [`seeds`] is what they begin from; [`memory`] is why a few bytes cannot swell unseen.
//!
//! libFuzzer changes inputs at random and keeps those that reach new code. A panic, an assertion, too much memory or
//! more than ten seconds for one input ends the run and leaves the input behind as a file; give that file to the target
//! as its only argument to see it again.

pub mod documents;
pub mod memory;
pub mod seeds;

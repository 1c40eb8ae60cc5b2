//! Every change of state as a row in a hash chain.

//! Contract template, PDF, seal, signature and verification.

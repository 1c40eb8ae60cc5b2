//! The page behind a customer's link, one task at a time.

//! What a case goes through: one file for each act of a customer or a reviewer.

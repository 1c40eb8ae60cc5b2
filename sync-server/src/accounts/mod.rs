//! Staff accounts, sessions, roles and API keys.
